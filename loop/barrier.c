/* barrier.c - tasks that go on together: the last to come lets all through.
 *
 * The wait answers each task its place in the order of coming.  Then the barrier is as new: the next to come are the
 * next round.  One that is cancelled leaves its place, and the others move up.
 */
#include "sync.h"

#include <stdlib.h>

struct barrier {
    struct sync sync;
    struct link waiters;
    int parties;
    bool is_broken;
};

struct barrier *barrier_new(int parties)
{
    if (parties < 1) {
        errno = EINVAL;
        return NULL;
    }
    struct barrier *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    sync_init(&b->sync, "barrier");
    list_init(&b->waiters);
    b->parties = parties;
    return b;
}

void barrier_free(struct barrier *b)
{
    if (b == NULL || !sync_may_go(&b->sync, &b->waiters))
        return;
    sync_fini(&b->sync);
    free(b);
}

/* Counted, not kept: a task that is cancelled leaves the list by itself. */
int barrier_n_waiting(const struct barrier *b)
{
    int n = 0;
    for (const struct link *l = b->waiters.next; l != &b->waiters; l = l->next)
        n++;
    return n;
}

int barrier_wait(struct barrier *b)
{
    struct waiter w;
    int before = barrier_n_waiting(b);
    if (b->is_broken)
        return -EPIPE;
    if (before + 1 < b->parties)
        return sync_wait(&b->sync, &w, &b->waiters, before + 1);
    for (int place = 0; place < before; place++)
        sync_give(&b->sync, &b->waiters, place, place);
    return before;
}

void barrier_reset(struct barrier *b)
{
    b->is_broken = false;
    sync_give_all(&b->sync, &b->waiters, -EPIPE);
}

void barrier_abort(struct barrier *b)
{
    b->is_broken = true;
    sync_give_all(&b->sync, &b->waiters, -EPIPE);
}

int barrier_parties(const struct barrier *b)
{
    return b->parties;
}

bool barrier_is_broken(const struct barrier *b)
{
    return b->is_broken;
}

/* semaphore.c - at most so many tasks at a time, in the order in which they came.
 *
 * To release is to hand the slot to the first who waits, at once: the value does not rise in between, so that no
 * newcomer finds it.  Only when nobody waits does the value rise.
 */
#include "sync.h"

#include <stdlib.h>

struct semaphore {
    struct sync sync;
    struct link waiters;
    int slots; /* that nobody has: some of them may have been handed out to tasks that have not run yet */
    int most; /* bounded: what it began with; else INT_MAX */
};

static struct semaphore *make(int value, int most)
{
    if (value < 0) {
        errno = EINVAL;
        return NULL;
    }
    struct semaphore *s = malloc(sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (struct semaphore){ .slots = value, .most = most };
    sync_init(&s->sync, "semaphore");
    list_init(&s->waiters);
    return s;
}

struct semaphore *semaphore_new(int value)
{
    return make(value, INT_MAX);
}

struct semaphore *semaphore_new_bounded(int value)
{
    return make(value, value);
}

void semaphore_free(struct semaphore *s)
{
    if (s == NULL || !sync_may_go(&s->sync, &s->waiters))
        return;
    sync_fini(&s->sync);
    free(s);
}

static void hand_out(struct semaphore *s)
{
    while (semaphore_value(s) > 0 && sync_give(&s->sync, &s->waiters, 0, semaphore_value(s) - 1))
        s->sync.n_given++;
}

bool semaphore_is_locked(const struct semaphore *s)
{
    return semaphore_value(s) == 0 || s->sync.n_given > 0 || !list_is_empty(&s->waiters);
}

int semaphore_acquire(struct semaphore *s)
{
    struct waiter w;
    if (!semaphore_is_locked(s)) {
        s->slots--;
        return 0;
    }
    sync_enter(&s->sync);
    int err = sync_wait(&s->sync, &w, &s->waiters, semaphore_value(s));
    sync_leave(&s->sync);
    if (sync_was_given(&w)) {
        s->sync.n_given--;
        if (err == 0)
            s->slots--;
        hand_out(s);
    }
    return err;
}

int semaphore_release(struct semaphore *s)
{
    if (semaphore_value(s) >= s->most)
        return -EOVERFLOW;
    s->slots++;
    hand_out(s);
    return 0;
}

int semaphore_value(const struct semaphore *s)
{
    return s->slots - s->sync.n_given;
}

/* lock.c - one task at a time, in the order in which they came.
 *
 *     held by a            a releases                 b's turn comes
 *     b, c wait     -->    b is chosen, c waits  -->  held by b
 *                          (nobody holds it)          c waits
 *
 * In the middle the lock is free, but not for a newcomer, nor for a itself: it would overtake b, and a task that
 * releases and acquires in a circle would starve all others.  If b is cancelled before its turn, c is chosen.
 */
#include "lock.h"

#include <stdlib.h>

struct lock *lock_new(void)
{
    struct lock *l = calloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    sync_init(&l->sync, "lock");
    list_init(&l->waiters);
    return l;
}

bool lock_may_go(const struct lock *l)
{
    return sync_may_go(&l->sync, &l->waiters);
}

void lock_free(struct lock *l)
{
    if (l == NULL || !lock_may_go(l))
        return;
    sync_fini(&l->sync);
    free(l);
}

static void choose_next(struct lock *l)
{
    l->sync.n_given = sync_give(&l->sync, &l->waiters, 0, SYNC_NO_VALUE);
}

int lock_acquire(struct lock *l)
{
    struct waiter w;
    if (!l->is_locked && l->sync.n_given == 0) {
        l->is_locked = true;
        return 0;
    }
    sync_enter(&l->sync);
    int err = sync_wait(&l->sync, &w, &l->waiters, SYNC_NO_VALUE);
    sync_leave(&l->sync);
    if (err == 0) {
        l->sync.n_given = 0;
        l->is_locked = true;
    } else if (sync_was_given(&w)) {
        choose_next(l);
    }
    return err;
}

int lock_release(struct lock *l)
{
    if (!l->is_locked)
        return -EPERM;
    l->is_locked = false;
    choose_next(l);
    return 0;
}

bool lock_is_locked(const struct lock *l)
{
    return l->is_locked;
}

/* condition.c - waiting, under a lock, for something to become true.
 *
 *     acquire ... wait: release the lock | until notified | acquire it again ... release
 *
 * Whoever comes out of the wait holds the lock again, also when it was cancelled: what it guards may be looked at and
 * must be released.  A task that was notified and then cancelled passes the notification on to the next, so that none
 * is lost.
 */
#include "lock.h"

#include <stdlib.h>

struct condition {
    struct sync sync;
    struct link waiters;
    struct lock *lock;
    bool owns_lock;
};

struct condition *condition_new(struct lock *lock)
{
    struct condition *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->owns_lock = lock == NULL;
    c->lock = lock != NULL ? lock : lock_new();
    if (c->lock == NULL) {
        free(c);
        return NULL;
    }
    sync_init(&c->sync, "condition");
    list_init(&c->waiters);
    return c;
}

void condition_free(struct condition *c)
{
    if (c == NULL || !sync_may_go(&c->sync, &c->waiters) || (c->owns_lock && !lock_may_go(c->lock)))
        return;
    if (c->owns_lock)
        lock_free(c->lock);
    sync_fini(&c->sync);
    free(c);
}

int condition_acquire(struct condition *c)
{
    return lock_acquire(c->lock);
}

int condition_release(struct condition *c)
{
    return lock_release(c->lock);
}

bool condition_is_locked(const struct condition *c)
{
    return lock_is_locked(c->lock);
}

/* Takes the lock whatever comes; answers -ECANCELED if a cancel came meanwhile. */
static int acquire_again(struct condition *c, struct src here)
{
    int err, answer = 0;
    do {
        await_at(here);
        err = lock_acquire(c->lock);
        if (err < 0)
            answer = err;
    } while (err == -ECANCELED);
    return answer;
}

int condition_wait(struct condition *c)
{
    struct src here = src_take_await(); /* one await of the program's, though it may wait twice */
    struct waiter w;
    if (task_current() == NULL)
        return -EINVAL;
    if (lock_release(c->lock) < 0)
        return -EPERM;
    await_at(here);
    sync_enter(&c->sync);
    sync_enter(&c->lock->sync);
    int err = sync_wait(&c->sync, &w, &c->waiters, SYNC_NO_VALUE);
    int again = acquire_again(c, here);
    sync_leave(&c->lock->sync);
    sync_leave(&c->sync);
    if (err == 0)
        err = again;
    if (err < 0 && sync_was_given(&w))
        sync_give(&c->sync, &c->waiters, 0, SYNC_NO_VALUE);
    return err;
}

int condition_wait_for(struct condition *c, condition_fn *is_true, void *arg)
{
    struct src here = src_take_await();
    int err = is_true == NULL ? -EINVAL : 0;
    while (err == 0 && !is_true(arg)) {
        await_at(here);
        err = condition_wait(c);
    }
    return err;
}

int condition_notify(struct condition *c, int n)
{
    if (!lock_is_locked(c->lock))
        return -EPERM;
    while (n-- > 0 && sync_give(&c->sync, &c->waiters, 0, SYNC_NO_VALUE))
        continue;
    return 0;
}

int condition_notify_all(struct condition *c)
{
    return condition_notify(c, INT_MAX);
}

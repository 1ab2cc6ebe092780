/* sync.h - what event, lock, semaphore, condition, queue and barrier have in common.
 *
 * Each is a state and a list of tasks that wait for it, the longest waiting first.  To give is to take the first off
 * the list and make its task ready; what the task was given stands in its waiter's result until it runs.
 *
 * Between those two moments others may run: an object says by its own state that something is promised (a lock's
 * n_given), or the one who was woken looks again (a queue's getter).  And the task may be cancelled then: its wait
 * answers -ECANCELED though it had been given the thing, sync_was_given(), and it must pass that on.
 */
#ifndef LOOP_SYNC_H
#define LOOP_SYNC_H

#include "inside.h"

struct sync {
    const char *kind;  /* "lock": a word of the trace and the name in its ids */
    struct loop *loop; /* where it was made, or was first waited for; NULL: not yet */
    uint64_t id;
    int n_inside; /* tasks that look at it again after their wait: see sync_enter() */
    int n_given; /* a lock's or semaphore's: of them, those that were given it and have not run yet */
    struct link all; /* loop->syncs */
};

#define SYNC_NO_VALUE INT64_MIN /* trace: there is no number to tell */

void sync_init(struct sync *s, const char *kind);
void sync_fini(struct sync *s);

/* Puts the running task at the end of the list and waits: what sync_give() said, or -ECANCELED.  -EINVAL: no task
 * runs here, or tasks of another loop wait for it (nothing was done: w->task is NULL). */
int sync_wait(struct sync *s, struct waiter *w, struct link *list, int64_t value);

/* Wakes the first of the list, if there is one: true. */
bool sync_give(struct sync *s, struct link *list, int result, int64_t value);
void sync_give_all(struct sync *s, struct link *list, int result);

/* After a wait that answered -ECANCELED: the task had been woken before it was cancelled. */
static inline bool sync_was_given(const struct waiter *w)
{
    return w->task != NULL && w->result != -ECANCELED;
}

/* Around a wait after which the task looks at the object again: from when it is woken until then, too, nobody may free
 * it.  (An event, once it is set, has done its work.)  One that has no loop yet belongs to the task's: that tells it
 * when the task goes with the loop. */
void sync_enter(struct sync *s);

static inline void sync_leave(struct sync *s)
{
    s->n_inside--;
}

/* The loop is closed: what belonged to it belongs to none. */
void syncs_fini(struct loop *loop);

/* May its memory go?  If a task waits for it, or has yet to look at it again, that is said on stderr and it must
 * stay. */
bool sync_may_go(const struct sync *s, const struct link *list);

#endif

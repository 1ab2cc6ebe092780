/* timeout.c - a limit of time for a part of a task.
 *
 *     struct timeout limit;
 *     timeout_begin(&limit, 1.0);
 *     int r = ...;                          the part: each await of it is cancelled when the time is over
 *     r = timeout_end(&limit, r);           -ETIMEDOUT if that was so
 *
 * When the time is over, a callback cancels the task.  At the end the scope takes that one cancel back, and only if
 * no other is left does it turn -ECANCELED into -ETIMEDOUT: so of nested scopes the one that expired converts, and
 * a cancel from outside goes through all of them.
 */
#include "inside.h"

#include <math.h>

static void on_timeout(void *arg)
{
    struct timeout *t = arg;
    t->call = (struct call){ NULL, 0 };
    t->expired = true;
    (task_cancel)(t->task);
}

int timeout_reschedule(struct timeout *t, double when)
{
    if (t->expired || t->ended)
        return -EINVAL;
    struct loop *loop = t->task->future.loop;
    call_cancel(t->call);
    t->call = (struct call){ NULL, 0 };
    t->when = when;
    if (when == INFINITY)
        return 0;
    t->call = when <= loop_time(loop) ? loop_call_soon(loop, on_timeout, t)
                                      : loop_call_at(loop, when, on_timeout, t);
    return t->call.id == 0 ? -ENOMEM : 0;
}

int timeout_begin(struct timeout *t, double seconds)
{
    struct task *me = task_running();
    if (me == NULL) {
        *t = (struct timeout){ .when = INFINITY, .ended = true };
        return -EINVAL;
    }
    *t = (struct timeout){ .task = me, .cancelling = me->cancelling };
    return timeout_reschedule(t, seconds == INFINITY ? INFINITY
                                                     : loop_time(me->future.loop) + seconds);
}

int timeout_end(struct timeout *t, int result)
{
    if (t->ended)
        return result;
    call_cancel(t->call);
    t->ended = true;
    if (!t->expired)
        return result;
    bool mine = task_uncancel(t->task) <= t->cancelling;
    return mine && result == -ECANCELED ? -ETIMEDOUT : result;
}

bool timeout_expired(const struct timeout *t)
{
    return t->expired;
}

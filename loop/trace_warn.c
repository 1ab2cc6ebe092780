/* trace_warn.c - what the tracer notices by itself, from the events that pass.
 *
 *     slow_step    one handle ran for more than 100 ms: nothing else could
 *     slow_turn    the handles of one turn took more than 100 ms together, but none of them alone
 *     late_timer   a timer fired more than 100 ms after its time
 *     starving     a task stood in the ready queue for more than 100 ms; told once a turn, of the
 *                  first one met
 *     spinning     1,000 turns in a row asked select() not to wait, and neither a descriptor, a
 *                  timer nor a signal was there: somebody asks again and again instead of waiting;
 *                  told once for each such row
 *     stack        a task waits with more than three quarters of its stack in use; told once a task
 *     fds          a descriptor is watched whose number is in the last tenth of those that the
 *                  process may have; told once
 */
#include "tracer.h"

#include <limits.h>
#include <sys/resource.h>

static const char *kind_key(bool is_task)
{
    return is_task ? ",\"task\":" : ",\"call\":";
}

static char *put_handle(char *p, struct who who, bool is_task)
{
    memcpy(p, kind_key(is_task), 8);
    return put_who(p + 8, who);
}

void warn_at_begin(struct tracer *tr, struct who who, ns began, ns waited, bool is_task)
{
    struct warnings *w = &tr->warnings;
    if (w->turn_steps++ == 0)
        w->turn_began = began;
    if (LIKELY(waited <= SLOW_STEP) || w->starved || !is_task)
        return;
    w->starved = true;
    char *p = EVENT(tr, "warn:starving");
    p = KEY(p, "task", put_who, who);
    line_end(tr, KEY(p, "waited", put_span, waited));
}

void warn_at_end(struct tracer *tr, struct who who, ns ended, ns took, bool is_task)
{
    struct warnings *w = &tr->warnings;
    w->turn_ended = ended;
    if (LIKELY(took <= SLOW_STEP))
        return;
    w->slow_step = true;
    char *p = EVENT(tr, "warn:slow_step");
    p = put_handle(p, who, is_task);
    p = KEY(p, "took", put_span, took);
    line_end(tr, KEY(p, "limit", put_span, SLOW_STEP));
}

void warn_at_timer(struct tracer *tr, const struct timer *t, ns late)
{
    if (LIKELY(late <= SLOW_STEP))
        return;
    char *p = EVENT(tr, "warn:late_timer");
    p = KEY(p, "timer", put_who, timer_who(t));
    line_end(tr, KEY(p, "late", put_span, late));
}

void warn_at_suspend(struct tracer *tr, struct task *task)
{
    size_t size = coro_stack_bytes(), used = coro_depth(&task->coro);
    if (LIKELY(used <= size / 4 * 3) || task->deep)
        return;
    task->deep = true;
    char *p = EVENT(tr, "warn:stack");
    p = KEY(p, "task", put_who, task_who(task));
    p = KEY(p, "used", put_count, used);
    line_end(tr, KEY(p, "size", put_count, size));
}

void warn_at_watch(struct tracer *tr, int fd)
{
    struct warnings *w = &tr->warnings;
    struct rlimit limit;
    if (LIKELY(fd < w->fds_alarm) || w->fds_told || getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return; /* the limit is asked again: the program may have raised it */
    w->fds_alarm = limit.rlim_cur < INT_MAX ? (int)(limit.rlim_cur - limit.rlim_cur / 10) : INT_MAX;
    if (fd < w->fds_alarm)
        return;
    w->fds_told = true;
    char *p = EVENT(tr, "warn:fds");
    p = KEY(p, "fd", put_number, fd);
    line_end(tr, KEY(p, "limit", put_count, limit.rlim_cur));
}

static void look_for_slow_turn(struct tracer *tr)
{
    struct warnings *w = &tr->warnings;
    ns took = w->turn_ended - w->turn_began;
    if (LIKELY(took <= SLOW_STEP) || w->slow_step || w->turn_steps < 2)
        return;
    char *p = EVENT(tr, "warn:slow_turn");
    p = KEY(p, "took", put_span, took);
    p = KEY(p, "limit", put_span, SLOW_STEP);
    line_end(tr, KEY(p, "steps", put_count, w->turn_steps));
}

static void look_for_spinning(struct tracer *tr)
{
    struct warnings *w = &tr->warnings;
    bool idle = w->zero_timeout && !w->something_came;
    w->idle_turns = idle ? w->idle_turns + 1 : 0;
    if (LIKELY(w->idle_turns != SPINNING_TURNS))
        return;
    char *p = EVENT(tr, "warn:spinning");
    line_end(tr, KEY(p, "turns", put_count, w->idle_turns));
}

void warn_at_turn(struct tracer *tr)
{
    struct warnings *w = &tr->warnings;
    look_for_slow_turn(tr);
    look_for_spinning(tr);
    w->turn_began = w->turn_ended = 0;
    w->turn_steps = 0;
    w->slow_step = w->starved = false;
    w->zero_timeout = w->something_came = false;
}

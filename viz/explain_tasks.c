/*
 * explain_tasks - sentences about tasks, calls and timers.
 */
#include "cause.h"
#include "explain_inside.h"

/* ---- tasks ----------------------------------------------------------------------------------- */

void explain_task_new(struct say *say, const struct event *event, const struct model *after)
{
    struct slice parent = event_text(event, "parent");
    (void)after;
    if (slice_is(id_name(parent), "conn")) {
        say_id(say, parent);
        say_add(say, " gets a task of its own, ");
        say_id_of(say, event, "task", "?");
    } else if (parent.len > 0) {
        say_id(say, parent);
        say_add(say, " makes the task ");
        say_id_of(say, event, "task", "?");
    } else {
        say_add(say, "The task ");
        say_id_of(say, event, "task", "?");
        say_add(say, " is made");
    }
    if (event_has(event, "fn")) {
        say_add(say, " from ");
        say_text_of(say, event, "fn", 40, "");
        say_add(say, "()");
    }
    say_add(say, ". It does not run yet: the loop will begin it.");
}

/* What the handle waited for, of a handle that another one tells so. */
static const char *messenger_words(struct slice why)
{
    if (slice_is(why, "timer"))
        return ", whose time is up, so ";
    if (slice_is(why, "read"))
        return ", for which there is something to read, so ";
    return slice_is(why, "write") ? ", which can write, so "
                                  : ", since what it waited for is done, so ";
}

/* A descriptor is ready, and it is the handle's own, if that can be told. */
static void say_fd_ready(struct say *say, const struct event *event, const struct model *after,
                         struct slice id)
{
    bool write = slice_is(event_text(event, "why"), "write");
    int fd = cause_fd(after, id, event_text(event, "by"), write);
    if (fd < 0)
        say_add(say, "a descriptor");
    else
        cause_say_fd(say, after, fd, write);
    say_add(say, write ? " can be written to, so " : " has something to read, so ");
}

/* Why a handle that waited for something is ready; true when that has named the handle already. */
static bool say_plain_cause(struct say *say, const struct event *event, const struct model *after,
                            struct slice id)
{
    struct slice why = event_text(event, "why");
    if (slice_is(why, "timer")) {
        say_id_of(say, event, "by", "Its timer");
        say_add(say, " was due, so ");
    } else if (slice_is(why, "read")) {
        say_id_of(say, event, "by", "What it waits for");
        say_add(say, " has something to read, so ");
    } else if (slice_is(why, "write")) {
        say_id_of(say, event, "by", "What it waits for");
        say_add(say, " can be written to, so ");
    } else if (slice_is(why, "done")) {
        say_id_of(say, event, "by", "What it waited for");
        say_add(say, " is done, so ");
    } else if (slice_is(why, "signal")) {
        say_add(say, "A signal came, so ");
    } else if (slice_is(why, "cancel") || slice_is(why, "wake")) {
        if (event_text(event, "by").len > 0)
            say_handle(say, after, event_text(event, "by"));
        else
            say_add(say, "Somebody");
        say_add(say, slice_is(why, "cancel") ? " cancelled " : " woke ");
        say_handle(say, after, id);
        say_add(say, ", so ");
        return true;
    }
    return false;
}

/* "Timer 6 was due, so main#1", "main#1 woke worker#2, so it". */
static void say_cause(struct say *say, const struct event *event, const struct model *after,
                      struct slice id)
{
    bool named = false;
    switch (cause_of_ready(after, event)) {
    case CAUSE_CLOSED:
        say_id_of(say, event, "by", "");
        say_add(say, " was closed, so ");
        break;
    case CAUSE_END:
        say_add(say, "the peer of ");
        say_id_of(say, event, "by", "");
        say_add(say, " has finished sending, so ");
        break;
    case CAUSE_FD: say_fd_ready(say, event, after, id); break;
    case CAUSE_MESSENGER:
        say_handle(say, after, event_text(event, "by"));
        say_add(say, " woke ");
        say_handle(say, after, id);
        say_add(say, messenger_words(event_text(event, "why")));
        named = true;
        break;
    default: named = say_plain_cause(say, event, after, id); break;
    }
    if (named)
        say_add(say, "it");
    else
        say_handle(say, after, id);
}

void explain_task_ready(struct say *say, const struct event *event, const struct model *after)
{
    struct slice id = event_text(event, "task"), why = event_text(event, "why");
    const struct task *task = model_task(after, id);
    if (slice_is(why, "new")) {
        say_id(say, id);
        say_add(say, " enters the ready queue to run its first step");
    } else if (slice_is(why, "yield")) {
        say_id(say, id);
        say_add(say, " gives way to the others: it enters the ready queue again, at its end");
    } else {
        say_cause(say, event, after, id);
        say_add(say, slice_is(why, "cancel") && task != NULL && task->steps == 0
                         ? " is ready: when its turn comes it ends without ever having run"
                         : " is ready to go on: it enters the ready queue");
    }
    say_place(say, after, id);
    say_add(say, ".");
}

/* How long the handle stood in the ready queue; nothing where it was no time (virtual clocks). */
static void say_waited(struct say *say, const struct event *event)
{
    if (event_ns(event, "waited", 0) <= 0)
        return;
    say_add(say, ", after ");
    say_span(say, event_ns(event, "waited", 0));
    say_add(say, " in the ready queue");
}

void explain_task_begin(struct say *say, const struct event *event, const struct model *after)
{
    struct slice src = event_text(event, "src");
    uint64_t step = event_count(event, "step", 0);
    (void)after;
    say_id_of(say, event, "task", "A task");
    if (step == 1)
        say_add(say, " runs for the first time");
    else if (step > 1)
        say_f(say, " goes on with its step %llu", (unsigned long long)step);
    else
        say_add(say, " runs");
    if (src.len > 0 && step != 1) { /* before its first step that is where it was made */
        say_add(say, ", at ");
        say_clean(say, src, 50);
    }
    say_waited(say, event);
    say_add(say, ". Until this step ends, nothing else can run.");
}

/* What kinds of waiting mean. `%` stands for the id waited for. */
static const struct {
    const char *on, *with, *without;
} waits[] = {
    { "timer", "until % is due", "until a time has passed" },
    { "read", "until there is something to read from %", "until there is something to read" },
    { "write", "until % can be written to", "until it can write" },
    { "accept", "for % to accept a client", "for a client to connect" },
    { "connect", "until % is connected", "until it is connected" },
    { "task", "until % is done", "until another task is done" },
    { "future", "for the result %", "for a result" },
    { "event", "until % is set", "until an event is set" },
    { "lock", "until it may have %", "until it may have a lock" },
    { "semaphore", "for a place in %", "for a place in a semaphore" },
    { "condition", "to be told by %", "to be told by a condition" },
    { "queue", "for its turn at %", "for its turn at a queue" },
    { "barrier", "for the others at %", "for the others at a barrier" },
    { "group", "until all of % are done", "until all of a group are done" },
    { "thread", "for the thread of %", "for a thread" },
    { "child", "until % exits", "until a child process exits" },
    { "drain", "until enough of what % has queued is sent",
      "until enough of what is queued is sent" },
    { "closed", "until % is closed", "until it is closed" },
};

static void say_wait(struct say *say, struct slice on, struct slice what)
{
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        if (!slice_is(on, waits[i].on))
            continue;
        const char *form = what.len > 0 ? waits[i].with : waits[i].without;
        for (; *form != '\0'; form++) {
            if (*form == '%')
                say_id(say, what);
            else
                say_add(say, (char[2]){ *form, '\0' });
        }
        return;
    }
    say_add(say, "for ");
    if (what.len > 0)
        say_id(say, what);
    else
        say_clean(say, on.len > 0 ? on : slice_of("something"), 40);
}

void explain_task_await(struct say *say, const struct event *event, const struct model *after)
{
    int64_t due = event_ns(event, "due", -1);
    say_id_of(say, event, "task", "A task");
    say_add(say, " will wait ");
    say_wait(say, event_text(event, "on"), event_text(event, "what"));
    if (due >= 0 && due >= after->t_ns) {
        say_add(say, ", ");
        say_span(say, due - after->t_ns);
        say_add(say, " from now");
    }
    if (event_has(event, "expr")) {
        say_add(say, ": await(");
        say_text_of(say, event, "expr", 50, "");
        say_add(say, ")");
    }
    say_add(say, ".");
}

void explain_task_end(struct say *say, const struct event *event, const struct model *after)
{
    struct slice next = event_text(event, "next"), id = event_text(event, "task");
    say_id(say, id);
    if (slice_is(next, "done"))
        say_add(say, " has run its last step");
    else if (slice_is(next, "yield"))
        say_add(say, " gives the turn to others for once");
    else
        say_add(say, " gives the thread back to the loop and waits");
    if (event_ns(event, "took", 0) > 0) {
        say_add(say, "; this step took ");
        say_span(say, event_ns(event, "took", 0));
    }
    if (after->n_ready > 0) {
        say_add(say, ". ");
        say_count(say, after->n_ready, "handle is in the ready queue.",
                  "handles are in the ready queue.");
    } else {
        say_add(say, ". The ready queue is empty.");
    }
}

void explain_task_cancel(struct say *say, const struct event *event, const struct model *after)
{
    const struct task *task = model_task(after, event_text(event, "task"));
    say_id_of(say, event, "by", "Somebody");
    say_add(say, " cancels ");
    say_id_of(say, event, "task", "a task");
    if (task != NULL && task->steps == 0)
        say_add(say, ", which has not run yet.");
    else
        say_add(say, ": it is not stopped by force, but its await will fail with \"cancelled\".");
}

void explain_task_done(struct say *say, const struct event *event, const struct model *after)
{
    struct slice how = event_text(event, "how");
    uint64_t steps = event_count(event, "steps", 0);
    (void)after;
    say_id_of(say, event, "task", "A task");
    if (slice_is(how, "returned")) {
        say_add(say, " is done: it returned");
        if (event_has(event, "value")) {
            say_add(say, " ");
            say_number_of(say, event, "value");
        }
    } else if (slice_is(how, "cancelled")) {
        say_add(say, steps == 0 && event_has(event, "steps")
                         ? " is done: it was cancelled before it ever ran"
                         : " is done: it was cancelled");
    } else if (slice_is(how, "failed")) {
        say_add(say, " is done: it failed");
        if (event_has(event, "error")) {
            say_add(say, " with ");
            say_number_of(say, event, "error");
        }
    } else {
        say_add(say, " is done");
    }
    if (steps > 0) {
        say_add(say, ", after ");
        say_count(say, steps, "step", NULL);
        if (event_ns(event, "cpu", 0) > 0) {
            say_add(say, " and ");
            say_span(say, event_ns(event, "cpu", 0));
            say_add(say, " of running");
        }
    }
    say_add(say, ".");
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void say_call(struct say *say, const struct event *event, const struct model *after)
{
    struct slice fn = event_text(event, "fn");
    if (fn.len == 0) {
        say_handle(say, after, event_text(event, "call"));
        return;
    }
    say_id_of(say, event, "call", "A call");
    say_add(say, " (");
    say_clean(say, fn, 40);
    say_add(say, ")");
}

void explain_call_ready(struct say *say, const struct event *event, const struct model *after)
{
    struct slice id = event_text(event, "call");
    if (slice_is(event_text(event, "why"), "soon")) {
        say_id_of(say, event, "by", "Somebody");
        say_add(say, " asked for ");
        say_call(say, event, after);
        say_add(say, " to run soon, so it");
    } else {
        say_cause(say, event, after, id);
    }
    say_add(say, " enters the ready queue");
    say_place(say, after, id);
    say_add(say, ".");
}

void explain_call_begin(struct say *say, const struct event *event, const struct model *after)
{
    say_call(say, event, after);
    say_add(say, " runs");
    say_waited(say, event);
    say_add(say, ". A plain call can't wait: it runs to its end.");
}

void explain_call_end(struct say *say, const struct event *event, const struct model *after)
{
    say_call(say, event, after);
    say_add(say, " has run");
    if (event_ns(event, "took", 0) > 0) {
        say_add(say, " for ");
        say_span(say, event_ns(event, "took", 0));
    }
    if (after->n_ready > 0) {
        say_add(say, ". ");
        say_count(say, after->n_ready, "handle is in the ready queue.",
                  "handles are in the ready queue.");
    } else {
        say_add(say, ". The ready queue is empty.");
    }
}

void explain_call_cancel(struct say *say, const struct event *event, const struct model *after)
{
    say_call(say, event, after);
    say_add(say, " is cancelled: it will not run.");
}

/* ---- timers ---------------------------------------------------------------------------------- */

void explain_timer_set(struct say *say, const struct event *event, const struct model *after)
{
    int64_t due = event_ns(event, "due", -1);
    say_id_of(say, event, "timer", "A timer");
    say_add(say, " is set: it will make ");
    if (event_has(event, "wakes"))
        say_handle(say, after, event_text(event, "wakes"));
    else
        say_add(say, "something");
    say_add(say, " ready ");
    if (event_has(event, "delay") && event_ns(event, "delay", 0) > 0) {
        say_add(say, "in ");
        say_span(say, event_ns(event, "delay", 0));
    } else if (due > after->t_ns) {
        say_add(say, "in ");
        say_span(say, due - after->t_ns);
    } else {
        say_add(say, "as soon as the loop looks at its timers");
    }
    say_add(say, ", not before.");
}

void explain_timer_fire(struct say *say, const struct event *event, const struct model *after)
{
    int64_t late = event_ns(event, "late", -1);
    say_id_of(say, event, "timer", "A timer");
    say_add(say, " is due and fires");
    if (late == 0) {
        say_add(say, ", exactly on time");
    } else if (late > 0) {
        say_add(say, ", ");
        say_span(say, late);
        say_add(say, " late");
    }
    if (event_has(event, "wakes")) {
        say_add(say, ": it makes ");
        say_handle(say, after, event_text(event, "wakes"));
        say_add(say, " ready");
    }
    say_add(say, ".");
}

void explain_timer_cancel(struct say *say, const struct event *event, const struct model *after)
{
    int64_t left = event_ns(event, "left", -1);
    (void)after;
    say_id_of(say, event, "timer", "A timer");
    say_add(say, " is cancelled");
    if (left > 0) {
        say_add(say, ", ");
        say_span(say, left);
        say_add(say, " before it was due");
    }
    say_add(say, ": it will not fire.");
}

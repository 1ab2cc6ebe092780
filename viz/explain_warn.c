/*
 * explain_warn - sentences about what is wrong: what, where, why it matters, what to do.
 *
 * A warning names a task, a timer, a connection; where that is in the program, and who was to
 * blame, the model knows: the line where the task stands, the step that kept the thread. Where it
 * does not, the sentence does without.
 */
#include "explain_inside.h"

#include <string.h>

/* ---- where, and who ------------------------------------------------------------------------- */

static const struct task *task_of(const struct model *after, struct slice id)
{
    const struct task *task = id.len > 0 ? model_task(after, id) : NULL;
    bool runs = after->running != NULL && str_is(&after->running->id, id);
    return task == NULL && runs ? after->running : task;
}

/* Who did it; NULL when he is gone. */
static const struct task *doer_of(const struct model *after, const struct deed *deed)
{
    const struct task *running = after->running;
    bool runs = running != NULL && running->number == deed->number && deed->took_ns < 0;
    return runs ? running : model_doer(after, deed);
}

static void say_doer(struct say *say, const struct model *after, const struct deed *deed)
{
    const struct task *task = doer_of(after, deed);
    say_handle(say, after, task != NULL ? str_slice(&task->id) : slice_of(deed->name));
}

static void say_at(struct say *say, const struct str *src)
{
    if (src->len == 0)
        return;
    say_add(say, ", at ");
    say_clean(say, str_slice(src), 60);
}

/* ", at file.c:17": where the task under this key stands. */
static void say_where(struct say *say, const struct event *event, const struct model *after,
                      const char *key)
{
    const struct task *task = task_of(after, event_text(event, key));
    if (task != NULL)
        say_at(say, &task->src);
}

/* The longest step that ended after `from_ns`, as far back as steps are remembered. */
static const struct deed *longest_since(const struct model *after, int64_t from_ns, uint64_t but)
{
    const struct ring *ring = &after->deeds_ring;
    const struct deed *longest = NULL;
    int64_t most = -1;
    for (size_t i = ring->count; i > 0; i--) {
        const struct deed *deed = &after->deeds[ring_at(ring, i - 1)];
        int64_t took = deed->took_ns < 0 ? after->t_ns - deed->begun_ns : deed->took_ns;
        if (deed->begun_ns + took < from_ns)
            break;
        if (deed->number == but || took <= most)
            continue;
        longest = deed;
        most = took;
    }
    return longest;
}

/* " main#1 kept the thread for 0.3 s meanwhile, at file.c:9." */
static void say_culprit(struct say *say, const struct model *after, int64_t from_ns, uint64_t but)
{
    const struct deed *deed = longest_since(after, from_ns, but);
    int64_t took = deed == NULL         ? 0
                   : deed->took_ns >= 0 ? deed->took_ns
                                        : after->t_ns - deed->begun_ns;
    if (took < (after->t_ns - from_ns) / 4 || took == 0)
        return; /* it was not one that did it */
    const struct task *task = doer_of(after, deed);
    say_add(say, " Meanwhile ");
    say_doer(say, after, deed);
    say_add(say, " kept the thread for ");
    say_span(say, took);
    if (task != NULL)
        say_at(say, &task->src);
    say_add(say, ".");
}

static void say_limit(struct say *say, const struct event *event)
{
    if (event_has(event, "took")) {
        say_add(say, " for ");
        say_span(say, event_ns(event, "took", 0));
    }
    if (event_has(event, "limit")) {
        say_add(say, " (the limit is ");
        say_span(say, event_ns(event, "limit", 0));
        say_add(say, ")");
    }
}

/* ---- who keeps the thread ------------------------------------------------------------------- */

void explain_warn_slow_step(struct say *say, const struct event *event, const struct model *after)
{
    const char *key = event_has(event, "task") ? "task" : "call";
    say_add(say, "Slow step: ");
    say_id_of(say, event, key, "a handle");
    say_add(say, " kept the thread");
    say_limit(say, event);
    say_where(say, event, after, key);
    say_add(say, ". Nothing else could run, no timer and no connection: await in between, or give "
                 "the work to a thread.");
}

void explain_warn_slow_turn(struct say *say, const struct event *event, const struct model *after)
{
    int64_t took = event_ns(event, "took", 0);
    say_add(say, "Slow turn: ");
    if (event_has(event, "steps")) {
        say_count(say, event_count(event, "steps", 0), "step", NULL);
        say_add(say, " ran");
    } else {
        say_add(say, "handles ran");
    }
    say_limit(say, event);
    say_add(say, " before the loop could look at timers and descriptors again.");
    const struct deed *deed = longest_since(after, after->t_ns - took, 0);
    if (deed != NULL && deed->took_ns >= 0) {
        const struct task *task = doer_of(after, deed);
        say_add(say, " The longest was ");
        say_doer(say, after, deed);
        say_add(say, "'s, ");
        say_span(say, deed->took_ns);
        if (task != NULL)
            say_at(say, &task->src);
        say_add(say, ".");
    }
    say_add(say, " Let fewer tasks be ready at once, or each do less.");
}

void explain_warn_late_timer(struct say *say, const struct event *event, const struct model *after)
{
    int64_t late = event_ns(event, "late", 0);
    say_add(say, "Late timer: ");
    say_id_of(say, event, "timer", "a timer");
    say_add(say, " fired ");
    say_span(say, late);
    say_add(say, " after it was due, so whoever sleeps sleeps too long.");
    say_culprit(say, after, after->t_ns - late, 0);
    say_add(say, " Steps must be short: await in between.");
}

void explain_warn_spinning(struct say *say, const struct event *event, const struct model *after)
{
    const struct ring *ring = &after->deeds_ring;
    say_add(say, "Spinning: the loop took ");
    say_count(say, event_count(event, "turns", 0), "turn", NULL);
    say_add(say, " without ever waiting, and burns a whole processor.");
    if (ring->count > 0) {
        const struct deed *deed = &after->deeds[ring_at(ring, ring->count - 1)];
        const struct task *task = doer_of(after, deed);
        say_add(say, " It was ");
        say_doer(say, after, deed);
        say_add(say, " that ran last");
        if (task != NULL)
            say_at(say, &task->src);
        say_add(say, ".");
    }
    say_add(say, " Something asks again and again: let it await what it looks for.");
}

void explain_warn_starving(struct say *say, const struct event *event, const struct model *after)
{
    int64_t waited = event_ns(event, "waited", 0);
    say_add(say, "Starving: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " stood in the ready queue for ");
    say_span(say, waited);
    say_add(say, " before it could run");
    say_where(say, event, after, "task");
    say_add(say, ".");
    say_culprit(say, after, after->t_ns - waited, id_number(event_text(event, "task")));
    say_add(say, " Its work was late for as long: make the others' steps shorter.");
}

/* ---- what is forgotten ---------------------------------------------------------------------- */

void explain_warn_lost_task(struct say *say, const struct event *event, const struct model *after)
{
    say_add(say, "Lost task: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " was dropped before it was done");
    say_where(say, event, after, "task");
    say_add(say, ", and the rest of it will never run. Keep hold of it and wait for it, or cancel "
                 "it.");
}

void explain_warn_swallowed(struct say *say, const struct event *event, const struct model *after)
{
    say_add(say, "Swallowed cancel: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " was told that it is cancelled and went on all the same");
    say_where(say, event, after, "task");
    say_add(say, ". Whoever cancelled it may wait for ever: clean up, then let the cancel pass.");
}

void explain_warn_unread(struct say *say, const struct event *event, const struct model *after)
{
    say_add(say, "Unread failure: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " failed");
    if (event_has(event, "error")) {
        say_add(say, " with ");
        say_number_of(say, event, "error");
    }
    say_where(say, event, after, "task");
    say_add(say, ", and nobody looked at its result, so the program goes on as if all were well. "
                 "Await it, or ask for its error.");
}

void explain_warn_not_closed(struct say *say, const struct event *event, const struct model *after)
{
    struct slice id = event_text(event, "conn");
    const struct server *server = model_server(after, event_text(event, "server"));
    const struct conn *conn = id.len > 0 ? model_conn(after, id) : NULL;
    say_add(say, "Not closed: ");
    say_id(say, id.len > 0 ? id : event_text(event, "server"));
    if (conn != NULL && conn->peer.len > 0) {
        say_add(say, " with ");
        say_clean(say, str_slice(&conn->peer), 40);
    }
    if (server != NULL)
        say_at(say, &server->src);
    say_add(say,
            " was still open when the loop was closed: what it had to send may be lost, and in "
            "a longer program its descriptor would be. Close what you open.");
}

void explain_warn_grows(struct say *say, const struct event *event, const struct model *after)
{
    say_add(say, "Queue grows: ");
    say_count(say, event_count(event, "queued", 0), "byte waits", "bytes wait");
    say_add(say, " to be sent on ");
    say_id_of(say, event, "conn", "a connection");
    say_add(say, ", faster than its peer reads");
    if (after->running != NULL)
        say_at(say, &after->running->src);
    say_add(say, ". All of it is held in memory: await drain before writing more.");
}

void explain_warn_stack(struct say *say, const struct event *event, const struct model *after)
{
    say_add(say, "Stack nearly full: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " waits with ");
    say_count(say, event_count(event, "used", 0), "byte of its stack", "bytes of its stack");
    say_f(say, " in use, of %llu", (unsigned long long)event_count(event, "size", 0));
    say_where(say, event, after, "task");
    say_add(say, ". A call or two deeper and it runs into the guard page, which ends the program: "
                 "keep large arrays off the stack, and recursion shallow.");
}

void explain_warn_fds(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Descriptors run out: fd ");
    say_number_of(say, event, "fd");
    say_f(say, " is watched, and this process may have %llu",
          (unsigned long long)event_count(event, "limit", 0));
    say_add(say, ". At the limit accept and connect fail with EMFILE: close what is done with, or "
                 "raise the limit (ulimit -n).");
}

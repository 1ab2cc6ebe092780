/*
 * explain - one plain sentence for each event: the shared words, the trace's own lines, the loop
 * and select().
 *
 * The sentences answer "what happened, and why" with what this event and the loop just after it
 * say. None guesses: where a number is missing from an event, the sentence does without.
 * explain_tasks.c speaks of tasks, calls and timers, explain_world.c of descriptors and servers,
 * explain_words.c of output, notes and warnings.
 */
#include "explain_inside.h"

#include <string.h>

/* ---- shared words ---------------------------------------------------------------------------- */

void say_id(struct say *say, struct slice id)
{
    static const struct {
        const char *name, *word;
    } words[] = { { "timer", "timer" },    { "conn", "connection" }, { "server", "server" },
                  { "call", "call" },      { "loop", "the loop" },   { "program", "the program" },
                  { "viewer", "a viewer" } };
    struct slice name = id_name(id);
    bool numbered = name.len < id.len;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!slice_is(name, words[i].name) || numbered != (i < 4))
            continue;
        say_add(say, words[i].word);
        if (numbered)
            say_f(say, " %llu", (unsigned long long)id_number(id));
        return;
    }
    say_clean(say, id, 40);
}

void say_id_of(struct say *say, const struct event *event, const char *key, const char *otherwise)
{
    struct slice id = event_text(event, key);
    if (id.len > 0)
        say_id(say, id);
    else
        say_add(say, otherwise);
}

void say_text_of(struct say *say, const struct event *event, const char *key, size_t limit,
                 const char *otherwise)
{
    struct slice text = event_text(event, key);
    if (text.len > 0)
        say_clean(say, text, limit);
    else
        say_add(say, otherwise);
}

void say_number_of(struct say *say, const struct event *event, const char *key)
{
    const struct field *field = event_field(event, key);
    if (field != NULL && (field->kind == FIELD_NUMBER || field->kind == FIELD_TEXT))
        say_clean(say, field->value, 60);
    else
        say_add(say, "?");
}

void say_handle(struct say *say, const struct model *after, struct slice id)
{
    const struct task *task = model_task(after, id);
    if (task == NULL && after->running != NULL && str_is(&after->running->id, id))
        task = after->running;
    say_id(say, id);
    if (task != NULL && task->is_call && task->fn.len > 0) {
        say_add(say, " (");
        say_clean(say, str_slice(&task->fn), 40);
        say_add(say, ")");
    }
}

void say_place(struct say *say, const struct model *after, struct slice id)
{
    enum { COUNTED = 1000 };
    uint64_t ahead = 0;
    const struct task *task = after->ready;
    while (task != NULL && !str_is(&task->id, id) && ahead < COUNTED) {
        task = task->next_ready;
        ahead++;
    }
    if (task == NULL)
        return;
    if (ahead == 0)
        say_add(say, "; nothing is ahead of it");
    else if (ahead == COUNTED)
        say_add(say, "; a thousand and more are ahead of it");
    else
        say_f(say, "; %llu %s ahead of it", (unsigned long long)ahead,
              ahead == 1 ? "handle is" : "handles are");
}

/* ---- the trace's own lines ------------------------------------------------------------------- */

static void trace_head(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, event->n == 0 ? "Here begins the trace of "
                               : "Here begins a further piece of the trace of ");
    say_text_of(say, event, "program", 60, "a program");
    if (event_has(event, "pid")) {
        say_add(say, ", process ");
        say_number_of(say, event, "pid");
    }
    if (slice_is(event_text(event, "clock"), "virtual"))
        say_add(say, "; its clock is virtual: it jumps to the next deadline instead of waiting");
    say_add(say, ".");
}

static void trace_source(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    if (event_has(event, "text")) {
        say_add(say, "The trace carries the source file ");
        say_text_of(say, event, "file", 80, "of the program");
    } else {
        say_add(say, "The trace can't carry the source file ");
        say_text_of(say, event, "file", 80, "of the program");
        say_add(say, ": ");
        say_text_of(say, event, "why", 80, "it could not be read");
    }
    say_add(say, ".");
}

static void trace_state(struct say *say, const struct event *event, const struct model *after)
{
    say_add(say, "The loop wrote down its whole state here");
    if (event_has(event, "of")) {
        say_f(say, " (part %llu of ", (unsigned long long)event_count(event, "part", 1));
        say_f(say, "%llu)", (unsigned long long)event_count(event, "of", 1));
    }
    say_add(say, ": ");
    say_count(say, after->n_tasks, "task", NULL);
    say_add(say, ", ");
    say_count(say, after->n_timers, "timer", NULL);
    say_add(say, ", ");
    say_count(say, after->n_conns, "connection", NULL);
    say_add(say, ".");
}

static void trace_gap(struct say *say, const struct event *event, const struct model *after)
{
    uint64_t lost = event_count(event, "lost", 0);
    (void)after;
    say_count(say, lost, "event is missing here", "events are missing here");
    if (event_has(event, "from") && event_has(event, "to")) {
        say_f(say, " (numbers %llu", (unsigned long long)event_count(event, "from", 0));
        say_f(say, " to %llu)", (unsigned long long)event_count(event, "to", 0));
    }
    say_add(say, ": whoever wrote this trace could not keep up. What is shown next comes from the "
                 "loop's own record.");
}

static void trace_hold(struct say *say, const struct event *event, const struct model *after)
{
    struct slice by = event_text(event, "by");
    (void)after;
    if (slice_is(by, "viewer"))
        say_add(say, "A viewer held the program");
    else if (slice_is(by, "disk"))
        say_add(say, "A slow disk held the program while it wrote its trace");
    else if (slice_is(by, "pipe"))
        say_add(say, "A slow reader of the trace held the program");
    else
        say_add(say, "Tracing held the program");
    if (event_has(event, "took")) {
        say_add(say, " for ");
        say_span(say, event_ns(event, "took", 0));
    }
    say_add(say, ".");
}

static void trace_control(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "A viewer sent the line \"");
    say_text_of(say, event, "line", 60, "");
    if (event_has(event, "error")) {
        say_add(say, "\", which was refused: ");
        say_text_of(say, event, "error", 100, "no reason given");
        say_add(say, ".");
    } else {
        say_add(say, "\", and it was done.");
    }
}

static void trace_end(struct say *say, const struct event *event, const struct model *after)
{
    struct slice how = event_text(event, "how");
    (void)after;
    say_add(say, "The trace ends here");
    if (slice_is(how, "closed"))
        say_add(say, ": the loop was closed");
    else if (slice_is(how, "exit"))
        say_add(say, ": the program ended");
    else if (slice_is(how, "signal"))
        say_add(say, ": the program was killed by a signal");
    if (event_has(event, "status")) {
        say_add(say, slice_is(how, "signal") ? ", number " : ", status ");
        say_number_of(say, event, "status");
    }
    if (event_has(event, "events")) {
        say_add(say, ", after ");
        say_count(say, event_count(event, "events", 0), "event", NULL);
    }
    if (event_count(event, "lost", 0) > 0) {
        say_add(say, ", of which ");
        say_count(say, event_count(event, "lost", 0), "was lost on the way",
                  "were lost on the way");
    }
    say_add(say, ".");
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void loop_run(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "The loop starts to run");
    if (slice_is(event_text(event, "how"), "forever")) {
        say_add(say, " for ever, which means until somebody asks it to stop.");
    } else if (event_has(event, "for")) {
        say_add(say, " until ");
        say_id_of(say, event, "for", "");
        say_add(say, " is done.");
    } else {
        say_add(say, ".");
    }
}

static void loop_turn(struct say *say, const struct event *event, const struct model *after)
{
    uint64_t ready = event_count(event, "ready", after->n_ready);
    uint64_t timers = event_count(event, "timers", after->n_timers);
    say_f(say, "Turn %llu begins", (unsigned long long)after->turn);
    if (after->stopping)
        say_add(say, ", the last one, since the loop was asked to stop");
    if (ready > 0) {
        say_add(say, ": ");
        say_count(say, ready, "handle is ready to run, so there is no time to wait.",
                  "handles are ready to run, so there is no time to wait.");
    } else if (after->stopping) {
        say_add(say, ".");
    } else if (after->timers != NULL && after->timers->due_ns <= after->t_ns) {
        say_add(say, ": nothing is ready, but ");
        say_id(say, str_slice(&after->timers->id));
        say_add(say, after->timers->due_ns < after->t_ns ? " is overdue" : " is due");
        say_add(say, ", so there is no time to wait.");
    } else if (timers > 0) {
        say_add(say, ": nothing is ready, ");
        say_count(say, timers, "timer is set, so the loop may wait until that is due.",
                  "timers are set, so the loop may wait until the first of them is due.");
    } else {
        say_add(say,
                ": nothing is ready and no timer is set, so only a descriptor can end the wait.");
    }
}

static void loop_stop(struct say *say, const struct event *event, const struct model *after)
{
    say_id_of(say, event, "by", "Somebody");
    say_add(say, after->looping
                     ? " asks the loop to stop. It does so when this turn's handles have run."
                     : " asks the loop to stop. It will, after one turn.");
}

static void loop_stopped(struct say *say, const struct event *event, const struct model *after)
{
    struct slice why = event_text(event, "why");
    say_add(say, "The loop stops");
    if (slice_is(why, "done")) {
        say_add(say, ", because ");
        if (after->run_for.len > 0)
            say_id(say, str_slice(&after->run_for));
        else
            say_add(say, "what it ran for");
        say_add(say, " is done");
    } else if (slice_is(why, "stop")) {
        say_add(say, ", because it was asked to");
    } else if (slice_is(why, "interrupt")) {
        say_add(say, " at once, because of a second Ctrl-C");
    } else if (why.len > 0) {
        say_add(say, ": ");
        say_clean(say, why, 60);
    }
    if (event_has(event, "turns")) {
        say_add(say, ", after ");
        say_count(say, event_count(event, "turns", 0), "turn", NULL);
    }
    say_add(say, ".");
}

/* ---- select() -------------------------------------------------------------------------------- */

static uint64_t fds_asked(const struct event *event, const struct model *after)
{
    uint64_t reads = event_count(event, "read", 0), writes = event_count(event, "write", 0);
    return writes > 0 ? model_fds_of(after, reads + writes) : reads;
}

static void say_fds_asked(struct say *say, const struct event *event, const struct model *after)
{
    uint64_t fds = fds_asked(event, after);
    if (fds > 0) {
        say_add(say, ", or until ");
        say_add(say, fds == 1 ? "the descriptor that it watches is ready" : "one of the ");
        if (fds > 1)
            say_f(say, "%llu descriptors that it watches is ready", (unsigned long long)fds);
    }
}

/* No waiting: there is something to do, or the loop is to stop. */
static void select_glance(struct say *say, const struct event *event, const struct model *after)
{
    struct slice until = event_text(event, "until");
    if (slice_is(until, "stop"))
        say_add(say, "The loop is asked to stop");
    else if (slice_is(until, "ready") && after->n_ready > 0)
        say_count(say, after->n_ready, "handle is ready to run", "handles are ready to run");
    else if (id_number(until) > 0) {
        say_id(say, until);
        say_add(say, " is due");
    } else
        say_add(say, "There is something to do");
    say_add(say,
            ", so the loop asks select() only which descriptors are ready now, without waiting.");
}

static void select_enter(struct say *say, const struct event *event, const struct model *after)
{
    const struct select_call *call = &after->select;
    struct slice until = event_text(event, "until");
    if (!call->forever && call->timeout_ns <= 0) {
        select_glance(say, event, after);
        return;
    }
    if (after->n_ready == 0)
        say_add(say, call->forever && after->n_timers == 0
                         ? "Nothing is ready and no timer is set, so the loop"
                         : "Nothing is ready, so the loop");
    else
        say_add(say, "The loop");
    if (call->forever) {
        uint64_t fds = fds_asked(event, after);
        say_add(say, " asks select() to wait, for as long as it takes, until ");
        say_add(say, fds == 1 ? "the descriptor that it watches is ready."
                              : "one of the descriptors that it watches is ready.");
        return;
    }
    say_add(say, " asks select() to wait until ");
    if (id_number(until) > 0) {
        say_id(say, until);
        say_add(say, " is due, ");
        say_span(say, call->timeout_ns);
        say_add(say, " from now");
    } else {
        say_span(say, call->timeout_ns);
        say_add(say, " have passed");
    }
    say_fds_asked(say, event, after);
    say_add(say, ".");
}

/* "fd 5 (server 3)", the first few of them. */
static void say_fds(struct say *say, const struct model *after, bool write, size_t *said)
{
    const struct select_call *call = &after->select;
    const int *fds = write ? call->write_fds : call->read_fds;
    size_t n = write ? call->n_write_fds : call->n_read_fds;
    for (size_t i = 0; i < n; i++, ++*said) {
        const struct watch *watch = model_watch(after, fds[i], write);
        if (*said >= 4)
            continue;
        say_f(say, "%sfd %d", *said > 0 ? ", " : "", fds[i]);
        if (watch != NULL && watch->who.len > 0) {
            say_add(say, " (");
            if (str_is(&watch->who, slice_of("loop")))
                say_add(say, "the loop's own wake-up");
            else
                say_id(say, str_slice(&watch->who));
            say_add(say, ")");
        }
        say_add(say, write ? " can be written" : " can be read");
    }
    if (write && *said > 4)
        say_f(say, " and %llu more", (unsigned long long)(*said - 4));
}

static void say_after(struct say *say, int64_t span_ns)
{
    say_add(say, span_ns == 0 ? " at once" : " after ");
    if (span_ns != 0)
        say_span(say, span_ns);
}

static void select_leave(struct say *say, const struct event *event, const struct model *after)
{
    const struct select_call *call = &after->select;
    struct slice error = event_text(event, "error");
    if (error.len > 0) {
        bool interrupted = slice_is(error, "EINTR");
        say_add(say, interrupted ? "A signal interrupted select()" : "select() failed with ");
        if (!interrupted)
            say_clean(say, error, 60);
        say_after(say, call->took_ns);
        say_add(say, interrupted ? "; the loop will call it again." : ".");
        return;
    }
    say_add(say, "select() returns");
    say_after(say, call->took_ns);
    if (call->n_read_fds + call->n_write_fds == 0) {
        bool waited = call->entered_ns >= 0 && !call->forever && call->timeout_ns > 0;
        say_add(say, waited ? ": the time is up, and no descriptor is ready."
                            : ": no descriptor is ready.");
        return;
    }
    size_t said = 0;
    say_add(say, ": ");
    say_fds(say, after, false, &said);
    say_fds(say, after, true, &said);
    say_add(say, ".");
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct {
    sentence_fn *say;
    const char *title;
} kinds[EV_KINDS] = {
    [EV_UNKNOWN] = { NULL, "unknown event" },
    [EV_TRACE_HEAD] = { trace_head, "trace begins" },
    [EV_TRACE_SOURCE] = { trace_source, "source file" },
    [EV_TRACE_STATE] = { trace_state, "state record" },
    [EV_TRACE_GAP] = { trace_gap, "events lost" },
    [EV_TRACE_HOLD] = { trace_hold, "program held" },
    [EV_TRACE_CONTROL] = { trace_control, "control line" },
    [EV_TRACE_END] = { trace_end, "trace ends" },
    [EV_LOOP_RUN] = { loop_run, "loop runs" },
    [EV_LOOP_TURN] = { loop_turn, "turn begins" },
    [EV_LOOP_STOP] = { loop_stop, "stop asked" },
    [EV_LOOP_STOPPED] = { loop_stopped, "loop stopped" },
    [EV_SELECT_ENTER] = { select_enter, "select() waits" },
    [EV_SELECT_LEAVE] = { select_leave, "select() returns" },
    [EV_TASK_NEW] = { explain_task_new, "task made" },
    [EV_TASK_READY] = { explain_task_ready, "task ready" },
    [EV_TASK_BEGIN] = { explain_task_begin, "task runs" },
    [EV_TASK_AWAIT] = { explain_task_await, "task awaits" },
    [EV_TASK_END] = { explain_task_end, "step ends" },
    [EV_TASK_CANCEL] = { explain_task_cancel, "cancel asked" },
    [EV_TASK_DONE] = { explain_task_done, "task done" },
    [EV_CALL_READY] = { explain_call_ready, "call ready" },
    [EV_CALL_BEGIN] = { explain_call_begin, "call runs" },
    [EV_CALL_END] = { explain_call_end, "call ends" },
    [EV_CALL_CANCEL] = { explain_call_cancel, "call cancelled" },
    [EV_TIMER_SET] = { explain_timer_set, "timer set" },
    [EV_TIMER_FIRE] = { explain_timer_fire, "timer fires" },
    [EV_TIMER_CANCEL] = { explain_timer_cancel, "timer cancelled" },
    [EV_WATCH_ADD] = { explain_watch_add, "fd watched" },
    [EV_WATCH_DROP] = { explain_watch_drop, "fd dropped" },
    [EV_SERVER_LISTEN] = { explain_server_listen, "server listens" },
    [EV_SERVER_ACCEPT] = { explain_server_accept, "client accepted" },
    [EV_SERVER_REFUSE] = { explain_server_refuse, "accept failed" },
    [EV_SERVER_CLOSE] = { explain_server_close, "server closes" },
    [EV_CONN_OPEN] = { explain_conn_open, "connection" },
    [EV_CONN_READ] = { explain_conn_read, "bytes read" },
    [EV_CONN_WRITE] = { explain_conn_write, "bytes written" },
    [EV_CONN_EOF] = { explain_conn_eof, "peer finished" },
    [EV_CONN_ERROR] = { explain_conn_error, "connection error" },
    [EV_CONN_CLOSE] = { explain_conn_close, "connection closed" },
    [EV_SIGNAL_GOT] = { explain_signal_got, "signal" },
    [EV_WAKE_SENT] = { explain_wake_sent, "wake-up sent" },
    [EV_THREAD_START] = { explain_thread_start, "thread starts" },
    [EV_THREAD_DONE] = { explain_thread_done, "thread done" },
    [EV_CHILD_START] = { explain_child_start, "child starts" },
    [EV_CHILD_EXIT] = { explain_child_exit, "child exits" },
    [EV_SYNC_WAIT] = { explain_sync_wait, "waits its turn" },
    [EV_SYNC_GIVE] = { explain_sync_give, "gives way" },
    [EV_OUT_LINE] = { explain_out_line, "output" },
    [EV_NOTE_SAY] = { explain_note_say, "note" },
    [EV_NOTE_MARK] = { explain_note_mark, "mark" },
    [EV_NOTE_ASK] = { explain_note_ask, "question" },
    [EV_NOTE_ANSWERED] = { explain_note_answered, "answer" },
    [EV_WARN_SLOW_STEP] = { explain_warn_slow_step, "slow step" },
    [EV_WARN_SLOW_TURN] = { explain_warn_slow_turn, "slow turn" },
    [EV_WARN_LATE_TIMER] = { explain_warn_late_timer, "late timer" },
    [EV_WARN_SPINNING] = { explain_warn_spinning, "spinning" },
    [EV_WARN_STARVING] = { explain_warn_starving, "starving" },
    [EV_WARN_LOST_TASK] = { explain_warn_lost_task, "lost task" },
    [EV_WARN_SWALLOWED] = { explain_warn_swallowed, "cancel swallowed" },
    [EV_WARN_UNREAD] = { explain_warn_unread, "unread failure" },
    [EV_WARN_NOT_CLOSED] = { explain_warn_not_closed, "not closed" },
    [EV_WARN_GROWS] = { explain_warn_grows, "queue grows" },
    [EV_WARN_STACK] = { explain_warn_stack, "stack nearly full" },
    [EV_WARN_FDS] = { explain_warn_fds, "descriptors run out" },
};

const char *explain_title(enum event_kind kind)
{
    return (unsigned)kind < EV_KINDS ? kinds[kind].title : "";
}

/*
 * Sentences begin with a capital also where an id stands first: "Timer 6", but "main#1" is a name.
 */
static void capitalise(struct say *say)
{
    static const char *const words[] = { "timer ", "connection ", "server ", "call ",
                                         "the ",   "a ",          "an " };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(say->at, words[i], strlen(words[i])) == 0)
            say->at[0] = (char)(say->at[0] - 'a' + 'A');
}

size_t explain(char *out, size_t size, const struct event *event, const struct model *after)
{
    struct say say;
    say_init(&say, out, size);
    if (size == 0)
        return 0;
    if ((unsigned)event->kind < EV_KINDS && kinds[event->kind].say != NULL) {
        kinds[event->kind].say(&say, event, after);
        capitalise(&say);
        return say.len;
    }
    say_add(&say, "An event of a kind that this viewer does not know: ");
    say_clean(&say, event->ev, 60);
    say_add(&say, ".");
    return say.len;
}

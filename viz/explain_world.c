/*
 * explain_world - sentences about what lies outside of the loop (descriptors, servers,
 * connections, signals, threads, children), about what is said (output, notes), and about what is
 * wrong (warnings: what, why it matters, what to do).
 */
#include "explain_inside.h"

#include <string.h>

static bool for_write(const struct event *event)
{
    return slice_is(event_text(event, "for"), "write");
}

void explain_watch_add(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "From now on select() watches fd ");
    say_number_of(say, event, "fd");
    say_add(say, for_write(event) ? ", to see when it can be written"
                                  : ", to see when there is something to read");
    if (event_has(event, "who")) {
        if (slice_is(event_text(event, "who"), "loop")) {
            say_add(say, ": the loop's own wake-up descriptor");
        } else {
            say_add(say, ", for ");
            say_id_of(say, event, "who", "");
        }
    }
    say_add(say, ".");
}

void explain_watch_drop(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "select() no longer watches fd ");
    say_number_of(say, event, "fd");
    say_add(say, for_write(event) ? " for writing." : " for reading.");
}

/* ---- servers --------------------------------------------------------------------------------- */

void explain_server_listen(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_id_of(say, event, "server", "A server");
    say_add(say, " listens at ");
    say_text_of(say, event, "addr", 60, "an address");
    say_add(say, " (fd ");
    say_number_of(say, event, "fd");
    say_add(say, "): clients can connect now");
    if (event_has(event, "backlog")) {
        say_add(say, "; the kernel keeps ");
        say_number_of(say, event, "backlog");
        say_add(say, " of them waiting at most");
    }
    say_add(say, ".");
}

void explain_server_accept(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_id_of(say, event, "server", "A server");
    say_add(say, " accepts a client");
    if (event_has(event, "peer")) {
        say_add(say, " from ");
        say_text_of(say, event, "peer", 60, "");
    }
    say_add(say, ": ");
    say_id_of(say, event, "conn", "a connection");
    say_add(say, ", a descriptor of its own (fd ");
    say_number_of(say, event, "fd");
    say_add(say, ").");
}

void explain_server_refuse(struct say *say, const struct event *event, const struct model *after)
{
    struct slice error = event_text(event, "error");
    (void)after;
    say_id_of(say, event, "server", "A server");
    say_add(say, " could not accept a client: ");
    say_clean(say, error, 40);
    if (slice_begins(error, "EMFILE") || slice_begins(error, "ENFILE"))
        say_add(say, ", no descriptor is free");
    if (event_ns(event, "pause", 0) > 0) {
        say_add(say, ". It tries again in ");
        say_span(say, event_ns(event, "pause", 0));
    }
    say_add(say, ".");
}

void explain_server_close(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_id_of(say, event, "server", "A server");
    say_add(say, " listens no more");
    if (event_has(event, "accepted")) {
        say_add(say, ". It had accepted ");
        say_count(say, event_count(event, "accepted", 0), "client", NULL);
    }
    say_add(say, "; connections that are open stay open.");
}

/* ---- connections ----------------------------------------------------------------------------- */

void explain_conn_open(struct say *say, const struct event *event, const struct model *after)
{
    struct slice state = event_text(event, "state");
    (void)after;
    say_id_of(say, event, "conn", "A connection");
    if (slice_is(state, "connecting"))
        say_add(say, " is on its way to ");
    else if (slice_is(state, "connected"))
        say_add(say, " is connected to ");
    else if (slice_is(state, "half-closed"))
        say_add(say, " hears no more from ");
    else if (slice_is(state, "closing"))
        say_add(say, " will be closed once all is sent to ");
    else
        say_add(say, " is open to ");
    say_text_of(say, event, "peer", 60, "its peer");
    say_add(say, slice_is(state, "connecting")
                     ? ": the loop does not wait for the answer, select() will tell."
                     : ".");
}

void explain_conn_read(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_count(say, event_count(event, "bytes", 0), "byte was", "bytes were");
    say_add(say, " read from ");
    say_id_of(say, event, "conn", "a connection");
    say_add(say, ", without waiting: they had come already.");
}

void explain_conn_write(struct say *say, const struct event *event, const struct model *after)
{
    uint64_t queued = event_count(event, "queued", 0);
    (void)after;
    say_add(say, "The kernel took ");
    say_count(say, event_count(event, "bytes", 0), "byte", NULL);
    say_add(say, " to send on ");
    say_id_of(say, event, "conn", "a connection");
    if (queued > 0) {
        say_add(say, "; ");
        say_count(say, queued, "byte waits in the program until it takes more.",
                  "bytes wait in the program until it takes more.");
    } else {
        say_add(say, event_has(event, "queued") ? ", all there was." : ".");
    }
}

void explain_conn_eof(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "The peer of ");
    say_id_of(say, event, "conn", "a connection");
    say_add(say, " has finished sending: nothing more will come from it.");
}

void explain_conn_error(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_id_of(say, event, "conn", "A connection");
    say_add(say, " broke");
    if (event_has(event, "op")) {
        say_add(say, " on ");
        say_text_of(say, event, "op", 20, "");
    }
    say_add(say, ": ");
    say_number_of(say, event, "error");
    say_add(say, ".");
}

void explain_conn_close(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_id_of(say, event, "conn", "A connection");
    say_add(say, " is closed");
    if (event_has(event, "in") && event_has(event, "out")) {
        say_add(say, ", after ");
        say_count(say, event_count(event, "in", 0), "byte", NULL);
        say_f(say, " in and %llu out", (unsigned long long)event_count(event, "out", 0));
    }
    say_add(say, ".");
}

/* ---- signals, threads, children -------------------------------------------------------------- */

void explain_signal_got(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "The signal ");
    say_number_of(say, event, "signal");
    if (slice_is(event_text(event, "signal"), "SIGINT"))
        say_add(say, " (Ctrl-C)");
    say_add(say, " came, and the loop deals with it between handles");
    if (event_has(event, "does")) {
        say_add(say, ": ");
        say_text_of(say, event, "does", 60, "");
    }
    say_add(say, ".");
}

void explain_wake_sent(struct say *say, const struct event *event, const struct model *after)
{
    struct slice by = event_text(event, "by");
    (void)after;
    if (slice_is(by, "thread") || slice_is(by, "signal"))
        say_f(say, "A %s", slice_is(by, "thread") ? "thread" : "signal");
    else
        say_id_of(say, event, "by", "Somebody outside");
    say_add(say, " wrote a byte to the loop's wake-up descriptor, so that select() returns.");
}

/* "resolve() (job 5)", from whichever of the two is there. */
static void say_job(struct say *say, const struct event *event)
{
    if (event_has(event, "fn")) {
        say_text_of(say, event, "fn", 40, "");
        say_add(say, "()");
    } else {
        say_id_of(say, event, "job", "a job");
    }
}

void explain_thread_start(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "A thread takes on ");
    say_job(say, event);
    say_add(say, ", which would block: the loop goes on meanwhile.");
}

void explain_thread_done(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "The thread has finished ");
    say_job(say, event);
    if (event_has(event, "took")) {
        say_add(say, " after ");
        say_span(say, event_ns(event, "took", 0));
    }
    say_add(say, ".");
}

void explain_child_start(struct say *say, const struct event *event, const struct model *after)
{
    struct items argv = event_items(event, "argv");
    struct field word;
    (void)after;
    say_add(say, "A child process starts: ");
    if (event_text(event, "argv").len > 0)
        say_text_of(say, event, "argv", 80, "");
    for (size_t words = 0; words < 12 && items_next(&argv, &word); words++) {
        say_add(say, words > 0 ? " " : "");
        say_clean(say, word.value, 40);
    }
    if (event_has(event, "pid")) {
        say_add(say, " (process ");
        say_number_of(say, event, "pid");
        say_add(say, ")");
    }
    say_add(say, ". The loop goes on meanwhile.");
}

void explain_child_exit(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "The child process ");
    say_id_of(say, event, "child", "");
    say_add(say, " has exited with status ");
    say_number_of(say, event, "status");
    say_add(say, ".");
}

void explain_sync_wait(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_id_of(say, event, "task", "A task");
    say_add(say, " has to wait for ");
    say_id_of(say, event, "what", "its turn");
    if (event_has(event, "value")) {
        say_add(say, ", which stands at ");
        say_number_of(say, event, "value");
    }
    say_add(say, ".");
}

void explain_sync_give(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_id_of(say, event, "what", "What was waited for");
    if (event_has(event, "task")) {
        say_add(say, " is given to ");
        say_id_of(say, event, "task", "");
    } else {
        say_add(say, " is given free");
    }
    if (event_has(event, "value")) {
        say_add(say, "; it stands at ");
        say_number_of(say, event, "value");
    }
    say_add(say, ".");
}

/* ---- output and notes ------------------------------------------------------------------------ */

void explain_out_line(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_id_of(say, event, "task", "The program");
    say_add(say,
            slice_is(event_text(event, "stream"), "stderr") ? " prints on stderr: " : " prints: ");
    say_text_of(say, event, "text", 200, "an empty line");
    if (event_count(event, "cut", 0) > 0) {
        say_add(say, " (");
        say_count(say, event_count(event, "cut", 0), "byte", NULL);
        say_add(say, " more)");
    }
}

void explain_note_say(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Note: ");
    say_text_of(say, event, "text", 440, "(without words)");
}

void explain_note_mark(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "The program marks this place: ");
    say_text_of(say, event, "name", 100, "no name");
    say_add(say, ".");
}

void explain_note_ask(struct say *say, const struct event *event, const struct model *after)
{
    struct items choices = event_items(event, "choices");
    struct field choice;
    unsigned number = 1;
    (void)after;
    say_add(say, "Question: ");
    say_text_of(say, event, "text", 200, "?");
    while (number < 10 && items_next(&choices, &choice)) {
        say_f(say, "  %u) ", number++);
        say_clean(say, choice.value, 60);
    }
}

void explain_note_answered(struct say *say, const struct event *event, const struct model *after)
{
    int64_t choice = event_number(event, "choice", -1);
    (void)after;
    say_add(say, "The question was answered");
    if (choice >= 0)
        say_f(say, " with choice %lld", (long long)choice + 1);
    else if (event_text(event, "choice").len > 0) {
        say_add(say, " with ");
        say_text_of(say, event, "choice", 60, "");
    }
    if (event_has(event, "took")) {
        say_add(say, " after ");
        say_span(say, event_ns(event, "took", 0));
    }
    say_add(say, ".");
}

/* ---- warnings: what is wrong, why it matters, what to do ------------------------------------- */

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

void explain_warn_slow_step(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Slow step: ");
    say_id_of(say, event, "task", "a handle");
    say_add(say, " kept the thread");
    say_limit(say, event);
    say_add(say, ". Nobody else could run: await in between, or give the work to a thread.");
}

void explain_warn_slow_turn(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Slow turn: ");
    if (event_has(event, "steps")) {
        say_count(say, event_count(event, "steps", 0), "step", NULL);
        say_add(say, " ran");
    } else {
        say_add(say, "handles ran");
    }
    say_limit(say, event);
    say_add(say, " before the loop could look at timers and descriptors again.");
}

void explain_warn_late_timer(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Late timer: ");
    say_id_of(say, event, "timer", "a timer");
    say_add(say, " fired ");
    say_span(say, event_ns(event, "late", 0));
    say_add(say, " after it was due. Look for the step that kept the thread just before.");
}

void explain_warn_spinning(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Spinning: the loop took ");
    say_count(say, event_count(event, "turns", 0), "turn", NULL);
    say_add(
        say,
        " without ever waiting. Something is always ready: a loop without an await that waits?");
}

void explain_warn_starving(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Starving: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " stood in the ready queue for ");
    say_span(say, event_ns(event, "waited", 0));
    say_add(say, " before it could run: others kept the thread.");
}

void explain_warn_lost_task(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Lost task: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " was dropped before it was done. Keep hold of it and wait for it, or cancel it.");
}

void explain_warn_swallowed(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Swallowed cancel: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " was told that it is cancelled and went on. Clean up, then let the cancel pass.");
}

void explain_warn_unread(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Unread failure: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " failed");
    if (event_has(event, "error")) {
        say_add(say, " with ");
        say_number_of(say, event, "error");
    }
    say_add(say, ", and nobody looked at its result. Await it, or ask for its error.");
}

void explain_warn_not_closed(struct say *say, const struct event *event, const struct model *after)
{
    struct slice id = event_text(event, "conn");
    (void)after;
    say_add(say, "Not closed: ");
    say_id(say, id.len > 0 ? id : event_text(event, "server"));
    say_add(say, " was still open when the loop was closed. Close what you open.");
}

void explain_warn_grows(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Queue grows: ");
    say_count(say, event_count(event, "queued", 0), "byte waits", "bytes wait");
    say_add(say, " to be sent on ");
    say_id_of(say, event, "conn", "a connection");
    say_add(say, ", faster than its peer reads. Await drain before writing more.");
}

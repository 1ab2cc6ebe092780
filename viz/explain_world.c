/*
 * explain_world - sentences about what lies outside of the loop: descriptors, servers, connections,
 * signals, threads, children.
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

/* Where the peer is; a client's Unix socket has no name. */
static struct slice peer_of(const struct event *event)
{
    struct slice peer = event_text(event, "peer");
    return slice_is(peer, "unix") ? (struct slice){ 0 } : peer;
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
    if (peer_of(event).len > 0) {
        say_add(say, " from ");
        say_clean(say, peer_of(event), 60);
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
    if (peer_of(event).len > 0)
        say_clean(say, peer_of(event), 60);
    else
        say_add(say, "its peer");
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
    if (slice_is(event_text(event, "does"), "KeyboardInterrupt")) { /* Python's own way */
        say_add(say, " came: KeyboardInterrupt is raised wherever the program stands.");
        return;
    }
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

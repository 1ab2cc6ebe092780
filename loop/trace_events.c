/* trace_events.c - one function for each event, in the order of trace.h and of TRACE.md's tables.
 *
 * Each writes its keys in the order documented and nothing else; the few that also keep a time for
 * later (ready_since, begin, cpu, busy) say so.  What the tracer notices by itself is told behind
 * the event that shows it: the warn_at_ functions.
 */
#include "tracer.h"

#include <string.h>

/* A key whose value may be nobody: then there is no key. */
#define KEY_IF_WHO(p, key, who) ((who).name != NULL ? KEY(p, key, put_who, who) : (p))
#define KEY_IF_TEXT(p, key, text) ((text) != NULL ? KEY(p, key, put_short, text) : (p))

/* ---- errno's names: what strerror() says depends on the language */

static char *put_error(char *p, int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {
        { ECANCELED, "ECANCELED" },
        { EPIPE, "EPIPE" },
        { ECONNRESET, "ECONNRESET" },
        { ECONNREFUSED, "ECONNREFUSED" },
        { ECONNABORTED, "ECONNABORTED" },
        { ETIMEDOUT, "ETIMEDOUT" },
        { EMFILE, "EMFILE" },
        { ENFILE, "ENFILE" },
        { ENOBUFS, "ENOBUFS" },
        { ENOMEM, "ENOMEM" },
        { EINTR, "EINTR" },
        { EBADF, "EBADF" },
        { EINVAL, "EINVAL" },
        { EAGAIN, "EAGAIN" },
        { EADDRINUSE, "EADDRINUSE" },
        { EADDRNOTAVAIL, "EADDRNOTAVAIL" },
        { EACCES, "EACCES" },
        { ENOENT, "ENOENT" },
        { EHOSTUNREACH, "EHOSTUNREACH" },
        { ENETUNREACH, "ENETUNREACH" },
        { ENETDOWN, "ENETDOWN" },
        { EBUSY, "EBUSY" },
        { EDEADLK, "EDEADLK" },
        { EMSGSIZE, "EMSGSIZE" },
        { ENOTCONN, "ENOTCONN" },
        { EIO, "EIO" },
        { EPERM, "EPERM" },
        { EPROTO, "EPROTO" },
        { ENOSPC, "ENOSPC" },
        { EEXIST, "EEXIST" },
        { ESRCH, "ESRCH" },
        { ECHILD, "ECHILD" },
        { ERANGE, "ERANGE" },
        { EDOM, "EDOM" },
        { EILSEQ, "EILSEQ" },
        { ENOSYS, "ENOSYS" },
        { ENOTSUP, "ENOTSUP" },
        { EISDIR, "EISDIR" },
        { ENOTDIR, "ENOTDIR" },
        { EAFNOSUPPORT, "EAFNOSUPPORT" },
        { EPROTONOSUPPORT, "EPROTONOSUPPORT" },
    };
    error = error < 0 ? -error : error;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].error == error)
            return put_word(p, names[i].name);
    p = put_number(LIT(p, "\"errno "), error);
    return LIT(p, "\"");
}

/* ---- the loop and select() */

void trace_loop_run(struct loop *loop, const char *how, const struct task *task)
{
    struct tracer *tr = loop->tracer;
    char *p = EVENT(tr, "loop:run");
    p = KEY(p, "how", put_word, how);
    if (task != NULL)
        p = KEY(p, "for", put_who, task_who(task));
    line_end(tr, p);
}

void trace_loop_turn(struct loop *loop)
{
    struct tracer *tr = loop->tracer;
    warn_at_turn(tr);
    char *p = EVENT(tr, "loop:turn");
    p = KEY(p, "turn", put_count, loop->turns);
    p = KEY(p, "ready", put_count, ready_count(&loop->ready));
    p = KEY(p, "timers", put_count, loop->timers.count - loop->timers.cancelled);
    line_end(tr, p);
}

void trace_loop_stop(struct loop *loop, struct who by, struct src src)
{
    struct tracer *tr = loop->tracer;
    const struct source *source = source_of(tr, src.file);
    char *p = EVENT(tr, "loop:stop");
    p = KEY(p, "by", put_who, by);
    line_end(tr, put_src(p, source, src.line));
}

void trace_loop_stopped(struct loop *loop, const char *why)
{
    struct tracer *tr = loop->tracer;
    warn_at_turn(tr);
    char *p = EVENT(tr, "loop:stopped");
    p = KEY(p, "why", put_word, why);
    p = KEY(p, "turns", put_count, loop->turns);
    line_end(tr, p);
}

void trace_select_enter(struct loop *loop, ns timeout, struct who until)
{
    struct tracer *tr = loop->tracer;
    tr->warnings.zero_timeout = timeout == 0;
    char *p = EVENT(tr, "select:enter");
    p = timeout == NS_NEVER ? LIT(p, ",\"timeout\":null") : KEY(p, "timeout", put_span, timeout);
    p = KEY_IF_WHO(p, "until", until);
    p = KEY(p, "nfds", put_number, loop->watches.top + 1);
    p = KEY(p, "read", put_number, loop->watches.n_read);
    p = KEY(p, "write", put_number, loop->watches.n_write);
    line_end(tr, p);
}

/* [4,7]: the descriptors of a result set, as many as there is room for; the bytes of the rest are
 * added to *cut. */
static char *put_fds(char *p, const struct watches *w, const unsigned long *set, bool any,
                     char *limit, size_t *cut)
{
    char digits[24], *begin = p + 1;
    int fd = -1;
    *p++ = '[';
    while (any && (fd = watch_next_ready(set, fd + 1, w->top)) >= 0) {
        char *end = put_count(digits, (uint64_t)fd);
        size_t len = (size_t)(end - digits);
        if (p + len + 1 > limit) {
            *cut += len + 1;
            continue;
        }
        if (p > begin)
            *p++ = ',';
        memcpy(p, digits, len);
        p += len;
    }
    *p++ = ']';
    return p;
}

void trace_select_leave(struct loop *loop, ns took, int n)
{
    struct tracer *tr = loop->tracer;
    const struct watches *w = &loop->watches;
    size_t cut = 0;
    tr->warnings.something_came |= n > 0;
    char *p = EVENT(tr, "select:leave"), *half = tr->at + LINE_MAX_BYTES / 2;
    p = KEY(p, "took", put_span, took);
    p = KEY(p, "ready", put_number, n < 0 ? 0 : n);
    p = put_fds(LIT(p, ",\"read\":"), w, w->got_read, n > 0, half, &cut);
    p = put_fds(LIT(p, ",\"write\":"), w, w->got_write, n > 0, half + LINE_MAX_BYTES / 4, &cut);
    if (n < 0)
        p = KEY(p, "error", put_error, n);
    if (cut > 0)
        p = KEY(p, "cut", put_count, cut);
    line_end(tr, p);
}

/* ---- tasks */

void trace_task_new(const struct task *task, struct src src)
{
    struct tracer *tr = task->future.loop->tracer;
    const struct source *source = source_of(tr, src.file);
    char *p = EVENT(tr, "task:new");
    p = KEY(p, "task", put_who, task_who(task));
    p = put_text(LIT(p, ",\"name\":"), LINE_MAX_BYTES / 2, task->name, strlen(task->name));
    p = KEY_IF_WHO(p, "parent", task->parent);
    p = KEY_IF_TEXT(p, "fn", src.expr);
    line_end(tr, put_src(p, source, src.line));
}

/* Nothing of the program's runs before the next event: it has this one's time, and the reading of the clock is saved
 * (30 ns, of 80 for an event). */
static inline void next_follows_at_once(struct tracer *tr)
{
    tr->stamp = tr->t;
}

void trace_task_ready(struct task *task, const char *why, struct who by)
{
    struct tracer *tr = task->future.loop->tracer;
    char *p = EVENT(tr, "task:ready");
    p = KEY(p, "task", put_who, task_who(task));
    p = KEY_IF_WHO(p, "by", by);
    p = KEY(p, "why", put_word, why);
    task->handle.ready_since = tr->t;
    line_end(tr, p);
    if (task->yields)
        next_follows_at_once(tr);
}

void trace_task_begin(struct task *task)
{
    struct tracer *tr = task->future.loop->tracer;
    const struct source *source = source_of(tr, task->src.file);
    char *p = EVENT(tr, "task:begin");
    ns waited = tr->t - task->handle.ready_since;
    task->begin = tr->t;
    p = KEY(p, "task", put_who, task_who(task));
    p = KEY(p, "step", put_count, ++task->steps);
    p = KEY(p, "waited", put_span, waited);
    line_end(tr, put_src(p, source, task->src.line));
    warn_at_begin(tr, task_who(task), task->begin, waited, true);
}

void trace_task_await(const struct task *task, const struct waiter *w)
{
    struct tracer *tr = task->future.loop->tracer;
    const struct source *source = source_of(tr, task->src.file);
    char *p = EVENT(tr, "task:await");
    p = KEY(p, "task", put_who, task_who(task));
    p = KEY(p, "on", put_word, w->on);
    p = KEY_IF_WHO(p, "what", w->what);
    if (w->due != NS_NEVER)
        p = KEY(p, "due", put_time, w->due);
    p = put_src(p, source, task->src.line);
    if (task->src.expr != NULL)
        p = put_text(LIT(p, ",\"expr\":"), line_room(tr, p), task->src.expr,
                     strlen(task->src.expr));
    line_end(tr, p);
    next_follows_at_once(tr);
}

void trace_task_end(struct task *task, const char *next)
{
    struct tracer *tr = task->future.loop->tracer;
    char *p = EVENT(tr, "task:end");
    ns took = tr->t - task->begin;
    if (!task->future.is_done) /* else trace_task_done() has counted it */
        task->cpu += took;
    task->future.loop->totals.busy += took;
    p = KEY(p, "task", put_who, task_who(task));
    p = KEY(p, "took", put_span, took);
    p = KEY(p, "next", put_word, next);
    line_end(tr, p);
    next_follows_at_once(tr);
    warn_at_end(tr, task_who(task), tr->t, took, true);
    warn_at_suspend(tr, task);
}

void trace_task_cancel(const struct task *task, struct who by, struct src src)
{
    struct tracer *tr = task->future.loop->tracer;
    const struct source *source = source_of(tr, src.file);
    char *p = EVENT(tr, "task:cancel");
    p = KEY(p, "task", put_who, task_who(task));
    p = KEY_IF_WHO(p, "by", by);
    line_end(tr, put_src(p, source, src.line));
}

void trace_task_done(struct task *task)
{
    struct tracer *tr = task->future.loop->tracer;
    char *p = EVENT(tr, "task:done");
    if (task->coro.stack != NULL) /* else it never began */
        task->cpu += tr->t - task->begin;
    p = KEY(p, "task", put_who, task_who(task));
    if (task->future.result >= 0)
        p = KEY(LIT(p, ",\"how\":\"returned\""), "value", put_number, task->future.result);
    else if (task->future.result == -ECANCELED)
        p = LIT(p, ",\"how\":\"cancelled\"");
    else
        p = KEY(LIT(p, ",\"how\":\"failed\""), "error", put_error, task->future.result);
    p = KEY(p, "steps", put_count, task->steps);
    p = KEY(p, "cpu", put_span, task->cpu);
    line_end(tr, p);
}

/* ---- plain callbacks */

void trace_call_ready(struct callback *c, const char *why, struct who by)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "call:ready");
    p = KEY(p, "call", put_who, call_who(c));
    p = KEY_IF_TEXT(p, "fn", c->name);
    p = KEY_IF_WHO(p, "by", by);
    p = KEY(p, "why", put_word, why);
    c->handle.ready_since = tr->t;
    line_end(tr, p);
}

void trace_call_begin(struct callback *c)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "call:begin");
    ns waited = tr->t - c->handle.ready_since;
    c->handle.ready_since = tr->t; /* from now on: since when it runs */
    p = KEY(p, "call", put_who, call_who(c));
    p = KEY(p, "waited", put_span, waited);
    line_end(tr, p);
    warn_at_begin(tr, call_who(c), c->handle.ready_since, waited, false);
}

void trace_call_end(struct callback *c)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "call:end");
    ns took = tr->t - c->handle.ready_since;
    c->loop->totals.busy += took;
    p = KEY(p, "call", put_who, call_who(c));
    p = KEY(p, "took", put_span, took);
    line_end(tr, p);
    next_follows_at_once(tr);
    warn_at_end(tr, call_who(c), tr->t, took, false);
}

void trace_call_cancel(const struct callback *c)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "call:cancel");
    line_end(tr, KEY(p, "call", put_who, call_who(c)));
}

/* ---- timers */

void trace_timer_set(struct loop *loop, const struct timer *t, ns due, ns delay, struct src src)
{
    struct tracer *tr = loop->tracer;
    const struct source *source = source_of(tr, src.file);
    char *p = EVENT(tr, "timer:set");
    p = KEY(p, "timer", put_who, timer_who(t));
    p = KEY(p, "wakes", put_who, timer_wakes(t));
    p = KEY(p, "due", put_time, due);
    p = KEY(p, "delay", put_time, delay); /* negative when it was due before it was set */
    line_end(tr, put_src(p, source, src.line));
}

void trace_timer_fire(struct loop *loop, const struct timer *t, ns late)
{
    struct tracer *tr = loop->tracer;
    tr->warnings.something_came = true;
    char *p = EVENT(tr, "timer:fire");
    p = KEY(p, "timer", put_who, timer_who(t));
    p = KEY(p, "wakes", put_who, timer_wakes(t));
    p = KEY(p, "late", put_span, late);
    line_end(tr, p);
    warn_at_timer(tr, t, late);
}

void trace_timer_cancel(struct loop *loop, const struct timer *t, ns left)
{
    struct tracer *tr = loop->tracer;
    char *p = EVENT(tr, "timer:cancel");
    p = KEY(p, "timer", put_who, timer_who(t));
    line_end(tr, KEY(p, "left", put_span, left));
}

/* ---- descriptors */

void trace_watch_add(struct loop *loop, const struct watch *w, const char *how)
{
    struct tracer *tr = loop->tracer;
    char *p = EVENT(tr, "watch:add");
    p = KEY(p, "fd", put_number, w->fd);
    p = KEY(p, "for", put_word, how);
    line_end(tr, KEY_IF_WHO(p, "who", w->who));
    warn_at_watch(tr, w->fd);
}

void trace_watch_drop(struct loop *loop, const struct watch *w, const char *how)
{
    struct tracer *tr = loop->tracer;
    char *p = EVENT(tr, "watch:drop");
    p = KEY(p, "fd", put_number, w->fd);
    line_end(tr, KEY(p, "for", put_word, how));
}

/* ---- servers and connections */

void trace_server_listen(const struct server *s, const struct server_socket *sock)
{
    struct tracer *tr = s->loop->tracer;
    const struct source *source = source_of(tr, s->src.file);
    char *p = EVENT(tr, "server:listen");
    p = KEY(p, "server", put_who, server_who(s));
    p = KEY(p, "fd", put_number, sock->watch.fd);
    p = KEY(p, "addr", put_short, sock->addr);
    p = KEY(p, "backlog", put_number, s->backlog);
    line_end(tr, put_src(p, source, s->src.line));
}

void trace_server_accept(const struct server *s, const struct conn *c)
{
    struct tracer *tr = s->loop->tracer;
    char *p = EVENT(tr, "server:accept");
    p = KEY(p, "server", put_who, server_who(s));
    p = KEY(p, "conn", put_who, conn_who(c));
    p = KEY(p, "fd", put_number, c->fd);
    line_end(tr, KEY(p, "peer", put_short, c->peer));
}

void trace_server_refuse(const struct server *s, int error, ns pause)
{
    struct tracer *tr = s->loop->tracer;
    char *p = EVENT(tr, "server:refuse");
    p = KEY(p, "server", put_who, server_who(s));
    p = KEY(p, "error", put_error, error);
    line_end(tr, KEY(p, "pause", put_span, pause));
}

void trace_server_close(const struct server *s)
{
    struct tracer *tr = s->loop->tracer;
    char *p = EVENT(tr, "server:close");
    p = KEY(p, "server", put_who, server_who(s));
    line_end(tr, KEY(p, "accepted", put_count, s->accepted));
}

void trace_conn_open(const struct conn *c)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "conn:open");
    p = KEY(p, "conn", put_who, conn_who(c));
    p = KEY(p, "fd", put_number, c->fd);
    p = KEY(p, "peer", put_short, c->peer);
    line_end(tr, KEY(p, "state", put_word, conn_state_word(c->state)));
}

void trace_conn_read(const struct conn *c, size_t bytes)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "conn:read");
    p = KEY(p, "conn", put_who, conn_who(c));
    line_end(tr, KEY(p, "bytes", put_count, bytes));
}

void trace_conn_write(const struct conn *c, size_t bytes)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "conn:write");
    p = KEY(p, "conn", put_who, conn_who(c));
    p = KEY(p, "bytes", put_count, bytes);
    line_end(tr, KEY(p, "queued", put_count, c->out.end - c->out.start));
}

void trace_conn_eof(const struct conn *c)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "conn:eof");
    line_end(tr, KEY(p, "conn", put_who, conn_who(c)));
}

void trace_conn_error(const struct conn *c, const char *op, int error)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "conn:error");
    p = KEY(p, "conn", put_who, conn_who(c));
    p = KEY(p, "op", put_word, op);
    line_end(tr, KEY(p, "error", put_error, error));
}

void trace_conn_close(const struct conn *c)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "conn:close");
    p = KEY(p, "conn", put_who, conn_who(c));
    p = KEY(p, "in", put_count, c->total_in);
    line_end(tr, KEY(p, "out", put_count, c->total_out));
}

/* ---- signals, notes, warnings */

static char *put_signal(char *p, int sig)
{
    static const struct {
        int sig;
        const char *name;
    } names[] = {
        { SIGINT, "SIGINT" },   { SIGTERM, "SIGTERM" }, { SIGHUP, "SIGHUP" },
        { SIGQUIT, "SIGQUIT" }, { SIGUSR1, "SIGUSR1" }, { SIGUSR2, "SIGUSR2" },
        { SIGCHLD, "SIGCHLD" }, { SIGALRM, "SIGALRM" }, { SIGPIPE, "SIGPIPE" },
        { SIGCONT, "SIGCONT" }, { SIGTSTP, "SIGTSTP" }, { SIGTTIN, "SIGTTIN" },
        { SIGTTOU, "SIGTTOU" }, { SIGURG, "SIGURG" },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].sig == sig)
            return put_word(p, names[i].name);
    return LIT(put_number(LIT(p, "\"signal "), sig), "\"");
}

void trace_signal_got(struct loop *loop, int sig, const char *does)
{
    struct tracer *tr = loop->tracer;
    tr->warnings.something_came = true;
    char *p = EVENT(tr, "signal:got");
    p = KEY(p, "signal", put_signal, sig);
    line_end(tr, KEY_IF_TEXT(p, "does", does));
}

void trace_wake_sent(struct loop *loop, const char *by)
{
    struct tracer *tr = loop->tracer;
    char *p = EVENT(tr, "wake:sent");
    line_end(tr, KEY(p, "by", put_word, by));
}

void trace_note_say(struct loop *loop, const char *text, size_t len, struct src src)
{
    size_t there = len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES - 1;
    struct tracer *tr = loop->tracer;
    const struct source *source = source_of(tr, src.file);
    char *p = EVENT(tr, "note:say");
    p = put_text_cut(LIT(p, ",\"text\":"), line_room(tr, p), text, there, len - there);
    p = put_src(p, source, src.line);
    line_end(tr, KEY_IF_TEXT(p, "lesson", note_lesson()));
}

void trace_note_mark(struct loop *loop, const char *name)
{
    struct tracer *tr = loop->tracer;
    char *p = EVENT(tr, "note:mark");
    line_end(tr, put_text(LIT(p, ",\"name\":"), line_room(tr, p), name, strlen(name)));
}

/* ["a","b"]: each text in its share of the line, and so many of them that a share is worth reading. */
static char *put_texts(char *p, const char *const texts[], size_t n, size_t room, size_t *cut)
{
    enum { TOLD_MAX = 64 };
    size_t n_told = n < TOLD_MAX ? n : TOLD_MAX;
    *p++ = '[';
    for (size_t i = 0; i < n; i++) {
        const char *text = texts[i] != NULL ? texts[i] : "";
        struct escaped how = { .cut = strlen(text) + 1 };
        if (i < n_told) {
            p = i == 0 ? p : LIT(p, ",");
            p = put_escaped(LIT(p, "\""), room / n_told - 4, text, strlen(text), &how);
            *p++ = '"';
        }
        *cut += how.cut;
    }
    *p++ = ']';
    return p;
}

void trace_note_ask(struct loop *loop, const char *text, const char *const choices[], int answer,
                    const char *const why[])
{
    struct tracer *tr = loop->tracer;
    size_t n = 0, cut = 0, share = (LINE_MAX_BYTES - LINE_TAIL) / 3;
    while (choices[n] != NULL)
        n++;
    char *p = EVENT(tr, "note:ask");
    p = put_text_counting(LIT(p, ",\"text\":"), share, text, strlen(text), &cut);
    p = put_texts(LIT(p, ",\"choices\":"), choices, n, share, &cut);
    p = KEY(p, "answer", put_number, answer);
    if (why != NULL)
        p = put_texts(LIT(p, ",\"why\":"), why, n, share, &cut);
    line_end(tr, cut > 0 ? KEY(p, "cut", put_count, cut) : p);
}

void trace_warn_lost_task(const struct task *task)
{
    struct tracer *tr = task->future.loop->tracer;
    char *p = EVENT(tr, "warn:lost_task");
    line_end(tr, KEY(p, "task", put_who, task_who(task)));
}

void trace_warn_unread(const struct task *task)
{
    struct tracer *tr = task->future.loop->tracer;
    char *p = EVENT(tr, "warn:unread");
    p = KEY(p, "task", put_who, task_who(task));
    line_end(tr, KEY(p, "error", put_error, task->future.result));
}

void trace_warn_swallowed(const struct task *task)
{
    struct tracer *tr = task->future.loop->tracer;
    char *p = EVENT(tr, "warn:swallowed");
    line_end(tr, KEY(p, "task", put_who, task_who(task)));
}

void trace_warn_not_closed_conn(const struct conn *c)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "warn:not_closed");
    line_end(tr, KEY(p, "conn", put_who, conn_who(c)));
}

void trace_warn_not_closed_server(const struct server *s)
{
    struct tracer *tr = s->loop->tracer;
    char *p = EVENT(tr, "warn:not_closed");
    line_end(tr, KEY(p, "server", put_who, server_who(s)));
}

void trace_warn_grows(const struct conn *c)
{
    struct tracer *tr = c->loop->tracer;
    char *p = EVENT(tr, "warn:grows");
    p = KEY(p, "conn", put_who, conn_who(c));
    line_end(tr, KEY(p, "queued", put_count, c->out.end - c->out.start));
}

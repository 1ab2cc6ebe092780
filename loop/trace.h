/* trace.h - the loop's side of telling: one function for each event of TRACE.md.
 *
 * The loop's rooms say TRACE(loop, timer_fire, timer, late) where a timer fires.  In an untraced
 * program that is one test of a pointer; in a traced one a line is appended to a buffer in memory,
 * which is handed over when the loop is about to wait, when it is large, or when a step goes on for
 * longer than 50 ms.
 *
 * Every function reads what it tells from the loop's own structures; none of them changes the loop,
 * except for the times that only a traced loop keeps (ready_since, cpu, busy).
 */
#ifndef LOOP_TRACE_H
#define LOOP_TRACE_H

#include "inside.h"

#define TRACE(loop, event, ...)                                                                    \
    do {                                                                                           \
        if (UNLIKELY((loop)->tracer != NULL))                                                      \
            trace_##event(__VA_ARGS__);                                                            \
    } while (0)

/* ---- life (trace.c) */

/* loop_new(): reads LOOP_TRACE and, if it is set, opens what it names and sets loop->tracer.  What
 * can't be opened is said on stderr and ends the program with status 1.  A second loop while one is
 * traced stays untraced.  0 or -ENOMEM. */
int trace_open(struct loop *loop);

/* loop_close(): the last lines, trace:end "closed"; loop->tracer becomes NULL. */
void trace_close(struct loop *loop);

/* The loop is about to wait in select(): give away what is buffered. */
void trace_hand_over(struct loop *loop);

/* What the two below do when traced: they are asked in each turn, and untraced are no call. */
ns trace_stamp_now(struct loop *loop);
int trace_control_fd_of(const struct tracer *tr);

/* Reads the loop's clock and gives the next line that very time.  0 when untraced: no clock is
 * read. */
static inline ns trace_stamp(struct loop *loop)
{
    return UNLIKELY(loop->tracer != NULL) ? trace_stamp_now(loop) : 0;
}

/* A descriptor that select() should watch without telling anybody: a viewer has sent a control
 * line.  -1: none. */
static inline int trace_control_fd(const struct loop *loop)
{
    return UNLIKELY(loop->tracer != NULL) ? trace_control_fd_of(loop->tracer) : -1;
}

/* Something came there, or it is closed: is it still what it was?  False, as stderr was told: the program has it now, and
 * nobody reads from it any more. */
bool trace_control_holds(struct loop *loop);

/* A place where a viewer may hold the program: does what its control lines ask, and returns when
 * the loop may go on. Costs one load of an atomic when nothing is asked.  BEFORE_SELECT is also
 * called after a select() that only the wake-up pipe ended: true says that a control line was the
 * reason, so that the wait goes on untold. */
enum checkpoint { BEFORE_TURN, BEFORE_SELECT, BEFORE_HANDLE, AFTER_RUN };
bool trace_checkpoint(struct loop *loop, enum checkpoint at);

/* Control lines that come too late for any checkpoint are answered, too: before the trace is closed, and at exit(). */
void trace_control_over(struct loop *loop);

/* ---- the loop and select() */

void trace_loop_run(struct loop *loop, const char *how,
                    const struct task *task); /* "run" "forever" "until_complete" */
void trace_loop_turn(struct loop *loop);
void trace_loop_stop(struct loop *loop, struct who by, struct src src);
void trace_loop_stopped(struct loop *loop, const char *why);

/* timeout NS_NEVER: for ever (null).  until: a timer, or the plain words "ready", "stop"; name
 * NULL: nothing sets it. */
void trace_select_enter(struct loop *loop, ns timeout, struct who until);
/* n >= 0: the result sets are in loop->watches; n < 0: a negative errno. */
void trace_select_leave(struct loop *loop, ns took, int n);

/* ---- tasks */

void trace_task_new(const struct task *task, struct src src);
void trace_task_ready(struct task *task, const char *why, struct who by); /* notes ready_since */
void trace_task_begin(struct task *task);                                 /* notes begin */
void trace_task_await(const struct task *task, const struct waiter *w);
void trace_task_end(struct task *task,
                    const char *next); /* "await" "yield" "done"; counts cpu and busy */
void trace_task_cancel(const struct task *task, struct who by, struct src src);
void trace_task_done(struct task *task); /* counts the last step's cpu */

/* ---- plain callbacks */

void trace_call_ready(struct callback *c, const char *why, struct who by);
void trace_call_begin(struct callback *c);
void trace_call_end(
    struct callback *c); /* c may have been cancelled meanwhile, but its record still stands */
void trace_call_cancel(const struct callback *c);

/* ---- timers */

void trace_timer_set(struct loop *loop, const struct timer *t, ns due, ns delay, struct src src);
void trace_timer_fire(struct loop *loop, const struct timer *t, ns late);
void trace_timer_cancel(struct loop *loop, const struct timer *t, ns left);

/* ---- descriptors */

void trace_watch_add(struct loop *loop, const struct watch *w,
                     const char *how); /* "read" "write" */
void trace_watch_drop(struct loop *loop, const struct watch *w, const char *how);

/* ---- servers and connections */

void trace_server_listen(const struct server *s, const struct server_socket *sock);
void trace_server_accept(const struct server *s, const struct conn *c);
void trace_server_refuse(const struct server *s, int error, ns pause);
void trace_server_close(const struct server *s);
void trace_conn_open(const struct conn *c);
void trace_conn_read(const struct conn *c, size_t bytes);
void trace_conn_write(const struct conn *c, size_t bytes);
void trace_conn_eof(const struct conn *c);
void trace_conn_error(const struct conn *c, const char *op, int error);
void trace_conn_close(const struct conn *c);

/* ---- locks and their like, threads, children (trace_sync.c) */

/* value INT64_MIN: there is none. */
void trace_sync_wait(struct loop *loop, struct who what, const struct task *task, int64_t value);
void trace_sync_give(struct loop *loop, struct who what, const struct task *task, int64_t value);
void trace_thread_start(struct loop *loop, struct who job, const char *fn);
void trace_thread_done(struct loop *loop, struct who job, const char *fn, ns took);
void trace_child_start(struct loop *loop, struct who child, pid_t pid, const char *const argv[]);
void trace_child_exit(struct loop *loop, struct who child, int status);

/* ---- signals, notes, warnings */

void trace_signal_got(struct loop *loop, int sig, const char *does);
void trace_wake_sent(struct loop *loop, const char *by); /* "thread" */
/* len: of the whole text, of which LINE_MAX_BYTES - 1 bytes are there at most. */
void trace_note_say(struct loop *loop, const char *text, size_t len, struct src src);
void trace_note_mark(struct loop *loop, const char *name);
const char *note_lesson(void); /* note.c: the lesson that notes belong to, or NULL */
void trace_note_ask(struct loop *loop, const char *text, const char *const choices[], int answer,
                    const char *const why[]);
void trace_warn_lost_task(const struct task *task);
void trace_warn_unread(const struct task *task);
void trace_warn_swallowed(const struct task *task);
void trace_warn_not_closed_conn(const struct conn *c);
void trace_warn_not_closed_server(const struct server *s);
void trace_warn_grows(const struct conn *c);

/* warn:slow_step, slow_turn, late_timer, spinning and starving are found by the tracer itself, from
 * the events. */

#endif

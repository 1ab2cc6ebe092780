/* loop.h - an event loop to look into: asyncio's shape, in C, over select().
 *
 * A program is made of tasks.  A task is a C function with a stack of its own; where it would block it says
 * await(...), and the loop runs others until what it waits for has come:
 *
 *     #include "loop.h"
 *
 *     static int heartbeat(void *unused)              // async def main():
 *     {
 *         while (true) {                              //     while True:
 *             if (await(task_sleep(1.0)) < 0)         //         await asyncio.sleep(1)
 *                 return -ECANCELED;                  //         (Ctrl-C arrives here)
 *             puts("Running...");                     //         print('Running...')
 *         }
 *     }
 *     int main(void) { return loop_run(heartbeat, NULL); }    // asyncio.run(main())
 *
 * The Rosetta table (this file's chapters in order)
 *
 *     asyncio                                  here
 *     asyncio.run(main())                      loop_run(fn, arg)
 *     asyncio.Runner().run(main())             runner_run(fn, arg, &value)
 *     with asyncio.Runner() as r: r.run(f())   runner_open(&r); runner_do(&r, fn, arg, &value); runner_close(&r)
 *     asyncio.new_event_loop()                 loop_new()
 *     loop.run_forever()                       loop_run_forever(loop)
 *     loop.run_until_complete(task)            loop_run_until_complete(loop, task)
 *     loop.stop() / close() / time()           loop_stop(loop) / loop_close(loop) / loop_time(loop)
 *     loop.set_debug(True)                     loop_set_debug(loop, true)
 *     asyncio.get_running_loop()               loop_current()
 *     loop.call_soon(fn, arg)                  loop_call_soon(loop, fn, arg)
 *     loop.call_later(delay, fn, arg)          loop_call_later(loop, delay, fn, arg)
 *     loop.call_at(when, fn, arg)              loop_call_at(loop, when, fn, arg)
 *     handle.cancel() / handle.when()          call_cancel(call) / call_when(call)
 *     loop.create_task(coro())                 loop_create_task(loop, fn, arg)
 *     asyncio.create_task(coro())              task_create(fn, arg)
 *     await task                               await(task_join(task))
 *     task.cancel() / asyncio.all_tasks()      task_cancel(task) / loop_all_tasks(loop, tasks, room)
 *     loop.create_future(); await future       future_new(loop); await(future_wait(future))
 *     await asyncio.gather(a, b)               await(gather(futures, 2, results, false))
 *     await asyncio.wait(fs, ...)              await(futures_wait(futures, n, WAIT_ALL, INFINITY, done))
 *     await asyncio.wait_for(f, s)             await(wait_for(future, s))
 *     await asyncio.shield(f)                  await(shield(future))
 *     async with asyncio.timeout(s):           timeout_begin(&t, s); ... r = timeout_end(&t, r)
 *     async with asyncio.TaskGroup() as g:     g = group_open(); ... r = await(group_close(g, r, NULL, NULL))
 *     loop.set_exception_handler(fn)           loop_set_error_handler(loop, fn, arg)
 *     await asyncio.sleep(s)                   await(task_sleep(s))
 *     await asyncio.sleep(0)                   await(task_yield())
 *     loop.add_reader(fd, fn, arg)             loop_add_reader(loop, fd, fn, arg)
 *     loop.add_signal_handler(sig, fn, arg)    loop_add_signal(loop, sig, fn, arg)
 *     await asyncio.start_server(h, host, p)   server_start(host, port, h, arg)
 *     await server.serve_forever()             await(server_serve_forever(server))
 *     reader, writer = await open_connection() await(conn_open(host, port, &conn))
 *     await reader.readline()                  await(conn_readline(conn, buf, size))
 *     writer.write(data); await drain()        conn_write(conn, data, n); await(conn_drain(conn))
 *     e = asyncio.Event(); await e.wait()      e = event_new(); await(event_wait(e))
 *     async with lock:                         await(lock_acquire(lock)) ... lock_release(lock)
 *     asyncio.Semaphore(n), BoundedSemaphore   semaphore_new(n), semaphore_new_bounded(n)
 *     await condition.wait_for(is_true)        await(condition_wait_for(condition, is_true, arg))
 *     await queue.put(x); x = await queue.get() await(queue_put(queue, x)); await(queue_get(queue, &x))
 *     queue.task_done(); await queue.join()    queue_task_done(queue); await(queue_join(queue))
 *     place = await barrier.wait()             place = await(barrier_wait(barrier))
 *     await asyncio.to_thread(fn, arg)         await(to_thread(fn, arg))
 *     loop.run_in_executor(None, fn, arg)      loop_run_in_executor(loop, fn, arg)
 *     p = await create_subprocess_exec("cat", stdin=PIPE)    p = process_start(argv, PROCESS_STDIN)
 *     out, err = await p.communicate(data)     await(process_communicate(p, data, n, &out, &err))
 *     await p.wait(); p.returncode             await(process_wait(p)); process_returncode(p)
 *
 * Threads: a loop belongs to the thread that made it, and a thread runs one loop at a time.  Nothing here may be
 * called for it from another thread, except loop_call_soon_threadsafe().  A thread that ends inside of its loop
 * (pthread_exit()) leaves that as it stands; its trace ends there.
 *
 * Errors: a function that can fail answers a negative errno (-ECANCELED: the task was cancelled while it waited;
 * -EINVAL from whatever would have to wait, and no task runs: in a callback, or outside of a run; also when the
 * function to be called is NULL); constructors answer NULL and set errno.  Nothing here prints, but for what the loop
 * reports when nobody else can: a task that failed unseen, a trace that can't be opened.
 *
 * Time: seconds, as doubles, on the loop's own clock, which starts at 0 when the loop is made.  With
 * LOOP_CLOCK=virtual nothing ever waits: when no task is ready, the clock jumps to the next deadline.
 *
 * Tracing: with LOOP_TRACE=FILE (or fd:N, unix:PATH, tcp:PORT) in the environment, the loop tells all that it does as
 * JSON lines: TRACE.md beside this file.  loopscope draws them.  Of several loops at the same time the first one is
 * traced, of several processes, too.  Without it nothing is traced, nothing is opened, no thread is started.
 */
#ifndef LOOP_H
#define LOOP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default) /* what a shared libloop shows, and nothing else */
#endif

struct loop;
struct task;
struct future;
struct server;
struct conn;
struct event;
struct lock;
struct semaphore;
struct condition;
struct queue;
struct barrier;
struct process;

/* What a task runs.  Its answer is the task's result: zero or more is a value, a negative errno means
 * that it failed, -ECANCELED that it was cancelled. */
typedef int task_fn(void *arg);

/* What a plain callback runs.  It must not await. */
typedef void call_fn(void *arg);

/* ------------------------------------------------------------------------------------------ await */

/* await(EXPR): marks a place where the task may stop and others run.  The value is EXPR's own; the macro
 * notes file, line and expression, so that the trace can say where a task stands. */
#define await(expr) (loop_at(__FILE__, __LINE__, #expr), (expr))

/* Note where the program is: loop_at() for an await, loop_from() for a call that the trace places (the macros
 * at the end of this file).  The strings are borrowed for ever: literals. */
void loop_at(const char *file, int line, const char *expr);
void loop_from(const char *file, int line, const char *what);

/* ------------------------------------------------------------------------------------------ runner */

/* asyncio.run(fn(arg)) as a whole program: makes a loop, runs a task named "main" until it is done, cancels
 * what is left over and waits for it, also when loop_stop() is called by then, closes the loop.
 * Ctrl-C (SIGINT, unless the program ignores or handles it) cancels main, which may clean up; a second one
 * leaves at once.  After an interrupt the program ends by SIGINT, as Python does on KeyboardInterrupt: so
 * after all that this function does not return.
 * Returns what main() should: the task's value (0 to 255), or 1 after it failed or was cancelled, which is
 * said on stderr.  Must not be called from inside a running loop. */
int loop_run(task_fn *fn, void *arg);

/* The same, for programs that go on afterwards (asyncio.Runner).  Returns 0 when main finished (its result, which may
 * be a negative errno, is in *result, unless NULL), -EINTR when Ctrl-C and nobody else ended it (KeyboardInterrupt),
 * -ECANCELED when loop_stop() stopped the loop before (RuntimeError), -EBUSY from inside a running loop, -EINVAL (no
 * function), -EBADF as loop_run_forever(), or another negative errno when no loop could be made.  What threads do for
 * the loop is waited for, while it runs. */
int runner_run(task_fn *fn, void *arg, int *result);

/* A runner keeps its loop across several runs (with asyncio.Runner() as r): what the first left pending goes on in the
 * next.  The struct is yours; loop is there for reading. */
struct runner {
    struct loop *loop; /* NULL: closed */
};

/* 0, or a negative errno when no loop could be made. */
int runner_open(struct runner *runner);

/* One run of it, as runner_run(), but what is left over is left alone.  -EINVAL: it is closed ("Runner is closed"). */
int runner_do(struct runner *runner, task_fn *fn, void *arg, int *result);

/* Cancels what is left over, waits for it, and closes the loop.  0, -EINTR (Ctrl-C), -EBUSY.  Again is harmless. */
int runner_close(struct runner *runner);

/* ------------------------------------------------------------------------------------------ loop */

/* asyncio.new_event_loop().  You own it: loop_close() frees it.  NULL: see errno (memory, file descriptors). */
struct loop *loop_new(void);

/* Runs until loop_stop().  0, or -EBUSY (this loop, or another in this thread, is running already), -EINVAL (no loop),
 * -EINTR (interrupted by a second Ctrl-C under runner_run()), -EBADF (the program closed or replaced the loop's own
 * wake-up pipe, as stderr was told: the run can't go on), or what loop_leave() said. */
int loop_run_forever(struct loop *loop);

/* Runs until task is done.  Answers 0 (ask task_result()), what stands above (-EINVAL also: the task is another
 * loop's), -ENOMEM, or -ECANCELED: the loop was stopped before the task was done ("Event loop stopped before Future
 * completed."). */
int loop_run_until_complete(struct loop *loop, struct task *task);

/* Asks the loop to stop: the current batch of ready handles still runs, what it schedules waits for the next
 * run.  Before a run: that run makes one turn.  From callbacks and tasks of this thread. */
void loop_stop(struct loop *loop);

/* Leaves the run at once: the rest of the batch waits, in its order, for the next run, and this one answers error (a
 * negative errno of yours).  What KeyboardInterrupt or SystemExit do when they leave a callback. */
void loop_leave(struct loop *loop, int error);

/* Frees everything: what is still queued is dropped, tasks are not cancelled but dropped where they stand and
 * reported (stderr; warn:lost_task in the trace), servers and connections are closed.  0, or -EBUSY while it
 * runs.  After it no pointer or call that came from this loop may be used; set yours to NULL, which stands for a
 * closed loop: every function here that makes, adds or runs something refuses it (-EINVAL); to all others it is
 * harmless.  What threads still do for the loop is waited for, without it.  An error handler that is told meanwhile
 * gets no tasks, futures and jobs any more (EINVAL), and can neither run nor close the loop (-EBUSY). */
int loop_close(struct loop *loop);

bool loop_is_running(const struct loop *loop);

/* Debug mode (also LOOP_DEBUG=1 in the environment): a step or callback that blocks the loop for the limit or longer
 * (0.1 s unless set) is told of as "Executing <Task name#5> took 0.123 seconds", by the error handler or on stderr;
 * and what a wrong thread may not do is refused (-EPERM): calls, tasks, results of futures, cancelling. */
void loop_set_debug(struct loop *loop, bool debug);
void loop_set_slow_limit(struct loop *loop, double seconds);
double loop_slow_limit(const struct loop *loop);

/* The loop that runs in this thread, or NULL. */
struct loop *loop_current(void);

/* Seconds on the loop's clock, since it was made. */
double loop_time(const struct loop *loop);

/* Work that blocks the loop for so many seconds, as a computation would (time.sleep() inside a coroutine).
 * It burns no CPU; under the virtual clock it advances it. */
void loop_work(double seconds);

/* ------------------------------------------------------------------------------------------ calls */

/* A scheduled callback (asyncio's Handle and TimerHandle): a small value to copy about, safe to use also after
 * the callback has run.  id 0: it could not be made, see errno. */
struct call {
    struct callback *at;
    uint64_t id;
};

/* Runs fn(arg) in the next turn, after what is already queued.  ENOMEM, EINVAL (no loop, no function), and in debug
 * mode EPERM (this is not the loop's thread): so are call_later and call_at refused. */
struct call loop_call_soon(struct loop *loop, call_fn *fn, void *arg);

/* Runs fn(arg) once delay seconds have passed (at once counts as a timer too: after what is queued already);
 * call_at takes the time on the loop's clock.  Equal deadlines run in the order in which they were made.
 * What is due in 142 years or later (INFINITY) never runs. */
struct call loop_call_later(struct loop *loop, double delay, call_fn *fn, void *arg);
struct call loop_call_at(struct loop *loop, double when, call_fn *fn, void *arg);

/* loop_call_soon() from any other thread (but from no signal handler): wakes the loop, which queues the call in its
 * next turn, behind what its own thread has queued by then.  It can't be taken back.  0, -ENOMEM, -EINVAL. */
int loop_call_soon_threadsafe(struct loop *loop, call_fn *fn, void *arg);

/* Takes a callback back, also in the very turn in which it was to run.  True if it will not run because of
 * this call, false if it ran, runs or was cancelled before. */
bool call_cancel(struct call call);

/* When it is due, on the loop's clock; INFINITY: it waits for no time (any more). */
double call_when(struct call call);

/* ------------------------------------------------------------------------------------------ tasks */

/* Makes a task; its first step runs in the next turn (creation never runs it).  The record is yours to look at until
 * task_release() or loop_close(), whichever comes first; the loop owns the task itself: it goes on whether you look
 * or not.  NULL: ENOMEM, EINVAL (no loop, no function), in debug mode EPERM. */
struct task *loop_create_task(struct loop *loop, task_fn *fn, void *arg);

/* The same on the running loop.  EINVAL: there is none. */
struct task *task_create(task_fn *fn, void *arg);

/* "I will not look at this task again": its record goes when the task is done.  Harmless on NULL. */
void task_release(struct task *task);

/* Waits until task is done; its result.  A finished task answers at once, any number of times.  Cancelling the
 * waiter cancels task, and the waiter goes on when that has ended.  -EDEADLK: waiting for oneself, or in a ring. */
int task_join(struct task *task);

/* Waits at least so long; INFINITY: until it is cancelled.  Zero or less gives the others one turn.  0, -ECANCELED,
 * -ENOMEM. */
int task_sleep(double seconds);

/* Puts this task at the end of the ready queue: sleep(0).  0 or -ECANCELED. */
int task_yield(void);

/* Asks task to end: the await where it stands answers -ECANCELED (a task that has not begun never will).  It
 * may clean up, await more, or swallow it.  False if it was done already. */
bool task_cancel(struct task *task);

/* How many cancel requests stand; and takes one back (what remains is answered). */
int task_cancelling(const struct task *task);
int task_uncancel(struct task *task);

/* asyncio.all_tasks(): those of this loop that are not done, in the order in which they were made.  Puts at most room
 * of them into tasks (borrowed until each is done), and answers how many there are. */
size_t loop_all_tasks(const struct loop *loop, struct task *tasks[], size_t room);

bool task_is_done(const struct task *task);
bool task_is_cancelled(const struct task *task);

/* The result of a finished task: its value, its negative errno, -ECANCELED; -EAGAIN while it is not done.
 * Asking counts as looking: an error asked for is not reported as unseen. */
int task_result(struct task *task);

/* Names are for people (the trace goes on to use the first): task_create() gives a task its function's name,
 * loop_run() gives "main".  The name is copied; 0, -ENOMEM, -EINVAL (NULL).  What task_name answers is borrowed until
 * the next set or the task's end. */
int task_set_name(struct task *task, const char *name);
const char *task_name(const struct task *task);

/* The task that runs, or NULL inside a plain callback and outside a loop. */
struct task *task_current(void);

/* fn(task, arg) by call_soon once task is done (at once if it is already), in the order of adding.  0, -ENOMEM,
 * -EINVAL. */
typedef void task_done_fn(struct task *task, void *arg);
int task_add_done_callback(struct task *task, task_done_fn *fn, void *arg);

/* ------------------------------------------------------------------------------------------ futures */

/* loop.create_future(): a result that somebody will set.  Yours until future_release() or loop_close().  NULL: ENOMEM,
 * EINVAL (no loop). */
struct future *future_new(struct loop *loop);

/* The future that is inside a task: borrowed, as long as the task. */
struct future *task_as_future(struct task *task);

/* "I will not look at it again": it goes when it is done.  Harmless on NULL. */
void future_release(struct future *future);

/* Sets the result (a negative errno is an error); all who wait become ready.  0, or -EALREADY: it is done, -EPERM:
 * it is a task's own (InvalidStateError, RuntimeError), or this is the wrong thread (debug mode). */
int future_set_result(struct future *future, int result);

/* Ends it as cancelled; a task's future cancels the task.  False if it was done. */
bool future_cancel(struct future *future);

bool future_is_done(const struct future *future);
bool future_is_cancelled(const struct future *future);

/* The result, -ECANCELED, or -EAGAIN while it is pending.  Asking counts as looking, and so does waiting: an error at
 * which nobody looked is reported when the future goes. */
int future_result(struct future *future);

/* await future: waits until it is done; its result.  As task_join(), also in what a cancel does.  -EINVAL: it is
 * another loop's, or no task runs; so do all that follow answer. */
int future_wait(struct future *future);

/* As task_add_done_callback().  To remove answers how many there were. */
typedef void future_done_fn(struct future *future, void *arg);
int future_add_done_callback(struct future *future, future_done_fn *fn, void *arg);
int future_remove_done_callback(struct future *future, future_done_fn *fn, void *arg);

/* ------------------------------------------------------------------------------------------ several at once */

/* await asyncio.gather(*futures): waits until all are done; results[i] (unless NULL) is futures[i]'s.  The first that
 * fails is answered at once, while the others go on (results: -EAGAIN); with return_errors all are waited for.
 * Cancelling the waiter cancels all of them, and it goes on when the last has ended.  0, the error, -ECANCELED,
 * -ENOMEM, -EDEADLK (one of them can't end before this task; wait, wait_for and shield without a limit answer so
 * too). */
int gather(struct future *const futures[], size_t n, int results[], bool return_errors);

/* asyncio.wait(): waits for all, the first that is done, or the first that fails; at most timeout seconds (INFINITY:
 * no limit).  Cancels nothing.  How many are done, and done[i] (unless NULL) which; -ECANCELED, -ENOMEM, -EINVAL (n is
 * 0). */
enum wait_when { WAIT_ALL, WAIT_FIRST_DONE, WAIT_FIRST_ERROR };
int futures_wait(struct future *const futures[], size_t n, enum wait_when when, double timeout,
                 bool done[]);

/* asyncio.wait_for(): the future's result if it comes in time, else it is cancelled and, when it has cleaned up,
 * -ETIMEDOUT is answered (if it ended otherwise all the same: its result).  Zero or less: never waits for it to come. */
int wait_for(struct future *future, double timeout);

/* asyncio.shield(): waits for it, but cancelling the waiter does not cancel it. */
int shield(struct future *future);

/* asyncio.as_completed(): each call answers 1 and the next one that is done, in the order in which they finish; 0
 * when all have been given; -ECANCELED.  Made and used in one task; you free it, before the loop is closed.  NULL:
 * ENOMEM, EINVAL. */
struct as_completed;
struct as_completed *as_completed_new(struct future *const futures[], size_t n);
int as_completed_next(struct as_completed *all, struct future **future);
void as_completed_free(struct as_completed *all);

/* async with asyncio.timeout(seconds): between begin and end, the task is cancelled when the time is over, and
 * timeout_end() then makes -ETIMEDOUT of the -ECANCELED that came of it (r: the part's result, answered otherwise).
 * INFINITY: no limit; zero or less: cancelled at the first await that waits.  The struct is yours and must outlive the
 * part; its fields are for reading.  0, -EINVAL (no task runs; it is over), -ENOMEM.
 * One that could not begin, or has ended, has no limit: timeout_end() then answers r, any number of times. */
struct timeout {
    struct task *task;
    struct call call;
    double when;    /* on the loop's clock, or INFINITY */
    int cancelling; /* of the task at the beginning */
    bool expired, ended;
};
int timeout_begin(struct timeout *t, double seconds);
int timeout_end(struct timeout *t, int r);
int timeout_reschedule(struct timeout *t, double when);
bool timeout_expired(const struct timeout *t);

/* async with asyncio.TaskGroup(): tasks that end together.  group_close() waits for all; when one failed, the others
 * and the body between open and close are cancelled.  It takes the body's result and frees the group; it answers the
 * first failure, -ECANCELED if somebody else cancelled the task, else result.  errors (unless NULL) gets up to
 * *n_errors failures, in their order, and *n_errors (unless NULL) how many there were.  The tasks belong to the group:
 * a pointer to one is borrowed until it is done.  Only the task that opened a group closes it (others: -EINVAL); any
 * may add to it.  NULL: ENOMEM, EINVAL (no task runs; the group shuts down, or closes and all are done). */
struct group;
struct group *group_open(void);
struct task *group_create_task(struct group *group, task_fn *fn, void *arg);
int group_close(struct group *group, int result, int errors[], size_t *n_errors);

/* ------------------------------------------------------------------------------------------ what nobody looked at */

/* An error that no await answers (the context that asyncio's exception handler gets).  What is not known is NULL or
 * 0. */
struct loop_error {
    const char *message; /* asyncio's words: "Task exception was never retrieved" ... */
    const char *text;    /* the whole sentence said on stderr when there is no handler, or NULL */
    int error;           /* a negative errno, or 0 */
    struct task *
        task; /* whose it is: borrowed until the handler returns, as all else in here; harmless to release */
    struct future *future;
    struct conn *conn;
    struct server *server;
    const char *callback;
};

/* loop.set_exception_handler(): fn is told of such errors instead of stderr; NULL: stderr again.  It answers 0, or a
 * negative errno when it failed itself, which is then said on stderr with what it was told. */
typedef int loop_error_fn(struct loop *loop, const struct loop_error *error, void *arg);
void loop_set_error_handler(struct loop *loop, loop_error_fn *fn, void *arg);
loop_error_fn *loop_error_handler(const struct loop *loop);

/* loop.call_exception_handler(): tell of one. */
void loop_call_error_handler(struct loop *loop, const struct loop_error *error);

/* "This callback failed", from inside of it: an exception that leaves a callback.  The loop goes on. */
void call_failed(int error);

/* ------------------------------------------------------------------------------------------ descriptors and signals */

/* fn(arg) in every turn in which select() finds fd readable (writable).  A second one replaces the first,
 * which stays if the second can't be had.  0, -EBADF, -EINVAL (no loop, no function), -ENOMEM; -EBUSY: fd belongs to a
 * connection or server of this loop. */
int loop_add_reader(struct loop *loop, int fd, call_fn *fn, void *arg);
int loop_add_writer(struct loop *loop, int fd, call_fn *fn, void *arg);

/* True if there was one.  Remove before you close fd. */
bool loop_remove_reader(struct loop *loop, int fd);
bool loop_remove_writer(struct loop *loop, int fd);

/* fn(arg) as an ordinary callback, once for each time that signal sig came; fn may use the loop freely.
 * 0, -EINVAL (no such signal, or one that can't be caught), -EBUSY (another loop has it), -ENOMEM.
 * loop_close() gives every signal back. */
int loop_add_signal(struct loop *loop, int sig, call_fn *fn, void *arg);
bool loop_remove_signal(struct loop *loop, int sig);

/* ------------------------------------------------------------------------------------------ servers */

/* What runs for each client, as a task of its own.  When it returns, its connection is closed if it is
 * still open; conn is valid as long as the task runs. */
typedef int conn_fn(struct conn *conn, void *arg);

/* Listens on every address of host ("127.0.0.1", "::1", a name; NULL: all), port 0: any free one.  From a task or a
 * callback: the running loop owns it until loop_close(); server_close() stops it.  A name is looked up on the spot,
 * while the loop stands still; it may stand for several addresses; those that this machine doesn't have are passed
 * over.  NULL: EADDRINUSE, EACCES, EADDRNOTAVAIL (none is left; also: no such name), EINVAL (no loop runs, no
 * handler, no such port, no path), ENAMETOOLONG, ENOMEM, EMFILE. */
struct server *server_start(const char *host, int port, conn_fn *handler, void *arg);
struct server *server_start_unix(const char *path, conn_fn *handler, void *arg);

/* start_serving=False: binds, but does not listen (connecting is refused) until server_start_serving() or
 * server_serve_forever().  Until then server_bind_also() adds more addresses, all that the host has or none: 0, -EBUSY
 * (it serves), -EINVAL (it is closed), or why it can't.
 * server_start_serving() again is harmless; 0, -EINVAL (closed), or why it can't listen. */
struct server *server_bind(const char *host, int port, conn_fn *handler, void *arg);
int server_bind_also(struct server *server, const char *host, int port);
int server_start_serving(struct server *server);

/* Accepts until the task is cancelled or the server closed, then closes it: -ECANCELED always, but -EBUSY: somebody
 * else does so already; -EINVAL: it is closed. */
int server_serve_forever(struct server *server);

/* Stops listening; connections live on.  A Unix server's socket file is removed, unless another one has taken its place
 * meanwhile.  Again is harmless. */
void server_close(struct server *server);

/* Waits until the server is closed and its last connection has gone.  0 or -ECANCELED. */
int server_wait_closed(struct server *server);

/* How many clients may wait to be accepted, and how many are accepted in one turn at most (100).  0, -EINVAL. */
int server_set_backlog(struct server *server, int backlog);

bool server_is_serving(const struct server *server);

/* The descriptor of its i-th listening socket, counted from 0 (server.sockets), -1: it has no more.  For getsockopt()
 * and the like; the loop's own. */
int server_fd(const struct server *server, int i);

/* The port that it listens on, or listened on before it was closed (0: none, or a Unix socket). */
int server_port(const struct server *server);

/* Writes what Python prints for a server: <Server sockets=(<asyncio.TransportSocket fd=6, ...>,)>, cut to
 * size, and answers buf. */
const char *server_describe(const struct server *server, char *buf, size_t size);

/* ------------------------------------------------------------------------------------------ connections */

/* Connects.  A name is looked up by a thread, as to_thread() does it, while the task waits; its addresses are tried
 * one after the other.  0 and *conn, or a negative errno (-ECONNREFUSED, -ENOENT, -EMFILE, -EADDRNOTAVAIL: no such
 * name, -ECANCELED ...).  The record is yours to use until conn_release() or loop_close(). */
int conn_open(const char *host, int port, struct conn **conn);
int conn_open_unix(const char *path, struct conn **conn);

/* A connection of a stream socket that is connected already (a socketpair's end): open_connection(sock=...).  fd is
 * taken, also when it fails.  0, -ENOTSOCK, -ENOTCONN, -EINVAL (no stream socket; no loop runs), -EBADF, -ENOMEM;
 * -EBUSY: somebody watches fd on this loop, a reader or writer of yours, a connection or a server: it stays theirs,
 * and open. */
int conn_open_fd(int fd, struct conn **conn);

/* Its descriptor, for getsockopt() and the like; the loop's own, -1 once it is closed. */
int conn_fd(const struct conn *conn);

/* Reads what has come, at most size bytes, waiting for the first.  0 is the end of input; -ECONNRESET and its like
 * stay.  -EBUSY: another task reads here. */
ssize_t conn_read(struct conn *conn, void *buf, size_t size);

/* Reads a line with its newline (the last one may lack it) into buf and ends it with NUL; its length, 0 at the end of
 * input.  Longer than size - 1: -EMSGSIZE and it is dropped whole; -ENOBUFS: what has come of it is dropped, its end
 * is still to come.  -EINVAL: size is below 2, or above SSIZE_MAX. */
ssize_t conn_readline(struct conn *conn, char *buf, size_t size);

/* Reads up to and with the n bytes of a separator, at most size bytes; no NUL is added.  Its length; when the input
 * ends before, what is left (IncompleteReadError's partial).  -EMSGSIZE: it is longer; -ENOBUFS: it has not come and
 * can't fit any more: then all is kept (LimitOverrunError), and conn_overrun() says how many bytes to read
 * past.  -EINVAL: n is 0, or more than size. */
ssize_t conn_readuntil(struct conn *conn, const void *separator, size_t n, void *buf, size_t size);
size_t conn_overrun(const struct conn *conn);

/* Reads exactly size bytes, or fewer if the input ends before (IncompleteReadError's partial).  -EINVAL: a negative
 * size, made a size_t. */
ssize_t conn_readexactly(struct conn *conn, void *buf, size_t size);

/* Received, and not yet read.  Above twice the limit (asyncio's 65536) the loop stops receiving, and the peer is slowed
 * down; at the limit or below it goes on.  A limit of more than half of SIZE_MAX is none. */
size_t conn_read_queued(const struct conn *conn);
void conn_set_read_limit(struct conn *conn, size_t bytes);

/* True when the input has ended and all of it was read. */
bool conn_at_eof(const struct conn *conn);

/* Sends at once what the kernel takes and keeps a copy of the rest.  Never waits: await conn_drain() when you send
 * much.  0, -EPIPE (after conn_write_eof, or closing), -ENOMEM, or what broke the connection. */
int conn_write(struct conn *conn, const void *data, size_t size);

/* printf() to a connection.  As conn_write(). */
int conn_printf(struct conn *conn, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Waits while more than the high water mark is still to be sent, until the low one is reached.  0, -ECANCELED, or
 * what broke the connection (-ECONNRESET once it is closed or aborted). */
int conn_drain(struct conn *conn);

/* Water marks in bytes; asyncio's are 65536 and 16384.  CONN_DERIVED: low is a quarter of high, high four times low
 * (at most SIZE_MAX, which is no mark at all); low is never above high. */
#define CONN_DERIVED ((size_t)-1)
void conn_set_write_limits(struct conn *conn, size_t high, size_t low);
void conn_write_limits(const struct conn *conn, size_t *high, size_t *low);
size_t conn_write_queued(const struct conn *conn);

/* "I have said all": the peer reads the end of input once everything is sent.  Reading goes on. */
int conn_write_eof(struct conn *conn);

/* Sends what is queued, then closes.  conn_abort drops it and closes at once.  Again is harmless. */
void conn_close(struct conn *conn);
void conn_abort(struct conn *conn);

/* Waits until it is closed.  0, or what broke the connection, or -ECANCELED. */
int conn_wait_closed(struct conn *conn);
bool conn_is_closing(const struct conn *conn);

/* "127.0.0.1:40112", or "unix" for a Unix socket's nameless client.  Borrowed as long as conn lives. */
const char *conn_peer(const struct conn *conn);

/* "I will not look at this connection again": closes it if it is open and frees the record when that is done.
 * Not for a handler's own connection. */
void conn_release(struct conn *conn);

/* ------------------------------------------------------------------------------------------ locks and their like */

/* All of these are fair: who waits longest goes on first.  Each is made by _new() (NULL: ENOMEM, EINVAL) and freed by
 * _free(), which is harmless on NULL.  What a task still waits for is not freed, and that is said on stderr.  One may
 * be made before the loop runs; tasks of one loop use it at a time.  What waits is for tasks only (-EINVAL) and
 * answers -ECANCELED when its task is cancelled; what it had been given by then (the lock, a place, an item) goes to
 * the next.  All the rest never waits, and may be called from callbacks too. */

/* asyncio.Event: a flag.  Setting it wakes all who wait then, also when it is cleared at once. */
struct event *event_new(void);
void event_free(struct event *event);
int event_wait(struct event *event); /* 0 at once when it is set */
void event_set(struct event *event);
void event_clear(struct event *event);
bool event_is_set(const struct event *event);

/* asyncio.Lock: one holder at a time.  A release chooses the one who waits longest; until that one runs the lock is
 * free and yet nobody else gets it.  lock_release: -EPERM: it is not held. */
struct lock *lock_new(void);
void lock_free(struct lock *lock);
int lock_acquire(struct lock *lock);
int lock_release(struct lock *lock);
bool lock_is_locked(const struct lock *lock);

/* asyncio.Semaphore: at most `value` holders at a time; of a bounded one no more can be released than were acquired
 * (-EOVERFLOW).  is_locked: to acquire would be to wait. */
struct semaphore *semaphore_new(int value);
struct semaphore *semaphore_new_bounded(int value);
void semaphore_free(struct semaphore *semaphore);
int semaphore_acquire(struct semaphore *semaphore);
int semaphore_release(struct semaphore *semaphore);
bool semaphore_is_locked(const struct semaphore *semaphore);
int semaphore_value(const struct semaphore *semaphore);

/* asyncio.Condition: waits, holding a lock, for what the lock guards to change; lock NULL: one of its own.
 *
 *     await(condition_acquire(c));                 // async with c:
 *     await(condition_wait_for(c, is_full, b));    //     await c.wait_for(lambda: b.is_full)
 *     ...                                          //     ...
 *     condition_release(c);
 *
 * The lock is let go while one waits, and held again afterwards, also after -ECANCELED.  -EPERM: it was not held.
 * condition_notify wakes the n who wait longest. */
typedef bool condition_fn(void *arg);
struct condition *condition_new(struct lock *lock);
void condition_free(struct condition *condition);
int condition_acquire(struct condition *condition);
int condition_release(struct condition *condition);
bool condition_is_locked(const struct condition *condition);
int condition_wait(struct condition *condition);
int condition_wait_for(struct condition *condition, condition_fn *is_true, void *arg);
int condition_notify(struct condition *condition, int n);
int condition_notify_all(struct condition *condition);

/* asyncio.Queue, LifoQueue, PriorityQueue: items on their way from task to task; max_size 0: no limit.  The items are
 * yours, the queue only carries them.  compare(a, b) is negative when a comes out before b; equals keep their order. */
typedef int queue_compare_fn(const void *a, const void *b);
struct queue *queue_new(size_t max_size);
struct queue *queue_new_lifo(size_t max_size);
struct queue *queue_new_priority(size_t max_size, queue_compare_fn *compare);
void queue_free(struct queue *queue); /* with what is still in it */

/* queue_put waits for room, queue_get for an item.  The _nowait ones answer -EAGAIN instead (QueueFull, QueueEmpty);
 * putting may also answer -ENOMEM. */
int queue_put(struct queue *queue, void *item);
int queue_get(struct queue *queue, void **item);
int queue_put_nowait(struct queue *queue, void *item);
int queue_get_nowait(struct queue *queue, void **item);

/* Whoever got an item says when the work on it is done (-EINVAL: said too often); queue_join waits until all that was
 * ever put is done. */
int queue_task_done(struct queue *queue);
int queue_join(struct queue *queue);

size_t queue_size(const struct queue *queue);
size_t queue_max_size(const struct queue *queue);
bool queue_is_empty(const struct queue *queue);
bool queue_is_full(const struct queue *queue);

/* asyncio.Barrier: `parties` tasks go on together.  barrier_wait answers each its place, 0 to parties - 1, in the
 * order of coming; -EPIPE: the barrier is, or was meanwhile, broken (BrokenBarrierError).  Abort breaks it for all who
 * come until it is reset; reset itself only for those who wait.  Then the next round begins. */
struct barrier *barrier_new(int parties);
void barrier_free(struct barrier *barrier);
int barrier_wait(struct barrier *barrier);
void barrier_reset(struct barrier *barrier);
void barrier_abort(struct barrier *barrier);
int barrier_parties(const struct barrier *barrier);
int barrier_n_waiting(const struct barrier *barrier);
bool barrier_is_broken(const struct barrier *barrier);

/* ------------------------------------------------------------------------------------------ threads */

/* Runs fn(arg), which may block, in another thread, and waits for its result; the loop goes on meanwhile.  fn must
 * call nothing of this header but loop_call_soon_threadsafe() and loop_work().  At most min(32, CPUs + 4) run at a
 * time, the others stand in a queue.  A cancel frees the task at once: a job in the queue never runs then, one that
 * runs goes on, and arg must live until it has ended.  loop_close() waits for all of them.  fn's answer, -ECANCELED,
 * -EINVAL (no task, no function), -ENOMEM, -EAGAIN (no thread can be made), -EBADF (the program took the loop's
 * wake-up pipe: the loop ends); under the virtual clock also -EMFILE.  Under the virtual clock a job takes as long as
 * its calls of loop_work() say: else no time at all. */
int to_thread(task_fn *fn, void *arg);

/* loop.run_in_executor(None, fn, arg): the same, but its future is yours.  NULL: as to_thread(), in errno. */
struct future *loop_run_in_executor(struct loop *loop, task_fn *fn, void *arg);

/* ------------------------------------------------------------------------------------------ children */

/* Starts a program: argv[0] is looked for in PATH, as execvp(3) does it, argv ends with NULL.  From the running loop
 * (EINVAL).  For a command of the shell (create_subprocess_shell), say { "/bin/sh", "-c", command, NULL }.  The child
 * inherits the environment, but for a LOOP_TRACE that is in use, and stdin, stdout and stderr where `wanted` does not
 * say otherwise.  Under the virtual clock it takes no time, unless it needs more than 2 s (TRACE.md).  The record is
 * yours until process_release() or loop_close().  NULL: ENOENT (no such program), EACCES (it may not be run, or is a
 * directory), EMFILE ... */
enum process_wanted {
    PROCESS_STDIN = 1, /* a pipe; our ends: process_stdin(), process_stdout(), process_stderr() */
    PROCESS_STDOUT = 2,
    PROCESS_STDERR = 4,
    PROCESS_NULL_STDIN = 8, /* /dev/null */
    PROCESS_NULL_STDOUT = 16,
    PROCESS_NULL_STDERR = 32,
    PROCESS_STDERR_TO_STDOUT = 64, /* wherever stdout goes */
};
struct process *process_start(const char *const argv[], unsigned wanted);

/* Connections that go in one direction, or NULL; borrowed until process_release().  conn_close(process_stdin(p)) is
 * the end of the child's input; writing to one that has ended: -EPIPE. */
struct conn *process_stdin(const struct process *process);
struct conn *process_stdout(const struct process *process);
struct conn *process_stderr(const struct process *process);

/* Waits until the child has ended and its output, where it is piped, has come to its end: so somebody must read that,
 * or it may take for ever: see process_communicate().  Any number of tasks may wait, also afterwards.  0, -ECANCELED. */
int process_wait(struct process *process);

/* What it exited with; minus the number of the signal that killed it; PROCESS_RUNNING before that; 255 if somebody else
 * has waited for it, so that it can't be known. */
#define PROCESS_RUNNING (-32768)
int process_returncode(const struct process *process);

/* Writes the input (size bytes; PROCESS_STDIN), closes it, keeps all output and errors, and waits for the end,
 * without the deadlock of doing so one after the other.  Each output is a copy with a NUL behind it: free() its bytes;
 * NULL: not wanted.  0, -ECANCELED (what came meanwhile is kept: ask again, without input), -ENOMEM, -EINVAL (input,
 * and no stdin).  On an error there is nothing to free. */
struct process_output {
    char *bytes;
    size_t size;
};
int process_communicate(struct process *process, const void *input, size_t size,
                        struct process_output *out, struct process_output *errors);

/* Signals it; terminate is SIGTERM.  0, -ESRCH: it has ended and was waited for, -EINVAL, -EPERM. */
int process_send_signal(struct process *process, int sig);
int process_terminate(struct process *process);
int process_kill(struct process *process);
pid_t process_pid(const struct process *process);

/* "I will not look at it again": closes our ends of its pipes; the child runs on.  Harmless on NULL.  loop_close()
 * kills children that still run, and says so. */
void process_release(struct process *process);

/* ------------------------------------------------------------------------------------------ telling the viewer */

/* Words for whoever watches: a remark at this point; a named mark; a question with its choices (NULL ends
 * them), the index of the right one and why[i] for each choice (or NULL).  They cost nothing untraced. */
void loop_note(const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 1, 2)))
#endif
    ;
void loop_mark(const char *name);
void loop_ask(const char *question, const char *const choices[], int answer,
              const char *const why[]);

/* Notes, marks and questions that follow belong to this lesson ("01").  Borrowed: a literal. */
void loop_lesson(const char *lesson);

/* The macros that note where a call stands: each one is the function of its name. */
#define LOOP_HERE(what) loop_from(__FILE__, __LINE__, what)
#define loop_stop(loop) (LOOP_HERE(NULL), loop_stop(loop))
#define loop_call_soon(loop, fn, arg) (LOOP_HERE(#fn), loop_call_soon(loop, fn, arg))
#define loop_call_soon_threadsafe(loop, fn, arg)                                                   \
    (LOOP_HERE(#fn), loop_call_soon_threadsafe(loop, fn, arg))
#define loop_call_later(loop, delay, fn, arg)                                                      \
    (LOOP_HERE(#fn), loop_call_later(loop, delay, fn, arg))
#define loop_call_at(loop, when, fn, arg) (LOOP_HERE(#fn), loop_call_at(loop, when, fn, arg))
#define loop_add_reader(loop, fd, fn, arg) (LOOP_HERE(#fn), loop_add_reader(loop, fd, fn, arg))
#define loop_add_writer(loop, fd, fn, arg) (LOOP_HERE(#fn), loop_add_writer(loop, fd, fn, arg))
#define loop_add_signal(loop, sig, fn, arg) (LOOP_HERE(#fn), loop_add_signal(loop, sig, fn, arg))
#define loop_create_task(loop, fn, arg) (LOOP_HERE(#fn), loop_create_task(loop, fn, arg))
#define loop_run(fn, arg) (LOOP_HERE(#fn), loop_run(fn, arg))
#define runner_run(fn, arg, result) (LOOP_HERE(#fn), runner_run(fn, arg, result))
#define runner_do(runner, fn, arg, result) (LOOP_HERE(#fn), runner_do(runner, fn, arg, result))
#define task_create(fn, arg) (LOOP_HERE(#fn), task_create(fn, arg))
#define task_cancel(task) (LOOP_HERE(NULL), task_cancel(task))
#define task_add_done_callback(task, fn, arg)                                                      \
    (LOOP_HERE(#fn), task_add_done_callback(task, fn, arg))
#define future_add_done_callback(future, fn, arg)                                                  \
    (LOOP_HERE(#fn), future_add_done_callback(future, fn, arg))
#define group_create_task(group, fn, arg) (LOOP_HERE(#fn), group_create_task(group, fn, arg))
#define server_start(host, port, handler, arg)                                                     \
    (LOOP_HERE(#handler), server_start(host, port, handler, arg))
#define server_bind(host, port, handler, arg)                                                      \
    (LOOP_HERE(#handler), server_bind(host, port, handler, arg))
#define server_start_unix(path, handler, arg)                                                      \
    (LOOP_HERE(#handler), server_start_unix(path, handler, arg))
#define to_thread(fn, arg) (LOOP_HERE(#fn), to_thread(fn, arg))
#define loop_run_in_executor(loop, fn, arg) (LOOP_HERE(#fn), loop_run_in_executor(loop, fn, arg))
#define loop_note(...) (LOOP_HERE(NULL), loop_note(__VA_ARGS__))
#define loop_ask(question, choices, answer, why)                                                   \
    (LOOP_HERE(NULL), loop_ask(question, choices, answer, why))

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif

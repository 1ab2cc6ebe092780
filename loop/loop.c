/* loop.c - the loop itself.  loop_turn() is the story: all else in this directory is there to be called by it.
 *
 *     +--> 1. timeout   how long may select() wait?  not at all if something is ready, else until the first timer
 *     |    2. select    wait until a descriptor is ready, or the timeout is over
 *     |    3. I/O       who waits for those descriptors becomes ready
 *     |    4. timers    who waits for a time that has come becomes ready
 *     |    5. ready     run the handles that are in the queue NOW, in order; what they make ready
 *     +----+            waits for the next turn, so that nobody can starve select()
 *
 * A loop that runs "for ever" is this circle and a flag: loop_stop() sets it, and it is looked at after step 5.
 */
#include "inside.h"

#include <stdlib.h>

#include "crash.h"
#include "jobs.h"
#include "process.h"
#include "sync.h"
#include "trace.h"

#define LONGEST_WAIT (86400 * NS_PER_S) /* as asyncio: a day, then look again */

/* Whom the end of the last leftover task makes ready (done callbacks) still runs: asyncio's shutdown sees that end by two
 * callbacks, one after the other. */
enum { TURNS_AFTER = 2 };

_Thread_local struct loop *loop_here;

struct loop *loop_current(void)
{
    return loop_here;
}

struct who handle_who(const struct handle *h)
{
    if (h->kind == HANDLE_TASK)
        return task_who(CONTAINER_OF(h, struct task, handle));
    return call_who(CONTAINER_OF(h, struct callback, handle));
}

struct who loop_actor(const struct loop *loop)
{
    if (loop->acting.name != NULL)
        return loop->acting;
    if (loop->current != NULL)
        return handle_who(loop->current);
    return who_plain(loop->running ? "loop" : "program");
}

/* ---- one turn */

/* LESSON 01: why a loop with nothing to do costs nothing.  It asks select() to wait, and says until when.  began: the time
 * that the trace has for it; 0: none. */
static ns choose_timeout(struct loop *loop, ns began, struct who *until)
{
    struct timer *first;
    *until = who_plain(NULL);
    if (ready_count(&loop->ready) > 0 || loop->stopping) {
        *until = who_plain(loop->stopping ? "stop" : "ready");
        return 0;
    }
    ns due = timers_next(loop, &first);
    if (due >= NS_FAR) /* NS_NEVER, too */
        return NS_NEVER;
    ns left = due - (began != 0 ? began : clock_now(&loop->clock));
    *until = timer_who(first);
    return left < 0 ? 0 : left > LONGEST_WAIT ? LONGEST_WAIT : left;
}

/* Another file in the place of the wake-up pipe may be silent for ever.  So a wait that ends by itself looks whether
 * that has happened, of short ones one in 256 (MEASURED with 100,000 timers: each would be a thirtieth of the time);
 * so does whoever hands something to a thread (jobs.c). */
static int select_and_look(struct loop *loop, ns timeout)
{
    enum { SHORT = 1000000, SHORT_WAITS = 256 };
    int n = watch_select(loop, timeout);
    if (n != 0 || timeout == 0 || loop->watches.control_called)
        return n;
    if (timeout >= SHORT || ++loop->short_waits % SHORT_WAITS == 0)
        (void)wake_is_ours(loop);
    return n;
}

/* Virtual time: what can be had at once is had; else the clock jumps to where the wait would have ended. */
static int select_virtually(struct loop *loop, ns timeout)
{
    ns now = clock_now(&loop->clock);
    ns end = timeout == NS_NEVER ? NS_NEVER : now + timeout;
    net_settle(loop);
    world_settle(loop);
    int n = watch_select(loop, 0);
    if (n != 0 || timeout == 0 || loop->watches.control_called)
        return n;
    if (loop->interrupt_at <= end && loop->interrupt_at != NS_NEVER) {
        clock_advance(&loop->clock, loop->interrupt_at);
        loop->interrupt_at = NS_NEVER;
        raise(SIGINT);
        return watch_select(loop, 0);
    }
    if (end == NS_NEVER)
        return watch_select(loop, NS_NEVER);
    clock_advance(&loop->clock, end);
    return 0;
}

static int select_once(struct loop *loop, ns timeout)
{
    if (loop->clock.is_virtual)
        return select_virtually(loop, timeout);
    if (timeout != NS_NEVER && timeout > 0 && loop->clock.speed != 1.0)
        timeout = (ns)((double)timeout / loop->clock.speed);
    return select_and_look(loop, timeout);
}

/* Steps 1 and 2: waits for descriptors until something is ready, a timer is due, or a signal comes.  A viewer's
 * control line interrupts the wait without being told: the loop serves it and waits on. */
static int wait_for_io(struct loop *loop)
{
    struct who until;
    int n;
    do {
        loop->phase = PHASE_TIMEOUT;
        if (ready_count(&loop->ready) == 0 && !loop->stopping)
            TRACE(loop, hand_over,
                  loop); /* first: it takes a while, which would be added to the wait */
        ns began = trace_stamp(loop);
        ns timeout = choose_timeout(loop, began, &until);
        loop->phase = PHASE_SELECT;
        TRACE(loop, select_enter, loop, timeout, until);
        n = select_once(loop, timeout);
        while (loop->watches.control_called) {
            trace_checkpoint(loop, BEFORE_SELECT);
            if (n == 0)
                n = select_once(loop, choose_timeout(loop, 0, &until));
        }
        ns took = trace_stamp(loop) - began;
        loop->totals.waited += took;
        TRACE(loop, select_leave, loop, took, n);
    } while (n == -EINTR);
    if (n == -EBADF)
        n = watch_find_closed(loop);
    return n;
}

/* LESSON 14: the five steps; a loop of sixty lines has the same.  What has nothing to do isn't called (MEASURED: a
 * thirtieth of the time of 10 tasks that yield). */
void loop_turn(struct loop *loop)
{
    if (UNLIKELY(loop->tracer != NULL))
        trace_checkpoint(loop, BEFORE_TURN);
    if (loop->timers.cancelled > 0)
        timers_sweep(loop);
    if (!list_is_empty(&loop->graves))
        conns_bury(loop);
    loop->turns++;
    TRACE(loop, loop_turn, loop);

    int n = wait_for_io(loop);

    loop->phase = PHASE_IO;
    if (n > 0)
        watch_dispatch(loop);

    loop->phase = PHASE_TIMERS;
    if (loop->timers.count > 0)
        timers_fire(loop);

    loop->phase = PHASE_READY;
    run_batch(loop);
    loop->phase = PHASE_NONE;
}

/* ---- running */

static int check_runnable(const struct loop *loop)
{
    if (loop == NULL)
        return -EINVAL;
    bool is_busy = loop->running || loop->finishing || loop->closing;
    return is_busy || loop_here != NULL ? -EBUSY : 0;
}

static void run_begin(struct loop *loop)
{
    loop->running = true;
    loop->leave_now = false;
    loop->home = pthread_self();
    loop_here = loop;
}

static int run_end(struct loop *loop, const char *why)
{
    if (UNLIKELY(loop->tracer != NULL))
        trace_checkpoint(loop, AFTER_RUN);
    loop_here = NULL;
    loop->running = false;
    loop->stopping = false;
    if (loop->leave_now)
        why = loop->leave_error == -EINTR ? "interrupt" : "left";
    TRACE(loop, loop_stopped, loop, why);
    return loop->leave_now ? loop->leave_error : 0;
}

/* LESSON 03: for ever.  Turns until somebody asked to stop, or a second Ctrl-C; no task is needed. */
static int run(struct loop *loop)
{
    run_begin(loop);
    do
        loop_turn(loop);
    while (!loop->stopping && !loop->leave_now);
    return run_end(loop, "stop");
}

static bool leftovers_are_over(const struct loop *loop)
{
    return loop->n_leftover == 0;
}

/* The rest of a run: until that is over, and whoever is told of its end has been told. */
static void run_rest(struct loop *loop, bool (*is_over)(const struct loop *loop))
{
    TRACE(loop, loop_run, loop, "until_complete", NULL);
    run_begin(loop);
    while (!is_over(loop) && !loop->leave_now) {
        loop->stopping = false; /* a clean-up is finished, whoever asks to stop */
        loop_turn(loop);
    }
    for (int i = 0; i < TURNS_AFTER && ready_count(&loop->ready) > 0 && !loop->leave_now; i++)
        loop_turn(loop);
    run_end(loop, "done");
}

void loop_run_leftovers(struct loop *loop)
{
    run_rest(loop, leftovers_are_over);
}

void loop_run_jobs(struct loop *loop)
{
    if (!jobs_are_over(loop))
        run_rest(loop, jobs_are_over);
}

int loop_run_forever(struct loop *loop)
{
    int err = check_runnable(loop);
    if (err < 0)
        return err;
    TRACE(loop, loop_run, loop, "forever", NULL);
    return run(loop);
}

static void stop_when_done(struct future *future, void *unused)
{
    (void)unused;
    (loop_stop)(future->loop);
}

int loop_run_until_complete(struct loop *loop, struct task *task)
{
    int err = check_runnable(loop);
    if (err == 0 && (task == NULL || task->future.loop != loop))
        err = -EINVAL;
    if (err == 0)
        err = future_add_done_callback(&task->future, stop_when_done, NULL);
    if (err < 0)
        return err;
    TRACE(loop, loop_run, loop, loop->main_task == task ? "run" : "until_complete", task);
    task->future.holds++; /* it may be released meanwhile */
    err = run(loop);
    if (!task_is_done(task)) {
        future_remove_done_callback(&task->future, stop_when_done,
                                    NULL); /* its end stops no later run */
        err = err == 0 ? -ECANCELED : err;
    }
    task->future.holds--;
    future_free_if_unwanted(&task->future);
    return err;
}

/* LESSON 04: a request.  run() looks at it when the turn is over; the batch at hand is finished. */
void(loop_stop)(struct loop *loop)
{
    if (loop == NULL)
        return;
    loop->stopping = true;
    TRACE(loop, loop_stop, loop, loop_actor(loop), src_take());
}

void loop_leave(struct loop *loop, int error)
{
    if (loop == NULL)
        return;
    loop->leave_now = true;
    loop->direct = false;
    loop->leave_error = error;
}

bool loop_is_running(const struct loop *loop)
{
    return loop != NULL && loop->running;
}

double loop_time(const struct loop *loop)
{
    return loop == NULL ? 0 : (double)clock_now(&loop->clock) / 1e9;
}

/* ---- making and closing */

static void interrupt_init(struct loop *loop)
{
    const char *at = getenv("LOOP_INTERRUPT_AT");
    loop->interrupt_at = NS_NEVER;
    if (at != NULL && loop->clock.is_virtual)
        loop->interrupt_at = seconds_to_ns(strtod(at, NULL));
}

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL)
        return NULL;
    clock_init(&loop->clock);
    interrupt_init(loop);
    debug_init(loop);
    list_init(&loop->tasks);
    list_init(&loop->done_tasks);
    list_init(&loop->done_calls);
    list_init(&loop->belongings);
    list_init(&loop->futures);
    list_init(&loop->servers);
    list_init(&loop->conns);
    list_init(&loop->graves);
    list_init(&loop->processes);
    list_init(&loop->syncs);
    loop->watches.top = -1;
    crash_init();
    int err = trace_open(loop);
    if (err == 0)
        err = wake_init(loop);
    if (err < 0) {
        loop_close(loop);
        errno = -err;
        return NULL;
    }
    return loop;
}

/* An error handler is told of what is lost here, and may call the loop: it gets nothing new any more, or this would never
 * end. */
int loop_close(struct loop *loop)
{
    if (loop == NULL)
        return 0;
    if (loop->running || loop->finishing || loop->closing)
        return -EBUSY;
    loop->closing = true;
    conns_forget_readers(loop);
    servers_forget_tasks(loop);
    tasks_fini(loop);
    futures_fini(loop);
    belongings_fini(loop);
    syncs_fini(loop);
    jobs_fini(loop);
    processes_fini(loop);
    conns_fini(loop);
    servers_fini(loop);
    signals_fini(loop);
    fd_calls_fini(loop);
    wake_fini(loop);
    TRACE(loop, control_over, loop);
    trace_close(loop);
    callbacks_fini(loop);
    free(loop->scratch);
    free(loop->ready.ring);
    free(loop->timers.heap);
    free(loop->watches.pair);
    free(loop->watches.read);
    free(loop->watches.write);
    free(loop->watches.got_read);
    free(loop->watches.got_write);
    free(loop);
    return 0;
}

/* step.c - step 5 of the turn: running what is ready.
 *
 * A task's step goes from where it stood to its next await that has to wait: the loop switches to its stack, and comes
 * back when it suspends or its function returns.
 */
#include "inside.h"

#include <stdlib.h>

#include "step.h"
#include "trace.h"

/* ---- one step of a task */

static const char *next_of(struct task *t)
{
    if (t->future.is_done)
        return "done";
    return t->yields ? "yield" : "await";
}

static void task_finish(struct task *t)
{
    struct loop *loop = t->future.loop;
    if (t->must_cancel &&
        t->future.result >= 0) /* it cancelled itself and returned: its value is lost */
        t->future.result = -ECANCELED;
    t->must_cancel = false;
    t->future.is_done = true;
    TRACE(loop, task_done, t);
    if (t->got_cancel && t->cancelling > 0 && t->future.result >= 0)
        TRACE(loop, warn_swallowed, t);
    coro_release(&t->coro);
    ready_unreserve(&loop->ready);
    loop->n_tasks--;
    if (t->leftover)
        loop->n_leftover--;
    list_remove(&t->all);
    list_append(&loop->done_tasks, &t->all);
    future_finish(&t->future, t->future.result);
    if (t->of_conn)
        server_handler_ended(t);
}

static void check_stack(struct task *t)
{
    if (LIKELY(t->coro.guarded || !coro_is_overrun(&t->coro)))
        return;
    fprintf(stderr, "loop: task %s#%llu overflowed its stack of %zu KiB\n", task_name(t),
            (unsigned long long)t->handle.id, coro_stack_bytes() / 1024);
    abort();
}

static void task_main(void *arg)
{
    struct task *t = arg;
    t->future.result = t->fn(t->arg);
}

/* The first step finds a stack for the task; a task that was cancelled before it never begins. */
static bool task_begin(struct task *t)
{
    if (t->must_cancel)
        return false;
    t->future.result = coro_start(&t->coro, task_main, t);
    t->handle.at_hand = t->coro.guarded;
    return t->future.result == 0;
}

/* What the trace tells of a step; who switches to another task directly is not traced, and skips it. */
static inline void step_enter(struct loop *loop, struct task *t)
{
    t->state = TASK_RUNNING;
    if (t->yields)
        t->src = t->yields_at;
    t->yields = false;
    loop->totals.steps++;
}

/* LESSON 06: from here to the end of coro_resume() the thread belongs to the task; nothing else runs, whatever it does.
 * Runs t, and whoever it went on with (task_suspend()), until one of them ends its step without a next.  Inline, as all
 * between a switch and the next (coro_switch.h; MEASURED: a task made and finished takes 75 ns, 86 with a call here). */
static inline ALWAYS_INLINE void task_step(struct loop *loop, struct task *t)
{
    if (LIKELY(t->coro.stack != NULL) || task_begin(t)) {
        loop->current = &t->handle;
        step_enter(loop, t);
        coro_expect(&t->coro);
        TRACE(loop, task_begin, t);
        coro_resume(&t->coro);
        t = CONTAINER_OF(loop->current, struct task, handle);
        check_stack(t);
        if (t->coro.finished)
            task_finish(t);
        else
            t->state = t->handle.queued ? TASK_READY : TASK_WAITING;
        loop->current = NULL;
        TRACE(loop, task_end, t, next_of(t));
    } else {
        loop->current = &t->handle;
        task_finish(t);
        loop->current = NULL;
    }
    if (UNLIKELY(t->future.is_done))
        future_free_if_unwanted(&t->future);
}

/* ---- the batch */

static inline ALWAYS_INLINE void run_handle(struct handle *h)
{
    struct task *t = CONTAINER_OF(h, struct task, handle);
    if (h->kind == HANDLE_TASK)
        task_step(t->future.loop, t);
    else
        callback_run(CONTAINER_OF(h, struct callback, handle));
}

/* Step 5.  LESSON 11: the batch ends where the queue ended when it began. */
void run_batch(struct loop *loop)
{
    struct ready *q = &loop->ready;
    q->batch_end = q->tail;
    loop->direct = loop->tracer == NULL && !loop->debug;
    while (q->head != q->batch_end && !loop->leave_now) {
        if (UNLIKELY(loop->tracer != NULL))
            trace_checkpoint(loop, BEFORE_HANDLE);
        struct handle *h = ready_pop(q);
        if (h == NULL)
            continue;
        if (UNLIKELY(loop->debug))
            debug_run(loop, h, run_handle);
        else
            run_handle(h);
    }
    ready_rewind(q);
}

/* step.h - the beginning and the end of a task's step, and the way from one task to the next.
 *
 * Inline, because every await of every task goes through here; see coro.h for what a return costs after a switch.
 */
#ifndef LOOP_STEP_H
#define LOOP_STEP_H

#include "inside.h"

static inline void step_enter(struct loop *loop, struct task *t)
{
    loop->current = &t->handle;
    t->state = TASK_RUNNING;
    if (t->yields)
        t->src = t->yields_at;
    t->yields = false;
    t->steps++;
    loop->totals.steps++;
}

/* The step is over, and the task is not done. */
static inline void step_leave(struct task *t)
{
    t->state = t->handle.queued ? TASK_READY : TASK_WAITING;
}

/* The task that the batch goes on with, if nothing has to be done in between: it has a stack, and nobody
 * watches each step. */
static inline struct task *step_next(const struct loop *loop)
{
    const struct ready *q = &loop->ready;
    if (q->head == q->batch_end || loop->tracer != NULL || loop->debug || loop->leave_now)
        return NULL;
    struct handle *h = *ready_slot(q, q->head);
    if (h == NULL || h->kind != HANDLE_TASK)
        return NULL;
    struct task *t = CONTAINER_OF(h, struct task, handle);
    return t->coro.stack != NULL && t->coro.canary == NULL ? t : NULL;
}

/* Ends the step of the running task t; returns when its next one begins.  The way to the next task leads through
 * run_batch(), but for a short cut that changes nothing but the price: where the next in line is a task too, t
 * switches right to it. */
static inline ALWAYS_INLINE void task_suspend(struct loop *loop, struct task *t)
{
    struct task *next = step_next(loop);
    if (next == NULL || t->coro.canary != NULL) {
        coro_suspend();
        return;
    }
    step_leave(t);
    ready_pop(&loop->ready);
    if (next == t) { /* alone in the queue */
        step_enter(loop, t);
        return;
    }
    step_enter(loop, next);
    coro_suspend_to(&next->coro);
}

#endif

/* task.c - tasks: functions with a stack of their own, run step by step.
 *
 *      task_create()           its turn comes            await(...)
 *     ----------------> READY ----------------> RUNNING ------------> WAITING
 *                         ^                     |     |                  |
 *                         |     task_yield()    |     | fn returns       | what it waits for has come,
 *                         +---------------------+     v                  | or task_cancel()
 *                         |                         DONE                 |
 *                         +----------------------------------------------+
 *
 * To wait, a task puts a struct waiter (on its own stack) into the list of the thing it waits for and suspends:
 * task_wait().  To wake it is to take it off that list and put the task into the ready queue.  Where asyncio's futures
 * put a callback between (which then wakes the task a turn later), here the task itself is made ready.
 *
 * Cancelling (task_cancel()) makes the await where the task stands answer -ECANCELED; if that await is for
 * another task, that one is cancelled instead, and its end wakes the first: the innermost goes first.
 */
#include "inside.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "step.h"
#include "trace.h"

/* ---- places in the source */

static _Thread_local struct src noted_call, noted_await;

void loop_from(const char *file, int line, const char *what)
{
    noted_call = (struct src){ .file = file, .line = line, .expr = what };
}

void loop_at(const char *file, int line, const char *expr)
{
    noted_await = (struct src){ .file = file, .line = line, .expr = expr };
}

/* Member by member: each was stored a moment ago, and the CPU can't hand on what it has not written back yet to a load that
 * is wider than the store. */
static inline struct src take(struct src *noted)
{
    struct src src;
    src.file = noted->file;
    atomic_signal_fence(memory_order_relaxed);
    src.expr = noted->expr;
    src.line = noted->line;
    noted->file = NULL;
    return src;
}

struct src src_take(void)
{
    struct src src = take(&noted_call);
    noted_call.expr = NULL;
    return src;
}

struct src src_take_await(void)
{
    return take(&noted_await);
}

/* ---- making and freeing */

enum { TASKS_PER_CHUNK = 8, CACHE_LINE = 64 };

/* A record starts on a cache line of its own and takes an odd number of them (five, on most machines), so that the first
 * lines of many records spread over the whole cache. */
enum { TASK_LINES = (int)((sizeof(struct task) + CACHE_LINE - 1) / CACHE_LINE | 1) };

union task_cell {
    struct task task;
    char lines[TASK_LINES * CACHE_LINE];
};

struct task_chunk {
    struct task_chunk *next;
    unsigned used;
    _Alignas(CACHE_LINE) union task_cell cells[TASKS_PER_CHUNK];
};

/* One more record, and memory that is not touched before it is needed. */
static SELDOM int add_record(struct loop *loop)
{
    struct task_chunk *chunk = loop->task_chunks;
    if (chunk == NULL || chunk->used == TASKS_PER_CHUNK) {
        void *memory;
        if (posix_memalign(&memory, CACHE_LINE, sizeof *chunk) != 0)
            return -ENOMEM;
        chunk = memory;
        chunk->next = loop->task_chunks;
        chunk->used = 0;
        loop->task_chunks = chunk;
    }
    struct task *t = &chunk->cells[chunk->used++].task;
    t->arg = NULL; /* a free record's arg is the next free one */
    t->looked = 0;
    loop->free_tasks = t;
    return 0;
}

/* What every task needs is cleared; what is seldom needed, by whoever needs it.  Line by line: of one large clearing
 * compilers make a `rep stos`, which takes 10 ns to get going. */
static inline void clear_record(struct task *t)
{
    char *line = CONTAINER_OF(t, union task_cell, task)->lines;
    for (size_t i = 0; i < offsetof(struct task, own_name); i += CACHE_LINE)
        memset(line + i, 0, CACHE_LINE);
}

static void clear_traced(struct task *t, struct who parent)
{
    t->parent = parent;
    t->steps = 0;
    t->cpu = t->begin = 0;
}

struct task *task_new(struct loop *loop, task_fn *fn, void *arg, const char *name,
                      struct who parent, struct src src)
{
    if ((loop->free_tasks == NULL && add_record(loop) < 0) || ready_reserve(&loop->ready) < 0) {
        errno = ENOMEM;
        return NULL;
    }
    struct task *t = loop->free_tasks;
    loop->free_tasks = t->arg;
    clear_record(t);
    t->handle.id = loop_new_id(loop);
    t->handle.kind = HANDLE_TASK;
    t->fn = fn;
    t->arg = arg;
    t->name = name;
    t->src = src; /* until its first await: where it was made */
    t->state = TASK_READY;
    future_init(&t->future, loop, true);
    list_append(&loop->tasks, &t->all);
    loop->n_tasks++;
    if (UNLIKELY(loop->tracer != NULL)) {
        clear_traced(t, parent);
        trace_task_new(t, src);
    }
    ready_push(&loop->ready, &t->handle);
    TRACE(loop, task_ready, t, "new", loop_actor(loop));
    return t;
}

static const char *name_of(const struct src *src)
{
    const char *fn = src->expr != NULL ? src->expr : "task";
    return *fn == '&' ? fn + 1 : fn;
}

/* The parent of a task is a task, a connection or a plain word. */
static struct who parent_now(const struct loop *loop)
{
    if (loop->current != NULL && loop->current->kind == HANDLE_CALL)
        return who_plain("loop");
    return loop_actor(loop);
}

struct task *(loop_create_task)(struct loop *loop, task_fn *fn, void *arg)
{
    struct src src = src_take();
    int err = loop == NULL || fn == NULL || loop->closing ? -EINVAL : debug_check(loop);
    if (UNLIKELY(err < 0)) {
        errno = -err;
        return NULL;
    }
    struct who parent = loop->tracer != NULL ? parent_now(loop) : who_plain(NULL);
    return task_new(loop, fn, arg, name_of(&src), parent, src);
}

struct task *(task_create)(task_fn *fn, void *arg)
{
    return (loop_create_task)(loop_here, fn, arg);
}

/* LESSON 10: the record goes, the task had failed, and nobody has asked how it ended. */
void task_report_unseen(struct task *t)
{
    TRACE(t->future.loop, warn_unread, t);
    report(t->future.loop,
           &(struct loop_error){ .message = "Task exception was never retrieved",
                                 .error = t->future.result,
                                 .task = t },
           "task %s#%llu failed and nobody looked: %s", task_name(t),
           (unsigned long long)t->handle.id, strerror(-t->future.result));
}

void task_free(struct task *t)
{
    struct loop *loop = t->future.loop;
    list_remove(&t->all);
    if (t->renamed)
        free(t->own_name);
    t->arg = loop->free_tasks;
    loop->free_tasks = t;
}

void task_release(struct task *task)
{
    if (task != NULL)
        future_release(&task->future);
}

/* ---- waiting and waking */

void waiter_init(struct waiter *w, const char *on, struct who what)
{
    *w = (struct waiter){ .task = task_current(), .on = on, .what = what, .due = NS_NEVER };
    list_init(&w->link);
}

void task_make_ready(struct task *task, const char *why, struct who by)
{
    if (task->state != TASK_RUNNING)
        task->state = TASK_READY;
    ready_push(&task->future.loop->ready, &task->handle);
    TRACE(task->future.loop, task_ready, task, why, by);
}

void wake_one(struct waiter *w, int result, const char *why, struct who by)
{
    list_remove(&w->link);
    w->woken = true;
    w->result = result;
    if (w->wake != NULL)
        w->wake(w, by);
    else
        task_make_ready(w->task, why, by);
}

void wake_all(struct link *list, int result, const char *why, struct who by)
{
    while (!list_is_empty(list))
        wake_one(CONTAINER_OF(list->next, struct waiter, link), result, why, by);
}

/* A cancel that is still to be delivered wins over whatever has come meanwhile. */
static int deliver(struct task *t, int result)
{
    if (t->must_cancel) {
        t->must_cancel = false;
        result = -ECANCELED;
    }
    if (result == -ECANCELED)
        t->got_cancel = true;
    return result;
}

static void cancel_wait(struct waiter *w)
{
    if (w->cancel != NULL)
        w->cancel(w);
    else
        wake_one(w, -ECANCELED, "cancel", loop_actor(w->task->future.loop));
}

int task_wait(struct waiter *w, struct link *list)
{
    struct task *t = w->task;
    if (UNLIKELY(t == NULL)) /* a callback, or the program outside of a run: nobody can stop here */
        return -EINVAL;
    t->waits = w;
    t->src = src_take_await();
    if (list != NULL)
        list_append(list, &w->link);
    TRACE(t->future.loop, task_await, t, w);
    if (UNLIKELY(
            t->must_cancel)) { /* cancelled before it came here: it stops for one turn all the same */
        t->must_cancel = false;
        cancel_wait(w);
    }
    task_suspend(t->future.loop, t);
    t->waits = NULL;
    return deliver(t, w->result);
}

int task_yield(void)
{
    struct task *t = task_running();
    struct loop *loop = loop_here;
    if (t == NULL)
        return -EINVAL;
    ready_push(&loop->ready, &t->handle);
    if (LIKELY(loop->tracer == NULL)) {
        t->src = src_take_await();
    } else {
        t->yields_at = src_take_await();
        t->yields = true;
        trace_task_ready(t, "yield", task_who(t));
    }
    task_suspend(loop, t);
    return deliver(t, 0);
}

static void sleeper_cancel(struct waiter *w)
{
    struct sleeper *s = CONTAINER_OF(w, struct sleeper, waiter);
    struct task *t = w->task;
    timer_disarm(t->future.loop, &s->timer);
    wake_one(w, -ECANCELED, "cancel", loop_actor(t->future.loop));
}

int task_sleep(double seconds)
{
    if (!(seconds > 0))
        return task_yield();
    struct sleeper s = { .timer = { .kind = TIMER_SLEEP } };
    waiter_init(&s.waiter, "timer", who_plain(NULL));
    if (UNLIKELY(s.waiter.task == NULL))
        return -EINVAL;
    s.waiter.cancel = sleeper_cancel;
    struct loop *loop = s.waiter.task->future.loop;
    int err = timer_arm(loop, &s.timer, seconds_to_ns(seconds), noted_await);
    if (err < 0)
        return err;
    s.waiter.what = timer_who(&s.timer);
    s.waiter.due = timer_due(loop, &s.timer);
    return task_wait(&s.waiter, NULL);
}

/* ---- cancelling */

/* LESSON 05: nothing is stopped by force.  The wait ends with -ECANCELED, and the task is ready to hear of it.
 * Down a chain of joins to the innermost: in a loop, since a task's stack has no room for as many calls as such a chain
 * may have links. */
bool(task_cancel)(struct task *task)
{
    struct src src = src_take();
    struct task *inner = task;
    if (task->future.is_done || debug_check(task->future.loop) < 0)
        return false;
    do {
        task = inner;
        task->cancelling++;
        TRACE(task->future.loop, task_cancel, task, loop_actor(task->future.loop), src);
        src = (struct src){ 0 };
    } while ((inner = future_task_joined(task->waits)) != NULL && !inner->future.is_done);
    if (task->waits == NULL || task->waits->woken)
        task->must_cancel = true;
    else
        cancel_wait(task->waits);
    return true;
}

int task_cancelling(const struct task *task)
{
    return task->cancelling;
}

int task_uncancel(struct task *task)
{
    if (task->cancelling > 0)
        task->cancelling--;
    if (task->cancelling == 0)
        task->must_cancel = false; /* as of Python 3.13 */
    return task->cancelling;
}

/* ---- asking */

struct future *task_as_future(struct task *task)
{
    return &task->future;
}

int task_join(struct task *task)
{
    return future_wait(&task->future);
}

size_t loop_all_tasks(const struct loop *loop, struct task *tasks[], size_t room)
{
    size_t n = 0;
    if (loop == NULL)
        return 0;
    for (struct link *l = loop->tasks.next; l != &loop->tasks; l = l->next, n++)
        if (n < room)
            tasks[n] = CONTAINER_OF(l, struct task, all);
    return n;
}

bool task_is_done(const struct task *task)
{
    return task->future.is_done;
}

bool task_is_cancelled(const struct task *task)
{
    return future_is_cancelled(&task->future);
}

int task_result(struct task *task)
{
    return future_result(&task->future);
}

int task_set_name(struct task *task, const char *name)
{
    char *copy = name == NULL ? NULL : strdup(name);
    if (copy == NULL)
        return name == NULL ? -EINVAL : -ENOMEM;
    if (task->renamed)
        free(task->own_name);
    task->own_name = copy;
    task->renamed = true;
    return 0;
}

const char *task_name(const struct task *task)
{
    return task->renamed ? task->own_name : task->name;
}

struct task *task_current(void)
{
    return task_running(); /* loop->current has ended while its end is told of */
}

/* ---- the end of the loop */

static void task_drop(struct task *t)
{
    struct loop_error e = { .message = "Task was destroyed but it is pending!", .task = t };
    TRACE(t->future.loop, warn_lost_task, t);
    if (t->src.file != NULL)
        report(t->future.loop, &e, "task %s#%llu was dropped while pending (%s:%ld: %s)",
               task_name(t), (unsigned long long)t->handle.id, t->src.file, t->src.line,
               t->src.expr);
    else
        report(t->future.loop, &e, "task %s#%llu was dropped while pending", task_name(t),
               (unsigned long long)t->handle.id);
    if (t->waits != NULL)
        list_remove(&t->waits->link);
    ready_drop(&t->future.loop->ready, &t->handle);
    coro_release(&t->coro);
    list_remove(&t->all);
    if (t->renamed)
        free(t->own_name);
}

/* A sleeper's timer lies on its task's stack, which goes: a viewer may still ask for the timers. */
static void disarm_sleepers(struct loop *loop)
{
    for (uint32_t i = 1; i <= loop->timers.count; i++) {
        struct timer *t = slot_timer(loop->timers.heap[i]);
        if (t != NULL && t->kind == TIMER_SLEEP)
            timer_disarm(loop, t);
    }
}

void tasks_fini(struct loop *loop)
{
    disarm_sleepers(loop);
    while (!list_is_empty(&loop->tasks))
        task_drop(CONTAINER_OF(loop->tasks.next, struct task, all));
    while (!list_is_empty(&loop->done_tasks))
        future_free(&CONTAINER_OF(loop->done_tasks.next, struct task, all)->future);
    while (loop->task_chunks != NULL) {
        struct task_chunk *chunk = loop->task_chunks;
        loop->task_chunks = chunk->next;
        free(chunk);
    }
    coro_trim();
}

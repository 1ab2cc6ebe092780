/* future.c - results that have not come yet.
 *
 * A future is pending until somebody gives it a result, an error, or cancels it: once.  Then all who wait for it
 * become ready, in the order in which they came.  A task has a future inside, which its function's end finishes; so
 * whatever can be done with a future can be done with a task: task_as_future().
 *
 * Cancelling a task that waits for a future cancels the future; if that is a task's, then that task: so a cancel
 * goes to the innermost, and comes back out as each of them ends.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

#include "trace.h"

/* A future that stands alone. */
struct plain_future {
    struct future future;
    uint64_t id;
    struct link all; /* loop->futures */
};

static struct plain_future *plain(const struct future *f)
{
    return CONTAINER_OF(f, struct plain_future, future);
}

struct future *future_new(struct loop *loop)
{
    bool refused = loop == NULL || loop->closing;
    struct plain_future *p = refused ? NULL : malloc(sizeof *p);
    if (p == NULL) {
        errno = refused ? EINVAL : ENOMEM;
        return NULL;
    }
    future_init(&p->future, loop, false);
    p->id = loop_new_id(loop);
    list_append(&loop->futures, &p->all);
    return &p->future;
}

struct who future_who(const struct future *f)
{
    if (f->is_task)
        return task_who(CONTAINER_OF(f, const struct task, future));
    return (struct who){ "future", plain(f)->id };
}

static void report_unseen(struct future *f)
{
    report(f->loop,
           &(struct loop_error){
               .message = "Future exception was never retrieved", .error = f->result, .future = f },
           "future#%llu failed and nobody looked: %s", (unsigned long long)plain(f)->id,
           strerror(-f->result));
}

static inline bool is_unseen(const struct future *f)
{
    return f->result < 0 && f->is_done && !f->looked_at && f->result != -ECANCELED;
}

/* Whoever is told may release it, ask it, or add a done callback: it stays for that long. */
static SELDOM void tell_unseen(struct future *f)
{
    f->looked_at = true;
    f->holds++;
    if (f->is_task)
        task_report_unseen(future_task(f));
    else
        report_unseen(f);
    f->holds--;
}

static inline void drop(struct future *f)
{
    if (f->is_task) {
        task_free(future_task(f));
    } else {
        list_remove(&plain(f)->all);
        free(plain(f));
    }
}

void future_free(struct future *f)
{
    if (is_unseen(f))
        tell_unseen(f);
    drop(f);
}

void future_free_if_unwanted(struct future *f)
{
    if (!f->is_done || !f->released || f->holds > 0)
        return;
    if (UNLIKELY(is_unseen(f)))
        tell_unseen(f);
    if (LIKELY(f->holds == 0))
        drop(f);
}

void future_release(struct future *f)
{
    if (f == NULL)
        return;
    f->released = true;
    future_free_if_unwanted(f);
}

/* ---- the result */

void future_finish(struct future *f, int result)
{
    f->result = result;
    f->is_done = true;
    if (!list_is_empty(&f->done))
        wake_all(&f->done, result, "done", future_who(f));
}

int future_set_result(struct future *f, int result)
{
    if (f->is_task || debug_check(f->loop) < 0)
        return -EPERM;
    if (f->is_done)
        return -EALREADY;
    future_finish(f, result);
    return 0;
}

bool future_cancel(struct future *f)
{
    if (f->is_task)
        return (task_cancel)(future_task(f));
    if (f->is_done || debug_check(f->loop) < 0)
        return false;
    future_finish(f, -ECANCELED);
    future_free_if_unwanted(f);
    return true;
}

bool future_is_done(const struct future *f)
{
    return f->is_done;
}

bool future_is_cancelled(const struct future *f)
{
    return f->is_done && f->result == -ECANCELED;
}

int future_result(struct future *f)
{
    if (!f->is_done)
        return -EAGAIN;
    f->looked_at = true;
    return f->result;
}

/* ---- waiting for it */

struct joiner {
    struct waiter waiter;
    struct future *target;
};

static void joiner_cancel(struct waiter *w)
{
    future_cancel(CONTAINER_OF(w, struct joiner, waiter)->target);
}

struct task *future_task_joined(const struct waiter *w)
{
    if (w == NULL || w->woken || w->cancel != joiner_cancel) /* woken: its target may be gone */
        return NULL;
    struct future *f = CONTAINER_OF(w, const struct joiner, waiter)->target;
    return f->is_task ? future_task(f) : NULL;
}

static struct future *joiner_needs(const struct waiter *w, size_t i)
{
    return i == 0 ? CONTAINER_OF(w, const struct joiner, waiter)->target : NULL;
}

/* Puts its task before those that are still to be looked at, once in each search. */
static void look_at_later(struct future *f, uint64_t search, struct task **list)
{
    struct task *t = f->is_task && !f->is_done ? future_task(f) : NULL;
    if (t == NULL || t->looked == search)
        return;
    t->looked = search;
    t->next_look = *list;
    *list = t;
}

/* In a list, since a task's stack has no room for as many calls as such a chain may have links. */
bool future_is_ring(struct future *const futures[], size_t n, const struct task *me)
{
    uint64_t search = ++me->future.loop->searches;
    struct task *list = NULL;
    struct future *f;
    for (size_t i = n; i-- > 0;)
        look_at_later(futures[i], search, &list);
    while (list != NULL && list != me) {
        const struct waiter *w = list->waits;
        list = list->next_look;
        for (size_t i = 0;
             w != NULL && !w->woken && w->needs != NULL && (f = w->needs(w, i)) != NULL; i++)
            look_at_later(f, search, &list);
    }
    return list == me;
}

int future_check(const struct future *f)
{
    const struct task *me = task_running();
    return me == NULL || me->future.loop != f->loop ? -EINVAL : 0;
}

int future_wait(struct future *f)
{
    f->looked_at = true;
    if (f->is_done)
        return f->result;
    if (future_check(f) < 0)
        return -EINVAL;
    struct joiner j = { .target = f };
    waiter_init(&j.waiter, f->is_task ? "task" : "future", future_who(f));
    j.waiter.cancel = joiner_cancel;
    j.waiter.needs = joiner_needs;
    if (future_is_ring(&f, 1, j.waiter.task))
        return -EDEADLK;
    return task_wait(&j.waiter, &f->done);
}

/* ---- done callbacks */

struct done_call {
    struct waiter waiter;
    struct link all; /* loop->done_calls */
    struct callback *call;
    struct future *future;
    future_done_fn *fn;
    task_done_fn *fn_of_task; /* instead of fn */
    void *arg;
};

static void done_call_free(struct done_call *d)
{
    list_remove(&d->all);
    free(d);
}

static void done_call_run(void *arg)
{
    struct done_call d = *(struct done_call *)arg;
    done_call_free(arg);
    if (d.fn_of_task != NULL)
        d.fn_of_task(future_task(d.future), d.arg);
    else
        d.fn(d.future, d.arg);
    d.future->holds--;
    future_free_if_unwanted(d.future);
}

static void done_call_wake(struct waiter *w, struct who by)
{
    callback_make_ready(CONTAINER_OF(w, struct done_call, waiter)->call, "done", by);
}

static struct done_call *add_done_call(struct future *f, future_done_fn *fn,
                                       task_done_fn *fn_of_task, void *arg)
{
    struct src src = src_take();
    struct done_call *d = malloc(sizeof *d);
    struct callback *call = d == NULL ? NULL : callback_new(f->loop, done_call_run, d, src.expr);
    if (call == NULL) {
        free(d);
        return NULL;
    }
    *d = (struct done_call){ .waiter = { .wake = done_call_wake },
                             .call = call,
                             .future = f,
                             .fn = fn,
                             .fn_of_task = fn_of_task,
                             .arg = arg };
    list_append(&f->loop->done_calls, &d->all);
    list_append(&f->done, &d->waiter.link);
    f->holds++;
    if (f->is_done)
        wake_one(&d->waiter, f->result, "done", future_who(f));
    return d;
}

int(future_add_done_callback)(struct future *f, future_done_fn *fn, void *arg)
{
    if (fn == NULL)
        return -EINVAL;
    return add_done_call(f, fn, NULL, arg) == NULL ? -ENOMEM : 0;
}

int(task_add_done_callback)(struct task *task, task_done_fn *fn, void *arg)
{
    if (fn == NULL)
        return -EINVAL;
    return add_done_call(&task->future, NULL, fn, arg) == NULL ? -ENOMEM : 0;
}

struct done_call *(future_follow)(struct future *f, future_done_fn *fn, void *arg)
{
    return add_done_call(f, fn, NULL, arg);
}

void future_unfollow(struct done_call *d)
{
    struct future *f = d->future;
    list_remove(&d->waiter.link);
    call_cancel((struct call){ d->call, d->call->handle.id });
    done_call_free(d);
    f->holds--;
    future_free_if_unwanted(f);
}

int future_remove_done_callback(struct future *f, future_done_fn *fn, void *arg)
{
    int n = 0;
    struct link *next;
    for (struct link *l = f->done.next; l != &f->done; l = next) {
        struct waiter *w = CONTAINER_OF(l, struct waiter, link);
        struct done_call *d = CONTAINER_OF(w, struct done_call, waiter);
        next = l->next;
        if (w->wake != done_call_wake || d->fn != fn || d->arg != arg)
            continue;
        future_unfollow(d);
        n++;
    }
    return n;
}

/* ---- the end of the loop */

void futures_fini(struct loop *loop)
{
    while (!list_is_empty(&loop->futures))
        future_free(&CONTAINER_OF(loop->futures.next, struct plain_future, all)->future);
    while (!list_is_empty(&loop->done_calls))
        done_call_free(CONTAINER_OF(loop->done_calls.next, struct done_call, all));
}

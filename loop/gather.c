/* gather.c - waiting for several futures at once: gather, wait, as_completed; and shield and wait_for for one.
 *
 * All of them are told by done callbacks, as asyncio's are: when a future is done, a plain callback runs in the next turn,
 * counts, and makes the waiting task ready when its condition holds.
 */
#include "inside.h"

#include <math.h>

#include "trace.h"

/* One who is told. */
struct member {
    struct gathering *of;
    struct done_call *call; /* NULL once it has been told */
    struct future *future;
};

struct gathering {
    struct sleeper sleeper; /* its waiter; its timer, for those with a timeout */
    struct loop *loop;
    struct member *members;
    size_t n, left;
    bool done_on_error;  /* gather() */
    bool cancelled;      /* gather() */
    enum wait_when when; /* futures_wait() */
    void (*told)(struct gathering *g, struct member *m);
};

static struct waiter *waiter_of(struct gathering *g)
{
    return &g->sleeper.waiter;
}

static void member_done(struct future *future, void *arg)
{
    struct member *m = arg;
    (void)future;
    m->call = NULL;
    m->of->left--;
    m->of->told(m->of, m);
}

/* Wakes the task that gathers, unless it is awake already. */
static void finish(struct gathering *g, int result, struct who by)
{
    if (!waiter_of(g)->woken)
        wake_one(waiter_of(g), result, "done", by);
}

/* It may be released while somebody still gathers. */
static void let_go(struct future *f)
{
    f->holds--;
    future_free_if_unwanted(f);
}

static void end(struct gathering *g)
{
    for (size_t i = 0; i < g->n; i++) {
        if (g->members[i].call != NULL)
            future_unfollow(g->members[i].call);
        let_go(g->members[i].future);
    }
    if (g->loop != NULL)
        timer_disarm(g->loop, &g->sleeper.timer);
    belonging_free(g->members);
    g->members = NULL;
    g->n = 0;
}

static struct future *needed(const struct waiter *w, size_t i)
{
    const struct gathering *g = CONTAINER_OF(CONTAINER_OF(w, const struct sleeper, waiter),
                                             const struct gathering, sleeper);
    return i < g->n ? g->members[i].future : NULL;
}

static int begin(struct gathering *g, struct future *const futures[], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (future_check(futures[i]) < 0)
            return -EINVAL;
    g->loop = task_running()->future.loop;
    g->sleeper.timer.kind = TIMER_SLEEP;
    waiter_init(waiter_of(g), "group", (struct who){ name, loop_new_id(g->loop) });
    g->members = belonging_new(g->loop, n, sizeof *g->members);
    if (g->members == NULL)
        return -ENOMEM;
    for (; g->n < n; g->n++) {
        struct member *m = &g->members[g->n];
        *m = (struct member){ .of = g, .future = futures[g->n] };
        m->call = future_follow(futures[g->n], member_done, m);
        if (m->call == NULL) {
            end(g);
            return -ENOMEM;
        }
        m->future->holds++;
        g->left++;
    }
    return 0;
}

/* It can't go on without all of them: -EDEADLK when one of them can't without this task. */
static int need_all(struct gathering *g, struct future *const futures[], size_t n)
{
    waiter_of(g)->needs = needed;
    return future_is_ring(futures, n, waiter_of(g)->task) ? -EDEADLK : 0;
}

/* ---- gather */

static void gather_told(struct gathering *g, struct member *m)
{
    int result = m->future->result;
    if (result < 0 && !g->cancelled && g->done_on_error)
        finish(g, result, future_who(m->future));
    else if (g->left == 0)
        finish(g, g->cancelled ? -ECANCELED : 0, future_who(m->future));
}

/* Whoever waits for all is cancelled: so are all, and it goes on when the last of them has ended. */
static void gather_cancel(struct waiter *w)
{
    struct gathering *g =
        CONTAINER_OF(CONTAINER_OF(w, struct sleeper, waiter), struct gathering, sleeper);
    g->cancelled = true;
    for (size_t i = 0; i < g->n; i++)
        future_cancel(g->members[i].future);
}

int gather(struct future *const futures[], size_t n, int results[], bool return_errors)
{
    struct gathering g = { .told = gather_told, .done_on_error = !return_errors };
    struct src here = src_take_await();
    if (n == 0)
        return 0;
    int err = begin(&g, futures, n, "gather");
    if (err < 0)
        return err;
    for (size_t i = 0; i < n; i++)
        futures[i]->looked_at =
            true; /* the first failure is answered, later ones are not reported */
    waiter_of(&g)->cancel = gather_cancel;
    err = need_all(&g, futures, n);
    if (err == 0) {
        await_at(here);
        err = task_wait(waiter_of(&g), NULL);
    }
    for (size_t i = 0; i < n && results != NULL; i++)
        results[i] = futures[i]->is_done ? futures[i]->result : -EAGAIN;
    end(&g);
    return err;
}

/* ---- wait */

static void wait_told(struct gathering *g, struct member *m)
{
    int result = m->future->result;
    bool failed = result < 0 && result != -ECANCELED;
    if (g->left == 0 || g->when == WAIT_FIRST_DONE || (g->when == WAIT_FIRST_ERROR && failed))
        finish(g, 0, future_who(m->future));
}

static void wait_cancel(struct waiter *w)
{
    struct sleeper *s = CONTAINER_OF(w, struct sleeper, waiter);
    timer_disarm(w->task->future.loop, &s->timer);
    wake_one(w, -ECANCELED, "cancel", loop_actor(w->task->future.loop));
}

int futures_wait(struct future *const futures[], size_t n, enum wait_when when, double timeout,
                 bool done[])
{
    struct gathering g = { .told = wait_told, .when = when };
    struct src here = src_take_await();
    if (n == 0)
        return -EINVAL;
    int err = begin(&g, futures, n, "wait");
    if (err == 0 && when == WAIT_ALL && !(timeout < INFINITY))
        err = need_all(&g, futures, n);
    if (err == 0 && timeout < INFINITY)
        err = timer_arm(futures[0]->loop, &g.sleeper.timer, seconds_to_ns(timeout), here);
    if (err == 0) {
        waiter_of(&g)->cancel = wait_cancel;
        await_at(here);
        err = task_wait(waiter_of(&g), NULL);
    }
    int n_done = 0;
    for (size_t i = 0; i < n; i++) {
        n_done += futures[i]->is_done;
        if (done != NULL)
            done[i] = futures[i]->is_done;
    }
    end(&g);
    return err < 0 ? err : n_done;
}

/* ---- wait_for */

static int wait_in_time(struct future *f, double timeout, struct src here)
{
    struct sleeper s = { .timer = { .kind = TIMER_SLEEP } };
    struct task *me = task_running();
    int err = 0;
    if (timeout > 0) {
        waiter_init(&s.waiter, f->is_task ? "task" : "future", future_who(f));
        s.waiter.cancel = wait_cancel;
        err = timer_arm(f->loop, &s.timer, seconds_to_ns(timeout), here);
        if (err < 0)
            return err;
        await_at(here);
        err = task_wait(&s.waiter, &f->done);
        timer_disarm(f->loop, &s.timer);
        if (f->is_done && err != -ECANCELED)
            return f->result;
    }
    bool was_cancelled = err == -ECANCELED;
    int cancelling = me->cancelling;
    if (!f->is_done) { /* too late, or cancelled: end it, and wait until it has cleaned up */
        future_cancel(f);
        await_at(here);
        /* One that waits for this task passes the cancel on to it: that is what it gets. */
        err = me->must_cancel ? task_yield() : future_wait(f);
        was_cancelled = was_cancelled || (err == -ECANCELED && me->cancelling > cancelling);
    }
    if (was_cancelled)
        return -ECANCELED;
    return err == -ECANCELED ? -ETIMEDOUT : err;
}

int wait_for(struct future *f, double timeout)
{
    struct src here = src_take_await();
    f->looked_at = true;
    if (f->is_done)
        return f->result;
    if (!(timeout < INFINITY)) {
        await_at(here);
        return future_wait(f);
    }
    if (future_check(f) < 0)
        return -EINVAL;
    f->holds++;
    int result = wait_in_time(f, timeout, here);
    let_go(f);
    return result;
}

/* ---- shield */

static void shield_told(struct gathering *g, struct member *m)
{
    finish(g, m->future->result, future_who(m->future));
}

int shield(struct future *f)
{
    struct gathering g = { .told = shield_told };
    struct src here = src_take_await();
    f->looked_at = true;
    if (f->is_done)
        return f->result;
    int err = begin(&g, &f, 1, "shield");
    if (err < 0)
        return err;
    err = need_all(&g, &f, 1);
    if (err == 0) {
        await_at(here);
        err = task_wait(waiter_of(&g), NULL);
    }
    end(&g);
    return err;
}

/* ---- as_completed */

struct as_completed {
    struct gathering gathering;
    struct future **finished; /* in the order in which they finished */
    size_t n_finished, n_given;
    bool waiting;
};

static void as_completed_told(struct gathering *g, struct member *m)
{
    struct as_completed *a = CONTAINER_OF(g, struct as_completed, gathering);
    a->finished[a->n_finished++] = m->future;
    if (a->waiting)
        finish(g, 0, future_who(m->future));
}

struct as_completed *as_completed_new(struct future *const futures[], size_t n)
{
    struct task *me = task_running();
    struct as_completed *a = me == NULL ? NULL : belonging_new(me->future.loop, 1, sizeof *a);
    if (a == NULL) {
        errno = me == NULL ? EINVAL : ENOMEM;
        return NULL;
    }
    a->gathering.told = as_completed_told;
    a->finished = belonging_new(me->future.loop, n, sizeof *a->finished);
    int err = a->finished == NULL ? -ENOMEM
              : n > 0             ? begin(&a->gathering, futures, n, "as_completed")
                                  : 0;
    if (err < 0) {
        as_completed_free(a);
        errno = -err;
        return NULL;
    }
    return a;
}

int as_completed_next(struct as_completed *a, struct future **future)
{
    *future = NULL;
    if (a->n_given == a->gathering.n)
        return 0;
    if (a->n_given == a->n_finished) {
        struct waiter *w = waiter_of(&a->gathering);
        if (task_running() == NULL || a->waiting)
            return -EINVAL;
        waiter_init(w, "group", w->what);
        a->waiting = true;
        int err = task_wait(w, NULL);
        a->waiting = false;
        if (err < 0)
            return err;
    }
    *future = a->finished[a->n_given++];
    return 1;
}

void as_completed_free(struct as_completed *a)
{
    if (a == NULL)
        return;
    end(&a->gathering);
    belonging_free(a->finished);
    belonging_free(a);
}

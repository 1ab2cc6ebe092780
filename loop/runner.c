/* runner.c - asyncio.run(): a loop, a main task, Ctrl-C, and an orderly end.
 *
 * What Ctrl-C does (LESSON 04).  The first cancels the main task: the await where it stands answers -ECANCELED, it may
 * clean up, and when it has ended, all other tasks are cancelled and waited for.  The second leaves the loop at
 * once, whatever is in it; the tasks that are left are still cancelled and given the chance to end.  If the loop
 * doesn't even come round to look (a step that computes for ever), the second one ends the process.
 */
#include "inside.h"

#include <string.h>

#include "crash.h"
#include "trace.h"

void runner_on_interrupt(struct loop *loop)
{
    if (loop->interrupted || loop->main_task == NULL || task_is_done(loop->main_task)) {
        loop_leave(loop, -EINTR);
        return;
    }
    loop->interrupted = true;
    (task_cancel)(loop->main_task);
}

/* SIGINT is taken only when nobody else has: not when it is ignored (a background job) or the program handles it. */
static bool catch_interrupt(struct loop *loop)
{
    struct sigaction now;
    if (sigaction(SIGINT, NULL, &now) < 0 || !crash_is_default(SIGINT, &now))
        return false;
    return signals_catch(loop, SIGINT) == 0;
}

/* False also when the program has put a callback of its own in its place, which stays. */
static bool catches_interrupt(const struct loop *loop)
{
    return loop->signals[SIGINT] != NULL && loop->signals[SIGINT]->fn == NULL;
}

/* Main has ended: whoever still lives is cancelled, and the loop goes on until they have ended too. */
static void mark_leftovers(struct loop *loop)
{
    for (struct link *l = loop->tasks.next; l != &loop->tasks; l = l->next) {
        struct task *t = CONTAINER_OF(l, struct task, all);
        t->leftover = true;
        t->future.holds++; /* its record stays until it has been looked at */
        loop->n_leftover++;
    }
}

static void cancel_leftovers(struct loop *loop)
{
    for (struct link *l = loop->tasks.next; l != &loop->tasks; l = l->next) {
        struct task *t = CONTAINER_OF(l, struct task, all);
        if (t->leftover)
            (task_cancel)(t);
    }
}

static void look_at_leftovers(struct loop *loop)
{
    struct link *next;
    for (struct link *l = loop->done_tasks.next; l != &loop->done_tasks; l = next) {
        struct task *t = CONTAINER_OF(l, struct task, all);
        next = l->next;
        if (!t->leftover)
            continue;
        t->leftover = false;
        if (t->future.result < 0 && t->future.result != -ECANCELED) {
            struct loop_error e = { .message = "unhandled exception during asyncio.run() shutdown",
                                    .error = t->future.result,
                                    .task = t };
            t->future.looked_at = true;
            report(loop, &e, "task %s#%llu failed while the program ended: %s", task_name(t),
                   (unsigned long long)t->handle.id, strerror(-e.error));
        }
        next = l->next; /* who was told may have released the one that was it */
        t->future.holds--;
        future_free_if_unwanted(&t->future);
    }
}

/* Who is left is ended, and threads come to theirs: they may need the loop for it. */
static void finish_rest(struct loop *loop)
{
    loop->finishing = true;
    loop->leave_now = false;
    if (!list_is_empty(&loop->tasks)) {
        mark_leftovers(loop);
        cancel_leftovers(loop);
        loop_run_leftovers(loop);
        look_at_leftovers(loop);
    }
    if (!loop->leave_now)
        loop_run_jobs(loop);
    loop->finishing = false;
}

/* ---- a runner */

int runner_open(struct runner *r)
{
    *r = (struct runner){ .loop = loop_new() };
    return r->loop == NULL ? -errno : 0;
}

int(runner_do)(struct runner *r, task_fn *fn, void *arg, int *result)
{
    struct src src = src_take();
    struct loop *loop = r->loop;
    if (loop == NULL || fn == NULL)
        return -EINVAL;
    if (loop_current() != NULL || loop->finishing)
        return -EBUSY;
    struct task *t = task_new(loop, fn, arg, "main", who_plain("program"), src);
    if (t == NULL)
        return -ENOMEM;
    loop->main_task = t;
    t->future.holds++; /* it may release itself */
    loop->interrupted = false;
    bool caught_before = catches_interrupt(loop); /* by runner_run() */
    if (!caught_before)
        (void)catch_interrupt(loop);
    int err = loop_run_until_complete(loop, t);
    if (!caught_before && catches_interrupt(loop))
        signals_release(loop, SIGINT);
    int answer = task_is_done(t) ? task_result(t) : -ECANCELED;
    if (result != NULL)
        *result = answer;
    if (loop->interrupted && answer == -ECANCELED && task_uncancel(t) == 0) /* by nobody else */
        err = -EINTR;
    loop->main_task = NULL;
    t->future.holds--;
    task_release(t);
    return err;
}

int runner_close(struct runner *r)
{
    struct loop *loop = r->loop;
    if (loop == NULL)
        return 0;
    if (loop_current() != NULL || loop->finishing)
        return -EBUSY;
    bool caught = catch_interrupt(loop);
    finish_rest(loop);
    if (caught)
        signals_release(loop, SIGINT);
    int err = loop->leave_now ? loop->leave_error : 0;
    r->loop = NULL;
    loop_close(loop);
    return err;
}

int(runner_run)(task_fn *fn, void *arg, int *result)
{
    struct src src = src_take();
    struct runner r;
    if (loop_current() != NULL)
        return -EBUSY;
    int err = runner_open(&r);
    if (err < 0)
        return err;
    bool caught = catch_interrupt(r.loop); /* without a gap between the run and the end */
    loop_from(src.file, (int)src.line, src.expr);
    err = (runner_do)(&r, fn, arg, result);
    finish_rest(r.loop);
    if (err == 0 && r.loop->leave_now)
        err = r.loop->leave_error;
    if (caught)
        signals_release(r.loop, SIGINT);
    loop_close(r.loop);
    return err;
}

int(loop_run)(task_fn *fn, void *arg)
{
    int result = 0;
    int err = (runner_run)(fn, arg, &result);
    if (err == -EINTR) { /* as an uncaught KeyboardInterrupt ends Python: by the signal itself */
        fflush(NULL);
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    if (err == 0 && result >= 0)
        return result & 0xff;
    if (err == -ECANCELED)
        fputs("loop: main was not done when the loop was stopped\n", stderr);
    else
        fprintf(stderr, "loop: main %s: %s\n",
                err < 0                ? "could not run"
                : result == -ECANCELED ? "was cancelled"
                                       : "failed",
                strerror(err < 0 ? -err : -result));
    return 1;
}

/* runner.c - asyncio.run(): a loop, a main task, Ctrl-C, and an orderly end.
 *
 * What Ctrl-C does (LESSON 04).  The first cancels the main task: the await where it stands answers -ECANCELED, it may
 * clean up, and when it has ended, all other tasks are cancelled and waited for.  The second leaves the loop at
 * once, whatever is in it; the tasks that are left are still cancelled and given the chance to end.  If the loop
 * doesn't even come round to look (a step that computes for ever), the second one ends the process.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "trace.h"

void runner_on_interrupt(struct loop *loop)
{
    if (loop->interrupted || task_is_done(loop->main_task)) {
        loop->leave_now = true;
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

/* Main has ended: whoever still lives is cancelled, and the loop goes on until they have ended too. */
static void finish_leftovers(struct loop *loop)
{
    if (list_is_empty(&loop->tasks))
        return;
    loop->leave_now = false;
    for (struct link *l = loop->tasks.next; l != &loop->tasks; l = l->next) {
        CONTAINER_OF(l, struct task, all)->leftover = true;
        loop->n_leftover++;
    }
    for (struct link *l = loop->tasks.next; l != &loop->tasks; l = l->next) {
        struct task *t = CONTAINER_OF(l, struct task, all);
        if (t->leftover)
            (task_cancel)(t);
    }
    loop_run_leftovers(loop);
}

int(runner_run)(task_fn *fn, void *arg, int *result)
{
    struct src src = src_take();
    if (loop_current() != NULL)
        return -EBUSY;
    struct loop *loop = loop_new();
    if (loop == NULL)
        return -errno;
    loop->main_task = task_new(loop, fn, arg, "main", who_plain("program"), src);
    if (loop->main_task == NULL) {
        loop_close(loop);
        return -ENOMEM;
    }
    bool caught = catch_interrupt(loop);
    int err = loop_run_until_complete(loop, loop->main_task);
    bool left = loop->leave_now;
    finish_leftovers(loop);
    if (caught)
        signals_release(loop, SIGINT);

    struct task *main_task = loop->main_task;
    int answer = task_is_done(main_task) ? task_result(main_task) : -ECANCELED;
    bool interrupted = left || loop->leave_now || (loop->interrupted && answer == -ECANCELED);
    loop_close(loop);
    if (result != NULL)
        *result = answer;
    if (interrupted)
        return -EINTR;
    return err == -ECANCELED ? 0 : err;
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
    fprintf(stderr, "loop: main %s: %s\n",
            err < 0                ? "could not run"
            : result == -ECANCELED ? "was cancelled"
                                   : "failed",
            strerror(err < 0 ? -err : -result));
    return 1;
}

/* A task cancels itself: its next await that waits is interrupted; if there is none, its value is lost. */
#include "words.h"

static const char *const RESULTS[] = { "", "fine" };

static int suspends(void *unused)
{
    (void)unused;
    printf("self cancel -> %s\n", yes(task_cancel(task_current())));
    struct future *f = future_new(loop_current());
    future_set_result(f, 1);
    int r = await(future_wait(f));
    printf("await finished future: %s\n", r >= 0 ? RESULTS[r] : "failed");
    r = await(task_yield());
    puts(r == -ECANCELED ? "CancelledError at sleep(0)" : "must not run");
    return r;
}

static int returns(void *unused)
{
    (void)unused;
    task_cancel(task_current());
    return 1;
}

static int be_main(void *unused)
{
    (void)unused;
    struct task *tasks[] = { NULL, NULL };
    tasks[0] = task_create(suspends, NULL);
    await(task_join(tasks[0]));
    printf("%s cancelled: %s\n", task_name(tasks[0]), yes(task_is_cancelled(tasks[0])));
    tasks[1] = task_create(returns, NULL);
    await(task_join(tasks[1]));
    printf("%s cancelled: %s\n", task_name(tasks[1]), yes(task_is_cancelled(tasks[1])));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

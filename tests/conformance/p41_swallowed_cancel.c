/* A task may carry on after a cancel: then it is not cancelled; the requests are counted until taken back. */
#include "words.h"

static const char *const RESULTS[] = { "", "finished anyway" };

static int stubborn(void *unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++)
        if (await(task_sleep(3600)) == -ECANCELED)
            printf("swallowed %d cancelling: %d\n", i + 1, task_cancelling(task_current()));
    printf("uncancel -> %d\n", task_uncancel(task_current()));
    printf("uncancel -> %d\n", task_uncancel(task_current()));
    printf("uncancel at zero -> %d\n", task_uncancel(task_current()));
    await(task_yield());
    return 1;
}

static int be_main(void *unused)
{
    (void)unused;
    struct task *t = task_create(stubborn, NULL);
    await(task_yield());
    task_cancel(t);
    await(task_yield());
    await(task_yield());
    task_cancel(t);
    int r = await(task_join(t));
    printf("result: %s cancelled: %s\n", r > 0 ? RESULTS[r] : "none", yes(task_is_cancelled(t)));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* One cancel interrupts one await.  A second one, while the task cleans up, interrupts that too. */
#include "words.h"

static int worker(void *unused)
{
    (void)unused;
    int r = await(task_sleep(3600));
    puts("cleanup 1");
    if (await(task_yield()) == 0)
        puts("cleanup 2 (awaits work after the first CancelledError)");
    if (await(task_sleep(3600)) == 0)
        puts("must not run");
    printf("cleanup interrupted; cancelling: %d\n", task_cancelling(task_current()));
    return r;
}

static int be_main(void *unused)
{
    (void)unused;
    struct task *t = task_create(worker, NULL);
    await(task_yield());
    task_cancel(t);
    for (int i = 0; i < 3; i++)
        await(task_yield());
    printf("second cancel -> %s\n", yes(task_cancel(t)));
    await(task_join(t));
    printf("cancelled: %s\n", yes(task_is_cancelled(t)));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* A task that is cancelled before its first step never runs a line; it is done a turn later. */
#include "words.h"

static int worker(void *unused)
{
    (void)unused;
    puts("must not run");
    return await(task_yield());
}

static void tell(struct task *task, void *unused)
{
    (void)unused;
    printf("done callback, cancelled: %s\n", yes(task_is_cancelled(task)));
}

static int be_main(void *unused)
{
    (void)unused;
    struct task *t = task_create(worker, NULL);
    task_add_done_callback(t, tell, NULL);
    printf("cancel -> %s\n", yes(task_cancel(t)));
    printf("done at once: %s\n", yes(task_is_done(t)));
    await(task_yield());
    printf("after one iteration: %s\n", yes(task_is_done(t)));
    await(task_yield());
    puts("end");
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

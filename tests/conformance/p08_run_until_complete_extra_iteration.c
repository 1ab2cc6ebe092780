/* The turn after the awaited task's end still runs: the others get one more step. */
#include "words.h"

static int ticker(void *unused)
{
    int r = 0;
    (void)unused;
    for (int i = 0; r == 0; i++) {
        printf("tick %d\n", i);
        r = await(task_yield());
    }
    return r;
}

static int be_main(void *label)
{
    printf("%s start\n", (const char *)label);
    int r = await(task_yield());
    printf("%s returns\n", (const char *)label);
    return r;
}

int main(void)
{
    struct loop *loop = loop_new();
    struct task *t = loop_create_task(loop, ticker, NULL);
    loop_run_until_complete(loop, loop_create_task(loop, be_main, "A"));
    puts("-- returned");
    loop_run_until_complete(loop, loop_create_task(loop, be_main, "B"));
    puts("-- returned");
    task_cancel(t);
    loop_run_until_complete(loop, t);
    if (task_result(t) == -ECANCELED)
        puts("ticker cancelled");
    return loop_close(loop);
}

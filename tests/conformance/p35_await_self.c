/* A task that waits for itself is refused, and goes on. */
#include "words.h"

static const char *const RESULTS[] = { "", "went on" };

static int selfish(void *unused)
{
    (void)unused;
    if (await(task_join(task_current())) == -EDEADLK)
        puts("RuntimeError: Task cannot await on itself");
    int r = await(task_yield());
    return r < 0 ? r : 1;
}

static int be_main(void *unused)
{
    (void)unused;
    int r = await(task_join(task_create(selfish, NULL)));
    if (r > 0)
        puts(RESULTS[r]);
    return r < 0 ? r : 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* w8_hello.c - how long until the first line? */
#include "bench.h"

static int run(void *unused)
{
    (void)unused;
    for (int i = 0; i < 5; i++) {
        puts("Running...");
        if (await(task_yield()) < 0)
            return -ECANCELED;
    }
    return 0;
}

int main(void)
{
    return loop_run(run, NULL);
}

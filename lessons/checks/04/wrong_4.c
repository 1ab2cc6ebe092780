/* Misconception: wait long enough, then stop. The handler blocks the loop, so the loaf does not come out. */
#include "lesson.h"
#include <signal.h>

static void on_interrupt(void *loop)
{
    loop_work(0.6);
    loop_stop(loop);
}

static int baker(void *unused)
{
    (void)unused;
    for (int loaf = 1; true; loaf++) {
        printf("loaf %d in\n", loaf);
        if (await(task_sleep(1.0)) < 0)
            return -ECANCELED;
        printf("loaf %d out\n", loaf);
    }
}

int main(void)
{
    lesson_begin();
    struct loop *loop = loop_new();
    task_release(loop_create_task(loop, baker, loop));
    loop_add_signal(loop, SIGINT, on_interrupt, loop);
    loop_run_forever(loop);
    return loop_close(loop);
}

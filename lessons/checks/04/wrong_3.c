/* Misconception: it is enough to look before the sleep. One loaf too many goes in. */
#include "lesson.h"
#include <signal.h>

static bool asked;

static void on_interrupt(void *unused)
{
    (void)unused;
    asked = true;
}

static int baker(void *loop)
{
    for (int loaf = 1; true; loaf++) {
        printf("loaf %d in\n", loaf);
        if (asked)
            break;
        if (await(task_sleep(1.0)) < 0)
            return -ECANCELED;
        printf("loaf %d out\n", loaf);
    }
    loop_stop(loop);
    return 0;
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

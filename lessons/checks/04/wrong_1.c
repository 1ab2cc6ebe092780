/* Misconception: cancelling the baker is the gentle way. The loaf is lost all the same. */
#include "lesson.h"
#include <signal.h>

static void on_interrupt(void *baker)
{
    task_cancel(baker);
}

static int baker(void *loop)
{
    int err = 0;
    for (int loaf = 1; err == 0; loaf++) {
        printf("loaf %d in\n", loaf);
        err = await(task_sleep(1.0));
        if (err == 0)
            printf("loaf %d out\n", loaf);
    }
    loop_stop(loop);
    return err;
}

int main(void)
{
    lesson_begin();
    struct loop *loop = loop_new();
    struct task *task = loop_create_task(loop, baker, loop);
    loop_add_signal(loop, SIGINT, on_interrupt, task);
    loop_run_forever(loop);
    return loop_close(loop);
}

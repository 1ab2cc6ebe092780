/* The handler cancels the baker; the baker lets the loaf finish first, and its end stops the loop. */
#include "lesson.h"
#include <signal.h>

static void on_interrupt(void *baker)
{
    task_cancel(baker);
}

static int baker(void *loop)
{
    int loaf = 1, cancelled = 0;
    for (; !cancelled; loaf++) {
        double done = loop_time(loop) + 1.0;
        printf("loaf %d in\n", loaf);
        while (loop_time(loop) < done) /* a cancel ends the sleep, not the baking */
            if (await(task_sleep(done - loop_time(loop))) == -ECANCELED)
                cancelled = 1;
        printf("loaf %d out\n", loaf);
    }
    return -ECANCELED;
}

static void stop(struct task *task, void *loop)
{
    (void)task;
    loop_stop(loop);
}

int main(void)
{
    lesson_begin();
    struct loop *loop = loop_new();
    struct task *task = loop_create_task(loop, baker, loop);
    task_add_done_callback(task, stop, loop);
    loop_add_signal(loop, SIGINT, on_interrupt, task);
    loop_run_forever(loop);
    return loop_close(loop);
}

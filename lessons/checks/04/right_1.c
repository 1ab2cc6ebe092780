/* The handler notes the wish; the baker stops the loop between two loaves. */
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
    for (int loaf = 1; !asked; loaf++) {
        printf("loaf %d in\n", loaf);
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

/* Exercise 04: an orderly end.
 *
 * Ctrl-C stops the loop at once, and the loaf in the oven burns. Change the program so that it is still taken
 * out, no other is put in, and the program ends by itself.
 */
#include "lesson.h"
#include <signal.h>

static void on_interrupt(void *loop)
{
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

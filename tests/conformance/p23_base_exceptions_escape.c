/* Leaving a run at once: the rest of the batch waits, in its order, for the next run. */
#include "words.h"

static struct loop *loop;

static void fatal(void *unused)
{
    (void)unused;
    puts("fatal callback");
    loop_leave(loop, -EINTR);
}

/* An exit status is told as a negative number of the program's own. */
static int fatal_task(void *unused)
{
    (void)unused;
    puts("fatal task");
    loop_leave(loop, -3);
    return -3;
}

int main(void)
{
    loop = loop_new();
    loop_call_soon(loop, say, "a");
    loop_call_soon(loop, fatal, NULL);
    loop_call_soon(loop, say, "b");
    if (loop_run_forever(loop) == -EINTR)
        printf("KeyboardInterrupt out of run_forever, running: %s\n", yes(loop_is_running(loop)));
    struct task *task = loop_create_task(loop, fatal_task, NULL);
    loop_call_soon(loop, say, "c");
    int r = loop_run_forever(loop);
    if (r < 0)
        printf("SystemExit out of run_forever: %d task done: %s SystemExit(%d)\n", -r,
               yes(task_is_done(task)), -task_result(task));
    loop_call_soon(loop, stop, loop);
    loop_run_forever(loop);
    puts("end");
    return loop_close(loop);
}

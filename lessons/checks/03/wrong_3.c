/* A timer that guesses how long amain will take. */
#include "lesson.h"

static int amain(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        if (await(task_sleep(1.0)) < 0)
            return -ECANCELED;
        printf("Running %d...\n", i);
    }
    return 0;
}

static void stop(void *loop)
{
    loop_stop(loop);
}

int main(void)
{
    lesson_begin();
    struct loop *loop = loop_new();
    struct task *task = loop == NULL ? NULL : loop_create_task(loop, amain, NULL);
    if (task == NULL) {
        perror("no loop, or no task, could be made");
        return 1;
    }
    task_release(task);
    loop_call_later(loop, 3.5, stop, loop);
    loop_run_forever(loop);
    puts("Goodbye.");
    return loop_close(loop);
}

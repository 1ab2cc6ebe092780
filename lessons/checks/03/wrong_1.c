/* Asked too early: a loop that is stopped before it runs makes one turn. */
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
    loop_stop(loop);
    loop_run_forever(loop);
    puts("Goodbye.");
    return loop_close(loop);
}

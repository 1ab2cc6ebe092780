/* Exercise 03 - a loop that knows when to stop.
 *
 * The loop runs for ever, though amain is done after three seconds. Let amain's end stop the loop, so
 * that main() says goodbye. Keep loop_run_forever(). Then: build/learn check 03
 */
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
    loop_run_forever(loop);
    puts("Goodbye.");
    return loop_close(loop);
}

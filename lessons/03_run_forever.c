/* 03_run_forever.c - running for ever, the third way: the loop itself, whatever its tasks do.
 *
 *     build/lessons/03_run_forever            counts to five; then it goes on until Ctrl-C
 */
#include "lesson.h"

static void ask(void)
{
    static const char *const choices[] = { "The loop ends: no task is left",
                                           "The loop turns as fast as it can",
                                           "The loop waits in select(), without a time limit",
                                           NULL };
    static const char *const why[] = {
        "asyncio.run() would end now. run_forever() ends only when somebody calls loop_stop().",
        "It would, if it never waited. Nothing is ready and no timer is armed: it can wait.",
        "No task, no timer: the timeout is null, for ever. A signal still gets through.", NULL
    };
    loop_ask("amain has done its work and returns. What happens then?", choices, 2, why);
}

static int amain(void *unused) /* async def main(): */
{
    (void)unused;
    loop_note("This task was made before the loop ran. Its first step comes in the first turn.");
    for (int i = 0; i < 5; i++) { /*     for i in range(5): */
        if (await(task_sleep(1.0)) < 0)
            return -ECANCELED;
        printf("Running %d...\n", i);
    }
    ask();
    puts("main() is done, but the loop carries on...");
    loop_note("amain returns. Nobody told the loop to stop when it is done, so the loop goes on.");
    return 0;
}

int main(void)
{
    lesson_begin();
    loop_lesson("03");
    struct loop *loop = loop_new(); /* loop = asyncio.new_event_loop() */
    struct task *task = loop == NULL ? NULL : loop_create_task(loop, amain, NULL);
    if (task == NULL) { /* that was loop.create_task(main()) */
        perror("03_run_forever: no loop, or no task, could be made");
        return 1;
    }
    task_release(task);     /* nobody will ask for its result */
    loop_run_forever(loop); /* loop.run_forever() */
    return loop_close(loop);
}

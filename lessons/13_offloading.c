/* 13_offloading.c - work that blocks, done elsewhere: in a thread, and in a child process.
 *
 *     build/lessons/13_offloading
 */
#include "lesson.h"

static void ask(void)
{
    static const char *const choices[] = { "It looks every few milliseconds",
                                           "The thread makes select() return: it writes a byte",
                                           "It needn't: the thread runs the waiting task", NULL };
    static const char *const why[] = {
        "Count its turns: it makes one for each tick. In between it waits in select().",
        "select() watches a pipe of the loop's own. The thread writes a byte into that.",
        "Tasks run in the loop's thread alone. So they need no locks.", NULL
    };
    loop_ask("The loop will wait in select(). How does it learn that the thread has finished?",
             choices, 1, why);
}

static int ticker(void *unused) /* async def ticker(): */
{
    (void)unused;
    for (int i = 1; true; i++) {        /*     for i in itertools.count(1): */
        if (await(task_sleep(0.5)) < 0) /*         await asyncio.sleep(0.5) */
            return -ECANCELED;
        printf("tick %d\n", i);
    }
}

static int add_up(void *sum) /* def add_up(): in a thread of its own */
{
    loop_work(1.25); /*     time.sleep(1.25) */
    *(int *)sum = 595;
    return 0;
}

static int run_child(void) /* async def run_child(): */
{
    static const char *const argv[] = { "sort", NULL };
    struct process_output out;
    struct process *child = process_start(argv, PROCESS_STDIN | PROCESS_STDOUT);
    if (child == NULL)
        return -errno;
    loop_note("A child: the loop watches its pipes and its end, as any other descriptor.");
    int err = await(process_communicate(child, "pear\napple\n", 11, &out, NULL));
    if (err == 0) {
        printf("the child said:\n%s", out.bytes);
        printf("and exited with %d\n", process_returncode(child));
        free(out.bytes);
    }
    process_release(child);
    return err;
}

static int amain(void *unused) /* async def main(): */
{
    int sum = 0;
    (void)unused;
    loop_lesson("13");
    struct task *ticks = task_create(ticker, NULL);
    ask();
    puts("adding up in a thread");
    int err = await(to_thread(add_up, &sum)); /*     await asyncio.to_thread(add_up) */
    printf("the sum is %d\n", sum);
    loop_note("The ticks went on meanwhile: the work was not in the loop's thread.");
    err = err < 0 ? err : await(task_sleep(0.5));
    err = err < 0 ? err : run_child();
    task_cancel(ticks);
    task_release(ticks);
    return err;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL); /* asyncio.run(main()) */
}

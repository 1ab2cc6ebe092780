/* 10_failing_tasks.c - tasks that fail, tasks that vanish: who looks at how a task ended?
 *     build/lessons/10_failing_tasks      the same failure twice: unseen, and in a group
 */
#include "lesson.h"

static void ask(void)
{
    static const char *const choices[] = { "It goes on to its end",
                                           "It is cancelled, and may clean up",
                                           "It vanishes without a word", NULL };
    static const char *const why[] = {
        "A task on its own would. A group begins together and ends together.",
        "The group cancels who is left, waits until they have ended, and then answers the error.",
        "A group loses nobody: it does not end before its last task has ended.", NULL
    };
    loop_ask("In the group, fetch fails after 0.3 s. Its sibling needs 1 s. What becomes of it?",
             choices, 1, why);
}

static int nobody_looked(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)unused;
    printf("nobody looked: %s\n", error->message); /* context['message'] */
    return 0;
}

static int fetch(void *unused) /* async def fetch(): */
{
    (void)unused;
    if (await(task_sleep(0.3)) < 0)
        return -ECANCELED;
    puts("fetch: fails");
    return -EIO; /*     raise OSError(errno.EIO, os.strerror(errno.EIO)) */
}

static int sibling(void *unused) /* async def sibling(): */
{
    (void)unused;
    if (await(task_sleep(1.0)) < 0) { /*     except asyncio.CancelledError: */
        puts("sibling: cancelled, it cleans up");
        return -ECANCELED; /*         raise */
    }
    puts("sibling: this is never printed");
    return 0;
}

static int amain(void *unused) /* async def main(): */
{
    (void)unused;
    loop_lesson("10");
    loop_set_error_handler(loop_current(), nobody_looked, NULL);
    loop_note("main starts fetch and looks away: nobody will ask how it ended.");
    task_release(task_create(fetch, NULL)); /*     asyncio.create_task(fetch()) */
    if (await(task_sleep(0.5)) < 0)
        return -ECANCELED;
    ask();
    loop_note("main opens a group for the same fetch and a sibling: now somebody waits for them.");
    struct group *group = group_open(); /*     async with asyncio.TaskGroup() as group: */
    group_create_task(group, fetch, NULL);
    group_create_task(group, sibling, NULL);
    int err = await(group_close(group, 0, NULL, NULL));
    printf("the group failed: %s\n", strerror(-err)); /*     except* OSError: */
    loop_note("The same failure. But somebody waited, so it reached main, like any error.");
    return 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL); /* asyncio.run(main()) */
}

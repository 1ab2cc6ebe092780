/* 06_blocking.c - blocking the loop: a ticker beside a computation that never awaits.
 *
 *     build/lessons/06_blocking       the ticks should come each 100 ms; two come late, or never
 */
#include "lesson.h"

enum { TICKS = 4 };

static void ask(void)
{
    static const char *const choices[] = {
        "At 300 and 400 ms: the ticker has a timer of its own",
        "At 600 and 700 ms: the loop can run nothing else before the computation ends",
        "Both at 600 ms: the loop makes up for what it missed", NULL
    };
    static const char *const why[] = { "Its timer is due at 300 ms, but a timer only fires when "
                                       "the loop looks. The loop is inside compute().",
                                       "The computation holds the one thread until 600 ms. The "
                                       "late tick comes then, the next one 100 ms after it.",
                                       "The ticker sleeps again only after it has ticked: one "
                                       "timer at a time, so one late tick, not two.",
                                       NULL };
    loop_ask(
        "Ticks came at 100 and 200 ms. compute() now works for 350 ms. When do the next two come?",
        choices, 1, why);
}

static int ticker(void *unused) /* async def ticker(): */
{
    (void)unused;
    for (int i = 0; i < TICKS; i++) {   /*     for i in range(TICKS): */
        if (await(task_sleep(0.1)) < 0) /*         await asyncio.sleep(0.1) */
            return -ECANCELED;
        printf("tick at %.1f s\n", loop_time(loop_current()));
    }
    return 0;
}

static int compute(void *unused) /* async def compute(): */
{
    (void)unused;
    if (await(task_sleep(0.25)) < 0) /*     await asyncio.sleep(0.25) */
        return -ECANCELED;
    ask();
    puts("computing");
    loop_work(0.35); /*     time.sleep(0.35): no await in it */
    puts("computed");
    loop_note("350 ms in one step. Nothing else ran: no timer, no client, no Ctrl-C.");
    return 0;
}

static int amain(void *unused) /* async def main(): */
{
    (void)unused;
    loop_lesson("06");
    loop_note("Two tasks: one ticks each 100 ms, the other computes for 350 ms, from 250 ms on.");
    struct group *group = group_open(); /*     async with asyncio.TaskGroup() as group: */
    group_create_task(group, ticker, NULL);
    group_create_task(group, compute, NULL);
    int err = await(group_close(group, 0, NULL, NULL));
    loop_note("The ticker did nothing wrong. It was compute() that kept the thread.");
    return err;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL); /* asyncio.run(main()) */
}

/* 07_timers.c - timers and drift: sleep() says how long from now, not how often.
 *
 *     build/lessons/07_timers         two tasks mean to begin a round each 0.4 s; one of them does
 */
#include "lesson.h"

enum { ROUNDS = 5 };

static void ask(void)
{
    static const char *const choices[] = { "At 2.0 s", "At 2.4 s", "At 2.5 s", NULL };
    static const char *const why[] = {
        "Five times 0.4 s, if sleep() meant \"every 0.4 s\". It means 0.4 s from now, after the "
        "work.",
        "A round is 0.4 s of sleep and 0.1 s of work: 0.4, 0.9, 1.4, 1.9, 2.4. A tenth is lost "
        "each time.",
        "Five rounds do take 2.5 s, but the fifth begins before its own work: 0.1 s earlier.", NULL
    };
    loop_ask(
        "drifting sleeps for 0.4 s between rounds, and a round's work takes 0.1 s. Round 1 was at "
        "0.4 s. When does round 5 begin?",
        choices, 1, why);
}

static int work(void) /* a tenth of a second, with an await: nobody is kept waiting */
{
    return await(task_sleep(0.1));
}

static int drifting(void *unused) /* async def drifting(): */
{
    (void)unused;
    for (int i = 1; i <= ROUNDS; i++) {
        if (await(task_sleep(0.4)) < 0) /*         await asyncio.sleep(0.4) */
            return -ECANCELED;
        printf("drifting %d at %.1f s\n", i, loop_time(loop_current()));
        if (i == 1)
            ask();
        if (await(work()) < 0)
            return -ECANCELED;
    }
    loop_note("drifting is 0.4 s late by now: four rounds of work came on top of the sleeps.");
    return 0;
}

static int steady(void *unused) /* async def steady(): */
{
    (void)unused;
    double next = loop_time(loop_current()); /*     next = loop.time() */
    for (int i = 1; i <= ROUNDS; i++) {
        next += 0.4; /*         next += 0.4 */
        if (await(task_sleep(next - loop_time(loop_current()))) < 0)
            return -ECANCELED; /*         await asyncio.sleep(next - loop.time()) */
        printf("steady %d at %.1f s\n", i, loop_time(loop_current()));
        if (i == 1)
            loop_note("steady asks the clock how long it is until its next multiple of 0.4 s.");
        if (await(work()) < 0)
            return -ECANCELED;
    }
    return 0;
}

static int amain(void *unused) /* async def main(): */
{
    (void)unused;
    loop_lesson("07");
    struct group *group = group_open(); /*     async with asyncio.TaskGroup() as group: */
    group_create_task(group, drifting, NULL);
    group_create_task(group, steady, NULL);
    return await(group_close(group, 0, NULL, NULL));
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL); /* asyncio.run(main()) */
}

/* Exercise 06: keep the ticker ticking.
 *
 * compute() works for 350 ms without an await, so two ticks come late. Change it so that the ticker ticks each
 * 100 ms, and the sum is still right. The other functions stay as they are.
 */
#include "lesson.h"

static int piece(int n) /* 10 ms of hard work */
{
    loop_work(0.01);
    return n;
}

static int ticker(void *unused)
{
    (void)unused;
    for (int i = 0; i < 8; i++) {
        if (await(task_sleep(0.1)) < 0)
            return -ECANCELED;
        printf("tick at %.1f s\n", loop_time(loop_current()));
    }
    return 0;
}

static int compute(void *unused)
{
    int sum = 0;
    (void)unused;
    if (await(task_sleep(0.25)) < 0)
        return -ECANCELED;
    for (int i = 0; i < 35; i++)
        sum += piece(i);
    printf("sum %d\n", sum);
    return 0;
}

static int amain(void *unused)
{
    (void)unused;
    struct group *group = group_open();
    group_create_task(group, ticker, NULL);
    group_create_task(group, compute, NULL);
    return await(group_close(group, 0, NULL, NULL));
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}

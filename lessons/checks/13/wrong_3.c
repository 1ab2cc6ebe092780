/* Misconception: wait long enough, and the threads will have finished. They had, and time was lost. */
#include "lesson.h"

struct sum {
    int from, to, total;
    double takes;
};

static int add_up(void *arg)
{
    struct sum *sum = arg;
    loop_work(sum->takes); /* as a long computation would */
    for (int i = sum->from; i <= sum->to; i++)
        sum->total += i;
    return 0;
}

static int ticker(void *unused)
{
    (void)unused;
    for (int i = 1; true; i++) {
        if (await(task_sleep(0.5)) < 0)
            return -ECANCELED;
        printf("tick %d\n", i);
    }
}

static int in_thread(void *sum)
{
    return await(to_thread(add_up, sum));
}

static int amain(void *unused)
{
    (void)unused;
    struct sum sums[] = { { 1, 10, 0, 1.7 }, { 11, 20, 0, 1.2 }, { 21, 30, 0, 0.7 } };
    struct task *ticks = task_create(ticker, NULL);
    struct task *tasks[3];
    for (int i = 0; i < 3; i++)
        tasks[i] = task_create(in_thread, &sums[i]);
    if (await(task_sleep(2.0)) < 0)
        return -ECANCELED;
    for (int i = 0; i < 3; i++)
        task_release(tasks[i]);
    for (int i = 0; i < 3; i++)
        printf("%d to %d: %d\n", sums[i].from, sums[i].to, sums[i].total);
    task_cancel(ticks);
    task_release(ticks);
    return 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}

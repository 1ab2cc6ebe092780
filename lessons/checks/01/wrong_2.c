/* Waiting for the new task, which never ends: the first heart stands still. */
#include "lesson.h"

static int tick(void *unused)
{
    (void)unused;
    while (await(task_sleep(0.4)) == 0)
        puts("Tick");
    return -ECANCELED;
}

static int heartbeat(void *unused)
{
    (void)unused;
    struct task *ticker = task_create(tick, NULL);
    int err = await(task_join(ticker));
    task_release(ticker);
    while (err == 0 && await(task_sleep(1.0)) == 0)
        puts("Running...");
    return -ECANCELED;
}

int main(void)
{
    lesson_begin();
    return loop_run(heartbeat, NULL);
}

/* Two tasks: main beats, and has started another one before. */
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
    task_release(task_create(tick, NULL));
    while (await(task_sleep(1.0)) == 0)
        puts("Running...");
    return -ECANCELED;
}

int main(void)
{
    lesson_begin();
    return loop_run(heartbeat, NULL);
}

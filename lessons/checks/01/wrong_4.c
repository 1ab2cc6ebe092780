/* Work instead of sleep: while one heart counts the time away, the loop runs nobody. */
#include "lesson.h"

static int tick(void *unused)
{
    (void)unused;
    while (true) {
        loop_work(0.4);
        puts("Tick");
        if (await(task_yield()) < 0)
            return -ECANCELED;
    }
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

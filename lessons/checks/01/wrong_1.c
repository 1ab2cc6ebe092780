/* One after the other: the second sleep begins when the first is over, so both beat too late. */
#include "lesson.h"

static int heartbeat(void *unused)
{
    (void)unused;
    while (true) {
        if (await(task_sleep(1.0)) < 0)
            return -ECANCELED;
        puts("Running...");
        if (await(task_sleep(0.4)) < 0)
            return -ECANCELED;
        puts("Tick");
    }
}

int main(void)
{
    lesson_begin();
    return loop_run(heartbeat, NULL);
}

/* Counting beats in one task: the times are right, but each new heart would need new arithmetic. */
#include "lesson.h"

static int heartbeat(void *unused)
{
    (void)unused;
    for (int fifth = 1; true; fifth++) {
        if (await(task_sleep(0.2)) < 0)
            return -ECANCELED;
        if (fifth % 5 == 0)
            puts("Running...");
        if (fifth % 2 == 0)
            puts("Tick");
    }
}

int main(void)
{
    lesson_begin();
    return loop_run(heartbeat, NULL);
}

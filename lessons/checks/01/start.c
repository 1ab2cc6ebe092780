/* Exercise 01 - a second heartbeat.
 *
 * This prints "Running..." each second. Let it print "Tick" each 0.4 s as well, from a task of its
 * own: neither heartbeat may wait for the other. Then: build/learn check 01
 */
#include "lesson.h"

static int heartbeat(void *unused)
{
    (void)unused;
    while (true) {
        if (await(task_sleep(1.0)) < 0)
            return -ECANCELED;
        puts("Running...");
    }
}

int main(void)
{
    lesson_begin();
    return loop_run(heartbeat, NULL);
}

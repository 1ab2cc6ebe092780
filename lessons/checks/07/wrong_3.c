/* Misconception: measure each round and sleep for the rest. What is lost once is never found again. */
#include "lesson.h"

enum { BEATS = 10 };

static int work(int beat) /* what a beat has to do; the fourth has more */
{
    return beat == 4 ? await(task_sleep(0.25)) : await(task_sleep(0.03));
}

static int metronome(void *unused)
{
    (void)unused;
    double took = 0;
    for (int beat = 1; beat <= BEATS; beat++) {
        if (await(task_sleep(0.1 - took)) < 0)
            return -ECANCELED;
        printf("beat %d\n", beat);
        double before = loop_time(loop_current());
        if (await(work(beat)) < 0)
            return -ECANCELED;
        took = loop_time(loop_current()) - before;
    }
    return 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(metronome, NULL);
}

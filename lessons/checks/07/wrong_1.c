/* Misconception: take the usual work off the sleep, and it is even. The long work is not usual. */
#include "lesson.h"

enum { BEATS = 10 };

static int work(int beat) /* what a beat has to do; the fourth has more */
{
    return beat == 4 ? await(task_sleep(0.25)) : await(task_sleep(0.03));
}

static int metronome(void *unused)
{
    (void)unused;
    for (int beat = 1; beat <= BEATS; beat++) {
        if (await(task_sleep(beat == 1 ? 0.1 : 0.07)) < 0)
            return -ECANCELED;
        printf("beat %d\n", beat);
        if (await(work(beat)) < 0)
            return -ECANCELED;
    }
    return 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(metronome, NULL);
}

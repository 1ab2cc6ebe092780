/* Exercise 07: a metronome.
 *
 * It should beat at each multiple of 0.1 s, ten times; beats for which there is no time are left out. This one
 * drifts. Change metronome(); work() stays as it is.
 */
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
        if (await(task_sleep(0.1)) < 0)
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

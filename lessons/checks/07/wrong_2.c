/* Misconception: absolute deadlines are all that it takes. After the long work three beats come at once. */
#include "lesson.h"

enum { BEATS = 10 };

static int work(int beat) /* what a beat has to do; the fourth has more */
{
    return beat == 4 ? await(task_sleep(0.25)) : await(task_sleep(0.03));
}

static int metronome(void *unused)
{
    (void)unused;
    double next = loop_time(loop_current());
    for (int beat = 1; beat <= BEATS; beat++) {
        next += 0.1;
        if (await(task_sleep(next - loop_time(loop_current()))) < 0)
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

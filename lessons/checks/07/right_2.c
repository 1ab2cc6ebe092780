/* No deadline is kept: the clock says how many tenths have passed, and the next one is slept for. */
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
        double now = loop_time(loop_current());
        int tenths =
            (int)(now * 10 + 0.001); /* 0.001: 0.3 may be a little less than three tenths */
        if (await(task_sleep((tenths + 1) / 10.0 - now)) < 0)
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

/*
 * progress - what a student has seen, asked for and passed: a small text file.
 *
 *     learn 1
 *     at 05
 *     05 seen hints=1 answer=2
 *     04 seen passed
 *
 * It heals: a line that doesn't read is left out, the damaged file is kept as .progress.damaged, and
 * the student is told. It is written whole beside itself and renamed, so that it is never half.
 */
#ifndef LEARN_PROGRESS_H
#define LEARN_PROGRESS_H

#include "course.h"

struct progress_of {
    bool seen, passed, gave_up;
    int hints;  /* shown so far */
    int answer; /* to the lesson's question; -1: none yet */
};

struct progress {
    int at; /* the lesson at hand; 0: none chosen yet */
    struct progress_of lessons[LESSONS_MAX + 1];
};

/* Never fails: what can't be read counts as not there, and is told on stderr. */
void progress_read(const struct course *course, struct progress *progress);
/* 0, or -1: said. */
int progress_write(const struct course *course, const struct progress *progress);
/* The lesson at hand: the one chosen last, else the first that isn't passed. */
const struct lesson *progress_at_hand(const struct course *course, const struct progress *progress);

#endif

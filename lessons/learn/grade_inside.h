/* grade_inside.h - what grade_one.c and grade_trace.c share. For nobody else. */
#ifndef LEARN_GRADE_INSIDE_H
#define LEARN_GRADE_INSIDE_H

#include "exercise.h"
#include "grade.h"

enum { READABLE = 8 };

/* Where a submission is tried, and its walls. */
struct ground {
    char directory[PATH_MAX], source[PATH_MAX], program[PATH_MAX], trace[PATH_MAX];
    char taken[PATH_MAX]; /* the trace, out of the program's reach */
    char readable[READABLE][PATH_MAX];
    const char *may_read[READABLE + 1];
    size_t n_readable;
    struct sandbox build, run;
    struct grade *grade;
};

/* A result, and our own words in the place of what was seen. */
void grade_put(struct grade *grade, enum grade_result result, const char *what, const char *about);

/* Takes the trace away and holds it to its promises. False, with the grade: it is none to judge. */
bool ground_take_trace(struct ground *ground, const struct rules *rules);
/* Judges the trace that was taken, and fills in the grade. */
void ground_judge(const struct ground *ground, const struct rules *rules,
                  const struct outcome *run);

#endif

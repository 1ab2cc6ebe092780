/* grade_inside.h - what grade_one.c, grade_kit.c and grade_trace.c share. For nobody else. */
#ifndef LEARN_GRADE_INSIDE_H
#define LEARN_GRADE_INSIDE_H

#include "exercise.h"
#include "grade.h"

/* Where a submission is tried, and its walls. */
struct ground {
    char directory[PATH_MAX], source[PATH_MAX], program[PATH_MAX], trace[PATH_MAX];
    char taken[PATH_MAX];    /* the trace, out of the program's reach */
    struct course kit;       /* what it may include and is linked with */
    const char *may_read[2]; /* the kit */
    struct sandbox build, run;
    struct grade *grade;
};

/* Copies what a submission is built with below scratch, as a small course; rules with guests are copied too, and read
 * from there. 0 or a negative errno. */
int kit_make(struct course *kit, const struct course *course, struct rules *rules,
             const char *scratch);

/* A result, and our own words in the place of what was seen. */
void grade_put(struct grade *grade, enum grade_result result, const char *what, const char *about);

/* Takes the trace away and holds it to its promises. False, with the grade: it is none to judge. */
bool ground_take_trace(struct ground *ground, const struct rules *rules);
/* Judges the trace that was taken, and fills in the grade. */
void ground_judge(const struct ground *ground, const struct rules *rules,
                  const struct outcome *run);

#endif

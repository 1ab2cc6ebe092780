/*
 * grade - what becomes of a submission, and how a class's are told.
 *
 *     grade_one(&course, &submission, scratch, &grade);      one, in the sandbox
 *     grade_all(&course, &submissions, grades, told);        all, some at a time
 *     grade_csv(stdout, &submissions.at[i], &grades[i]);     a line of the sheet
 *
 * A grade is plain data without pointers: it is filled in by another process, in shared memory.
 * Its texts are clean: they may go to a terminal.
 */
#ifndef LEARN_GRADE_H
#define LEARN_GRADE_H

#include "judge.h"
#include "sandbox.h"
#include "submission.h"

#include <stdio.h>

enum grade_result {
    GRADE_NONE, /* it could not be graded: `seen` says why */
    GRADE_PASSED,
    GRADE_FAILED,
    GRADE_NOT_BUILT,
    GRADE_ENDLESS,
    GRADE_CRASHED,
    GRADE_TOO_MUCH_MEMORY,
    GRADE_TOO_MUCH_OUTPUT,
    GRADE_UNTRUE_TRACE,
};

struct grade {
    enum grade_result result;
    size_t passed, rules;
    char rule[VERDICT_TEXT]; /* the first that failed, in words; or "" */
    uint64_t event;          /* where; 0: no event */
    char expected[VERDICT_TEXT], seen[VERDICT_TEXT], line[VERDICT_SRC];
    double seconds;
    struct sandbox_report build, run; /* of the compiler, of the program */
};

/* "passed", "does not build" ... */
const char *grade_word(enum grade_result result);

/*
 * Builds, runs and judges one submission, below the directory `scratch`, which is then left as it
 * is.
 */
void grade_one(const struct course *course, const struct submission *submission,
               const char *scratch, struct grade *grade);

/*
 * Grades all, each in a process of its own, as many at a time as there are processors (one where
 * programs can't be kept apart). `grades` must be in shared memory. Calls `done` for each in the
 * order of the submissions. 0, or a negative errno; -EINTR: Ctrl-C or another signal asked for the
 * end.
 */
typedef void grade_done(const struct submission *submission, const struct grade *grade, void *arg);
int grade_all(const struct course *course, const struct submissions *submissions,
              struct grade *grades, grade_done *done, void *arg);

/* Lines by RFC 4180. Cells that a spreadsheet would take for a formula begin with an apostrophe. */
void grade_csv_head(FILE *out);
void grade_csv(FILE *out, const struct submission *submission, const struct grade *grade);
/* The same for people. */
void grade_table(FILE *out, const struct submission *submission, const struct grade *grade);

#endif

/*
 * exercise - a program for an exercise built, run and judged.
 *
 *     struct trial trial;
 *     exercise_try(&course, &rules, &(struct entry){ .source = "lessons/exercises/05_x.c",
 *                  .program = ".../.05_x", .trace = ".../05_x.jsonl" }, &trial);
 *     if (trial_passed(&trial))
 *         ...
 *     trial_free(&trial);
 *
 * Built by ${CC:-cc} with the flags that libloop.a was built with, and -Wall -Wextra. Run under the
 * virtual clock (or as the rules say) with the rules' arguments, interrupts and guests.
 */
#ifndef LEARN_EXERCISE_H
#define LEARN_EXERCISE_H

#include "child.h"
#include "course.h"
#include "judge.h"
#include "rules.h"

/* What is tried, and what it makes. */
struct entry {
    const char *source, *program, *trace;
    const char *directory; /* to run in, or NULL: ours; then the three paths must be absolute */
    child_fn *build_walls; /* of the compiler; or NULL */
    child_fn *run_walls;   /* of the program; or NULL */
    void *arg;             /* of both */
};

enum trial_stage { TRIAL_NOT_BUILT, TRIAL_NOT_RUN, TRIAL_JUDGED };

struct trial {
    enum trial_stage stage;
    struct outcome build, run;
    struct verdict *verdicts; /* one a rule, when judged */
    size_t n;
    int error; /* of ours: a negative errno, or 0 */
};

enum { BUILD_LIMIT_S = 60, TRACE_MAX = 64 << 20 };

/* Compiles; outcome->err has the compiler's words. 0 or a negative errno. */
int exercise_build(const struct course *course, const struct entry *entry, struct outcome *outcome);
/* Runs the program that was built and leaves its trace. 0 or a negative errno. */
int exercise_run(const struct rules *rules, const struct entry *entry, struct outcome *outcome);
/* Both, and judges. Always leaves a trial that can be asked and must be freed. */
void exercise_try(const struct course *course, const struct rules *rules, const struct entry *entry,
                  struct trial *trial);

/* It was built, ended by itself, and all rules hold. */
bool trial_passed(const struct trial *trial);
/* The first rule that doesn't hold, or NULL. */
const struct verdict *trial_failure(const struct trial *trial);
void trial_free(struct trial *trial);

/* The build was good and the compiler had nothing to say. */
bool build_is_silent(const struct outcome *outcome);
bool build_is_good(const struct outcome *outcome);

#endif

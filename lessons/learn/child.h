/*
 * child - a program run to its end, or to the end of our patience.
 *
 *     struct child child = { .argv = argv, .limit_s = 10 };
 *     struct outcome outcome;
 *     if (child_run(&child, &outcome) == 0 && outcome.how == CHILD_ENDED && outcome.status == 0)
 *         ...
 *     outcome_free(&outcome);
 *
 * No shell is between. Standard input is /dev/null; what the program writes is kept up to OUTPUT_MAX
 * bytes a stream. It has a process group of its own, which is killed as a whole when the time is
 * over, and in any case when the program has ended: nothing that it started stays behind. One at a
 * time: while it runs, Ctrl-C kills the group too.
 */
#ifndef LEARN_CHILD_H
#define LEARN_CHILD_H

#include "text.h"

#include <sys/types.h>

enum { OUTPUT_MAX = 1 << 20 };

/*
 * Runs in the child just before its program begins: limits, walls. 0, or a negative errno: then the
 * program doesn't begin. Only what is safe after fork().
 */
typedef int child_fn(void *arg);

struct child {
    const char *const *argv; /* argv[0] is looked for in PATH, as execvp() does */
    const char *const *set; /* NAME=VALUE to put into its environment, NAME to take away; or NULL */
    const char *directory;  /* or NULL: ours */
    double limit_s;         /* of real time */
    const char *grows;      /* a file that must not pass ... or NULL */
    int64_t grows_max;      /* ... so many bytes */
    const double *interrupts; /* SIGINT after so many seconds of real time */
    size_t n_interrupts;
    child_fn *prepare; /* or NULL */
    void *arg;
};

enum child_how {
    CHILD_ENDED,
    CHILD_LATE,       /* killed: its time was over */
    CHILD_GREW,       /* killed: its file was too big */
    CHILD_NOT_STARTED /* error says why: a negative errno */
};

struct bytes_kept {
    char *at; /* NUL-terminated */
    size_t len;
    uint64_t lost; /* bytes beyond OUTPUT_MAX */
};

struct outcome {
    enum child_how how;
    int status; /* as wait() gives it */
    int error;
    double took_s;
    struct bytes_kept out, err;
};

/* 0, or a negative errno when there was no memory, pipe or process to be had. */
int child_run(const struct child *child, struct outcome *outcome);
void outcome_free(struct outcome *outcome);
struct slice outcome_out(const struct outcome *outcome);
struct slice outcome_err(const struct outcome *outcome);

#endif

/*
 * submission - the programs that a class has handed in, found in a folder.
 *
 * One rule: a submission is a file whose name ends in the lesson's name or number and .c. What
 * stands before that, folders included, is the student:
 *
 *     DIR/anna/05_cancellation.c    anna       05
 *     DIR/anna/05.c                 anna       05
 *     DIR/ben-05.c                  ben        05
 *     DIR/group 2/ben_05.c          group 2/ben
 *
 * Links and hidden files are passed over, and so is what is deeper than three folders.
 */
#ifndef LEARN_SUBMISSION_H
#define LEARN_SUBMISSION_H

#include "course.h"

struct submission {
    char *path;
    char *student; /* a stranger's bytes */
    const struct lesson *lesson;
};

struct submissions {
    struct submission *at; /* by path */
    size_t n;
    char **ignored; /* names of .c files that belong to no exercise */
    size_t n_ignored;
};

/* Borrows the course. 0, or a negative errno: the directory can't be read, no memory. */
int submissions_find(struct submissions *found, const struct course *course, const char *directory);
void submissions_free(struct submissions *found);

#endif

/* question - the question of a lesson, as its trace has it. */
#ifndef LEARN_QUESTION_H
#define LEARN_QUESTION_H

#include "trace.h"

enum { QUESTION_CHOICES = 10 };

struct question {
    char *text;
    char *choices[QUESTION_CHOICES];
    char *why[QUESTION_CHOICES];
    int n, answer;
    int64_t t_ns;
};

/* Takes it from a note:ask. 0, -EINVAL (it is no whole question), -ENOMEM. Copied: free it after 0. */
int question_take(struct question *question, const struct event *event);
/* The first one of a trace: 1, 0 when it has none, or a negative errno. */
int question_find(struct question *question, const char *trace);
void question_free(struct question *question);

#endif

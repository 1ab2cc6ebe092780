/*
 * watch - one statement as a machine that is shown the events.
 *
 *     watch_begin(&watch, statement);
 *     for each event: watch_event(&watch, &event);
 *     watch_end(&watch, ended);
 *     watch.failed, watch.at, watch.expected, watch.seen
 */
#ifndef LEARN_WATCH_H
#define LEARN_WATCH_H

#include "judge.h"

/* An event that is remembered. */
struct moment {
    uint64_t n;
    int64_t t_ns;
    char task[64]; /* whose it is, or "" */
    char src[VERDICT_SRC];
};

/* Of each: a match of the first that waits for its second. */
struct owed {
    struct moment since;
    char value[64]; /* of the `same` key */
};

struct watch {
    const struct statement *statement;
    bool failed;
    struct moment at;   /* where it failed */
    struct moment last; /* the last event shown */
    char expected[VERDICT_TEXT], seen[VERDICT_TEXT];
    uint64_t count;      /* matches so far; of order and none, how far it has come */
    struct moment match; /* the last one of them */
    struct owed *owed;
    size_t n_owed;
    char *out; /* of output without a run: the out:line events */
    size_t out_len;
};

void watch_begin(struct watch *watch, const struct statement *statement);
/* 0 or -ENOMEM. */
int watch_event(struct watch *watch, const struct event *event);
void watch_end(struct watch *watch, const struct ended *ended);
void watch_fini(struct watch *watch);

#endif

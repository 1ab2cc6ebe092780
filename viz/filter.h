/*
 * filter - which events are wanted: by task, by kind, warnings only, by a word.
 *
 *      struct filter filter;
 *      if (filter_set(&filter, "task:main ev:timer") == 0)
 *          ... filter_wants(&filter, event)
 *
 * A filter is words with blanks between them; an event must meet each of them:
 *
 *      task:main     names main#1 (or any main#N) in one of its keys; task:main#1 only that one
 *      ev:timer      is of this category; ev:timer:fire of this kind
 *      warn          is a warning
 *      -WORD         does not meet WORD
 *      other words   stand in one of its texts, whether capital or small
 *
 * Plain data: copied by assignment, all zeros wants everything.
 */
#ifndef VIZ_FILTER_H
#define VIZ_FILTER_H

#include "trace.h"

enum { FILTER_TEXT = 128, FILTER_TERMS = 8 };

enum filter_kind { FILTER_WORD, FILTER_TASK, FILTER_EV, FILTER_WARN };

struct filter_term {
    enum filter_kind kind;
    bool is_not;
    unsigned char at, len; /* its word, in text */
};

struct filter {
    char text[FILTER_TEXT];
    struct filter_term terms[FILTER_TERMS];
    unsigned n_terms;
};

/* 0; -EINVAL when it is too long, or has too many or empty words: the filter is then unchanged. */
int filter_set(struct filter *filter, const char *text);
bool filter_wants(const struct filter *filter, const struct event *event);
/* A line that this is false of holds no wanted event: a quick look that takes nothing apart. */
bool filter_may_want(const struct filter *filter, struct slice line);

/* Where `word` stands in `text`, be it in capitals or not (ASCII): an index, or -1. */
ptrdiff_t find_word(struct slice text, struct slice word);

#endif

/*
 * match - a filter of a rules file: which events it means.
 *
 *     task:end                               events of this kind
 *     warn:*                                 of any such kind
 *     out:line text=tick*                    whose text begins with tick
 *     out:line text="ann read: hello"        quoted, because of the blanks; \" is a quote in it
 *     task:done task=main !how=returned      main's end (main#1, whatever its number), but for a return
 *     conn:write bytes>0 queued<=65536       numbers; t and n too
 *
 * In patterns * stands for any bytes, ? for one, \* for a star. A key that an event doesn't have
 * meets no KEY=, < or >, and every !KEY=.
 */
#ifndef LEARN_MATCH_H
#define LEARN_MATCH_H

#include "trace.h"

/* One word of a line: quotes are undone in place. */
struct word {
    char *at;
    struct slice written; /* in the file, untouched */
    bool bare;            /* no quote in it */
};

enum match_kind { MATCH_IS, MATCH_IS_NOT, MATCH_LESS, MATCH_MORE, MATCH_AT_MOST, MATCH_AT_LEAST };

struct match_key {
    enum match_kind kind;
    const char *key;
    const char *pattern;
    double number;
};

enum { MATCH_KEYS = 8 };

/* Borrows the words that it was read from. */
struct match {
    const char *ev; /* a kind, or a pattern of kinds */
    struct match_key keys[MATCH_KEYS];
    size_t n_keys;
    struct slice words; /* as written */
};

/*
 * Reads a filter from words[0] on, as far as it goes; `words` must stay. Answers how many it took,
 * or -EINVAL: `fault` says what was expected.
 */
int match_read(struct match *match, struct word *words, int n, char *fault, size_t size);
bool match_meets(const struct match *match, const struct event *event);

/* `text` meets the pattern, whole. */
bool glob_meets(const char *pattern, struct slice text);
/* The event's value of `key` as written ("t" and "n" too). False when it has none. `room` may be used. */
bool event_value(const struct event *event, const char *key, char room[32], struct slice *value);

#endif

/*
 * rules - the rules file of an exercise, read: what is asked, how the program is run, what its trace
 * must show. lessons/checks/README.md tells its grammar.
 *
 *     struct rules rules;
 *     char fault[RULES_FAULT];
 *     if (rules_read(&rules, "lessons/checks/05/rules", fault) < 0)
 *         fprintf(stderr, "%s\n", fault);          // lessons/checks/05/rules:12: what was expected
 *     ...
 *     rules_free(&rules);
 *
 * Plain data, borrowed from the struct rules that it stands in.
 */
#ifndef LEARN_RULES_H
#define LEARN_RULES_H

#include "match.h"

enum { RULES_FAULT = 4400 };

/* Lines of text in the file's order. */
struct lines {
    const char **at;
    size_t n;
};

enum statement_kind {
    SOME,
    NEVER,
    COUNT,
    TIMES,
    FIRST,
    ORDER,
    EACH,
    NONE,
    GAP,
    OUTPUT,
    ENDS,
    TURNS
};

enum { STATEMENT_MATCHES = 16, STATEMENT_TIMES = 64 };

struct statement {
    enum statement_kind kind;
    int line;             /* in the file */
    struct slice written; /* as it stands there; of output, its first line */
    struct match matches[STATEMENT_MATCHES];
    int n_matches;
    int64_t times_ns[STATEMENT_TIMES]; /* of times and first */
    int n_times;
    int64_t within_ns;    /* -1: not given */
    uint64_t least, most; /* of count and turns */
    int64_t gap_ns;
    bool at_least;      /* of gap */
    const char *same;   /* of each: the key, or NULL */
    struct lines lines; /* of output */
    bool begins;        /* output...: more may follow */
    bool by_signal;     /* of ends */
    int status;         /* exit status or signal */
};

/* A rule in words, or a choice of the lesson's question; its statements must all hold. */
struct rule {
    int line;
    const char *words; /* "" for a choice */
    int choice;        /* -1 for a rule */
    struct statement *statements;
    size_t n_statements;
};

struct rules {
    char *path;
    const char *title; /* "" when there is none */
    struct lines task, hints, arguments;
    double interrupts[8];
    size_t n_interrupts;
    double limit_s;
    bool real_clock;
    bool has_guests;
    struct rule *rules;
    size_t n_rules;
    struct rule *choices;
    size_t n_choices;
    char *text, *source; /* the file, cut into pieces, and as it was */
};

/*
 * 0; or a negative errno: `fault` says file, line and what was expected. Free it only after 0.
 */
int rules_read(struct rules *rules, const char *path, char fault[RULES_FAULT]);
void rules_free(struct rules *rules);

/* "SIGINT" and its number. -1 for a word that is none we know; NULL for a number. */
int signal_of(const char *name);
const char *signal_name(int number);

#endif

/*
 * judge - the statements of rules, held against a trace.
 *
 *     struct verdict verdicts[rules.n_rules];
 *     judge(rules.rules, rules.n_rules, "05.jsonl", &outcome, verdicts);
 *     if (!verdicts[0].holds)
 *         printf("%s\nexpected %s, seen %s\n", rules.rules[0].words, verdicts[0].expected, ...);
 *
 * One pass through the trace: each statement is a small machine that is shown every event of the
 * program (not the lines that sinks make for themselves, but trace:end). A statement fails at one
 * event and stays so. All texts are clean: they may go to a terminal.
 */
#ifndef LEARN_JUDGE_H
#define LEARN_JUDGE_H

#include "rules.h"

/* How a run ended, as far as rules can ask. */
struct ended {
    int status;       /* as wait() gives it */
    struct slice out; /* standard output; a program's bytes */
};

enum { VERDICT_TEXT = 400, VERDICT_SRC = 96 };

/* What became of one rule: its first statement that fails, and where. */
struct verdict {
    bool holds;
    const struct rule *rule;
    const struct statement *statement; /* NULL when it holds */
    bool any;                          /* there was an event to look at */
    uint64_t n;                        /* the event where it failed, or the last one looked at */
    int64_t t_ns;
    char expected[VERDICT_TEXT], seen[VERDICT_TEXT];
    char src[VERDICT_SRC];   /* file.c:17, or "" */
    char code[VERDICT_TEXT]; /* that line of the source, as the trace carries it, or "" */
};

/*
 * Judges `n` rules (or choices). `ended` NULL: of a recorded trace, whose output is its out:line
 * events. A trace that isn't there has no events. 0 or a negative errno.
 */
int judge(const struct rule *rules, size_t n, const char *trace, const struct ended *ended,
          struct verdict *verdicts);

#endif

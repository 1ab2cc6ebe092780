/*
 * stats - a whole trace in figures: totals, where the time went, the slowest steps.
 *
 *      struct stats stats;
 *      stats_init(&stats);
 *      while (next_event(&event))
 *          stats_add(&stats, &event);
 *      printf("%.1f %% busy\n", 100.0 * (double)stats.totals.busy_ns / (double)stats.spent_ns);
 *      stats_fini(&stats);
 *
 * Counted from the events that are there. After a gap the totals of the state record make good
 * what was lost, so turns, steps, timers, bytes and times are the program's own again; events and
 * tasks are those that came. A file may hold several runs: they are summed.
 */
#ifndef VIZ_STATS_H
#define VIZ_STATS_H

#include "calls.h"
#include "model.h"
#include "spread.h"
#include "table.h"

enum { STATS_SLOWEST = 10, STATS_NAMES = 1000 };

/* All tasks of one name ("handler" of handler#7, handler#9 ...), or all calls of one function. */
struct stats_name {
    struct str name;
    uint64_t tasks; /* made */
    struct spread steps, waits, lates;
};

/* One of the slowest steps. */
struct stats_step {
    int64_t t_ns, took_ns; /* when it ended, and what it took */
    uint64_t n, step;      /* the event, and which step of the task */
    struct str id, src;
    struct str fn; /* of a call */
};

struct stats_source {
    struct str file, text;
};

struct stats {
    uint64_t events, tasks, returned, cancelled, failed, lost, holes;
    uint64_t kinds[EV_KINDS];
    struct totals
        totals;       /* turns, steps, calls, timers, late_max, accepted, in, out, busy, waited */
    int64_t spent_ns; /* on the loop's clock, over all runs */
    uint64_t runs;
    struct str program;

    struct table table; /* of names */
    struct stats_name *names[STATS_NAMES + 1];
    size_t n_names;
    struct stats_name *others;                /* where names beyond those went, or NULL */
    struct stats_step slowest[STATS_SLOWEST]; /* the slowest first */
    size_t n_slowest;
    struct stats_source *sources;
    size_t n_sources, source_bytes;

    /* The run at hand. */
    struct totals base; /* what its state records count from */
    int64_t first_ns, last_ns;
    uint64_t n;
    bool begun, after_gap, headless;
    struct calls calls;
    struct str running, running_src, running_fn;
    struct stats_name *running_row;
    uint64_t running_step;
    struct str late_call; /* of a timer that has fired for a call: the next event names it */
    int64_t late_ns;
    struct model *record; /* reads state records, when one is needed */
};

void stats_init(struct stats *stats);
void stats_fini(struct stats *stats);
/* 0 or -ENOMEM. A hole in n that no gap told of is counted in stats->holes. */
int stats_add(struct stats *stats, const struct event *event);

/*
 * The figures of a file ("-": standard input) on `out`: as tables, or with `json` as one object.
 * The exit status; bad lines are told on stderr.
 */
int stats_print(const char *path, bool json, FILE *out);

/* How the figures look, for stats_print() alone: stats_say.c. */
void stats_say(const struct stats *stats, FILE *out);
void stats_say_json(const struct stats *stats, uint64_t faults, FILE *out);

#endif

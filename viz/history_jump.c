/*
 * history_jump - to an event, a time, a turn: by halves.
 *
 * Any place in the file, the next line from there, its number: thirty looks find one line in a
 * gigabyte, and there is no index to build or to keep.
 *
 * Numbers and times only grow within one run; a file may hold several, joined end to end. Each head
 * begins a run, and a jump looks through the runs in order. Parts of the whole are counted in events
 * over all the runs, not in bytes: a program's source in the trace is no part of what happened.
 */
#include "history_inside.h"

#include <errno.h>
#include <stdlib.h>

/* ---- searching by halves --------------------------------------------------------------------- */

enum measure { BY_NUMBER, BY_TIME, BY_TURN };

/* The first line from any `offset` on that has this measure, and its value. */
static int measure_from(struct history *history, int64_t offset, enum measure measure,
                        struct line *line, int64_t *value)
{
    int rc = trace_line_from(&history->trace, offset, line);
    for (;;) {
        if (rc <= 0)
            return rc;
        int64_t at = line->offset;
        if (measure == BY_TURN) {
            at = trace_find_next(&history->trace, at, history->trace.size, "\"loop:turn\"");
            if (at < 0)
                return at == -1 ? 0 : (int)at;
        }
        rc = history_event_near(history, at, 1, line);
        if (rc <= 0)
            return rc;
        if (measure != BY_TURN || history->scan.kind == EV_LOOP_TURN)
            break;
        rc = trace_line_at(&history->trace, line->next, line);
    }
    *value = measure == BY_TIME     ? history->scan.t_ns
             : measure == BY_NUMBER ? (int64_t)history->scan.n
                                    : (int64_t)event_count(&history->scan, "turn", 0);
    return 1;
}

/*
 * The first line in low...high whose measure is at least `least`. 1, 0 when there is none, or a
 * negative errno.
 */
static int first_with(struct history *history, int64_t low, int64_t high, enum measure measure,
                      int64_t least, struct line *line)
{
    int64_t value, end = high;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int rc = measure_from(history, middle, measure, line, &value);
        if (rc < 0)
            return rc;
        if (rc == 0 || line->offset >= high || value >= least)
            high = middle;
        else
            low = line->next;
    }
    int rc = measure_from(history, low, measure, line, &value);
    if (rc <= 0)
        return rc;
    return line->offset < end && value >= least;
}

/* The part of the file that is run number `run`; false when there are not so many. */
static bool run_bounds(const struct history *history, size_t run, int64_t *low, int64_t *high)
{
    size_t begins = history->n_heads;
    bool headless = begins == 0 || history->heads[0] > 0;
    if (headless)
        run--; /* run 0 begins at the beginning, without a head: (size_t)-1 */
    if (run != (size_t)-1 && run >= begins)
        return false;
    *low = run == (size_t)-1 ? 0 : history->heads[run];
    *high = run + 1 < begins ? history->heads[run + 1] : history->trace.size;
    return true;
}

/* The run in which a line stands: its index. */
static size_t run_at(const struct history *history, int64_t offset)
{
    int64_t low, high;
    size_t run = 0;
    while (run + 1 < history->n_runs && run_bounds(history, run, &low, &high) && high <= offset)
        run++;
    return run;
}

/* To the last stop before `offset`, or else to the first there is. */
static int go_before(struct history *history, int64_t offset)
{
    struct line line;
    int rc = history_stop_near(history, offset, -1, &line);
    if (rc == 0)
        rc = history_stop_near(history, 0, 1, &line);
    return rc <= 0 ? rc : history_land(history, &line);
}

/* To the line, or to the first stop after it. */
static int go_from(struct history *history, int64_t offset)
{
    struct line line;
    int rc = history_stop_near(history, offset, 1, &line);
    if (rc == 0)
        rc = history_stop_near(history, history->trace.size, -1, &line);
    return rc <= 0 ? rc : history_land(history, &line);
}

/* ---- jumps ----------------------------------------------------------------------------------- */

int history_go_start(struct history *history)
{
    return go_from(history, 0);
}

int history_go_end(struct history *history)
{
    return go_before(history, history->trace.size);
}

/* To event n of the part low...high, or the nearest before it. 1; 0 when it has no event from n on. */
static int go_event_in(struct history *history, int64_t low, int64_t high, uint64_t n, bool *exact)
{
    struct line line;
    int rc = first_with(history, low, high, BY_NUMBER, (int64_t)n, &line);
    if (rc <= 0)
        return rc;
    *exact = history->scan.n == n;
    if (*exact && history_stops_at(history->scan.kind))
        return history_land(history, &line);
    return *exact ? go_from(history, line.offset) : go_before(history, line.offset);
}

/* What a move answers that ended elsewhere than it was asked to. */
static int missed(int rc)
{
    return rc < 0 ? rc : 0;
}

int history_go_event(struct history *history, uint64_t n)
{
    int64_t low, high;
    bool exact = false;
    for (size_t run = 0; run_bounds(history, run, &low, &high); run++) {
        int rc = go_event_in(history, low, high, n, &exact);
        if (rc != 0)
            return exact ? rc : missed(rc);
    }
    return missed(history_go_end(history));
}

int history_go_time(struct history *history, int64_t t_ns)
{
    struct line line;
    int64_t low, high;
    for (size_t run = 0; run_bounds(history, run, &low, &high); run++) {
        int rc = first_with(history, low, high, BY_TIME, t_ns < INT64_MAX ? t_ns + 1 : t_ns, &line);
        if (rc < 0)
            return rc;
        if (rc > 0 && line.offset == low)
            return go_from(history, low); /* the run's first event is later already */
        if (rc > 0)
            return go_before(history, line.offset);
    }
    return history_go_end(history);
}

int history_go_time_here(struct history *history, int64_t t_ns)
{
    struct line line;
    int64_t low = 0, high = history->trace.size;
    if (history->moment.event == NULL)
        return 0;
    run_bounds(history, run_at(history, history->moment.offset), &low, &high);
    int rc = first_with(history, low, high, BY_TIME, t_ns < INT64_MAX ? t_ns + 1 : t_ns, &line);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return missed(go_before(history, high));
    return line.offset == low ? go_from(history, low) : go_before(history, line.offset);
}

int history_go_turn(struct history *history, uint64_t turn)
{
    struct line line;
    int64_t low, high;
    for (size_t run = 0; run_bounds(history, run, &low, &high); run++) {
        int rc = first_with(history, low, high, BY_TURN, (int64_t)turn, &line);
        if (rc < 0)
            return rc;
        if (rc == 0)
            continue;
        bool exact = event_count(&history->scan, "turn", 0) == turn;
        rc = history_land(history, &line);
        return exact ? rc : missed(rc);
    }
    return missed(history_go_end(history));
}

/* ---- parts of the whole ---------------------------------------------------------------------- */

static uint64_t events_between(uint64_t n_first, uint64_t n_last)
{
    return n_last < n_first ? 1 : n_last - n_first + 1;
}

/* Counts the runs that have come since the last call. 0 or a negative errno. */
static int count_runs(struct history *history)
{
    struct line line;
    int64_t low, high;
    while (run_bounds(history, history->n_runs, &low, &high)) {
        struct run run = { 0 }, *more;
        int rc = history_event_near(history, low, 1, &line);
        if (rc <= 0)
            return rc;
        run.n_first = history->scan.n;
        if (history->n_runs > 0) {
            const struct run *last = &history->runs[history->n_runs - 1];
            if ((rc = history_event_near(history, low, -1, &line)) < 0)
                return rc;
            run.before = last->before + events_between(last->n_first, history->scan.n);
        }
        more = realloc(history->runs, (history->n_runs + 1) * sizeof *more);
        if (more == NULL)
            return -ENOMEM;
        history->runs = more;
        more[history->n_runs++] = run;
    }
    return 0;
}

/* Events before the last one, over all runs: what the last one's place is. */
static uint64_t last_place(const struct history *history)
{
    const struct run *last = &history->runs[history->n_runs - 1];
    return last->before + events_between(last->n_first, history->moment.n_last) - 1;
}

int history_measure(struct history *history)
{
    struct moment *moment = &history->moment;
    int rc = count_runs(history);
    moment->share = moment->at_end ? 1 : 0;
    if (rc < 0 || history->n_runs == 0 || moment->at_end || moment->event == NULL)
        return rc;
    const struct run *run = &history->runs[run_at(history, moment->offset)];
    uint64_t place = run->before + events_between(run->n_first, moment->n) - 1;
    uint64_t last = last_place(history);
    if (last > 0)
        moment->share = place < last ? (double)place / (double)last : 1;
    return 0;
}

int history_go_fraction(struct history *history, double fraction)
{
    int64_t low = 0, high = history->trace.size;
    bool exact;
    if (!(fraction > 0))
        return history_go_start(history);
    if (fraction >= 1 || history->n_runs == 0)
        return history_go_end(history);
    uint64_t place = (uint64_t)(fraction * (double)last_place(history) + 0.5);
    size_t run = history->n_runs - 1;
    while (run > 0 && history->runs[run].before > place)
        run--;
    run_bounds(history, run, &low, &high);
    uint64_t n = history->runs[run].n_first + (place - history->runs[run].before);
    int rc = go_event_in(history, low, high, n, &exact);
    return rc == 0 ? go_before(history, high) : rc;
}

int history_go_offset(struct history *history, int64_t offset)
{
    struct line line;
    int rc = trace_line_from(&history->trace, offset, &line);
    if (rc < 0)
        return rc;
    return rc == 0 ? history_go_end(history) : go_from(history, line.offset);
}

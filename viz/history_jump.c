/*
 * history_jump - to an event, a time, a turn: by halves.
 *
 * Any place in the file, the next line from there, its number: thirty looks find one line in a
 * gigabyte, and there is no index to build or to keep.
 *
 * Numbers and times only grow within one run; a file may hold several, joined end to end. Each head
 * begins a run, and a jump looks through the runs in order.
 */
#include "history_inside.h"

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

int history_go_event(struct history *history, uint64_t n)
{
    struct line line;
    int64_t low, high;
    for (size_t run = 0; run_bounds(history, run, &low, &high); run++) {
        int rc = first_with(history, low, high, BY_NUMBER, (int64_t)n, &line);
        if (rc < 0)
            return rc;
        if (rc == 0)
            continue;
        if (history->scan.n == n && history_stops_at(history->scan.kind))
            return history_land(history, &line);
        return history->scan.n == n ? go_from(history, line.offset)
                                    : go_before(history, line.offset);
    }
    return history_go_end(history);
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

int history_go_turn(struct history *history, uint64_t turn)
{
    struct line line;
    int64_t low, high;
    for (size_t run = 0; run_bounds(history, run, &low, &high); run++) {
        int rc = first_with(history, low, high, BY_TURN, (int64_t)turn, &line);
        if (rc < 0)
            return rc;
        if (rc > 0)
            return history_land(history, &line);
    }
    return history_go_end(history);
}

int history_go_fraction(struct history *history, double fraction)
{
    struct line line;
    if (!(fraction > 0))
        return history_go_start(history);
    if (fraction >= 1)
        return history_go_end(history);
    int rc =
        trace_line_from(&history->trace, (int64_t)(fraction * (double)history->trace.size), &line);
    if (rc < 0)
        return rc;
    return rc == 0 ? history_go_end(history) : go_from(history, line.offset);
}

int history_go_offset(struct history *history, int64_t offset)
{
    struct line line;
    int rc = trace_line_from(&history->trace, offset, &line);
    if (rc < 0)
        return rc;
    return rc == 0 ? history_go_end(history) : go_from(history, line.offset);
}

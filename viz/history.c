/*
 * history - a cursor on a trace.
 *
 * Moves are of two kinds. Steps look for the next line that the cursor stops at, by reading lines.
 * Jumps to an event, a time or a turn search the file by halves: any place in it, the next line
 * from there, its number: thirty looks find one line in a gigabyte, and there is no index to build
 * or to keep. Both end in land(), which makes the model of the place (history_place.c) and the
 * moment that is shown.
 *
 * Numbers and times only grow within one run; a file may hold several, joined end to end. Each
 * head begins a run, and a jump looks through the runs in order.
 */
#include "history_inside.h"
#include "explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CARRY_AT_OPEN = 64 << 20, FAULTS_TOLD = 100 };

bool history_stops_at(enum event_kind kind)
{
    return kind != EV_TRACE_SOURCE && kind != EV_TRACE_STATE;
}

/* ---- bad lines ------------------------------------------------------------------------------- */

void history_tell_bad_line(struct history *history, const struct line *line, const char *what)
{
    for (size_t i = 0; i < history->n_faults; i++)
        if (history->faults[i] == line->offset)
            return;
    if (history->n_faults >= FAULTS_TOLD)
        return;
    int64_t *more = realloc(history->faults, (history->n_faults + 1) * sizeof *more);
    if (more == NULL)
        return;
    history->faults = more;
    more[history->n_faults++] = line->offset;
    if (history->fault != NULL)
        history->fault(history->fault_context, trace_line_number(&history->trace, line->offset),
                       what);
}

/*
 * What is wrong with a line that could not be read, or NULL while the last one may still be
 * growing.
 */
static const char *bad_line(const struct history *history, const struct line *line,
                            const char *fault)
{
    if (line->too_long)
        return "the line is longer than 4 MiB: passed over";
    if (!line->whole && line->next >= history->trace.size)
        return NULL;
    return fault;
}

int history_event_near(struct history *history, int64_t offset, int direction, struct line *line)
{
    for (;;) {
        int rc = direction > 0 ? trace_line_at(&history->trace, offset, line)
                               : trace_line_before(&history->trace, offset, line);
        if (rc <= 0)
            return rc;
        if (!line->too_long && (rc = event_parse(&history->scan, line->text)) == 0)
            return 1;
        if (rc == -ENOMEM)
            return rc;
        struct line told = *line;
        const char *what = bad_line(history, line, history->scan.fault);
        char room[sizeof history->scan.fault];
        if (what != NULL) {
            memcpy(room, history->scan.fault, sizeof room);
            history_tell_bad_line(history, &told, what == history->scan.fault ? room : what);
        }
        offset = direction > 0 ? told.next : told.offset;
    }
}

void history_on_fault(struct history *history, history_fault_fn *fault, void *context)
{
    history->fault = fault;
    history->fault_context = context;
}

uint64_t history_faults(const struct history *history)
{
    return history->n_faults;
}

const char *history_name(const struct history *history)
{
    return history->trace.name;
}

/* ---- the moment ------------------------------------------------------------------------------ */

const struct moment *history_moment(const struct history *history)
{
    return &history->moment;
}

/* The trace's last event, for what is said about the whole. */
static int look_at_end(struct history *history)
{
    struct moment *moment = &history->moment;
    struct line line;
    moment->size = history->trace.size;
    int rc = history_event_near(history, moment->size, -1, &line);
    if (rc <= 0)
        return rc;
    moment->t_last_ns = history->scan.t_ns;
    moment->n_last = history->scan.n;
    moment->complete = history->scan.kind == EV_TRACE_END;
    return 0;
}

/*
 * The next line that the cursor stops at, from `offset` on (or before it). As
 * history_event_near().
 */
static int stop_near(struct history *history, int64_t offset, int direction, struct line *line)
{
    for (;;) {
        int rc = history_event_near(history, offset, direction, line);
        if (rc <= 0 || history_stops_at(history->scan.kind))
            return rc;
        offset = direction > 0 ? line->next : line->offset;
    }
}

/* The line at the cursor may have been the last one, without its LF yet. */
static int refresh_line(struct history *history)
{
    struct line line;
    if (history->moment.event == NULL || history->whole)
        return 0;
    int rc = trace_line_at(&history->trace, history->moment.offset, &line);
    if (rc > 0) {
        history->moment.next = line.next;
        history->whole = line.whole;
    }
    return rc < 0 ? rc : 0;
}

static int look_ahead(struct history *history)
{
    struct line line;
    int rc = stop_near(history, history->moment.next, 1, &line);
    history->moment.at_end = rc <= 0;
    return rc < 0 ? rc : 0;
}

/* Puts the cursor on the event whose line this is. 1 or a negative errno. */
static int land(struct history *history, const struct line *found)
{
    struct line line;
    int64_t offset = found->offset;
    int rc = history_place(history, offset);
    history->moment.model = history->model;
    if (rc < 0)
        return rc;
    rc = trace_line_at(&history->trace, offset, &line);
    if (rc <= 0)
        return rc < 0 ? rc : -ESTALE;
    if (str_set(&history->text, line.text) < 0)
        return -ENOMEM;
    rc = event_parse(&history->event, str_slice(&history->text));
    if (rc < 0)
        return rc;
    explain(history->sentence, sizeof history->sentence, &history->event, history->model);
    history->whole = line.whole;
    struct moment *moment = &history->moment;
    moment->event = &history->event;
    moment->sentence = history->sentence;
    moment->offset = offset;
    moment->next = line.next;
    moment->t_ns = history->event.t_ns;
    moment->n = history->event.n;
    rc = look_ahead(history);
    return rc < 0 ? rc : 1;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Another format, or a version that is newer than this reader. */
static int check_head(struct history *history)
{
    struct line line;
    int rc = history_event_near(history, 0, 1, &line);
    if (rc <= 0 || history->scan.kind != EV_TRACE_HEAD)
        return rc < 0 ? rc : 0;
    return event_count(&history->scan, "version", 1) > 1 ? -EPROTONOSUPPORT : 0;
}

int history_open(struct history **out, int fd, const char *name)
{
    struct history *history = calloc(1, sizeof *history);
    *out = NULL;
    if (history == NULL) {
        close(fd);
        return -ENOMEM;
    }
    event_init(&history->event);
    event_init(&history->scan);
    history->moment = (struct moment){ .sentence = history->sentence, .at_end = true };
    int rc = trace_open_fd(&history->trace, fd, name);
    if (rc == 0 && !history->trace.seekable)
        rc = -ESPIPE;
    if (rc == 0 && (history->model = model_create()) == NULL)
        rc = -ENOMEM;
    history->moment.model = history->model;
    if (rc == 0)
        rc = check_head(history);
    if (rc == 0)
        rc = look_at_end(history);
    if (rc == 0)
        rc = history_carry_on(history, CARRY_AT_OPEN);
    if (rc >= 0)
        rc = history_go_start(history);
    if (rc < 0) {
        history_close(history);
        return rc;
    }
    /* Those who ask for faults come after us: tell them again. */
    history->n_faults = 0;
    *out = history;
    return 0;
}

void history_close(struct history *history)
{
    if (history == NULL)
        return;
    history_place_fini(history);
    history_carry_fini(history);
    event_fini(&history->event);
    event_fini(&history->scan);
    str_fini(&history->text);
    free(history->faults);
    trace_close(&history->trace);
    free(history);
}

int history_poll(struct history *history)
{
    int rc = trace_poll(&history->trace);
    if (rc <= 0)
        return rc;
    if ((rc = refresh_line(history)) < 0 || (rc = look_at_end(history)) < 0)
        return rc;
    if (history->trace.size - history->carried_to <= CARRY_AT_OPEN &&
        (rc = history_carry_on(history, CARRY_AT_OPEN)) < 0)
        return rc;
    if (history->moment.event == NULL) {
        if ((rc = check_head(history)) < 0 || (rc = history_go_start(history)) < 0)
            return rc;
    } else if ((rc = look_ahead(history)) < 0) {
        return rc;
    }
    return 1;
}

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
    int rc = stop_near(history, offset, -1, &line);
    if (rc == 0)
        rc = stop_near(history, 0, 1, &line);
    return rc <= 0 ? rc : land(history, &line);
}

/* To the line, or to the first stop after it. */
static int go_from(struct history *history, int64_t offset)
{
    struct line line;
    int rc = stop_near(history, offset, 1, &line);
    if (rc == 0)
        rc = stop_near(history, history->trace.size, -1, &line);
    return rc <= 0 ? rc : land(history, &line);
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
            return land(history, &line);
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
            return land(history, &line);
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

/* ---- steps ----------------------------------------------------------------------------------- */

int history_step_to(struct history *history, int direction, history_want_fn *want, void *context)
{
    struct line line;
    int64_t offset = direction > 0 ? history->moment.next : history->moment.offset;
    int rc;
    while ((rc = stop_near(history, offset, direction, &line)) > 0) {
        if (want(context, &history->scan))
            return land(history, &line);
        offset = direction > 0 ? line.next : line.offset;
    }
    return rc;
}

int history_step(struct history *history, int64_t events)
{
    struct line line, last = { 0 };
    int direction = events < 0 ? -1 : 1, rc = 0;
    int64_t offset = direction > 0 ? history->moment.next : history->moment.offset;
    bool found = false;
    for (uint64_t left = events < 0 ? 0 - (uint64_t)events : (uint64_t)events; left > 0; left--) {
        rc = stop_near(history, offset, direction, &line);
        if (rc <= 0)
            break;
        last = line;
        found = true;
        offset = direction > 0 ? line.next : line.offset;
    }
    if (rc < 0 || !found)
        return rc < 0 ? rc : 0;
    return land(history, &last);
}

/*
 * Steps from line to line in which `needle` stands, to one that is wanted: faster than reading
 * them all.
 */
static int step_by_needle(struct history *history, int direction, const char *needle,
                          history_want_fn *want)
{
    struct trace *trace = &history->trace;
    struct line line;
    int64_t offset = direction > 0 ? history->moment.next : history->moment.offset;
    if (history->moment.event == NULL)
        return 0;
    for (;;) {
        int64_t at = direction > 0 ? trace_find_next(trace, offset, trace->size, needle)
                                   : trace_find_back(trace, offset, 0, needle);
        if (at < 0)
            return at == -1 ? 0 : (int)at;
        int rc = trace_line_at(trace, at, &line);
        if (rc <= 0)
            return rc;
        if (!line.too_long && event_parse(&history->scan, line.text) == 0 &&
            want(NULL, &history->scan))
            return land(history, &line);
        offset = direction > 0 ? line.next : line.offset;
    }
}

static bool is_turn(void *context, const struct event *event)
{
    (void)context;
    return event->kind == EV_LOOP_TURN;
}

static bool is_note(void *context, const struct event *event)
{
    (void)context;
    return event->kind == EV_NOTE_SAY || event->kind == EV_NOTE_MARK || event->kind == EV_NOTE_ASK;
}

int history_step_turn(struct history *history, int direction)
{
    return step_by_needle(history, direction, "\"loop:turn\"", is_turn);
}

int history_step_note(struct history *history, int direction)
{
    return step_by_needle(history, direction, "\"note:", is_note);
}

int history_peek(struct history *history, int64_t *t_ns, enum event_kind *kind)
{
    struct line line;
    int rc = stop_near(history, history->moment.next, 1, &line);
    if (rc > 0) {
        *t_ns = history->scan.t_ns;
        *kind = history->scan.kind;
    }
    return rc;
}

/*
 * history - a cursor on a trace.
 *
 * Steps look for the next line that the cursor stops at, by reading lines; jumps are in
 * history_jump.c. Both end in history_land(), which makes the model of the place
 * (history_place.c) and the moment that is shown.
 */
#include "history_inside.h"
#include "told.h"
#include "explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CARRY_AT_OPEN = 16 << 20, FAULTS_TOLD = 100 };

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

/* A line that is still being written. State records come in parts of up to 1 MiB: to try each piece is slow. */
static bool is_half(const struct line *line)
{
    return !line->whole && (line->text.len == 0 || line->text.at[line->text.len - 1] != '}');
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
    return is_half(line) ? "the line is cut" : fault;
}

int history_event_near(struct history *history, int64_t offset, int direction, struct line *line)
{
    for (;;) {
        int rc = direction > 0 ? trace_line_at(&history->trace, offset, line)
                               : trace_line_before(&history->trace, offset, line);
        if (rc <= 0)
            return rc;
        if (!line->too_long && !is_half(line) &&
            (rc = event_parse(&history->scan, line->text)) == 0)
            return 1;
        if (rc == -ENOMEM)
            return rc;
        struct line told = *line;
        const char *what = bad_line(history, line, history->scan.fault);
        if (what != NULL)
            history_tell_bad_line(history, &told, what);
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
int history_stop_near(struct history *history, int64_t offset, int direction, struct line *line)
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
        history->moment.next = history->taken = line.next;
        history->whole = line.whole;
    }
    return rc < 0 ? rc : 0;
}

/*
 * What the trace tells between this event and the next belongs to this moment: a state record is
 * the loop after event n, and a viewer that has just attached has nothing else yet.
 */
static int take_in_records(struct history *history)
{
    struct line line;
    int rc;
    if (history->moment.event == NULL || !history->whole)
        return 0;
    while ((rc = history_event_near(history, history->taken, 1, &line)) > 0 && line.whole &&
           !history_stops_at(history->scan.kind)) {
        if ((rc = model_apply(history->model, &history->scan)) < 0)
            break;
        history->taken = line.next;
    }
    return rc < 0 ? rc : 0;
}

static int look_ahead(struct history *history)
{
    struct line line;
    int rc = take_in_records(history);
    if (rc == 0)
        rc = history_stop_near(history, history->taken, 1, &line);
    history->moment.at_end = rc <= 0;
    return rc < 0 ? rc : history_measure(history);
}

/* Puts the cursor on the event whose line this is. 1 or a negative errno. */
int history_land(struct history *history, const struct line *found)
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
    if (rc == 0 && (history->teller = teller_create()) == NULL)
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
    teller_destroy(history->teller);
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

/* ---- steps ----------------------------------------------------------------------------------- */

int history_step_to(struct history *history, int direction, history_want_fn *want, void *context)
{
    struct line line;
    int64_t offset = direction > 0 ? history->moment.next : history->moment.offset;
    int rc;
    while ((rc = history_stop_near(history, offset, direction, &line)) > 0) {
        if (want(context, &history->scan))
            return history_land(history, &line);
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
        rc = history_stop_near(history, offset, direction, &line);
        if (rc <= 0)
            break;
        last = line;
        found = true;
        offset = direction > 0 ? line.next : line.offset;
    }
    if (rc < 0 || !found)
        return rc < 0 ? rc : 0;
    return history_land(history, &last);
}

/* From line to line in which the words stand: faster than reading them all. */
int history_step_turn(struct history *history, int direction)
{
    static char const words[] = "\"loop:turn\"";
    struct trace *trace = &history->trace;
    struct line line;
    int64_t offset = direction > 0 ? history->moment.next : history->moment.offset;
    if (history->moment.event == NULL)
        return 0;
    for (;;) {
        int64_t at = direction > 0 ? trace_find_next(trace, offset, trace->size, words)
                                   : trace_find_back(trace, offset, 0, words);
        if (at < 0)
            return at == -1 ? 0 : (int)at;
        int rc = trace_line_at(trace, at, &line);
        if (rc <= 0)
            return rc;
        if (!line.too_long && event_parse(&history->scan, line.text) == 0 &&
            history->scan.kind == EV_LOOP_TURN)
            return history_land(history, &line);
        offset = direction > 0 ? line.next : line.offset;
    }
}

int history_peek(struct history *history, int64_t *t_ns, enum event_kind *kind)
{
    struct line line;
    int rc = history_stop_near(history, history->taken, 1, &line);
    if (rc > 0) {
        *t_ns = history->scan.t_ns;
        *kind = history->scan.kind;
    }
    return rc;
}

/*
 * stats - a reducer from events to figures.
 *
 * It needs no model of the loop: each figure is a sum over the events of one kind. What is
 * remembered from event to event is the step that runs, and the functions of the calls that are
 * ready. So it reads as fast as lines can be taken apart.
 */
#include "stats.h"
#include "pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCE_BYTES = 8 << 20 };

void stats_init(struct stats *stats)
{
    *stats = (struct stats){ 0 };
}

static void name_free(struct stats_name *name)
{
    if (name != NULL)
        str_fini(&name->name);
    free(name);
}

void stats_fini(struct stats *stats)
{
    for (size_t i = 0; i < stats->n_names; i++)
        name_free(stats->names[i]);
    for (size_t i = 0; i < STATS_SLOWEST; i++) {
        str_fini(&stats->slowest[i].id);
        str_fini(&stats->slowest[i].src);
        str_fini(&stats->slowest[i].fn);
    }
    for (size_t i = 0; i < stats->n_sources; i++) {
        str_fini(&stats->sources[i].file);
        str_fini(&stats->sources[i].text);
    }
    free(stats->sources);
    table_fini(&stats->table);
    str_fini(&stats->program);
    str_fini(&stats->running);
    str_fini(&stats->running_src);
    str_fini(&stats->running_fn);
    str_fini(&stats->late_call);
    calls_fini(&stats->calls);
    model_destroy(stats->record);
}

/* ---- names ----------------------------------------------------------------------------------- */

static struct stats_name *name_add(struct stats *stats, struct slice text)
{
    struct stats_name *name = calloc(1, sizeof *name);
    if (name == NULL || str_set(&name->name, text) < 0 || table_add(&stats->table, name) < 0) {
        name_free(name);
        return NULL;
    }
    stats->names[stats->n_names++] = name;
    return name;
}

/* The row of this name; one row takes all that come after the first thousand. */
static struct stats_name *row_of(struct stats *stats, struct slice text)
{
    struct stats_name *name = table_find(&stats->table, text);
    if (name != NULL)
        return name;
    if (stats->n_names < STATS_NAMES)
        return name_add(stats, text);
    if (stats->others == NULL)
        stats->others = name_add(stats, slice_of("(all others)"));
    return stats->others;
}

/* "handler" of handler#7; "call (tick)" of a call whose function is known. */
static struct stats_name *name_of(struct stats *stats, struct slice id, struct slice fn)
{
    static const char before[] = "call (";
    enum { BEFORE = sizeof before - 1, FN_MAX = 100 };
    char room[BEFORE + FN_MAX + 1];
    size_t len = fn.len < FN_MAX ? fn.len : FN_MAX;
    if (len == 0)
        return row_of(stats, id_name(id));
    memcpy(room, before, BEFORE);
    memcpy(room + BEFORE, fn.at, len);
    room[BEFORE + len] = ')';
    return row_of(stats, (struct slice){ room, BEFORE + len + 1 });
}

/* ---- steps ----------------------------------------------------------------------------------- */

static int step_begins(struct stats *stats, const struct event *event, struct slice id)
{
    if (calls_take(&stats->calls, id, &stats->running_fn) < 0)
        return -ENOMEM;
    struct stats_name *name = name_of(stats, id, str_slice(&stats->running_fn));
    if (name == NULL)
        return -ENOMEM;
    if (event_has(event, "waited"))
        spread_add(&name->waits, event_ns(event, "waited", 0));
    stats->running_row = name;
    stats->running_step = event_count(event, "step", 0);
    return str_set(&stats->running_src, event_text(event, "src")) < 0
               ? -ENOMEM
               : str_set(&stats->running, id);
}

/* Keeps it when it is one of the slowest: the list is short and in order. */
static int keep_slowest(struct stats *stats, const struct event *event, struct slice id,
                        int64_t took_ns)
{
    size_t at = stats->n_slowest;
    while (at > 0 && stats->slowest[at - 1].took_ns < took_ns)
        at--;
    if (at == STATS_SLOWEST || took_ns == 0)
        return 0;
    if (stats->n_slowest < STATS_SLOWEST)
        stats->n_slowest++;
    struct stats_step last = stats->slowest[stats->n_slowest - 1];
    memmove(&stats->slowest[at + 1], &stats->slowest[at],
            (stats->n_slowest - 1 - at) * sizeof last);
    struct stats_step *step = &stats->slowest[at];
    bool is_known = str_is(&stats->running, id);
    *step = last; /* its strings are used again */
    step->t_ns = event->t_ns;
    step->n = event->n;
    step->took_ns = took_ns;
    step->step = is_known ? stats->running_step : 0;
    struct slice src = is_known ? str_slice(&stats->running_src) : (struct slice){ 0 };
    struct slice fn = is_known ? str_slice(&stats->running_fn) : (struct slice){ 0 };
    return str_set(&step->id, id) < 0 || str_set(&step->src, src) < 0 ? -ENOMEM
                                                                      : str_set(&step->fn, fn);
}

static int step_ends(struct stats *stats, const struct event *event, struct slice id)
{
    struct stats_name *name =
        str_is(&stats->running, id) ? stats->running_row : name_of(stats, id, (struct slice){ 0 });
    int64_t took = event_ns(event, "took", 0);
    if (name == NULL)
        return -ENOMEM;
    spread_add(&name->steps, took);
    stats->totals.busy_ns = ns_sum(stats->totals.busy_ns, took);
    return keep_slowest(stats, event, id, took);
}

/* Of the call that a timer fired for the function is known now, or it never will be. */
static int late_call_is(struct stats *stats, struct slice fn)
{
    struct stats_name *name;
    if (stats->late_call.len == 0)
        return 0;
    if ((name = name_of(stats, str_slice(&stats->late_call), fn)) == NULL)
        return -ENOMEM;
    spread_add(&name->lates, stats->late_ns);
    str_clear(&stats->late_call);
    return 0;
}

static int timer_fires(struct stats *stats, const struct event *event)
{
    struct slice wakes = event_text(event, "wakes");
    int64_t late = event_ns(event, "late", 0);
    stats->totals.timers++;
    if (late > stats->totals.late_max_ns)
        stats->totals.late_max_ns = late;
    if (str_set(&stats->late_call, wakes) < 0)
        return -ENOMEM;
    stats->late_ns = late;
    return slice_is(id_name(wakes), "call") ? 0 : late_call_is(stats, (struct slice){ 0 });
}

static int call_ready(struct stats *stats, const struct event *event)
{
    return calls_ready(&stats->calls, event_text(event, "call"), event_text(event, "fn"));
}

static int task_made(struct stats *stats, struct slice id)
{
    struct stats_name *name = name_of(stats, id, (struct slice){ 0 });
    if (name == NULL)
        return -ENOMEM;
    name->tasks++;
    stats->tasks++;
    return 0;
}

static void task_done(struct stats *stats, const struct event *event)
{
    struct slice how = event_text(event, "how");
    stats->returned += slice_is(how, "returned");
    stats->cancelled += slice_is(how, "cancelled");
    stats->failed += slice_is(how, "failed");
}

/* ---- what the trace says of itself ----------------------------------------------------------- */

static int source_came(struct stats *stats, const struct event *event)
{
    struct slice file = event_text(event, "file"), text = event_text(event, "text");
    if (text.len == 0 || event_count(event, "of", 1) > 1 ||
        stats->source_bytes + text.len > SOURCE_BYTES)
        return 0;
    struct stats_source *more =
        realloc(stats->sources, (stats->n_sources + 1) * sizeof *stats->sources);
    if (more == NULL)
        return -ENOMEM;
    stats->sources = more;
    more[stats->n_sources] = (struct stats_source){ 0 };
    stats->n_sources++;
    stats->source_bytes += text.len;
    return str_set(&more[stats->n_sources - 1].file, file) < 0
               ? -ENOMEM
               : str_set(&more[stats->n_sources - 1].text, text);
}

static int64_t ns_less(int64_t a, int64_t b)
{
    return ns_sum(a, b == INT64_MIN ? INT64_MAX : -b);
}

/* Of two counts of one thing: how far the second is beyond the first, for each of the totals. */
static struct totals totals_less(const struct totals *a, const struct totals *b)
{
    struct totals less = *a;
    less.turns -= b->turns;
    less.steps -= b->steps;
    less.calls -= b->calls;
    less.timers -= b->timers;
    less.accepted -= b->accepted;
    less.in -= b->in;
    less.out -= b->out;
    less.busy_ns = ns_less(a->busy_ns, b->busy_ns);
    less.waited_ns = ns_less(a->waited_ns, b->waited_ns);
    return less;
}

/*
 * A state record tells what the program counted. At the beginning of a piece that is where we
 * count from; after a gap it is where we are.
 */
static int state_came(struct stats *stats, const struct event *event)
{
    if (!stats->headless && !stats->after_gap)
        return 0;
    if (stats->record == NULL && (stats->record = model_create()) == NULL)
        return -ENOMEM;
    int rc = model_apply(stats->record, event);
    if (rc < 0 || event_count(event, "part", 1) != event_count(event, "of", 1))
        return rc;
    struct totals truth = stats->record->totals;
    if (stats->headless) {
        stats->base = totals_less(&truth, &stats->totals);
    } else {
        int64_t late_max = stats->totals.late_max_ns;
        stats->totals = totals_less(&truth, &stats->base);
        stats->totals.late_max_ns = late_max > truth.late_max_ns ? late_max : truth.late_max_ns;
    }
    stats->headless = stats->after_gap = false;
    return 0;
}

/* The run at hand is over: what comes counts from 0 again. */
static int run_ends(struct stats *stats)
{
    struct totals zero = { 0 };
    if (stats->begun)
        stats->spent_ns = ns_sum(stats->spent_ns, stats->last_ns - stats->first_ns);
    stats->base = totals_less(&zero, &stats->totals);
    stats->begun = stats->after_gap = false;
    stats->n = 0;
    return late_call_is(stats, (struct slice){ 0 });
}

static int head_came(struct stats *stats, const struct event *event)
{
    int rc = run_ends(stats);
    stats->runs++;
    stats->n = event->n;
    stats->headless = event->n > 0; /* the head of a rotated piece */
    if (!stats->headless)
        calls_fini(&stats->calls);
    return rc < 0 ? rc : str_set(&stats->program, event_text(event, "program"));
}

/* Numbers and times. */
static void count_event(struct stats *stats, const struct event *event)
{
    if (!stats->begun) {
        stats->first_ns = event->t_ns;
        if (event->kind == EV_TRACE_STATE && stats->runs == 0)
            stats->headless = true;
        if (stats->runs == 0)
            stats->runs = 1;
        stats->n = event_kind_is_sink(event->kind) || event->n == 0 ? event->n : event->n - 1;
    }
    stats->begun = true;
    if (event->t_ns > stats->last_ns || stats->last_ns < stats->first_ns)
        stats->last_ns = event->t_ns;
    stats->kinds[event->kind]++;
    if (event_kind_is_sink(event->kind))
        return;
    stats->events++;
    if (event->n != stats->n + 1)
        stats->holes++;
    stats->n = event->n;
}

/* The call:ready that a timer:fire causes is the program's next event, or follows its warning. */
static int name_late_call(struct stats *stats, const struct event *event)
{
    bool is_it =
        event->kind == EV_CALL_READY && str_is(&stats->late_call, event_text(event, "call"));
    if (event_kind_is_sink(event->kind) || event->kind == EV_WARN_LATE_TIMER)
        return 0;
    return late_call_is(stats, is_it ? event_text(event, "fn") : (struct slice){ 0 });
}

int stats_add(struct stats *stats, const struct event *event)
{
    struct totals *totals = &stats->totals;
    int rc = event->kind == EV_TRACE_HEAD ? head_came(stats, event) : 0;
    if (rc < 0 || (rc = name_late_call(stats, event)) < 0)
        return rc;
    if (event->kind == EV_TRACE_HEAD)
        stats->last_ns = event->t_ns;
    count_event(stats, event);
    switch (event->kind) {
    case EV_TRACE_SOURCE: return source_came(stats, event);
    case EV_TRACE_STATE: return state_came(stats, event);
    case EV_TRACE_GAP:
        stats->lost += event_count(event, "lost", 0);
        stats->n = event->n;
        stats->after_gap = true;
        calls_fini(&stats->calls);
        return 0;
    case EV_LOOP_TURN: totals->turns++; return 0;
    case EV_SELECT_LEAVE:
        totals->waited_ns = ns_sum(totals->waited_ns, event_ns(event, "took", 0));
        return 0;
    case EV_TASK_NEW: return task_made(stats, event_text(event, "task"));
    case EV_TASK_DONE: task_done(stats, event); return 0;
    case EV_TASK_BEGIN:
        totals->steps++;
        return step_begins(stats, event, event_text(event, "task"));
    case EV_TASK_END: return step_ends(stats, event, event_text(event, "task"));
    case EV_CALL_READY: return call_ready(stats, event);
    case EV_CALL_CANCEL: return calls_take(&stats->calls, event_text(event, "call"), NULL);
    case EV_CALL_BEGIN:
        totals->calls++;
        return step_begins(stats, event, event_text(event, "call"));
    case EV_CALL_END: return step_ends(stats, event, event_text(event, "call"));
    case EV_TIMER_FIRE: return timer_fires(stats, event);
    case EV_SERVER_ACCEPT: totals->accepted++; return 0;
    case EV_CONN_READ: totals->in += event_count(event, "bytes", 0); return 0;
    case EV_CONN_WRITE: totals->out += event_count(event, "bytes", 0); return 0;
    default: return 0;
    }
}

/* ---- a file ---------------------------------------------------------------------------------- */

int stats_print(const char *path, bool json, FILE *out)
{
    struct stats stats;
    struct pass pass;
    uint64_t holes = 0;
    stats_init(&stats);
    int rc = pass_open(&pass, path, "counting");
    while (rc >= 0 && (rc = pass_next(&pass)) > 0) {
        if ((rc = stats_add(&stats, pass.event)) < 0)
            break;
        if (stats.holes > holes)
            pass_fault(&pass, "a hole in n, and no trace:gap that tells of it");
        holes = stats.holes;
    }
    int ended = run_ends(&stats);
    if (rc >= 0 && ended < 0)
        rc = ended;
    uint64_t faults = pass.faults;
    bool any = pass.any;
    int status = pass_close(&pass, rc);
    if (rc >= 0 && any && json)
        stats_say_json(&stats, faults, out);
    else if (rc >= 0 && any)
        stats_say(&stats, out);
    stats_fini(&stats);
    return status;
}

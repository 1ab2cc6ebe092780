/*
 * check - a trace held against its own state records, and against the rules of the format.
 *
 * The model does the rebuilding and tells what can't be; here are the rules that need no loop:
 * numbering, heads and ends, gaps, ids. At most a hundred faults are told in full, since the first
 * one is usually the cause of the rest.
 */
#include "check.h"
#include "model.h"
#include "pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TOLD = 100 };

/* Ids that were made, by their number: one bit each. */
struct made {
    uint64_t *words;
    size_t n_words;
};

struct check {
    struct trace trace;
    struct model *model;
    const struct event *event; /* the present one */
    FILE *out;
    struct check_result *result;
    int64_t number; /* of the line */

    bool any, ended, refused;
    uint64_t n, gap_lost;
    bool after_gap; /* a state record has to come */
    struct made made;
};

/* ---- telling --------------------------------------------------------------------------------- */

static void tell(struct check *check, const char *what)
{
    if (check->result->faults++ < TOLD)
        fprintf(check->out, "%s:%lld: %s\n", check->trace.name, (long long)check->number, what);
}

/* A fault of the event at hand: its number and kind, what was expected, what was found. */
static void fault(struct check *check, const char *expected, const char *found)
{
    char room[1024];
    struct say say;
    say_init(&say, room, sizeof room);
    say_f(&say, "n %llu ", (unsigned long long)check->event->n);
    say_clean(&say, check->event->ev, 40);
    say_f(&say, ": expected %s; found %s", expected, found);
    tell(check, room);
}

static void on_model_fault(void *context, const char *expected, const char *found)
{
    fault(context, expected, found);
}

static void fault_number(struct check *check, const char *what, uint64_t expected, uint64_t found)
{
    char one[100], other[40];
    if (expected == found)
        return;
    snprintf(one, sizeof one, "%s %llu", what, (unsigned long long)expected);
    snprintf(other, sizeof other, "%llu", (unsigned long long)found);
    fault(check, one, other);
}

/* ---- ids ------------------------------------------------------------------------------------- */

/*
 * Notes that the number is taken. False when it was before. Numbers far beyond what came so far
 * are not kept.
 */
static bool make_once(struct check *check, uint64_t number)
{
    struct made *made = &check->made;
    size_t word = (size_t)(number / 64);
    uint64_t bit = UINT64_C(1) << number % 64;
    if (number > 16 * check->n + (1 << 20))
        return true;
    if (word >= made->n_words) {
        size_t n_words = 2 * word + 64;
        uint64_t *words = realloc(made->words, n_words * sizeof *words);
        if (words == NULL)
            return true;
        memset(words + made->n_words, 0, (n_words - made->n_words) * sizeof *words);
        made->words = words;
        made->n_words = n_words;
    }
    bool first = (made->words[word] & bit) == 0;
    made->words[word] |= bit;
    return first;
}

/*
 * The key whose id this event makes, or NULL. Calls and outgoing connections are mentioned again
 * later.
 */
static const char *makes(const struct event *event)
{
    switch (event->kind) {
    case EV_TASK_NEW: return "task";
    case EV_TIMER_SET: return "timer";
    case EV_SERVER_ACCEPT: return "conn";
    default: return NULL;
    }
}

static void check_id(struct check *check)
{
    const char *key = makes(check->event);
    if (key == NULL)
        return;
    struct slice id = event_text(check->event, key);
    uint64_t number = id_number(id);
    char room[120];
    struct say say;
    if (number == 0) {
        fault(check, "an id like name#N", id.len > 0 ? "another form" : "none");
    } else if (!make_once(check, number)) {
        say_init(&say, room, sizeof room);
        say_add(&say, "a number that was never used for ");
        say_clean(&say, id, 60);
        fault(check, room, "one that was");
    }
}

/* ---- heads, numbers, ends -------------------------------------------------------------------- */

static void check_head(struct check *check)
{
    const struct event *event = check->event;
    struct slice format = event_text(event, "format");
    char room[100];
    if (!slice_is(format, "loopscope"))
        fault(check, "format loopscope", format.len > 0 ? "another format" : "none");
    if (event_count(event, "version", 1) > 1) {
        snprintf(room, sizeof room, "version %llu; a newer loopscope reads it",
                 (unsigned long long)event_count(event, "version", 1));
        fault(check, "version 1, which is all that this loopscope knows", room);
        check->refused = true;
    }
    check->result->runs++;
    check->n = event->n;
    check->ended = check->after_gap = false;
    check->gap_lost = 0;
    memset(check->made.words != NULL ? check->made.words : (uint64_t[1]){ 0 }, 0,
           check->made.n_words * sizeof *check->made.words);
}

static void check_gap(struct check *check)
{
    const struct event *event = check->event;
    uint64_t from = event_count(event, "from", 0), to = event_count(event, "to", 0);
    uint64_t lost = event_count(event, "lost", 0);
    fault_number(check, "the gap to begin at n", check->n + 1, from);
    if (to >= from)
        fault_number(check, "lost", to - from + 1, lost);
    fault_number(check, "the gap's n to be its last,", to, event->n);
    check->result->lost += lost;
    check->gap_lost += lost;
    check->after_gap = true;
    check->n = event->n;
}

static void check_end(struct check *check)
{
    const struct event *event = check->event;
    fault_number(check, "n", check->n, event->n);
    if (event_has(event, "events"))
        fault_number(check, "events", event->n, event_count(event, "events", 0));
    if (event_has(event, "lost") && event_count(event, "lost", 0) < check->gap_lost)
        fault_number(check, "lost", check->gap_lost, event_count(event, "lost", 0));
    check->ended = true;
}

/* The rules about lines that stand before the model sees the event. */
static void check_order(struct check *check)
{
    const struct event *event = check->event;
    if (check->ended && event->kind != EV_TRACE_HEAD)
        fault(check, "nothing but a new trace:head after trace:end", "this");
    if (!check->any && event->kind != EV_TRACE_HEAD) {
        check->n = event->kind == EV_TRACE_STATE ? event->n : 0;
        check->result->runs = 1;
        if (event->kind != EV_TRACE_STATE)
            fault(check, "trace:head or trace:state to begin with", "neither");
        if (event->n > 0 && event->kind != EV_TRACE_STATE)
            check->n = event->n - 1; /* said once is enough */
    }
    check->any = true;
    if (event->kind == EV_TRACE_HEAD) {
        check_head(check);
    } else if (event->kind == EV_TRACE_GAP) {
        check_gap(check);
    } else if (event->kind == EV_TRACE_END) {
        check_end(check);
    } else if (event_kind_is_sink(event->kind)) {
        fault_number(check, "n", check->n, event->n);
        check->after_gap = check->after_gap && event->kind != EV_TRACE_STATE;
    } else {
        fault_number(check, "n", check->n + 1, event->n);
        if (check->after_gap)
            fault(check, "a trace:state after trace:gap", "none");
        check->after_gap = false;
        check->n = event->n;
        check->result->events++;
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

static int check_event(struct check *check)
{
    check_order(check);
    if (check->refused)
        return 0;
    check_id(check);
    if (check->event->kind == EV_TRACE_STATE)
        check->result->records +=
            event_count(check->event, "part", 1) == event_count(check->event, "of", 1);
    return model_apply(check->model, check->event);
}

static int check_line(struct check *check, const struct taken *taken)
{
    check->event = &taken->event;
    if (taken->line.too_long)
        tell(check, "the line is longer than 4 MiB");
    else if (taken->rc != -EINVAL)
        return taken->rc < 0 ? taken->rc : check_event(check);
    else if (!taken->line.whole)
        fprintf(check->out, "%s:%lld: the last line is cut: it counts for nothing\n",
                check->trace.name, (long long)check->number);
    else
        tell(check, taken->event.fault);
    return 0;
}

static int check_lines(struct check *check)
{
    struct progress progress = { .what = "checking" };
    struct ahead *ahead = ahead_open(&check->trace);
    const struct taken *taken;
    int rc = ahead == NULL ? -errno : 0;
    while (rc >= 0 && !check->refused && (rc = ahead_next(ahead, &taken)) > 0) {
        check->number++;
        progress_show(&progress, taken->line.next, check->trace.size);
        rc = check_line(check, taken);
    }
    progress_end(&progress);
    ahead_close(ahead);
    return rc;
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static void verdict(const struct check *check)
{
    const struct check_result *result = check->result;
    const char *name = check->trace.name;
    char room[300];
    struct say say;
    if (result->faults > TOLD)
        fprintf(check->out, "%s: %llu more fault%s\n", name,
                (unsigned long long)(result->faults - TOLD), result->faults - TOLD == 1 ? "" : "s");
    if (!check->any)
        return;
    if (!check->ended && !check->refused)
        fprintf(check->out, "%s: no trace:end: the program died, or still runs\n", name);
    say_init(&say, room, sizeof room);
    say_count(&say, result->events, "event", NULL);
    if (result->runs > 1)
        say_f(&say, " in %llu runs", (unsigned long long)result->runs);
    say_add(&say, ", ");
    say_count(&say, result->records, "state record", NULL);
    if (result->lost > 0) {
        say_add(&say, ", ");
        say_count(&say, result->lost, "event lost and said so", "events lost and said so");
    }
    if (result->unknown > 0) {
        say_add(&say, ", ");
        say_count(&say, result->unknown, "event of an unknown kind", "events of unknown kinds");
    }
    say_add(&say, result->faults == 0 ? ": good" : ": ");
    if (result->faults > 0)
        say_count(&say, result->faults, "fault", NULL);
    fprintf(check->out, "%s: %s\n", name, room);
}

int check_file(const char *path, FILE *out, struct check_result *result)
{
    struct check check = { .out = out, .result = result };
    *result = (struct check_result){ 0 };
    int rc = trace_open(&check.trace, path);
    if (rc < 0)
        return rc;
    check.model = model_create();
    if (check.model == NULL) {
        trace_close(&check.trace);
        return -ENOMEM;
    }
    model_on_fault(check.model, on_model_fault, &check);
    rc = check_lines(&check);
    result->unknown = check.model->unknown;
    if (rc == 0 && !check.any) {
        check.number = 1;
        tell(&check, "no event in it: this is no trace, or nothing was written yet");
    }
    if (rc == 0)
        verdict(&check);
    model_destroy(check.model);
    trace_close(&check.trace);
    free(check.made.words);
    return rc;
}

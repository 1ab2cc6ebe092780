/*
 * export - a trace as Trace Event JSON, written as it is read.
 *
 * One handle runs at a time, one turn and one select() are open at a time: so the slices that are
 * not yet complete are four at most, and what else must be remembered is one small record for each
 * thing that lives.
 *
 * What importers make of it decides details: slices are complete ones (X), since begin and end
 * events get torn apart; they end a nanosecond early, because importers add start and length in
 * doubles and would nest neighbours, but not before two nanoseconds, so that each has an inside: an
 * arrow binds to what is open around its ends. An arrow is written when its head is known, since
 * one without a head is none. Times are text with three decimals, exact to the nanosecond.
 */
#include "export.h"
#include "pass.h"
#include "table.h"
#include "model.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_NS = 2 };
enum { TRACK_LOOP = 1, TRACK_CALLS = 2, TRACK_TASKS = 10 };

/* A slice that has begun. */
struct slice_open {
    bool open;
    int64_t t_ns;
    uint64_t track;
    struct str name, record;
};

/* A task, timer or connection that lives, or a call that is ready. */
struct thing {
    struct str id;
    const char *life;  /* "task" once its span has begun, else NULL */
    bool is_woken;     /* an arrow will end where its next step begins, */
    uint64_t by_track; /* which comes from here */
    int64_t by_ns;
    bool has_track;
    size_t place; /* in the list of things */
};

struct export
{
    FILE *out;
    struct range range;
    uint64_t run, flows;
    int64_t last_ns;
    bool any;          /* something was written: a comma is due */
    struct slice line; /* the record at hand */
    struct slice_open turn, select, step;
    struct str runs; /* the id of the handle that runs */
    struct table table;
    struct thing **things;
    size_t n_things, room_things;
};

/* ---- words of JSON --------------------------------------------------------------------------- */

/* What a terminal would obey as `\u009b`, since the text may be on its way to one. */
static void put_character(FILE *out, uint32_t code)
{
    char bytes[4];
    if (text_is_safe(code)) {
        fwrite(bytes, 1, text_encode(code, bytes), out);
        return;
    }
    if (code > 0xFFFF) {
        fprintf(out, "\\u%04x", (unsigned)(0xD800 + ((code - 0x10000) >> 10)));
        code = 0xDC00 + ((code - 0x10000) & 0x3FF);
    }
    fprintf(out, "\\u%04x", (unsigned)code);
}

static void put_string(FILE *out, struct slice text)
{
    putc('"', out);
    for (size_t i = 0; i < text.len;) {
        uint32_t code;
        i += text_decode(text.at + i, text.len - i, &code);
        if (code == '"' || code == '\\')
            putc('\\', out);
        put_character(out, code);
    }
    putc('"', out);
}

static size_t plain_length(struct slice text)
{
    size_t n = 0;
    while (n < text.len && text.at[n] >= ' ' && text.at[n] < 0x7F)
        n++;
    return n;
}

/* JSON as it stands. A control in it stands between tokens, and is as good as a space. */
static void put_json(FILE *out, struct slice json)
{
    while (json.len > 0) {
        uint32_t code;
        size_t n = plain_length(json);
        fwrite(json.at, 1, n, out);
        if (n == 0) {
            n = text_decode(json.at, json.len, &code);
            put_character(out, code < ' ' ? ' ' : code);
        }
        json = (struct slice){ json.at + n, json.len - n };
    }
}

static void put_us(FILE *out, int64_t ns)
{
    fprintf(out, "%" PRId64 ".%03d", ns / 1000, (int)(ns % 1000));
}

/* The beginning of each event: `{"ph":"X","pid":1,"tid":11,"ts":12.345,"name":...`. */
static void begin(struct export *export, char phase, uint64_t track, int64_t t_ns,
                  struct slice name)
{
    fprintf(export->out, "%s{\"ph\":\"%c\",\"pid\":%" PRIu64 ",\"tid\":%" PRIu64 ",\"ts\":",
            export->any ? ",\n" : "\n", phase, export->run, track);
    put_us(export->out, t_ns);
    fputs(",\"name\":", export->out);
    put_string(export->out, name);
    export->any = true;
}

static void put_record(struct export *export, const char *key, struct slice record)
{
    fprintf(export->out, "\"%s\":", key);
    put_json(export->out, record);
}

/* The end of an event that carries the record at hand. */
static void end_with_record(struct export *export)
{
    fputs(",\"args\":{", export->out);
    put_record(export, "record", export->line);
    fputs("}}", export->out);
}

static void name_of(struct export *export, const char *what, uint64_t track, struct slice name)
{
    begin(export, 'M', track, 0, slice_of(what));
    fputs(",\"args\":{\"name\":", export->out);
    put_string(export->out, name);
    fputs("}}", export->out);
}

/* ---- things ---------------------------------------------------------------------------------- */

static uint64_t track_of(struct slice id)
{
    struct slice name = id_name(id);
    uint64_t number = id_number(id);
    if (number == 0)
        return TRACK_LOOP;
    return slice_is(name, "call") ? TRACK_CALLS : TRACK_TASKS + number;
}

static struct thing *thing_add(struct export *export, struct slice id)
{
    if (export->n_things == export->room_things) {
        size_t room = export->room_things == 0 ? 64 : 2 * export->room_things;
        struct thing **more = realloc(export->things, room * sizeof(struct thing *));
        if (more == NULL)
            return NULL;
        export->things = more;
        export->room_things = room;
    }
    struct thing *thing = calloc(1, sizeof *thing);
    if (thing == NULL || str_set(&thing->id, id) < 0 || table_add(&export->table, thing) < 0) {
        if (thing != NULL)
            str_fini(&thing->id);
        free(thing);
        return NULL;
    }
    thing->place = export->n_things;
    export->things[export->n_things++] = thing;
    return thing;
}

static struct thing *thing_of(struct export *export, struct slice id)
{
    struct thing *thing = table_find(&export->table, id);
    return thing != NULL ? thing : thing_add(export, id);
}

static void thing_drop(struct export *export, struct thing *thing)
{
    table_remove(&export->table, thing);
    struct thing *last = export->things[--export->n_things];
    export->things[thing->place] = last;
    last->place = thing->place;
    str_fini(&thing->id);
    free(thing);
}

static void drop_things(struct export *export)
{
    while (export->n_things > 0)
        thing_drop(export, export->things[export->n_things - 1]);
}

/* ---- lives ----------------------------------------------------------------------------------- */

static void put_life(struct export *export, char phase, const struct thing *thing, int64_t t_ns)
{
    begin(export, phase, TRACK_LOOP, t_ns, str_slice(&thing->id));
    fprintf(export->out, ",\"cat\":\"%s\",\"id\":\"%" PRIu64 ".%" PRIu64 "\"", thing->life,
            export->run, id_number(str_slice(&thing->id)));
}

static int live(struct export *export, const struct event *event, const char *life, struct slice id)
{
    struct thing *thing = thing_of(export, id);
    if (thing == NULL)
        return -ENOMEM;
    thing->life = life;
    put_life(export, 'b', thing, event->t_ns);
    end_with_record(export);
    return 0;
}

/* Ends a life; one whose beginning was not exported gets none that lasts. */
static int die(struct export *export, const struct event *event, const char *life, struct slice id)
{
    struct thing *thing = thing_of(export, id);
    if (thing == NULL)
        return -ENOMEM;
    if (thing->life == NULL) {
        thing->life = life;
        put_life(export, 'b', thing, event->t_ns);
        putc('}', export->out);
    }
    put_life(export, 'e', thing, event->t_ns);
    end_with_record(export);
    thing_drop(export, thing);
    return 0;
}

/* ---- slices ---------------------------------------------------------------------------------- */

static int slice_begin(struct export *export, struct slice_open *slice, int64_t t_ns,
                       uint64_t track, struct slice name)
{
    slice->open = true;
    slice->t_ns = t_ns;
    slice->track = track;
    if (str_set(&slice->name, name) < 0 || str_set(&slice->record, export->line) < 0)
        return -ENOMEM;
    return 0;
}

/* `ended`: the record at hand is its end. */
static void slice_end(struct export *export, struct slice_open *slice, int64_t t_ns, bool ended)
{
    int64_t dur = t_ns - slice->t_ns - 1;
    if (!slice->open)
        return;
    begin(export, 'X', slice->track, slice->t_ns, str_slice(&slice->name));
    fputs(",\"dur\":", export->out);
    put_us(export->out, dur > LEAST_NS ? dur : LEAST_NS);
    fputs(",\"args\":{", export->out);
    if (slice->record.len > 0)
        put_record(export, "record", str_slice(&slice->record));
    if (ended) {
        fputs(slice->record.len > 0 ? "," : "", export->out);
        put_record(export, "ended", export->line);
    }
    fputs("}}", export->out);
    slice->open = false;
}

static void instant(struct export *export, const struct event *event, uint64_t track)
{
    begin(export, 'i', track, event->t_ns, event->ev);
    fputs(",\"s\":\"t\"", export->out);
    end_with_record(export);
}

/* ---- handles and who woke them --------------------------------------------------------------- */

static int give_track(struct export *export, struct slice id)
{
    struct thing *thing = thing_of(export, id);
    if (thing == NULL)
        return -ENOMEM;
    if (!thing->has_track && track_of(id) >= TRACK_TASKS)
        name_of(export, "thread_name", track_of(id), id);
    thing->has_track = true;
    return 0;
}

/* A moment inside of a slice that is open at `t_ns` and may end there. */
static int64_t inside(const struct slice_open *slice, int64_t t_ns)
{
    return t_ns > slice->t_ns + LEAST_NS ? t_ns - LEAST_NS : slice->t_ns + 1;
}

/* An arrow begins where something made the handle ready: in the running step, or in the turn, or,
 * before the loop runs, in a short slice of its own. */
static int woken(struct export *export, const struct event *event, struct slice id)
{
    const struct slice_open *by = export->step.open ? &export->step : &export->turn;
    struct slice_open own = { 0 };
    struct thing *thing = thing_of(export, id);
    int rc = 0;
    if (thing == NULL)
        return -ENOMEM;
    if (by->open) {
        instant(export, event, by->track);
    } else {
        rc = slice_begin(export, &own, event->t_ns, TRACK_LOOP, event->ev);
        slice_end(export, &own, event->t_ns, false);
        by = &own;
    }
    thing->is_woken = true;
    thing->by_track = by->track;
    thing->by_ns = inside(by, event->t_ns);
    str_fini(&own.name);
    str_fini(&own.record);
    return rc;
}

static void arrow(struct export *export, struct thing *thing, uint64_t track, int64_t t_ns)
{
    if (!thing->is_woken)
        return;
    thing->is_woken = false;
    begin(export, 's', thing->by_track, thing->by_ns, slice_of("wakes"));
    fprintf(export->out, ",\"cat\":\"wake\",\"id\":%" PRIu64 "}", ++export->flows);
    begin(export, 'f', track, t_ns, slice_of("wakes"));
    fprintf(export->out, ",\"cat\":\"wake\",\"bp\":\"e\",\"id\":%" PRIu64 "}", export->flows);
}

static int step_begins(struct export *export, const struct event *event, struct slice id)
{
    char name[200];
    struct slice src = event_text(event, "src");
    if (give_track(export, id) < 0 || str_set(&export->runs, id) < 0)
        return -ENOMEM;
    slice_end(export, &export->step, event->t_ns, false); /* its end was lost */
    if (src.len > 0)
        snprintf(name, sizeof name, "%.*s  %.*s", (int)(id.len < 90 ? id.len : 90), id.at,
                 (int)(src.len < 90 ? src.len : 90), src.at);
    int rc = slice_begin(export, &export->step, event->t_ns, track_of(id),
                         src.len > 0 ? slice_of(name) : id);
    struct thing *thing = table_find(&export->table, id);
    if (rc == 0 && thing != NULL)
        arrow(export, thing, track_of(id), inside(&export->step, event->t_ns));
    if (thing != NULL && thing->life == NULL && track_of(id) == TRACK_CALLS)
        thing_drop(export, thing);
    return rc;
}

static int step_ends(struct export *export, const struct event *event, struct slice id)
{
    int64_t began = event->t_ns - event_ns(event, "took", 0);
    if (!export->step.open || !str_is(&export->runs, id)) {
        /* Its beginning was not exported: a slice as long as it says it was. */
        slice_end(export, &export->step, event->t_ns, false);
        export->step.open = true;
        export->step.t_ns = began < 0 ? 0 : began;
        export->step.track = track_of(id);
        str_clear(&export->step.record);
        if (str_set(&export->step.name, id) < 0)
            return -ENOMEM;
    }
    slice_end(export, &export->step, event->t_ns, true);
    return 0;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void counter(struct export *export, const struct event *event, const char *key)
{
    if (!event_has(event, key))
        return;
    begin(export, 'C', TRACK_LOOP, event->t_ns, slice_of(key));
    fprintf(export->out, ",\"args\":{\"%s\":%" PRIu64 "}}", key, event_count(event, key, 0));
}

static int turn_begins(struct export *export, const struct event *event)
{
    char name[40];
    slice_end(export, &export->select, event->t_ns, false);
    slice_end(export, &export->turn, event->t_ns, false);
    counter(export, event, "ready");
    counter(export, event, "timers");
    snprintf(name, sizeof name, "turn %" PRIu64, event_count(event, "turn", 0));
    return slice_begin(export, &export->turn, event->t_ns, TRACK_LOOP, slice_of(name));
}

/* All that is open ends here: the trace does, or a run. */
static void run_ends(struct export *export)
{
    slice_end(export, &export->step, export->last_ns, false);
    slice_end(export, &export->select, export->last_ns, false);
    slice_end(export, &export->turn, export->last_ns, false);
    for (size_t i = 0; i < export->n_things; i++) {
        if (export->things[i]->life == NULL)
            continue;
        put_life(export, 'e', export->things[i], export->last_ns);
        putc('}', export->out);
    }
    drop_things(export);
}

static void run_begins(struct export *export, const struct event *event)
{
    char name[100];
    struct slice program = event_text(event, "program");
    run_ends(export);
    export->run++;
    snprintf(name, sizeof name, "%.*s", (int)(program.len < 90 ? program.len : 90),
             program.len > 0 ? program.at : "");
    name_of(export, "process_name", TRACK_LOOP, slice_of(program.len > 0 ? name : "loopscope"));
    name_of(export, "thread_name", TRACK_LOOP, slice_of("the loop"));
    name_of(export, "thread_name", TRACK_CALLS, slice_of("callbacks"));
}

/* What no slice and no span tells: an instant, on the track of the task that it is about. */
static int other(struct export *export, const struct event *event)
{
    struct slice task = event_text(event, "task");
    if (id_number(task) == 0 || event_kind_is_sink(event->kind)) {
        instant(export, event, export->step.open ? export->step.track : TRACK_LOOP);
        return 0;
    }
    if (give_track(export, task) < 0)
        return -ENOMEM;
    instant(export, event, track_of(task));
    return 0;
}

static int conn_opens(struct export *export, const struct event *event)
{
    struct thing *thing = table_find(&export->table, event_text(event, "conn"));
    if (thing != NULL && thing->life != NULL)
        return other(export, event);
    return live(export, event, "connection", event_text(event, "conn"));
}

static int export_event(struct export *export, const struct event *event)
{
    switch (event->kind) {
    case EV_LOOP_TURN: return turn_begins(export, event);
    case EV_SELECT_ENTER:
        slice_end(export, &export->select, event->t_ns, false);
        return slice_begin(export, &export->select, event->t_ns, TRACK_LOOP, slice_of("select"));
    case EV_SELECT_LEAVE:
        if (!export->select.open)
            return other(export, event);
        slice_end(export, &export->select, event->t_ns, true);
        return 0;
    case EV_TASK_NEW:
        if (give_track(export, event_text(event, "task")) < 0)
            return -ENOMEM;
        return live(export, event, "task", event_text(event, "task"));
    case EV_TASK_DONE: return die(export, event, "task", event_text(event, "task"));
    case EV_TASK_READY: return woken(export, event, event_text(event, "task"));
    case EV_CALL_READY: return woken(export, event, event_text(event, "call"));
    case EV_TASK_BEGIN: return step_begins(export, event, event_text(event, "task"));
    case EV_CALL_BEGIN: return step_begins(export, event, event_text(event, "call"));
    case EV_TASK_END: return step_ends(export, event, event_text(event, "task"));
    case EV_CALL_END: return step_ends(export, event, event_text(event, "call"));
    case EV_TIMER_SET: return live(export, event, "timer", event_text(event, "timer"));
    case EV_TIMER_FIRE:
    case EV_TIMER_CANCEL: return die(export, event, "timer", event_text(event, "timer"));
    case EV_SERVER_ACCEPT:
    case EV_CONN_OPEN: return conn_opens(export, event);
    case EV_CONN_CLOSE: return die(export, event, "connection", event_text(event, "conn"));
    default: return other(export, event);
    }
}

/* ---- a file ---------------------------------------------------------------------------------- */

/* Lines that end in CR LF, as some writers have it. */
static struct slice without_tail(struct slice line)
{
    while (line.len > 0 && strchr(" \t\r", line.at[line.len - 1]) != NULL)
        line.len--;
    return line;
}

static int export_all(struct export *export, struct pass *pass)
{
    int rc;
    while ((rc = pass_next(pass)) > 0) {
        const struct event *event = pass->event;
        if (event->kind == EV_TRACE_HEAD || export->run == 0)
            run_begins(export, event);
        if (!range_holds(&export->range, event))
            continue;
        export->line = without_tail(pass->text);
        export->last_ns = event->t_ns;
        if ((rc = export_event(export, event)) < 0)
            return rc;
        if (ferror(export->out))
            return 0;
    }
    return rc;
}

int export_chrome(const char *path, const struct range *range, FILE *out)
{
    struct export export = { .out = out, .range = *range };
    struct pass pass;
    int rc = pass_open(&pass, path, "exporting");
    if (rc == 0) {
        fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", out);
        rc = export_all(&export, &pass);
        run_ends(&export);
        fputs("\n]}\n", out);
    }
    table_fini(&export.table);
    free(export.things);
    str_fini(&export.runs);
    struct slice_open *slices[] = { &export.turn, &export.select, &export.step };
    for (size_t i = 0; i < 3; i++) {
        str_fini(&slices[i]->name);
        str_fini(&slices[i]->record);
    }
    return pass_close(&pass, rc);
}

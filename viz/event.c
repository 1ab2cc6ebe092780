/*
 * event - one line of a trace taken apart: its kind, its fields, and what they hold.
 *
 * The reading of lines is event_scan.c's (canonical ones) and event_json.c's (all others).
 */
#include "event_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Nearly all events have no more fields.  The less memory they touch, the faster whoever reads many. */
enum { FEW_FIELDS = 8 };

/* ---- kinds ----------------------------------------------------------------------------------- */

static const char *const kind_names[EV_KINDS] = {
    [EV_UNKNOWN] = "",
    [EV_TRACE_HEAD] = "trace:head",
    [EV_TRACE_SOURCE] = "trace:source",
    [EV_TRACE_STATE] = "trace:state",
    [EV_TRACE_GAP] = "trace:gap",
    [EV_TRACE_HOLD] = "trace:hold",
    [EV_TRACE_CONTROL] = "trace:control",
    [EV_TRACE_END] = "trace:end",
    [EV_LOOP_RUN] = "loop:run",
    [EV_LOOP_TURN] = "loop:turn",
    [EV_LOOP_STOP] = "loop:stop",
    [EV_LOOP_STOPPED] = "loop:stopped",
    [EV_SELECT_ENTER] = "select:enter",
    [EV_SELECT_LEAVE] = "select:leave",
    [EV_TASK_NEW] = "task:new",
    [EV_TASK_READY] = "task:ready",
    [EV_TASK_BEGIN] = "task:begin",
    [EV_TASK_AWAIT] = "task:await",
    [EV_TASK_END] = "task:end",
    [EV_TASK_CANCEL] = "task:cancel",
    [EV_TASK_DONE] = "task:done",
    [EV_CALL_READY] = "call:ready",
    [EV_CALL_BEGIN] = "call:begin",
    [EV_CALL_END] = "call:end",
    [EV_CALL_CANCEL] = "call:cancel",
    [EV_TIMER_SET] = "timer:set",
    [EV_TIMER_FIRE] = "timer:fire",
    [EV_TIMER_CANCEL] = "timer:cancel",
    [EV_WATCH_ADD] = "watch:add",
    [EV_WATCH_DROP] = "watch:drop",
    [EV_SERVER_LISTEN] = "server:listen",
    [EV_SERVER_ACCEPT] = "server:accept",
    [EV_SERVER_REFUSE] = "server:refuse",
    [EV_SERVER_CLOSE] = "server:close",
    [EV_CONN_OPEN] = "conn:open",
    [EV_CONN_READ] = "conn:read",
    [EV_CONN_WRITE] = "conn:write",
    [EV_CONN_EOF] = "conn:eof",
    [EV_CONN_ERROR] = "conn:error",
    [EV_CONN_CLOSE] = "conn:close",
    [EV_SIGNAL_GOT] = "signal:got",
    [EV_WAKE_SENT] = "wake:sent",
    [EV_THREAD_START] = "thread:start",
    [EV_THREAD_DONE] = "thread:done",
    [EV_CHILD_START] = "child:start",
    [EV_CHILD_EXIT] = "child:exit",
    [EV_SYNC_WAIT] = "sync:wait",
    [EV_SYNC_GIVE] = "sync:give",
    [EV_OUT_LINE] = "out:line",
    [EV_NOTE_SAY] = "note:say",
    [EV_NOTE_MARK] = "note:mark",
    [EV_NOTE_ASK] = "note:ask",
    [EV_NOTE_ANSWERED] = "note:answered",
    [EV_WARN_SLOW_STEP] = "warn:slow_step",
    [EV_WARN_SLOW_TURN] = "warn:slow_turn",
    [EV_WARN_LATE_TIMER] = "warn:late_timer",
    [EV_WARN_SPINNING] = "warn:spinning",
    [EV_WARN_STARVING] = "warn:starving",
    [EV_WARN_LOST_TASK] = "warn:lost_task",
    [EV_WARN_SWALLOWED] = "warn:swallowed",
    [EV_WARN_UNREAD] = "warn:unread",
    [EV_WARN_NOT_CLOSED] = "warn:not_closed",
    [EV_WARN_GROWS] = "warn:grows",
    [EV_WARN_STACK] = "warn:stack",
    [EV_WARN_FDS] = "warn:fds",
};

const char *event_kind_name(enum event_kind kind)
{
    return (unsigned)kind < EV_KINDS ? kind_names[kind] : "";
}

bool event_kind_is_sink(enum event_kind kind)
{
    return kind >= EV_TRACE_HEAD && kind <= EV_TRACE_END;
}

/* Spreads the 64 kinds over 256 places by length, first letter and two letters near the end. */
static unsigned kind_place(const char *at, size_t len)
{
    unsigned a = (unsigned char)at[0], b = (unsigned char)at[len - 1],
             c = (unsigned char)at[len - 3];
    return ((unsigned)len * 7 + a * 31 + b * 11 + c * 57) & 255u;
}

static void kinds_place(unsigned char places[256])
{
    memset(places, 0, 256);
    for (unsigned kind = 1; kind < EV_KINDS; kind++) {
        unsigned place = kind_place(kind_names[kind], strlen(kind_names[kind]));
        while (places[place] != 0)
            place = (place + 1) & 255u;
        places[place] = (unsigned char)kind;
    }
}

enum event_kind event_kind_of(struct slice ev)
{
    static _Thread_local unsigned char places[256], lens[EV_KINDS];
    static _Thread_local bool placed;
    if (!placed) {
        kinds_place(places);
        for (unsigned kind = 0; kind < EV_KINDS; kind++)
            lens[kind] = (unsigned char)strlen(kind_names[kind]);
        placed = true;
    }
    if (ev.len < 6)
        return EV_UNKNOWN;
    for (unsigned place = kind_place(ev.at, ev.len); places[place] != 0;
         place = (place + 1) & 255u) {
        unsigned kind = places[place];
        if (lens[kind] == ev.len && memcmp(ev.at, kind_names[kind], ev.len) == 0)
            return (enum event_kind)kind;
    }
    return EV_UNKNOWN;
}

/* ---- life ------------------------------------------------------------------------------------ */

void event_init(struct event *event)
{
    *event = (struct event){ .fault = "" };
}

void event_fini(struct event *event)
{
    event_clear(event);
    free(event->fields);
    free(event->room);
    event_init(event);
}

void event_clear(struct event *event)
{
    if (event->tree != NULL)
        event_drop_tree(event);
    event->n_fields = 0;
    event->room_used = 0;
    event->kind = EV_UNKNOWN;
    event->ev = (struct slice){ 0 };
    event->fault = "";
}

int event_room(struct event *event, size_t bytes)
{
    if (bytes <= event->room_size)
        return 0;
    char *room = realloc(event->room, bytes);
    if (room == NULL)
        return -ENOMEM;
    event->room = room;
    event->room_size = bytes;
    return 0;
}

struct field *event_add(struct event *event, struct slice key)
{
    return event_add_coded(event, key, key_code(key.at, key.len));
}

struct field *event_add_coded(struct event *event, struct slice key, uint64_t code)
{
    if (event->n_fields == event->room_fields) {
        size_t room = event->room_fields == 0 ? FEW_FIELDS : 2 * event->room_fields;
        struct field *fields = realloc(event->fields, room * sizeof *fields);
        if (fields == NULL)
            return NULL;
        event->fields = fields;
        event->room_fields = room;
    }
    struct field *field = &event->fields[event->n_fields++];
    *field = (struct field){ .key = key, .code = code };
    return field;
}

int event_parse(struct event *event, struct slice line)
{
    return event_scan(event, line) == 0 ? 0 : event_parse_json(event, line);
}

/* ---- reading fields -------------------------------------------------------------------------- */

const struct field *event_find(const struct event *event, uint64_t code, struct slice key)
{
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct field *field = &event->fields[i];
        if (field->code == code && field->key.len == key.len &&
            (key.len <= sizeof code || memcmp(field->key.at, key.at, key.len) == 0))
            return field;
    }
    return NULL;
}

struct slice field_text(const struct field *field)
{
    return field != NULL && field->kind == FIELD_TEXT ? field->value : (struct slice){ 0 };
}

int64_t field_number(const struct field *field, int64_t otherwise)
{
    int64_t whole;
    if (field == NULL || field->kind != FIELD_NUMBER || !number_whole_json(field->value, &whole))
        return otherwise;
    return whole;
}

int64_t field_ns(const struct field *field, int64_t otherwise)
{
    int64_t ns;
    if (field == NULL || field->kind != FIELD_NUMBER || !number_ns(field->value, &ns))
        return otherwise;
    return ns;
}

bool event_true(const struct event *event, const char *key)
{
    const struct field *field = event_field(event, key);
    return field != NULL && field->kind == FIELD_BOOL && field->value.len == 4;
}

/*
 * model_apply - what each event does to the loop.
 *
 * The trace's own lines, the loop and its select(), notes and output are here; tasks, calls and
 * timers in model_handles.c, descriptors, servers and connections in model_net.c. Each says (to
 * whoever asked by model_on_fault()) what can't be so, and then does the best that can be done.
 */
#include "model_inside.h"

#include <errno.h>
#include <stdlib.h>

/* ---- the trace's own lines ------------------------------------------------------------------- */

static void join_argv(struct model *model, const struct event *event)
{
    char room[1024];
    struct say say;
    struct items items = event_items(event, "argv");
    struct field item;
    say_init(&say, room, sizeof room);
    while (items_next(&items, &item)) {
        if (say.len > 0)
            say_add(&say, " ");
        say_clean(&say, item.value, 400);
    }
    model_set(model, &model->argv, slice_of(room));
}

static void apply_head(struct model *model, const struct event *event)
{
    loop_reset(model);
    model->has_head = true;
    model_set(model, &model->program, event_text(event, "program"));
    model_set(model, &model->loop_name, event_text(event, "loop"));
    model_set(model, &model->started, event_text(event, "started"));
    model->virtual_clock = slice_is(event_text(event, "clock"), "virtual");
    model->pid = event_number(event, "pid", -1);
    join_argv(model, event);
    model->unsure = event->n > 0; /* a piece of a longer trace: its state record comes next */
    model->from_start = event->n == 0;
}

static void apply_end(struct model *model, const struct event *event)
{
    model->ended = true;
    model_set(model, &model->end_how, event_text(event, "how"));
    model->end_status = event_number(event, "status", -1);
}

static int apply_trace(struct model *model, const struct event *event)
{
    int64_t took;
    switch (event->kind) {
    case EV_TRACE_HEAD: apply_head(model, event); break;
    case EV_TRACE_STATE: return state_apply(model, event);
    case EV_TRACE_GAP:
        model->lost += event_count(event, "lost", 0);
        model->unsure = true;
        model->from_start = false;
        break;
    case EV_TRACE_HOLD:
        took = event_ns(event, "took", 0);
        if (took > 0 && model->held_ns < INT64_MAX - took)
            model->held_ns = ns_sum(model->held_ns, took);
        break;
    case EV_TRACE_END: apply_end(model, event); break;
    default: break;
    }
    return 0;
}

/* ---- the loop and select() ------------------------------------------------------------------- */

static void loop_lane(struct model *model, enum lane lane)
{
    struct segment stretch = { .lane = lane, .from_ns = model->loop_since_ns };
    recent_segment(model, &stretch, slice_of("loop"), (struct slice){ 0 });
    model->loop_since_ns = model->t_ns;
}

static void apply_turn(struct model *model, const struct event *event)
{
    uint64_t turn = event_count(event, "turn", model->turn + 1);
    model_fault_counts(model, "turn", model->turn + 1, turn);
    if (event_has(event, "ready"))
        model_fault_counts(model, "ready", model->n_ready, event_count(event, "ready", 0));
    if (event_has(event, "timers"))
        model_fault_counts(model, "timers", model->n_timers, event_count(event, "timers", 0));
    if (model->running != NULL)
        model_fault_ids(model, "to end before the next turn", str_slice(&model->running->id),
                        slice_of("a new turn"));
    model_stop_running(model);
    model->turn = turn;
    model->totals.turns++;
    model->turn_began_ns = model->t_ns;
    model->phase = PHASE_TIMEOUT;
    model->batch = model->batch_done = 0;
    turn_begin(model);
}

static void apply_loop(struct model *model, const struct event *event)
{
    switch (event->kind) {
    case EV_LOOP_RUN:
        model->looping = true; /* a stop that was asked for before still stands */
        model->loop_since_ns = model->t_ns;
        model_set(model, &model->how, event_text(event, "how"));
        model_set(model, &model->run_for, event_text(event, "for"));
        break;
    case EV_LOOP_TURN: apply_turn(model, event); break;
    case EV_LOOP_STOP:
        model->stopping = true;
        model_set(model, &model->stop_by, event_text(event, "by"));
        break;
    default: /* loop:stopped */
        if (event_has(event, "turns"))
            model_fault_counts(model, "turns", model->turn, event_count(event, "turns", 0));
        model_stop_running(model);
        loop_lane(model, LANE_RUNNING);
        model->looping = model->stopping = false;
        model->phase = PHASE_OUTSIDE;
        break;
    }
}

/* Interrupted, select() is entered again in the same turn: what was asked first stands. */
static void account_enter(struct turn *turn, const struct select_call *call)
{
    if (turn == NULL || turn->asked)
        return;
    turn->asked = true;
    turn->forever = call->forever;
    turn->timeout_ns = call->timeout_ns;
}

static void select_enter(struct model *model, const struct event *event)
{
    struct select_call *call = &model->select;
    const struct field *timeout = event_field(event, "timeout");
    uint64_t reads = 0;
    for (size_t i = 0; i < model->n_watches; i++)
        reads += !model->watches[i].write;
    if (event_has(event, "read"))
        model_fault_counts(model, "fds watched for reading", reads, event_count(event, "read", 0));
    if (event_has(event, "write"))
        model_fault_counts(model, "fds watched for writing", model->n_watches - reads,
                           event_count(event, "write", 0));
    if (call->inside)
        model_fault(model, "select:leave before the next select:enter", "none");
    if (model->running != NULL)
        model_fault_ids(model, "to end before select()", str_slice(&model->running->id),
                        slice_of("select:enter"));
    call->inside = true;
    call->forever = timeout == NULL || timeout->kind == FIELD_NULL;
    call->timeout_ns = event_ns(event, "timeout", 0);
    call->nfds = event_count(event, "nfds", 0);
    call->reads = event_count(event, "read", 0);
    call->writes = event_count(event, "write", 0);
    call->entered_ns = model->t_ns;
    call->took_ns = -1;
    call->ready = 0;
    call->n_read_fds = call->n_write_fds = 0;
    model_set(model, &call->until, event_text(event, "until"));
    str_clear(&call->error);
    model->phase = PHASE_SELECT;
    account_enter(turn_now(model), call);
    loop_lane(model, LANE_RUNNING);
}

/* The ready fds of one list, each of which must be watched. */
static void take_fds(struct model *model, const struct event *event, bool write)
{
    struct select_call *call = &model->select;
    int **fds = write ? &call->write_fds : &call->read_fds;
    size_t *n = write ? &call->n_write_fds : &call->n_read_fds;
    size_t room = 0;
    struct items items = event_items(event, write ? "write" : "read");
    struct field item;
    int64_t fd;
    *n = 0;
    while (items_next(&items, &item)) {
        if (item.kind != FIELD_NUMBER || !number_whole_json(item.value, &fd))
            continue;
        if (*n == room) {
            room = room == 0 ? 16 : 2 * room;
            int *more = realloc(*fds, room * sizeof *more);
            if (more == NULL) {
                model->no_memory = true;
                return;
            }
            *fds = more;
        }
        (*fds)[(*n)++] = fd_of(fd);
        if (model_watch(model, fd_of(fd), write) == NULL)
            model_fault(model,
                        write ? "only fds watched for writing to be ready"
                              : "only fds watched for reading to be ready",
                        "another one");
    }
}

static void select_leave(struct model *model, const struct event *event)
{
    struct select_call *call = &model->select;
    if (!call->inside)
        model_fault(model, "select:enter before select:leave", "none");
    call->inside = false;
    call->took_ns = event_ns(event, "took", 0);
    call->ready = event_count(event, "ready", 0);
    take_fds(model, event, false);
    take_fds(model, event, true);
    if (!event_has(event, "error"))
        model_fault_counts(model, "ready fds", call->n_read_fds + call->n_write_fds, call->ready);
    model_set(model, &call->error, event_text(event, "error"));
    if (call->took_ns > 0 && model->totals.waited_ns < INT64_MAX - call->took_ns)
        model->totals.waited_ns = ns_sum(model->totals.waited_ns, call->took_ns);
    model->phase = PHASE_IO;
    struct turn *turn = turn_now(model);
    if (turn != NULL) {
        turn->fds += call->ready;
        if (call->took_ns > 0 && turn->waited_ns < INT64_MAX - call->took_ns)
            turn->waited_ns = ns_sum(turn->waited_ns, call->took_ns);
    }
    loop_lane(model, LANE_WAITING);
}

/* ---- notes, output, warnings ----------------------------------------------------------------- */

static void apply_warning(struct model *model, const struct event *event)
{
    struct conn *conn;
    if (event->kind == EV_WARN_GROWS &&
        (conn = model_conn(model, event_text(event, "conn"))) != NULL)
        conn->queued = event_count(event, "queued", conn->queued);
    struct slice id = event_text(event, "task");
    struct task *task = id.len > 0 ? model_task(model, id) : NULL;
    if (task == NULL && model->running != NULL && str_is(&model->running->id, id))
        task = model->running;
    if (task != NULL)
        task->warnings++;
    recent_warning(model, event);
}

static void apply_words(struct model *model, const struct event *event)
{
    switch (event->kind) {
    case EV_OUT_LINE: recent_output(model, event); break;
    case EV_NOTE_SAY: recent_note(model, event, NOTE_SAY); break;
    case EV_NOTE_MARK: recent_note(model, event, NOTE_MARK); break;
    case EV_NOTE_ASK: recent_note(model, event, NOTE_ASK); break;
    case EV_NOTE_ANSWERED: recent_note(model, event, NOTE_ANSWERED); break;
    default: break;
    }
}

/* ---- one event ------------------------------------------------------------------------------- */

/* Time and number; order within a head is the loop's promise. */
static void apply_prefix(struct model *model, const struct event *event)
{
    bool first = !model->inside->begun;
    model->inside->begun = true;
    if (first && event->kind != EV_TRACE_HEAD && (event->kind == EV_TRACE_STATE || event->n > 1))
        model->unsure =
            true; /* a piece cut from the middle: nothing is known before its state record */
    if (!first && event->kind != EV_TRACE_HEAD && event->t_ns < model->t_ns)
        model_fault_ns(model, "time to go on from", model->t_ns, event->t_ns);
    model->t_ns = event->t_ns;
    model->n = event->n;
    model->last_kind = event->kind;
    if (model->inside->lanes_ns < 0)
        model->inside->lanes_ns = model->loop_since_ns = event->t_ns;
}

int model_apply(struct model *model, const struct event *event)
{
    int rc = 0;
    apply_prefix(model, event);
    if (event->kind >= EV_TRACE_HEAD && event->kind <= EV_TRACE_END)
        rc = apply_trace(model, event);
    else if (event->kind >= EV_LOOP_RUN && event->kind <= EV_LOOP_STOPPED)
        apply_loop(model, event);
    else if (event->kind == EV_SELECT_ENTER)
        select_enter(model, event);
    else if (event->kind == EV_SELECT_LEAVE)
        select_leave(model, event);
    else if (event->kind >= EV_TASK_NEW && event->kind <= EV_TASK_DONE)
        apply_task(model, event);
    else if (event->kind >= EV_CALL_READY && event->kind <= EV_CALL_CANCEL)
        apply_call(model, event);
    else if (event->kind >= EV_TIMER_SET && event->kind <= EV_TIMER_CANCEL)
        apply_timer(model, event);
    else if (event->kind == EV_WATCH_ADD || event->kind == EV_WATCH_DROP)
        apply_watch(model, event);
    else if (event->kind >= EV_SERVER_LISTEN && event->kind <= EV_SERVER_CLOSE)
        apply_server(model, event);
    else if (event->kind >= EV_CONN_OPEN && event->kind <= EV_CONN_CLOSE)
        apply_conn(model, event);
    else if (event->kind >= EV_WARN_SLOW_STEP && event->kind <= EV_WARN_FDS)
        apply_warning(model, event);
    else if (event->kind == EV_UNKNOWN)
        model->unknown++;
    else
        apply_words(model, event);
    return rc < 0 || model->no_memory ? -ENOMEM : 0;
}

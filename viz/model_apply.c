/*
 * model_apply - what each event does to the loop.
 *
 * One function for each group of events, in the order of a program's life: the trace's own lines,
 * the loop and its select(), tasks, calls, timers, watched fds, servers and connections. Each says
 * (to whoever asked by model_on_fault()) what can't be so, and then does the best that can be done
 * with it.
 */
#include "model_inside.h"

#include <errno.h>
#include <stdlib.h>

/* ---- saying what can't be -------------------------------------------------------------------- */

/* "expected ID that is armed, found no such timer". */
static void fault_id(struct model *model, struct slice id, const char *expected, const char *found)
{
    char room[300];
    struct say say;
    if (!model_is_checked(model))
        return;
    say_init(&say, room, sizeof room);
    say_clean(&say, id, 60);
    say_f(&say, " %s", expected);
    model_fault(model, room, found);
}

static void fault_counts(struct model *model, const char *what, uint64_t expected, uint64_t found)
{
    char one[120], other[120];
    struct say say;
    if (expected == found || !model_is_checked(model))
        return;
    say_init(&say, one, sizeof one);
    say_f(&say, "%s %llu", what, (unsigned long long)expected);
    say_init(&say, other, sizeof other);
    say_f(&say, "%llu", (unsigned long long)found);
    model_fault(model, one, other);
}

static void fault_ns(struct model *model, const char *what, int64_t expected, int64_t found)
{
    char one[120], other[120];
    struct say say;
    if (expected == found || !model_is_checked(model))
        return;
    say_init(&say, one, sizeof one);
    say_f(&say, "%s %lld.%09lld", what, (long long)(expected / 1000000000),
          (long long)(expected % 1000000000));
    say_init(&say, other, sizeof other);
    say_f(&say, "%lld.%09lld", (long long)(found / 1000000000), (long long)(found % 1000000000));
    model_fault(model, one, other);
}

static void fault_ids(struct model *model, const char *what, struct slice expected,
                      struct slice found)
{
    char one[200], other[120];
    struct say say;
    if (!model_is_checked(model))
        return;
    say_init(&say, one, sizeof one);
    say_clean(&say, expected, 60);
    say_f(&say, " %s", what);
    say_init(&say, other, sizeof other);
    say_clean(&say, found, 60);
    model_fault(model, one, other);
}

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
    model->heads++;
    model_set(model, &model->program, event_text(event, "program"));
    model_set(model, &model->loop_name, event_text(event, "loop"));
    model_set(model, &model->started, event_text(event, "started"));
    model->virtual_clock = slice_is(event_text(event, "clock"), "virtual");
    model->pid = event_number(event, "pid", -1);
    join_argv(model, event);
    model->unsure = event->n > 0; /* a piece of a longer trace: its state record comes next */
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
        break;
    case EV_TRACE_HOLD:
        took = event_ns(event, "took", 0);
        if (took > 0 && model->held_ns < INT64_MAX - took)
            model->held_ns += took;
        break;
    case EV_TRACE_END: apply_end(model, event); break;
    default: break;
    }
    return 0;
}

/* ---- the timeline ---------------------------------------------------------------------------- */

/* The task comes into another state: the stretch that ends goes to the timeline. */
static void change_state(struct model *model, struct task *task, enum task_state state)
{
    static const enum lane lanes[] = { LANE_WAITING, LANE_READY, LANE_RUNNING };
    recent_segment(model, task->number, task->is_call, str_slice(&task->id), lanes[task->state],
                   task->since_ns);
    task->state = state;
    task->since_ns = model->t_ns;
}

static void loop_lane(struct model *model, enum lane lane)
{
    recent_segment(model, 0, false, slice_of("loop"), lane, model->inside->loop_since_ns);
    model->inside->loop_since_ns = model->t_ns;
}

/* ---- the loop and select() ------------------------------------------------------------------- */

static void no_more_running(struct model *model)
{
    struct task *running = model->running;
    model->running = NULL;
    model->begun_ns = -1;
    if (running == NULL)
        return;
    if (running->state == TASK_RUNNING)
        change_state(model, running, running->in_ready ? TASK_READY : TASK_WAITING);
    if (running->done)
        task_free(running);
    else if (running->is_call && !running->in_ready)
        task_remove(model, running);
}

static void apply_turn(struct model *model, const struct event *event)
{
    uint64_t turn = event_count(event, "turn", model->turn + 1);
    fault_counts(model, "turn", model->turn + 1, turn);
    if (event_has(event, "ready"))
        fault_counts(model, "ready", model->n_ready, event_count(event, "ready", 0));
    if (event_has(event, "timers"))
        fault_counts(model, "timers", model->n_timers, event_count(event, "timers", 0));
    if (model->running != NULL)
        fault_ids(model, "to end before the next turn", str_slice(&model->running->id),
                  slice_of("a new turn"));
    no_more_running(model);
    model->turn = turn;
    model->totals.turns++;
    model->turn_began_ns = model->t_ns;
    model->phase = PHASE_TIMEOUT;
    model->batch = model->batch_done = 0;
}

static void apply_loop(struct model *model, const struct event *event)
{
    switch (event->kind) {
    case EV_LOOP_RUN:
        model->looping = true;
        model->stopping = false;
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
            fault_counts(model, "turns", model->turn, event_count(event, "turns", 0));
        no_more_running(model);
        model->looping = model->stopping = false;
        model->phase = PHASE_OUTSIDE;
        break;
    }
}

static void select_enter(struct model *model, const struct event *event)
{
    struct select_call *call = &model->select;
    const struct field *timeout = event_field(event, "timeout");
    uint64_t reads = 0;
    for (size_t i = 0; i < model->n_watches; i++)
        reads += !model->watches[i].write;
    if (event_has(event, "read"))
        fault_counts(model, "fds watched for reading", reads, event_count(event, "read", 0));
    if (event_has(event, "write"))
        fault_counts(model, "fds watched for writing", model->n_watches - reads,
                     event_count(event, "write", 0));
    if (call->inside)
        model_fault(model, "select:leave before the next select:enter", "none");
    if (model->running != NULL)
        fault_ids(model, "to end before select()", str_slice(&model->running->id),
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
        if (item.kind != FIELD_NUMBER || !number_whole(item.value, &fd))
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
        fault_counts(model, "ready fds", call->n_read_fds + call->n_write_fds, call->ready);
    model_set(model, &call->error, event_text(event, "error"));
    if (call->took_ns > 0 && model->totals.waited_ns < INT64_MAX - call->took_ns)
        model->totals.waited_ns += call->took_ns;
    model->phase = PHASE_IO;
    loop_lane(model, LANE_WAITING);
}

/* ---- handles: what tasks and calls have in common -------------------------------------------- */

static void make_ready(struct model *model, struct task *task, const struct event *event)
{
    model_set(model, &task->by, event_text(event, "by"));
    model_set(model, &task->why, event_text(event, "why"));
    if (task->in_ready) {
        fault_id(model, str_slice(&task->id), "to be made ready once",
                 "it is in the ready queue already");
        return;
    }
    if (task->state != TASK_RUNNING)
        change_state(model, task, TASK_READY);
    ready_append(model, task);
}

/* The first handle to run after the loop's other phases: what is ready now is this turn's batch. */
static void enter_batch(struct model *model)
{
    if (model->phase == PHASE_READY && model->batch > 0)
        return;
    model->phase = PHASE_READY;
    model->batch = model->n_ready;
    model->batch_done = 0;
}

static void begin(struct model *model, struct task *task)
{
    if (model->running != NULL)
        fault_ids(model, "to end before another handle begins", str_slice(&model->running->id),
                  str_slice(&task->id));
    if (model->running != task)
        no_more_running(model);
    enter_batch(model);
    if (!task->in_ready)
        fault_id(model, str_slice(&task->id), "in the ready queue when it begins", "it is not");
    else if (model->ready != task)
        fault_ids(model, "to begin, as the first in the ready queue", str_slice(&model->ready->id),
                  str_slice(&task->id));
    if (task->in_ready)
        ready_remove(model, task);
    change_state(model, task, TASK_RUNNING);
    model->running = task;
    model->begun_ns = model->t_ns;
}

static void end(struct model *model, struct task *task, const struct event *event)
{
    int64_t took = event_ns(event, "took", 0);
    if (took < 0)
        took = 0;
    if (model->totals.busy_ns < INT64_MAX - took)
        model->totals.busy_ns += took;
    if (task->cpu_ns < INT64_MAX - took)
        task->cpu_ns += took;
    if (took > task->longest_ns)
        task->longest_ns = took;
    model->batch_done++;
    change_state(model, task, task->in_ready ? TASK_READY : TASK_WAITING);
    no_more_running(model);
}

/* The running handle when it has this id: a task that is done is found in no table any more. */
static struct task *running_or_known(const struct model *model, struct slice id)
{
    if (model->running != NULL && str_is(&model->running->id, id))
        return model->running;
    return model_task(model, id);
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static void task_new(struct model *model, const struct event *event, struct slice id)
{
    struct task *task = model_task(model, id);
    if (task != NULL) {
        fault_id(model, id, "to be made once", "it is there already");
        return;
    }
    task = task_add(model, id, false);
    if (task == NULL)
        return;
    model_set(model, &task->parent, event_text(event, "parent"));
    model_set(model, &task->fn, event_text(event, "fn"));
    model_set(model, &task->src, event_text(event, "src"));
    task->state = TASK_WAITING;
    task->made_ns = task->since_ns = model->t_ns;
}

static void task_begin(struct model *model, struct task *task, const struct event *event)
{
    uint64_t step = event_count(event, "step", task->steps + 1);
    fault_counts(model, "step", task->steps + 1, step);
    begin(model, task);
    task->steps = step;
    model->totals.steps++;
    if (event_has(event, "src"))
        model_set(model, &task->src, event_text(event, "src"));
}

static void task_await(struct model *model, struct task *task, const struct event *event)
{
    if (model->running != task)
        fault_id(model, str_slice(&task->id), "running when it awaits", "it does not run");
    model_set(model, &task->on, event_text(event, "on"));
    model_set(model, &task->what, event_text(event, "what"));
    model_set(model, &task->expr, event_text(event, "expr"));
    if (event_has(event, "src"))
        model_set(model, &task->src, event_text(event, "src"));
    task->due_ns = event_ns(event, "due", -1);
}

static void task_end(struct model *model, struct task *task, const struct event *event)
{
    struct slice next = event_text(event, "next");
    if (model->running != task)
        fault_id(model, str_slice(&task->id), "running when its step ends", "it does not run");
    if (slice_is(next, "done") != task->done)
        fault_id(model, str_slice(&task->id),
                 task->done ? "to end with next done, after task:done"
                            : "task:done before it ends with next done",
                 task->done ? "next is another" : "none");
    if (slice_is(next, "yield")) {
        str_clear(&task->on);
        str_clear(&task->what);
        str_clear(&task->expr);
        task->due_ns = -1;
    }
    end(model, task, event);
}

static void task_done(struct model *model, struct task *task, const struct event *event)
{
    uint64_t steps = event_count(event, "steps", task->steps);
    fault_counts(model, "steps", task->steps, steps);
    if (model->running != task) {
        /* Cancelled before its first step: it goes when its turn in the queue comes. */
        if (task->steps > 0)
            fault_id(model, str_slice(&task->id), "running when it is done", "it does not run");
        else if (task->in_ready && model->ready != task)
            fault_id(model, str_slice(&task->id), "first in the ready queue when it is done",
                     "another one is");
        if (task->in_ready && model->looping) {
            enter_batch(model);
            model->batch_done++;
        }
        change_state(model, task, TASK_WAITING);
    }
    task_remove(model, task);
}

static void apply_task(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "task");
    if (event->kind == EV_TASK_NEW) {
        task_new(model, event, id);
        return;
    }
    struct task *task = running_or_known(model, id);
    if (task != NULL && task->is_call && task == model->running) {
        /*
         * A state record named it as what runs but listed no such task: it is done, its step is
         * not.
         */
        task_remove(model, task);
        task->is_call = false;
    }
    if (task == NULL || task->is_call) {
        fault_id(model, id, "a live task", "no task of this id is alive");
        if (task != NULL || event->kind == EV_TASK_DONE || event->kind == EV_TASK_END ||
            id.len == 0)
            return;
        if ((task = task_add(model, id, false)) == NULL)
            return;
    }
    switch (event->kind) {
    case EV_TASK_READY: make_ready(model, task, event); break;
    case EV_TASK_BEGIN: task_begin(model, task, event); break;
    case EV_TASK_AWAIT: task_await(model, task, event); break;
    case EV_TASK_END: task_end(model, task, event); break;
    case EV_TASK_CANCEL: task->cancelling++; break;
    default:
        if (task->done)
            fault_id(model, id, "to be done once", "it is done already");
        else
            task_done(model, task, event);
        break;
    }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void call_end(struct model *model, struct task *call, const struct event *event)
{
    if (model->running != call) {
        fault_id(model, str_slice(&call->id), "running when it ends", "it does not run");
        return;
    }
    end(model, call, event);
}

static void apply_call(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "call");
    struct task *call = running_or_known(model, id);
    if (id.len == 0)
        return;
    if (event->kind == EV_CALL_CANCEL) {
        /* It may have waited for a timer only; then there is nothing in the queue to take away. */
        if (call == NULL || !call->is_call)
            return;
        if (call->in_ready)
            ready_remove(model, call);
        if (call != model->running)
            task_remove(model, call);
        return;
    }
    if (call == NULL) {
        if (event->kind != EV_CALL_READY)
            fault_id(model, id, "made ready before it begins", "no call of this id is ready");
        if (event->kind == EV_CALL_END || (call = task_add(model, id, true)) == NULL)
            return;
    }
    switch (event->kind) {
    case EV_CALL_READY:
        if (event_has(event, "fn"))
            model_set(model, &call->fn, event_text(event, "fn"));
        make_ready(model, call, event);
        break;
    case EV_CALL_BEGIN:
        begin(model, call);
        model->totals.calls++;
        break;
    default: call_end(model, call, event); break;
    }
}

/* ---- timers ---------------------------------------------------------------------------------- */

static void timer_set(struct model *model, const struct event *event, struct slice id)
{
    int64_t due = event_ns(event, "due", model->t_ns);
    if (model_timer(model, id) != NULL) {
        fault_id(model, id, "to be set once", "it is set already");
        return;
    }
    struct timer *timer = timer_add(model, id, due);
    if (timer == NULL)
        return;
    timer->delay_ns = event_ns(event, "delay", -1);
    timer->set_ns = model->t_ns;
    model_set(model, &timer->wakes, event_text(event, "wakes"));
    model_set(model, &timer->src, event_text(event, "src"));
}

static void timer_fire(struct model *model, const struct event *event, struct timer *timer)
{
    int64_t late = event_ns(event, "late", 0);
    if (timer != model->timers)
        fault_ids(model, "to fire, as the first in firing order", str_slice(&model->timers->id),
                  str_slice(&timer->id));
    if (late < 0 || timer->due_ns > model->t_ns)
        fault_id(model, str_slice(&timer->id), "to fire when it is due, or later",
                 "it fires early");
    if (event_has(event, "wakes") && !str_is(&timer->wakes, event_text(event, "wakes")))
        fault_ids(model, "to be woken", str_slice(&timer->wakes), event_text(event, "wakes"));
    model->totals.timers++;
    if (late > model->totals.late_max_ns)
        model->totals.late_max_ns = late;
    model->phase = PHASE_TIMERS;
    timer_remove(model, timer);
}

static void apply_timer(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "timer");
    if (id.len == 0)
        return;
    if (event->kind == EV_TIMER_SET) {
        timer_set(model, event, id);
        return;
    }
    struct timer *timer = model_timer(model, id);
    if (timer == NULL)
        fault_id(model, id, "set", "no timer of this id is set");
    else if (event->kind == EV_TIMER_FIRE)
        timer_fire(model, event, timer);
    else
        timer_remove(model, timer);
}

/* ---- watched fds ----------------------------------------------------------------------------- */

static void apply_watch(struct model *model, const struct event *event)
{
    int fd = fd_of(event_number(event, "fd", -1));
    bool write = slice_is(event_text(event, "for"), "write");
    const struct watch *there = model_watch(model, fd, write);
    if (event->kind == EV_WATCH_DROP) {
        if (there == NULL)
            model_fault(model, "an fd that is watched", "it is not");
        else
            watch_remove(model, there);
        return;
    }
    if (there != NULL)
        model_fault(model, "an fd that is not watched yet", "it is watched already");
    struct watch *watch = watch_put(model, fd, write);
    if (watch != NULL)
        model_set(model, &watch->who, event_text(event, "who"));
}

/* ---- servers and connections ----------------------------------------------------------------- */

static void server_listen(struct model *model, const struct event *event, struct slice id)
{
    struct server *server = server_add(model, id, fd_of(event_number(event, "fd", -1)));
    if (server == NULL)
        return;
    model_set(model, &server->addr, event_text(event, "addr"));
    model_set(model, &server->src, event_text(event, "src"));
    server->backlog = event_count(event, "backlog", 0);
}

static void server_accept(struct model *model, const struct event *event, struct slice id)
{
    struct slice conn_id = event_text(event, "conn");
    struct conn *conn = model_conn(model, conn_id);
    for (struct server *server = model->servers; server != NULL; server = server->next)
        if (str_is(&server->id, id))
            server->accepted++;
    model->totals.accepted++;
    if (conn != NULL || conn_id.len == 0) {
        fault_id(model, conn_id, "to be accepted once", "it is there already");
        return;
    }
    if ((conn = conn_add(model, conn_id)) == NULL)
        return;
    conn->fd = fd_of(event_number(event, "fd", -1));
    conn->made_ns = model->t_ns;
    model_set(model, &conn->peer, event_text(event, "peer"));
    model_set(model, &conn->state, slice_of("connected"));
    model_set(model, &conn->server, id);
}

static void apply_server(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "server");
    if (event->kind == EV_SERVER_LISTEN) {
        server_listen(model, event, id);
        return;
    }
    struct server *server = model_server(model, id);
    if (server == NULL)
        fault_id(model, id, "a server that listens", "none of this id does");
    switch (event->kind) {
    case EV_SERVER_ACCEPT: server_accept(model, event, id); break;
    case EV_SERVER_REFUSE:
        if (server != NULL)
            server->refused++;
        break;
    default:
        if (server != NULL && event_has(event, "accepted"))
            fault_counts(model, "accepted", server->accepted, event_count(event, "accepted", 0));
        server_remove(model, id);
        break;
    }
}

static void conn_open(struct model *model, const struct event *event, struct slice id)
{
    struct conn *conn = model_conn(model, id);
    if (conn == NULL) {
        if ((conn = conn_add(model, id)) == NULL)
            return;
        conn->made_ns = model->t_ns;
    }
    if (event_has(event, "fd"))
        conn->fd = fd_of(event_number(event, "fd", -1));
    if (event_has(event, "peer"))
        model_set(model, &conn->peer, event_text(event, "peer"));
    if (event_has(event, "state"))
        model_set(model, &conn->state, event_text(event, "state"));
}

static void conn_close(struct model *model, const struct event *event, struct conn *conn)
{
    if (event_has(event, "in"))
        fault_counts(model, "bytes in", conn->in, event_count(event, "in", 0));
    if (event_has(event, "out"))
        fault_counts(model, "bytes out", conn->out, event_count(event, "out", 0));
    conn_remove(model, conn);
}

static void conn_bytes(struct model *model, const struct event *event, struct conn *conn)
{
    uint64_t bytes = event_count(event, "bytes", 0);
    if (event->kind == EV_CONN_READ) {
        conn->in += bytes;
        model->totals.in += bytes;
        return;
    }
    conn->out += bytes;
    model->totals.out += bytes;
    conn->queued = event_count(event, "queued", conn->queued);
}

static void apply_conn(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "conn");
    if (id.len == 0)
        return;
    if (event->kind == EV_CONN_OPEN) {
        conn_open(model, event, id);
        return;
    }
    struct conn *conn = model_conn(model, id);
    if (conn == NULL) {
        fault_id(model, id, "an open connection", "none of this id is open");
        return;
    }
    switch (event->kind) {
    case EV_CONN_READ:
    case EV_CONN_WRITE: conn_bytes(model, event, conn); break;
    case EV_CONN_EOF:
        if (!str_is(&conn->state, slice_of("closing")))
            model_set(model, &conn->state, slice_of("half-closed"));
        break;
    case EV_CONN_CLOSE: conn_close(model, event, conn); break;
    default: /* conn:error */ break;
    }
}

/* ---- notes, output, warnings ----------------------------------------------------------------- */

static void apply_warning(struct model *model, const struct event *event)
{
    struct conn *conn;
    if (event->kind == EV_WARN_GROWS &&
        (conn = model_conn(model, event_text(event, "conn"))) != NULL)
        conn->queued = event_count(event, "queued", conn->queued);
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
        fault_ns(model, "time to go on from", model->t_ns, event->t_ns);
    model->t_ns = event->t_ns;
    model->n = event->n;
    model->last_kind = event->kind;
    if (model->inside->lanes_ns < 0)
        model->inside->lanes_ns = event->t_ns;
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
    else if (event->kind >= EV_WARN_SLOW_STEP && event->kind <= EV_WARN_GROWS)
        apply_warning(model, event);
    else if (event->kind == EV_UNKNOWN)
        model->unknown++;
    else
        apply_words(model, event);
    return rc < 0 || model->no_memory ? -ENOMEM : 0;
}

/*
 * model_state - state records: the loop's own word for what it is.
 *
 * A trace:state (in one line, or in parts whose lists go on from part to part) is read into a
 * model of its own. When it is whole, whoever checks is told each difference between that and what
 * was rebuilt from the events; then it becomes the loop, and what a record can't tell (functions,
 * expressions, since when) is kept from before.
 */
#include "model_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- a record becomes a model ---------------------------------------------------------------- */

static void load_task(struct model *model, const struct event *from)
{
    struct slice id = event_text(from, "task"), state = event_text(from, "state");
    if (id.len == 0 || model_task(model, id) != NULL)
        return;
    struct task *task = task_add(model, id, false);
    if (task == NULL)
        return;
    task->state = slice_is(state, "running") ? TASK_RUNNING
                  : slice_is(state, "ready") ? TASK_READY
                                             : TASK_WAITING;
    model_set(model, &task->on, event_text(from, "on"));
    model_set(model, &task->what, event_text(from, "what"));
    model_set(model, &task->src, event_text(from, "src"));
    model_set(model, &task->parent, event_text(from, "parent"));
    task->due_ns = event_ns(from, "due", -1);
    task->steps = event_count(from, "steps", 0);
    task->cpu_ns = event_ns(from, "cpu", 0);
    task->cancelling = event_count(from, "cancelling", 0);
}

static void load_ready(struct model *model, struct slice id)
{
    struct task *task = model_task(model, id);
    if (task == NULL && (task = task_add(model, id, true)) != NULL)
        task->state = TASK_READY;
    if (task != NULL && !task->in_ready)
        ready_append(model, task);
}

static void load_timer(struct model *model, const struct event *from)
{
    struct slice id = event_text(from, "timer");
    if (id.len == 0 || model_timer(model, id) != NULL)
        return;
    struct timer *timer = timer_add(model, id, event_ns(from, "due", 0));
    if (timer != NULL)
        model_set(model, &timer->wakes, event_text(from, "wakes"));
}

static void load_watch(struct model *model, const struct event *from)
{
    int64_t fd = (int64_t)event_count(from, "fd", UINT64_C(1) << 40);
    struct watch *watch = watch_put(model, fd_of(fd), slice_is(event_text(from, "for"), "write"));
    if (watch != NULL)
        model_set(model, &watch->who, event_text(from, "who"));
}

static void load_server(struct model *model, const struct event *from)
{
    struct server *server = server_add(model, event_text(from, "server"),
                                       fd_of((int64_t)event_count(from, "fd", UINT64_C(1) << 40)));
    if (server == NULL)
        return;
    model_set(model, &server->addr, event_text(from, "addr"));
    server->accepted = event_count(from, "accepted", 0);
}

static void load_conn(struct model *model, const struct event *from)
{
    struct slice id = event_text(from, "conn");
    if (id.len == 0 || model_conn(model, id) != NULL)
        return;
    struct conn *conn = conn_add(model, id);
    if (conn == NULL)
        return;
    conn->fd = fd_of((int64_t)event_count(from, "fd", UINT64_C(1) << 40));
    model_set(model, &conn->peer, event_text(from, "peer"));
    model_set(model, &conn->state, event_text(from, "state"));
    conn->in = event_count(from, "in", 0);
    conn->out = event_count(from, "out", 0);
    conn->queued = event_count(from, "queued", 0);
}

void totals_take(struct totals *totals, const struct event *from)
{
    totals->turns = event_count(from, "turns", 0);
    totals->steps = event_count(from, "steps", 0);
    totals->calls = event_count(from, "calls", 0);
    totals->timers = event_count(from, "timers", 0);
    totals->accepted = event_count(from, "accepted", 0);
    totals->in = event_count(from, "in", 0);
    totals->out = event_count(from, "out", 0);
    totals->late_max_ns = event_ns(from, "late_max", 0);
    totals->busy_ns = event_ns(from, "busy", 0);
    totals->waited_ns = event_ns(from, "waited", 0);
}

static enum phase phase_of(struct slice word, const struct model *model)
{
    for (int phase = PHASE_OUTSIDE; phase <= PHASE_READY; phase++)
        if (slice_is(word, phase_name((enum phase)phase)))
            return (enum phase)phase;
    return model->running != NULL ? PHASE_READY : PHASE_OUTSIDE;
}

/*
 * The running handle: one that is listed, a call, or a task that is done but for its last
 * task:end.
 */
static void load_running(struct model *model, struct slice id)
{
    if (id.len == 0)
        return;
    model->running = model_task(model, id);
    if (model->running == NULL)
        model->running = task_add(model, id, true);
    if (model->running != NULL)
        model->running->state = TASK_RUNNING;
}

static void load_each(struct model *model, const struct event *state, const char *key,
                      void (*load)(struct model *model, const struct event *from))
{
    struct items items = event_items(state, key);
    while (items_next_object(&items, &model->inside->item))
        load(model, &model->inside->item);
}

static void load_lists(struct model *model, const struct event *state)
{
    struct items ready = event_items(state, "ready");
    struct field id;
    load_each(model, state, "tasks", load_task);
    while (items_next(&ready, &id))
        if (id.kind == FIELD_TEXT)
            load_ready(model, id.value);
    load_each(model, state, "timers", load_timer);
    load_each(model, state, "watch", load_watch);
    load_each(model, state, "servers", load_server);
    load_each(model, state, "conns", load_conn);
}

static void load_part(struct model *record, const struct event *state)
{
    /* What `ready` names and `tasks` did not list is a call: tasks come first, also over parts. */
    load_lists(record, state);
    if (event_has(state, "turn"))
        record->turn = event_count(state, "turn", 0);
    if (event_has(state, "running"))
        load_running(record, event_text(state, "running"));
    if (event_true(state, "stopping"))
        record->stopping = true;
    if (event_within(event_field(state, "totals"), &record->inside->item))
        totals_take(&record->totals, &record->inside->item);
    if (event_has(state, "phase")) {
        record->phase = phase_of(event_text(state, "phase"), record);
        record->inside->has_phase = true;
    }
}

/* ---- a record becomes the truth -------------------------------------------------------------- */

/* What the events told of a task and a record does not. */
static void keep_task(struct model *record, const struct model *model, struct task *task)
{
    const struct task *old = model_task(model, str_slice(&task->id));
    if (old == NULL && model->running != NULL && str_is(&model->running->id, str_slice(&task->id)))
        old = model->running;
    if (old == NULL)
        return;
    model_set(record, &task->fn, str_slice(&old->fn));
    model_set(record, &task->expr, str_slice(&old->expr));
    model_set(record, &task->by, str_slice(&old->by));
    model_set(record, &task->why, str_slice(&old->why));
    task->made_ns = old->made_ns;
    task->longest_ns = old->longest_ns;
    task->late_ns = old->late_ns;
    task->warnings = old->warnings;
    if (task->state == old->state)
        task->since_ns = old->since_ns;
    if (task->state != TASK_WAITING && task->on.len == 0) {
        model_set(record, &task->on, str_slice(&old->on));
        model_set(record, &task->what, str_slice(&old->what));
        task->due_ns = old->due_ns;
    }
}

static void keep_from_before(struct model *record, const struct model *model)
{
    for (struct task *task = record->tasks; task != NULL; task = task->next)
        keep_task(record, model, task);
    for (struct task *call = record->calls; call != NULL; call = call->next)
        keep_task(record, model, call);
    for (struct timer *timer = record->timers; timer != NULL; timer = timer->next[0]) {
        const struct timer *old = model_timer(model, str_slice(&timer->id));
        if (old == NULL)
            continue;
        model_set(record, &timer->src, str_slice(&old->src));
        timer->delay_ns = old->delay_ns;
        timer->set_ns = old->set_ns;
    }
    for (struct server *server = record->servers; server != NULL; server = server->next) {
        const struct server *old = server_at_fd(model, str_slice(&server->id), server->fd);
        if (old == NULL)
            continue;
        model_set(record, &server->src, str_slice(&old->src));
        server->backlog = old->backlog;
        server->refused = old->refused;
    }
    for (struct conn *conn = record->conns; conn != NULL; conn = conn->next) {
        const struct conn *old = model_conn(model, str_slice(&conn->id));
        if (old == NULL)
            continue;
        model_set(record, &conn->server, str_slice(&old->server));
        conn->made_ns = old->made_ns;
        conn->queued_most = old->queued_most;
        conn->in_flow = old->in_flow;
        conn->out_flow = old->out_flow;
    }
}

#define SWAP(type, a, b)                                                                           \
    do {                                                                                           \
        type swap_ = (a);                                                                          \
        (a) = (b);                                                                                 \
        (b) = swap_;                                                                               \
    } while (0)

/* The loop's structures change places; what the model alone knows stays where it is. */
static void swap_loops(struct model *a, struct model *b)
{
    SWAP(struct task *, a->running, b->running);
    SWAP(struct task *, a->tasks, b->tasks);
    SWAP(struct task *, a->tasks_last, b->tasks_last);
    SWAP(size_t, a->n_tasks, b->n_tasks);
    SWAP(struct task *, a->calls, b->calls);
    SWAP(struct task *, a->calls_last, b->calls_last);
    SWAP(size_t, a->n_calls, b->n_calls);
    SWAP(struct task *, a->ready, b->ready);
    SWAP(struct task *, a->ready_last, b->ready_last);
    SWAP(size_t, a->n_ready, b->n_ready);
    SWAP(struct timer *, a->timers, b->timers);
    SWAP(size_t, a->n_timers, b->n_timers);
    SWAP(struct watch *, a->watches, b->watches);
    SWAP(size_t, a->n_watches, b->n_watches);
    SWAP(size_t, a->room_watches, b->room_watches);
    SWAP(struct server *, a->servers, b->servers);
    SWAP(size_t, a->n_servers, b->n_servers);
    SWAP(struct conn *, a->conns, b->conns);
    SWAP(struct conn *, a->conns_last, b->conns_last);
    SWAP(size_t, a->n_conns, b->n_conns);
    SWAP(struct totals, a->totals, b->totals);
    SWAP(struct table, a->inside->tasks, b->inside->tasks);
    SWAP(struct table, a->inside->timers, b->inside->timers);
    SWAP(struct table, a->inside->conns, b->inside->conns);
    for (int level = 0; level < SKIP_LEVELS; level++)
        SWAP(struct timer *, a->inside->timer_heads[level], b->inside->timer_heads[level]);
}

/*
 * A task that is done while its last step still runs is listed nowhere: the record could only take
 * its id for a call's. The task that we know goes on running.
 */
static void keep_last_step(struct model *record, struct model *model)
{
    struct task *last = model->running, *told = record->running;
    if (last == NULL || !last->done || told == NULL || !str_is(&told->id, str_slice(&last->id)))
        return;
    record->running = NULL;
    task_remove(record, told);
    record->running = last;
    model->running = NULL;
}

static void adopt(struct model *model, struct model *record)
{
    keep_from_before(record, model);
    keep_last_step(record, model);
    swap_loops(model, record);
    model->turn = record->turn;
    model->stopping = record->stopping;
    if (record->inside->has_phase)
        model->phase = record->phase;
    model->looping = model->looping || model->phase != PHASE_OUTSIDE;
    bool inside = model->phase == PHASE_SELECT;
    if (model->unsure || (inside && !model->select.inside))
        select_forget(&model->select); /* how it was called was not seen */
    model->select.inside = inside;
    if (model->running == NULL)
        model->begun_ns = -1;
    model->unsure = false;
}

/* ---- parts ----------------------------------------------------------------------------------- */

void state_drop(struct model *model)
{
    model_destroy(model->inside->record);
    model->inside->record = NULL;
}

int state_apply(struct model *model, const struct event *event)
{
    struct model_inside *inside = model->inside;
    uint64_t part = event_count(event, "part", 1), of = event_count(event, "of", 1);
    if (part == 1) {
        state_drop(model);
        if (of == 1 && model_is_checked(model) && model_is_told(model, event))
            return 0;
        if ((inside->record = model_without_past()) == NULL)
            return -ENOMEM;
    } else if (inside->record == NULL || part != inside->record_part + 1 ||
               of != inside->record_parts) {
        model_fault(model, "the parts of a state record in order", "one is missing");
        state_drop(model);
        return 0;
    }
    inside->record_part = part;
    inside->record_parts = of;
    load_part(inside->record, event);
    if (part < of)
        return 0;
    struct model *record = inside->record;
    inside->record = NULL;
    int rc = record->no_memory ? -ENOMEM : 0;
    if (rc == 0) {
        model_differ(model, record);
        adopt(model, record);
    }
    model_destroy(record);
    return rc;
}

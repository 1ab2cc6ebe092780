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
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading values out of json-c ------------------------------------------------------------ */

static struct json_object *member(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    if (!json_object_is_type(object, json_type_object) ||
        !json_object_object_get_ex(object, key, &value))
        return NULL;
    return value;
}

static struct slice text_in(struct json_object *object, const char *key)
{
    struct json_object *value = member(object, key);
    if (!json_object_is_type(value, json_type_string))
        return (struct slice){ 0 };
    return (struct slice){ json_object_get_string(value),
                           (size_t)json_object_get_string_len(value) };
}

static struct slice number_in(struct json_object *object, const char *key)
{
    struct json_object *value = member(object, key);
    bool number =
        json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
    return number ? slice_of(json_object_get_string(value)) : (struct slice){ 0 };
}

static uint64_t count_in(struct json_object *object, const char *key, uint64_t otherwise)
{
    int64_t whole;
    struct slice number = number_in(object, key);
    return number.len > 0 && number_whole(number, &whole) && whole >= 0 ? (uint64_t)whole
                                                                        : otherwise;
}

static int64_t ns_in(struct json_object *object, const char *key, int64_t otherwise)
{
    int64_t ns;
    struct slice number = number_in(object, key);
    return number.len > 0 && number_ns(number, &ns) ? ns : otherwise;
}

/* The list's length; 0 when there is no such list. */
static size_t list_in(struct json_object *object, const char *key, struct json_object **list)
{
    *list = member(object, key);
    return json_object_is_type(*list, json_type_array) ? json_object_array_length(*list) : 0;
}

/* ---- a record becomes a model ---------------------------------------------------------------- */

static void load_task(struct model *model, struct json_object *from)
{
    struct slice id = text_in(from, "task"), state = text_in(from, "state");
    if (id.len == 0 || model_task(model, id) != NULL)
        return;
    struct task *task = task_add(model, id, false);
    if (task == NULL)
        return;
    task->state = slice_is(state, "running") ? TASK_RUNNING
                  : slice_is(state, "ready") ? TASK_READY
                                             : TASK_WAITING;
    model_set(model, &task->on, text_in(from, "on"));
    model_set(model, &task->what, text_in(from, "what"));
    model_set(model, &task->src, text_in(from, "src"));
    model_set(model, &task->parent, text_in(from, "parent"));
    task->due_ns = ns_in(from, "due", -1);
    task->steps = count_in(from, "steps", 0);
    task->cpu_ns = ns_in(from, "cpu", 0);
    task->cancelling = count_in(from, "cancelling", 0);
}

static void load_ready(struct model *model, struct json_object *from)
{
    if (!json_object_is_type(from, json_type_string))
        return;
    struct slice id = { json_object_get_string(from), (size_t)json_object_get_string_len(from) };
    struct task *task = model_task(model, id);
    if (task == NULL && (task = task_add(model, id, true)) != NULL)
        task->state = TASK_READY;
    if (task != NULL && !task->in_ready)
        ready_append(model, task);
}

static void load_timer(struct model *model, struct json_object *from)
{
    struct slice id = text_in(from, "timer");
    if (id.len == 0 || model_timer(model, id) != NULL)
        return;
    struct timer *timer = timer_add(model, id, ns_in(from, "due", 0));
    if (timer != NULL)
        model_set(model, &timer->wakes, text_in(from, "wakes"));
}

static void load_watch(struct model *model, struct json_object *from)
{
    int64_t fd = (int64_t)count_in(from, "fd", UINT64_C(1) << 40);
    struct watch *watch = watch_put(model, fd_of(fd), slice_is(text_in(from, "for"), "write"));
    if (watch != NULL)
        model_set(model, &watch->who, text_in(from, "who"));
}

static void load_server(struct model *model, struct json_object *from)
{
    struct server *server = server_add(model, text_in(from, "server"),
                                       fd_of((int64_t)count_in(from, "fd", UINT64_C(1) << 40)));
    if (server == NULL)
        return;
    model_set(model, &server->addr, text_in(from, "addr"));
    server->accepted = count_in(from, "accepted", 0);
}

static void load_conn(struct model *model, struct json_object *from)
{
    struct slice id = text_in(from, "conn");
    if (id.len == 0 || model_conn(model, id) != NULL)
        return;
    struct conn *conn = conn_add(model, id);
    if (conn == NULL)
        return;
    conn->fd = fd_of((int64_t)count_in(from, "fd", UINT64_C(1) << 40));
    model_set(model, &conn->peer, text_in(from, "peer"));
    model_set(model, &conn->state, text_in(from, "state"));
    conn->in = count_in(from, "in", 0);
    conn->out = count_in(from, "out", 0);
    conn->queued = count_in(from, "queued", 0);
}

static void load_totals(struct model *model, struct json_object *from)
{
    struct totals *totals = &model->totals;
    if (from == NULL)
        return;
    totals->turns = count_in(from, "turns", 0);
    totals->steps = count_in(from, "steps", 0);
    totals->calls = count_in(from, "calls", 0);
    totals->timers = count_in(from, "timers", 0);
    totals->accepted = count_in(from, "accepted", 0);
    totals->in = count_in(from, "in", 0);
    totals->out = count_in(from, "out", 0);
    totals->late_max_ns = ns_in(from, "late_max", 0);
    totals->busy_ns = ns_in(from, "busy", 0);
    totals->waited_ns = ns_in(from, "waited", 0);
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

static void load_lists(struct model *model, struct json_object *tree)
{
    static const struct {
        const char *key;
        void (*load)(struct model *model, struct json_object *from);
    } lists[] = { { "tasks", load_task },  { "ready", load_ready },    { "timers", load_timer },
                  { "watch", load_watch }, { "servers", load_server }, { "conns", load_conn } };
    struct json_object *list;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        size_t n = list_in(tree, lists[i].key, &list);
        for (size_t j = 0; j < n; j++)
            lists[i].load(model, json_object_array_get_idx(list, j));
    }
}

static void load_part(struct model *record, struct json_object *tree)
{
    /* What `ready` names and `tasks` did not list is a call: tasks come first, also over parts. */
    load_lists(record, tree);
    if (member(tree, "turn") != NULL)
        record->turn = count_in(tree, "turn", 0);
    if (member(tree, "running") != NULL)
        load_running(record, text_in(tree, "running"));
    if (json_object_get_boolean(member(tree, "stopping")))
        record->stopping = true;
    load_totals(record, member(tree, "totals"));
    if (member(tree, "phase") != NULL) {
        record->phase = phase_of(text_in(tree, "phase"), record);
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
    model->select.inside = model->phase == PHASE_SELECT;
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
    if (event->tree == NULL)
        return 0;
    if (part == 1) {
        state_drop(model);
        if ((inside->record = model_create()) == NULL)
            return -ENOMEM;
    } else if (inside->record == NULL || part != inside->record_part + 1 ||
               of != inside->record_parts) {
        model_fault(model, "the parts of a state record in order", "one is missing");
        state_drop(model);
        return 0;
    }
    inside->record_part = part;
    inside->record_parts = of;
    load_part(inside->record, event->tree);
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

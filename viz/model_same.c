/*
 * model_same - whether a state record says just what was rebuilt from the events.
 *
 * Most do, and then there is nothing to read into a model of its own, to compare or to adopt: the
 * lists are walked side by side, and the first difference ends it. MEASURED: `loopscope check` of a
 * trace whose sixth part is records is a third faster.
 */
#include "model_inside.h"

#include <string.h>

static bool same_text(const struct event *from, const char *key, const struct str *rebuilt)
{
    return str_is(rebuilt, event_text(from, key));
}

static bool same_waiting(const struct task *task, const struct event *from)
{
    if (task->state != TASK_WAITING)
        return !event_has(from, "on"); /* what is kept from before */
    return same_text(from, "on", &task->on) && same_text(from, "what", &task->what) &&
           event_ns(from, "due", -1) == task->due_ns;
}

static bool same_task(const struct task *task, const struct event *from)
{
    return same_text(from, "task", &task->id) &&
           slice_is(event_text(from, "state"), task_state_name(task->state)) &&
           same_waiting(task, from) && same_text(from, "src", &task->src) &&
           same_text(from, "parent", &task->parent) &&
           event_count(from, "steps", 0) == task->steps &&
           event_ns(from, "cpu", 0) == task->cpu_ns &&
           event_count(from, "cancelling", 0) == task->cancelling;
}

static bool same_tasks(const struct model *model, const struct event *state)
{
    struct event *item = &model->inside->item;
    struct items items = event_items(state, "tasks");
    const struct task *task = model->tasks;
    for (; items_next_object(&items, item); task = task->next)
        if (task == NULL || !same_task(task, item))
            return false;
    return task == NULL;
}

/* And there are no calls but those that are ready, or run. */
static bool same_ready(const struct model *model, const struct event *state)
{
    struct items items = event_items(state, "ready");
    struct field id;
    const struct task *task = model->ready;
    size_t n_calls = model->running != NULL && model->running->is_call;
    for (; items_next(&items, &id); task = task->next_ready) {
        if (task == NULL || !str_is(&task->id, field_text(&id)))
            return false;
        n_calls += task->is_call;
    }
    return task == NULL && n_calls == model->n_calls;
}

static bool same_timers(const struct model *model, const struct event *state)
{
    struct event *item = &model->inside->item;
    struct items items = event_items(state, "timers");
    const struct timer *timer = model->timers;
    for (; items_next_object(&items, item); timer = timer->next[0])
        if (timer == NULL || !same_text(item, "timer", &timer->id) ||
            !same_text(item, "wakes", &timer->wakes) || event_ns(item, "due", 0) != timer->due_ns)
            return false;
    return timer == NULL;
}

static bool same_watches(const struct model *model, const struct event *state)
{
    struct event *item = &model->inside->item;
    struct items items = event_items(state, "watch");
    size_t i = 0;
    for (; items_next_object(&items, item); i++) {
        const struct watch *watch = &model->watches[i];
        if (i == model->n_watches || event_number(item, "fd", -1) != watch->fd ||
            !slice_is(event_text(item, "for"), watch->write ? "write" : "read") ||
            !same_text(item, "who", &watch->who))
            return false;
    }
    return i == model->n_watches;
}

static bool same_servers(const struct model *model, const struct event *state)
{
    struct event *item = &model->inside->item;
    struct items items = event_items(state, "servers");
    const struct server *server = model->servers;
    for (; items_next_object(&items, item); server = server->next)
        if (server == NULL || !same_text(item, "server", &server->id) ||
            event_number(item, "fd", -1) != server->fd || !same_text(item, "addr", &server->addr) ||
            event_count(item, "accepted", 0) != server->accepted)
            return false;
    return server == NULL;
}

static bool same_conn(const struct conn *conn, const struct event *from)
{
    return same_text(from, "conn", &conn->id) && event_number(from, "fd", -1) == conn->fd &&
           same_text(from, "peer", &conn->peer) && same_text(from, "state", &conn->state) &&
           event_count(from, "in", 0) == conn->in && event_count(from, "out", 0) == conn->out &&
           event_count(from, "queued", 0) == conn->queued;
}

static bool same_conns(const struct model *model, const struct event *state)
{
    struct event *item = &model->inside->item;
    struct items items = event_items(state, "conns");
    const struct conn *conn = model->conns;
    for (; items_next_object(&items, item); conn = conn->next)
        if (conn == NULL || !same_conn(conn, item))
            return false;
    return conn == NULL;
}

static bool same_totals(const struct model *model, const struct event *state)
{
    struct totals told = { 0 };
    if (!event_within(event_field(state, "totals"), &model->inside->item))
        return false;
    totals_take(&told, &model->inside->item);
    return memcmp(&told, &model->totals, sizeof told) == 0;
}

static bool same_running(const struct model *model, const struct event *state)
{
    const struct task *running = model->running;
    if (running == NULL)
        return !event_has(state, "running");
    return !running->done && same_text(state, "running", &running->id);
}

static bool same_phase(const struct model *model, const struct event *state)
{
    return slice_is(event_text(state, "phase"), phase_name(model->phase)) &&
           model->select.inside == (model->phase == PHASE_SELECT) &&
           model->looping == (model->phase != PHASE_OUTSIDE);
}

bool model_is_told(const struct model *model, const struct event *state)
{
    return !model->unsure && event_count(state, "turn", 0) == model->turn &&
           event_true(state, "stopping") == model->stopping && same_running(model, state) &&
           same_phase(model, state) && same_totals(model, state) && same_ready(model, state) &&
           same_tasks(model, state) && same_timers(model, state) && same_watches(model, state) &&
           same_servers(model, state) && same_conns(model, state);
}

/*
 * model_copy - a deep copy of a model: everything is added again to an empty one.
 */
#include "model_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void copy_str(struct model *model, struct str *to, const struct str *from)
{
    model_set(model, to, str_slice(from));
}

static void copy_task_contents(struct model *model, struct task *copy, const struct task *task)
{
    const struct str *from[] = { &task->on, &task->what,   &task->expr, &task->src,
                                 &task->fn, &task->parent, &task->by,   &task->why };
    struct str *to[] = { &copy->on, &copy->what,   &copy->expr, &copy->src,
                         &copy->fn, &copy->parent, &copy->by,   &copy->why };
    for (size_t i = 0; i < sizeof to / sizeof *to; i++)
        copy_str(model, to[i], from[i]);
    copy->state = task->state;
    copy->since_ns = task->since_ns;
    copy->due_ns = task->due_ns;
    copy->steps = task->steps;
    copy->cpu_ns = task->cpu_ns;
    copy->longest_ns = task->longest_ns;
    copy->late_ns = task->late_ns;
    copy->warnings = task->warnings;
    copy->cancelling = task->cancelling;
    copy->made_ns = task->made_ns;
}

static void copy_tasks(struct model *to, const struct task *list)
{
    for (; list != NULL; list = list->next) {
        struct task *copy = task_add(to, str_slice(&list->id), list->is_call);
        if (copy != NULL)
            copy_task_contents(to, copy, list);
    }
}

/* The handle that runs; one that is done already is in no list any more. */
static void copy_running(struct model *to, const struct task *running)
{
    if (running == NULL)
        return;
    to->running = model_task(to, str_slice(&running->id));
    if (running->done && to->running == NULL) {
        to->running = task_add(to, str_slice(&running->id), running->is_call);
        if (to->running != NULL) {
            copy_task_contents(to, to->running, running);
            task_remove(to, to->running);
        }
    }
}

static void copy_things(struct model *to, const struct model *from)
{
    copy_tasks(to, from->tasks);
    copy_tasks(to, from->calls);
    for (const struct task *task = from->ready; task != NULL; task = task->next_ready) {
        struct task *copy = model_task(to, str_slice(&task->id));
        if (copy != NULL && !copy->in_ready)
            ready_append(to, copy);
    }
    copy_running(to, from->running);
    for (const struct timer *timer = from->timers; timer != NULL; timer = timer->next[0]) {
        struct timer *copy = timer_add(to, str_slice(&timer->id), timer->due_ns);
        if (copy == NULL)
            continue;
        copy_str(to, &copy->wakes, &timer->wakes);
        copy_str(to, &copy->src, &timer->src);
        copy->delay_ns = timer->delay_ns;
        copy->set_ns = timer->set_ns;
    }
    for (size_t i = 0; i < from->n_watches; i++) {
        struct watch *copy = watch_put(to, from->watches[i].fd, from->watches[i].write);
        if (copy != NULL)
            copy_str(to, &copy->who, &from->watches[i].who);
    }
}

static void copy_network(struct model *to, const struct model *from)
{
    for (const struct server *server = from->servers; server != NULL; server = server->next) {
        struct server *copy = server_add(to, str_slice(&server->id), server->fd);
        if (copy == NULL)
            continue;
        copy_str(to, &copy->addr, &server->addr);
        copy_str(to, &copy->src, &server->src);
        copy->backlog = server->backlog;
        copy->accepted = server->accepted;
        copy->refused = server->refused;
    }
    for (const struct conn *conn = from->conns; conn != NULL; conn = conn->next) {
        struct conn *copy = conn_add(to, str_slice(&conn->id));
        if (copy == NULL)
            continue;
        copy->fd = conn->fd;
        copy_str(to, &copy->peer, &conn->peer);
        copy_str(to, &copy->state, &conn->state);
        copy_str(to, &copy->server, &conn->server);
        copy->in = conn->in;
        copy->out = conn->out;
        copy->queued = conn->queued;
        copy->queued_most = conn->queued_most;
        copy->in_flow = conn->in_flow;
        copy->out_flow = conn->out_flow;
        copy->made_ns = conn->made_ns;
    }
}

static int *copy_fds(struct model *model, const int *fds, size_t n)
{
    if (n == 0)
        return NULL;
    int *copy = malloc(n * sizeof *copy);
    if (copy == NULL)
        model->no_memory = true;
    else
        memcpy(copy, fds, n * sizeof *copy);
    return copy;
}

static void copy_select(struct model *to, const struct select_call *from)
{
    struct select_call *call = &to->select;
    *call = *from;
    call->until = call->error = (struct str){ 0 };
    copy_str(to, &call->until, &from->until);
    copy_str(to, &call->error, &from->error);
    call->read_fds = copy_fds(to, from->read_fds, from->n_read_fds);
    call->write_fds = copy_fds(to, from->write_fds, from->n_write_fds);
    if (call->read_fds == NULL)
        call->n_read_fds = 0;
    if (call->write_fds == NULL)
        call->n_write_fds = 0;
}

static void copy_plain(struct model *to, const struct model *from)
{
    to->t_ns = from->t_ns;
    to->n = from->n;
    to->last_kind = from->last_kind;
    to->has_head = from->has_head;
    to->pid = from->pid;
    to->virtual_clock = from->virtual_clock;
    to->phase = from->phase;
    to->turn = from->turn;
    to->looping = from->looping;
    to->stopping = from->stopping;
    to->begun_ns = from->begun_ns;
    to->batch = from->batch;
    to->batch_done = from->batch_done;
    to->turn_began_ns = from->turn_began_ns;
    to->totals = from->totals;
    to->n_warnings = from->n_warnings;
    to->unsure = from->unsure;
    to->from_start = from->from_start;
    to->lost = from->lost;
    to->unknown = from->unknown;
    to->held_ns = from->held_ns;
    to->ended = from->ended;
    to->end_status = from->end_status;
    to->inside->lanes_ns = from->inside->lanes_ns;
    to->loop_since_ns = from->loop_since_ns;
    to->inside->begun = from->inside->begun;
}

struct model *model_copy(const struct model *model)
{
    struct model *copy = model_create();
    if (copy == NULL)
        return NULL;
    copy_plain(copy, model);
    copy_str(copy, &copy->program, &model->program);
    copy_str(copy, &copy->loop_name, &model->loop_name);
    copy_str(copy, &copy->started, &model->started);
    copy_str(copy, &copy->argv, &model->argv);
    copy_str(copy, &copy->how, &model->how);
    copy_str(copy, &copy->run_for, &model->run_for);
    copy_str(copy, &copy->stop_by, &model->stop_by);
    copy_str(copy, &copy->end_how, &model->end_how);
    copy_things(copy, model);
    copy_network(copy, model);
    copy_select(copy, &model->select);
    if (copy->no_memory || recent_copy(copy, model) < 0) {
        model_destroy(copy);
        errno = ENOMEM;
        return NULL;
    }
    copy->no_memory = model->no_memory;
    return copy;
}

size_t model_bytes(const struct model *model)
{
    enum { STRINGS = 6 * 32 };
    return sizeof *model + sizeof *model->inside +
           (model->n_tasks + model->n_calls) * (sizeof(struct task) + STRINGS) +
           model->n_timers * (sizeof(struct timer) + STRINGS / 2) +
           model->n_watches * (sizeof(struct watch) + 32) +
           model->n_conns * (sizeof(struct conn) + STRINGS / 2) + recent_bytes(model);
}

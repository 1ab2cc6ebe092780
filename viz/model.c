/*
 * model - the things that a loop is made of, kept so that each event changes few of them.
 *
 *      tasks, calls    lists by number: new ones come at the end
 *      ready queue     a list through the tasks and calls in it
 *      timers          a skip list in firing order: due, then number (ids come in arming order)
 *      watches         an array by fd
 *      servers         a list, there are few
 *      conns           a list by number
 *
 * and hash tables by id. A copy is made by adding everything again to an empty model; both are
 * then equal in all that can be seen from outside, which is what makes a snapshot as good as the
 * way to it.
 */
#include "model_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *phase_name(enum phase phase)
{
    static const char *const names[] = { "outside", "timeout", "select", "io", "timers", "ready" };
    return (unsigned)phase < 6 ? names[phase] : "";
}

const char *task_state_name(enum task_state state)
{
    static const char *const names[] = { "waiting", "ready", "running" };
    return (unsigned)state < 3 ? names[state] : "";
}

/* ---- ids ------------------------------------------------------------------------------------- */

static ptrdiff_t number_at(struct slice id)
{
    ptrdiff_t at = (ptrdiff_t)id.len;
    while (at > 0 && id.at[at - 1] >= '0' && id.at[at - 1] <= '9')
        at--;
    bool is_id = at > 0 && id.at[at - 1] == '#' && (size_t)at < id.len && id.len - (size_t)at <= 16;
    return is_id ? at : -1;
}

struct slice id_name(struct slice id)
{
    ptrdiff_t at = number_at(id);
    return at < 0 ? id : (struct slice){ id.at, (size_t)at - 1 };
}

uint64_t id_number(struct slice id)
{
    ptrdiff_t at = number_at(id);
    int64_t number = 0;
    if (at < 0 || !number_whole((struct slice){ id.at + at, id.len - (size_t)at }, &number))
        return 0;
    return (uint64_t)number;
}

static ptrdiff_t colon_of(struct slice src)
{
    ptrdiff_t at = (ptrdiff_t)src.len;
    while (at > 0 && src.at[at - 1] >= '0' && src.at[at - 1] <= '9')
        at--;
    return at > 0 && src.at[at - 1] == ':' && (size_t)at < src.len ? at - 1 : -1;
}

struct slice src_file(struct slice src)
{
    ptrdiff_t colon = colon_of(src);
    return colon < 0 ? src : (struct slice){ src.at, (size_t)colon };
}

uint64_t src_line(struct slice src)
{
    ptrdiff_t colon = colon_of(src);
    int64_t line = 0;
    if (colon >= 0)
        number_whole((struct slice){ src.at + colon + 1, src.len - (size_t)colon - 1 }, &line);
    return (uint64_t)line;
}

int fd_of(int64_t number)
{
    return number < 0 || number > INT32_MAX ? -1 : (int)number;
}

void model_set(struct model *model, struct str *str, struct slice text)
{
    if (str_set(str, text) < 0)
        model->no_memory = true;
}

void *model_zeroed(struct model *model, size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL)
        model->no_memory = true;
    return memory;
}

/* ---- tasks and calls ------------------------------------------------------------------------- */

struct task *model_task(const struct model *model, struct slice id)
{
    return table_find(&model->inside->tasks, id);
}

struct task *model_doer(const struct model *model, const struct deed *deed)
{
    enum { CLIPPED = NAME_CLIP - 4 }; /* a character of four bytes had no room */
    struct slice name = slice_of(deed->name);
    struct task *task = model_task(model, name);
    if (task != NULL || name.len < CLIPPED)
        return task;
    task = deed->is_call ? model->calls : model->tasks;
    while (task != NULL && task->number < deed->number)
        task = task->next;
    return task != NULL && task->number == deed->number ? task : NULL;
}

/* Into the list by number; nearly always at its end. */
static void list_task(struct task **first, struct task **last, struct task *task)
{
    struct task *after = *last;
    while (after != NULL && after->number > task->number)
        after = after->prev;
    task->prev = after;
    task->next = after != NULL ? after->next : *first;
    *(task->prev != NULL ? &task->prev->next : first) = task;
    *(task->next != NULL ? &task->next->prev : last) = task;
}

static void unlist_task(struct task **first, struct task **last, struct task *task)
{
    *(task->prev != NULL ? &task->prev->next : first) = task->next;
    *(task->next != NULL ? &task->next->prev : last) = task->prev;
    task->next = task->prev = NULL;
}

void task_free(struct task *task)
{
    if (task == NULL)
        return;
    struct str *strings[] = { &task->id, &task->on,     &task->what, &task->expr, &task->src,
                              &task->fn, &task->parent, &task->by,   &task->why };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        str_fini(strings[i]);
    free(task);
}

struct task *task_add(struct model *model, struct slice id, bool is_call)
{
    struct task *task = model_zeroed(model, sizeof *task);
    if (task == NULL)
        return NULL;
    if (str_set(&task->id, id) < 0 || table_add(&model->inside->tasks, task) < 0) {
        model->no_memory = true;
        task_free(task);
        return NULL;
    }
    task->number = id_number(id);
    task->is_call = is_call;
    task->due_ns = task->made_ns = task->since_ns = -1;
    if (is_call) {
        list_task(&model->calls, &model->calls_last, task);
        model->n_calls++;
    } else {
        list_task(&model->tasks, &model->tasks_last, task);
        model->n_tasks++;
    }
    return task;
}

void task_remove(struct model *model, struct task *task)
{
    if (task->in_ready)
        ready_remove(model, task);
    if (!task->done) {
        table_remove(&model->inside->tasks, task);
        if (task->is_call) {
            unlist_task(&model->calls, &model->calls_last, task);
            model->n_calls--;
        } else {
            unlist_task(&model->tasks, &model->tasks_last, task);
            model->n_tasks--;
        }
        task->done = true;
    }
    if (model->running != task)
        task_free(task);
}

void ready_append(struct model *model, struct task *task)
{
    task->in_ready = true;
    task->next_ready = NULL;
    task->prev_ready = model->ready_last;
    *(model->ready_last != NULL ? &model->ready_last->next_ready : &model->ready) = task;
    model->ready_last = task;
    model->n_ready++;
}

void ready_remove(struct model *model, struct task *task)
{
    *(task->prev_ready != NULL ? &task->prev_ready->next_ready : &model->ready) = task->next_ready;
    *(task->next_ready != NULL ? &task->next_ready->prev_ready : &model->ready_last) =
        task->prev_ready;
    task->next_ready = task->prev_ready = NULL;
    task->in_ready = false;
    model->n_ready--;
}

/* ---- watches --------------------------------------------------------------------------------- */

static size_t watch_place(const struct model *model, int fd, bool write)
{
    size_t low = 0, high = model->n_watches;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct watch *watch = &model->watches[middle];
        if (watch->fd < fd || (watch->fd == fd && watch->write < write))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct watch *model_watch(const struct model *model, int fd, bool write)
{
    size_t at = watch_place(model, fd, write);
    if (at == model->n_watches || model->watches[at].fd != fd || model->watches[at].write != write)
        return NULL;
    return &model->watches[at];
}

uint64_t model_fds_of(const struct model *model, uint64_t n_watches)
{
    uint64_t both = 0;
    for (size_t i = 1; i < model->n_watches; i++)
        both += model->watches[i].fd == model->watches[i - 1].fd;
    return n_watches > both ? n_watches - both : n_watches;
}

struct watch *watch_put(struct model *model, int fd, bool write)
{
    size_t at = watch_place(model, fd, write);
    if (at < model->n_watches && model->watches[at].fd == fd && model->watches[at].write == write)
        return &model->watches[at];
    if (model->n_watches == model->room_watches) {
        size_t room = model->room_watches == 0 ? 8 : 2 * model->room_watches;
        struct watch *watches = realloc(model->watches, room * sizeof *watches);
        if (watches == NULL) {
            model->no_memory = true;
            return NULL;
        }
        model->watches = watches;
        model->room_watches = room;
    }
    memmove(&model->watches[at + 1], &model->watches[at],
            (model->n_watches - at) * sizeof *model->watches);
    model->n_watches++;
    model->watches[at] = (struct watch){ .fd = fd, .write = write };
    return &model->watches[at];
}

void watch_remove(struct model *model, const struct watch *watch)
{
    size_t at = (size_t)(watch - model->watches);
    str_fini(&model->watches[at].who);
    model->n_watches--;
    memmove(&model->watches[at], &model->watches[at + 1],
            (model->n_watches - at) * sizeof *model->watches);
}

/* ---- servers and connections ----------------------------------------------------------------- */

struct server *model_server(const struct model *model, struct slice id)
{
    for (struct server *server = model->servers; server != NULL; server = server->next)
        if (str_is(&server->id, id))
            return server;
    return NULL;
}

const struct server *server_at_fd(const struct model *model, struct slice id, int fd)
{
    for (const struct server *server = model->servers; server != NULL; server = server->next)
        if (server->fd == fd && str_is(&server->id, id))
            return server;
    return NULL;
}

static void server_free(struct server *server)
{
    str_fini(&server->id);
    str_fini(&server->addr);
    str_fini(&server->src);
    free(server);
}

struct server *server_add(struct model *model, struct slice id, int fd)
{
    struct server *server = model_zeroed(model, sizeof *server);
    struct server **link = &model->servers;
    if (server == NULL)
        return NULL;
    model_set(model, &server->id, id);
    server->number = id_number(id);
    server->fd = fd;
    while (*link != NULL)
        link = &(*link)->next;
    *link = server;
    model->n_servers++;
    return server;
}

void server_remove(struct model *model, struct slice id)
{
    struct server **link = &model->servers;
    while (*link != NULL) {
        struct server *server = *link;
        if (!str_is(&server->id, id)) {
            link = &server->next;
            continue;
        }
        *link = server->next;
        server_free(server);
        model->n_servers--;
    }
}

struct conn *model_conn(const struct model *model, struct slice id)
{
    return table_find(&model->inside->conns, id);
}

static void conn_free(struct conn *conn)
{
    str_fini(&conn->id);
    str_fini(&conn->peer);
    str_fini(&conn->state);
    str_fini(&conn->server);
    free(conn);
}

struct conn *conn_add(struct model *model, struct slice id)
{
    struct conn *conn = model_zeroed(model, sizeof *conn);
    if (conn == NULL)
        return NULL;
    if (str_set(&conn->id, id) < 0 || table_add(&model->inside->conns, conn) < 0) {
        model->no_memory = true;
        conn_free(conn);
        return NULL;
    }
    conn->number = id_number(id);
    conn->fd = -1;
    conn->made_ns = -1;
    struct conn *after = model->conns_last;
    while (after != NULL && after->number > conn->number)
        after = after->prev;
    conn->prev = after;
    conn->next = after != NULL ? after->next : model->conns;
    *(conn->prev != NULL ? &conn->prev->next : &model->conns) = conn;
    *(conn->next != NULL ? &conn->next->prev : &model->conns_last) = conn;
    model->n_conns++;
    return conn;
}

void conn_remove(struct model *model, struct conn *conn)
{
    *(conn->prev != NULL ? &conn->prev->next : &model->conns) = conn->next;
    *(conn->next != NULL ? &conn->next->prev : &model->conns_last) = conn->prev;
    table_remove(&model->inside->conns, conn);
    conn_free(conn);
    model->n_conns--;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void remove_everything(struct model *model)
{
    if (model->running != NULL) {
        struct task *running = model->running;
        model->running = NULL;
        if (running->done)
            task_free(running);
    }
    while (model->tasks_last != NULL)
        task_remove(model, model->tasks_last);
    while (model->calls_last != NULL)
        task_remove(model, model->calls_last);
    while (model->timers != NULL)
        timer_remove(model, model->timers);
    while (model->n_watches > 0)
        watch_remove(model, &model->watches[model->n_watches - 1]);
    while (model->servers != NULL) {
        struct server *next = model->servers->next;
        server_free(model->servers);
        model->servers = next;
    }
    model->n_servers = 0;
    while (model->conns_last != NULL)
        conn_remove(model, model->conns_last);
}

void select_forget(struct select_call *call)
{
    str_fini(&call->until);
    str_fini(&call->error);
    free(call->read_fds);
    free(call->write_fds);
    *call = (struct select_call){ .entered_ns = -1, .took_ns = -1 };
}

void loop_reset(struct model *model)
{
    remove_everything(model);
    select_forget(&model->select);
    state_drop(model);
    model->phase = PHASE_OUTSIDE;
    model->turn = 0;
    str_clear(&model->how);
    str_clear(&model->run_for);
    str_clear(&model->stop_by);
    model->looping = model->stopping = model->unsure = model->ended = false;
    model->begun_ns = model->turn_began_ns = -1;
    model->batch = model->batch_done = 0;
    model->totals = (struct totals){ 0 };
    str_clear(&model->end_how);
    model->inside->lanes_ns = model->loop_since_ns = -1;
}

struct model *model_without_past(void)
{
    struct model *model = calloc(1, sizeof *model);
    if (model == NULL)
        return NULL;
    model->inside = calloc(1, sizeof *model->inside);
    if (model->inside == NULL) {
        free(model);
        return NULL;
    }
    loop_reset(model);
    return model;
}

struct model *model_create(void)
{
    struct model *model = model_without_past();
    if (model != NULL && recent_init(model) < 0) {
        model_destroy(model);
        errno = ENOMEM;
        return NULL;
    }
    return model;
}

void model_destroy(struct model *model)
{
    if (model == NULL)
        return;
    struct str *strings[] = {
        &model->program, &model->loop_name, &model->started, &model->argv,
        &model->how,     &model->run_for,   &model->stop_by, &model->end_how
    };
    if (model->inside != NULL) {
        remove_everything(model);
        state_drop(model);
        table_fini(&model->inside->tasks);
        table_fini(&model->inside->timers);
        table_fini(&model->inside->conns);
        event_fini(&model->inside->item);
    }
    select_forget(&model->select);
    recent_fini(model);
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        str_fini(strings[i]);
    free(model->watches);
    free(model->inside);
    free(model);
}

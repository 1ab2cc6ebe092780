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

static void *zeroed(struct model *model, size_t size)
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
    struct task *task = zeroed(model, sizeof *task);
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

/* ---- timers: a skip list --------------------------------------------------------------------- */

struct timer *model_timer(const struct model *model, struct slice id)
{
    return table_find(&model->inside->timers, id);
}

static bool fires_before(const struct timer *timer, int64_t due_ns, uint64_t number)
{
    return timer->due_ns != due_ns ? timer->due_ns < due_ns : timer->number < number;
}

/*
 * One level more for each two bits of a stirred number that are zero: no random numbers, so a copy
 * is built alike.
 */
static unsigned levels_for(uint64_t number)
{
    uint64_t bits = (number + 1) * UINT64_C(0x9E3779B97F4A7C15) >> 20;
    unsigned levels = 1;
    while (levels < SKIP_LEVELS && (bits & 3) == 0) {
        levels++;
        bits >>= 2;
    }
    return levels;
}

/* The pointers, one a level, behind which a timer with this due and number belongs. */
static void find_place(struct model *model, int64_t due_ns, uint64_t number,
                       struct timer **place[SKIP_LEVELS])
{
    struct timer *before = NULL;
    for (int level = SKIP_LEVELS - 1; level >= 0; level--) {
        struct timer **link =
            before != NULL ? &before->next[level] : &model->inside->timer_heads[level];
        while (*link != NULL && fires_before(*link, due_ns, number)) {
            before = *link;
            link = &before->next[level];
        }
        place[level] = link;
    }
}

static void timer_free(struct timer *timer)
{
    str_fini(&timer->id);
    str_fini(&timer->wakes);
    str_fini(&timer->src);
    free(timer);
}

struct timer *timer_add(struct model *model, struct slice id, int64_t due_ns)
{
    struct timer **place[SKIP_LEVELS];
    uint64_t number = id_number(id);
    unsigned levels = levels_for(number);
    struct timer *timer = zeroed(model, sizeof *timer + levels * sizeof timer->next[0]);
    if (timer == NULL)
        return NULL;
    if (str_set(&timer->id, id) < 0 || table_add(&model->inside->timers, timer) < 0) {
        model->no_memory = true;
        timer_free(timer);
        return NULL;
    }
    timer->number = number;
    timer->due_ns = due_ns;
    timer->delay_ns = timer->set_ns = -1;
    timer->levels = levels;
    find_place(model, due_ns, number, place);
    for (unsigned level = 0; level < levels; level++) {
        timer->next[level] = *place[level];
        *place[level] = timer;
    }
    model->timers = model->inside->timer_heads[0];
    model->n_timers++;
    return timer;
}

void timer_remove(struct model *model, struct timer *timer)
{
    struct timer **place[SKIP_LEVELS];
    find_place(model, timer->due_ns, timer->number, place);
    for (unsigned level = 0; level < timer->levels; level++) {
        struct timer **link = place[level];
        while (*link != NULL && *link != timer) /* others with an equal key: hostile traces only */
            link = &(*link)->next[level];
        if (*link == timer)
            *link = timer->next[level];
    }
    table_remove(&model->inside->timers, timer);
    timer_free(timer);
    model->timers = model->inside->timer_heads[0];
    model->n_timers--;
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

static void server_free(struct server *server)
{
    str_fini(&server->id);
    str_fini(&server->addr);
    str_fini(&server->src);
    free(server);
}

struct server *server_add(struct model *model, struct slice id, int fd)
{
    struct server *server = zeroed(model, sizeof *server);
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
    struct conn *conn = zeroed(model, sizeof *conn);
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

static void select_fini(struct select_call *call)
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
    select_fini(&model->select);
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
    model->inside->lanes_ns = model->inside->loop_since_ns = -1;
}

struct model *model_create(void)
{
    struct model *model = calloc(1, sizeof *model);
    if (model == NULL)
        return NULL;
    model->inside = calloc(1, sizeof *model->inside);
    if (model->inside == NULL || recent_init(model) < 0) {
        model_destroy(model);
        errno = ENOMEM;
        return NULL;
    }
    loop_reset(model);
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
    }
    select_fini(&model->select);
    recent_fini(model);
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        str_fini(strings[i]);
    free(model->watches);
    free(model->inside);
    free(model);
}

/* ---- copies ---------------------------------------------------------------------------------- */

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
    to->heads = from->heads;
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
    to->lost = from->lost;
    to->unknown = from->unknown;
    to->held_ns = from->held_ns;
    to->ended = from->ended;
    to->end_status = from->end_status;
    to->inside->lanes_ns = from->inside->lanes_ns;
    to->inside->loop_since_ns = from->inside->loop_since_ns;
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

/* ---- faults ---------------------------------------------------------------------------------- */

void model_on_fault(struct model *model, model_fault_fn *fault, void *context)
{
    model->inside->fault = fault;
    model->inside->fault_context = context;
}

bool model_is_checked(const struct model *model)
{
    return model->inside->fault != NULL && !model->unsure;
}

void model_fault(struct model *model, const char *expected, const char *found)
{
    if (model_is_checked(model))
        model->inside->fault(model->inside->fault_context, expected, found);
}

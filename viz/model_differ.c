/*
 * model_differ - what was rebuilt from the events, held against what the loop says of itself.
 *
 * Each difference is told by itself: what was expected (rebuilt), what was found (in the record).
 */
#include "model_inside.h"

/*
 * Gathers "expected" (rebuilt from the events) and "found" (what the record says), and tells them.
 */
struct differ {
    struct model *model;
    char expected[240], found[240];
};

static void differ_count(struct differ *differ, struct slice id, const char *what, uint64_t rebuilt,
                         uint64_t told)
{
    struct say say;
    if (rebuilt == told)
        return;
    say_init(&say, differ->expected, sizeof differ->expected);
    say_clean(&say, id, 60);
    say_f(&say, "%s%s %llu", id.len > 0 ? " " : "", what, (unsigned long long)rebuilt);
    say_init(&say, differ->found, sizeof differ->found);
    say_f(&say, "%llu", (unsigned long long)told);
    model_fault(differ->model, differ->expected, differ->found);
}

static void say_ns(struct say *say, int64_t ns)
{
    if (ns < 0)
        say_add(say, "none");
    else
        say_f(say, "%lld.%09lld", (long long)(ns / 1000000000), (long long)(ns % 1000000000));
}

static void differ_ns(struct differ *differ, struct slice id, const char *what, int64_t rebuilt,
                      int64_t told)
{
    struct say say;
    if (rebuilt == told)
        return;
    say_init(&say, differ->expected, sizeof differ->expected);
    say_clean(&say, id, 60);
    say_f(&say, "%s%s ", id.len > 0 ? " " : "", what);
    say_ns(&say, rebuilt);
    say_init(&say, differ->found, sizeof differ->found);
    say_ns(&say, told);
    model_fault(differ->model, differ->expected, differ->found);
}

static void differ_text(struct differ *differ, struct slice id, const char *what,
                        struct slice rebuilt, struct slice told)
{
    struct say say;
    if (slice_equal(rebuilt, told))
        return;
    say_init(&say, differ->expected, sizeof differ->expected);
    say_clean(&say, id, 60);
    say_f(&say, "%s%s ", id.len > 0 ? " " : "", what);
    say_clean(&say, rebuilt.len > 0 ? rebuilt : slice_of("none"), 60);
    say_init(&say, differ->found, sizeof differ->found);
    say_clean(&say, told.len > 0 ? told : slice_of("none"), 60);
    model_fault(differ->model, differ->expected, differ->found);
}

/* A thing that only one side has. */
static void differ_presence(struct differ *differ, const char *kind, struct slice id, bool rebuilt)
{
    struct say say;
    say_init(&say, differ->expected, sizeof differ->expected);
    say_f(&say, rebuilt ? "%s " : "no %s ", kind);
    say_clean(&say, id, 60);
    model_fault(differ->model, differ->expected,
                rebuilt ? "it is not in the record" : "it is in the record");
}

static void differ_tasks(struct differ *differ, const struct model *model,
                         const struct model *record)
{
    for (const struct task *task = model->tasks; task != NULL; task = task->next) {
        struct slice id = str_slice(&task->id);
        const struct task *told = model_task(record, id);
        if (told == NULL || told->is_call) {
            differ_presence(differ, "task", id, true);
            continue;
        }
        bool waits = task->state == TASK_WAITING;
        differ_text(differ, id, "state", slice_of(task_state_name(task->state)),
                    slice_of(task_state_name(told->state)));
        if (waits && told->state == TASK_WAITING) {
            differ_text(differ, id, "on", str_slice(&task->on), str_slice(&told->on));
            differ_text(differ, id, "what", str_slice(&task->what), str_slice(&told->what));
            differ_ns(differ, id, "due", task->due_ns, told->due_ns);
        }
        differ_text(differ, id, "src", str_slice(&task->src), str_slice(&told->src));
        differ_text(differ, id, "parent", str_slice(&task->parent), str_slice(&told->parent));
        differ_count(differ, id, "steps", task->steps, told->steps);
        differ_ns(differ, id, "cpu", task->cpu_ns, told->cpu_ns);
        /* Fewer is right: no event tells of a task_uncancel(). */
        if (told->cancelling > task->cancelling)
            differ_count(differ, id, "cancelling", task->cancelling, told->cancelling);
    }
    for (const struct task *told = record->tasks; told != NULL; told = told->next)
        if (model_task(model, str_slice(&told->id)) == NULL)
            differ_presence(differ, "task", str_slice(&told->id), false);
}

static void differ_ready(struct differ *differ, const struct model *model,
                         const struct model *record)
{
    char what[40];
    uint64_t place = 1;
    const struct task *a = model->ready, *b = record->ready;
    for (; a != NULL && b != NULL; a = a->next_ready, b = b->next_ready, place++) {
        if (str_is(&a->id, str_slice(&b->id)))
            continue;
        snprintf(what, sizeof what, "at place %llu of ready:", (unsigned long long)place);
        differ_text(differ, slice_of(""), what, str_slice(&a->id), str_slice(&b->id));
        return; /* all that follows is out of step */
    }
    differ_count(differ, slice_of(""), "handles in ready:", model->n_ready, record->n_ready);
}

static void differ_timers(struct differ *differ, const struct model *model,
                          const struct model *record)
{
    for (const struct timer *timer = model->timers; timer != NULL; timer = timer->next[0]) {
        struct slice id = str_slice(&timer->id);
        const struct timer *told = model_timer(record, id);
        if (told == NULL) {
            differ_presence(differ, "timer", id, true);
            continue;
        }
        differ_ns(differ, id, "due", timer->due_ns, told->due_ns);
        differ_text(differ, id, "wakes", str_slice(&timer->wakes), str_slice(&told->wakes));
    }
    for (const struct timer *told = record->timers; told != NULL; told = told->next[0])
        if (model_timer(model, str_slice(&told->id)) == NULL)
            differ_presence(differ, "timer", str_slice(&told->id), false);
}

static void differ_watches(struct differ *differ, const struct model *model,
                           const struct model *record)
{
    char what[60];
    size_t i = 0, j = 0;
    while (i < model->n_watches || j < record->n_watches) {
        const struct watch *a = i < model->n_watches ? &model->watches[i] : NULL;
        const struct watch *b = j < record->n_watches ? &record->watches[j] : NULL;
        int order = a == NULL        ? 1
                    : b == NULL      ? -1
                    : a->fd != b->fd ? (a->fd < b->fd ? -1 : 1)
                                     : a->write - b->write;
        const struct watch *one = order <= 0 ? a : b;
        snprintf(what, sizeof what, "of fd %d for %s", one->fd, one->write ? "write" : "read");
        if (order != 0)
            differ_presence(differ, "watch", slice_of(what), order < 0);
        else
            differ_text(differ, slice_of("watch"), what, str_slice(&a->who), str_slice(&b->who));
        i += order <= 0;
        j += order >= 0;
    }
}

static void differ_servers(struct differ *differ, const struct model *model,
                           const struct model *record)
{
    for (const struct server *server = model->servers; server != NULL; server = server->next) {
        struct slice id = str_slice(&server->id);
        const struct server *told = server_at_fd(record, id, server->fd);
        if (told == NULL) {
            differ_presence(differ, "server", id, true);
            continue;
        }
        differ_text(differ, id, "addr", str_slice(&server->addr), str_slice(&told->addr));
        differ_count(differ, id, "accepted", server->accepted, told->accepted);
    }
    for (const struct server *told = record->servers; told != NULL; told = told->next)
        if (server_at_fd(model, str_slice(&told->id), told->fd) == NULL)
            differ_presence(differ, "server", str_slice(&told->id), false);
}

static void differ_conns(struct differ *differ, const struct model *model,
                         const struct model *record)
{
    for (const struct conn *conn = model->conns; conn != NULL; conn = conn->next) {
        struct slice id = str_slice(&conn->id);
        const struct conn *told = model_conn(record, id);
        if (told == NULL) {
            differ_presence(differ, "connection", id, true);
            continue;
        }
        differ_count(differ, id, "fd", (uint64_t)conn->fd, (uint64_t)told->fd);
        differ_text(differ, id, "peer", str_slice(&conn->peer), str_slice(&told->peer));
        differ_text(differ, id, "state", str_slice(&conn->state), str_slice(&told->state));
        differ_count(differ, id, "in", conn->in, told->in);
        differ_count(differ, id, "out", conn->out, told->out);
        differ_count(differ, id, "queued", conn->queued, told->queued);
    }
    for (const struct conn *told = record->conns; told != NULL; told = told->next)
        if (model_conn(model, str_slice(&told->id)) == NULL)
            differ_presence(differ, "connection", str_slice(&told->id), false);
}

static void differ_totals(struct differ *differ, const struct totals *a, const struct totals *b)
{
    struct slice totals = slice_of("totals");
    differ_count(differ, totals, "turns", a->turns, b->turns);
    differ_count(differ, totals, "steps", a->steps, b->steps);
    differ_count(differ, totals, "calls", a->calls, b->calls);
    differ_count(differ, totals, "timers", a->timers, b->timers);
    differ_count(differ, totals, "accepted", a->accepted, b->accepted);
    differ_count(differ, totals, "in", a->in, b->in);
    differ_count(differ, totals, "out", a->out, b->out);
    differ_ns(differ, totals, "late_max", a->late_max_ns, b->late_max_ns);
    differ_ns(differ, totals, "busy", a->busy_ns, b->busy_ns);
    differ_ns(differ, totals, "waited", a->waited_ns, b->waited_ns);
}

static struct slice running_id(const struct model *model)
{
    return model->running != NULL ? str_slice(&model->running->id) : (struct slice){ 0 };
}

void model_differ(struct model *model, const struct model *record)
{
    struct differ differ = { .model = model };
    struct slice loop = slice_of("the loop's");
    if (!model_is_checked(model))
        return;
    differ_count(&differ, loop, "turn", model->turn, record->turn);
    differ_text(&differ, loop, "running", running_id(model), running_id(record));
    differ_text(&differ, loop, "stopping", slice_of(model->stopping ? "true" : "false"),
                slice_of(record->stopping ? "true" : "false"));
    differ_tasks(&differ, model, record);
    differ_ready(&differ, model, record);
    differ_timers(&differ, model, record);
    differ_watches(&differ, model, record);
    differ_servers(&differ, model, record);
    differ_conns(&differ, model, record);
    differ_totals(&differ, &model->totals, &record->totals);
}

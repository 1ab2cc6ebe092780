/* group.c - task groups: tasks that end together.
 *
 * The scope that opened the group does not end before all of its tasks have.  When one fails, the others and the scope's
 * own body are cancelled; what failed is collected.  So no task is lost, and no failure unseen.
 */
#include "inside.h"

#include "trace.h"

/* One task of the group; it stays in the list until its done callback has run, and then, if it failed, in the other. */
struct member {
    struct link link; /* group->members, or group->failed */
    struct group *group;
    struct task *task;
    int error;
};

struct group {
    struct task *parent;
    uint64_t id;
    struct link members, failed;
    struct link idle; /* the parent, waiting for the last one */
    bool aborting;
    bool parent_cancelled; /* by us, and not yet taken back */
    bool closing;
};

struct group *group_open(void)
{
    struct task *me = task_running();
    struct group *g = me == NULL ? NULL : belonging_new(me->future.loop, 1, sizeof *g);
    if (g == NULL) {
        errno = me == NULL ? EINVAL : ENOMEM;
        return NULL;
    }
    g->parent = me;
    g->id = loop_new_id(me->future.loop);
    list_init(&g->members);
    list_init(&g->failed);
    list_init(&g->idle);
    return g;
}

/* LESSON 10: one has failed, so the others are cancelled. */
static void abort_group(struct group *g)
{
    g->aborting = true;
    for (struct link *l = g->members.next; l != &g->members; l = l->next)
        (task_cancel)(CONTAINER_OF(l, struct member, link)->task);
}

static void on_done(struct future *future, void *arg)
{
    struct member *m = arg;
    struct group *g = m->group;
    int result = future_result(future);
    list_remove(&m->link);
    future_release(future);
    if (list_is_empty(&g->members))
        wake_all(&g->idle, 0, "done", future_who(future));
    if (result >= 0 || result == -ECANCELED) {
        belonging_free(m);
        return;
    }
    m->error = result;
    list_append(&g->failed, &m->link);
    if (g->aborting)
        return;
    abort_group(g);
    g->parent_cancelled = true;
    (task_cancel)(g->parent);
}

struct task *(group_create_task)(struct group *g, task_fn *fn, void *arg)
{
    struct src src = src_take();
    if (g->aborting || (g->closing && list_is_empty(&g->members))) {
        errno = EINVAL;
        return NULL;
    }
    struct member *m = belonging_new(g->parent->future.loop, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    loop_from(src.file, (int)src.line, src.expr);
    struct task *t = (task_create)(fn, arg);
    if (t == NULL) {
        int err = errno;
        belonging_free(m);
        errno = err;
        return NULL;
    }
    if (future_add_done_callback(&t->future, on_done, m) < 0) {
        (task_cancel)(t);
        task_release(t);
        belonging_free(m);
        errno = ENOMEM;
        return NULL;
    }
    *m = (struct member){ .group = g, .task = t };
    list_append(&g->members, &m->link);
    return t;
}

static int wait_idle(struct group *g, struct src here)
{
    struct waiter w;
    waiter_init(&w, "group", (struct who){ "group", g->id });
    await_at(here);
    return task_wait(&w, &g->idle);
}

/* Our own cancel of the parent is over: somebody else's stays.  True: none stays. */
static bool take_back(struct group *g)
{
    bool ours = g->parent_cancelled;
    g->parent_cancelled = false;
    return ours && task_uncancel(g->parent) == 0;
}

/* The tasks' failures in the order in which they failed, then the body's own.  errors may be NULL: they are counted. */
static void copy_errors(const struct group *g, int of_body, int errors[], size_t *n_errors)
{
    size_t room = errors == NULL ? 0 : *n_errors, n = 0;
    for (const struct link *l = g->failed.next; l != &g->failed; l = l->next, n++)
        if (n < room)
            errors[n] = CONTAINER_OF(l, const struct member, link)->error;
    if (of_body < 0 && n < room)
        errors[n] = of_body;
    *n_errors = n + (of_body < 0);
}

static void group_free(struct group *g)
{
    while (!list_is_empty(&g->failed)) {
        struct member *m = CONTAINER_OF(g->failed.next, struct member, link);
        list_remove(&m->link);
        belonging_free(m);
    }
    belonging_free(g);
}

int group_close(struct group *g, int result, int errors[], size_t *n_errors)
{
    struct src here = src_take_await();
    bool cancelled = result == -ECANCELED;
    int of_body = result < 0 && !cancelled ? result : 0;
    if (task_running() != g->parent)
        return -EINVAL;
    g->closing = true;
    if (take_back(g))
        cancelled = false;
    if (result < 0 && !g->aborting)
        abort_group(g);
    while (!list_is_empty(&g->members)) {
        if (wait_idle(g, here) != -ECANCELED || g->aborting)
            continue;
        cancelled = true;
        abort_group(g);
    }
    take_back(g); /* it may have come while we waited */
    int first = of_body;
    if (!list_is_empty(&g->failed))
        first = CONTAINER_OF(g->failed.next, struct member, link)->error;
    if (n_errors != NULL)
        copy_errors(g, of_body, errors, n_errors);
    group_free(g);
    if (first == 0 && cancelled)
        first = -ECANCELED;
    return first < 0 ? first : result == -ECANCELED ? 0 : result;
}

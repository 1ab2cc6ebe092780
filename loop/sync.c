/* sync.c - waiting for one another: the part that is the same for all kinds.  sync.h says how it works.
 *
 * An object belongs to the loop whose tasks use it.  One that was made before any loop ran finds its loop when a task
 * first waits for it, and may go over to another as long as nobody waits.
 */
#include "sync.h"

#include "trace.h"

static struct who sync_who(const struct sync *s)
{
    return (struct who){ s->kind, s->id };
}

static void sync_bind(struct sync *s, struct loop *loop)
{
    s->loop = loop;
    s->id = loop_new_id(loop);
    list_remove(&s->all);
    list_append(&loop->syncs, &s->all);
}

void sync_init(struct sync *s, const char *kind)
{
    struct loop *loop = loop_current();
    *s = (struct sync){ .kind = kind };
    list_init(&s->all);
    if (loop != NULL)
        sync_bind(s, loop);
}

void sync_fini(struct sync *s)
{
    list_remove(&s->all);
}

void syncs_fini(struct loop *loop)
{
    while (!list_is_empty(&loop->syncs)) {
        struct sync *s = CONTAINER_OF(loop->syncs.next, struct sync, all);
        s->loop = NULL;
        s->n_inside = s->n_given = 0; /* its tasks went with the loop */
        list_remove(&s->all);
    }
}

void sync_enter(struct sync *s)
{
    if (s->loop == NULL && loop_current() != NULL)
        sync_bind(s, loop_current());
    s->n_inside++;
}

int sync_wait(struct sync *s, struct waiter *w, struct link *list, int64_t value)
{
    struct task *task = task_current();
    w->task = NULL;
    if (task == NULL || (s->loop != task->future.loop && !list_is_empty(list)))
        return -EINVAL;
    if (s->loop != task->future.loop)
        sync_bind(s, task->future.loop);
    waiter_init(w, s->kind, sync_who(s));
    TRACE(s->loop, sync_wait, s->loop, sync_who(s), task, value);
    return task_wait(w, list);
}

bool sync_give(struct sync *s, struct link *list, int result, int64_t value)
{
    if (list_is_empty(list))
        return false;
    struct waiter *w = CONTAINER_OF(list->next, struct waiter, link);
    struct loop *loop = w->task->future.loop;
    TRACE(loop, sync_give, loop, sync_who(s), w->task, value);
    wake_one(w, result, "wake", loop_actor(loop));
    return true;
}

void sync_give_all(struct sync *s, struct link *list, int result)
{
    while (sync_give(s, list, result, SYNC_NO_VALUE))
        continue;
}

bool sync_may_go(const struct sync *s, const struct link *list)
{
    if (!list_is_empty(list)) {
        const struct waiter *w = CONTAINER_OF(list->next, struct waiter, link);
        fprintf(stderr, "loop: %s#%llu was not freed: task %s#%llu still waits for it\n", s->kind,
                (unsigned long long)s->id, task_name(w->task),
                (unsigned long long)w->task->handle.id);
        return false;
    }
    if (s->n_inside == 0)
        return true;
    fprintf(stderr, "loop: %s#%llu was not freed: a task that waited for it has yet to go on\n",
            s->kind, (unsigned long long)s->id);
    return false;
}

/* How many turns of the loop each await costs; 0: it does not wait at all. */
#include "words.h"

#include <math.h>

#include "inside.h" /* the number of the turn */

static int noop(void *unused)
{
    (void)unused;
    return 1;
}

static struct future *noop_task(void)
{
    struct task *t = task_create(noop, NULL);
    return task_as_future(t);
}

static void set_result(void *future)
{
    future_set_result(future, 1);
}

static int call(void)
{
    return noop(NULL);
}

static int finished_future(void)
{
    struct future *f = future_new(loop_current());
    future_set_result(f, 1);
    return await(future_wait(f));
}

static struct task *done_task;

static int finished_task(void)
{
    return await(task_join(done_task));
}

static int sleep_0(void)
{
    return await(task_yield());
}

static int sleep_negative(void)
{
    return await(task_sleep(-1));
}

static int set_soon(void)
{
    struct future *f = future_new(loop_current());
    loop_call_soon(loop_current(), set_result, f);
    return await(future_wait(f));
}

static int join(void)
{
    return await(future_wait(noop_task()));
}

static int gather_two(void)
{
    struct future *both[] = { noop_task(), noop_task() };
    return await(gather(both, 2, NULL, false));
}

static int wait_one(void)
{
    struct future *one = noop_task();
    return await(futures_wait(&one, 1, WAIT_ALL, INFINITY, NULL));
}

static int shielded(void)
{
    return await(shield(noop_task()));
}

static int limited(void)
{
    struct timeout limit;
    timeout_begin(&limit, 10);
    return timeout_end(&limit, call());
}

static int empty_group(void)
{
    return await(group_close(group_open(), 0, NULL, NULL));
}

static int group_of_one(void)
{
    struct group *g = group_open();
    group_create_task(g, noop, NULL);
    return await(group_close(g, 0, NULL, NULL));
}

static int free_lock(void)
{
    struct lock *lock = lock_new();
    await(lock_acquire(lock));
    lock_release(lock);
    lock_free(lock);
    return 0;
}

static int set_event(void)
{
    struct event *event = event_new();
    event_set(event);
    await(event_wait(event));
    event_free(event);
    return 0;
}

static int queue_with_room(void)
{
    struct queue *queue = queue_new(0);
    void *item;
    await(queue_put(queue, queue));
    await(queue_get(queue, &item));
    queue_free(queue);
    return 0;
}

static const struct {
    const char *label;
    int (*make)(void);
} COSTS[] = {
    { "await coroutine()", call },
    { "await finished future", finished_future },
    { "await finished task", finished_task },
    { "sleep(0)", sleep_0 },
    { "sleep(-1)", sleep_negative },
    { "future set by call_soon", set_soon },
    { "await create_task(noop())", join },
    { "gather(noop(), noop())", gather_two },
    { "wait({task})", wait_one },
    { "shield(noop())", shielded },
    { "timeout(10) around noop()", limited },
    { "TaskGroup, empty", empty_group },
    { "TaskGroup, one noop()", group_of_one },
    { "Lock, free", free_lock },
    { "Event, set", set_event },
    { "Queue put + get, room", queue_with_room },
};

static int be_main(void *unused)
{
    struct loop *loop = loop_current();
    (void)unused;
    done_task = task_create(noop, NULL);
    await(task_join(done_task));
    for (size_t i = 0; i < COUNT(COSTS); i++) {
        uint64_t start = loop->turns;
        int r = COSTS[i].make();
        if (r < 0)
            return r;
        printf("%-34s %d\n", COSTS[i].label, (int)(loop->turns - start));
    }
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* A group waits for all, also for those added meanwhile; one that is cancelled by itself disturbs nobody.  The group is
 * gone when group_close() answers: so whether it still takes tasks is asked when its last one is done. */
#include "words.h"

static struct group *g;
static struct event *ev;
static bool refused, x_cancelled;

static int noop(void *unused)
{
    (void)unused;
    return 0;
}

static int last(void *unused)
{
    (void)unused;
    int r = await(event_wait(ev));
    if (r == 0)
        puts("end last");
    return r;
}

static int added(void *unused)
{
    (void)unused;
    int r = await(task_sleep(0.01));
    if (r == 0)
        puts("end added");
    event_set(ev);
    return r;
}

static int adder(void *unused)
{
    (void)unused;
    int r = await(task_sleep(0.01));
    group_create_task(g, added, NULL);
    puts("adder: added one more");
    return r;
}

static int sleep_long(void *unused)
{
    (void)unused;
    return await(task_sleep(3600));
}

static void cancel(void *task)
{
    task_cancel((struct task *)task);
}

static void note_cancelled(struct task *task, void *unused)
{
    (void)unused;
    x_cancelled = task_is_cancelled(task);
}

static void try_to_add(struct task *task, void *unused)
{
    (void)task;
    (void)unused;
    refused = group_create_task(g, noop, NULL) == NULL && errno == EINVAL;
}

static int be_main(void *unused)
{
    (void)unused;
    ev = event_new();
    g = group_open();
    task_add_done_callback(group_create_task(g, last, NULL), try_to_add, NULL);
    group_create_task(g, adder, NULL);
    struct task *x = group_create_task(g, sleep_long, NULL);
    task_add_done_callback(x, note_cancelled, NULL);
    loop_call_soon(loop_current(), cancel, x);
    puts("body done");
    int r = await(group_close(g, 0, NULL, NULL));
    printf("group done; x cancelled: %s\n", yes(x_cancelled));
    if (refused)
        puts("RuntimeError: is finished");
    event_free(ev);
    return r;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

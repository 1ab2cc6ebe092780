/* Setting an event wakes all who wait then, in order, though it is cleared at once; who comes later waits. */
#include "words.h"

#include <math.h>

static struct event *ev;

static int waiter(void *name)
{
    int r = await(event_wait(ev));
    if (r == 0)
        printf("%s woke; flag now %s\n", (const char *)name, yes(event_is_set(ev)));
    return r;
}

static int be_main(void *unused)
{
    static const char *const NAMES[] = { "w0", "w1", "w2", "w3" };
    struct future *all[COUNT(NAMES)];
    (void)unused;
    ev = event_new();
    for (size_t i = 0; i < COUNT(NAMES); i++)
        all[i] = task_as_future(task_create(waiter, (void *)NAMES[i]));
    await(task_yield());
    event_set(ev);
    event_clear(ev);
    struct task *late = task_create(waiter, "late");
    puts("set + clear done, nobody ran yet");
    await(futures_wait(all, COUNT(all), WAIT_ALL, INFINITY, NULL));
    await(task_yield());
    printf("late still blocked: %s\n", yes(!task_is_done(late)));
    event_set(ev);
    await(task_join(late));
    printf("wait() on a set event returns %s\n", yes(await(event_wait(ev)) == 0));
    event_free(ev);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

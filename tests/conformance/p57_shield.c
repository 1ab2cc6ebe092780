/* Cancelling a task that waits behind a shield leaves what it waits for alone; results and that one's own cancel pass. */
#include "words.h"

#include <math.h>

static const struct error_word ERRORS[] = { { -EINVAL, "through the shield" } };
static const char *const RESULTS[] = { "", "inner result" };

static int inner(void *unused)
{
    (void)unused;
    int r = await(task_sleep(0.2));
    if (r < 0)
        return r;
    puts("inner finished");
    return 1;
}

static int outer(void *task)
{
    int r = await(shield(task_as_future(task)));
    if (r == -ECANCELED)
        printf("outer: CancelledError; inner cancelled: %s done: %s\n",
               yes(task_is_cancelled(task)), yes(task_is_done(task)));
    return r;
}

static int bad(void *unused)
{
    (void)unused;
    return -EINVAL;
}

static void wait_until_done(struct task *task)
{
    struct future *f = task_as_future(task);
    await(futures_wait(&f, 1, WAIT_ALL, INFINITY, NULL));
}

static int be_main(void *unused)
{
    (void)unused;
    struct task *t = task_create(inner, NULL);
    struct task *o = task_create(outer, t);
    await(task_yield());
    task_cancel(o);
    wait_until_done(o);
    printf("outer cancelled: %s\n", yes(task_is_cancelled(o)));
    int r = await(task_join(t));
    printf("inner -> %s\n", r > 0 ? RESULTS[r] : "none");
    t = task_create(inner, NULL);
    o = task_create(outer, t);
    await(task_yield());
    task_cancel(t);
    wait_until_done(o);
    printf("outer cancelled: %s its own cancelling: %d\n", yes(task_is_cancelled(o)),
           task_cancelling(o));
    puts(error_word(ERRORS, await(shield(task_as_future(task_create(bad, NULL))))));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* The first failure is answered at once and the others go on; asked for, errors are results like others. */
#include "words.h"

static const struct error_word ERRORS[] = { { -EINVAL, "first" },
                                            { -EIO, "second" },
                                            { -EPERM, "third" } };

struct work {
    double delay;
    struct event *after;
    int error;
};

static int ok(void *arg)
{
    const struct work *w = arg;
    int r = await(task_sleep(w->delay));
    if (r == 0 && w->after != NULL)
        r = await(event_wait(w->after));
    if (r == 0)
        puts("ok finished");
    return r;
}

static int fail(void *arg)
{
    const struct work *w = arg;
    int r = await(task_sleep(w->delay));
    if (r == 0 && w->after != NULL)
        r = await(event_wait(w->after));
    if (r < 0)
        return r;
    printf("failing %s\n", error_word(ERRORS, w->error));
    return w->error;
}

static int handler(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)unused;
    printf("must not be reported: %s\n", error->message);
    return 0;
}

static void cancel(void *task)
{
    task_cancel((struct task *)task);
}

static int be_main(void *unused)
{
    int results[3];
    (void)unused;
    loop_set_error_handler(loop_current(), handler, NULL);
    struct event *ev = event_new();
    struct work slow_ok = { 0, ev, 0 }, first = { 0.01, NULL, -EINVAL }, second = { 0, ev, -EIO };
    struct future *all[] = { task_as_future(task_create(ok, &slow_ok)),
                             task_as_future(task_create(fail, &first)),
                             task_as_future(task_create(fail, &second)) };
    int r = await(gather(all, 3, NULL, false));
    printf("gather raised %s\n", error_word(ERRORS, r));
    event_set(ev);
    await(task_sleep(0.01));

    struct work long_ok = { 3600, NULL, 0 }, quick_ok = { 0.01, NULL, 0 },
                third = { 0, NULL, -EPERM };
    struct task *c = task_create(ok, &long_ok);
    loop_call_soon(loop_current(), cancel, c);
    struct future *more[] = { task_as_future(task_create(ok, &quick_ok)),
                              task_as_future(task_create(fail, &third)), task_as_future(c) };
    await(gather(more, 3, results, true));
    printf("[");
    for (int i = 0; i < 3; i++)
        printf("%s'%s'", i > 0 ? ", " : "",
               results[i] == 0            ? "ok"
               : results[i] == -ECANCELED ? "CancelledError"
               : results[i] == -EPERM     ? "ValueError"
                                          : "another");
    puts("]");
    event_free(ev);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

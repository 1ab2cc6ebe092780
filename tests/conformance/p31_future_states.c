/* A future is done once: pending, then finished, failed or cancelled.  Here an exception is a negative result. */
#include "words.h"

static const struct error_word RAISED[] = { { -EAGAIN, "InvalidStateError" },
                                            { -EALREADY, "InvalidStateError" },
                                            { -ECANCELED, "CancelledError" },
                                            { -EPERM, "RuntimeError" },
                                            { -EINVAL, "ValueError" } };

static void print_bool(const char *label, bool is)
{
    printf("%-28s -> %s\n", label, yes(is));
}

static void print_raised(const char *label, int error)
{
    printf("%-28s -> raises %s\n", label, error_word(RAISED, error));
}

static void print_result(const char *label, int result)
{
    if (result < 0)
        print_raised(label, result);
    else
        printf("%-28s -> %s\n", label, result == 7 ? "'value'" : "another");
}

/* exception() gives what result() raises, but for states that have none. */
static void print_exception(const char *label, int result)
{
    if (result == -EAGAIN || result == -ECANCELED)
        print_raised(label, result);
    else
        printf("%-28s -> %s\n", label, result == -EINVAL ? "ValueError('bad')" : "None");
}

static int noop(void *unused)
{
    (void)unused;
    return 0;
}

static int be_main(void *unused)
{
    struct loop *loop = loop_current();
    struct future *f = future_new(loop), *g = future_new(loop), *h = future_new(loop);
    (void)unused;
    print_result("pending.result()", future_result(f));
    print_exception("pending.exception()", future_result(f));
    print_bool("pending.done()", future_is_done(f));
    future_set_result(f, 7);
    print_result("finished.result()", future_result(f));
    print_exception("finished.exception()", future_result(f));
    print_raised("finished.set_result()", future_set_result(f, 1));
    print_raised("finished.set_exception()", future_set_result(f, -EINVAL));
    print_bool("finished.cancel()", future_cancel(f));
    future_set_result(g, -EINVAL);
    print_result("failed.result()", future_result(g));
    print_exception("failed.exception()", future_result(g));
    print_bool("failed.cancelled()", future_is_cancelled(g));
    print_bool("pending.cancel()", future_cancel(h));
    print_bool("cancelled.cancel()", future_cancel(h));
    print_bool("cancelled.done()", future_is_done(h));
    print_result("cancelled.result()", future_result(h));
    print_exception("cancelled.exception()", future_result(h));
    print_raised("cancelled.set_result()", future_set_result(h, 1));
    struct task *t = task_create(noop, NULL);
    print_raised("task.set_result()", future_set_result(task_as_future(t), 1));
    print_raised("task.set_exception()", future_set_result(task_as_future(t), -EINVAL));
    return await(task_join(t));
}

int main(void)
{
    return loop_run(be_main, NULL);
}

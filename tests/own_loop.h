/*
 * own_loop.h - a loop of the test's own: made before the test, closed after it
 */
#ifndef OWN_LOOP_H
#define OWN_LOOP_H

#include "inside.h"
#include "loop_test.h"

static struct loop *loop;

static inline int begin_loop(void **state)
{
    begin_virtual(state);
    loop = loop_new();
    return loop == NULL ? -1 : 0;
}

static inline int begin_real_loop(void **state)
{
    begin_real(state);
    loop = loop_new();
    return loop == NULL ? -1 : 0;
}

static inline int end_loop(void **state)
{
    (void)state;
    int err = loop_close(loop);
    loop = NULL;
    return err;
}

/* Runs fn as the main task until it is done; its result. */
static inline int complete(task_fn *fn, void *arg)
{
    struct task *t = loop_create_task(loop, fn, arg);
    assert_non_null(t);
    assert_int_equal(loop_run_until_complete(loop, t), 0);
    int result = task_result(t);
    task_release(t);
    return result;
}

#endif

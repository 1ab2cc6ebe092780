/* A failure that nobody asked for is reported when its task is let go; asking once is enough to keep it quiet. */
#include "words.h"

static const struct error_word ERRORS[] = { { -EIO, "ValueError('number 1')" },
                                            { -EINVAL, "ValueError('number 2')" },
                                            { -EPERM, "ValueError('number 3')" } };

static int fail(void *error)
{
    return *(int *)error;
}

static int handler(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)unused;
    printf("handler: %s | %s\n", error->message, error_word(ERRORS, error->error));
    return 0;
}

static int be_main(void *unused)
{
    static int one = -EIO, two = -EINVAL, three = -EPERM;
    (void)unused;
    loop_set_error_handler(loop_current(), handler, NULL);
    struct task *t1 = task_create(fail, &one);
    struct task *t2 = task_create(fail, &two);
    struct task *t3 = task_create(fail, &three);
    await(task_yield());
    printf("all failed: %s %s %s\n", yes(task_is_done(t1)), yes(task_is_done(t2)),
           yes(task_is_done(t3)));
    task_result(t2);
    await(task_join(t3));
    puts("drop t1");
    task_release(t1);
    puts("drop t2");
    task_release(t2);
    puts("drop t3");
    task_release(t3);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

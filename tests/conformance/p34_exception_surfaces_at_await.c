/* A failure is kept, disturbs nobody, and is answered to whoever waits or asks, as often as they do. */
#include "words.h"

static const struct error_word ERRORS[] = { { -EIO, "KeyError('deep')" } };

static int inner(void)
{
    int r = await(task_yield());
    if (r == 0)
        r = -EIO;
    puts("inner finally");
    return r;
}

static int middle(void *unused)
{
    (void)unused;
    int r = inner();
    puts("middle finally");
    return r;
}

static int bystander(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        await(task_yield());
    puts("bystander unaffected");
    return 0;
}

static int be_main(void *unused)
{
    (void)unused;
    struct task *t = task_create(middle, NULL);
    struct task *b = task_create(bystander, NULL);
    await(task_join(b));
    printf("task done: %s cancelled: %s exception: %s\n", yes(task_is_done(t)),
           yes(task_is_cancelled(t)), error_word(ERRORS, task_result(t)));
    for (int i = 0; i < 2; i++)
        printf("awaiter caught %s\n", error_word(ERRORS, await(task_join(t))));
    printf("result() raised %s\n", error_word(ERRORS, task_result(t)));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

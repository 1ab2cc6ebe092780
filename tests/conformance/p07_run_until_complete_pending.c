/* run_until_complete answers one task's result and leaves the others pending; stopped before, it says so. */
#include "words.h"

static const struct error_word ERRORS[] = { { -EINVAL, "boom" } };
static const char *const RESULTS[] = { "", "quick result" };

static int background(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        printf("background %d\n", i);
        int r = await(task_sleep(0.2));
        if (r < 0)
            return r;
    }
    puts("background done");
    return 0;
}

static int quick(void *unused)
{
    (void)unused;
    return 1;
}

static int failing(void *unused)
{
    (void)unused;
    return -EINVAL;
}

static int wait_for_it(void *future)
{
    return await(future_wait(future));
}

int main(void)
{
    struct loop *loop = loop_new();
    struct task *bg = loop_create_task(loop, background, NULL);
    struct task *t = loop_create_task(loop, quick, NULL);
    if (loop_run_until_complete(loop, t) == 0)
        puts(RESULTS[task_result(t)]);
    printf("bg done: %s\n", yes(task_is_done(bg)));

    t = loop_create_task(loop, failing, NULL);
    if (loop_run_until_complete(loop, t) == 0)
        printf("raised: %s\n", error_word(ERRORS, task_result(t)));
    printf("bg done: %s\n", yes(task_is_done(bg)));

    struct task *never = loop_create_task(loop, wait_for_it, future_new(loop));
    loop_call_soon(loop, stop, loop);
    if (loop_run_until_complete(loop, never) == -ECANCELED && !task_is_done(never))
        puts("RuntimeError: Event loop stopped before Future completed.");
    task_cancel(never);

    loop_run_until_complete(loop, bg);
    printf("bg done: %s\n", yes(task_is_done(bg)));
    return loop_close(loop);
}

/* wait_for() answers in time; too late it cancels, waits for the clean-up, and answers what came of it. */
#include "words.h"

#include <math.h>

static const struct error_word ERRORS[] = { { -ETIMEDOUT, "TimeoutError()" },
                                            { -EINVAL, "ValueError('in cleanup')" } };
static const char *const RESULTS[] = { "", "in time", "late value", "ready" };

static int work(void *arg)
{
    const char *how = arg;
    int r = await(task_sleep(strcmp(how, "fast") == 0 ? 0 : 3600));
    if (r == 0)
        return 1;
    await(task_sleep(0.01));
    printf("%s cleanup over\n", how);
    return strcmp(how, "swallow") == 0 ? 2 : strcmp(how, "fail") == 0 ? -EINVAL : r;
}

static int unstarted(void *unused)
{
    (void)unused;
    puts("must not run");
    return 0;
}

static const char *words(int r)
{
    return r < 0 ? error_word(ERRORS, r) : RESULTS[r];
}

static int be_main(void *unused)
{
    static const char *const HOW[] = { "fast", "normal", "swallow", "fail" };
    (void)unused;
    for (size_t i = 0; i < COUNT(HOW); i++) {
        struct task *t = task_create(work, (void *)HOW[i]);
        int r = await(wait_for(task_as_future(t), i == 0 ? 30 : 0.02));
        printf("%s -> %s%s\n", HOW[i], r < 0 ? "raised " : "", words(r));
    }
    if (await(wait_for(task_as_future(task_create(unstarted, NULL)), 0)) == -ETIMEDOUT)
        puts("timeout 0 -> TimeoutError");
    struct future *f = future_new(loop_current());
    future_set_result(f, 3);
    printf("timeout 0, finished future -> %s\n", words(await(wait_for(f, 0))));
    struct task *t = task_create(work, "fast");
    printf("timeout None -> %s\n", words(await(wait_for(task_as_future(t), INFINITY))));
    printf("main cancelling(): %d\n", task_cancelling(task_current()));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

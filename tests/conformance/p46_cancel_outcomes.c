/* How a cancelled task ends is decided by what it answers. */
#include "words.h"

#include <math.h>

static const struct error_word ERRORS[] = { { -EINVAL, "ValueError('from finally')" } };

static int reraise(void *unused)
{
    (void)unused;
    return await(task_sleep(3600));
}

static int replace(void *unused)
{
    (void)unused;
    await(task_sleep(3600));
    return -EINVAL;
}

static int swallow(void *unused)
{
    (void)unused;
    return await(task_sleep(3600)) == -ECANCELED ? 1 : 0;
}

static int spontaneous(void *unused)
{
    (void)unused;
    return -ECANCELED;
}

static int be_main(void *unused)
{
    static task_fn *const FNS[] = { reraise, replace, swallow, spontaneous };
    static const char *const NAMES[] = { "reraise", "replace", "swallow", "spontaneous" };
    (void)unused;
    for (size_t i = 0; i < COUNT(FNS); i++) {
        struct task *t = task_create(FNS[i], NULL);
        struct future *f = task_as_future(t);
        await(task_yield());
        const char *cancel = FNS[i] == spontaneous ? "no call" : yes(task_cancel(t));
        await(futures_wait(&f, 1, WAIT_ALL, INFINITY, NULL));
        int r = task_result(t);
        printf("%-12s cancel -> %-8s ends: %s\n", NAMES[i], cancel,
               task_is_cancelled(t) ? "cancelled"
               : r < 0              ? error_word(ERRORS, r)
               : r == 1             ? "'result'"
                                    : "not swallowed");
    }
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

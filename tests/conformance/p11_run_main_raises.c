/* Main fails: the leftovers still clean up first.  One whose clean-up fails is reported, and masks nothing. */
#include "words.h"

static const struct error_word ERRORS[] = { { -EINVAL, "ValueError('from main')" },
                                            { -EIO, "KeyError('cleanup failed')" } };
static const char *const RESULTS[] = { "", "value" };

static int clean(void *unused)
{
    (void)unused;
    int r = await(task_sleep(3600));
    puts("leftover: finally");
    return r;
}

static int dirty(void *unused)
{
    (void)unused;
    await(task_sleep(3600));
    return -EIO;
}

static int handler(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)unused;
    printf("handler: %s | %s\n", error->message, error_word(ERRORS, error->error));
    return 0;
}

static int fails(void *unused)
{
    (void)unused;
    loop_set_error_handler(loop_current(), handler, NULL);
    task_create(clean, NULL);
    await(task_yield());
    puts("main raises");
    return -EINVAL;
}

static int succeeds(void *unused)
{
    (void)unused;
    loop_set_error_handler(loop_current(), handler, NULL);
    task_create(dirty, NULL);
    await(task_yield());
    return 1;
}

int main(void)
{
    int result = 0;
    if (runner_run(fails, NULL, &result) == 0)
        printf("caller got %s\n", error_word(ERRORS, result));
    if (runner_run(succeeds, NULL, &result) == 0)
        printf("caller got %s\n", result < 0 ? error_word(ERRORS, result) : RESULTS[result]);
    return 0;
}

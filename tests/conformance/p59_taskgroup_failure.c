/* The first failure cancels the others and the body; the group waits for every clean-up and answers all failures. */
#include "words.h"

static const struct error_word ERRORS[] = { { -EINVAL, "\"ValueError('child failed')\"" },
                                            { -EIO, "\"KeyError('cleanup of s2')\"" } };

static bool s1_cancelled;

static int fails(void *unused)
{
    (void)unused;
    int r = await(task_sleep(0.01));
    return r < 0 ? r : -EINVAL;
}

static int sibling(void *arg)
{
    const char *name = arg;
    int r = await(task_sleep(3600));
    if (r == -ECANCELED) {
        await(task_sleep(0.01));
        printf("sibling %s cancelled\n", name);
        if (strcmp(name, "s2") == 0)
            return -EIO;
    }
    return r;
}

static void note_cancelled(struct task *task, void *unused)
{
    (void)unused;
    s1_cancelled = task_is_cancelled(task);
}

static void close_and_tell(struct group *g, int result, const char *message)
{
    int errors[4];
    size_t n = COUNT(errors);
    if (await(group_close(g, result, errors, &n)) >= 0)
        return;
    printf("group error:%s [", message);
    for (size_t i = 0; i < n && i < COUNT(errors); i++)
        printf("%s%s", i > 0 ? ", " : "", error_word(ERRORS, errors[i]));
    puts("]");
}

static int be_main(void *unused)
{
    (void)unused;
    struct group *g = group_open();
    group_create_task(g, fails, NULL);
    task_add_done_callback(group_create_task(g, sibling, "s1"), note_cancelled, NULL);
    int r = await(task_sleep(3600));
    if (r == -ECANCELED)
        puts("body: CancelledError");
    close_and_tell(g, r, " unhandled errors in a TaskGroup");
    printf("s1 cancelled: %s parent cancelling: %d\n", yes(s1_cancelled),
           task_cancelling(task_current()));
    g = group_open();
    group_create_task(g, fails, NULL);
    group_create_task(g, sibling, "s2");
    close_and_tell(g, 0, "");
    if (await(task_yield()) == 0)
        puts("parent goes on");
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

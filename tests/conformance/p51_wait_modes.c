/* futures_wait() answers when all, the first, or the first failed is done, or the time is over; it cancels nothing. */
#include "words.h"

#include <math.h>

struct work {
    const char *name;
    int steps;
};

static struct work works[] = { { "a", 1 }, { "b", 20 }, { "c", 60 } };
static bool b_fails;

static int work(void *arg)
{
    const struct work *w = arg;
    for (int i = 0; i < w->steps; i++) {
        int r = await(task_yield());
        if (r < 0)
            return r;
    }
    return b_fails && *w->name == 'b' ? -EINVAL : 0;
}

/* The names of those that are done, or are not. */
static const char *names(const bool *done, size_t n, bool which)
{
    char *text = words_buffer();
    strcpy(text, "[");
    for (size_t i = 0; i < n; i++)
        if (done[i] == which)
            sprintf(text + strlen(text), "%s'%s'", text[1] != '\0' ? ", " : "", works[i].name);
    return strcat(text, "]");
}

static void show(const char *label, enum wait_when when, bool fail)
{
    struct task *tasks[3];
    struct future *all[3];
    bool done[3];
    b_fails = fail;
    for (int i = 0; i < 3; i++) {
        tasks[i] = task_create(work, &works[i]);
        all[i] = task_as_future(tasks[i]);
    }
    await(futures_wait(all, 3, when, INFINITY, done));
    printf("%-16s done %s pending %s\n", label, names(done, 3, true), names(done, 3, false));
    for (int i = 0; i < 3; i++)
        if (!done[i])
            task_cancel(tasks[i]);
    await(futures_wait(all, 3, WAIT_ALL, INFINITY, NULL));
    for (int i = 0; i < 3; i++) {
        task_result(tasks[i]);
        task_release(tasks[i]);
    }
}

static int sleep_long(void *unused)
{
    (void)unused;
    return await(task_sleep(3600));
}

static int be_main(void *unused)
{
    bool done;
    (void)unused;
    show("ALL", WAIT_ALL, false);
    show("FIRST_COMPLETED", WAIT_FIRST_DONE, false);
    show("FIRST_EXCEPTION", WAIT_FIRST_ERROR, true);
    show("no exception", WAIT_FIRST_ERROR, false);
    struct task *t = task_create(sleep_long, NULL);
    struct future *forever = task_as_future(t);
    task_set_name(t, "forever");
    int n = await(futures_wait(&forever, 1, WAIT_ALL, 0.01, &done));
    printf("timeout          done [%s] pending [%s%s%s] cancelling: %d\n", n == 0 ? "" : "forever",
           done ? "" : "'", done ? "" : task_name(t), done ? "" : "'", task_cancelling(t));
    task_cancel(t);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

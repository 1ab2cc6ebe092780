/* A runner keeps its loop, and the tasks in it, from run to run. */
#include "words.h"

static struct loop *loop;
static struct task *bg;
static bool bg_cancelled;

static int background(void *unused)
{
    int r = 0;
    (void)unused;
    for (int i = 0; i < 100 && r == 0; i++) {
        printf("background %d\n", i);
        r = await(task_yield());
    }
    puts("background: finally");
    return r;
}

static void note(struct task *task, void *unused)
{
    (void)unused;
    bg_cancelled = task_is_cancelled(task);
}

static int first(void *unused)
{
    (void)unused;
    loop = loop_current();
    bg = task_create(background, NULL);
    task_add_done_callback(bg, note, NULL);
    await(task_yield());
    puts("first returns");
    return 1;
}

static int second(void *unused)
{
    (void)unused;
    printf("second: same loop: %s\n", yes(loop_current() == loop));
    await(task_yield());
    puts("second returns");
    return 2;
}

int main(void)
{
    struct runner runner;
    int result = 0, before = open_descriptors();
    if (runner_open(&runner) < 0)
        return 1;
    if (runner_do(&runner, first, NULL, &result) == 0)
        printf("-> %d\n", result);
    printf("bg done: %s\n", yes(task_is_done(bg)));
    if (runner_do(&runner, second, NULL, &result) == 0)
        printf("-> %d\n", result);
    puts("leaving");
    runner_close(&runner);
    printf("bg cancelled: %s loop closed: %s\n", yes(bg_cancelled),
           yes(open_descriptors() == before));
    if (runner_do(&runner, first, NULL, &result) == -EINVAL && runner.loop == NULL)
        puts("RuntimeError: Runner is closed");
    return 0;
}

/* The end of main does not end the loop: only loop_stop() does. */
#include "words.h"

static struct loop *loop;
static struct task *task;
static bool started;

static int be_main(void *unused)
{
    (void)unused;
    started = true;
    for (int i = 0; i < 5; i++) {
        int r = await(task_sleep(0.01));
        if (r < 0)
            return r;
        printf("Running %d...\n", i);
    }
    puts("main() is done, but the loop carries on...");
    return 0;
}

static void watcher(void *unused)
{
    (void)unused;
    printf("later: loop running: %s main done: %s\n", yes(loop_is_running(loop)),
           yes(task_is_done(task)));
    loop_stop(loop);
}

static void watch_later(struct task *done, void *unused)
{
    (void)done;
    (void)unused;
    loop_call_later(loop, 0.03, watcher, NULL);
}

int main(void)
{
    loop = loop_new();
    task = loop_create_task(loop, be_main, NULL);
    printf("created, main started: %s loop running: %s\n", yes(started),
           yes(loop_is_running(loop)));
    task_add_done_callback(task, watch_later, NULL);
    loop_run_forever(loop);
    printf("stopped: loop running: %s closed: %s\n", yes(loop_is_running(loop)), yes(loop == NULL));
    if (loop_close(loop) == 0)
        loop = NULL;
    printf("closed: %s\n", yes(loop == NULL));
    return 0;
}

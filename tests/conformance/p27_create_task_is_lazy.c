/* A task that is made begins in the next turn; a function that is called begins at once. */
#include "words.h"

static const char *const NAMES[] = { "inline", "t1", "t2", "t3" };

static int child(void *place)
{
    int i = *(int *)place;
    printf("child %s start\n", NAMES[i]);
    return i;
}

static int be_main(void *unused)
{
    static int places[] = { 0, 1, 2, 3 };
    (void)unused;
    struct task *t1 = task_create(child, &places[1]);
    struct task *t2 = task_create(child, &places[2]);
    printf("main: created, done: %s %s\n", yes(task_is_done(t1)), yes(task_is_done(t2)));
    printf("inline returned %s\n", NAMES[child(&places[0])]);
    printf("main: still, done: %s %s\n", yes(task_is_done(t1)), yes(task_is_done(t2)));
    await(task_yield());
    printf("main: after sleep(0), done: %s %s\n", yes(task_is_done(t1)), yes(task_is_done(t2)));
    struct task *t3 = task_create(child, &places[3]);
    printf("t2 -> %s\n", NAMES[await(task_join(t2))]);
    printf("main: awaiting a finished task did not yield, t3 done: %s\n", yes(task_is_done(t3)));
    printf("t3 -> %s\n", NAMES[await(task_join(t3))]);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

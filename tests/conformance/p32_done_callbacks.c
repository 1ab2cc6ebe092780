/* Done callbacks run in the next turn, in the order of adding; a task that waits is one of them. */
#include "words.h"

static int waiter(void *future)
{
    int r = await(future_wait(future));
    printf("waiter got %d\n", r);
    return r;
}

static void tell(struct future *future, void *name)
{
    printf("%s %d\n", (const char *)name, future_result(future));
}

static void dup_(struct future *future, void *unused)
{
    (void)future;
    (void)unused;
    puts("must not run");
}

static int be_main(void *unused)
{
    (void)unused;
    struct future *f = future_new(loop_current());
    future_add_done_callback(f, tell, "cb1");
    struct task *t = task_create(waiter, f);
    await(task_yield());
    future_add_done_callback(f, tell, "cb2");
    future_add_done_callback(f, dup_, NULL);
    future_add_done_callback(f, dup_, NULL);
    int first = future_remove_done_callback(f, dup_, NULL);
    printf("removed %d %d\n", first, future_remove_done_callback(f, dup_, NULL));
    future_set_result(f, 7);
    puts("set_result returned");
    future_add_done_callback(f, tell, "late cb");
    puts("late add returned");
    await(task_yield());
    puts("main again");
    return await(task_join(t)) == 7 ? 0 : -EIO;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

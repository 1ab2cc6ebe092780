/* A queue is joined when all that was put is said to be done, not when it is empty. */
#include "words.h"

static struct queue *q;

static int consumer(void *unused)
{
    void *item;
    (void)unused;
    while (true) {
        int r = await(queue_get(q, &item));
        if (r == 0)
            r = await(task_sleep(0.01));
        if (r < 0)
            return r;
        printf("processed %d queue empty: %s\n", *(int *)item, yes(queue_is_empty(q)));
        queue_task_done(q);
    }
}

static int be_main(void *unused)
{
    static int numbers[] = { 0, 1, 2 };
    (void)unused;
    q = queue_new(0);
    if (await(queue_join(q)) == 0)
        puts("join on a fresh queue returned");
    for (size_t i = 0; i < COUNT(numbers); i++)
        queue_put_nowait(q, &numbers[i]);
    struct task *c = task_create(consumer, NULL);
    if (await(queue_join(q)) == 0)
        puts("joined");
    if (queue_task_done(q) == -EINVAL)
        puts("ValueError: task_done() called too many times");
    task_cancel(c);
    await(task_join(c));
    queue_free(q);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

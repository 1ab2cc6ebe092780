/* Exercise 11: let the others live.
 *
 * drain() takes 40 items out of a queue, 50 ms of work each, and a heartbeat should beat each 0.5 s beside it. It
 * doesn't: not before the queue is empty. Change drain() so that all items are still done after 2 s, and no beat is
 * later than one item.
 */
#include "lesson.h"

enum { ITEMS = 40 };
static int done;

static int heartbeat(void *loop)
{
    for (int i = 1; i <= 4; i++) {
        if (await(task_sleep(0.5)) < 0)
            return -ECANCELED;
        printf("beat %d at %.1f s\n", i, loop_time(loop));
    }
    return 0;
}

static void work_at(void *item)
{
    loop_work(0.05); /* as a slow computation would */
    (void)item;
    done++;
}

static void drain(struct queue *queue)
{
    void *item;
    while (queue_get_nowait(queue, &item) == 0)
        work_at(item);
}

static int amain(void *unused)
{
    (void)unused;
    struct queue *queue = queue_new(0);
    struct task *beats = task_create(heartbeat, loop_current());
    for (int i = 0; i < ITEMS; i++)
        queue_put_nowait(queue, queue);
    if (await(task_yield()) < 0) /* the heartbeat begins */
        return -ECANCELED;
    drain(queue);
    printf("%d items done\n", done);
    int err = await(task_join(beats));
    task_release(beats);
    queue_free(queue);
    return err;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}

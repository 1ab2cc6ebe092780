/* One item a step: a yield puts this task behind whoever is ready. */
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

static int drain(struct queue *queue)
{
    void *item;
    while (queue_get_nowait(queue, &item) == 0) {
        work_at(item);
        if (await(task_yield()) < 0)
            return -ECANCELED;
    }
    return 0;
}

static int amain(void *unused)
{
    (void)unused;
    struct queue *queue = queue_new(0);
    struct task *beats = task_create(heartbeat, loop_current());
    for (int i = 0; i < ITEMS; i++)
        queue_put_nowait(queue, queue);
    if (await(task_yield()) < 0 || drain(queue) < 0)
        return -ECANCELED;
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

/* Getters are served in order, one an item; putters wait for room and go on in order. */
#include "words.h"

#include <math.h>

static struct queue *q;
static int numbers[] = { 0, 1, 2, 3 };

static int getter(void *name)
{
    void *item;
    int r = await(queue_get(q, &item));
    if (r == 0)
        printf("%s got %s\n", (const char *)name, (const char *)item);
    return r;
}

static int putter(void *number)
{
    int r = await(queue_put(q, number));
    if (r == 0)
        printf("put %d size %zu\n", *(int *)number, queue_size(q));
    return r;
}

static void get_letters(void)
{
    static const char *const NAMES[] = { "g0", "g1", "g2" };
    static char letters[][2] = { "x", "y", "z" };
    struct future *all[COUNT(NAMES)];
    q = queue_new(0);
    for (size_t i = 0; i < COUNT(NAMES); i++)
        all[i] = task_as_future(task_create(getter, (void *)NAMES[i]));
    await(task_yield());
    for (size_t i = 0; i < COUNT(letters); i++)
        queue_put_nowait(q, letters[i]);
    printf("size before anybody ran: %zu\n", queue_size(q));
    await(futures_wait(all, COUNT(all), WAIT_ALL, INFINITY, NULL));
    queue_free(q);
}

static int be_main(void *unused)
{
    struct future *all[COUNT(numbers)];
    void *item;
    (void)unused;
    get_letters();
    q = queue_new(2);
    for (size_t i = 0; i < COUNT(numbers); i++)
        all[i] = task_as_future(task_create(putter, &numbers[i]));
    await(task_yield());
    printf("full: %s size %zu\n", yes(queue_is_full(q)), queue_size(q));
    if (queue_put_nowait(q, NULL) == -EAGAIN)
        puts("QueueFull");
    for (int i = 0; i < 4; i++) {
        if (await(queue_get(q, &item)) == 0)
            printf("main got %d\n", *(int *)item);
        await(task_yield());
    }
    if (queue_get_nowait(q, &item) == -EAGAIN)
        puts("QueueEmpty");
    await(futures_wait(all, COUNT(all), WAIT_ALL, INFINITY, NULL));
    queue_free(q);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* What comes out first: the oldest, the smallest, the newest. */
#include "words.h"

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void show(const char *name, struct queue *q)
{
    static int numbers[] = { 5, 1, 4, 2, 3 };
    void *item;
    for (size_t i = 0; i < COUNT(numbers); i++)
        queue_put_nowait(q, &numbers[i]);
    printf("%s [", name);
    for (int i = 0; queue_get_nowait(q, &item) == 0; i++)
        printf("%s%d", i > 0 ? ", " : "", *(int *)item);
    printf("] maxsize %zu full %s\n", queue_max_size(q), yes(queue_is_full(q)));
    queue_free(q);
}

static int be_main(void *unused)
{
    (void)unused;
    show("Queue", queue_new(0));
    show("PriorityQueue", queue_new_priority(0, by_number));
    show("LifoQueue", queue_new_lifo(0));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

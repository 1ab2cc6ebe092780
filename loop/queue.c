/* queue.c - items on their way from task to task.
 *
 * Three kinds, by which item comes out next: the oldest, the newest, or the smallest.  They share one array, a ring for
 * the first two and a heap for the third (where equals keep their order).
 *
 * A getter that finds nothing waits; an item that comes wakes the one that waits longest.  It then looks again, for in
 * between another task may have taken the item: then it waits anew, at the end.  One that was woken and then cancelled
 * wakes the next in its place.  The same with putters and room.
 */
#include "sync.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 16 };
enum kind { FIFO, LIFO, PRIORITY };

struct entry {
    void *item;
    uint64_t order;
};

struct queue {
    struct sync sync;
    struct link getters, putters, joiners;
    enum kind kind;
    queue_compare_fn *compare;
    struct entry *entries;
    size_t first, count, capacity; /* capacity is a power of two; a heap begins at 0 */
    size_t most;                   /* 0: no limit */
    uint64_t order;
    uint64_t unfinished; /* put and not yet said to be done */
};

/* ---- making */

static struct queue *make(enum kind kind, size_t most, queue_compare_fn *compare)
{
    struct queue *q = malloc(sizeof *q);
    if (q == NULL)
        return NULL;
    *q = (struct queue){ .kind = kind, .most = most, .compare = compare };
    sync_init(&q->sync, "queue");
    list_init(&q->getters);
    list_init(&q->putters);
    list_init(&q->joiners);
    return q;
}

struct queue *queue_new(size_t most)
{
    return make(FIFO, most, NULL);
}

struct queue *queue_new_lifo(size_t most)
{
    return make(LIFO, most, NULL);
}

struct queue *queue_new_priority(size_t most, queue_compare_fn *compare)
{
    if (compare == NULL) {
        errno = EINVAL;
        return NULL;
    }
    return make(PRIORITY, most, compare);
}

void queue_free(struct queue *q)
{
    if (q == NULL || !sync_may_go(&q->sync, &q->getters) || !sync_may_go(&q->sync, &q->putters) ||
        !sync_may_go(&q->sync, &q->joiners))
        return;
    sync_fini(&q->sync);
    free(q->entries);
    free(q);
}

/* ---- the array */

static struct entry *slot(const struct queue *q, size_t i)
{
    return &q->entries[(q->first + i) & (q->capacity - 1)];
}

static int make_room(struct queue *q)
{
    if (q->count < q->capacity)
        return 0;
    size_t capacity = q->capacity == 0 ? FIRST_CAPACITY : q->capacity * 2;
    struct entry *bigger = malloc(capacity * sizeof *bigger);
    if (bigger == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < q->count; i++)
        bigger[i] = *slot(q, i);
    free(q->entries);
    q->entries = bigger;
    q->first = 0;
    q->capacity = capacity;
    return 0;
}

static bool is_before(const struct queue *q, const struct entry *a, const struct entry *b)
{
    int order = q->compare(a->item, b->item);
    return order != 0 ? order < 0 : a->order < b->order;
}

static void sift_up(struct queue *q, size_t at)
{
    struct entry e = q->entries[at];
    for (; at > 0 && is_before(q, &e, &q->entries[(at - 1) / 2]); at = (at - 1) / 2)
        q->entries[at] = q->entries[(at - 1) / 2];
    q->entries[at] = e;
}

static void sift_down(struct queue *q, struct entry e)
{
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < q->count; at = child) {
        if (child + 1 < q->count && is_before(q, &q->entries[child + 1], &q->entries[child]))
            child++;
        if (!is_before(q, &q->entries[child], &e))
            break;
        q->entries[at] = q->entries[child];
    }
    q->entries[at] = e;
}

static void add(struct queue *q, void *item)
{
    *slot(q, q->count++) = (struct entry){ item, q->order++ };
    if (q->kind == PRIORITY)
        sift_up(q, q->count - 1);
}

static void *take(struct queue *q)
{
    struct entry last = *slot(q, --q->count), first = *slot(q, 0);
    if (q->kind == LIFO)
        return last.item;
    if (q->kind == FIFO)
        q->first = (q->first + 1) & (q->capacity - 1);
    else if (q->count > 0)
        sift_down(q, last);
    return first.item;
}

/* ---- putting and getting */

int queue_put_nowait(struct queue *q, void *item)
{
    if (queue_is_full(q))
        return -EAGAIN;
    if (make_room(q) < 0)
        return -ENOMEM;
    add(q, item);
    q->unfinished++;
    sync_give(&q->sync, &q->getters, 0, (int64_t)q->count);
    return 0;
}

int queue_get_nowait(struct queue *q, void **item)
{
    if (q->count == 0)
        return -EAGAIN;
    *item = take(q);
    sync_give(&q->sync, &q->putters, 0, (int64_t)q->count);
    return 0;
}

/* Waits in the list as long as is_so; one that is cancelled after its turn came gives the turn to the next. */
static int wait_while(struct queue *q, bool (*is_so)(const struct queue *), struct link *list)
{
    struct src here =
        src_take_await(); /* one await of the program's, however often it waits in here */
    struct waiter w;
    int err = 0;
    sync_enter(&q->sync);
    while (err == 0 && is_so(q)) {
        await_at(here);
        err = sync_wait(&q->sync, &w, list, (int64_t)q->count);
        if (err < 0 && sync_was_given(&w) && !is_so(q))
            sync_give(&q->sync, list, 0, (int64_t)q->count);
    }
    sync_leave(&q->sync);
    return err;
}

int queue_put(struct queue *q, void *item)
{
    int err = wait_while(q, queue_is_full, &q->putters);
    return err < 0 ? err : queue_put_nowait(q, item);
}

int queue_get(struct queue *q, void **item)
{
    int err = wait_while(q, queue_is_empty, &q->getters);
    return err < 0 ? err : queue_get_nowait(q, item);
}

/* ---- work that is done */

int queue_task_done(struct queue *q)
{
    if (q->unfinished == 0)
        return -EINVAL;
    if (--q->unfinished == 0)
        sync_give_all(&q->sync, &q->joiners, 0);
    return 0;
}

int queue_join(struct queue *q)
{
    struct waiter w;
    if (q->unfinished == 0)
        return 0;
    return sync_wait(&q->sync, &w, &q->joiners, (int64_t)q->count);
}

/* ---- asking */

size_t queue_size(const struct queue *q)
{
    return q->count;
}

size_t queue_max_size(const struct queue *q)
{
    return q->most;
}

bool queue_is_empty(const struct queue *q)
{
    return q->count == 0;
}

bool queue_is_full(const struct queue *q)
{
    return q->most > 0 && q->count >= q->most;
}

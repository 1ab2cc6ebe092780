/*
 * order.c - the tasks in an order: quickselect for the rows that are shown, then a sort of them
 *
 *     |  before the first row  |  shown  |          behind          |
 *              any order         sorted            any order
 */
#include "order.h"

#include <stdlib.h>
#include <string.h>

char const *order_name(enum order order)
{
    static char const *const names[ORDER_COUNT] = { "#",     "name",    "state",   "waits for",
                                                    "steps", "running", "longest", "late",
                                                    "age",   "!" };

    return names[order];
}

/* A task with what is compared first: no look at the task itself where the numbers differ. */
struct entry {
    int64_t key;
    struct task const *task;
};

struct sorting {
    enum order order;
    bool down;
};

static int64_t capped(uint64_t value)
{
    return value < INT64_MAX ? (int64_t)value : INT64_MAX;
}

/* The first eight bytes, so that they compare as the text does. */
static int64_t prefix_of(struct str const *text)
{
    const char *at = str_text(text);
    uint64_t key = 0;

    for (uint32_t i = 0; i < 8; i++)
        key = key << 8 | (i < text->len ? (unsigned char)at[i] : 0);
    return (int64_t)(key >> 1);
}

static int64_t key_of(struct task const *task, enum order order)
{
    switch (order) {
    case ORDER_STATE: return (int64_t)task->state;
    case ORDER_STEPS: return capped(task->steps);
    case ORDER_RUNNING: return task->cpu_ns;
    case ORDER_LONGEST: return task->longest_ns;
    case ORDER_LATE: return task->late_ns;
    case ORDER_AGE: return -task->made_ns;
    case ORDER_WARNINGS: return capped(task->warnings);
    case ORDER_NUMBER: return capped(task->number);
    case ORDER_NAME: return prefix_of(&task->id);
    case ORDER_WAITS: return prefix_of(&task->on);
    case ORDER_COUNT: break;
    }
    return 0;
}

static int compare_text(struct str const *a, struct str const *b)
{
    size_t size = a->len < b->len ? a->len : b->len;
    int order = size > 0 ? memcmp(str_text(a), str_text(b), size) : 0;

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare(struct sorting const *by, struct entry const *a, struct entry const *b)
{
    int order = (a->key > b->key) - (a->key < b->key);

    if (order == 0 && by->order == ORDER_NAME)
        order = compare_text(&a->task->id, &b->task->id);
    else if (order == 0 && by->order == ORDER_WAITS &&
             (order = compare_text(&a->task->on, &b->task->on)) == 0)
        order = compare_text(&a->task->what, &b->task->what);
    if (by->down)
        order = -order;
    if (order != 0)
        return order;
    return (a->task->number > b->task->number) - (a->task->number < b->task->number);
}

static void swap(struct entry *entries, size_t a, size_t b)
{
    struct entry entry = entries[a];

    entries[a] = entries[b];
    entries[b] = entry;
}

/* Splits low...high around an entry from its middle; answers the place where that one belongs. */
static size_t split(struct sorting const *by, struct entry *entries, size_t low, size_t high)
{
    size_t at = low;

    swap(entries, low + (high - low) / 2, high - 1);
    for (size_t i = low; i + 1 < high; i++)
        if (compare(by, &entries[i], &entries[high - 1]) < 0)
            swap(entries, i, at++);
    swap(entries, at, high - 1);
    return at;
}

/* Brings the `place` smallest ones to the front. */
static void select_front(struct sorting const *by, struct entry *entries, size_t low, size_t high,
                         size_t place)
{
    while (high - low > 1 && place > low && place < high) {
        size_t at = split(by, entries, low, high);

        if (at < place)
            low = at + 1;
        else
            high = at;
    }
}

/* For a screenful. */
static void insertion_sort(struct sorting const *by, struct entry *entries, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && compare(by, &entries[j - 1], &entries[j]) > 0; j--)
            swap(entries, j - 1, j);
}

/* As they stand in the list: by number, up or down. */
static size_t rows_by_number(struct model const *model, bool down, size_t first, size_t rows,
                             struct task const **shown)
{
    size_t n = 0;

    for (struct task const *task = down ? model->tasks_last : model->tasks; task && n < rows;
         task = down ? task->prev : task->next) {
        if (first > 0)
            first--;
        else
            shown[n++] = task;
    }
    return n;
}

static size_t rows_sorted(struct model const *model, struct sorting by, size_t first, size_t rows,
                          struct task const **shown)
{
    struct entry *entries = malloc(model->n_tasks * sizeof(*entries));
    size_t n = 0, end;

    if (!entries) /* better in another order than not at all */
        return rows_by_number(model, by.down, first, rows, shown);
    for (struct task const *task = model->tasks; task; task = task->next)
        entries[n++] = (struct entry){ key_of(task, by.order), task };
    end = first + rows < n ? first + rows : n;
    select_front(&by, entries, 0, n, first);
    select_front(&by, entries, first, n, end);
    insertion_sort(&by, entries + first, end - first);
    for (size_t i = first; i < end; i++)
        shown[i - first] = entries[i].task;
    free(entries);
    return end - first;
}

size_t order_rows(struct model const *model, enum order order, bool down, size_t first, size_t rows,
                  struct task const **shown)
{
    struct sorting by = { order, down };
    size_t n = 0;

    if (first < model->n_tasks)
        n = order == ORDER_NUMBER ? rows_by_number(model, down, first, rows, shown)
                                  : rows_sorted(model, by, first, rows, shown);
    first = first > model->n_tasks ? first - model->n_tasks : 0;
    for (struct task const *call = model->calls; call && n < rows; call = call->next) {
        if (first > 0)
            first--;
        else
            shown[n++] = call;
    }
    return n;
}

size_t order_place(struct model const *model, enum order order, bool down, struct task const *task)
{
    struct sorting by = { order, down };
    struct entry mine = { key_of(task, order), task };
    size_t place = 0;

    if (task->is_call) {
        for (struct task const *call = model->calls; call && call != task; call = call->next)
            place++;
        return model->n_tasks + place;
    }
    for (struct task const *other = model->tasks; other; other = other->next) {
        struct entry entry = { key_of(other, order), other };

        place += other != task && compare(&by, &entry, &mine) < 0;
    }
    return place;
}

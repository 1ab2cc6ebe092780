/*
 * model_timers - the timers in firing order: by due, and of equal dues the one armed first.
 *
 * A skip list, so that a hundred thousand timers are kept in order at some twenty looks each, and
 * panes walk them by next[0]. How many levels a timer has follows from its number, not from chance:
 * a copy is built exactly alike.
 */
#include "model_inside.h"

#include <stdlib.h>

struct timer *model_timer(const struct model *model, struct slice id)
{
    return table_find(&model->inside->timers, id);
}

static bool fires_before(const struct timer *timer, int64_t due_ns, uint64_t number)
{
    return timer->due_ns != due_ns ? timer->due_ns < due_ns : timer->number < number;
}

/*
 * One level more for each two bits of a stirred number that are zero: no random numbers, so a copy
 * is built alike.
 */
static unsigned levels_for(uint64_t number)
{
    uint64_t bits = (number + 1) * UINT64_C(0x9E3779B97F4A7C15) >> 20;
    unsigned levels = 1;
    while (levels < SKIP_LEVELS && (bits & 3) == 0) {
        levels++;
        bits >>= 2;
    }
    return levels;
}

/* The pointers, one a level, behind which a timer with this due and number belongs. */
static void find_place(struct model *model, int64_t due_ns, uint64_t number,
                       struct timer **place[SKIP_LEVELS])
{
    struct timer *before = NULL;
    for (int level = SKIP_LEVELS - 1; level >= 0; level--) {
        struct timer **link =
            before != NULL ? &before->next[level] : &model->inside->timer_heads[level];
        while (*link != NULL && fires_before(*link, due_ns, number)) {
            before = *link;
            link = &before->next[level];
        }
        place[level] = link;
    }
}

static void timer_free(struct timer *timer)
{
    str_fini(&timer->id);
    str_fini(&timer->wakes);
    str_fini(&timer->src);
    free(timer);
}

struct timer *timer_add(struct model *model, struct slice id, int64_t due_ns)
{
    struct timer **place[SKIP_LEVELS];
    uint64_t number = id_number(id);
    unsigned levels = levels_for(number);
    struct timer *timer = model_zeroed(model, sizeof *timer + levels * sizeof timer->next[0]);
    if (timer == NULL)
        return NULL;
    if (str_set(&timer->id, id) < 0 || table_add(&model->inside->timers, timer) < 0) {
        model->no_memory = true;
        timer_free(timer);
        return NULL;
    }
    timer->number = number;
    timer->due_ns = due_ns;
    timer->delay_ns = timer->set_ns = -1;
    timer->levels = levels;
    find_place(model, due_ns, number, place);
    for (unsigned level = 0; level < levels; level++) {
        timer->next[level] = *place[level];
        *place[level] = timer;
    }
    model->timers = model->inside->timer_heads[0];
    model->n_timers++;
    return timer;
}

void timer_remove(struct model *model, struct timer *timer)
{
    struct timer **place[SKIP_LEVELS];
    find_place(model, timer->due_ns, timer->number, place);
    for (unsigned level = 0; level < timer->levels; level++) {
        struct timer **link = place[level];
        while (*link != NULL && *link != timer) /* others with an equal key: hostile traces only */
            link = &(*link)->next[level];
        if (*link == timer)
            *link = timer->next[level];
    }
    table_remove(&model->inside->timers, timer);
    timer_free(timer);
    model->timers = model->inside->timer_heads[0];
    model->n_timers--;
}

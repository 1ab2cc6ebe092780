/*
 * model_deeds - what handles did lately: their steps, who woke whom, and the account of each turn.
 *
 *      deeds      a step of a task, or a run of a call: when, how long, why it ran, what came next
 *      wakings    A made B ready, because ...
 *      turns      timeout asked, time waited, handles run, time inside them
 *
 * Three rings of fixed room, as those of model_recent.c, and for the same reason. They answer what
 * no structure of the loop's remembers: what has this task done, who woke it, whom did it keep
 * waiting.
 */
#include "model_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

int deeds_init(struct model *model)
{
    model->deeds_ring.room = MODEL_DEEDS;
    model->wakings_ring.room = MODEL_WAKINGS;
    model->turns_ring.room = MODEL_TURNS;
    model->deeds = calloc(MODEL_DEEDS, sizeof *model->deeds);
    model->wakings = calloc(MODEL_WAKINGS, sizeof *model->wakings);
    model->turns = calloc(MODEL_TURNS, sizeof *model->turns);
    bool all = model->deeds != NULL && model->wakings != NULL && model->turns != NULL;
    return all ? 0 : -ENOMEM;
}

void deeds_fini(struct model *model)
{
    free(model->deeds);
    free(model->wakings);
    free(model->turns);
}

void deeds_copy(struct model *to, const struct model *from)
{
    to->deeds_ring = from->deeds_ring;
    to->wakings_ring = from->wakings_ring;
    to->turns_ring = from->turns_ring;
    memcpy(to->deeds, from->deeds, from->deeds_ring.count * sizeof *to->deeds);
    memcpy(to->wakings, from->wakings, from->wakings_ring.count * sizeof *to->wakings);
    memcpy(to->turns, from->turns, from->turns_ring.count * sizeof *to->turns);
}

size_t deeds_bytes(void)
{
    return MODEL_DEEDS * sizeof(struct deed) + MODEL_WAKINGS * sizeof(struct waking) +
           MODEL_TURNS * sizeof(struct turn);
}

/* ---- turns ----------------------------------------------------------------------------------- */

void turn_begin(struct model *model)
{
    struct turn *turn = &model->turns[ring_push(&model->turns_ring)];
    *turn = (struct turn){ .turn = model->turn, .began_ns = model->t_ns };
}

struct turn *turn_now(struct model *model)
{
    const struct ring *ring = &model->turns_ring;
    return ring->count > 0 ? &model->turns[ring_at(ring, ring->count - 1)] : NULL;
}

/* ---- steps ----------------------------------------------------------------------------------- */

void deed_begin(struct model *model, const struct task *task, const struct event *event)
{
    struct deed *deed = &model->deeds[ring_push(&model->deeds_ring)];
    *deed = (struct deed){ .number = task->number,
                           .step = task->is_call ? 0 : event_count(event, "step", 0),
                           .turn = model->turn,
                           .n = event->n,
                           .is_call = task->is_call,
                           .begun_ns = model->t_ns,
                           .took_ns = -1,
                           .waited_ns = event_ns(event, "waited", -1) };
    clip_into(deed->name, sizeof deed->name, str_slice(&task->id));
    clip_into(deed->fn, sizeof deed->fn, str_slice(&task->fn));
    clip_into(deed->why, sizeof deed->why, str_slice(&task->why));
    clip_into(deed->by, sizeof deed->by, str_slice(&task->by));
}

void deed_end(struct model *model, const struct task *task, const struct event *event)
{
    const struct ring *ring = &model->deeds_ring;
    struct deed *deed = ring->count > 0 ? &model->deeds[ring_at(ring, ring->count - 1)] : NULL;
    struct turn *turn = turn_now(model);
    int64_t took = event_ns(event, "took", 0);
    if (took < 0)
        took = 0;
    if (turn != NULL) {
        turn->handles++;
        turn->busy_ns = ns_sum(turn->busy_ns, took);
    }
    if (deed == NULL || deed->number != task->number || deed->took_ns >= 0)
        return;
    deed->took_ns = took;
    deed->kept_waiting = model->n_ready - (task->in_ready ? 1 : 0);
    struct slice next = event_text(event, "next");
    clip_into(deed->next, sizeof deed->next,
              slice_is(next, "await") && task->on.len > 0 ? str_slice(&task->on) : next);
}

/*
 * A timer fires that was due at `due_ns`: whatever ran since then is why it is late. Looks a few
 * dozen handles back, no more: a turn of thousands is late by its number, which is a slow turn.
 */
void deed_late_timer(struct model *model, int64_t due_ns)
{
    enum { FAR = 64 };
    const struct ring *ring = &model->deeds_ring;
    for (size_t i = ring->count; i > 0 && ring->count - i < FAR; i--) {
        const struct deed *deed = &model->deeds[ring_at(ring, i - 1)];
        int64_t from = deed->begun_ns > due_ns ? deed->begun_ns : due_ns;
        int64_t to = deed->took_ns < 0 ? model->t_ns : deed->begun_ns + deed->took_ns;
        if (to <= due_ns)
            break;
        struct task *task = model_doer(model, deed);
        if (task != NULL && to > from && task->late_ns < INT64_MAX - (to - from))
            task->late_ns = ns_sum(task->late_ns, to - from);
    }
}

void deed_waking(struct model *model, const struct task *task)
{
    struct waking *waking = &model->wakings[ring_push(&model->wakings_ring)];
    *waking = (struct waking){ .number = task->number,
                               .n = model->n,
                               .by_number = id_number(str_slice(&task->by)),
                               .is_call = task->is_call,
                               .t_ns = model->t_ns };
    clip_into(waking->whom, sizeof waking->whom, str_slice(&task->id));
    clip_into(waking->by, sizeof waking->by, str_slice(&task->by));
    clip_into(waking->why, sizeof waking->why, str_slice(&task->why));
}

/* ---- rates ----------------------------------------------------------------------------------- */

void flow_add(struct flow *flow, int64_t t_ns, uint64_t bytes)
{
    int64_t second = t_ns / SECOND;
    if (second != flow->second) {
        flow->before = second == flow->second + 1 ? flow->now : 0;
        flow->now = 0;
        flow->second = second;
    }
    flow->now += bytes;
}

double flow_rate(const struct flow *flow, int64_t now_ns)
{
    int64_t second = now_ns / SECOND;
    double into = (double)(now_ns % SECOND) / (double)SECOND;
    if (second == flow->second)
        return (double)flow->now + (double)flow->before * (1 - into);
    return second == flow->second + 1 ? (double)flow->now * (1 - into) : 0;
}

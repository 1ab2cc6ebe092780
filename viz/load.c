/*
 * load.c - how busy the loop is
 *
 *     deeds    ──█──────██─────█──        overlap of each with the last second, and with each of
 *     window             [─────────]now   the half seconds before it
 */
#include "load.h"

#define SECOND INT64_C(1000000000)
#define BAR (SECOND / 2)

static int64_t overlap(int64_t a_from, int64_t a_to, int64_t b_from, int64_t b_to)
{
    int64_t from = a_from > b_from ? a_from : b_from, to = a_to < b_to ? a_to : b_to;

    return to > from ? to - from : 0;
}

/* From when on every step is known. */
static int64_t known_from(struct model const *model)
{
    struct ring const *deeds = &model->deeds_ring, *turns = &model->turns_ring;
    int64_t from = turns->count > 0 ? model->turns[ring_at(turns, 0)].began_ns : model->t_ns;

    if (deeds->dropped > 0 && model->deeds[ring_at(deeds, 0)].begun_ns > from)
        from = model->deeds[ring_at(deeds, 0)].begun_ns;
    return from;
}

static void add_deed(struct load *load, struct deed const *deed, int64_t from_ns, int64_t now_ns)
{
    int64_t end_ns = deed->took_ns < 0 ? now_ns : deed->begun_ns + deed->took_ns;

    load->busy += (double)overlap(deed->begun_ns, end_ns, from_ns, now_ns);
    for (int i = 0; i < LOAD_BARS; i++) {
        int64_t bar_ns = now_ns - (LOAD_BARS - i) * BAR;

        if (load->bars[i] >= 0)
            load->bars[i] +=
                (double)overlap(deed->begun_ns, end_ns, bar_ns, bar_ns + BAR) / (double)BAR;
    }
}

/* One of its two ends does not belong to a second: else a heartbeat each second would be two. */
static bool is_within(int64_t t_ns, int64_t known_ns, int64_t now_ns)
{
    return t_ns >= known_ns && t_ns > now_ns - SECOND;
}

void load_of(struct load *load, struct model const *model, int64_t now_ns)
{
    int64_t known_ns = known_from(model), from_ns = now_ns - SECOND;
    uint64_t turns = 0;

    if (from_ns < known_ns)
        from_ns = known_ns;
    *load = (struct load){ .span_ns = now_ns - from_ns };
    for (int i = 0; i < LOAD_BARS; i++)
        load->bars[i] = now_ns - (LOAD_BARS - 1 - i) * BAR > known_ns ? 0 : -1;
    if (load->span_ns <= 0) {
        load->span_ns = 0;
        return;
    }
    for (size_t i = 0; i < model->deeds_ring.count; i++)
        add_deed(load, &model->deeds[ring_at(&model->deeds_ring, i)], from_ns, now_ns);
    for (size_t i = 0; i < model->turns_ring.count; i++)
        turns += is_within(model->turns[ring_at(&model->turns_ring, i)].began_ns, known_ns, now_ns);
    load->busy /= (double)load->span_ns;
    load->turns_a_second = (double)turns * (double)SECOND / (double)load->span_ns;
}

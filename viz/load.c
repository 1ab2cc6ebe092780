/*
 * load.c - how busy the loop is
 *
 *     deeds    ──█──────██─────█──        overlap of each with the last second, and with each of
 *     window             [─────────]now   the half seconds before it
 */
#include "load.h"

#define SECOND INT64_C(1000000000)
#define BAR (SECOND / 2)
#define WINDOW (2 * SECOND)

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

/*
 * From the last turn that began before the window, or the first that is known, to the latest: whole
 * turns over the time that they took, so that the figure stands still while a heartbeat goes on. When
 * the loop falls silent it sinks: the turn that has lasted too long by now is counted, too.
 */
static double turns_a_second(struct model const *model, int64_t now_ns)
{
    struct ring const *ring = &model->turns_ring;
    double whole, lasting;
    size_t first = 0;
    int64_t from_ns, to_ns;

    if (ring->count < 2)
        return -1;
    while (first + 2 < ring->count &&
           model->turns[ring_at(ring, first + 1)].began_ns <= now_ns - WINDOW)
        first++;
    from_ns = model->turns[ring_at(ring, first)].began_ns;
    to_ns = model->turns[ring_at(ring, ring->count - 1)].began_ns;
    if (to_ns <= from_ns || now_ns <= from_ns)
        return -1;
    whole = (double)(ring->count - 1 - first) * SECOND / (double)(to_ns - from_ns);
    lasting = (double)(ring->count - first) * SECOND / (double)(now_ns - from_ns);
    return whole < lasting ? whole : lasting;
}

void load_of(struct load *load, struct model const *model, int64_t now_ns)
{
    int64_t known_ns = known_from(model), from_ns = now_ns - SECOND;

    if (from_ns < known_ns)
        from_ns = known_ns;
    *load = (struct load){ .span_ns = now_ns - from_ns,
                           .turns_a_second = turns_a_second(model, now_ns) };
    for (int i = 0; i < LOAD_BARS; i++)
        load->bars[i] = now_ns - (LOAD_BARS - 1 - i) * BAR > known_ns ? 0 : -1;
    if (load->span_ns <= 0) {
        load->span_ns = 0;
        return;
    }
    for (size_t i = 0; i < model->deeds_ring.count; i++)
        add_deed(load, &model->deeds[ring_at(&model->deeds_ring, i)], from_ns, now_ns);
    load->busy /= (double)load->span_ns;
}

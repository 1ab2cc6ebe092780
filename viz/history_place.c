/*
 * history_place - the model at a place of the trace, the same whatever way one came there.
 *
 *      beginning        state             state             state
 *      |----chunk 0-----|-----chunk 1-----|-----chunk 2-----|----
 *                       base              key    ^cursor
 *
 * The model at the cursor is made from the state record one chunk back (`base`) and all events
 * from there on; so a recent past of at least one chunk stands behind every moment, and it depends
 * on nothing but the place. Walking over the next record makes `key` the new base, and the model
 * is made anew from there: each chunk is read twice while playing, some milliseconds in ten
 * thousand events.
 *
 * Snapshots are copies of models made like that, taken on the way. They make steps back cheap, and
 * they are all there is in a trace without state records. When they get too many, those go first
 * that stand closest together, seen from the cursor: near it every 64 KiB is kept, far away less
 * and less.
 */
#include "history_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT_EVERY = 64 << 10, SNAPSHOT_BYTES = 16 << 20 };

/* ---- state records as keys ------------------------------------------------------------------- */

/* A state record can be begun with: it is one line, or this is its first part. */
static bool is_key(const struct event *event)
{
    return event->kind == EV_TRACE_STATE && event_count(event, "part", 1) == 1;
}

/* The last key before `offset`; 0, the beginning, when there is none. */
static int64_t key_before(struct history *history, int64_t offset)
{
    struct line line;
    for (;;) {
        int64_t at = trace_find_back(&history->trace, offset, 0, "\"trace:state\"");
        if (at < 0)
            return at == -1 ? 0 : at;
        int rc = trace_line_at(&history->trace, at, &line);
        if (rc < 0)
            return rc;
        if (rc > 0 && at > 0 && event_parse(&history->scan, line.text) == 0 &&
            is_key(&history->scan))
            return at;
        if (at == 0)
            return 0;
        offset = at;
    }
}

/* ---- snapshots ------------------------------------------------------------------------------- */

static void snapshot_remove(struct history *history, size_t at)
{
    history->snapshot_bytes -= history->snapshots[at].bytes;
    model_destroy(history->snapshots[at].model);
    history->n_snapshots--;
    memmove(&history->snapshots[at], &history->snapshots[at + 1],
            (history->n_snapshots - at) * sizeof *history->snapshots);
}

/* How much would be lost by losing this one: the way that it saves, seen from `here`. */
static double snapshot_worth(const struct history *history, size_t at, int64_t here)
{
    const struct snapshot *one = &history->snapshots[at];
    int64_t before = one->base, distance = here > one->next ? here - one->next : one->next - here;
    if (at > 0 && history->snapshots[at - 1].base == one->base)
        before = history->snapshots[at - 1].next;
    return (double)(one->next - before + 1) / (double)(distance + SNAPSHOT_EVERY);
}

static void snapshots_thin(struct history *history, int64_t here)
{
    while (history->snapshot_bytes > SNAPSHOT_BYTES && history->n_snapshots > 1) {
        size_t least = 0;
        for (size_t i = 1; i < history->n_snapshots; i++)
            if (snapshot_worth(history, i, here) < snapshot_worth(history, least, here))
                least = i;
        snapshot_remove(history, least);
    }
}

/* Where a snapshot of this base and place stands, or would stand. */
static size_t snapshot_place(const struct history *history, int64_t base, int64_t next)
{
    size_t low = 0, high = history->n_snapshots;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct snapshot *one = &history->snapshots[middle];
        if (one->base < base || (one->base == base && one->next < next))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Keeps a copy of the model; that there is no memory for it is no error. */
static void snapshot_keep(struct history *history, const struct model *model, int64_t base,
                          int64_t next)
{
    size_t at = snapshot_place(history, base, next);
    size_t bytes = model_bytes(model);
    if (bytes > SNAPSHOT_BYTES / 2)
        return;
    if (at < history->n_snapshots && history->snapshots[at].base == base &&
        history->snapshots[at].next == next)
        return;
    struct model *copy = model_copy(model);
    struct snapshot *more = realloc(history->snapshots, (history->n_snapshots + 1) * sizeof *more);
    if (more != NULL)
        history->snapshots = more;
    if (copy == NULL || more == NULL) {
        model_destroy(copy);
        return;
    }
    memmove(&more[at + 1], &more[at], (history->n_snapshots - at) * sizeof *more);
    more[at] = (struct snapshot){ copy, base, next, bytes };
    history->n_snapshots++;
    history->snapshot_bytes += bytes;
    snapshots_thin(history, next);
}

/* The snapshot that is the shortest way to `offset`, or NULL. */
static const struct snapshot *snapshot_for(const struct history *history, int64_t base,
                                           int64_t offset)
{
    size_t at = snapshot_place(history, base, offset + 1);
    if (at == 0 || history->snapshots[at - 1].base != base)
        return NULL;
    return &history->snapshots[at - 1];
}

/* ---- making models --------------------------------------------------------------------------- */

/* An empty model, which knows of the program what the last head before `base` says. */
static struct model *model_from_head(struct history *history, int64_t base)
{
    struct line line;
    struct model *model = model_create();
    int64_t head = base > 0 ? history_head_before(history, base) : -1;
    if (model == NULL || head < 0)
        return model;
    if (trace_line_at(&history->trace, head, &line) > 0 &&
        event_parse(&history->scan, line.text) == 0)
        model_apply(model, &history->scan);
    model->from_start = false;
    return model;
}

/* Applies the lines from `from` to the one that begins at `last`; history->taken is its end. */
static int replay(struct history *history, struct model *model, int64_t base, int64_t from,
                  int64_t last)
{
    struct line line;
    int64_t kept = from;
    for (history->taken = from; from <= last; history->taken = from) {
        int rc = history_event_near(history, from, 1, &line);
        if (rc <= 0)
            return rc;
        if (line.offset > last)
            return 0;
        rc = model_apply(model, &history->scan);
        if (rc < 0)
            return rc;
        from = line.next;
        int64_t every = 4 * (int64_t)model_bytes(model);
        if (every < SNAPSHOT_EVERY)
            every = SNAPSHOT_EVERY;
        if (line.whole && from - kept >= every && from <= last) {
            snapshot_keep(history, model, base, from);
            kept = from;
        }
    }
    return 0;
}

/*
 * Gives the best model to go on from: the present one, a snapshot's copy, or a new one at the
 * base.
 */
static int start_model(struct history *history, int64_t base, int64_t offset, struct model **model,
                       int64_t *from)
{
    bool present = history->model != NULL && history->moment.event != NULL &&
                   history->base == base && history->whole && history->taken <= offset;
    const struct snapshot *snapshot = snapshot_for(history, base, offset);
    if (present && (snapshot == NULL || snapshot->next <= history->taken)) {
        *model = history->model; /* the one that is shown goes on */
        *from = history->taken;
        history->model = NULL;
    } else if (snapshot != NULL) {
        *model = model_copy(snapshot->model);
        *from = snapshot->next;
    } else {
        *model = model_from_head(history, base);
        *from = base;
    }
    return *model == NULL ? -ENOMEM : 0;
}

/* Whether `offset` lies in the cursor's chunk: 1, 0, or a negative errno. */
static int same_chunk(struct history *history, int64_t offset)
{
    int64_t here = history->moment.offset;
    if (history->moment.event == NULL || offset < history->key)
        return 0;
    if (offset <= here)
        return 1;
    int64_t found = trace_find_back(&history->trace, offset, here, "\"trace:state\"");
    return found < -1 ? (int)found : found == -1;
}

int history_place(struct history *history, int64_t offset)
{
    struct model *model;
    int64_t from, key = history->key, base = history->base;
    int rc = same_chunk(history, offset);
    if (rc < 0)
        return rc;
    if (rc == 0) {
        key = key_before(history, offset);
        base = key > 0 ? key_before(history, key) : key;
        if (key < 0 || base < 0)
            return (int)(key < 0 ? key : base);
    }
    rc = start_model(history, base, offset, &model, &from);
    if (rc < 0)
        return rc;
    rc = replay(history, model, base, from, offset);
    model_destroy(history->model);
    history->model = model;
    history->key = key;
    history->base = base;
    return rc;
}

void history_place_fini(struct history *history)
{
    while (history->n_snapshots > 0)
        snapshot_remove(history, history->n_snapshots - 1);
    free(history->snapshots);
    model_destroy(history->model);
}

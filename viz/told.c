/*
 * told.c - the sentences around the cursor
 *
 *      cache    [ event event event event event event ]      one after the other in the file
 *                       before ^ cursor   after ^ the second cursor stands at the last one
 */
#include "told.h"

#include "history_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPARE = 64 };

struct teller {
    struct history *second;
    history_want_fn *want;
    void *context;
    uint64_t which;
    bool from_start; /* nothing stands before the first one */
    int count;
    struct told told[TOLD_MAX];
};

struct teller *teller_create(void)
{
    return calloc(1, sizeof(struct teller));
}

void teller_destroy(struct teller *teller)
{
    if (teller)
        history_close(teller->second);
    free(teller);
}

static int open_second(struct teller *teller, struct history const *history)
{
    int fd = teller->second ? -1 : dup(history->trace.fd);

    if (teller->second)
        return history->trace.size > teller->second->trace.size ? history_poll(teller->second) : 0;
    return fd < 0 ? -errno : history_open(&teller->second, fd, history_name(history));
}

/* Writes down where the second cursor stands. */
static void take(struct teller *teller)
{
    struct moment const *moment = history_moment(teller->second);
    struct told *told;
    struct say say;

    if (teller->count == TOLD_MAX) {
        memmove(teller->told, teller->told + SPARE, (TOLD_MAX - SPARE) * sizeof(*teller->told));
        teller->count -= SPARE;
        teller->from_start = false;
    }
    told = &teller->told[teller->count++];
    *told =
        (struct told){ .offset = moment->offset,
                       .t_ns = moment->t_ns,
                       .n = moment->n,
                       .kind = moment->event->kind,
                       .wanted = !teller->want || teller->want(teller->context, moment->event) };
    say_init(&say, told->text, sizeof(told->text));
    say_clean(&say, slice_of(moment->sentence), TOLD_TEXT);
}

static int find(struct teller const *teller, int64_t offset)
{
    int low = 0, high = teller->count;

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (teller->told[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < teller->count && teller->told[low].offset == offset ? low : -1;
}

/* Begins anew, some way before `offset`: lines are passed over first, then one model is made. */
static int begin_before(struct teller *teller, int64_t offset, int before)
{
    struct line line;
    int rc = 1;

    teller->count = 0;
    for (; before > 0 && rc > 0; before--) {
        rc = history_stop_near(teller->second, offset, -1, &line);
        if (rc > 0)
            offset = line.offset;
    }
    teller->from_start = rc == 0;
    if (rc >= 0)
        rc = history_go_offset(teller->second, offset);
    if (rc < 0)
        return rc;
    take(teller);
    return 0;
}

/* Goes on until the cursor's event and so many behind it are told. */
static int go_on(struct teller *teller, int64_t offset, int after)
{
    int rc = 1, at;

    while ((at = find(teller, offset)) < 0 || teller->count - at - 1 < after) {
        int64_t last = teller->told[teller->count - 1].offset;

        if (history_moment(teller->second)->offset != last)
            rc = history_go_offset(teller->second, last);
        if (rc >= 0)
            rc = history_step(teller->second, 1);
        if (rc <= 0)
            return rc;
        take(teller);
    }
    return 0;
}

int told_around(struct history const *history, int before, int after, history_want_fn *want,
                void *context, uint64_t which, struct told const **told, int *present)
{
    struct teller *teller = history->teller;
    struct moment const *moment = history_moment(history);
    int at, first, rc;

    before = before < TOLD_MAX / 3 ? before : TOLD_MAX / 3;
    after = after < TOLD_MAX / 3 ? after : TOLD_MAX / 3;
    if (!teller || !moment->event)
        return teller ? 0 : -ENOMEM;
    rc = open_second(teller, history);
    if (teller->want != want || teller->context != context || teller->which != which)
        teller->count = 0;
    teller->want = want;
    teller->context = context;
    teller->which = which;
    at = find(teller, moment->offset);
    if (rc >= 0 && (at < 0 || (at < before && !teller->from_start)))
        rc = begin_before(teller, moment->offset, before + SPARE);
    if (rc >= 0)
        rc = go_on(teller, moment->offset, after);
    at = find(teller, moment->offset);
    if (rc < 0 || at < 0)
        return rc < 0 ? rc : 0;
    first = at > before ? at - before : 0;
    *told = teller->told + first;
    *present = at - first;
    return teller->count - first < *present + 1 + after ? teller->count - first
                                                        : *present + 1 + after;
}

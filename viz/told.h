/*
 * told.h - the sentences of the events around the cursor, before it and after it
 *
 *     struct told const *told;
 *     int present, count = told_around(history, 20, 20, NULL, NULL, 0, &told, &present);
 *     for (int i = 0; i < count; i++)
 *         show(told[i].text, i == present);
 *
 * A sentence needs the loop as it is after its event, so each is written by a second cursor that
 * walks through the same file; what it has written is kept, and a cursor that goes on costs one
 * sentence a step. What is told depends on the place alone, as everything does that a history says.
 */
#ifndef VIZ_TOLD_H
#define VIZ_TOLD_H

#include "history.h"

enum { TOLD_MAX = 1024, TOLD_TEXT = 240 };

struct told {
    int64_t offset, t_ns;
    uint64_t n;
    enum event_kind kind;
    bool wanted;
    char text[TOLD_TEXT];
};

struct teller;

/* NULL without memory; tellers are the history's own. */
struct teller *teller_create(void);
void teller_destroy(struct teller *teller);

/*
 * Up to `before` events before the cursor's, itself, and up to `after` behind it (as far as there
 * are any); `wanted` says of each whether `want` (NULL: all) wants it. Answers how many, 0 without an
 * event, or a negative errno; `which` is another number when the same context wants others; `present` is the index of the cursor's. Borrowed: valid until the next
 * call.
 */
int told_around(struct history const *history, int before, int after, history_want_fn *want,
                void *context, uint64_t which, struct told const **told, int *present);

#endif

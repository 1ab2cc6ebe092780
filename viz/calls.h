/*
 * calls - which function stands behind a call that waits for its turn.
 *
 * A call:ready names the function, the call:begin that follows only the call. So what is ready is
 * kept, by its id, until it begins: as many as stand in the ready queue, whatever the trace's
 * length.
 *
 *      calls_ready(&calls, id, fn);        // at call:ready
 *      calls_take(&calls, id, &fn);        // at call:begin, call:cancel
 *      calls_fini(&calls);                 // all zeros again
 */
#ifndef VIZ_CALLS_H
#define VIZ_CALLS_H

#include "table.h"

struct calls {
    struct table ready;
    struct call_fn *spare; /* to be used again */
};

/* 0 or -ENOMEM. */
int calls_ready(struct calls *calls, struct slice id, struct slice fn);
/* It is ready no more: its function, empty when it is not known (fn may be NULL). 0 or -ENOMEM. */
int calls_take(struct calls *calls, struct slice id, struct str *fn);
/* None is ready; may be used again. */
void calls_fini(struct calls *calls);

#endif

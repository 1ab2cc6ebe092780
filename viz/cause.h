/*
 * cause - what made a handle ready, as far as the moment just after its task:ready or call:ready
 * tells.
 *
 * The trace says who did it (`by`) and `why`. That may be the whole story ("timer 6", "timer") or
 * not: a connection wakes its reader when bytes have come, and also when it is closed; a reader's
 * call is made ready by the loop, because of a descriptor of which the event says nothing; in
 * asyncio it is a callback that brings a task what it waited for.
 */
#ifndef VIZ_CAUSE_H
#define VIZ_CAUSE_H

#include "model.h"

enum cause {
    CAUSE_PLAIN,     /* `by` and `why` tell it */
    CAUSE_CLOSED,    /* `by`, a connection or a server, was closed */
    CAUSE_END,       /* the peer of the connection `by` has finished sending */
    CAUSE_FD,        /* the loop, which found a descriptor ready */
    CAUSE_MESSENGER, /* the handle `by` tells it what it waited for */
};

enum cause cause_of_ready(const struct model *after, const struct event *event);

/*
 * Of what select() found ready last, the descriptor that belongs to the handle or to `by`; -1 when
 * it can't be told.
 */
int cause_fd(const struct model *model, struct slice handle, struct slice by, bool write);

/* "connection 7", "server 3", "fd 5": what stands behind a watched descriptor. */
void cause_say_fd(struct say *say, const struct model *model, int fd, bool write);

/* "its time was up", "connection 13 was closed": the reason, for a bracket. */
void cause_say_why(struct say *say, const struct model *after, const struct event *event);

#endif

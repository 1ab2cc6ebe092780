/*
 * ahead - the lines of a whole trace in their order, taken apart by threads of their own
 *
 *     struct ahead *ahead = ahead_open(&trace);
 *     const struct taken *taken;
 *     while ((rc = ahead_next(ahead, &taken)) > 0)
 *         if (taken->rc == 0)
 *             count(&taken->event);
 *     ahead_close(ahead);
 *
 * Reading and taking apart is most of the work of whoever goes through a trace; other processors, where
 * there are any, do it meanwhile. Lines pass in batches, each with memory of its own, so that threads meet only when a
 * batch is full or done with.
 */
#ifndef VIZ_AHEAD_H
#define VIZ_AHEAD_H

#include "trace.h"

/* A line and what it says. */
struct taken {
    struct line line; /* as trace_line_at() gives it */
    struct event event;
    int rc; /* event_parse()'s answer; -EINVAL too for a line that is too long */
};

struct ahead;

/*
 * From the trace's first line on. The trace is the threads' until ahead_close(), but for its name
 * and size. NULL and errno: no memory.
 */
struct ahead *ahead_open(struct trace *trace);
/* The next line: 1, valid until the next call; 0 at the end; a negative errno: it can't be read. */
int ahead_next(struct ahead *ahead, const struct taken **taken);
/* Takes NULL. */
void ahead_close(struct ahead *ahead);

#endif

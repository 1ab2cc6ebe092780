/*
 * range - a part of a trace: from one place to another, as `--from` and `--to` say it.
 *
 *      struct range range = range_all;
 *      if (range_from(&range, "12.5") < 0 || range_to(&range, "#400") < 0)
 *          ... neither seconds nor #EVENT
 *      if (range_holds(&range, &event))
 *          tell(&event);
 *
 * Both ends belong to it.
 */
#ifndef VIZ_RANGE_H
#define VIZ_RANGE_H

#include "trace.h"

struct range {
    int64_t from_ns, to_ns;
    uint64_t from_n, to_n;
};

extern const struct range range_all;

/* Seconds ("12.5") or an event's number ("#400"); NULL changes nothing. 0 or -EINVAL. */
int range_from(struct range *range, const char *text);
int range_to(struct range *range, const char *text);

bool range_holds(const struct range *range, const struct event *event);
/* The event lies beyond its end; in the same run nothing of it comes any more. */
bool range_is_over(const struct range *range, const struct event *event);

#endif

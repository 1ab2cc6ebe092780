/*
 * spread - how a million spans are spread, in fifteen kilobytes.
 *
 *      struct spread steps = { 0 };
 *      spread_add(&steps, took_ns);
 *      int64_t median = spread_at(&steps, 0.5), most = steps.most_ns;
 *
 * Spans are counted in buckets, 32 to each doubling, and each bucket keeps the longest that fell
 * into it. So a percentile is a span that there was, never too short and at most 3 % too long; count,
 * sum, least and most are exact. Plain data: copied by assignment, all zeros is empty.
 */
#ifndef VIZ_SPREAD_H
#define VIZ_SPREAD_H

#include <stdint.h>

enum { SPREAD_FINE = 5, SPREAD_BUCKETS = 40 << SPREAD_FINE };

struct spread {
    uint64_t count;
    int64_t sum_ns, least_ns, most_ns;
    uint32_t buckets[SPREAD_BUCKETS];
    int64_t longest[SPREAD_BUCKETS];
};

/* Negative spans count as 0; those over nine minutes share the last bucket. */
void spread_add(struct spread *spread, int64_t span_ns);
/* One of the spans, that `share` (0 to 1) of them don't pass; 0 when there are none. */
int64_t spread_at(const struct spread *spread, double share);

#endif

/*
 * spread - buckets that double.
 *
 * A span's bucket is its highest bit and the five bits below it: what is under 32 ns has a bucket
 * of its own, what is above shares one with its neighbours within 3 %.
 */
#include "spread.h"

static unsigned bucket_of(uint64_t span)
{
    unsigned high = 0;
    for (uint64_t rest = span >> SPREAD_FINE; rest > 1; rest >>= 1)
        high++;
    if (span >> SPREAD_FINE == 0)
        return (unsigned)span;
    unsigned bucket = ((high + 1) << SPREAD_FINE) + (unsigned)((span >> high) & 31u);
    return bucket < SPREAD_BUCKETS ? bucket : SPREAD_BUCKETS - 1;
}

void spread_add(struct spread *spread, int64_t span_ns)
{
    int64_t span = span_ns < 0 ? 0 : span_ns;
    if (spread->count == 0 || span < spread->least_ns)
        spread->least_ns = span;
    if (span > spread->most_ns)
        spread->most_ns = span;
    spread->count++;
    if (spread->sum_ns <= INT64_MAX - span)
        spread->sum_ns += span;
    unsigned bucket = bucket_of((uint64_t)span);
    spread->buckets[bucket]++;
    if (span > spread->longest[bucket])
        spread->longest[bucket] = span;
}

int64_t spread_at(const struct spread *spread, double share)
{
    uint64_t below = 0, rank = (uint64_t)(share * (double)spread->count);
    if (spread->count == 0)
        return 0;
    if (rank >= spread->count)
        return spread->most_ns;
    for (unsigned i = 0; i < SPREAD_BUCKETS; i++) {
        below += spread->buckets[i];
        if (below > rank)
            return spread->longest[i];
    }
    return spread->most_ns;
}

/* ticks.h - the monotonic clock, read in less time (ticks.c). */
#ifndef LOOP_TICKS_H
#define LOOP_TICKS_H

#include "inside.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define TICKS

struct reading {
    uint64_t tick;
    ns moment;
};

/* What a thread knows of the clock. */
struct ticks {
    struct reading last;  /* the true reading that is counted from, */
    uint64_t reach;       /* for so many ticks; 0: for none */
    uint64_t rate;        /* 2^-32 ns a tick */
    struct reading first; /* the one that the next rate is taken from */
    ns told;              /* never later than what is told next */
    unsigned readings;
    bool may_count;
};

extern _Thread_local struct ticks ticks_here;

ns ticks_read_clock(void); /* when no ticks can be counted from the last true reading */

static inline ns ticks_tell(ns now)
{
    return ticks_here.told = now > ticks_here.told ? now : ticks_here.told;
}

/* The monotonic clock itself, never earlier than what this thread was told before. */
static inline ns clock_real(void)
{
    uint64_t since = ticks_here.reach == 0 ? 0 : __builtin_ia32_rdtsc() - ticks_here.last.tick;
    if (LIKELY(since < ticks_here.reach))
        return ticks_tell(ticks_here.last.moment + (ns)(since * ticks_here.rate >> 32));
    return ticks_read_clock();
}
#else
ns clock_real(void); /* as above: what a system's clock tells never goes back */
#endif

#endif

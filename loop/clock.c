/* clock.c - the loop's one clock: seconds since the loop was made.
 *
 * Real time is the monotonic clock, minus what it was at the start.  A viewer may hold it or let it go slower, so
 * that no timer fires because a class was looking: then loop time = base_loop + (real - base_real) * speed.
 * Virtual time does not pass by itself: it jumps to the next deadline when there is nothing else to do, and
 * loop_work() advances it.  So a lesson runs in milliseconds and leaves the same trace every time.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs.h"
#include "ticks.h"
#include "trace.h"

void clock_init(struct clock *c)
{
    const char *kind = getenv("LOOP_CLOCK");
    *c = (struct clock){ .base_real = clock_real(), .speed = 1.0 };
    c->is_virtual = kind != NULL && strcmp(kind, "virtual") == 0;
}

ns clock_now(const struct clock *c)
{
    if (c->is_virtual || c->held)
        return c->base_loop;
    ns real = clock_real() - c->base_real;
    if (LIKELY(c->speed == 1.0))
        return c->base_loop + real;
    return c->base_loop + (ns)((double)real * c->speed);
}

void clock_advance(struct clock *c, ns to)
{
    if (c->is_virtual && to > c->base_loop)
        c->base_loop = to;
}

/* From now on the clock stands ... */
void clock_hold(struct clock *c)
{
    c->base_loop = clock_now(c);
    c->held = true;
}

/* ... and goes on from where it stood. */
void clock_release(struct clock *c)
{
    c->base_real = clock_real();
    c->held = false;
}

void clock_set_speed(struct clock *c, double speed)
{
    c->base_loop = clock_now(c);
    c->base_real = clock_real();
    c->speed = speed;
}

/* How much real time what is left of the loop's takes, 20 ms at most. */
static ns piece_of(const struct clock *c, ns left)
{
    double real = (double)left / c->speed;
    return real < 20e6 ? (ns)real + 1 : 20000000;
}

/* Sleeps so much loop time: in pieces, since a viewer may hold or slow the clock meanwhile. */
static void sleep_until(struct loop *loop, ns end)
{
    ns left;
    while ((left = end - clock_now(&loop->clock)) > 0) {
        ns piece = piece_of(&loop->clock, left);
        nanosleep(&(struct timespec){ .tv_sec = 0, .tv_nsec = (long)piece }, NULL);
    }
}

void loop_work(double seconds)
{
    struct loop *loop = loop_current();
    ns span = seconds_to_ns(seconds);
    if (span <= 0)
        return;
    if (loop == NULL && jobs_work(span))
        return;
    if (loop == NULL) {
        nanosleep(&(struct timespec){ .tv_sec = (time_t)(span / NS_PER_S),
                                      .tv_nsec = (long)(span % NS_PER_S) },
                  NULL);
        return;
    }
    ns end = clock_now(&loop->clock) + span;
    if (loop->clock.is_virtual)
        clock_advance(&loop->clock, end);
    else
        sleep_until(loop, end);
}

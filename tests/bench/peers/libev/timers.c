/* libev/timers.c - N callbacks at N deadlines, on libev's select() back end: how late do they come? */
#include <ev.h>

#include "../peer.h"

struct deadline {
    ev_timer timer; /* first: libev hands back a pointer to it */
    double due;
    double *late;
};

static long n_timers, n_fired;

static void fired(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct deadline *d = (struct deadline *)(void *)timer;
    (void)events;
    *d->late = bench_seconds(CLOCK_MONOTONIC) - d->due;
    if (++n_fired == n_timers)
        ev_break(loop, EVBREAK_ALL);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;
    n_timers = bench_argument(argc, argv, 1, 100000);
    struct ev_loop *loop = ev_default_loop(EVBACKEND_SELECT);
    double *late = calloc((size_t)n_timers, sizeof *late);
    struct deadline *all = calloc((size_t)n_timers, sizeof *all);
    if (loop == NULL || late == NULL || all == NULL)
        bench_fail("libev has no select back end");
    struct bench_span began = bench_begin();
    double start = bench_seconds(CLOCK_MONOTONIC);
    ev_now_update(loop);
    for (long i = 0; i < n_timers; i++) {
        double after = (DEADLINE_LEAD_US + bench_deadline_us(&seed)) / 1e6;
        all[i].due = start + after;
        all[i].late = &late[i];
        ev_timer_init(&all[i].timer, fired, after, 0);
        ev_timer_start(loop, &all[i].timer);
    }
    double arm = bench_end(began).cpu;
    ev_run(loop, 0);
    bench_report_timers(late, n_timers, bench_end(began).cpu, arm);
    return 0;
}

/* w3_timers.c - N callbacks at N deadlines: how late do they come? */
#include "bench.h"

struct deadline {
    double due;
    double *late;
};

static long n_timers, n_fired;
static struct loop *loop;
static double *late;

static void fired(void *arg)
{
    struct deadline *d = arg;
    *d->late = loop_time(loop) - d->due;
    if (++n_fired == n_timers)
        loop_stop(loop);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;
    n_timers = bench_argument(argc, argv, 1, 100000);
    loop = loop_new();
    late = calloc((size_t)n_timers, sizeof *late);
    struct deadline *all = calloc((size_t)n_timers, sizeof *all);
    double start = loop_time(loop) + DEADLINE_LEAD_US / 1e6;
    struct bench_span began = bench_begin();
    for (long i = 0; i < n_timers; i++) {
        all[i] = (struct deadline){ start + bench_deadline_us(&seed) / 1e6, &late[i] };
        loop_call_at(loop, all[i].due, fired, &all[i]);
    }
    double arm = bench_end(began).cpu;
    loop_run_forever(loop);
    bench_report_timers(late, n_timers, bench_end(began).cpu, arm);
    loop_close(loop);
    free(all);
    free(late);
    return 0;
}

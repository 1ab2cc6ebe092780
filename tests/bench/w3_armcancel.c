/* w3_armcancel.c - timers that are armed and cancelled, beside many that wait. */
#include "bench.h"

static long n_pairs, batch, n_pending, n_done;
static uint64_t seed = 1;

static void never(void *unused)
{
    (void)unused;
    bench_fail("a timer of an hour has fired");
}

static double in_an_hour(void)
{
    return 3600.0 + bench_deadline_us(&seed) / 1e6;
}

static int run(void *unused)
{
    (void)unused;
    struct loop *loop = loop_current();
    for (long i = 0; i < n_pending; i++)
        loop_call_later(loop, in_an_hour(), never, NULL);
    struct bench_span began = bench_begin();
    while (n_done < n_pairs) {
        for (long i = 0; i < batch; i++)
            n_done += call_cancel(loop_call_later(loop, in_an_hour(), never, NULL));
        await(task_yield());
    }
    bench_report_rate("pairs_per_s", n_done, bench_end(began));
    return 0;
}

int main(int argc, char **argv)
{
    n_pairs = bench_argument(argc, argv, 1, 1000000);
    batch = bench_argument(argc, argv, 2, 1000);
    n_pending = bench_argument(argc, argv, 3, 10000);
    return loop_run(run, NULL);
}

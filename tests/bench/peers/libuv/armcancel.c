/* libuv/armcancel.c - timers that are made, armed, stopped and freed, beside many that wait. */
#include <uv.h>

#include "../peer.h"

static uint64_t seed = 1;

static void never(uv_timer_t *timer)
{
    (void)timer;
    bench_fail("a timer of an hour has fired");
}

static void freed(uv_handle_t *handle)
{
    free(handle);
}

static uv_timer_t *arm(uv_loop_t *loop)
{
    uv_timer_t *timer = malloc(sizeof *timer);
    uint64_t after_ms = 3600000 + bench_deadline_us(&seed) / 1000;
    if (timer == NULL || uv_timer_init(loop, timer) < 0 ||
        uv_timer_start(timer, never, after_ms, 0) < 0)
        bench_fail("uv_timer");
    return timer;
}

static void cancel(uv_timer_t *timer)
{
    uv_timer_stop(timer);
    uv_close((uv_handle_t *)timer, freed);
}

int main(int argc, char **argv)
{
    long n_pairs = bench_argument(argc, argv, 1, 1000000);
    long batch = bench_argument(argc, argv, 2, 1000);
    long n_pending = bench_argument(argc, argv, 3, 10000);
    uv_loop_t *loop = uv_default_loop();
    for (long i = 0; i < n_pending; i++)
        arm(loop);
    long n_done = 0;
    struct bench_span began = bench_begin();
    while (n_done < n_pairs) {
        for (long i = 0; i < batch; i++, n_done++)
            cancel(arm(loop));
        uv_run(loop, UV_RUN_NOWAIT);
    }
    bench_report_rate("pairs_per_s", n_done, bench_end(began));
    return 0;
}

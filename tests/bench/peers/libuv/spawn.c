/* libuv/spawn.c - callbacks that are made, run once and freed, in batches: what a task is to a loop of callbacks. */
#include <uv.h>

#include "../peer.h"

static long n_done;

static void freed(uv_handle_t *handle)
{
    free(handle);
}

static void nothing(uv_idle_t *idle)
{
    n_done++;
    uv_close((uv_handle_t *)idle, freed);
}

static void make(uv_loop_t *loop)
{
    uv_idle_t *idle = malloc(sizeof *idle);
    if (idle == NULL || uv_idle_init(loop, idle) < 0 || uv_idle_start(idle, nothing) < 0)
        bench_fail("uv_idle");
}

int main(int argc, char **argv)
{
    long total = bench_argument(argc, argv, 1, 1000000);
    long batch = bench_argument(argc, argv, 2, 1000);
    uv_loop_t *loop = uv_default_loop();
    struct bench_span began = bench_begin();
    for (long made = 0; made < total; made += batch) {
        for (long i = 0; i < batch; i++)
            make(loop);
        uv_run(loop, UV_RUN_DEFAULT);
    }
    struct bench_span took = bench_end(began);
    if (n_done < total)
        bench_fail("not every callback has run");
    bench_report_rate("tasks_per_s", n_done, took);
    return 0;
}

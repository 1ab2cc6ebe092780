/* w7_mem.c - what an idle task, or a timer that is far away, costs in memory. */
#include "bench.h"

#include <string.h>

static const char *kind;
static long n_items;

static int waits_for_ever(void *future)
{
    return await(future_wait(future));
}

static void never(void *unused)
{
    (void)unused;
}

static int run(void *unused)
{
    (void)unused;
    struct loop *loop = loop_current();
    struct future *future = future_new(loop);
    uint64_t seed = 1;
    long before = bench_resident();
    for (long i = 0; i < n_items; i++) {
        if (strcmp(kind, "timers") == 0)
            loop_call_later(loop, 3600.0 + bench_deadline_us(&seed) / 1e6, never, NULL);
        else
            task_release(task_create(waits_for_ever, future));
    }
    await(task_yield());
    long after = bench_resident();
    printf("{\"kind\":\"%s\",\"n\":%ld,\"rss_before\":%ld,\"rss_after\":%ld,\"bytes_per_item\":%."
           "1f}\n",
           kind, n_items, before, after, (double)(after - before) / (double)n_items);
    return 0;
}

int main(int argc, char **argv)
{
    kind = argc > 1 ? argv[1] : "tasks";
    n_items = bench_argument(argc, argv, 2, 10000);
    return loop_run(run, NULL);
}

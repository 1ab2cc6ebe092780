/* w2_spawn.c - tasks that finish at once, made and awaited in batches. */
#include "bench.h"

static long total, batch, n_done;

static int nothing(void *unused)
{
    (void)unused;
    n_done++;
    return 0;
}

static int run(void *unused)
{
    (void)unused;
    struct task **tasks = calloc((size_t)batch, sizeof(struct task *));
    struct bench_span began = bench_begin();
    for (long made = 0; made < total; made += batch) {
        for (long i = 0; i < batch; i++)
            tasks[i] = task_create(nothing, NULL);
        for (long i = 0; i < batch; i++) {
            await(task_join(tasks[i]));
            task_release(tasks[i]);
        }
    }
    struct bench_span took = bench_end(began);
    free(tasks);
    if (n_done < total)
        bench_fail("not every task has run");
    bench_report_rate("tasks_per_s", n_done, took);
    return 0;
}

int main(int argc, char **argv)
{
    total = bench_argument(argc, argv, 1, 1000000);
    batch = bench_argument(argc, argv, 2, 1000);
    return loop_run(run, NULL);
}

/* w1_yield.c - N tasks that each yield K times. */
#include "bench.h"

static long n_tasks, n_yields, n_done;

static int yielder(void *unused)
{
    (void)unused;
    for (long i = 0; i < n_yields; i++, n_done++)
        if (await(task_yield()) < 0)
            return -ECANCELED;
    return 0;
}

static int run(void *unused)
{
    (void)unused;
    struct task **tasks = calloc((size_t)n_tasks, sizeof(struct task *));
    struct bench_span began = bench_begin();
    for (long i = 0; i < n_tasks; i++)
        tasks[i] = task_create(yielder, NULL);
    for (long i = 0; i < n_tasks; i++)
        await(task_join(tasks[i]));
    struct bench_span took = bench_end(began);
    free(tasks);
    if (n_done != n_tasks * n_yields)
        bench_fail("not every yield was made");
    bench_report_rate("switches_per_s", n_done, took);
    return 0;
}

int main(int argc, char **argv)
{
    n_tasks = bench_argument(argc, argv, 1, 1000);
    n_yields = bench_argument(argc, argv, 2, 1000);
    return loop_run(run, NULL);
}

/* w3_sleepers.c - N tasks that sleep until N deadlines: how late do they wake? */
#include "bench.h"

static long n_timers, n_woken;
static double start, *late, *due;

static int sleeper(void *arg)
{
    double *when = arg;
    struct loop *loop = loop_current();
    if (await(task_sleep(*when - loop_time(loop))) < 0)
        return -ECANCELED;
    late[when - due] = loop_time(loop) - *when;
    n_woken++;
    return 0;
}

static int run(void *unused)
{
    (void)unused;
    uint64_t seed = 1;
    struct task **tasks = calloc((size_t)n_timers, sizeof(struct task *));
    struct bench_span began = bench_begin();
    start = loop_time(loop_current()) + DEADLINE_LEAD_US / 1e6;
    for (long i = 0; i < n_timers; i++) {
        due[i] = start + bench_deadline_us(&seed) / 1e6;
        tasks[i] = task_create(sleeper, &due[i]);
    }
    await(task_yield());
    double arm = bench_end(began).cpu;
    for (long i = 0; i < n_timers; i++)
        await(task_join(tasks[i]));
    double cpu = bench_end(began).cpu;
    free(tasks);
    if (n_woken != n_timers)
        bench_fail("not every sleeper woke");
    bench_report_timers(late, n_timers, cpu, arm);
    return 0;
}

int main(int argc, char **argv)
{
    n_timers = bench_argument(argc, argv, 1, 100000);
    late = calloc((size_t)n_timers, sizeof *late);
    due = calloc((size_t)n_timers, sizeof *due);
    int status = loop_run(run, NULL);
    free(late);
    free(due);
    return status;
}

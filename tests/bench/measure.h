/* measure.h - what every program of a benchmark shares, ours and its peers: clocks, the deadline generator, and the line
 * of JSON that each prints.
 *
 * Every program measures one workload, checks that the work was really done, and prints one JSON object as its last
 * line.  tests/bench/run starts them, interleaved, and compares.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_LEAD_US = 600000, DEADLINE_SPAN_US = 1000000 };

static inline double bench_seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct bench_span {
    double wall, cpu;
};

static inline struct bench_span bench_begin(void)
{
    return (struct bench_span){ bench_seconds(CLOCK_MONOTONIC),
                                bench_seconds(CLOCK_PROCESS_CPUTIME_ID) };
}

static inline struct bench_span bench_end(struct bench_span began)
{
    struct bench_span now = bench_begin();
    return (struct bench_span){ now.wall - began.wall, now.cpu - began.cpu };
}

static inline long bench_argument(int argc, char **argv, int i, long otherwise)
{
    return argc > i ? strtol(argv[i], NULL, 10) : otherwise;
}

static inline _Noreturn void bench_fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

/* The same sequence of deadlines in every language: microseconds after the first possible one. */
static inline unsigned bench_deadline_us(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*state >> 33) % DEADLINE_SPAN_US;
}

static inline void bench_report_rate(const char *key, long count, struct bench_span took)
{
    printf("{\"%s\":%.1f,\"cpu_ns_each\":%.3f,\"count\":%ld,\"elapsed_s\":%.4f}\n", key,
           (double)count / took.wall, took.cpu / (double)count * 1e9, count, took.wall);
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* late: seconds, one for each timer. */
static inline void bench_report_timers(double *late, long n, double cpu, double arm_cpu)
{
    long early = 0;
    for (long i = 0; i < n; i++)
        early += late[i] < 0;
    qsort(late, (size_t)n, sizeof *late, bench_compare);
    printf("{\"n\":%ld,\"fired\":%ld,\"cpu_ns_per_timer\":%.1f,\"arm_ns_per_timer\":%.1f,"
           "\"late_p50_us\":%.1f,\"late_p99_us\":%.1f,\"late_max_us\":%.1f,\"early\":%ld}\n",
           n, n, cpu / (double)n * 1e9, arm_cpu / (double)n * 1e9, late[n / 2] * 1e6,
           late[n * 99 / 100] * 1e6, late[n - 1] * 1e6, early);
}

static inline long bench_resident(void)
{
    long size, resident;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%ld %ld", &size, &resident) != 2)
        bench_fail("/proc/self/statm can't be read");
    fclose(f);
    return resident * sysconf(_SC_PAGESIZE);
}

#endif

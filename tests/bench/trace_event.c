/* trace_event - what one traced event costs the program: nanoseconds for each of three, the clock's
 * reading included.
 *
 *     trace_event [EVENTS]     writes to /dev/null unless LOOP_TRACE is set; 3,000,000 of each kind
 */
#include <stdlib.h>
#include <time.h>

#include "inside.h"
#include "trace.h"

static struct loop *loop;
static struct timer timer;
static struct callback call;
static struct task task = { .name = "main",
                            .src = { "tests/bench/trace_event.c", "task_sleep(1.0)", 17 } };

static void one_fire(void)
{
    trace_timer_fire(loop, &timer, 213456);
}
static void one_begin(void)
{
    trace_task_begin(&task);
}
static void one_turn(void)
{
    trace_loop_turn(loop);
}

/* This thread's own time: the feeder has another, maybe on another core. */
static ns spent(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (ns)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void measure(const char *name, void (*event)(void), long n)
{
    ns began = spent();
    for (long i = 0; i < n; i++)
        event();
    printf("%-12s %6.1f ns an event\n", name, (double)(spent() - began) / (double)n);
}

int main(int argc, char *argv[])
{
    long n = argc > 1 ? atol(argv[1]) : 3000000;
    setenv("LOOP_TRACE", "/dev/null", 0);
    loop = loop_new();
    if (loop == NULL || loop->tracer == NULL)
        return 1;
    call.loop = task.future.loop = loop;
    call.handle.id = timer.id = task.handle.id = loop_new_id(loop);
    timer.kind = TIMER_CALL;
    task.handle.ready_since = clock_now(&loop->clock);
    ns began = spent();
    for (long i = 0; i < n; i++)
        (void)clock_now(&loop->clock);
    printf("%-12s %6.1f ns\n", "the clock", (double)(spent() - began) / (double)n);
    measure("timer:fire", one_fire, n);
    measure("loop:turn", one_turn, n);
    task.handle.ready_since = INT64_MAX / 2; /* nobody starves */
    measure("task:begin", one_begin, n);
    return loop_close(loop) == 0 ? 0 : 1;
}

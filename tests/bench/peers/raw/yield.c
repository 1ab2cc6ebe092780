/* raw/yield.c - N coroutines that each yield K times, with one look at the descriptors a round: what is left when a loop
 * has no handles, no trace and no cancellation, only stacks, the switch between them, and a queue of who is next.
 */
#include <sys/select.h>

#include "../../../../loop/coro.h"
#include "../peer.h"

#ifdef CORO_UCONTEXT
#error "the bare switch needs assembly for this CPU"
#endif

enum { STACK_BYTES = 16384, LINE = 64, SPREAD = 32 };

static struct coro_context *tasks, **ready, scheduler;
static long n_tasks, n_yields, n_done;
static unsigned mask, head, tail, turn_end;
static int quiet_pipe[2];

static void look(void)
{
    fd_set set;
    struct timeval now = { 0, 0 };
    FD_ZERO(&set);
    FD_SET(quiet_pipe[0], &set);
    if (select(quiet_pipe[0] + 1, &set, NULL, NULL, &now) != 0)
        peer_die("select");
}

/* The ready queue's next, after a look at the descriptors where a round ends. */
static inline struct coro_context *next(void)
{
    if (head == turn_end) {
        look();
        turn_end = tail;
    }
    return head == tail ? &scheduler : ready[head++ & mask];
}

/* A call, as a library's is. */
static __attribute__((noinline)) void yield(struct coro_context *self)
{
    ready[tail++ & mask] = self;
    struct coro_context *to = next();
    if (to != self)
        coro_switch(self, to);
}

static void body(void)
{
    struct coro_context *self = ready[(head - 1) & mask], gone;
    for (long i = 0; i < n_yields; i++, n_done++)
        yield(self);
    coro_switch(&gone, next());
}

#ifdef __x86_64__
enum { RETURN_ADDRESS = 8 }; /* a function finds the stack as after a call */
#else
enum { RETURN_ADDRESS = 0 };
#endif

/* As if it had switched away once, and goes on at body().  Tops are spread over cache sets. */
static void lay_out(struct coro_context *c, long nth)
{
    char *stack = aligned_alloc(4096, STACK_BYTES);
    if (stack == NULL)
        peer_die("aligned_alloc");
    char *top = stack + STACK_BYTES - LINE * (nth % SPREAD + 1);
    void (*entry)(void) = body;
    memcpy(&c->at, &entry, sizeof entry);
    c->sp = top - RETURN_ADDRESS;
}

int main(int argc, char **argv)
{
    n_tasks = bench_argument(argc, argv, 1, 1000);
    n_yields = bench_argument(argc, argv, 2, 1000);
    for (mask = 1; mask < n_tasks; mask = mask * 2 + 1)
        ;
    tasks = calloc((size_t)n_tasks, sizeof *tasks);
    ready = calloc(mask + 1, sizeof *ready);
    if (tasks == NULL || ready == NULL || pipe(quiet_pipe) < 0)
        peer_die("start");
    struct bench_span began = bench_begin();
    for (long i = 0; i < n_tasks; i++) {
        lay_out(&tasks[i], i);
        ready[tail++] = &tasks[i];
    }
    coro_switch(&scheduler, next());
    struct bench_span took = bench_end(began);
    if (n_done != n_tasks * n_yields)
        bench_fail("not every yield was made");
    bench_report_rate("switches_per_s", n_done, took);
    return 0;
}

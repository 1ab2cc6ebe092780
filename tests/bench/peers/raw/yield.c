/* raw/yield.c - N coroutines that each yield K times, with one look at the descriptors a round: what is left when a loop
 * has no tasks, no handles, no trace and no cancellation, only stacks and the switch between them.
 */
#include <sys/select.h>

#include "../../../../loop/coro.h"
#include "../peer.h"

#ifdef CORO_UCONTEXT
#error "the bare switch needs assembly for this CPU"
#endif

/* An even number of words keeps a new stack aligned as both CPUs want it. */
enum { STACK_BYTES = 16384, LINE = 64, SPREAD = 32, FRAME_WORDS = (CORO_SLOTS + 2) & ~1 };

static struct coro_context *ring, scheduler;
static long n_ring, n_tasks, n_yields, n_done, n_finished, at;
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

/* Everybody has the same number of steps, so the ring needs no queue: the next is the next. */
static inline void yield(void)
{
    struct coro_context *self = &ring[at];
    if (++at == n_ring) {
        at = 0;
        look();
    }
    if (self != &ring[at])
        coro_switch(self, &ring[at]);
}

static void body(void)
{
    for (long i = 0; i < n_yields; i++, n_done++)
        yield();
    n_finished++;
    if (++at == n_ring)
        at = 0;
    struct coro_context gone;
    coro_switch(&gone, n_finished == n_ring ? &scheduler : &ring[at]);
}

/* A stack as if it had switched away once, going on at body().  Tops are spread over cache sets. */
static void lay_out(struct coro_context *c, long nth)
{
    char *stack = aligned_alloc(4096, STACK_BYTES);
    if (stack == NULL)
        peer_die("aligned_alloc");
    char *top = stack + STACK_BYTES - LINE * (nth % SPREAD + 1);
    void **slots = (void **)(void *)top - FRAME_WORDS;
    void (*entry)(void) = body;
    memset(slots, 0, sizeof(void *) * FRAME_WORDS);
    memcpy(&slots[CORO_SLOT_ENTRY], &entry, sizeof entry);
    c->sp = slots;
}

int main(int argc, char **argv)
{
    n_ring = n_tasks = bench_argument(argc, argv, 1, 1000);
    n_yields = bench_argument(argc, argv, 2, 1000);
    ring = calloc((size_t)n_ring, sizeof *ring);
    if (ring == NULL || pipe(quiet_pipe) < 0)
        peer_die("start");
    struct bench_span began = bench_begin();
    for (long i = 0; i < n_ring; i++)
        lay_out(&ring[i], i);
    coro_switch(&scheduler, &ring[0]);
    struct bench_span took = bench_end(began);
    if (n_done != n_tasks * n_yields)
        bench_fail("not every yield was made");
    bench_report_rate("switches_per_s", n_done, took);
    return 0;
}

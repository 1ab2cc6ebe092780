/* coro.h - coroutines: functions that can pause and be continued later.
 *
 * A coroutine has a stack.  The loop calls coro_resume() to run it; it calls coro_suspend() to give the CPU
 * back.  There is one scheduler, on the thread's own stack, and coroutines never resume each other, so every
 * switch passes through one place that can be traced.
 *
 *     struct coro c;
 *     coro_start(&c, fn, arg);            takes a stack, runs nothing yet
 *     while (!c.finished)
 *         coro_resume(&c);
 *     coro_release(&c);                   gives the stack back
 *
 * Stacks are 64 KiB (256 KiB under AddressSanitizer, whose frames are larger), recycled last in, first out:
 * a task that starts and ends in one step runs on a stack that is still in the cache.
 *
 * Every function works on the calling thread's own scheduler and stacks.
 */
#ifndef LOOP_CORO_H
#define LOOP_CORO_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "coro_annotate.h"

/* A thread's own variable that is found without a call, also in a shared library; and a function that is left outside,
 * for its caller to be quick when it is not called. */
#if defined(__GNUC__)
#define NEAR_TLS __attribute__((visibility("hidden"), tls_model("initial-exec")))
#define SELDOM __attribute__((noinline, cold))
#else
#define NEAR_TLS
#define SELDOM
#endif

#if !defined(CORO_UCONTEXT) && !defined(__x86_64__) && !defined(__aarch64__)
#define CORO_UCONTEXT 1 /* other CPUs: no assembly, a system call per switch */
#endif

#ifdef CORO_UCONTEXT
#include <ucontext.h>
#endif

/* Where a stack stands while it does not run. */
struct coro_context {
#ifdef CORO_UCONTEXT
    ucontext_t uc;
#else
    void *sp, *at, *fp; /* the stack, where to go on, the frame pointer */
#if defined(__x86_64__)
    void *bx;
#endif
#endif
};

#include "coro_switch.h"

struct coro {
    struct coro_context context;
    struct coro_stack *stack; /* NULL before coro_start() and after coro_release() */
    bool finished;
    bool guarded; /* an overflow faults at once, else coro_is_overrun() tells of it */
};

/* Gives c a stack, ready to run fn(arg) at the first coro_resume().  0 or -ENOMEM. */
int coro_start(struct coro *c, void (*fn)(void *arg), void *arg);

/* Runs c until it suspends or its function returns (c->finished).  Only from the scheduler. */
static inline void coro_resume(struct coro *c);

/* Pauses the running coroutine; returns when it is resumed. */
static inline void coro_suspend(void);

/* Takes c's stack back.  Frames still on it are dropped, not unwound.  Not from c itself. */
void coro_release(struct coro *c);

/* Pauses c, the running coroutine, and runs next, which has been suspended before: as if c had suspended and the
 * scheduler had resumed next at once, for half the price. */
static inline void coro_suspend_to(struct coro *c, struct coro *next);

/* c will be resumed soon: its stack may come from memory meanwhile. */
static inline void coro_expect(const struct coro *c);

/* The coroutine that runs in this thread, or NULL. */
static inline struct coro *coro_running(void);

/* The running coroutine if addr lies in the guard below its stack (it has overflowed), else NULL.  May be called from a
 * signal handler. */
struct coro *coro_overflowed(const void *addr);

/* True when c, whose stack could not be guarded (there are too many), has written below it.  Not after coro_release(). */
bool coro_is_overrun(const struct coro *c);

/* Bytes of its stack that c, which is suspended, has in use; 0 where that can't be told (ucontext). */
size_t coro_depth(const struct coro *c);

/* Bytes that a coroutine may use. */
size_t coro_stack_bytes(void);

/* Gives this thread's unused stacks back to the system, unless some are in use. */
void coro_trim(void);

/* ---- inline, since every await goes through here: coro_switch.h tells why that matters */

/* One of these for each thread that runs a loop. */
struct coro_scheduler {
    struct coro *running;
    struct coro_context context; /* the scheduler's own place while a coroutine runs */
    const void *asan_lo;         /* AddressSanitizer's idea of the scheduler's stack */
    size_t asan_size;
    size_t stack_bytes;
};

extern _Thread_local struct coro_scheduler coro_here NEAR_TLS;

const char *coro_stack_lo(const struct coro *c);
void **coro_asan_save(const struct coro *c);

static inline void coro_resume(struct coro *c)
{
    void *save = NULL;
    assert(coro_here.running == NULL && !c->finished);
    coro_here.running = c;
    ASAN_LEAVE(&save, coro_stack_lo(c), coro_here.stack_bytes);
    coro_switch(&coro_here.context, &c->context);
    ASAN_ARRIVE(save, NULL, NULL);
}

static inline void coro_suspend(void)
{
    struct coro *c = coro_here.running;
    assert(c != NULL);
    coro_here.running = NULL;
    ASAN_LEAVE(coro_asan_save(c), coro_here.asan_lo, coro_here.asan_size);
    coro_switch(&c->context, &coro_here.context);
    ASAN_ARRIVE(*coro_asan_save(c), NULL, NULL);
}

static inline void coro_suspend_to(struct coro *c, struct coro *next)
{
    coro_here.running = next;
    ASAN_LEAVE(coro_asan_save(c), coro_stack_lo(next), coro_here.stack_bytes);
    coro_switch(&c->context, &next->context);
    ASAN_ARRIVE(*coro_asan_save(c), NULL, NULL);
}

static inline void coro_expect(const struct coro *c)
{
#if defined(__GNUC__) && !defined(CORO_UCONTEXT)
    __builtin_prefetch(c->context.sp);
    __builtin_prefetch((const char *)c->context.sp + 64);
#else
    (void)c;
#endif
}

static inline struct coro *coro_running(void)
{
    return coro_here.running;
}

#endif

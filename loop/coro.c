/* coro.c - stacks for coroutines; coro_switch.h changes from one to another.
 *
 * One stack is one slice of a slab, which is mmap()ed, but for the first:
 *
 *     low address                                                    high address
 *     +-------+--------+------------------------------+-------------------+-----+
 *     | guard | canary |       <------ grows downwards | struct coro_stack | gap |
 *     +-------+--------+------------------------------+-------------------+-----+
 *
 * Pages cost memory only once they are touched, so an idle coroutine costs one: its frames and its struct
 * coro_stack share the topmost page.  The gap differs from stack to stack, for without it the hot bytes of all
 * would fall into the same few cache sets (measured: half the speed at 1,000 tasks).  An overflow runs into the
 * guard page and faults at once; where there are too many stacks to guard, the canary tells afterwards.
 */
#include "coro.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_STACK
#define MAP_STACK 0 /* macOS has none */
#endif
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#if defined(__linux__) && !defined(MADV_GUARD_INSTALL)
#define MADV_GUARD_INSTALL 102 /* Linux 6.13; older kernels answer EINVAL */
#endif
#define NO_SUCH_ADVICE 9999

enum {
    STACK_BYTES = CORO_UNDER_ASAN ? 256 * 1024 : 64 * 1024, /* and a guard page */
    FIRST_SLAB = 4, /* stacks, which come and go quickly; each slab has twice those of the last */
    LARGEST_SLAB = 256,
    LARGEST_PAGE = 64 * 1024,
    HUGE_PAGE = 2 * 1024 * 1024, /* or more */
    GAP_STEPS = 32,
    CACHE_LINE = 64,
    MAX_PROTECTED = 16 * 1024, /* mprotect() spends vm.max_map_count (65530), two for each guard */
};

static const unsigned long CANARY = 0x6c6f6f70;

struct coro_stack {
    struct coro_stack *next_free;
    char *lo;              /* the lowest byte of the slice: the guard page */
    unsigned long *canary; /* NULL: guarded */
    void (*fn)(void *arg); /* what runs on it */
    void *arg;
    void *asan_save;
    unsigned valgrind_id;
};

struct slab {
    struct slab *next;
    char *base;
    size_t bytes;
};

/* This thread's stacks. */
struct stacks {
    struct coro_stack *free;
    struct slab *slabs;
    char *slab_at, *slab_end; /* what is left of the newest slab */
    unsigned n_carved, n_used;
    bool light_guards; /* madvise() refuses what it doesn't know: its yes can be believed */
    bool under_valgrind;
    int n_protected;    /* guarded by mprotect() */
    size_t page, slice; /* the guard and the stack: whole pages, whatever their size is here */
};

_Thread_local struct coro_scheduler coro_here;
static _Thread_local struct stacks here;

void coro_main(struct coro *c);

#ifdef CORO_UCONTEXT

static void ucontext_entry(unsigned high, unsigned low)
{
    coro_main((struct coro *)(((uintptr_t)high << 16 << 16) | low));
}

static void context_prepare(struct coro *c)
{
    struct coro_stack *s = c->stack;
    uintptr_t self = (uintptr_t)c;
    getcontext(&c->context.uc);
    c->context.uc.uc_stack.ss_sp = s->lo + here.page;
    c->context.uc.uc_stack.ss_size = (size_t)((char *)s - s->lo) - here.page;
    c->context.uc.uc_link = NULL;
    makecontext(&c->context.uc, (void (*)(void))ucontext_entry, 2, (unsigned)(self >> 16 >> 16),
                (unsigned)self);
}

#else

/* The first code on a new stack: calls coro_main() with the coroutine that context_prepare() left in a frame register.
 * Hidden: its address is taken as it is and not from a table, where aarch64's linker mistakes it in `ld -r`. */
void coro_entry(void) __attribute__((visibility("hidden")));

#ifdef __APPLE__
#define SYMBOL(name) "_" #name
#else
#define SYMBOL(name) #name
#endif

#if defined(__x86_64__)
__asm__(".text\n"
        ".p2align 4\n" SYMBOL(
            coro_entry) ":\n\t"
                        ".cfi_startproc\n\t"
                        ".cfi_undefined rip\n\t" /* a debugger's backtrace ends here */
                        "movq %rbx, %rdi\n\t"
                        "xorl %ebp, %ebp\n\t"
                        "call " SYMBOL(coro_main) "\n\t"
                                                  "ud2\n\t"
                                                  ".cfi_endproc\n");
#else
__asm__(".text\n"
        ".p2align 4\n" SYMBOL(coro_entry) ":\n\t"
                                          ".cfi_startproc\n\t"
                                          ".cfi_undefined x30\n\t"
                                          "mov x0, x29\n\t"
                                          "mov x29, xzr\n\t"
                                          "bl " SYMBOL(coro_main) "\n\t"
                                                                  "brk #1\n\t"
                                                                  ".cfi_endproc\n");
#endif

/* As if it had switched away at coro_entry, with nothing on its stack. */
static void context_prepare(struct coro *c)
{
    c->context.sp = c->stack;
    *(void (**)(void))(void *)&c->context.at = coro_entry;
#if defined(__x86_64__)
    c->context.bx = c;
#else
    c->context.fp = c;
#endif
}

#endif

static atomic_int n_protected; /* in the whole process */

/* A light guard (Linux 6.13) costs no mapping of the kernel's.  mprotect() costs two: spend half of what the process may
 * have, for with none left the next mmap() of anybody would fail. */
static bool guard(char *lo)
{
#ifdef MADV_GUARD_INSTALL
    if (here.light_guards && madvise(lo, here.page, MADV_GUARD_INSTALL) == 0)
        return true;
#endif
    if (n_protected >= MAX_PROTECTED || mprotect(lo, here.page, PROT_NONE) != 0)
        return false;
    n_protected++;
    here.n_protected++;
    return true;
}

static size_t next_slab_bytes(void)
{
    size_t most = here.slice * LARGEST_SLAB;
    size_t bytes = here.slabs == NULL ? here.slice * FIRST_SLAB : here.slabs->bytes * 2;
    return bytes < most ? bytes : most;
}

/* Whoever comes first has its first stacks in the program's own memory, since a mapping made and unmapped is half of a
 * loop_run() that has little to do (measured: 27 us with it, 13 without; 10 of a start's 575). */
static char first_memory[(STACK_BYTES + LARGEST_PAGE) * FIRST_SLAB + LARGEST_PAGE];
static struct slab first;
static atomic_flag first_is_taken = ATOMIC_FLAG_INIT;

/* Not beside a tool that looks for leaks: what an old stack still points to would count as found. */
static bool may_be_first(void)
{
    return here.slabs == NULL && here.page <= LARGEST_PAGE && !CORO_UNDER_ASAN &&
           !here.under_valgrind;
}

static struct slab *slab_new(size_t bytes)
{
    if (may_be_first() && !atomic_flag_test_and_set(&first_is_taken)) {
        first.base = first_memory + (here.page - (uintptr_t)first_memory % here.page) % here.page;
        return &first;
    }
    struct slab *slab = malloc(sizeof *slab);
    if (slab == NULL)
        return NULL;
    slab->base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANON | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (slab->base != MAP_FAILED)
        return slab;
    free(slab);
    return NULL;
}

static void slab_free(struct slab *slab)
{
    ASAN_FORGET(slab->base, slab->bytes);
    if (slab == &first) {
        atomic_flag_clear(&first_is_taken);
        return;
    }
    munmap(slab->base, slab->bytes);
    free(slab);
}

static int slab_add(void)
{
    here.page = (size_t)sysconf(_SC_PAGESIZE);
    here.slice = here.page + (STACK_BYTES + here.page - 1) / here.page * here.page;
    coro_here.stack_bytes = here.slice;
    here.under_valgrind = RUNNING_ON_VALGRIND;
    size_t bytes = next_slab_bytes();
    struct slab *slab = slab_new(bytes);
    if (slab == NULL)
        return -ENOMEM;
#ifdef MADV_NOHUGEPAGE
    if (bytes >= HUGE_PAGE) /* which would fill 32 stacks at once */
        (void)madvise(slab->base, bytes, MADV_NOHUGEPAGE);
#endif
#ifdef MADV_GUARD_INSTALL
    /* qemu-user says yes to everything. */
    here.light_guards = madvise(slab->base, here.page, NO_SUCH_ADVICE) < 0;
#endif
    slab->bytes = bytes;
    slab->next = here.slabs;
    here.slabs = slab;
    here.slab_at = slab->base;
    here.slab_end = slab->base + bytes;
    return 0;
}

static SELDOM struct coro_stack *stack_carve(void)
{
    if (here.slab_at == here.slab_end && slab_add() < 0)
        return NULL;
    char *lo = here.slab_at;
    here.slab_at += here.slice;

    size_t gap = (size_t)(here.n_carved++ % GAP_STEPS) * CACHE_LINE;
    uintptr_t at = ((uintptr_t)lo + here.slice - gap - sizeof(struct coro_stack)) &
                   ~(uintptr_t)(CACHE_LINE - 1);
    struct coro_stack *s = (struct coro_stack *)at;
    s->lo = lo;
    s->canary = guard(lo) ? NULL : (unsigned long *)(void *)(lo + here.page);
    if (s->canary != NULL)
        *s->canary = CANARY;
    s->valgrind_id = VALGRIND_STACK_REGISTER(lo + here.page, (char *)s);
    return s;
}

static struct coro_stack *stack_take(void)
{
    struct coro_stack *s = here.free;
    if (s == NULL)
        return stack_carve();
    here.free = s->next_free;
    /* Its last frames never returned: wipe what the tools remember of them. */
    if (here.under_valgrind)
        VALGRIND_MAKE_MEM_UNDEFINED(s->lo + here.page, (size_t)((char *)s - s->lo) - here.page);
    ASAN_FORGET(s->lo + here.page, here.slice - here.page);
    if (s->canary != NULL)
        *s->canary = CANARY;
    return s;
}

int coro_start(struct coro *c, void (*fn)(void *arg), void *arg)
{
    struct coro_stack *s = stack_take();
    c->stack = s;
    if (s == NULL)
        return -ENOMEM;
    here.n_used++;
    s->fn = fn;
    s->arg = arg;
    s->asan_save = NULL;
    c->finished = false;
    c->guarded = s->canary == NULL;
    context_prepare(c);
    return 0;
}

/* The first C function on a new stack.  It never returns: there is nothing to return to. */
void coro_main(struct coro *c)
{
    ASAN_ARRIVE(NULL, &coro_here.asan_lo, &coro_here.asan_size);
    c->stack->fn(c->stack->arg);
    c->finished = true;
    coro_here.running = NULL;
    ASAN_LEAVE(NULL, coro_here.asan_lo, coro_here.asan_size);
    coro_switch(&c->context, &coro_here.context);
    abort();
}

void coro_release(struct coro *c)
{
    assert(c != coro_here.running);
    if (c->stack == NULL)
        return;
    c->stack->next_free = here.free;
    here.free = c->stack;
    c->stack = NULL;
    here.n_used--;
}

struct coro *coro_overflowed(const void *addr)
{
    struct coro *c = coro_here.running;
    if (c == NULL || c->stack == NULL)
        return NULL;
    const char *lo = c->stack->lo;
    return (const char *)addr >= lo && (const char *)addr < lo + here.page ? c : NULL;
}

bool coro_is_overrun(const struct coro *c)
{
    return c->stack->canary != NULL && *c->stack->canary != CANARY;
}

const char *coro_stack_lo(const struct coro *c)
{
    return c->stack->lo;
}

void **coro_asan_save(const struct coro *c)
{
    return &c->stack->asan_save;
}

size_t coro_depth(const struct coro *c)
{
#ifdef CORO_UCONTEXT
    (void)c;
    return 0;
#else
    return c->stack == NULL ? 0 : (size_t)((const char *)c->stack - (const char *)c->context.sp);
#endif
}

size_t coro_stack_bytes(void)
{
    return STACK_BYTES;
}

void coro_trim(void)
{
    if (here.n_used > 0)
        return;
    for (struct coro_stack *s = here.free; s != NULL; s = s->next_free)
        VALGRIND_STACK_DEREGISTER(s->valgrind_id);
    while (here.slabs != NULL) {
        struct slab *slab = here.slabs;
        here.slabs = slab->next;
        slab_free(slab);
    }
    here.free = NULL;
    here.slab_at = here.slab_end = NULL;
    here.n_carved = 0;
    n_protected -= here.n_protected;
    here.n_protected = 0;
}

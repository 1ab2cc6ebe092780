/* crash.c - fatal signals, overflowed stacks, exit() and fork().
 *
 * A handler may have interrupted any line, so what runs in one here calls nothing but what
 * signal-safety(7) allows, and tries the journal's lock: a compare-and-swap, wherever we know.  It
 * has the feeder finish its write and stop, then writes to the sinks itself, straight from the
 * journal, up to where the last line stood when it came: other threads still run, and the loop's may
 * be one of them until it needs the lock.  It runs on a stack of its own: the one that it interrupted
 * may be the one that is full.
 *
 * Several threads may come to their end together (a crash, a signal from outside, exit()).  The first
 * one tells; the others stand still until the process has gone.
 */
#define _GNU_SOURCE
#include "crash.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <ucontext.h>
#endif

#include "sink.h"

enum {
    HANDLER_STACK = 64 << 10,
    FEEDER_MS = 500,  /* a disk that hangs gets so much */
    LOCK_MS = 200,    /* who doesn't let go by then was stopped while holding it */
    LAST_WORDS = 3000 /* milliseconds that all of it takes at most */
};

/* What ends a process that leaves it to the system. */
static const int fatal[] = {
    SIGSEGV,   SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGSYS,    SIGTRAP, SIGTERM, SIGHUP,  SIGINT,
    SIGQUIT,   SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ,
#ifdef SIGIO
    SIGIO,
#endif
#ifdef SIGPWR
    SIGPWR,
#endif
#ifdef SIGSTKFLT
    SIGSTKFLT,
#endif
};
enum { UNTRACED = 2, FAULTS = 4 }; /* so many of them are caught untraced; are the CPU's own */

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- a stack for handlers, one a thread */

/* This thread, for what is said of its own stack; owner NULL: not known. */
static _Thread_local struct {
    uintptr_t first_frame;
    const char *owner;
} here;

static pthread_key_t stack_key;
static pthread_once_t stack_once = PTHREAD_ONCE_INIT;

static void drop_stack(void *stack)
{
    stack_t off = { .ss_flags = SS_DISABLE };
    sigaltstack(&off, NULL);
    free(stack);
}

static void make_key(void)
{
    pthread_key_create(&stack_key, drop_stack);
}

/* The first thread's is part of the program; others get theirs from the heap, until they end. */
static void install_stack(void)
{
    static char first[HANDLER_STACK];
    static atomic_flag taken = ATOMIC_FLAG_INIT;
    stack_t now, ours = { .ss_size = HANDLER_STACK };
    if (sigaltstack(NULL, &now) < 0 || (now.ss_flags & SS_DISABLE) == 0)
        return; /* the program, or a sanitizer, has one */
    if (!atomic_flag_test_and_set(&taken)) {
        ours.ss_sp = first;
    } else {
        pthread_once(&stack_once, make_key);
        ours.ss_sp = malloc(HANDLER_STACK);
        if (ours.ss_sp == NULL)
            return;
        pthread_setspecific(stack_key, ours.ss_sp);
    }
    sigaltstack(&ours, NULL);
}

void crash_init_thread(const char *owner)
{
    char frame;
    if (here.owner == NULL && coro_running() == NULL) {
        here.owner = owner;
        here.first_frame = (uintptr_t)&frame;
    }
    install_stack();
}

/* ---- what is said of an overflow */

static char *put_plain(char *p, const char *text)
{
    size_t len = strnlen(text, NAME_MAX_OUT);
    memcpy(p, text, len);
    return p + len;
}

static void say(char *line, char *end)
{
    *end++ = '\n';
    (void)!write(STDERR_FILENO, line, (size_t)(end - line));
}

static void report_overflow_of_task(const struct task *task)
{
    char line[1024], *p = LIT(line, "loop: task ");
    p = put_name(p, task_name(task));
    p = put_count(LIT(p, "#"), task->handle.id);
    p = LIT(p, " overflowed its stack of ");
    p = put_count(p, coro_stack_bytes() / 1024);
    p = LIT(p, " KiB");
    if (task->src.file != NULL) {
        p = put_plain(LIT(p, " ("), task->src.file);
        p = put_number(LIT(p, ":"), task->src.line);
        *p++ = ')';
    }
    say(line, p);
}

static void report_overflow_of_thread(void)
{
    const struct loop *loop = loop_current();
    char line[1024], *p = LIT(line, "loop: ");
    if (loop != NULL && loop->current != NULL && loop->current->kind == HANDLE_CALL) {
        const struct callback *c = CONTAINER_OF(loop->current, const struct callback, handle);
        p = put_name(LIT(p, "callback "), c->name != NULL ? c->name : "?");
        p = put_count(LIT(p, " (call#"), c->handle.id);
        p = LIT(p, ")");
    } else {
        p = put_plain(p, here.owner);
    }
    say(line, LIT(p, " overflowed the stack of its thread"));
}

/* Where the interrupted thread's stack ended; 0: not known here. */
static uintptr_t stack_pointer(const void *context)
{
#if defined(__linux__) && defined(__x86_64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RSP];
#elif defined(__linux__) && defined(__aarch64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.sp;
#else
    (void)context;
    return 0;
#endif
}

/* What lies between a thread's first frame and its newest is there to be touched, unless there is no
 * more stack.  The newest may be large, and a call writes below it. */
static bool thread_overflowed(uintptr_t addr, uintptr_t sp)
{
    const uintptr_t below = 4 << 10, frame = 1 << 20;
    return here.owner != NULL && sp != 0 && addr < here.first_frame && addr + below >= sp &&
           addr < sp + frame;
}

static void look_for_overflow(int sig, const siginfo_t *info, const void *context)
{
    if ((sig != SIGSEGV && sig != SIGBUS) || info->si_code <= 0)
        return;
    const struct coro *coro = coro_overflowed(info->si_addr);
    if (coro != NULL)
        report_overflow_of_task(CONTAINER_OF(coro, const struct task, coro));
    else if (coro_running() == NULL &&
             thread_overflowed((uintptr_t)info->si_addr, stack_pointer(context)))
        report_overflow_of_thread();
}

/* ---- the last lines */

static atomic_bool dying;

static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* True once in a process. */
static bool begin_dying(void)
{
    return !atomic_exchange(&dying, true);
}

/* Another thread says the last words, and the process ends with them. */
static void wait_for_end(void)
{
    for (int i = 0; i < LAST_WORDS; i++)
        nap();
}

/* The feeder stops between two writes, or after the trace's end if it is at that already. */
static void stop_feeder(struct tracer *tr)
{
    struct feeder *f = tr->feeder;
    if (!f->started || pthread_equal(pthread_self(), f->thread))
        return;
    atomic_store(&f->quit, true);
    if (fd_is_still(f->poke[1], f->poke_file)) /* else it looks up by itself, soon */
        (void)!write(f->poke[1], "", 1);
    for (int i = 0; i < (atomic_load(&tr->ended) ? LAST_WORDS : FEEDER_MS); i++) {
        if (atomic_load(&f->stopped))
            return;
        nap();
    }
}

/* From here on no block is used again and no snapshot replaced: who wants to waits for the lock, for ever. */
static void keep_journal(struct journal *j)
{
    for (int i = 0; i < LOCK_MS && pthread_mutex_trylock(&j->lock) != 0; i++)
        nap();
}

static void remove_doors(const struct tracer *tr)
{
    for (const struct door *d = tr->feeder->doors; d != NULL; d = d->next)
        door_unlink(d);
}

static void hand_over(int sig)
{
    struct tracer *tr = atomic_load(&the_tracer);
    if (tr == NULL)
        return;
    stop_feeder(tr);
    if (atomic_load(&tr->ended))
        return;
    keep_journal(&tr->journal);
    sinks_finish(tr, (struct ending){ .how = "signal", .status = sig, .has_status = true });
    remove_doors(tr);
}

/* The handler returns into what caused the signal, or the signal is raised again: with its own
 * action now. */
static void strike_again(int sig)
{
    signal(sig, SIG_DFL);
    raise(sig); /* blocked in here: it comes when the handler has returned */
}

static void on_fatal(int sig, siginfo_t *info, void *context)
{
    if (begin_dying()) {
        look_for_overflow(sig, info, context);
        hand_over(sig);
    } else {
        wait_for_end();
    }
    strike_again(sig);
}

_Noreturn void crash_die(int sig)
{
    sigset_t only;
    if (begin_dying())
        hand_over(sig);
    else
        wait_for_end();
    strike_again(sig);
    sigemptyset(&only);
    sigaddset(&only, sig);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    _exit(128 + sig);
}

/* ---- installing */

bool crash_is_default(int sig, const struct sigaction *action)
{
    (void)sig;
    if ((action->sa_flags & SA_SIGINFO) != 0)
        return action->sa_sigaction == on_fatal;
    return action->sa_handler == SIG_DFL;
}

static void catch (int sig)
{
    struct sigaction now, ours = { .sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigfillset(&ours.sa_mask);
    if (sigaction(sig, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
        now.sa_handler == SIG_DFL)
        sigaction(sig, &ours, NULL);
}

static void release(int sig)
{
    struct sigaction now;
    if (sigaction(sig, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
        now.sa_sigaction == on_fatal)
        signal(sig, SIG_DFL);
}

void crash_init(void)
{
    crash_init_thread("the loop's thread");
    for (size_t i = 0; i < UNTRACED; i++)
        catch (fatal[i]);
}

/* ---- exit() and fork() */

/* Recursive: a signal's handler may call exit() in the middle of an end. */
static pthread_mutex_t end_lock;

static void init_end_lock(void)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&end_lock, &attr);
    pthread_mutexattr_destroy(&attr);
}

void crash_lock_end(void)
{
    pthread_mutex_lock(&end_lock);
}

void crash_unlock_end(void)
{
    pthread_mutex_unlock(&end_lock);
}

/* flushed: what stands in stdio goes out now, and is told; quick_exit() drops it. */
static void end_with_process(struct tracer *tr, struct ending ending, bool flushed)
{
    if (pthread_equal(pthread_self(), tr->loop_thread)) {
        trace_control_over(tr->loop);
        if (flushed)
            output_finish(tr);
        else
            output_tell_others(tr);
        if ((atomic_load(&tr->asked) & ASKED_STATE) != 0)
            feeder_snapshot(tr);
    }
    feeder_stop(tr, ending);
    remove_doors(tr);
}

static void on_exit_of_process(struct ending ending, bool flushed)
{
    if (atomic_load(&the_tracer) == NULL)
        return;
    if (atomic_load(&dying))
        wait_for_end();
    crash_lock_end();
    struct tracer *tr = atomic_load(&the_tracer); /* another thread may have closed it meanwhile */
    if (tr != NULL && !atomic_load(&tr->ended))
        end_with_process(tr, ending, flushed);
    crash_unlock_end();
}

#ifdef __GLIBC__
/* Of the number that exit() is given, whoever waits for the process sees the low byte. */
static void exit_hook(int status, void *unused)
{
    (void)unused;
    on_exit_of_process(
        (struct ending){ .how = "exit", .status = status & 0xff, .has_status = true }, true);
}
#else
static void exit_hook(void)
{
    on_exit_of_process((struct ending){ .how = "exit" }, true);
}
#endif

#ifndef __APPLE__ /* which has no quick_exit() */
static void quick_exit_hook(void)
{
    on_exit_of_process((struct ending){ .how = "exit" }, false);
}
#endif

/* pthread_exit() from inside of a loop: the feeder alone would keep the process for ever.  The rest of the program
 * goes on. */
static void on_exit_of_thread(void *unused)
{
    struct tracer *tr = atomic_load(&the_tracer);
    (void)unused;
    if (tr != NULL && pthread_equal(pthread_self(), tr->loop_thread))
        on_exit_of_process((struct ending){ .how = "exit" }, true);
}

static pthread_key_t of_thread; /* anything, in a thread whose loop is traced */
static bool has_key;

/* Whose journal is locked for a fork(); under end_lock, so that it stays until then. */
static struct tracer *forking;

static void before_fork(void)
{
    crash_lock_end();
    forking = atomic_load(&the_tracer);
    if (forking != NULL)
        pthread_mutex_lock(&forking->journal.lock);
}

static void after_fork_in_parent(void)
{
    if (forking != NULL)
        pthread_mutex_unlock(&forking->journal.lock);
    crash_unlock_end();
}

/* The child is not the program that is watched: it goes on untraced, and keeps no viewer waiting
 * for its end.  Nothing is freed: its memory is a copy in the middle of anything. */
static void after_fork_in_child(void)
{
    struct tracer *tr = atomic_load(&the_tracer);
    init_end_lock(); /* who held it is not there any more */
    if (tr == NULL)
        return;
    atomic_store(&the_tracer, NULL);
    atomic_store(&tr->ended, true);
    tr->loop->tracer = NULL;
    output_in_child(tr);
    for (const struct sink *s = tr->sinks; s != NULL; s = s->next)
        if (fd_is_still(s->fd, s->file))
            close(s->fd);
    for (const struct door *d = tr->feeder->doors; d != NULL; d = d->next)
        if (fd_is_still(d->fd, d->file))
            close(d->fd);
}

static void install_hooks(void)
{
    init_end_lock();
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    has_key = pthread_key_create(&of_thread, on_exit_of_thread) == 0;
#ifdef __GLIBC__
    on_exit(exit_hook, NULL);
#else
    atexit(exit_hook);
#endif
#ifndef __APPLE__
    at_quick_exit(quick_exit_hook);
#endif
}

static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;

void crash_open(void)
{
    pthread_once(&hooks_once, install_hooks);
    if (has_key)
        pthread_setspecific(of_thread, &of_thread);
    /* The first process of a container is ended by faults alone: what it leaves to the system is ignored. */
    for (size_t i = 0; i < (getpid() == 1 ? FAULTS : COUNT(fatal)); i++)
        catch (fatal[i]);
}

/* A thread that says the last words may be reading what is freed next. */
void crash_close(void)
{
    if (atomic_load(&dying))
        wait_for_end();
    for (size_t i = UNTRACED; i < COUNT(fatal); i++)
        release(fatal[i]);
    if (has_key) /* when it ends, the tracer is another thread's, who may free it meanwhile */
        pthread_setspecific(of_thread, NULL);
}

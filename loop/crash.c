/* crash.c - fatal signals, overflowed stacks, exit() and fork().
 *
 * A handler may have interrupted any line, so what runs in one here calls nothing but what
 * signal-safety(7) allows: it has the feeder finish its write and stop, then writes to the sinks
 * itself, straight from the journal. It runs on a stack of its own: the one that it interrupted may
 * be the one that is full.
 */
#define _GNU_SOURCE
#include "crash.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sink.h"

enum { HANDLER_STACK = 64 << 10 };

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS };
static const int requests[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT };

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- a stack for handlers, one a thread */

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

/* ---- what is said of an overflow */

static char *put_plain(char *p, const char *text)
{
    size_t len = strnlen(text, NAME_MAX_OUT);
    memcpy(p, text, len);
    return p + len;
}

static void report_overflow(const struct task *task)
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
    *p++ = '\n';
    (void)!write(STDERR_FILENO, line, (size_t)(p - line));
}

static void look_for_overflow(int sig, const siginfo_t *info)
{
    if ((sig != SIGSEGV && sig != SIGBUS) || info->si_code <= 0)
        return;
    const struct coro *coro = coro_overflowed(info->si_addr);
    if (coro != NULL)
        report_overflow(CONTAINER_OF(coro, const struct task, coro));
}

/* ---- the last lines */

static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* The feeder stops between two writes; a disk that hangs gets half a second. */
static void stop_feeder(struct feeder *f)
{
    if (!f->started || pthread_equal(pthread_self(), f->thread))
        return;
    atomic_store(&f->quit, true);
    (void)!write(f->poke[1], "", 1);
    for (int i = 0; i < 500 && !atomic_load(&f->stopped); i++)
        nap();
}

static void hand_over(int sig)
{
    struct tracer *tr = atomic_load(&the_tracer);
    if (tr == NULL || atomic_load(&tr->ended))
        return;
    stop_feeder(tr->feeder);
    sinks_finish(tr, (struct ending){ .how = "signal", .status = sig, .has_status = true });
    for (const struct door *d = tr->feeder->doors; d != NULL; d = d->next)
        door_unlink(d);
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
    static atomic_flag dying = ATOMIC_FLAG_INIT;
    (void)context;
    if (!atomic_flag_test_and_set(&dying)) {
        look_for_overflow(sig, info);
        hand_over(sig);
    }
    strike_again(sig);
}

_Noreturn void crash_die(int sig)
{
    sigset_t only;
    hand_over(sig);
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
    install_stack();
    catch (SIGSEGV);
    catch (SIGBUS);
}

/* ---- exit() and fork() */

static void on_exit_of_process(int status, bool has_status)
{
    struct tracer *tr = atomic_load(&the_tracer);
    if (tr == NULL || atomic_load(&tr->ended))
        return;
    if (pthread_equal(pthread_self(), tr->loop_thread)) {
        output_finish(tr);
        if ((atomic_load(&tr->asked) & ASKED_STATE) != 0)
            feeder_snapshot(tr);
    }
    feeder_stop(tr, (struct ending){ .how = "exit", .status = status, .has_status = has_status });
    for (const struct door *d = tr->feeder->doors; d != NULL; d = d->next)
        door_unlink(d);
}

#ifdef __GLIBC__
static void exit_hook(int status, void *unused)
{
    (void)unused;
    on_exit_of_process(status, true);
}
#else
static void exit_hook(void)
{
    on_exit_of_process(0, false);
}
#endif

static void before_fork(void)
{
    struct tracer *tr = atomic_load(&the_tracer);
    if (tr != NULL)
        pthread_mutex_lock(&tr->journal.lock);
}

static void after_fork_in_parent(void)
{
    struct tracer *tr = atomic_load(&the_tracer);
    if (tr != NULL)
        pthread_mutex_unlock(&tr->journal.lock);
}

/* The child is not the program that is watched: it goes on untraced, and keeps no viewer waiting
 * for its end.  Nothing is freed: its memory is a copy in the middle of anything. */
static void after_fork_in_child(void)
{
    struct tracer *tr = atomic_load(&the_tracer);
    if (tr == NULL)
        return;
    atomic_store(&the_tracer, NULL);
    atomic_store(&tr->ended, true);
    tr->loop->tracer = NULL;
    output_in_child(tr);
    for (const struct sink *s = tr->sinks; s != NULL; s = s->next)
        if (s->fd >= 0)
            close(s->fd);
    for (const struct door *d = tr->feeder->doors; d != NULL; d = d->next)
        close(d->fd);
}

static void install_hooks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
#ifdef __GLIBC__
    on_exit(exit_hook, NULL);
#else
    atexit(exit_hook);
#endif
}

static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;

void crash_open(void)
{
    pthread_once(&hooks_once, install_hooks);
    for (size_t i = 0; i < COUNT(faults); i++)
        catch (faults[i]);
    for (size_t i = 0; i < COUNT(requests); i++)
        catch (requests[i]);
}

void crash_close(void)
{
    for (size_t i = 0; i < COUNT(faults); i++)
        if (faults[i] != SIGSEGV && faults[i] != SIGBUS)
            release(faults[i]);
    for (size_t i = 0; i < COUNT(requests); i++)
        release(requests[i]);
}

/* signals.c - signals as ordinary callbacks.
 *
 * A signal handler may interrupt any line of the program, so ours does next to nothing: it writes the signal's number
 * into the wake-up pipe.  The loop reads it in its I/O phase and makes the callback ready.  Signals belong to the
 * whole process, so each has one loop at most.
 */
#include "inside.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash.h"
#include "trace.h"

/* Where the handler writes: the owner's pipe, plus one (0: nobody). */
static atomic_int pipe_of[NSIG];
/* Ctrl-C has come and the loop has not seen it yet: it is stuck in a step, and another one ends the program. */
static atomic_bool interrupt_unseen;
static atomic_bool interrupt_is_runners;
static atomic_int owner_pid;
/* How often a signal found the pipe full, of the bytes of threads; and all of them together. */
static atomic_int missed[NSIG], n_missed;

static void tell_loop(int fd, int sig)
{
    unsigned char byte = (unsigned char)sig;
    if (write(fd, &byte, 1) == 1 || errno != EAGAIN)
        return;
    atomic_fetch_add(&missed[sig], 1);
    atomic_fetch_add(&n_missed, 1);
    (void)!write(fd, "", 1); /* if it was emptied just now */
}

/* A child that was forked and has not called exec() has our handlers and our pipe: for it the signal does what it would do
 * without us. */
static void on_signal(int sig)
{
    int saved = errno;
    if (getpid() != atomic_load(&owner_pid)) {
        signal(sig, SIG_DFL);
        raise(sig);
        return;
    }
    int fd = atomic_load(&pipe_of[sig]) - 1;
    if (sig == SIGINT && atomic_load(&interrupt_is_runners) &&
        atomic_exchange(&interrupt_unseen, true))
        crash_die(sig);
    if (fd >= 0)
        tell_loop(fd, sig);
    errno = saved;
}

int signals_catch(struct loop *loop, int sig)
{
    if (sig <= 0 || sig >= NSIG || sig == SIGKILL || sig == SIGSTOP)
        return -EINVAL;
    struct signal_slot *slot = calloc(1, sizeof *slot);
    int nobody = 0;
    if (slot == NULL)
        return -ENOMEM;
    if (!atomic_compare_exchange_strong(&pipe_of[sig], &nobody, loop->wake_fd[1] + 1)) {
        free(slot);
        return -EBUSY;
    }
    atomic_store(&owner_pid, getpid());
    struct sigaction catch = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigfillset(&catch.sa_mask);
    if (sigaction(sig, &catch, &slot->before) < 0) {
        atomic_store(&pipe_of[sig], 0);
        free(slot);
        return -EINVAL;
    }
    loop->signals[sig] = slot;
    if (sig == SIGINT) {
        atomic_store(&interrupt_unseen, false);
        atomic_store(&interrupt_is_runners, true); /* until the program has a callback for it */
    }
    return 0;
}

void signals_release(struct loop *loop, int sig)
{
    struct signal_slot *slot = loop->signals[sig];
    if (slot == NULL)
        return;
    sigaction(sig, &slot->before, NULL);
    loop->signals[sig] = NULL;
    free(slot);
    atomic_store(&pipe_of[sig], 0);
    atomic_fetch_sub(&n_missed, atomic_exchange(&missed[sig], 0));
}

void signals_fini(struct loop *loop)
{
    for (int sig = 1; sig < NSIG; sig++)
        signals_release(loop, sig);
}

/* One callback for each time that the signal came: two of the same number are two calls. */
void signals_dispatch(struct loop *loop, int sig)
{
    if (sig <= 0 || sig >= NSIG)
        return; /* somebody else wrote into the pipe */
    struct signal_slot *slot = loop->signals[sig];
    if (sig == SIGINT)
        atomic_store(&interrupt_unseen, false);
    if (slot == NULL)
        return;
    const char *does = slot->fn != NULL    ? slot->name
                       : loop->interrupted ? "leave the loop"
                                           : "cancel main";
    TRACE(loop, signal_got, loop, sig, does);
    if (slot->fn == NULL) {
        runner_on_interrupt(loop);
        return;
    }
    struct callback *c = callback_new(loop, slot->fn, slot->arg, slot->name);
    if (c == NULL)
        fprintf(stderr, "loop: signal %d was lost: %s\n", sig, strerror(ENOMEM));
    else
        callback_make_ready(c, "signal", who_plain("loop"));
}

void signals_dispatch_missed(struct loop *loop)
{
    for (int sig = 1; sig < NSIG && atomic_load(&n_missed) > 0; sig++) {
        int n = loop->signals[sig] == NULL ? 0 : atomic_exchange(&missed[sig], 0);
        atomic_fetch_sub(&n_missed, n);
        while (n-- > 0)
            signals_dispatch(loop, sig);
    }
}

int(loop_add_signal)(struct loop *loop, int sig, call_fn *fn, void *arg)
{
    struct src src = src_take();
    if (loop == NULL || sig <= 0 || sig >= NSIG || fn == NULL)
        return -EINVAL;
    if (loop->signals[sig] == NULL) {
        int err = signals_catch(loop, sig);
        if (err < 0)
            return err;
    }
    struct signal_slot *slot = loop->signals[sig];
    slot->fn = fn;
    slot->arg = arg;
    slot->name = src.expr;
    if (sig == SIGINT)
        atomic_store(&interrupt_is_runners, false);
    return 0;
}

bool loop_remove_signal(struct loop *loop, int sig)
{
    struct signal_slot *slot = loop == NULL || sig <= 0 || sig >= NSIG ? NULL : loop->signals[sig];
    if (slot == NULL || slot->fn == NULL)
        return false;
    if (sig == SIGINT && loop->main_task != NULL && crash_is_default(sig, &slot->before)) {
        slot->fn = NULL; /* Ctrl-C cancels main again */
        atomic_store(&interrupt_is_runners, true);
    } else {
        signals_release(loop, sig);
    }
    return true;
}

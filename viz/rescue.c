/*
 * rescue.c - signals: the terminal comes back however the process ends
 *
 * Two kinds. Those that can wait are written into a pipe, one byte each, and the main loop reads
 * them when it polls; a pipe that is full loses one of very many equal ones, which is fine. Those
 * that end the process can't wait: their handler does all by itself, on a stack of its own, since a
 * stack that overflowed is one way to crash.
 */
#include "rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int const waiting[] = { SIGWINCH, SIGCONT, SIGTSTP, SIGINT };
static int const ending[] = { SIGHUP, SIGQUIT, SIGTERM, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };

enum {
    N_WAITING = sizeof(waiting) / sizeof(waiting[0]),
    N_ENDING = sizeof(ending) / sizeof(ending[0]),
    STACK_BYTES = 64 * 1024
};

/* Signal handlers have no arguments of ours: this is the one place with state of the file. */
static struct rescue_plan plan;
static int pipe_fds[2] = { -1, -1 };
static struct sigaction before_waiting[N_WAITING], before_ending[N_ENDING], before_pipe,
    before_ttou;
static char handler_stack[STACK_BYTES];

static void on_waiting(int number)
{
    int saved = errno;
    char byte = (char)number;

    if (write(pipe_fds[1], &byte, 1) < 0)
        errno = saved; /* full: the main loop has enough to do */
    errno = saved;
}

static void on_ending(int number)
{
    size_t done = 0;

    /* Setting modes from the background would stop us instead. SIGTTOU is ignored already. */
    while (done < plan.reset_size) {
        ssize_t n = write(plan.tty, plan.reset + done, plan.reset_size - done);

        if (n <= 0)
            break;
        done += (size_t)n;
    }
    tcsetattr(plan.tty, TCSANOW, &plan.modes);
    if (plan.program > 0)
        kill(-plan.program, SIGINT);
    signal(number, SIG_DFL);
    raise(number);
}

static int open_pipe(void)
{
    if (pipe(pipe_fds) < 0)
        return -errno;
    for (int i = 0; i < 2; i++) {
        fcntl(pipe_fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(pipe_fds[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

static void take_signals(void)
{
    struct sigaction wait = { .sa_handler = on_waiting, .sa_flags = SA_RESTART };
    struct sigaction end = { .sa_handler = on_ending,
                             .sa_flags = SA_ONSTACK | SA_NODEFER | (int)SA_RESETHAND };
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    stack_t stack = { .ss_sp = handler_stack, .ss_size = sizeof(handler_stack) };

    sigaltstack(&stack, NULL);
    for (int i = 0; i < N_WAITING; i++)
        sigaction(waiting[i], &wait, &before_waiting[i]);
    for (int i = 0; i < N_ENDING; i++)
        sigaction(ending[i], &end, &before_ending[i]);
    sigaction(SIGPIPE, &ignore, &before_pipe);
    sigaction(SIGTTOU, &ignore, &before_ttou);
}

int rescue_begin(struct rescue_plan const *new_plan)
{
    int rc;

    plan = *new_plan;
    rc = open_pipe();
    if (rc == 0)
        take_signals();
    return rc;
}

void rescue_end(void)
{
    stack_t none = { .ss_flags = SS_DISABLE };

    for (int i = 0; i < N_WAITING; i++)
        sigaction(waiting[i], &before_waiting[i], NULL);
    for (int i = 0; i < N_ENDING; i++)
        sigaction(ending[i], &before_ending[i], NULL);
    sigaction(SIGPIPE, &before_pipe, NULL);
    sigaction(SIGTTOU, &before_ttou, NULL);
    sigaltstack(&none, NULL);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    pipe_fds[0] = pipe_fds[1] = -1;
}

void rescue_forget_program(void)
{
    plan.program = 0;
}

int rescue_fd(void)
{
    return pipe_fds[0];
}

int rescue_next(void)
{
    char byte;

    return read(pipe_fds[0], &byte, 1) == 1 ? byte : 0;
}

void rescue_suspend(void)
{
    struct sigaction standard = { .sa_handler = SIG_DFL }, ours;

    sigaction(SIGTSTP, &standard, &ours);
    /* The whole job, so that a pipeline stops as one. The process stops inside this call. */
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &ours, NULL);
}

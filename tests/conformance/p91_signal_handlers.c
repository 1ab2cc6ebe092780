/* Signals are ordinary callbacks in a later turn, one for each; they wake an idle loop; closing it gives them back. */
#include "words.h"

#include <sys/time.h>

static struct loop *loop;
static int n_got;

static void on_usr1(void *tag)
{
    printf("handler %s %d\n", (const char *)tag, ++n_got);
    if (n_got == 3) /* the loop has nothing to do until then */
        setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { .tv_usec = 30000 } }, NULL);
}

static void raise_three(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        raise(SIGUSR1);
    printf("three signals raised, handler calls so far: %d\n", n_got);
}

static bool is_default(int sig)
{
    struct sigaction now;
    return sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_DFL;
}

/* A number that the system knows, and yet refused: it can't be caught. */
static void try_to_add(int sig)
{
    struct sigaction now;
    if (loop_add_signal(loop, sig, stop, loop) != -EINVAL)
        printf("signal %d: taken\n", sig);
    else if (sigaction(sig, NULL, &now) == 0)
        printf("RuntimeError: sig %d cannot be caught\n", sig);
    else
        printf("ValueError: invalid signal number %d\n", sig);
}

int main(void)
{
    loop = loop_new();
    loop_add_signal(loop, SIGUSR1, on_usr1, "must not run");
    loop_add_signal(loop, SIGUSR1, on_usr1, "usr1");
    loop_add_signal(loop, SIGALRM, stop, loop);
    loop_call_soon(loop, raise_three, NULL);
    loop_run_forever(loop);
    puts("woken from idle and stopped by SIGALRM");
    bool first = loop_remove_signal(loop, SIGALRM);
    printf("remove -> %s %s\n", yes(first), yes(loop_remove_signal(loop, SIGALRM)));
    try_to_add(SIGKILL);
    try_to_add(0);
    try_to_add(1000);
    printf("USR1 default before close: %s\n", yes(is_default(SIGUSR1)));
    loop_close(loop);
    printf("USR1 default after close: %s\n", yes(is_default(SIGUSR1)));
    return 0;
}

/* How long the loop asks select() to wait: this program puts its own select() before the system's. */
#include "words.h"

#include <poll.h>
#include <sys/select.h>

static struct loop *loop;
static bool asked;
static double asked_for; /* seconds; below 0: for ever */

int select(int n, fd_set *restrict read, fd_set *restrict write, fd_set *restrict except,
           struct timeval *restrict limit)
{
    struct timespec now = { 0, 0 };
    if (!asked)
        asked_for = limit == NULL ? -1 : (double)limit->tv_sec + (double)limit->tv_usec / 1e6;
    asked = true;
    loop_stop(loop);
    return pselect(n, read, write, except, &now, NULL);
}

static double ask(void)
{
    asked = false;
    loop_run_forever(loop);
    return asked_for;
}

static void print_ask(const char *when)
{
    double timeout = ask();
    if (timeout < 0)
        printf("%-19s -> None\n", when);
    else
        printf("%-19s -> %.0f\n", when, timeout);
}

static void nothing(void *unused)
{
    (void)unused;
}

int main(void)
{
    loop = loop_new();
    print_ask("nothing to do");
    loop_call_soon(loop, nothing, NULL);
    print_ask("a callback is ready");
    loop_stop(loop);
    print_ask("stopping");
    struct call near = loop_call_later(loop, 5, nothing, NULL);
    double timeout = ask();
    printf("%-19s -> %s\n", "timer in 5 s", yes(4.5 < timeout && timeout <= 5));
    struct call far = loop_call_later(loop, 10 * 24 * 3600.0, nothing, NULL);
    call_cancel(near);
    print_ask("timer in 10 days");
    call_cancel(far);
    print_ask("only cancelled ones");
    loop_call_later(loop, -3, nothing, NULL);
    print_ask("overdue timer");
    return loop_close(loop);
}

/*
 * speak - sentences on standard output while the trace grows.
 *
 * A signal, or a reader that has gone away, ends the telling: a program that was started is then
 * ended as Ctrl-C would.
 */
#include "speak.h"
#include "options.h"
#include "print.h"
#include "source.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static void watch_signals(void)
{
    struct sigaction action = { .sa_handler = on_interrupt };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

/* A terminal that can't show more than ASCII; files and pipes get UTF-8, as the trace is. */
bool speak_is_ascii(void)
{
    return isatty(STDOUT_FILENO) && strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

int speak_error(const char *name, int error)
{
    if (error == -EPIPE) { /* whoever read our sentences has heard enough */
        clearerr(stdout);
        return GOOD;
    }
    if (ferror(stdout)) {
        fprintf(stderr, "loopscope: standard output can't be written: %s\n", strerror(-error));
        return AT_FAULT;
    }
    if (error != -EPROTONOSUPPORT)
        fprintf(stderr, "loopscope: %s can't be read: %s\n", name, trace_problem(error));
    return AT_FAULT;
}

int speak_follow(struct print *print, const char *path)
{
    watch_signals();
    print_until(print, &interrupted);
    int rc = print_follow(print);
    if (rc == 0)
        rc = print_more(print, true);
    if (rc < 0)
        return speak_error(path, rc);
    return print_faults(print) > 0 ? AT_FAULT : GOOD;
}

/* Tells the source in sentences until it has ended, or until a signal comes. */
int speak_source(struct source *source, const struct range *range, bool ascii)
{
    struct print *print;
    int fd = dup(source_trace_fd(source));
    int rc = fd < 0 ? -errno
                    : print_open(&print, fd, source_path(source), stdout, stderr,
                                 ascii || speak_is_ascii());
    if (rc < 0)
        return speak_error(source_path(source), rc);
    if (*source_invitation(source) != '\0')
        fprintf(stderr, "loopscope: others watch with: %s\n", source_invitation(source));
    if (range != NULL)
        print_only(print, range);
    watch_signals();
    print_until(print, &interrupted);
    bool live = source_is_live(source), left = false;
    ssize_t taken = 0;
    while (rc == 0 && taken >= 0 && !interrupted && !source_has_ended(source)) {
        taken = source_wait(source, 500);
        rc = taken < 0 ? 0 : print_more(print, false);
    }
    source_finish(source);
    if (live) { /* what came at its end is told as well; another signal ends that */
        left = interrupted;
        interrupted = 0;
    }
    if (rc == 0)
        rc = print_more(print, true);
    int status = rc < 0                    ? speak_error(source_path(source), rc)
                 : print_faults(print) > 0 ? AT_FAULT
                                           : GOOD;
    if (rc == 0 && taken < 0) {
        source_say_lost(source, taken);
        status = AT_FAULT;
    }
    bool all = range == NULL || range->from_n == 0;
    if (rc == 0 && all && print_events(print) == 0 && print_faults(print) == 0 && !left &&
        !interrupted) {
        source_replay_output(source);
        fprintf(stderr,
                "loopscope: there is no event in the trace of %s: does it run a loop of libloop or "
                "asyncio?\n",
                source_name(source));
        status = AT_FAULT;
    }
    print_close(print);
    return status;
}

/*
 * child - fork(), a hook, execvp(), and a watch over it.
 *
 * Not posix_spawn(): limits and walls (setrlimit, Landlock, seccomp) are set by the child itself,
 * between fork and exec. This program has one thread, so fork() is safe here. Whether exec worked is
 * told through a pipe that closes by itself when it did.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUT, ERR, STARTED, PIPES_OF_OURS };
enum { LOOK_EVERY_MS = 20 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- Ctrl-C ---------------------------------------------------------------------------------- */

static volatile sig_atomic_t group; /* of the child that runs; 0: none */

/* The child is in another group than ours: the terminal's Ctrl-C doesn't reach it by itself. */
static void on_end(int number)
{
    if (group > 0)
        kill(-(pid_t)group, SIGKILL);
    signal(number, SIG_DFL);
    raise(number);
}

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
enum { N_ENDING = sizeof ending / sizeof *ending };

static void guard_begin(struct sigaction before[N_ENDING])
{
    struct sigaction action = { .sa_handler = on_end };
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < N_ENDING; i++)
        sigaction(ending[i], &action, &before[i]);
}

static void guard_end(const struct sigaction before[N_ENDING])
{
    group = 0;
    for (int i = 0; i < N_ENDING; i++)
        sigaction(ending[i], &before[i], NULL);
}

/* ---- in the child ---------------------------------------------------------------------------- */

static void set_environment(const char *const *set)
{
    for (; set != NULL && *set != NULL; set++) {
        const char *equals = strchr(*set, '=');
        if (equals == NULL)
            unsetenv(*set);
        else
            putenv((char *)(uintptr_t)*set);
    }
}

static int become(const struct child *child, int theirs[PIPES_OF_OURS])
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(theirs[OUT], STDOUT_FILENO) < 0 ||
        dup2(theirs[ERR], STDERR_FILENO) < 0)
        return -errno;
    for (int i = 0; i < N_ENDING; i++)
        signal(ending[i], SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
        if (fd != theirs[STARTED])
            close(fd);
    if (child->directory != NULL && chdir(child->directory) < 0)
        return -errno;
    set_environment(child->set);
    int rc = child->prepare != NULL ? child->prepare(child->arg) : 0;
    if (rc < 0)
        return rc;
    execvp(child->argv[0], (char *const *)(uintptr_t)child->argv);
    return -errno;
}

/* ---- its pipes ------------------------------------------------------------------------------- */

static void close_all(int fds[PIPES_OF_OURS])
{
    for (int i = 0; i < PIPES_OF_OURS; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

static int open_pipes(int ours[PIPES_OF_OURS], int theirs[PIPES_OF_OURS])
{
    int err = 0;
    for (int i = 0; i < PIPES_OF_OURS; i++)
        ours[i] = theirs[i] = -1;
    for (int i = 0; i < PIPES_OF_OURS && err == 0; i++) {
        int fds[2];
        if (pipe(fds) < 0) {
            err = -errno;
            break;
        }
        ours[i] = fds[0];
        theirs[i] = fds[1];
        fcntl(ours[i], F_SETFD, FD_CLOEXEC);
        fcntl(ours[i], F_SETFL, O_NONBLOCK);
        fcntl(theirs[i], F_SETFD, FD_CLOEXEC);
    }
    if (err < 0) {
        close_all(ours);
        close_all(theirs);
    }
    return err;
}

/* Takes what is there. False at the end of it. */
static bool take_bytes(int fd, struct bytes_kept *kept)
{
    char room[65536];
    ssize_t n;
    while ((n = read(fd, room, sizeof room)) > 0) {
        size_t fits = OUTPUT_MAX - kept->len < (size_t)n ? OUTPUT_MAX - kept->len : (size_t)n;
        char *grown = fits == 0 ? NULL : realloc(kept->at, kept->len + fits + 1);
        if (grown == NULL)
            fits = 0;
        else
            kept->at = grown;
        if (fits > 0) {
            memcpy(kept->at + kept->len, room, fits);
            kept->len += fits;
            kept->at[kept->len] = '\0';
        }
        kept->lost += (uint64_t)n - fits;
        if ((size_t)n < sizeof room)
            return true; /* a fast writer must not keep us here */
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void take_both(int ours[PIPES_OF_OURS], struct outcome *outcome)
{
    struct bytes_kept *kept[] = { &outcome->out, &outcome->err };
    for (int i = OUT; i <= ERR; i++) {
        if (ours[i] < 0 || take_bytes(ours[i], kept[i]))
            continue;
        close(ours[i]);
        ours[i] = -1;
    }
}

/* ---- the watch ------------------------------------------------------------------------------- */

static bool is_too_big(const struct child *child)
{
    struct stat stat_now;
    return child->grows != NULL && stat(child->grows, &stat_now) == 0 &&
           stat_now.st_size > child->grows_max;
}

static void wait_a_little(int ours[PIPES_OF_OURS])
{
    struct pollfd fds[] = { { .fd = ours[OUT], .events = POLLIN },
                            { .fd = ours[ERR], .events = POLLIN } };
    poll(fds, 2, LOOK_EVERY_MS);
}

/* Until it has ended, or has to be ended. */
static void watch(const struct child *child, pid_t pid, int ours[PIPES_OF_OURS],
                  struct outcome *outcome)
{
    double began = now_s();
    size_t interrupts = 0;
    pid_t gone;
    while ((gone = waitpid(pid, &outcome->status, WNOHANG)) == 0 || (gone < 0 && errno == EINTR)) {
        double span = now_s() - began;
        if (outcome->how == CHILD_ENDED && (span > child->limit_s || is_too_big(child))) {
            outcome->how = span > child->limit_s ? CHILD_LATE : CHILD_GREW;
            kill(-pid, SIGKILL);
            kill(pid, SIGKILL); /* should it have left its group */
        }
        if (interrupts < child->n_interrupts && span >= child->interrupts[interrupts]) {
            kill(pid, SIGINT);
            interrupts++;
        }
        wait_a_little(ours);
        take_both(ours, outcome);
    }
    outcome->took_s = now_s() - began;
    kill(-pid, SIGKILL); /* whatever it started and left */
    take_both(ours, outcome);
}

/* What the child said through the third pipe: nothing, when its program began. */
static void hear_start(int fd, struct outcome *outcome)
{
    int error = 0;
    if (read(fd, &error, sizeof error) != (ssize_t)sizeof error)
        return;
    outcome->how = CHILD_NOT_STARTED;
    outcome->error = error;
}

int child_run(const struct child *child, struct outcome *outcome)
{
    int ours[PIPES_OF_OURS], theirs[PIPES_OF_OURS];
    struct sigaction before[N_ENDING];
    *outcome = (struct outcome){ .how = CHILD_ENDED };
    int rc = open_pipes(ours, theirs);
    if (rc < 0)
        return rc;
    fflush(NULL);
    guard_begin(before);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        rc = become(child, theirs);
        (void)!write(theirs[STARTED], &rc, sizeof rc);
        _exit(127);
    }
    rc = pid < 0 ? -errno : 0;
    close_all(theirs);
    if (pid > 0) {
        setpgid(pid, pid);
        group = (sig_atomic_t)pid;
        watch(child, pid, ours, outcome);
        hear_start(ours[STARTED], outcome);
    }
    guard_end(before);
    close_all(ours);
    return rc;
}

void outcome_free(struct outcome *outcome)
{
    free(outcome->out.at);
    free(outcome->err.at);
    outcome->out = outcome->err = (struct bytes_kept){ NULL, 0, 0 };
}

struct slice outcome_out(const struct outcome *outcome)
{
    return (struct slice){ outcome->out.at, outcome->out.len };
}

struct slice outcome_err(const struct outcome *outcome)
{
    return (struct slice){ outcome->err.at, outcome->err.len };
}

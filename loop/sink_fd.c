/* sink_fd.c - LOOP_TRACE=fd:N, a descriptor that whoever started the program has left open for it.
 *
 * The descriptor is shared with that other process, and so would be O_NONBLOCK: a pipe is opened
 * anew by its name in /proc/self/fd, a terminal by its own, a socket is asked call by call
 * (MSG_DONTWAIT).  Over a socket, control lines come back.  N itself stays open for a later loop, but is closed on exec.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink.h"

/* N as a number, or -1. */
static int parse(const char *number)
{
    int n = 0;
    if (*number == '\0')
        return -1;
    for (; *number != '\0'; number++) {
        if (*number < '0' || *number > '9' || n > 99999999)
            return -1;
        n = n * 10 + (*number - '0');
    }
    return n;
}

/* A pipe's end of our own, or -1 where there is no /proc. */
static int reopen(int fd)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

int fd_reopen_terminal(int fd)
{
    struct stat before, st;
    const char *name = ttyname(fd); /* the master's end of a pseudo terminal has none */
    if (name == NULL || fstat(fd, &before) < 0)
        return -1;
    int anew = open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (anew >= 0 && fstat(anew, &st) == 0 && st.st_rdev == before.st_rdev)
        return anew;
    if (anew >= 0)
        close(anew);
    return -1;
}

int sink_fd_open(struct tracer *tr, const char *number, const char *name)
{
    int given = parse(number), fd = -1;
    struct stat st;
    if (given < 0)
        return -EINVAL;
    if (fstat(given, &st) < 0 || (fcntl(given, F_GETFL) & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (sinks_have(tr, given))
        return -EEXIST;
    if (given > 2)
        fcntl(given, F_SETFD, FD_CLOEXEC);
    if (S_ISFIFO(st.st_mode))
        fd = reopen(given);
    else if (isatty(given))
        fd = fd_reopen_terminal(given);
    if (fd < 0)
        fd = dup(given);
    if (fd < 0)
        return -errno;
    fd = fd_move_high(fd);
    if (fd < 0)
        return fd;
    struct sink *s = sink_add(tr, fd, name);
    if (s == NULL) {
        close(fd);
        return -ENOMEM;
    }
    s->is_viewer = s->may_control = s->is_socket;
    return 0;
}

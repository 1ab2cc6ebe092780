/* pipe.c - pipes to and from children.
 *
 * A pipe and not a pair of sockets, because a child may open /dev/stdout or /dev/stderr by name, which works for
 * pipes only.  The price: send() has a flag against SIGPIPE, write() has none, so the signal is kept back by hand.
 */
#include "pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int move_up(int *fd)
{
    int up = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
    if (up < 0)
        return -errno;
    close(*fd);
    *fd = up;
    return 0;
}

int pipe_open(bool we_read, int *ours, int *theirs)
{
    int fd[2];
    if (pipe(fd) < 0)
        return -errno;
    int err = move_up(&fd[0]);
    if (err == 0)
        err = move_up(&fd[1]);
    *ours = fd[we_read ? 0 : 1];
    *theirs = fd[we_read ? 1 : 0];
    if (err == 0 && fcntl(*ours, F_SETFL, O_NONBLOCK) < 0)
        err = -errno;
    if (err < 0) {
        close(fd[0]);
        close(fd[1]);
        *ours = *theirs = -1;
    }
    return err;
}

/* A SIGPIPE that was pending before is somebody else's and stays. */
ssize_t pipe_write(int fd, const void *data, size_t size)
{
    sigset_t sigpipe, before, pending;
    int sig;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    ssize_t n = write(fd, data, size);
    int err = errno;
    if (n < 0 && err == EPIPE && !was_pending) {
        sigpending(&pending);
        if (sigismember(&pending, SIGPIPE) == 1)
            sigwait(&sigpipe, &sig);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = err;
    return n;
}

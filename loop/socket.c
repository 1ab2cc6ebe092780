/* socket.c - stream sockets as the loop wants them.
 *
 * Linux does in one call what takes two or three elsewhere, where another thread's fork() may come between.
 */
#define _GNU_SOURCE /* accept4() */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

int socket_prepare(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    return 0;
}

void socket_set_options(int fd)
{
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
#ifdef SO_NOSIGPIPE
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
#endif
}

#if defined(__linux__)

int socket_open(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

int socket_accept(int fd, struct sockaddr *sa, socklen_t *length)
{
    int got = accept4(fd, sa, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return got < 0 ? -errno : got;
}

/* The file gets the socket's own mode (unix(7)). */
static int bind_private(int fd, const struct sockaddr *sa, socklen_t length)
{
    return fchmod(fd, 0600) < 0 ? -1 : bind(fd, sa, length);
}

#else

static int prepared(int fd)
{
    if (fd < 0)
        return -errno;
    int err = socket_prepare(fd);
    if (err < 0)
        close(fd);
    return err < 0 ? err : fd;
}

int socket_open(int family)
{
    return prepared(socket(family, SOCK_STREAM, 0));
}

int socket_accept(int fd, struct sockaddr *sa, socklen_t *length)
{
    int got = prepared(accept(fd, sa, length));
    if (got >= 0)
        socket_set_options(got); /* Linux inherits them */
    return got;
}

/* The file gets what the process's umask leaves; so do files that other threads make just now. */
static int bind_private(int fd, const struct sockaddr *sa, socklen_t length)
{
    mode_t before = umask(0177);
    int done = bind(fd, sa, length), err = errno;
    umask(before);
    errno = err;
    return done;
}

#endif

int socket_bind(int fd, const struct sockaddr *sa, socklen_t length)
{
    int done = sa->sa_family == AF_UNIX ? bind_private(fd, sa, length) : bind(fd, sa, length);
    return done < 0 ? -errno : 0;
}

/* peer.h - what the peers in C share: a listening socket, and the line that says that it listens.
 *
 * A peer does one of our workloads on another library, by its most direct means, for tests/bench/run to compare with.
 * It stops at the first surprise: a figure from half of the work would be worse than none.
 */
#ifndef PEER_H
#define PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "../measure.h"

enum { PEER_BACKLOG = 4096, PEER_BUFFER = 65536 };

static inline _Noreturn void peer_die(const char *what)
{
    perror(what);
    exit(1);
}

static inline void peer_nonblocking(int fd)
{
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
        peer_die("fcntl");
}

static inline struct sockaddr_in peer_address(int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

/* A listening socket on the loopback, non-blocking. */
static inline int peer_listen(int port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = peer_address(port);
    if (fd < 0)
        peer_die("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, PEER_BACKLOG) < 0)
        peer_die("listen");
    peer_nonblocking(fd);
    return fd;
}

/* The next connection, non-blocking; -1 when there is none. */
static inline int peer_accept(int listener)
{
#ifdef __linux__
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
#else
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0)
        peer_nonblocking(fd);
#endif
    if (fd < 0 && errno != EAGAIN)
        peer_die("accept");
    return fd;
}

/* Sends back what has come on fd; false when the connection is over. */
static inline int peer_echo(int fd)
{
    static char buf[PEER_BUFFER];
    ssize_t n = recv(fd, buf, sizeof buf, 0);
    if (n > 0)
        return send(fd, buf, (size_t)n, 0) == n;
    return n < 0 && errno == EAGAIN;
}

static inline void peer_announce(int port)
{
    signal(SIGPIPE, SIG_IGN);
    printf("{\"ready\":%d}\n", port);
    fflush(stdout);
}

#endif

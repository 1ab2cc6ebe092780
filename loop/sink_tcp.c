/* sink_tcp.c - LOOP_TRACE=tcp:PORT or tcp:ADDRESS:PORT, where a room of viewers may watch.
 *
 * Without an address it is 127.0.0.1, so that nobody else can connect; an address opens it to whoever reaches that,
 * and has to be asked for.  Addresses are numbers, never names: nothing is looked up while a program starts.  Viewers
 * that come this way only watch: what they send is read and dropped (unread, it would make the end of the connection a
 * reset, which takes with it what is still on its way to them).
 */
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "sink.h"
#include "socket.h"

/* "9000", "192.168.0.7:9000", "[::1]:9000" as a socket address.  0, or -EINVAL. */
static int resolve(const char *text, struct addrinfo **list)
{
    char host[64] = "127.0.0.1";
    const char *colon = strrchr(text, ':'), *port = colon != NULL ? colon + 1 : text, *end = colon;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    if (colon != NULL) {
        if (text[0] == '[' && end > text && end[-1] == ']') {
            text++;
            end--;
        }
        if (end == text || (size_t)(end - text) >= sizeof host)
            return -EINVAL;
        memcpy(host, text, (size_t)(end - text));
        host[end - text] = '\0';
    }
    char *rest;
    long number = strtol(port, &rest, 10);
    if (*port < '0' || *port > '9' || *rest != '\0' || number < 1 || number > 65535)
        return -EINVAL;
    return getaddrinfo(host, port, &hints, list) == 0 ? 0 : -EINVAL;
}

static int listen_at(const struct addrinfo *a)
{
    int yes = 1, fd = socket_open(a->ai_family);
    if (fd < 0)
        return fd;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return door_listen(fd, socket_bind(fd, a->ai_addr, a->ai_addrlen));
}

bool sink_ignore_input(struct sink *s)
{
    char bytes[512];
    ssize_t n;
    do
        n = recv(s->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    while (n > 0 || (n < 0 && errno == EINTR));
    if (n == 0)
        s->deaf = true;
    return n == 0 || errno == EAGAIN || errno == EWOULDBLOCK;
}

int sink_tcp_open(struct tracer *tr, const char *text, const char **why)
{
    struct addrinfo *list;
    if (resolve(text, &list) < 0) {
        *why = "it is tcp:PORT or tcp:ADDRESS:PORT, with a port from 1 to 65535 and an address in "
               "numbers";
        return -EINVAL;
    }
    int fd = listen_at(list);
    freeaddrinfo(list);
    if (fd == -EADDRINUSE)
        *why = "another program uses this port";
    return fd < 0 ? fd : door_open(tr, fd, NULL);
}

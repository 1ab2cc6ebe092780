/*
 * clients.c - the connections that the viewer itself makes to the program's server
 *
 * connect() does not wait: a paused program accepts nothing, and the viewer's keys must go on. What
 * became of it shows in the trace, which is what everybody looks at anyway.
 */
#include "clients.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    } to;
    socklen_t size;
};

static int parse_unix(char const *path, struct address *address)
{
    if (!*path || strlen(path) >= sizeof(address->to.local.sun_path))
        return -EINVAL;
    address->to.local.sun_family = AF_UNIX;
    memcpy(address->to.local.sun_path, path, strlen(path) + 1);
    address->size = sizeof(address->to.local);
    return 0;
}

/* Servers that listen on every address listen on the loopback one. */
static int parse_v4(char const *host, unsigned short port, struct address *address)
{
    if (inet_pton(AF_INET, host, &address->to.v4.sin_addr) != 1)
        return -EINVAL;
    if (address->to.v4.sin_addr.s_addr == htonl(INADDR_ANY))
        address->to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (ntohl(address->to.v4.sin_addr.s_addr) >> 24 != 127)
        return -EACCES;
    address->to.v4.sin_family = AF_INET;
    address->to.v4.sin_port = htons(port);
    address->size = sizeof(address->to.v4);
    return 0;
}

static int parse_v6(char const *host, unsigned short port, struct address *address)
{
    if (inet_pton(AF_INET6, host, &address->to.v6.sin6_addr) != 1)
        return -EINVAL;
    if (IN6_IS_ADDR_UNSPECIFIED(&address->to.v6.sin6_addr))
        address->to.v6.sin6_addr = in6addr_loopback;
    if (!IN6_IS_ADDR_LOOPBACK(&address->to.v6.sin6_addr))
        return -EACCES;
    address->to.v6.sin6_family = AF_INET6;
    address->to.v6.sin6_port = htons(port);
    address->size = sizeof(address->to.v6);
    return 0;
}

/* "127.0.0.1:8888", "[::1]:8888", "::1:8888", "unix:/path", "/path". */
static int parse(struct slice text, struct address *address)
{
    char room[256], *colon, *host = room, *end;
    unsigned long port;

    memset(address, 0, sizeof(*address));
    if (text.len == 0 || text.len >= sizeof(room) || memchr(text.at, '\0', text.len))
        return -EINVAL;
    memcpy(room, text.at, text.len);
    room[text.len] = '\0';
    if (room[0] == '/')
        return parse_unix(room, address);
    if (strncmp(room, "unix:", 5) == 0)
        return parse_unix(room + 5, address);
    if (strncmp(room, "tcp:", 4) == 0)
        host += 4;
    colon = strrchr(host, ':');
    if (!colon || colon[1] < '0' || colon[1] > '9')
        return -EINVAL;
    port = strtoul(colon + 1, &end, 10);
    if (*end || port == 0 || port > 65535)
        return -EINVAL;
    *colon = '\0';
    if (host[0] == '[' && colon > host + 1 && colon[-1] == ']') {
        colon[-1] = '\0';
        host++;
    }
    if (strchr(host, ':'))
        return parse_v6(host, (unsigned short)port, address);
    return parse_v4(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, (unsigned short)port,
                    address);
}

static void tell(char *message, size_t size, char const *what, struct slice address,
                 char const *why)
{
    struct say say;

    say_init(&say, message, size);
    say_add(&say, what);
    say_clean(&say, address, 60);
    say_add(&say, why);
}

static int connect_to(struct address const *address)
{
    int fd = socket(address->to.any.sa_family, SOCK_STREAM, 0);

    if (fd < 0)
        return -errno;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, &address->to.any, address->size) < 0 && errno != EINPROGRESS) {
        int problem = errno;

        close(fd);
        return -problem;
    }
    return fd;
}

int clients_connect(struct clients *clients, struct slice text, char *message, size_t size)
{
    struct address address;
    int fd = parse(text, &address);

    if (fd == -EACCES) {
        tell(message, size, "Not connected: ", text, " is not on this machine");
        return fd;
    }
    if (fd == 0 && clients->count == CLIENTS_MAX)
        fd = -EMFILE;
    if (fd == 0)
        fd = connect_to(&address);
    if (fd < 0) {
        tell(message, size, "Can't connect to ", text, ": ");
        snprintf(message + strlen(message), size - strlen(message), "%s", strerror(-fd));
        return fd;
    }
    clients->fds[clients->count++] = fd;
    clients->made++;
    tell(message, size, "Connected to ", text, "");
    snprintf(message + strlen(message), size - strlen(message), ": %u client%s of ours now",
             clients->count, clients->count == 1 ? "" : "s");
    return 0;
}

int clients_send(struct clients *clients, char const *line)
{
    char room[512];
    int size = snprintf(room, sizeof(room), "%s\n", line);
    ssize_t sent;

    if (clients->count == 0)
        return -ENOTCONN;
    if (size >= (int)sizeof(room))
        return -EMSGSIZE;
    sent = send(clients->fds[clients->count - 1], room, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return -errno;
    return sent < size ? -EAGAIN : 0;
}

/* True while the connection lives, or is still being made. */
static bool is_alive(struct clients *clients, int fd)
{
    char buffer[4096];
    ssize_t n;

    while ((n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
        clients->n_reply = (size_t)n < CLIENTS_REPLY ? (size_t)n : CLIENTS_REPLY;
        while (clients->n_reply > 1 && buffer[clients->n_reply - 1] == '\n')
            clients->n_reply--;
        memcpy(clients->reply, buffer, clients->n_reply);
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN);
}

void clients_poll(struct clients *clients)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < clients->count; i++) {
        if (is_alive(clients, clients->fds[i]))
            clients->fds[kept++] = clients->fds[i];
        else
            close(clients->fds[i]);
    }
    clients->count = kept;
}

void clients_close(struct clients *clients)
{
    for (unsigned i = 0; i < clients->count; i++)
        close(clients->fds[i]);
    clients->count = 0;
}

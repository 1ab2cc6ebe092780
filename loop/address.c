/* address.c - socket addresses: from names, and into words. */
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "inside.h"
#include "socket.h"
#include "trace_line.h"

static int look_up(const char *host, int port, int flags, struct addresses *found)
{
    char service[16];
    struct addrinfo *list, hints = { .ai_family = AF_UNSPEC,
                                     .ai_socktype = SOCK_STREAM,
                                     .ai_flags = AI_NUMERICSERV | flags };
    found->n = 0;
    if (port < 0 || port > 65535)
        return -EINVAL;
    snprintf(service, sizeof service, "%d", port);
    int err = getaddrinfo(host, service, &hints, &list);
    if (err != 0)
        return err == EAI_MEMORY ? -ENOMEM : -EADDRNOTAVAIL;
    for (struct addrinfo *a = list; a != NULL && found->n < ADDRESSES; a = a->ai_next) {
        struct address *to = &found->at[found->n];
        if (a->ai_addrlen > sizeof to->in6)
            continue;
        to->length = a->ai_addrlen;
        memcpy(&to->sa, a->ai_addr, a->ai_addrlen);
        found->n++;
    }
    freeaddrinfo(list);
    return found->n > 0 ? 0 : -EADDRNOTAVAIL;
}

int address_of_digits(const char *host, int port, int passive, struct addresses *found)
{
    return look_up(host, port, AI_NUMERICHOST | (passive ? AI_PASSIVE : 0), found);
}

/* Without a descriptor getaddrinfo() can ask nobody, and says that there is no such name. */
static int why_unknown(void)
{
    int fd = socket_open(AF_INET);
    if (fd >= 0)
        close(fd);
    return fd == -EMFILE || fd == -ENFILE ? fd : -EADDRNOTAVAIL;
}

int address_of_name(const char *host, int port, int passive, struct addresses *found)
{
    int err = look_up(host, port, passive ? AI_PASSIVE : 0, found);
    return err == -EADDRNOTAVAIL ? why_unknown() : err;
}

int address_of_path(const char *path, struct sockaddr_un *sa)
{
    if (path == NULL || *path == '\0')
        return -EINVAL;
    if (strlen(path) >= sizeof sa->sun_path)
        return -ENAMETOOLONG;
    strcpy(sa->sun_path, path);
    return 0;
}

/* Every connection that is accepted has one: inet_ntop() and snprintf() would take a twentieth of its time. */
static void digits_of(const struct sockaddr_in *in, char *p)
{
    const unsigned char *bytes = (const void *)&in->sin_addr;
    for (int i = 0; i < 4; i++) {
        p = put_count(p, bytes[i]);
        *p++ = i < 3 ? '.' : ':';
    }
    *put_count(p, ntohs(in->sin_port)) = '\0';
}

void address_text(const struct sockaddr *sa, socklen_t length, char text[ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (sa->sa_family == AF_INET) {
        digits_of((const void *)sa, text);
    } else if (sa->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)sa;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        snprintf(text, ADDRESS_TEXT, "[%s]:%d", host, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_un *un = (const void *)sa;
        size_t most = length > offsetof(struct sockaddr_un, sun_path)
                          ? length - offsetof(struct sockaddr_un, sun_path)
                          : 0;
        size_t n = most > 0 ? strnlen(un->sun_path, most) : 0;
        snprintf(text, ADDRESS_TEXT, "%.*s", n > 0 ? (int)n : 4, n > 0 ? un->sun_path : "unix");
    }
}

int address_port(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)(const void *)sa)->sin_port);
    if (sa->sa_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)(const void *)sa)->sin6_port);
    return 0;
}

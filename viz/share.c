/*
 * share.c - where a room of viewers may watch, and what they are told to type
 */
#include "share.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool is_port(char const *text)
{
    char *end;
    long port = strtol(text, &end, 10);

    return *text >= '0' && *text <= '9' && *end == '\0' && port >= 1 && port <= 65535;
}

/* "192.168.0.7" or "[::1]", without its brackets, as an address; NULL when it is none. */
static struct addrinfo *numeric(char const *text, size_t len)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST }, *found;
    char host[64];

    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof(host))
        return NULL;
    memcpy(host, text, len);
    host[len] = '\0';
    return getaddrinfo(host, NULL, &hints, &found) == 0 ? found : NULL;
}

static bool is_any(struct sockaddr const *address)
{
    if (address->sa_family == AF_INET)
        return ((struct sockaddr_in const *)address)->sin_addr.s_addr == htonl(INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&((struct sockaddr_in6 const *)address)->sin6_addr);
}

/* An IPv4 address of this machine by which others may reach it. */
static bool own_address(char *host, size_t size)
{
    struct ifaddrs *all, *one;
    bool found = false;

    if (getifaddrs(&all) < 0)
        return false;
    for (one = all; one && !found; one = one->ifa_next)
        found = one->ifa_addr && one->ifa_addr->sa_family == AF_INET &&
                (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0 &&
                getnameinfo(one->ifa_addr, sizeof(struct sockaddr_in), host, (socklen_t)size, NULL,
                            0, NI_NUMERICHOST) == 0;
    freeifaddrs(all);
    return found;
}

int share_parse(struct share *share, char const *text, char *message, size_t size)
{
    char const *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
    size_t len = colon ? (size_t)(colon - text) : 0;
    char host[64] = "127.0.0.1";
    struct addrinfo *address = colon && is_port(port) ? numeric(text, len) : NULL;

    if (!is_port(port) || (colon && !address)) {
        snprintf(message, size,
                 "--share takes PORT, from 1 to 65535, or ADDRESS:PORT with an address in numbers "
                 "(0.0.0.0 for all)");
        return -EINVAL;
    }
    if (address && !(is_any(address->ai_addr) && own_address(host, sizeof(host))))
        snprintf(host, sizeof(host), "%.*s", (int)len, text);
    if (address)
        freeaddrinfo(address);
    snprintf(share->trace, sizeof(share->trace), "tcp:%s", text);
    snprintf(share->invitation, sizeof(share->invitation), "loopscope attach tcp:%s:%s", host,
             port);
    return 0;
}

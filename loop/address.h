/* address.h - socket addresses: from names, and into words. */
#ifndef LOOP_ADDRESS_H
#define LOOP_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { ADDRESS_TEXT = 112, ADDRESSES = 32 };

/* Where a host can be reached, in the order in which to try. */
struct addresses {
    int n;
    struct address {
        socklen_t length;
        union {
            struct sockaddr sa;
            struct sockaddr_in in;
            struct sockaddr_in6 in6;
        };
    } at[ADDRESSES];
};

/* getaddrinfo() for a TCP port of a host given in digits; NULL with passive: every address.  0, or -EADDRNOTAVAIL
 * (those are no digits), -ENOMEM, -EINVAL (port). */
int address_of_digits(const char *host, int port, int passive, struct addresses *found);

/* The same of a name, which may stand for several addresses: the first 32 count.  Blocks while it is looked up.
 * -EADDRNOTAVAIL: there is no such name; -EMFILE, -ENFILE: nobody can be asked. */
int address_of_name(const char *host, int port, int passive, struct addresses *found);

/* That of a Unix socket.  0, -ENAMETOOLONG, or -EINVAL: no path at all. */
int address_of_path(const char *path, struct sockaddr_un *sa);

/* "127.0.0.1:8888", "[::1]:8888", "/path/of/socket", or "unix" for a socket without a name. */
void address_text(const struct sockaddr *sa, socklen_t length, char text[ADDRESS_TEXT]);

/* The TCP port, 0 if it has none. */
int address_port(const struct sockaddr *sa);

#endif

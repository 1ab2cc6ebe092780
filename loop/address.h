/* address.h - socket addresses: from names, and into words. */
#ifndef LOOP_ADDRESS_H
#define LOOP_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

struct addrinfo;

enum { ADDRESS_TEXT = 112 };

/* getaddrinfo() for a TCP port; host NULL with passive: every address.  0 and *list (freeaddrinfo() it), or
 * -EADDRNOTAVAIL (no such name), -ENOMEM, -EINVAL (port).  Blocks while a name is looked up; digits need no look-up. */
int address_resolve(const char *host, int port, int passive, struct addrinfo **list);

/* "127.0.0.1:8888", "[::1]:8888", "/path/of/socket", or "unix" for a socket without a name. */
void address_text(const struct sockaddr *sa, socklen_t length, char text[ADDRESS_TEXT]);

/* The TCP port, 0 if it has none. */
int address_port(const struct sockaddr *sa);

/* A new stream socket, close-on-exec and non-blocking.  The descriptor or a negative errno. */
int socket_open(int family);

/* What is written leaves at once, and a lost peer is no signal.  Harmless to what is no TCP socket. */
void socket_set_options(int fd);

/* The same two flags for one that came from elsewhere.  0 or a negative errno. */
int socket_prepare(int fd);

#endif

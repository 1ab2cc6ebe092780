/* socket.h - stream sockets as the loop wants them: they never block, no child inherits them, a lost peer is no signal. */
#ifndef LOOP_SOCKET_H
#define LOOP_SOCKET_H

#include <sys/socket.h>

/* A new one, bare of options.  The descriptor or a negative errno. */
int socket_open(int family);

/* bind(); the file of a Unix socket is private from its first moment (0600).  0 or a negative errno. */
int socket_bind(int fd, const struct sockaddr *sa, socklen_t length);

/* Lets the next one in who waits at fd; *sa (sa and length may be NULL) is who that is.  The descriptor or a negative
 * errno. */
int socket_accept(int fd, struct sockaddr *sa, socklen_t *length);

/* What is written leaves at once, and a lost peer is no signal.  Harmless to what is no TCP socket. */
void socket_set_options(int fd);

/* One that came from elsewhere: it does not block, and is closed on exec.  0 or a negative errno. */
int socket_prepare(int fd);

#endif

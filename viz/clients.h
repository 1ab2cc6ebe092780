/*
 * clients.h - the connections that the viewer itself makes to the program's server (key `c`)
 *
 * A class wants to see an accept without a second terminal. The address comes from the trace, from a
 * stranger that is: only loopback addresses and Unix sockets are connected to, given as numbers, so
 * nothing is looked up and nothing leaves the machine.
 *
 *     struct clients clients = { 0 };
 *     clients_connect(&clients, slice_of("127.0.0.1:8888"), message, sizeof(message));
 *     clients_poll(&clients);                        now and then: reads, notices who hung up
 *     clients_close(&clients);
 */
#ifndef VIZ_CLIENTS_H
#define VIZ_CLIENTS_H

#include "text.h"

enum { CLIENTS_MAX = 64, CLIENTS_REPLY = 120 };

/* All zeros is none. */
struct clients {
    int fds[CLIENTS_MAX];
    unsigned count; /* connected now */
    unsigned made;  /* ever */

    char reply[CLIENTS_REPLY]; /* the first bytes of what came last, as they came */
    size_t n_reply;            /* 0: nothing has come since somebody took it */
};

/* One connection more. 0, or a negative errno; `message` says either way what became of it. */
int clients_connect(struct clients *clients, struct slice address, char *message, size_t size);
/* A line, with its LF, from the client that was connected last. 0 or a negative errno: -ENOTCONN
 * when there is none, -EAGAIN when the server takes no more now. */
int clients_send(struct clients *clients, char const *line);
/* Takes what servers sent (but for `reply` it is thrown away) and closes those that have ended. Never waits. */
void clients_poll(struct clients *clients);
void clients_close(struct clients *clients);

#endif

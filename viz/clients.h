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

enum { CLIENTS_MAX = 64 };

/* All zeros is none. */
struct clients {
    int fds[CLIENTS_MAX];
    unsigned count; /* connected now */
    unsigned made;  /* ever */
};

/* One connection more. 0, or a negative errno; `message` says either way what became of it. */
int clients_connect(struct clients *clients, struct slice address, char *message, size_t size);
/* Takes what servers sent (it is thrown away) and closes those that have ended. Never waits. */
void clients_poll(struct clients *clients);
void clients_close(struct clients *clients);

#endif

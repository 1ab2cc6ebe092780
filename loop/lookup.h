/* lookup.h - names of hosts, looked up by a thread while the loop goes on. */
#ifndef LOOP_LOOKUP_H
#define LOOP_LOOKUP_H

#include "address.h"

/* In a task: address_of_name() for connecting, by a thread; the task waits.  Its answer, -ECANCELED, or what
 * to_thread() answers when no thread can be had.  `to` is filled in before this returns, or never. */
int lookup(const char *host, int port, struct addresses *to);

#endif

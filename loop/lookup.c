/* lookup.c - names of hosts, looked up by a thread while the loop goes on, as asyncio's getaddrinfo().
 *
 * The question is the thread's, which goes on even when the task that asked was cancelled; only if the task still waits
 * is the answer copied to where it wants it, on its own stack.
 */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#include "jobs.h"

struct lookup {
    struct addresses *to;
    struct addresses found;
    int port;
    char host[];
};

static int ask(void *arg)
{
    struct lookup *l = arg;
    return address_of_name(l->host, l->port, 0, &l->found);
}

static void answer(void *arg, bool awaited)
{
    struct lookup *l = arg;
    if (awaited)
        *l->to = l->found;
    free(l);
}

int lookup(const char *host, int port, struct addresses *to)
{
    size_t size = strlen(host) + 1;
    struct lookup *l = malloc(sizeof *l + size);
    if (l == NULL)
        return -ENOMEM;
    *l = (struct lookup){ .to = to, .port = port };
    memcpy(l->host, host, size);
    return jobs_call(ask, l, "getaddrinfo", answer);
}

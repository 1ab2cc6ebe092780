/* event.c - a flag that tasks wait for.
 *
 * Setting it wakes all who wait at that moment.  They do not look at the flag again: set and clear at once let them
 * through, and whoever comes after the clear waits.
 */
#include "sync.h"

#include <stdlib.h>

struct event {
    struct sync sync;
    struct link waiters;
    bool is_set;
};

struct event *event_new(void)
{
    struct event *e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    sync_init(&e->sync, "event");
    list_init(&e->waiters);
    return e;
}

void event_free(struct event *e)
{
    if (e == NULL || !sync_may_go(&e->sync, &e->waiters))
        return;
    sync_fini(&e->sync);
    free(e);
}

int event_wait(struct event *e)
{
    struct waiter w;
    if (e->is_set)
        return 0;
    return sync_wait(&e->sync, &w, &e->waiters, SYNC_NO_VALUE);
}

void event_set(struct event *e)
{
    e->is_set = true;
    sync_give_all(&e->sync, &e->waiters, 0);
}

void event_clear(struct event *e)
{
    e->is_set = false;
}

bool event_is_set(const struct event *e)
{
    return e->is_set;
}

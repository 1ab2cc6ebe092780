/* debug.c - debug mode: who blocks the loop, and who calls it from the wrong thread.
 *
 * One step that computes, or waits in a system call, holds up all others: nothing else runs meanwhile.  In debug mode each
 * handle is timed, and one that takes the limit or longer is named.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

static const ns SLOW = NS_PER_S / 10; /* asyncio's slow_callback_duration */

void debug_init(struct loop *loop)
{
    const char *wish = getenv("LOOP_DEBUG");
    loop->debug = wish != NULL && *wish != '\0' && strcmp(wish, "0") != 0;
    loop->slow_limit = SLOW;
}

void loop_set_debug(struct loop *loop, bool debug)
{
    if (loop == NULL)
        return;
    loop->debug = debug;
    loop->direct = false; /* until the next turn finds out */
}

void loop_set_slow_limit(struct loop *loop, double seconds)
{
    if (loop != NULL)
        loop->slow_limit = seconds_to_ns(seconds);
}

double loop_slow_limit(const struct loop *loop)
{
    return loop == NULL ? 0 : (double)loop->slow_limit / 1e9;
}

/* Its name is taken before it runs: afterwards it may be gone. */
void debug_run(struct loop *loop, struct handle *h, void (*run)(struct handle *h))
{
    struct who who = handle_who(h);
    char name[80], message[160];
    const char *kind = h->kind == HANDLE_TASK ? "Task" : "Handle";
    if (h->kind == HANDLE_CALL)
        who.name = CONTAINER_OF(h, struct callback, handle)->name;
    snprintf(name, sizeof name, "%s#%llu", who.name != NULL ? who.name : "call",
             (unsigned long long)who.id);
    ns began = clock_now(&loop->clock);
    run(h);
    ns took = clock_now(&loop->clock) - began;
    if (took < loop->slow_limit)
        return;
    snprintf(message, sizeof message, "Executing <%s %s> took %.3f seconds", kind, name,
             (double)took / 1e9);
    loop_call_error_handler(loop, &(struct loop_error){ .message = message });
}

int debug_refuse(const struct loop *loop)
{
    return loop->running && !pthread_equal(loop->home, pthread_self()) ? -EPERM : 0;
}

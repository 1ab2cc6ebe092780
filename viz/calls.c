/*
 * calls - a table of what is ready, and a list of what was and can be used again.
 */
#include "calls.h"

#include <errno.h>
#include <stdlib.h>

struct call_fn {
    struct str id, fn;
    struct call_fn *next; /* in the list of spare ones */
};

static void call_free(struct call_fn *call)
{
    str_fini(&call->id);
    str_fini(&call->fn);
    free(call);
}

static struct call_fn *call_new(struct calls *calls)
{
    struct call_fn *call = calls->spare;
    if (call == NULL)
        return calloc(1, sizeof *call);
    calls->spare = call->next;
    return call;
}

int calls_ready(struct calls *calls, struct slice id, struct slice fn)
{
    struct call_fn *call = table_find(&calls->ready, id);
    if (call != NULL)
        return str_set(&call->fn, fn);
    if ((call = call_new(calls)) == NULL)
        return -ENOMEM;
    if (str_set(&call->id, id) < 0 || str_set(&call->fn, fn) < 0 ||
        table_add(&calls->ready, call) < 0) {
        call_free(call);
        return -ENOMEM;
    }
    return 0;
}

int calls_take(struct calls *calls, struct slice id, struct str *fn)
{
    struct call_fn *call = table_find(&calls->ready, id);
    struct slice name = call != NULL ? str_slice(&call->fn) : (struct slice){ 0 };
    if (call != NULL) {
        table_remove(&calls->ready, call);
        call->next = calls->spare;
        calls->spare = call;
    }
    return fn != NULL ? str_set(fn, name) : 0;
}

void calls_fini(struct calls *calls)
{
    for (size_t i = 0; i < calls->ready.room; i++)
        if (calls->ready.slots[i] != NULL)
            call_free(calls->ready.slots[i]);
    table_fini(&calls->ready);
    while (calls->spare != NULL) {
        struct call_fn *next = calls->spare->next;
        call_free(calls->spare);
        calls->spare = next;
    }
}

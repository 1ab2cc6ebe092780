/* belongings.c - memory that a call needs besides the stack of the task that waits in it.
 *
 * gather() and its like, and task groups, give it back when they end.  A task that is dropped with its loop never comes to
 * that end: so the loop keeps a list of what such calls have, and frees what is left of it.
 */
#include "inside.h"

#include <stdlib.h>

struct belonging {
    struct link all; /* loop->belongings */
    max_align_t bytes[];
};

void *belonging_new(struct loop *loop, size_t n, size_t size)
{
    size_t most = (SIZE_MAX - sizeof(struct belonging)) / size;
    struct belonging *b = n > most ? NULL : calloc(1, sizeof *b + n * size);
    if (b == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    list_append(&loop->belongings, &b->all);
    return b->bytes;
}

void belonging_free(void *bytes)
{
    if (bytes == NULL)
        return;
    struct belonging *b = CONTAINER_OF(bytes, struct belonging, bytes);
    list_remove(&b->all);
    free(b);
}

void belongings_fini(struct loop *loop)
{
    while (!list_is_empty(&loop->belongings))
        belonging_free(CONTAINER_OF(loop->belongings.next, struct belonging, all)->bytes);
}

/* ready.c - the ready queue: handles in the order in which they became ready.
 *
 * A ring with room for every handle that lives, made when the handle is: so becoming ready can't fail.  Each handle
 * knows its slot, so that one that is cancelled leaves the queue at once; it leaves a hole, which is skipped when
 * its turn comes, or squeezed out when the ring is full of them.
 */
#include "inside.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64 };

int ready_grow(struct ready *q)
{
    uint32_t size = q->ring == NULL ? FIRST_SIZE : (q->mask + 1) * 2;
    struct handle **ring = malloc(size * sizeof(struct handle *));
    if (ring == NULL)
        return -ENOMEM;
    for (uint32_t i = q->head; i != q->tail; i++)
        ring[i & (size - 1)] = *ready_slot(q, i);
    free(q->ring);
    q->ring = ring;
    q->mask = size - 1;
    return 0;
}

void ready_squeeze(struct ready *q)
{
    uint32_t kept = q->head, end = q->batch_end;
    for (uint32_t i = q->head; i != q->tail; i++) {
        if (i == end)
            q->batch_end = kept;
        struct handle *h = *ready_slot(q, i);
        if (h == NULL)
            continue;
        h->slot = kept;
        *ready_slot(q, kept++) = h;
    }
    if (end == q->tail)
        q->batch_end = kept;
    q->tail = kept;
    q->holes = 0;
}

void ready_drop(struct ready *q, struct handle *h)
{
    if (!h->queued)
        return;
    *ready_slot(q, h->slot) = NULL;
    q->holes++;
    h->queued = false;
}

/* bytes.h - a queue of bytes: what was received and not yet read, what was written and not yet sent.
 *
 * Takes no memory until the first byte has to wait, and gives a large piece back when it is empty again.
 */
#ifndef LOOP_BYTES_H
#define LOOP_BYTES_H

#include <stddef.h>

/* The bytes are base[start .. end).  All zero is an empty queue. */
struct bytes {
    char *base;
    size_t start, end, size;
};

static inline size_t bytes_count(const struct bytes *b)
{
    return b->end - b->start;
}
static inline const char *bytes_first(const struct bytes *b)
{
    return b->base + b->start;
}

/* Copies n bytes to the end.  0 or -ENOMEM (nothing was added). */
int bytes_append(struct bytes *b, const void *data, size_t n);

/* Puts n bytes back before the first.  0 or -ENOMEM. */
int bytes_unread(struct bytes *b, const void *data, size_t n);

/* Forgets the first n. */
void bytes_consume(struct bytes *b, size_t n);

void bytes_fini(struct bytes *b);

#endif

/* bytes.c - a queue of bytes; bytes.h says what for. */
#include "bytes.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 256, KEEP_AT_MOST = 16 * 1024 };

/* Moves the bytes so that `before` bytes are free in front of them and `after` behind. */
static int make_room(struct bytes *b, size_t before, size_t after)
{
    size_t count = bytes_count(b), most = SIZE_MAX / 4, need = before + count + after;
    if (before > most || after > most)
        return -ENOMEM; /* and `need` may have wrapped around */
    if (need <= b->size) {
        memmove(b->base + before, b->base + b->start, count);
    } else {
        size_t size = b->size < SMALLEST ? SMALLEST : b->size;
        while (size < need)
            size *= 2;
        char *base = malloc(size);
        if (base == NULL)
            return -ENOMEM;
        if (count > 0)
            memcpy(base + before, b->base + b->start, count);
        free(b->base);
        b->base = base;
        b->size = size;
    }
    b->start = before;
    b->end = before + count;
    return 0;
}

int bytes_append(struct bytes *b, const void *data, size_t n)
{
    if (n > b->size - b->end && make_room(b, 0, n) < 0)
        return -ENOMEM;
    if (n > 0)
        memcpy(b->base + b->end, data, n);
    b->end += n;
    return 0;
}

int bytes_unread(struct bytes *b, const void *data, size_t n)
{
    if (n > b->start && make_room(b, n, 0) < 0)
        return -ENOMEM;
    b->start -= n;
    if (n > 0)
        memcpy(b->base + b->start, data, n);
    return 0;
}

void bytes_consume(struct bytes *b, size_t n)
{
    b->start += n;
    if (b->start < b->end)
        return;
    b->start = b->end = 0;
    if (b->size > KEEP_AT_MOST)
        bytes_fini(b);
}

void bytes_fini(struct bytes *b)
{
    free(b->base);
    *b = (struct bytes){ 0 };
}

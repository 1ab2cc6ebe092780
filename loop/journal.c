/* journal.c - the ring of blocks. */
#include "journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int journal_init(struct journal *j)
{
    size_t size = BLOCK_BYTES + BLOCK_SLACK;
    memset(j, 0, sizeof *j);
    j->memory = malloc(size * JOURNAL_BLOCKS); /* pages that are never written cost nothing */
    if (j->memory == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < JOURNAL_BLOCKS; i++)
        j->ring[i].bytes = j->memory + i * size;
    j->block = &j->ring[0];
    j->bytes = j->block->bytes;
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->moved, NULL);
    return 0;
}

void journal_fini(struct journal *j)
{
    for (size_t i = 0; i < JOURNAL_BLOCKS; i++)
        free(j->ring[i].big);
    free(j->memory);
    pthread_mutex_destroy(&j->lock);
    pthread_cond_destroy(&j->moved);
}

static char *block_bytes(const struct block *b)
{
    return b->big != NULL ? b->big : b->bytes;
}

int journal_advance(struct journal *j, size_t at_least)
{
    struct block *next = &j->ring[(j->number + 1) % JOURNAL_BLOCKS];
    char *big = NULL;
    if (at_least > BLOCK_BYTES && (big = malloc(at_least)) == NULL)
        return -ENOMEM;
    free(next->big);
    next->big = big;
    atomic_store(&next->used, 0);
    next->begins_piece = j->piece_is_next;
    j->piece_is_next = false;
    j->total += atomic_load_explicit(&j->block->used, memory_order_relaxed);
    j->block = next;
    j->bytes = block_bytes(next);
    j->number++;
    return 0;
}

struct place journal_end(const struct journal *j)
{
    return (struct place){ j->number, atomic_load_explicit(&j->block->used, memory_order_acquire) };
}

int journal_holds(const struct journal *j, struct place at)
{
    return at.block + JOURNAL_BLOCKS > j->number;
}

size_t journal_peek(struct journal *j, struct place *at, const char **lines)
{
    for (;;) {
        struct block *b = &j->ring[at->block % JOURNAL_BLOCKS];
        size_t used = atomic_load_explicit(&b->used, memory_order_acquire);
        if (at->offset < used) {
            *lines = block_bytes(b) + at->offset;
            return used - at->offset;
        }
        if (at->block == j->number)
            return 0;
        at->block++;
        at->offset = 0;
    }
}

uint64_t lines_last_n(const char *lines, size_t len)
{
    const char *p = lines + len, *end = p;
    if (len == 0)
        return 0;
    for (p--; p > lines && p[-1] != '\n'; p--) /* to the beginning of the last line */
        ;
    while (p + 4 < end && memcmp(p, "\"n\":", 4) != 0)
        p++;
    uint64_t n = 0;
    for (p += 4; p < end && *p >= '0' && *p <= '9'; p++)
        n = n * 10 + (uint64_t)(*p - '0');
    return n;
}

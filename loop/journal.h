/* journal.h - where the trace's lines stand until every sink has had them.
 *
 *            block 7        block 8        block 9            a ring of 64 blocks of 64 KiB:
 *       ... [lines.......] [lines.......] [lines..^    ]      number i lives in place i % 64
 *                ^ a viewer     ^ a file          ^ the loop writes here
 *
 * The loop's thread appends lines to the current block, and one release store a line makes them
 * visible.  No line crosses a block, so whoever reads up to what is visible has whole lines.  The
 * lock is taken when a block is full (once in 600 events) and by readers.  When the ring has gone
 * round, the oldest block is used again: a sink that must not lose lines makes the loop wait for
 * it, any other has been lapped and misses what stood there.
 */
#ifndef LOOP_JOURNAL_H
#define LOOP_JOURNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JOURNAL_BLOCKS = 64,
    BLOCK_BYTES = 64 << 10, /* a line may begin below this ... */
    BLOCK_SLACK = 16 << 10, /* ... and end here, with all that is put behind a long text */
};

struct block {
    char *bytes;
    char *big; /* NULL, or memory of its own for something larger than a block */
    atomic_size_t used;
    bool begins_piece; /* changed under the lock */
};

struct journal {
    pthread_mutex_t lock;
    pthread_cond_t moved; /* a sink that must not lose lines has got further */
    char *memory;         /* all blocks in one piece */
    char *bytes;          /* of the current block: the loop's thread alone */
    struct block *block;  /* the current one: the same */
    uint64_t number;      /* its number; changed under the lock */
    uint64_t total;       /* bytes in blocks before it: the loop's thread alone */
    bool piece_is_next;   /* the next block begins a piece of a file: the same */
    struct block ring[JOURNAL_BLOCKS];
};

/* A reader's place. */
struct place {
    uint64_t block;
    size_t offset;
};

int journal_init(struct journal *j); /* 0 or -ENOMEM */
void journal_fini(struct journal *j);

/* Goes to the next block, one that has at_least bytes (0: an ordinary one).  With the lock held,
 * and when no sink needs the oldest any more.  0, or -ENOMEM: nothing has changed. */
int journal_advance(struct journal *j, size_t at_least);

/* All that stands before end, in the current block, may be read. */
static inline void journal_publish(struct journal *j, const char *end)
{
    atomic_store_explicit(&j->block->used, (size_t)(end - j->bytes), memory_order_release);
}

/* All bytes that were ever written: the loop's thread alone. */
static inline uint64_t journal_bytes(const struct journal *j)
{
    return j->total + atomic_load_explicit(&j->block->used, memory_order_relaxed);
}

/* The place behind the last visible line. */
struct place journal_end(const struct journal *j);

/* Does the ring still hold what stands there? */
int journal_holds(const struct journal *j, struct place at);

/* The lines that can be read at *at, without copying them, and their number of bytes; 0: none yet.
 * Moves *at on to the next block when this one is finished.  With the lock held; valid until the
 * block is used again. */
size_t journal_peek(struct journal *j, struct place *at, const char **lines);

/* n of the last line in these lines, 0 when there is none. */
uint64_t lines_last_n(const char *lines, size_t len);

#endif

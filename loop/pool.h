/* pool.h - threads that run what they are given: no loop, no tasks in here, only threads and a lock.
 *
 * One thread (the loop's) gives and takes; what is done is called for by a byte into its wake-up pipe.
 */
#ifndef LOOP_POOL_H
#define LOOP_POOL_H

#include "inside.h"

/* Embedded in whatever is to be done; run() is called by some thread of the pool, once. */
struct work {
    struct link link;
    void (*run)(struct work *work);
};

struct pool;

/* together: see pool_keep_together(), which only such a pool can do.  NULL: see errno. */
struct pool *pool_create(int wake_fd, bool together);

/* Waits until all is done, then joins the threads. */
void pool_destroy(struct pool *pool);

/* How many works can run at a time: min(32, CPUs + 4), as asyncio's executor. */
int pool_most(const struct pool *pool);

/* Sees to it that there is a thread at all, without which pool_add() would be in vain.  0 or a negative errno. */
int pool_prepare(struct pool *pool);

/* Gives work to a thread that is idle, else to a new one, else to the first that will be. */
void pool_add(struct pool *pool, struct work *work);

/* Moves what is done to the list, in the order in which it was. */
void pool_take(struct pool *pool, struct link *list);

/* Nothing is left to do (it may still be there to be taken). */
bool pool_is_idle(struct pool *pool);

/* Together: what is done is kept back while anything is left to do, and called for when this function finds the pool
 * idle.  Else it is called for, one by one. */
void pool_keep_together(struct pool *pool, bool together);

/* Readable when something was done since the last pool_is_idle(); -1: it can't keep together. */
int pool_done_fd(const struct pool *pool);

#endif

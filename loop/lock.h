/* lock.h - a lock's record, for the condition that uses it. */
#ifndef LOOP_LOCK_H
#define LOOP_LOCK_H

#include "sync.h"

struct lock {
    struct sync sync;
    struct link waiters;
    bool is_locked;
};

/* sync_may_go(), of a lock. */
bool lock_may_go(const struct lock *l);

#endif

/* A lock goes to who waits longest; nobody, not even the one who lets it go, can slip in between. */
#include "words.h"

#include <math.h>

static struct lock *lock;

static int worker(void *name)
{
    for (int round = 0; round < 2; round++) {
        int r = await(lock_acquire(lock));
        if (r < 0)
            return r;
        printf("%s %d\n", (const char *)name, round);
        lock_release(lock);
    }
    return 0;
}

static int be_main(void *unused)
{
    static const char *const NAMES[] = { "a", "b", "c" };
    struct future *all[COUNT(NAMES)];
    (void)unused;
    lock = lock_new();
    await(lock_acquire(lock));
    for (size_t i = 0; i < COUNT(NAMES); i++)
        all[i] = task_as_future(task_create(worker, (void *)NAMES[i]));
    await(task_yield());
    printf("releasing; locked: %s\n", yes(lock_is_locked(lock)));
    lock_release(lock);
    printf("released; locked: %s\n", yes(lock_is_locked(lock)));
    puts("newcomer waits too");
    await(lock_acquire(lock));
    puts("main got it");
    lock_release(lock);
    await(futures_wait(all, COUNT(all), WAIT_ALL, INFINITY, NULL));
    if (lock_release(lock) == -EPERM)
        puts("RuntimeError: Lock is not acquired.");
    lock_free(lock);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

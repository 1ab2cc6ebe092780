/* A semaphore lets so many in, the others wait in order; a slot that is given back goes to the first of them. */
#include "words.h"

static struct semaphore *sem;
static int inside, peak;

static int worker(void *name)
{
    int r = await(semaphore_acquire(sem));
    if (r < 0)
        return r;
    inside++;
    peak = inside > peak ? inside : peak;
    printf("in %s\n", (const char *)name);
    r = await(task_sleep(0.01));
    inside--;
    semaphore_release(sem);
    return r;
}

static int be_main(void *unused)
{
    static const char *const NAMES[] = { "0", "1", "2", "3", "4", "5" };
    struct future *all[COUNT(NAMES)];
    (void)unused;
    sem = semaphore_new(2);
    for (size_t i = 0; i < COUNT(NAMES); i++)
        all[i] = task_as_future(task_create(worker, (void *)NAMES[i]));
    await(gather(all, COUNT(all), NULL, false));
    printf("peak %d\n", peak);
    semaphore_free(sem);

    sem = semaphore_new(1);
    await(semaphore_acquire(sem));
    struct task *t = task_create(worker, "waiter");
    await(task_yield());
    semaphore_release(sem);
    printf("released, but would block a newcomer: %s\n", yes(semaphore_is_locked(sem)));
    await(semaphore_acquire(sem));
    printf("newcomer got it after the waiter; waiter done: %s\n", yes(task_is_done(t)));
    semaphore_free(sem);

    sem = semaphore_new_bounded(1);
    if (semaphore_release(sem) == -EOVERFLOW)
        puts("ValueError: BoundedSemaphore released too many times");
    semaphore_free(sem);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

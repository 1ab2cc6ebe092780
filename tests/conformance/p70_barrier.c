/* A barrier lets go when the last has come, again and again; each is told its place; when it is broken, all are. */
#include "words.h"

#include <math.h>

struct arrival {
    int place;
    const char *name;
};

static struct barrier *b;
static struct arrival log_[3];
static size_t n_log;

static int party(void *name)
{
    int place = await(barrier_wait(b));
    if (place >= 0 && n_log < COUNT(log_))
        log_[n_log++] = (struct arrival){ place, name };
    return place;
}

static int breaks(void *unused)
{
    (void)unused;
    if (await(barrier_wait(b)) == -EPIPE)
        printf("BrokenBarrierError, broken: %s\n", yes(barrier_is_broken(b)));
    return 0;
}

static void give_turns(int n)
{
    while (n-- > 0)
        await(task_yield());
}

static int by_place(const void *a, const void *c)
{
    return ((const struct arrival *)a)->place - ((const struct arrival *)c)->place;
}

static int be_main(void *unused)
{
    (void)unused;
    b = barrier_new(3);
    for (int generation = 0; generation < 2; generation++) {
        n_log = 0;
        struct future *all[] = { task_as_future(task_create(party, "x")),
                                 task_as_future(task_create(party, "y")) };
        give_turns(5);
        printf("waiting: %d released: %zu\n", barrier_n_waiting(b), n_log);
        party("main");
        await(futures_wait(all, 2, WAIT_ALL, INFINITY, NULL));
        qsort(log_, n_log, sizeof *log_, by_place);
        printf("[");
        for (size_t i = 0; i < n_log; i++)
            printf("%s(%d, '%s')", i > 0 ? ", " : "", log_[i].place, log_[i].name);
        puts("]");
    }
    struct task *t = task_create(breaks, NULL);
    give_turns(5);
    barrier_abort(b);
    await(task_join(t));
    barrier_free(b);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* A yield goes to the end of the queue: tasks that yield take turns, in the order of their making. */
#include "words.h"

struct worker {
    char name;
    int steps;
};

static const char *between = "";

static void tell(char name, int step)
{
    printf("%s%c", between, name);
    if (step < 0)
        putchar('.');
    else
        printf("%d", step);
    between = " ";
}

static int work(void *arg)
{
    const struct worker *w = arg;
    for (int i = 0; i < w->steps; i++) {
        tell(w->name, i);
        await(task_yield());
    }
    tell(w->name, -1);
    return 0;
}

static int be_main(void *unused)
{
    static struct worker workers[] = { { 'a', 3 }, { 'b', 1 }, { 'c', 4 }, { 'd', 2 } };
    struct future *all[COUNT(workers)];
    (void)unused;
    for (size_t i = 0; i < COUNT(workers); i++)
        all[i] = task_as_future(task_create(work, &workers[i]));
    return await(gather(all, COUNT(all), NULL, false));
}

int main(void)
{
    int status = loop_run(be_main, NULL);
    putchar('\n');
    return status;
}

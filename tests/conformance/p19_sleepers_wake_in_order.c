/* Fifty tasks that sleep equally long wake in the order in which they lay down. */
#include "words.h"

enum { SLEEPERS = 50 };

static int order[SLEEPERS], n_awake;

static int sleeper(void *place)
{
    int r = await(task_sleep(0.01));
    if (r == 0)
        order[n_awake++] = *(int *)place;
    return r;
}

static int be_main(void *unused)
{
    struct future *all[SLEEPERS];
    static int places[SLEEPERS];
    (void)unused;
    for (int i = 0; i < SLEEPERS; i++) {
        places[i] = i;
        all[i] = task_as_future(task_create(sleeper, &places[i]));
    }
    return await(gather(all, SLEEPERS, NULL, false));
}

int main(void)
{
    int status = loop_run(be_main, NULL);
    bool in_order = n_awake == SLEEPERS;
    for (int i = 0; i < n_awake; i++)
        in_order = in_order && order[i] == i;
    printf("in order: %s count: %d\n", yes(in_order), n_awake);
    return status;
}

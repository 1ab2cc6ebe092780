/* Callbacks run in the order of asking, and what a batch queues waits for the next turn. */
#include "words.h"

#include "inside.h" /* the number of the turn */

struct node {
    const char *name;
    const struct node *children[3];
};

static struct loop *loop;

static void visit(void *arg)
{
    const struct node *node = arg;
    printf("iteration %d: %s\n", (int)loop->turns, node->name);
    for (int i = 0; node->children[i] != NULL; i++)
        loop_call_soon(loop, visit, (void *)node->children[i]);
}

static void stop_after(void *turns)
{
    int *left = turns;
    if ((*left)-- == 0)
        loop_stop(loop);
    else
        loop_call_soon(loop, stop_after, left);
}

int main(void)
{
    static const struct node stop_next = { .name = "stop-next" }, a11 = { .name = "a11" },
                             b11 = { "b11", { &stop_next } }, a1 = { "a1", { &a11 } },
                             a2 = { .name = "a2" }, b1 = { "b1", { &b11 } },
                             roots[] = { { "a", { &a1, &a2 } },
                                         { "b", { &b1 } },
                                         { "c", { NULL } } };
    int turns = 3;
    loop = loop_new();
    for (size_t i = 0; i < COUNT(roots); i++)
        loop_call_soon(loop, visit, (void *)&roots[i]);
    loop_call_soon(loop, stop_after, &turns);
    loop_run_forever(loop);
    return loop_close(loop);
}

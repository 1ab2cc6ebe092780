/* Cancelled timers are swept when there are more than 100 and more than half are cancelled; else only from the top. */
#include "words.h"

#include "inside.h" /* the size of the heap */

static int after_one_turn(struct loop *loop)
{
    loop_stop(loop);
    loop_run_forever(loop);
    return (int)loop->timers.count;
}

static void cancelled(int n, int live)
{
    struct loop *loop = loop_new();
    struct call calls[128];
    for (int i = 0; i < n; i++)
        calls[i] = loop_call_at(loop, loop_time(loop) + 1000 + i, say, "must not run");
    for (int i = live; i < n; i++) /* the first to fire lives */
        call_cancel(calls[i]);
    printf("%d timers, %d cancelled -> %d\n", n, n - live, after_one_turn(loop));
    loop_close(loop);
}

int main(void)
{
    cancelled(100, 10);
    cancelled(101, 11);
    cancelled(102, 51);
    cancelled(103, 51);

    struct loop *loop = loop_new();
    struct call calls[5];
    for (int i = 0; i < 5; i++)
        calls[i] = loop_call_at(loop, loop_time(loop) + 1000 + i, say, "must not run");
    call_cancel(calls[0]);
    call_cancel(calls[1]);
    call_cancel(calls[3]);
    printf("5 timers, cancelled no. 0, 1 and 3 -> %d\n", after_one_turn(loop));
    return loop_close(loop);
}

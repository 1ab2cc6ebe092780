/* loop_stop() before a run: that run makes one turn, without waiting, and the next one is whole again. */
#include "words.h"

static struct loop *loop;

static void x(void *unused)
{
    (void)unused;
    puts("x");
    loop_call_soon(loop, say, "y (scheduled by x)");
}

static void z(void *unused)
{
    (void)unused;
    puts("z");
    loop_call_soon(loop, stop, loop);
}

int main(void)
{
    loop = loop_new();
    loop_call_soon(loop, x, NULL);
    loop_call_later(loop, 0, say, "timer(0)");
    loop_call_later(loop, 3600, say, "timer(3600)");
    loop_stop(loop);
    puts("-- run 1");
    loop_run_forever(loop);
    puts("-- run 2");
    loop_call_soon(loop, z, NULL);
    loop_run_forever(loop);
    puts("-- end");
    return loop_close(loop);
}

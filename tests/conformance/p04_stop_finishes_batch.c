/* loop_stop() is a wish: the batch that runs is finished, and what it queued is kept for the next run. */
#include "words.h"

static struct loop *loop;

static void a(void *unused)
{
    (void)unused;
    puts("a: stop()");
    loop_stop(loop);
    loop_call_soon(loop, say, "d: queued by a, after stop()");
    printf("a: still running: %s\n", yes(loop_is_running(loop)));
}

static void b(void *unused)
{
    (void)unused;
    puts("b: same batch");
    loop_call_soon(loop, say, "e: queued by b");
}

int main(void)
{
    loop = loop_new();
    loop_call_soon(loop, a, NULL);
    loop_call_soon(loop, b, NULL);
    loop_call_soon(loop, say, "c: same batch");
    puts("-- first run");
    loop_run_forever(loop);
    puts("-- second run");
    loop_call_soon(loop, stop, loop);
    loop_run_forever(loop);
    puts("-- end");
    return loop_close(loop);
}

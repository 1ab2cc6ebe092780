/* Inside of one turn: what was ready, then descriptors, then timers. */
#include "words.h"

#include <sys/socket.h>

#include "inside.h" /* the number of the turn */

static struct loop *loop;
static int ends[2];

static void tell(void *what)
{
    printf("iteration %d: %s\n", (int)loop->turns, (const char *)what);
}

static void tell_and_stop(void *what)
{
    tell(what);
    loop_stop(loop);
}

static void on_readable(void *unused)
{
    char data[10];
    (void)unused;
    ssize_t n = recv(ends[0], data, sizeof data, MSG_DONTWAIT);
    printf("iteration %d: io %s\n", (int)loop->turns, bytes(data, n < 0 ? 0 : (size_t)n));
    loop_call_soon(loop, tell_and_stop, "soon, scheduled by io");
}

int main(void)
{
    loop = loop_new();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return 1;
    loop_call_at(loop, loop_time(loop) - 1, tell, "overdue timer");
    loop_add_reader(loop, ends[0], on_readable, NULL);
    if (send(ends[1], "x", 1, 0) != 1)
        return 1;
    loop_call_soon(loop, tell, "already ready");
    loop_run_forever(loop);
    loop_remove_reader(loop, ends[0]);
    close(ends[0]);
    close(ends[1]);
    return loop_close(loop);
}

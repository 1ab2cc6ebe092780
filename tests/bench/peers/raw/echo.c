/* raw/echo.c - an echo server on nothing but select(): the floor for a loop that waits with it.
 *
 * The sets are bitmaps of our own, since fd_set ends at FD_SETSIZE (1,024) and the kernel does not.
 */
#include <sys/select.h>

#include "../peer.h"

enum { FD_LIMIT = 16384, BITS = sizeof(unsigned long) * 8 };

static unsigned long watched[FD_LIMIT / BITS], ready[FD_LIMIT / BITS];
static int listener, top;

static void watch(int fd)
{
    if (fd >= FD_LIMIT)
        bench_fail("too many connections");
    watched[fd / (int)BITS] |= 1UL << fd % (int)BITS;
    top = fd > top ? fd : top;
}

static void unwatch(int fd)
{
    watched[fd / (int)BITS] &= ~(1UL << fd % (int)BITS);
}

static void on_ready(int fd)
{
    int conn;
    if (fd == listener) {
        while ((conn = peer_accept(listener)) >= 0)
            watch(conn);
    } else if (!peer_echo(fd)) {
        unwatch(fd);
        close(fd);
    }
}

static void turn(void)
{
    int n_words = top / (int)BITS + 1;
    memcpy(ready, watched, (size_t)n_words * sizeof *ready);
    int n = select(top + 1, (fd_set *)(void *)ready, NULL, NULL, NULL);
    if (n < 0)
        peer_die("select");
    for (int w = 0; w < n_words && n > 0; w++)
        for (; ready[w] != 0; ready[w] &= ready[w] - 1, n--)
            on_ready(w * (int)BITS + __builtin_ctzl(ready[w]));
}

int main(int argc, char **argv)
{
    int port = (int)bench_argument(argc, argv, 1, 0);
    listener = peer_listen(port);
    watch(listener);
    peer_announce(port);
    for (;;)
        turn();
}

/* libev/echo.c - an echo server on libev's select() back end. */
#include <ev.h>

#include "../peer.h"

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
    (void)events;
    if (peer_echo(io->fd))
        return;
    ev_io_stop(loop, io);
    close(io->fd);
    free(io);
}

static void on_connection(struct ev_loop *loop, ev_io *listener, int events)
{
    int fd;
    (void)events;
    while ((fd = peer_accept(listener->fd)) >= 0) {
        ev_io *io = malloc(sizeof *io);
        if (io == NULL)
            peer_die("malloc");
        ev_io_init(io, on_readable, fd, EV_READ);
        ev_io_start(loop, io);
    }
}

int main(int argc, char **argv)
{
    int port = (int)bench_argument(argc, argv, 1, 0);
    struct ev_loop *loop = ev_default_loop(EVBACKEND_SELECT);
    ev_io listener;
    if (loop == NULL)
        bench_fail("libev has no select back end");
    ev_io_init(&listener, on_connection, peer_listen(port), EV_READ);
    ev_io_start(loop, &listener);
    peer_announce(port);
    ev_run(loop, 0);
    return 0;
}

/* raw/accept.c - a server on select() that says one byte to everybody and closes. */
#include <sys/select.h>

#include "../peer.h"

int main(int argc, char **argv)
{
    int port = (int)bench_argument(argc, argv, 1, 0);
    int listener = peer_listen(port), fd;
    peer_announce(port);
    for (;;) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(listener, &set);
        if (select(listener + 1, &set, NULL, NULL, NULL) < 0)
            peer_die("select");
        while ((fd = peer_accept(listener)) >= 0) {
            if (send(fd, "x", 1, 0) != 1 && errno != ECONNRESET && errno != EPIPE)
                peer_die("send");
            close(fd);
        }
    }
}

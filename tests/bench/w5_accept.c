/* w5_accept.c - a server that says one byte to everybody and closes. */
#include "bench.h"

static int port;

static int say_x(struct conn *conn, void *unused)
{
    (void)unused;
    conn_write(conn, "x", 1);
    conn_close(conn);
    return 0;
}

static int run(void *unused)
{
    (void)unused;
    struct server *server = server_start("127.0.0.1", port, say_x, NULL);
    if (server == NULL || server_set_backlog(server, 4096) < 0)
        return -errno;
    printf("{\"ready\":%d}\n", server_port(server));
    fflush(stdout);
    return await(server_serve_forever(server));
}

int main(int argc, char **argv)
{
    port = (int)bench_argument(argc, argv, 1, 0);
    return loop_run(run, NULL);
}

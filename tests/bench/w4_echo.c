/* w4_echo.c - an echo server on the stream API. */
#include "bench.h"

static int port;

static int echo(struct conn *conn, void *unused)
{
    char buf[1024]; /* fits into the page that the stack of the task takes anyway */
    ssize_t n;
    (void)unused;
    while ((n = await(conn_read(conn, buf, sizeof buf))) > 0)
        if (conn_write(conn, buf, (size_t)n) < 0 || await(conn_drain(conn)) < 0)
            break;
    conn_close(conn);
    return 0;
}

static int run(void *unused)
{
    (void)unused;
    struct server *server = server_start("127.0.0.1", port, echo, NULL);
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

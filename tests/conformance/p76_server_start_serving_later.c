/* A server that is bound but does not listen yet refuses; so does one that is closed. */
#include "words.h"

static int greet(struct conn *conn, void *unused)
{
    (void)unused;
    conn_printf(conn, "hello");
    conn_close(conn);
    return 0;
}

static void try_to_connect(int port)
{
    struct conn *conn;
    char text[64];
    int r = await(conn_open("127.0.0.1", port, &conn));
    if (r < 0) {
        printf("refused, errno %d\n", -r);
        return;
    }
    ssize_t n = read_all(conn, text, sizeof text);
    printf("got %s\n", bytes(text, n < 0 ? 0 : (size_t)n));
    conn_release(conn);
}

static int be_main(void *unused)
{
    int n = 0;
    (void)unused;
    struct server *server = server_bind("127.0.0.1", 0, greet, NULL);
    if (server == NULL)
        return -errno;
    int port = server_port(server);
    while (server_fd(server, n) >= 0)
        n++;
    printf("serving: %s sockets: %d\n", yes(server_is_serving(server)), n);
    try_to_connect(port);
    if (server_start_serving(server) < 0 || server_start_serving(server) < 0)
        return -EIO;
    printf("serving: %s\n", yes(server_is_serving(server)));
    try_to_connect(port);
    server_close(server);
    await(server_wait_closed(server));
    try_to_connect(port);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

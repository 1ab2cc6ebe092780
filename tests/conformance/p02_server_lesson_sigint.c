/* A server described, a client served, and Ctrl-C in serve_forever: the server is closed. */
#include "words.h"

/* The description, with the descriptor and the port, which differ from run to run, as N and PORT. */
static void print_masked(const struct server *server)
{
    char text[512];
    const char *p = server_describe(server, text, sizeof text);
    const char *host = "('127.0.0.1', ";
    while (*p != '\0') {
        const char *mask = strncmp(p, "fd=", 3) == 0             ? "N"
                           : strncmp(p, host, strlen(host)) == 0 ? "PORT"
                                                                 : NULL;
        size_t keep = mask == NULL ? 1 : *mask == 'N' ? 3 : strlen(host);
        printf("%.*s%s", (int)keep, p, mask != NULL ? mask : "");
        p += keep;
        while (mask != NULL && *p >= '0' && *p <= '9')
            p++;
    }
    putchar('\n');
}

static void print_state(const struct server *server)
{
    int n = 0;
    while (server_fd(server, n) >= 0)
        n++;
    printf("serving: %s sockets: %d\n", yes(server_is_serving(server)), n);
}

static int greet(struct conn *conn, void *unused)
{
    (void)unused;
    conn_write(conn, "hello", 5);
    conn_close(conn);
    return 0;
}

static int serve(void *unused)
{
    struct conn *conn;
    char text[64];
    (void)unused;
    struct server *server = server_start("127.0.0.1", 0, greet, NULL);
    if (server == NULL)
        return -errno;
    print_masked(server);
    print_state(server);
    int r = await(conn_open("127.0.0.1", server_port(server), &conn));
    if (r < 0)
        return r;
    ssize_t n = read_all(conn, text, sizeof text);
    printf("client read %s\n", bytes(text, n < 0 ? 0 : (size_t)n));
    conn_close(conn);
    await(conn_wait_closed(conn));
    conn_release(conn);
    loop_call_later(loop_current(), 0.02, ctrl_c, NULL);
    r = await(server_serve_forever(server));
    if (r == -ECANCELED)
        puts("main: CancelledError");
    print_masked(server);
    print_state(server);
    return r;
}

int main(void)
{
    signal(SIGINT, SIG_DFL);
    if (runner_run(serve, NULL, NULL) == -EINTR)
        puts("run() raised KeyboardInterrupt");
    return 0;
}

/* Lines echoed to two clients, one after the other; each side sees the other's end as the end of input. */
#include "words.h"

enum { LINE = 256 };

static int echo(struct conn *conn, void *unused)
{
    char line[LINE];
    (void)unused;
    while (await(conn_readline(conn, line, sizeof line)) > 0) {
        conn_printf(conn, "echo %s", line);
        await(conn_drain(conn));
    }
    puts("handler: end of input");
    conn_close(conn);
    await(conn_wait_closed(conn));
    puts("handler: closed");
    return 0;
}

static const char *line_from(struct conn *conn)
{
    char line[LINE];
    ssize_t n = await(conn_readline(conn, line, sizeof line));
    return n < 0 ? strerror((int)-n) : bytes(line, (size_t)n);
}

static int talk(const struct server *server, const char *name)
{
    static const char *const TEXTS[] = { "one", "two" };
    struct conn *conn;
    int r = await(conn_open("127.0.0.1", server_port(server), &conn));
    if (r < 0)
        return r;
    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        conn_printf(conn, "%s %s\n", name, TEXTS[i]);
        puts(line_from(conn));
    }
    conn_printf(conn, "no newline");
    conn_write_eof(conn);
    puts(line_from(conn));
    const char *then = line_from(conn);
    printf("then %s at_eof: %s\n", then, yes(conn_at_eof(conn)));
    conn_close(conn);
    await(conn_wait_closed(conn));
    conn_release(conn);
    return await(task_yield());
}

static int be_main(void *unused)
{
    (void)unused;
    struct server *server = server_start("127.0.0.1", 0, echo, NULL);
    if (server == NULL)
        return -errno;
    int r = talk(server, "first");
    if (r == 0)
        r = talk(server, "second");
    server_close(server);
    await(server_wait_closed(server));
    puts("server closed");
    return r;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

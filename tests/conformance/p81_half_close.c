/* Saying "that was all" closes one direction; the other goes on, from either side. */
#include "words.h"

static const char *all_from(struct conn *conn)
{
    char text[256];
    ssize_t n = read_all(conn, text, sizeof text);
    return n < 0 ? strerror((int)-n) : bytes(text, (size_t)n);
}

static int reply(struct conn *conn, void *unused)
{
    (void)unused;
    printf("server read until EOF: %s\n", all_from(conn));
    conn_printf(conn, "reply 1,");
    int r = await(task_sleep(0.01));
    conn_printf(conn, "reply 2");
    conn_close(conn);
    return r;
}

static int talk_first(struct conn *conn, void *unused)
{
    (void)unused;
    conn_printf(conn, "hello");
    conn_write_eof(conn);
    printf("server, after its own EOF, read: %s\n", all_from(conn));
    conn_close(conn);
    return 0;
}

static int client_ends_first(void)
{
    struct conn *conn;
    struct server *server = server_start("127.0.0.1", 0, reply, NULL);
    if (server == NULL)
        return -errno;
    int r = await(conn_open("127.0.0.1", server_port(server), &conn));
    if (r < 0)
        return r;
    conn_printf(conn, "request");
    printf("can_write_eof: %s\n", yes(conn_write_eof(conn) == 0));
    if (conn_printf(conn, "x") == -EPIPE)
        puts("RuntimeError: Cannot call write() after write_eof()");
    printf("client, after its own EOF, read: %s\n", all_from(conn));
    conn_release(conn);
    server_close(server);
    return 0;
}

static int server_ends_first(void)
{
    struct conn *conn;
    struct server *server = server_start("127.0.0.1", 0, talk_first, NULL);
    if (server == NULL)
        return -errno;
    int r = await(conn_open("127.0.0.1", server_port(server), &conn));
    if (r < 0)
        return r;
    const char *text = all_from(conn);
    printf("client read until EOF: %s at_eof: %s closing: %s\n", text, yes(conn_at_eof(conn)),
           yes(conn_is_closing(conn)));
    conn_printf(conn, "still here");
    conn_close(conn);
    await(conn_wait_closed(conn));
    conn_release(conn);
    server_close(server);
    return await(task_sleep(0.02));
}

static int be_main(void *unused)
{
    (void)unused;
    int r = client_ends_first();
    return r < 0 ? r : server_ends_first();
}

int main(void)
{
    return loop_run(be_main, NULL);
}

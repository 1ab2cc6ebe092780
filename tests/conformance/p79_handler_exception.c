/* A handler that fails is reported and loses its connection; the others go on. */
#include "words.h"

static const struct error_word ERRORS[] = { { -EINVAL, "ValueError('handler failed')" } };

static int answer(struct conn *conn, void *unused)
{
    char line[64];
    (void)unused;
    await(conn_readline(conn, line, sizeof line));
    if (strcmp(line, "bad\n") == 0)
        return -EINVAL;
    conn_printf(conn, "ok\n");
    conn_close(conn);
    return 0;
}

static int handler(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)unused;
    printf("handler: %s | %s\n", error->message, error_word(ERRORS, error->error));
    return 0;
}

static const char *all_from(struct conn *conn)
{
    char text[64];
    ssize_t n = read_all(conn, text, sizeof text);
    return n < 0 ? strerror((int)-n) : bytes(text, (size_t)n);
}

static int be_main(void *unused)
{
    struct conn *first, *second;
    (void)unused;
    loop_set_error_handler(loop_current(), handler, NULL);
    struct server *server = server_start("127.0.0.1", 0, answer, NULL);
    if (server == NULL)
        return -errno;
    int r = await(conn_open("127.0.0.1", server_port(server), &first));
    if (r == 0)
        r = await(conn_open("127.0.0.1", server_port(server), &second));
    if (r < 0)
        return r;
    conn_printf(second, "bad\n");
    printf("bad client reads %s\n", all_from(second));
    conn_printf(first, "good\n");
    printf("good client reads %s\n", all_from(first));
    conn_release(first);
    conn_release(second);
    server_close(server);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* Bytes as they come, and lines cut out of them by the handler itself. */
#include "guests.h"

/* Answers each whole line in bytes; what is left of the last one is moved to the front. */
static size_t answer(struct conn *conn, char *bytes, size_t n)
{
    char *line = bytes, *end;
    while ((end = memchr(line, '\n', n)) != NULL) {
        *end = '\0';
        conn_printf(conn, "You said: %s\n", line);
        n -= (size_t)(end + 1 - line);
        line = end + 1;
    }
    memmove(bytes, line, n);
    return n;
}

static int hello(struct conn *conn, void *arg)
{
    char bytes[1024];
    size_t kept = 0;
    ssize_t n;
    (void)arg;
    while (kept < sizeof bytes &&
           (n = await(conn_read(conn, bytes + kept, sizeof bytes - kept))) > 0) {
        kept = answer(conn, bytes, kept + (size_t)n);
        if (await(conn_drain(conn)) < 0)
            break;
    }
    conn_close(conn);
    return 0;
}

static int serve(void *arg)
{
    struct plan *plan = arg;
    struct server *server = server_start("127.0.0.1", plan->port, hello, plan);
    if (server == NULL)
        return lesson_cannot_listen("127.0.0.1", plan->port);
    lesson_guests("127.0.0.1", server_port(server), "1.0 ann connects\n");
    return await(server_serve_forever(server));
}

int main(int argc, char *argv[])
{
    struct plan plan = lesson_plan(argc, argv);
    return loop_run(serve, &plan);
}

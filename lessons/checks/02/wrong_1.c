/* The end of input taken for an empty line: the handler answers it for ever. */
#include "guests.h"

static int hello(struct conn *conn, void *arg)
{
    char line[1024];
    ssize_t n;
    (void)arg;
    while ((n = await(conn_readline(conn, line, sizeof line))) >= 0) {
        conn_printf(conn, "You said: %s\n", lesson_printable(line, n));
        int err = await(conn_drain(conn));
        if (err < 0)
            return err;
    }
    conn_close(conn);
    return (int)n;
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

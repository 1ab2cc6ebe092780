/* A fixed number of lines instead of the end of input: two, as in the trial run. */
#include "guests.h"

static int hello(struct conn *conn, void *arg)
{
    char line[1024];
    (void)arg;
    for (int i = 0; i < 2; i++) {
        ssize_t n = await(conn_readline(conn, line, sizeof line));
        if (n <= 0)
            break;
        conn_printf(conn, "You said: %s\n", lesson_printable(line, n));
        await(conn_drain(conn));
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

/* Exercise 02 - a server that stays to listen.
 *
 * This one answers a line and hangs up. Let it answer each line that a client says, and close the
 * connection when that client has left, not before. Then: build/learn check 02
 */
#include "guests.h"

static int hello(struct conn *conn, void *arg)
{
    char line[1024];
    (void)arg;
    ssize_t n = await(conn_readline(conn, line, sizeof line));
    if (n < 0)
        return (int)n;
    conn_printf(conn, "You said: %s\n", lesson_printable(line, n));
    int err = await(conn_drain(conn));
    conn_close(conn);
    return err;
}

static int serve(void *arg)
{
    struct plan *plan = arg;
    struct server *server = server_start("127.0.0.1", plan->port, hello, plan);
    if (server == NULL)
        return lesson_cannot_listen("127.0.0.1", plan->port);
    lesson_guests("127.0.0.1", server_port(server),
                  "1.0 ann connects\n"
                  "1.5 ann says hello\\n\n"
                  "1.5 ann reads\n");
    return await(server_serve_forever(server));
}

int main(int argc, char *argv[])
{
    struct plan plan = lesson_plan(argc, argv);
    return loop_run(serve, &plan);
}

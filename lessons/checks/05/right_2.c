/* A callback of the loop closes the connection when it is due; the handler then reads the end. */
#include "guests.h"

static void too_slow(void *conn)
{
    conn_printf(conn, "too slow\n");
    conn_close(conn);
}

static int handler(struct conn *conn, void *unused)
{
    char line[100];
    ssize_t n;
    (void)unused;
    do {
        struct call limit = loop_call_later(loop_current(), 2.0, too_slow, conn);
        n = await(conn_readline(conn, line, sizeof line));
        call_cancel(limit);
        if (n > 0)
            conn_printf(conn, "you said %s\n", lesson_printable(line, n));
    } while (n > 0);
    conn_close(conn);
    return n == -ECANCELED ? -ECANCELED : 0;
}

static int amain(void *unused)
{
    (void)unused;
    struct server *server = server_start("127.0.0.1", 0, handler, NULL);
    if (server == NULL)
        return lesson_cannot_listen("127.0.0.1", 0);
    lesson_guests("127.0.0.1", server_port(server),
                  "0.5 ann connects\n1.0 ann says hello\\n\n1.0 ann reads\n");
    return await(server_serve_forever(server));
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}

/* Exercise 05: silent guests go home.
 *
 * A guest who says nothing keeps a handler for ever, and the handler swallows the cancel that Ctrl-C sends it.
 * Change handler(): after 2 s without a line the guest is told "too slow" and sent home; Ctrl-C ends it at once.
 * For another party of guests, see the lines in amain(), or LESSON_GUESTS in guests.h.
 */
#include "guests.h"

static int handler(struct conn *conn, void *unused)
{
    char line[100];
    ssize_t n = 1;
    (void)unused;
    while (n != 0) {
        n = await(conn_readline(conn, line, sizeof line));
        if (n < 0)
            continue; /* something went wrong: try again */
        if (n > 0)
            conn_printf(conn, "you said %s\n", lesson_printable(line, n));
    }
    conn_close(conn);
    return 0;
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

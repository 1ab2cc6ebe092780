/* Misconception: closing is telling. ann is sent home without a word. */
#include "guests.h"

static int handler(struct conn *conn, void *unused)
{
    char line[100];
    int n;
    (void)unused;
    do {
        struct timeout limit;
        timeout_begin(&limit, 2.0);
        n = (int)await(conn_readline(conn, line, sizeof line));
        n = timeout_end(&limit, n);
        if (n > 0)
            conn_printf(conn, "you said %s\n", lesson_printable(line, n));
    } while (n > 0);
    return n == -ETIMEDOUT ? 0 : n;
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

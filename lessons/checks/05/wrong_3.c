/* Misconception: a cancelled wait is a timeout. The limit is right, but Ctrl-C is swallowed. */
#include "guests.h"

static int handler(struct conn *conn, void *unused)
{
    char line[100];
    (void)unused;
    while (true) {
        struct timeout limit;
        timeout_begin(&limit, 2.0);
        ssize_t n = await(conn_readline(conn, line, sizeof line));
        n = timeout_end(&limit, (int)n);
        if (n == 0)
            return 0;
        if (n > 0)
            conn_printf(conn, "you said %s\n", lesson_printable(line, n));
        else if (n == -ECANCELED)
            await(task_sleep(0.5)); /* not yet */
        else {
            conn_printf(conn, "too slow\n");
            return 0;
        }
    }
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

/* Misconception: only an orderly end is an end. Who is cut off has left, too. */
#include "guests.h"

struct room {
    struct conn *members[100];
    int n;
};

static void tell_all(struct room *room, const char *name, const char *does, const char *what)
{
    for (int i = 0; i < room->n; i++)
        conn_printf(room->members[i], "%s%s%s\n", name, does, what);
}

static void leave(struct room *room, struct conn *conn)
{
    for (int i = 0; i < room->n; i++)
        if (room->members[i] == conn)
            room->members[i--] = room->members[--room->n];
}

static int member(struct conn *conn, void *arg)
{
    struct room *room = arg;
    char name[32], line[256];
    ssize_t n = await(conn_readline(conn, name, sizeof name));
    if (n <= 0 || room->n == 100)
        return (int)n;
    lesson_printable(name, n);
    room->members[room->n++] = conn;
    tell_all(room, name, " is here", "");
    while ((n = await(conn_readline(conn, line, sizeof line))) > 0)
        tell_all(room, name, ": ", lesson_printable(line, n));
    leave(room, conn);
    if (n == 0)
        tell_all(room, name, " has left", "");
    conn_close(conn);
    return (int)n;
}

static int amain(void *unused)
{
    struct room room = { .n = 0 };
    (void)unused;
    struct server *server = server_start("127.0.0.1", 0, member, &room);
    if (server == NULL)
        return lesson_cannot_listen("127.0.0.1", 0);
    lesson_guests("127.0.0.1", server_port(server),
                  "0.5 ann connects\n0.5 ann says ann\\n\n0.5 ann reads\n");
    return await(server_serve_forever(server));
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}

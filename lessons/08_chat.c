/* 08_chat.c - many clients that stay: a chat. Bytes come as they like; lines are made by who reads.
 *     build/lessons/08_chat       then, in two terminals: nc 127.0.0.1 8888, your name, and what you say
 */
#include "guests.h"

static const char guests[] = "0.5 ann connects\n0.5 ann says ann\\n\n0.6 ann reads\n"
                             "1.0 ben connects\n1.0 ben says ben\\n\n1.1 ann reads\n1.2 ben reads\n"
                             "2.0 ann says hel\n2.5 ann says lo\\n\n2.6 ann reads\n2.7 ben reads\n"
                             "3.0 ben leaves\n3.1 ann reads\n3.5 ann leaves\n";

struct room {
    struct conn *members[100];
    int n;
};

static void ask(void)
{
    static const char *const choices[] = { "First the line hel, then the line lo",
                                           "Nothing until the newline, then the line hello",
                                           "An error: a line must come in one piece", NULL };
    static const char *const why[] = {
        "If the server passed on what it got. readline() keeps \"hel\" until the newline has come.",
        "TCP carries bytes: three now, the rest later. readline() waits for the newline.",
        "No piece is too small for TCP. One write may come as two reads, and two as one.", NULL
    };
    loop_ask("ann will send \"hel\", then \"lo\\n\" later. What will ben read?", choices, 1, why);
}

static void tell_all(struct room *room, const char *name, const char *does, const char *what)
{
    for (int i = 0; i < room->n; i++)
        conn_printf(room->members[i], "%s%s%s\n", name, does, what); /* writer.write() */
}

static void leave(struct room *room, struct conn *conn) /* room.remove(writer) */
{
    for (int i = 0; i < room->n; i++)
        if (room->members[i] == conn)
            room->members[i--] = room->members[--room->n];
}

static int member(struct conn *conn, void *arg) /* async def member(reader, writer): */
{
    struct room *room = arg;
    char name[32], line[256];
    ssize_t n = await(conn_readline(conn, name, sizeof name));
    if (n <= 0 || room->n == 100)
        return (int)n;
    lesson_printable(name, n);
    room->members[room->n++] = conn;
    tell_all(room, name, " is here", "");
    if (room->n == 2)
        ask();
    while ((n = await(conn_readline(conn, line, sizeof line))) > 0)
        tell_all(room, name, ": ", lesson_printable(line, n));
    leave(room, conn); /* first out of the list, then the news: never write to who has gone */
    tell_all(room, name, " has left", "");
    conn_close(conn);
    return n == -ECANCELED ? -ECANCELED : 0;
}

static int chat(void *arg) /* async def main(): */
{
    struct plan *plan = arg;
    struct room room = { .n = 0 };
    loop_lesson("08");
    struct server *server = server_start("127.0.0.1", plan->port, member, &room);
    if (server == NULL)
        return lesson_cannot_listen("127.0.0.1", plan->port);
    loop_note("Each member has a task with its own name and line. The room is theirs together.");
    if (plan->guests > 0)
        lesson_guests("127.0.0.1", server_port(server), guests);
    return await(server_serve_forever(server));
}

int main(int argc, char *argv[])
{
    struct plan plan = lesson_plan(argc, argv);
    return loop_run(chat, &plan); /* asyncio.run(main()) */
}

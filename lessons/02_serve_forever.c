/* 02_serve_forever.c - running for ever, the second way: a server that accepts until Ctrl-C.
 *
 *     build/lessons/02_serve_forever      then, elsewhere: nc 127.0.0.1 8888 (or a browser)
 *     build/lessons/02_serve_forever 3    three guests of its own come by, one each second
 */
#include "lesson.h"

static void ask(void)
{
    static const char *const choices[] = { "They wait", "They are served", "They fail", NULL };
    static const char *const why[] = {
        "Only the silent client's own task waits; select() watches the other sockets as well.",
        "Each client has a task. The silent one's waits for its bytes; the loop runs the others.",
        "The listening socket stays in select()'s set, whatever the clients do.", NULL
    };
    loop_ask("This client may stay silent for an hour. What about the others?", choices, 1, why);
}

static int hello(struct conn *conn, void *arg) /* async def hello(reader, writer): */
{
    struct plan *plan = arg;
    char line[1024];
    loop_note("A client: the loop accepted it and made this task for it.");
    if (plan->clients++ == 0)
        ask();
    ssize_t n = await(conn_readline(conn, line, sizeof line)); /* await reader.readline() */
    if (n < 0)
        return (int)n; /* Ctrl-C, or the connection broke */
    printf("%s said: %s\n", conn_peer(conn), lesson_printable(line, n));
    if (strncmp(line, "GET ", 4) == 0) /* a browser wants a header first */
        conn_printf(conn, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n");
    conn_printf(conn, "You said: %s\n", line);
    int err = await(conn_drain(conn)); /* await writer.drain() */
    conn_close(conn);                  /* writer.close() */
    loop_note("Answered and closed. This task ends; the server's goes on.");
    return err;
}

/* A client of our own.  It sends for the next one, connects, thinks for a while, and says hello. */
static int guest(void *arg)
{
    struct plan *plan = arg;
    struct conn *conn;
    char answer[1024];
    if (await(task_sleep(1.0)) < 0)
        return -ECANCELED;
    if (--plan->guests > 0)
        task_release(task_create(guest, plan));
    ssize_t n = await(conn_open("127.0.0.1", plan->port, &conn));
    if (n < 0)
        return (int)n;
    n = await(task_sleep(1.5));
    if (n == 0 && (n = conn_printf(conn, "hello\n")) == 0)
        n = await(conn_readline(conn, answer, sizeof answer));
    if (n > 0)
        printf("A guest read: %s", answer);
    conn_release(conn);
    return n < 0 ? (int)n : 0;
}

static int serve(void *arg) /* async def main(): */
{
    struct plan *plan = arg;
    loop_lesson("02");
    struct server *server = server_start("127.0.0.1", plan->port, hello, plan);
    if (server == NULL)
        return lesson_cannot_listen("127.0.0.1", plan->port);
    plan->port = server_port(server);
    puts(server_describe(server, plan->text, sizeof plan->text)); /* print(server) */
    loop_note("main has a listening socket. Now it only waits: the loop does the accepting.");
    if (plan->guests > 0)
        task_release(task_create(guest, plan));
    return await(server_serve_forever(server)); /* closes it at the end: async with server */
}

int main(int argc, char *argv[])
{
    struct plan plan = lesson_plan(argc, argv);
    return loop_run(serve, &plan); /* asyncio.run(main()) */
}

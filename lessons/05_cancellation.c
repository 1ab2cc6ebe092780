/* 05_cancellation.c - three are cancelled: one cleans up, one refuses, one never began. */
#include "guests.h"

static void ask(void)
{
    static const char *const choices[] = { "Nowhere: the loop takes the task away",
                                           "In its await, which ends with an error",
                                           "At once, inside of main's call of cancel()", NULL };
    static const char *const why[] = {
        "Then nobody could clean up. The task gets a last word, and may even say no.",
        "cancel() makes the task ready. In its turn readline() answers -ECANCELED; Python raises.",
        "main runs now, so the handler can't: it becomes ready, and runs when main awaits.", NULL
    };
    loop_ask("main cancels the handler that waits for silent ann. Where does the handler notice?",
             choices, 1, why);
}

static int handler(struct conn *conn, void *silent) /* async def handler(reader, writer): */
{
    char line[100];
    *(struct task **)silent = task_current();
    ssize_t n = await(conn_readline(conn, line, sizeof line));
    if (n == -ECANCELED) { /*     except asyncio.CancelledError: */
        puts("handler: cancelled, so it says goodbye and ends");
        conn_printf(conn, "closing time\n");
    }
    return n < 0 ? (int)n : 0; /*         raise */
}

static int stubborn(void *unused) /* async def stubborn(): */
{
    (void)unused;
    if (await(task_sleep(2.0)) < 0) /*     try: ... except: no raise in it */
        puts("stubborn: cancelled, and does not care");
    return await(task_sleep(0.5));
}

static int hasty(void *unused) /* async def hasty(): */
{
    (void)unused;
    puts("hasty: this is never printed");
    return 0;
}

static void cancel(const char *name, struct task *task) /* async def cancel(name, task): */
{
    task_cancel(task); /*     task.cancel() */
    int result = await(task_join(task));
    printf("%s was %s\n", name, result == -ECANCELED ? "cancelled" : "not cancelled");
    task_release(task);
}

static int amain(void *unused) /* async def main(): */
{
    struct task *silent = NULL; /* the handler's, of the guest who says nothing */
    (void)unused;
    loop_lesson("05");
    struct server *server = server_start("127.0.0.1", 0, handler, &silent);
    if (server == NULL)
        return lesson_cannot_listen("127.0.0.1", 0);
    lesson_guests("127.0.0.1", server_port(server), "0.5 ann connects\n0.5 ann reads\n");
    struct task *task = task_create(stubborn, NULL);
    if (await(task_sleep(0.9)) < 0 || silent == NULL) /* nobody came */
        return -ECANCELED;
    ask();
    cancel("handler", silent);
    if (await(task_sleep(0.5)) < 0)
        return -ECANCELED;
    cancel("stubborn", task);
    loop_note("stubborn ignored the cancel: main waited for it to run to its end.");
    cancel("hasty", task_create(hasty, NULL)); /* cancelled before its first step */
    server_close(server);
    return 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL); /* asyncio.run(main()) */
}

/* serve_forever ends by a cancel only: of its task, or because the server is closed. */
#include "words.h"

#include <math.h>

static int hang_up(struct conn *conn, void *unused)
{
    (void)unused;
    conn_close(conn);
    return 0;
}

struct forever {
    struct server *server;
    const char *name;
};

static int forever(void *arg)
{
    struct forever *f = arg;
    int r = await(server_serve_forever(f->server));
    if (r == -ECANCELED)
        printf("%s CancelledError; serving: %s sockets: %s\n", f->name,
               yes(server_is_serving(f->server)), server_fd(f->server, 0) < 0 ? "()" : "some");
    else if (r == -EBUSY || r == -EINVAL)
        printf("%s RuntimeError: %s %s\n", f->name, yes(r == -EBUSY), yes(r == -EINVAL));
    else
        puts("must not return");
    return r;
}

static void try_to_serve(struct server *server, const char *name)
{
    forever(&(struct forever){ server, name });
}

static int be_main(void *unused)
{
    static const char *const HOW[] = { "cancel", "close" };
    struct server *server = NULL;
    (void)unused;
    for (int i = 0; i < 2; i++) {
        server = server_start("127.0.0.1", 0, hang_up, NULL);
        if (server == NULL)
            return -errno;
        struct forever f = { server, HOW[i] };
        struct task *t = task_create(forever, &f);
        struct future *future = task_as_future(t);
        await(task_yield());
        try_to_serve(server, "second");
        if (i == 0)
            task_cancel(t);
        else
            server_close(server);
        await(futures_wait(&future, 1, WAIT_ALL, INFINITY, NULL));
        printf("task cancelled: %s\n", yes(task_is_cancelled(t)));
        await(server_wait_closed(server));
        try_to_serve(server, "third");
    }
    server_close(server);
    puts("close() again is harmless");
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

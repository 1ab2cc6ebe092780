/* Who is too slow misses some: nothing is written to a reader that has much waiting. */
#include "guests.h"

enum { TICKS = 10, CHUNK = 16384 };

struct feed {
    struct conn *readers[10];
    int n;
};

static int reader(struct conn *conn, void *arg)
{
    struct feed *feed = arg;
    char byte[1];
    int little = 4096; /* for the kernel's own buffer, so that we see ours */
    setsockopt(conn_fd(conn), SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
    feed->readers[feed->n++] = conn;
    ssize_t n = await(conn_read(conn, byte, 1)); /* until it goes, or is sent away */
    for (int i = 0; i < feed->n; i++)
        if (feed->readers[i] == conn)
            feed->readers[i--] = feed->readers[--feed->n];
    conn_close(conn);
    return n == -ECANCELED ? -ECANCELED : 0;
}

static int tick(struct feed *feed, int number)
{
    static const char chunk[CHUNK];
    printf("tick %d\n", number);
    for (int i = 0; i < feed->n; i++) {
        struct conn *conn = feed->readers[i];
        if (conn_write_queued(conn) < 3 * CHUNK)
            conn_write(conn, chunk, CHUNK);
    }
    return 0;
}

static int amain(void *unused)
{
    struct feed feed = { .n = 0 };
    char path[108];
    int err = 0;
    struct server *server = server_start_unix(lesson_socket(path, sizeof path), reader, &feed);
    if (server == NULL)
        return perror(path), unused == NULL;
    lesson_guests(path, 0, "0.2 ann connects\n0.2 ann drinks\n0.3 ben connects\n0.3 ben pauses\n");
    err = await(task_sleep(0.9));
    for (int number = 1; number <= TICKS && err == 0; number++) {
        err = await(task_sleep(0.1));
        if (err == 0)
            err = tick(&feed, number);
    }
    server_close(server);
    for (int i = 0; i < feed.n; i++)
        conn_close(feed.readers[i]);
    return err == 0 ? await(task_sleep(0.1)) : err;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}

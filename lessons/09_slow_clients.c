/* 09_slow_clients.c - slow clients: ann reads the feed, ben does not. What he does not read, waits. */
#include "guests.h"

static const char guests[] = "0.2 ann connects\n0.2 ann drinks\n0.3 ben connects\n0.3 ben pauses\n";
enum { TICKS = 10, CHUNK = 16384, TOO_MUCH = 60000 };

struct feed {
    struct conn *readers[10];
    int n;
};

static void ask(void)
{
    static const char *const choices[] = { "In the network; it has room for them",
                                           "In this program's memory, more with each tick",
                                           "Nowhere: write() waits until ben reads", NULL };
    static const char *const why[] = {
        "The kernel takes a little for him. After that nothing moves until ben reads.",
        "write() keeps what the kernel does not take. Watch the queue of ben's connection grow.",
        "write() never waits. drain() does: then everybody else would wait for ben, too.", NULL
    };
    loop_ask("ben does not read, and the feed goes on. Where do his bytes wait?", choices, 1, why);
}

static int reader(struct conn *conn, void *arg) /* async def reader(reader, writer): */
{
    struct feed *feed = arg;
    char byte[1];
    if (feed->n == 10)
        return 0;
    setsockopt(conn_fd(conn), SOL_SOCKET, SO_SNDBUF, &(int){ 4096 }, sizeof(int)); /* small */
    feed->readers[feed->n++] = conn;
    ssize_t n = await(conn_read(conn, byte, 1)); /* until it goes, or is sent away */
    for (int i = 0; i < feed->n; i++)
        if (feed->readers[i] == conn)
            feed->readers[i--] = feed->readers[--feed->n];
    return n == -ECANCELED ? -ECANCELED : 0;
}

static void tick(struct feed *feed, int number) /* def tick(number): */
{
    static const char chunk[CHUNK];
    printf("tick %d, readers: %d\n", number, feed->n);
    for (int i = 0; i < feed->n; i++) {
        struct conn *conn = feed->readers[i];
        conn_write(conn, chunk, CHUNK);           /* writer.write(chunk) */
        if (conn_write_queued(conn) > TOO_MUCH) { /* writer.transport.get_write_buffer_size() */
            puts("one of them is too slow: dropped");
            loop_note("64 KB wait for ben alone. ann, beside him, has not noticed anything.");
            conn_abort(conn); /* writer.transport.abort() */
        }
    }
}

static int amain(void *unused) /* async def main(): */
{
    struct feed feed = { .n = 0 };
    char path[108];
    loop_lesson("09");
    struct server *server = server_start_unix(lesson_socket(path, sizeof path), reader, &feed);
    if (server == NULL)
        return perror(path), unused == NULL;
    lesson_guests(path, 0, guests);
    int err = await(task_sleep(0.9));
    ask();
    for (int number = 1; number <= TICKS && err == 0; number++) {
        err = await(task_sleep(0.1));
        tick(&feed, number);
    }
    server_close(server);
    for (int i = 0; i < feed.n; i++)
        conn_close(feed.readers[i]);
    return err == 0 ? await(task_sleep(0.1)) : err; /* for ann, who reads the last of it */
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL); /* asyncio.run(main()) */
}

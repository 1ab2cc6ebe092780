/* What happens to a connection, in order: made, data, end of input, lost once.  There are no protocols here: a task that
 * reads is told of data and the end, one that waits until it is closed of the loss. */
#include "words.h"

#include <sys/socket.h>

static struct conn *conn;
static struct task *lost;

static int tell_lost(void *unused)
{
    (void)unused;
    int r = await(conn_wait_closed(conn));
    printf("connection_lost %s\n", r == 0 ? "None" : strerror(-r));
    return r;
}

/* Reads until the end, or closes when it has read close_at. */
static int protocol(void *close_at)
{
    char data[64];
    ssize_t n;
    puts("connection_made");
    lost = task_create(tell_lost, NULL);
    while ((n = await(conn_read(conn, data, sizeof data))) > 0) {
        printf("data_received %s\n", bytes(data, (size_t)n));
        if (close_at != NULL && strncmp(data, close_at, (size_t)n) == 0) {
            conn_close(conn);
            puts("close() returned");
            return 0;
        }
    }
    puts("eof_received");
    conn_close(conn);
    return (int)n;
}

static int open_pair(int *peer)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return -errno;
    *peer = ends[1];
    return conn_open_fd(ends[0], &conn);
}

static void end(struct task *task)
{
    await(task_join(task));
    await(task_join(lost));
    conn_release(conn);
}

static int be_main(void *unused)
{
    int peer;
    (void)unused;
    if (open_pair(&peer) < 0 || send(peer, "one", 3, 0) != 3)
        return -EIO;
    close(peer);
    end(task_create(protocol, NULL));
    puts("--");
    if (open_pair(&peer) < 0 || send(peer, "one", 3, 0) != 3)
        return -EIO;
    struct task *t = task_create(protocol, "one");
    await(task_sleep(0.01));
    if (send(peer, "two", 3, MSG_NOSIGNAL) < 0 && errno == EPIPE)
        puts("peer gets EPIPE");
    close(peer);
    end(t);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

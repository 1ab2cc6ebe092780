/* The loop stops receiving when more than twice the limit is unread, and goes on at the limit, or when a reader needs more. */
#include "words.h"

#include <sys/socket.h>

#include "inside.h" /* whether the loop receives */

static struct conn *conn;
static int peer;
static bool receives = true, over;

/* Looks in every turn, before whoever reads. */
static int observe(void *unused)
{
    (void)unused;
    while (!over) {
        if (receives != conn->reading.armed)
            puts(conn->reading.armed ? "  resume_reading" : "  pause_reading");
        receives = conn->reading.armed;
        int r = await(task_yield());
        if (r < 0)
            return r;
    }
    return 0;
}

static void give_turns(int n)
{
    while (n-- > 0)
        await(task_yield());
}

static void feed(size_t n)
{
    char data[32] = { 0 };
    printf("feed %zu\n", n);
    if (send(peer, data, n, 0) != (ssize_t)n)
        perror("send");
    give_turns(3);
}

static int read_thirty(void *unused)
{
    char data[30];
    (void)unused;
    return (int)await(conn_readexactly(conn, data, sizeof data));
}

static int be_main(void *unused)
{
    static const size_t FEEDS[] = { 4, 4, 1, 1 }, READS[] = { 4, 1, 1 };
    char data[16];
    int ends[2];
    (void)unused;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || conn_open_fd(ends[0], &conn) < 0)
        return -errno;
    peer = ends[1];
    conn_set_read_limit(conn, 4);
    struct task *observer = task_create(observe, NULL);
    for (size_t i = 0; i < COUNT(FEEDS); i++)
        feed(FEEDS[i]);
    for (size_t i = 0; i < COUNT(READS); i++) {
        printf("read %zd\n", await(conn_read(conn, data, READS[i])));
        give_turns(3);
    }
    feed(9);
    struct task *t = task_create(read_thirty, NULL);
    puts("readexactly(30)");
    give_turns(3);
    feed(20);
    printf("got %d\n", await(task_join(t)));
    over = true;
    int r = await(task_join(observer));
    conn_release(conn);
    close(peer);
    return r;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* Writing pauses when more than the high mark is queued, and goes on at the low one; nothing is lost on the way. */
#include "words.h"

#include <sys/socket.h>

#include "inside.h" /* whether writing is paused */

static bool resumed;

/* While writing is paused, a task that drains waits. */
static int drain(void *arg)
{
    struct conn *conn = arg;
    int r = await(conn_drain(conn));
    printf("resume_writing, buffer <= low: %s\n", yes(conn_write_queued(conn) <= 20));
    resumed = true;
    return r;
}

static void write_some(struct conn *conn, size_t n)
{
    char data[64];
    bool was = conn->paused;
    memset(data, 'x', n);
    conn_write(conn, data, n);
    if (!was && conn->paused)
        printf("pause_writing, buffer %zu\n", conn_write_queued(conn));
    printf("wrote %zu buffer %zu\n", n, conn_write_queued(conn));
}

static void print_limits(const char *label, const struct conn *conn)
{
    size_t high, low;
    conn_write_limits(conn, &high, &low);
    printf("%s (%zu, %zu)\n", label, low, high);
}

/* Writes until the kernel takes no more. */
static size_t fill(int fd)
{
    char data[4096];
    size_t filled = 0;
    ssize_t n;
    memset(data, '.', sizeof data);
    while ((n = send(fd, data, sizeof data, MSG_DONTWAIT)) > 0)
        filled += (size_t)n;
    return filled;
}

/* All that the peer gets: its length, and whether the last 151 bytes are ours. */
static bool receive_all(int fd, size_t expected)
{
    static char data[65536]; /* more than a task's stack holds */
    char tail[151];
    size_t n_got = 0;
    while (!resumed || n_got < expected) {
        ssize_t n = recv(fd, data, sizeof data, MSG_DONTWAIT);
        if (n == 0)
            return false;
        if (n < 0 && await(task_yield()) < 0)
            return false;
        for (ssize_t i = 0; i < n; i++)
            tail[n_got++ % sizeof tail] = data[i];
    }
    bool ok = true;
    for (size_t i = 0; i < sizeof tail; i++)
        ok = ok && tail[i] == 'x';
    printf("peer got all: %s tail ok: %s\n", yes(n_got == expected), yes(ok));
    return true;
}

static int be_main(void *unused)
{
    static const size_t SIZES[] = { 60, 40, 1, 50 };
    int ends[2];
    struct conn *conn;
    (void)unused;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return -errno;
    size_t filled = fill(ends[0]);
    int r = conn_open_fd(ends[0], &conn);
    if (r < 0)
        return r;
    print_limits("defaults", conn);
    conn_set_write_limits(conn, 100, 20);
    for (size_t i = 0; i < COUNT(SIZES); i++)
        write_some(conn, SIZES[i]);
    struct task *drainer = task_create(drain, conn);
    await(task_yield()); /* it waits now */
    if (!receive_all(ends[1], filled + 151))
        return -EIO;
    conn_set_write_limits(conn, 1000, CONN_DERIVED);
    print_limits("only high given", conn);
    conn_set_write_limits(conn, CONN_DERIVED, 1000);
    print_limits("only low given", conn);
    conn_release(conn);
    close(ends[1]);
    return await(task_join(drainer));
}

int main(void)
{
    return loop_run(be_main, NULL);
}

/* Lines and pieces against the reader's room: what is dropped, what is kept, and what an early end leaves.  The limit
 * of a line is the size of the buffer: 10 bytes, the newline, and a NUL. */
#include "words.h"

#include <sys/socket.h>

enum { LIMIT = 10 };

static struct conn *conn;
static int peer;

static void feed(const char *data)
{
    if (send(peer, data, strlen(data), 0) != (ssize_t)strlen(data))
        perror("send");
}

/* A new stream with this in it, and its end if eof. */
static void open_with(const char *data, bool eof)
{
    int ends[2];
    if (conn != NULL) {
        conn_release(conn);
        close(peer);
    }
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || conn_open_fd(ends[0], &conn) < 0)
        abort();
    peer = ends[1];
    feed(data);
    if (eof)
        shutdown(peer, SHUT_WR);
}

static void print_bytes(const char *label, const char *data, ssize_t n)
{
    printf("%s -> %s\n", label, bytes(data, (size_t)n));
}

static const char *too_long(ssize_t answer)
{
    return answer == -EMSGSIZE  ? "Separator is found, but chunk is longer than limit"
           : answer == -ENOBUFS ? "Separator is not found, and chunk exceed the limit"
                                : strerror((int)-answer);
}

static void readline(const char *label)
{
    char line[LIMIT + 2];
    ssize_t n = await(conn_readline(conn, line, sizeof line));
    if (n < 0)
        printf("%s -> ValueError: %s\n", label, too_long(n));
    else
        print_bytes(label, line, n);
}

static void readuntil(const char *label, const char *separator)
{
    char piece[LIMIT + 8];
    size_t length = strlen(separator);
    ssize_t n = await(conn_readuntil(conn, separator, length, piece, LIMIT + length));
    if (n == -EINVAL)
        printf("%s -> ValueError: Separator should be at least one-byte string\n", label);
    else if (n < 0)
        printf("%s -> LimitOverrunError: %s\nconsumed %zu\n", label, too_long(n),
               conn_overrun(conn));
    else if ((size_t)n < length || memcmp(piece + n - length, separator, length) != 0)
        printf("%s -> IncompleteReadError: %zd bytes read on a total of undefined expected bytes\n"
               "partial %s expected None\n",
               label, n, bytes(piece, (size_t)n));
    else
        print_bytes(label, piece, n);
}

static void readexactly(const char *label, ssize_t size)
{
    char piece[64];
    ssize_t n = await(conn_readexactly(conn, piece, (size_t)size));
    if (n == -EINVAL)
        printf("%s -> ValueError: readexactly size can not be less than zero\n", label);
    else if (n < size)
        printf("%s -> IncompleteReadError: %zd bytes read on a total of %zd expected bytes\n"
               "partial %s expected %zd\n",
               label, n, size, bytes(piece, (size_t)n), size);
    else
        print_bytes(label, piece, n);
}

static void read_some(const char *label, size_t size)
{
    char piece[128];
    ssize_t n = await(conn_read(conn, piece, size));
    print_bytes(label, piece, n < 0 ? 0 : n);
}

static void read_rest(const char *label)
{
    char piece[128];
    ssize_t n = read_all(conn, piece, sizeof piece);
    print_bytes(label, piece, n < 0 ? 0 : n);
}

static int split(void *separator)
{
    readuntil("separator split over two reads", separator);
    return 0;
}

static int be_main(void *unused)
{
    (void)unused;
    open_with("0123456789\n01234567890\nrest", true);
    readline("10 + newline");
    readline("11 + newline");
    readline("the line after");
    open_with("0123456789012", false);
    readline("13, no newline yet");
    feed("tail\n");
    readline("after that");
    open_with("01234567890123|next", true);
    readuntil("readuntil |", "|");
    readexactly("data kept", (ssize_t)conn_overrun(conn) + 1);
    read_rest("rest");
    open_with("abc", true);
    readexactly("readexactly(10)", 10);
    read_rest("buffer after it");
    open_with("abc", true);
    readuntil("readuntil at EOF", "\n");
    open_with("abc", true);
    readline("readline at EOF");
    open_with("xxxxxxxxxxxxxxx", true);
    readexactly("readexactly > limit", 15);
    open_with("hello", false);
    read_some("read(0)", 0);
    read_some("read(3)", 3);
    read_some("read(100), 2 there", 100);
    readexactly("readexactly(-1)", -1);
    readuntil("empty separator", "");
    open_with("sepa", false);
    struct task *t = task_create(split, "ara");
    await(task_sleep(0.01)); /* it has read the first part */
    feed("rator");
    await(task_join(t));
    conn_release(conn);
    close(peer);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

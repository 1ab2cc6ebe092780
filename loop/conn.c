/* conn.c - connections: opening, writing, closing.  Reading is in conn_read.c.
 *
 *     CONNECTING --> CONNECTED --> HALF_CLOSED (the peer has said all) --> CLOSING (we still have to send) --> CLOSED
 *
 * conn_write() gives the kernel what it takes at once.  What it doesn't take waits in c->out; select() then
 * says when there is room again.  A writer that is faster than its peer would pile up memory: above the high water
 * mark conn_drain() waits until the low one is reached.
 *
 * A record lives until it is closed and nobody will look at it again: the handler that it belongs to has returned,
 * or conn_release() was called.
 */
#include "inside.h"

#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lookup.h"
#include "pipe.h"
#include "process.h"
#include "socket.h"
#include "trace.h"

enum {
    HIGH_WATER = 64 * 1024,
    LOW_WATER = 16 * 1024,
    WARN_ABOVE = 1024 * 1024,
    READ_LIMIT = 64 * 1024
};

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS: SO_NOSIGPIPE, below */
#endif

static void on_writable(struct watch *w);

/* ---- the record */

struct conn *conn_new(struct loop *loop, int fd, enum conn_state state)
{
    struct conn *c = malloc(sizeof *c);
    if (c == NULL) {
        close(fd);
        errno = ENOMEM;
        return NULL;
    }
    *c = (struct conn){ .loop = loop,
                        .id = loop_new_id(loop),
                        .fd = fd,
                        .state = state,
                        .high = HIGH_WATER,
                        .low = LOW_WATER,
                        .read_limit = READ_LIMIT };
    c->reading = (struct watch){ .ready = conn_on_readable, .who = conn_who(c), .fd = fd };
    c->writing = (struct watch){ .ready = on_writable, .who = conn_who(c), .fd = fd };
    list_init(&c->drained);
    list_init(&c->closed);
    list_append(&loop->conns, &c->all);
    return c;
}

/* Nobody should look at c again.  But a task that waited for it has only just been woken, and its await still ends in
 * here: so the record stays for a turn, out of sight. */
static void conn_free(struct conn *c)
{
    assert(c->state == CONN_CLOSED);
    bytes_fini(&c->in);
    list_remove(&c->all);
    list_append(&c->loop->graves, &c->all);
    c->buried = c->loop->turns;
}

/* At the beginning of each turn. */
void conns_bury(struct loop *loop)
{
    while (!list_is_empty(&loop->graves)) {
        struct conn *c = CONTAINER_OF(loop->graves.next, struct conn, all);
        if (loop->running && c->buried + 1 >= loop->turns)
            return;
        list_remove(&c->all);
        free(c);
    }
}

int conn_start(struct conn *c)
{
    return watch_arm_read(c->loop, &c->reading);
}

void conn_release(struct conn *conn)
{
    if (conn == NULL)
        return;
    conn->released = true;
    if (conn->state == CONN_CLOSED)
        conn_free(conn);
    else
        conn_close(conn);
}

/* ---- the end of a connection */

static void wake_reader(struct conn *c, int result)
{
    if (c->reader != NULL && !c->reader->woken)
        wake_one(c->reader, result, "read", conn_who(c));
}

/* Closes the descriptor and tells everybody.  c may be gone afterwards. */
static void conn_end(struct conn *c)
{
    struct server *s = c->server;
    watch_disarm_read(c->loop, &c->reading);
    watch_disarm_write(c->loop, &c->writing);
    close(c->fd);
    c->state = CONN_CLOSED;
    bytes_fini(&c->out);
    conn_unpair(c);
    TRACE(c->loop, conn_close, c);
    wake_reader(c, c->error);
    wake_all(&c->drained, c->error != 0 ? c->error : -ECONNRESET, "write", conn_who(c));
    wake_all(&c->closed, c->error, "done", conn_who(c));
    if (s != NULL)
        server_conn_gone(s);
    if (c->process != NULL)
        process_pipe_closed(c->process);
    if (c->released)
        conn_free(c);
}

void conn_fail(struct conn *c, const char *op, int error)
{
    c->error = error;
    TRACE(c->loop, conn_error, c, op, error);
    conn_end(c);
}

void conn_close(struct conn *c)
{
    if (c->state >= CONN_CLOSING)
        return;
    watch_disarm_read(c->loop, &c->reading);
    if (bytes_count(&c->out) == 0) {
        conn_end(c);
        return;
    }
    c->state = CONN_CLOSING;
    TRACE(c->loop, conn_open, c);
}

void conn_abort(struct conn *c)
{
    if (c->state == CONN_CLOSED)
        return;
    bytes_consume(&c->out, bytes_count(&c->out));
    conn_end(c);
}

int conn_wait_closed(struct conn *c)
{
    if (c->state == CONN_CLOSED)
        return c->error;
    struct waiter w;
    waiter_init(&w, "closed", conn_who(c));
    return task_wait(&w, &c->closed);
}

bool conn_is_closing(const struct conn *c)
{
    return c->state >= CONN_CLOSING;
}

const char *conn_peer(const struct conn *c)
{
    return c->peer;
}

/* ---- writing */

/* Sends from data: the number of bytes that the kernel took, or a negative errno. */
static ssize_t send_some(struct conn *c, const char *data, size_t size)
{
    ssize_t n;
    do
        n = c->is_pipe ? pipe_write(c->fd, data, size) : send(c->fd, data, size, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
    c->total_out += (uint64_t)n;
    c->loop->totals.out += (uint64_t)n;
    return n;
}

static void finish_eof(struct conn *c)
{
    shutdown(c->fd, SHUT_WR);
    c->eof_sent = true;
}

static void on_writable(struct watch *w)
{
    struct conn *c = CONTAINER_OF(w, struct conn, writing);
    ssize_t n = send_some(c, bytes_first(&c->out), bytes_count(&c->out));
    if (n < 0) {
        conn_fail(c, "send", (int)n);
        return;
    }
    bytes_consume(&c->out, (size_t)n);
    TRACE(c->loop, conn_write, c, (size_t)n);
    if (c->paused && bytes_count(&c->out) <= c->low) {
        c->paused = false;
        wake_all(&c->drained, 0, "write", conn_who(c));
    }
    if (bytes_count(&c->out) > 0)
        return;
    watch_disarm_write(c->loop, &c->writing);
    if (c->eof_asked)
        finish_eof(c);
    if (c->state == CONN_CLOSING)
        conn_end(c);
}

/* The kernel did not take all: select() is to say when there is room again. */
static int wait_for_room(struct conn *c, size_t queued_before)
{
    size_t queued = bytes_count(&c->out);
    if (queued > c->high)
        c->paused = true;
    if (queued / WARN_ABOVE > queued_before / WARN_ABOVE)
        TRACE(c->loop, warn_grows, c);
    return watch_arm_write(c->loop, &c->writing);
}

/* LESSON 09: what the kernel does not take is kept in c->out, without a limit; conn_drain() is who waits. */
int conn_write(struct conn *c, const void *data, size_t size)
{
    if (c->error < 0)
        return c->error;
    if (c->eof_asked || c->state >= CONN_CLOSING || c->state == CONN_CONNECTING)
        return -EPIPE;
    ssize_t n = 0;
    size_t queued_before = bytes_count(&c->out);
    if (queued_before == 0 && size > 0)
        n = send_some(c, data, size);
    if (n < 0) {
        conn_fail(c, "send", (int)n);
        return (int)n;
    }
    int err = bytes_append(&c->out, (const char *)data + n, size - (size_t)n);
    TRACE(c->loop, conn_write, c, (size_t)n);
    bool holds = err == 0 || n == 0; /* a part has gone and the rest can't: nothing may follow it */
    if (err == 0 && (size_t)n < size)
        holds = (err = wait_for_room(c, queued_before)) == 0;
    if (!holds)
        conn_fail(c, "send", err);
    return err;
}

int conn_printf(struct conn *c, const char *format, ...)
{
    char small[512];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    int err = n < 0 ? -EINVAL : 0;
    if (n >= 0 && (size_t)n < sizeof small) {
        err = conn_write(c, small, (size_t)n);
    } else if (n >= 0) {
        char *large = malloc((size_t)n + 1);
        err = -ENOMEM;
        if (large != NULL) {
            vsnprintf(large, (size_t)n + 1, format, again);
            err = conn_write(c, large, (size_t)n);
        }
        free(large);
    }
    va_end(again);
    return err;
}

int conn_drain(struct conn *c)
{
    if (c->error < 0)
        return c->error;
    if (c->state >= CONN_CLOSING) { /* as asyncio: one turn for the others, then the truth */
        int err = task_yield();
        if (err < 0 || c->state == CONN_CLOSED)
            return err < 0 ? err : -ECONNRESET;
    }
    if (!c->paused)
        return 0;
    struct waiter w;
    waiter_init(&w, "drain", conn_who(c));
    return task_wait(&w, &c->drained);
}

void conn_set_write_limits(struct conn *c, size_t high, size_t low)
{
    if (high == CONN_DERIVED)
        high = low == CONN_DERIVED ? HIGH_WATER : low > SIZE_MAX / 4 ? SIZE_MAX : 4 * low;
    if (low == CONN_DERIVED)
        low = high / 4;
    c->high = high;
    c->low = low < high ? low : high;
    size_t queued = bytes_count(&c->out);
    if (queued > c->high) {
        c->paused = true;
    } else if (c->paused && queued <= c->low) {
        c->paused = false;
        wake_all(&c->drained, 0, "write", conn_who(c));
    }
}

void conn_write_limits(const struct conn *c, size_t *high, size_t *low)
{
    *high = c->high;
    *low = c->low;
}

size_t conn_write_queued(const struct conn *c)
{
    return bytes_count(&c->out);
}

int conn_write_eof(struct conn *c)
{
    if (c->error < 0)
        return c->error;
    if (c->state >= CONN_CLOSING || c->state == CONN_CONNECTING)
        return -EPIPE;
    if (c->eof_asked)
        return 0;
    if (c->is_pipe) { /* its one direction is all that it has */
        conn_close(c);
        return 0;
    }
    c->eof_asked = true;
    if (bytes_count(&c->out) == 0)
        finish_eof(c);
    return 0;
}

/* ---- opening */

/* While it connects, a connection's writing watch tells when it is done. */
static void on_connected(struct watch *w)
{
    struct conn *c = CONTAINER_OF(w, struct conn, writing);
    int err = 0;
    socklen_t length = sizeof err;
    watch_disarm_write(c->loop, &c->writing);
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &length) < 0)
        err = errno;
    wake_all(&c->closed, -err, "write", conn_who(c));
}

static int wait_connected(struct conn *c)
{
    struct waiter w;
    c->writing.ready = on_connected;
    int err = watch_arm_write(c->loop, &c->writing);
    if (err < 0)
        return err;
    waiter_init(&w, "connect", conn_who(c));
    err = task_wait(&w, &c->closed);
    watch_disarm_write(c->loop, &c->writing);
    c->writing.ready = on_writable;
    return err;
}

/* `src`: the program's own await, to which those in here belong. */
static int connect_one(const struct sockaddr *sa, socklen_t length, struct src src,
                       struct conn **conn)
{
    struct loop *loop = loop_current();
    int fd = socket_open(sa->sa_family);
    if (fd < 0)
        return fd;
    struct conn *c = conn_new(loop, fd, CONN_CONNECTING);
    if (c == NULL)
        return -ENOMEM;
    address_text(sa, length, c->peer);
    TRACE(loop, conn_open, c);
    int err = connect(fd, sa, length) < 0 ? -errno : 0;
    conn_called(c, sa);
    if (err == -EINPROGRESS || err == -EINTR) {
        await_at(src);
        err = wait_connected(c);
    }
    if (err == 0) {
        c->state = CONN_CONNECTED;
        TRACE(loop, conn_open, c);
        socket_set_options(fd);
        err = conn_start(c);
    }
    if (err < 0) {
        c->released = true;
        conn_fail(c, "connect", err);
        return err;
    }
    *conn = c;
    return 0;
}

int conn_open(const char *host, int port, struct conn **conn)
{
    struct src src = src_take_await();
    struct addresses to;
    if (task_current() == NULL)
        return -EINVAL;
    int err = address_of_digits(host, port, 0, &to);
    if (err == -EADDRNOTAVAIL) {
        await_at(src);
        err = lookup(host, port, &to);
    }
    if (err < 0)
        return err;
    err = -EADDRNOTAVAIL;
    for (int i = 0; i < to.n && err != 0 && err != -ECANCELED; i++)
        err = connect_one(&to.at[i].sa, to.at[i].length, src, conn);
    return err;
}

int conn_open_unix(const char *path, struct conn **conn)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int err = task_current() == NULL ? -EINVAL : address_of_path(path, &sa);
    if (err < 0)
        return err;
    return connect_one((struct sockaddr *)&sa, sizeof sa, src_take_await(), conn);
}

/* Of a datagram socket one read would be one packet, and an empty one no end of input. */
static int check_stream(int fd)
{
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
        return -errno;
    return type == SOCK_STREAM ? 0 : -EINVAL;
}

int conn_open_fd(int fd, struct conn **conn)
{
    struct loop *loop = loop_current();
    struct sockaddr_storage sa;
    socklen_t length = sizeof sa;
    if (loop != NULL && (watch_is_taken(loop, fd) || fd_is_taken(loop, fd)))
        return -EBUSY;
    int err = loop == NULL ? -EINVAL : check_stream(fd);
    if (err == 0 && getpeername(fd, (struct sockaddr *)&sa, &length) < 0)
        err = -errno;
    if (err == 0)
        err = socket_prepare(fd);
    if (err < 0) {
        close(fd);
        return err;
    }
    struct conn *c = conn_new(loop, fd, CONN_CONNECTED);
    if (c == NULL)
        return -ENOMEM;
    address_text((struct sockaddr *)&sa, length, c->peer);
    TRACE(loop, conn_open, c);
    socket_set_options(fd);
    err = conn_start(c);
    if (err < 0) {
        c->released = true;
        conn_fail(c, "select", err);
        return err;
    }
    *conn = c;
    return 0;
}

int conn_fd(const struct conn *c)
{
    return c->state == CONN_CLOSED ? -1 : c->fd;
}

/* ---- the end of the loop */

void conns_forget_readers(struct loop *loop)
{
    for (struct link *l = loop->conns.next; l != &loop->conns; l = l->next)
        CONTAINER_OF(l, struct conn, all)->reader = NULL;
}

/* No task is left to be woken: the waiters' stacks are gone. */
void conns_fini(struct loop *loop)
{
    while (!list_is_empty(&loop->conns)) {
        struct conn *c = CONTAINER_OF(loop->conns.next, struct conn, all);
        c->released = true;
        list_init(&c->drained);
        list_init(&c->closed);
        if (c->state == CONN_CLOSED) {
            conn_free(c);
            continue;
        }
        TRACE(loop, warn_not_closed_conn, c);
        conn_abort(c);
    }
    conns_bury(loop);
}

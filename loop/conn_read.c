/* conn_read.c - reading from connections.
 *
 * When select() finds a connection readable, the loop itself receives, in its I/O phase: straight into the buffer of
 * the task that waits in conn_read(), or else into c->in, where readers find it later.  So a peer's end of input is
 * seen also when nobody reads just then.  When twice the limit has piled up unread, the loop stops receiving until
 * half of it has been read; the peer then feels TCP's own back-pressure.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace.h"

enum { RECEIVE_AT_MOST = 64 * 1024 };

/* ---- the I/O phase */

static ssize_t receive(struct conn *c, char *into, size_t size)
{
    ssize_t n;
    do
        n = c->is_pipe ? read(c->fd, into, size) : recv(c->fd, into, size, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static void on_eof(struct conn *c)
{
    c->eof = true;
    c->state = CONN_HALF_CLOSED;
    TRACE(c->loop, conn_eof, c);
    watch_disarm_read(c->loop, &c->reading);
    if (c->is_pipe) { /* there is no other direction */
        conn_close(c);
        return;
    }
    if (c->reader != NULL && !c->reader->woken)
        wake_one(c->reader, 0, "read", conn_who(c));
}

/* The task waits in conn_read() and nothing is kept: no copy. */
static bool reads_directly(const struct conn *c)
{
    return c->reader != NULL && !c->reader->woken && c->read_into != NULL &&
           bytes_count(&c->in) == 0;
}

/* LESSON 02: bytes have come: they are fetched, and the task that waits for them becomes ready. */
void conn_on_readable(struct watch *w)
{
    struct conn *c = CONTAINER_OF(w, struct conn, reading);
    bool direct = reads_directly(c);
    if (!direct && c->loop->scratch == NULL &&
        (c->loop->scratch = malloc(RECEIVE_AT_MOST)) == NULL) {
        conn_fail(c, "recv", -ENOMEM);
        return;
    }
    char *into = direct ? c->read_into : c->loop->scratch;
    ssize_t n = receive(c, into, direct ? c->read_size : RECEIVE_AT_MOST);
    if (n == -EAGAIN || n == -EWOULDBLOCK)
        return; /* readiness is a hint, not a promise */
    if (n > 0 && !direct && bytes_append(&c->in, into, (size_t)n) < 0)
        n = -ENOMEM;
    if (n < 0) {
        conn_fail(c, "recv", (int)n);
        return;
    }
    if (n == 0) {
        on_eof(c);
        return;
    }
    c->total_in += (uint64_t)n;
    c->loop->totals.in += (uint64_t)n;
    TRACE(c->loop, conn_read, c, (size_t)n);
    if (c->reader != NULL && !c->reader->woken)
        wake_one(c->reader, direct ? (int)n : 0, "read", conn_who(c));
    if (bytes_count(&c->in) > 2 * c->read_limit && !c->keeps_all)
        watch_disarm_read(c->loop, &c->reading);
}

/* ---- a task reads */

/* After a pause, once no more than `limit` is kept. */
static void resume_receiving(struct conn *c, size_t limit)
{
    if (!c->reading.armed && !c->eof && c->state < CONN_CLOSING && bytes_count(&c->in) <= limit)
        watch_arm_read(c->loop, &c->reading);
}

/* Waits until something came: more in c->in, or (into != NULL) that many bytes at `into`; 0 also at the end of
 * input.  A read that is cancelled when the bytes are already here puts them back: nothing is lost. */
static int wait_for_input(struct conn *c, char *into, size_t size)
{
    struct waiter w;
    if (c->reader != NULL)
        return -EBUSY;
    waiter_init(&w, "read", conn_who(c));
    c->reader = &w;
    c->read_into = into;
    c->read_size = size < INT_MAX ? size : INT_MAX;
    int n = task_wait(&w, NULL);
    c->reader = NULL;
    c->read_into = NULL;
    if (n == -ECANCELED && w.result > 0 && bytes_unread(&c->in, into, (size_t)w.result) < 0)
        return -ENOMEM;
    return n;
}

static size_t take(struct conn *c, void *into, size_t size)
{
    size_t n = bytes_count(&c->in) < size ? bytes_count(&c->in) : size;
    if (n > 0) {
        memcpy(into, bytes_first(&c->in), n);
        bytes_consume(&c->in, n);
    }
    resume_receiving(c, c->read_limit);
    return n;
}

/* No more will come. */
static bool is_over(const struct conn *c)
{
    return c->eof || c->state >= CONN_CLOSING;
}

ssize_t conn_read(struct conn *c, void *buf, size_t size)
{
    if (c->error < 0)
        return c->error;
    if (size == 0)
        return 0;
    if (bytes_count(&c->in) == 0 && !is_over(c)) {
        int n = wait_for_input(c, buf, size);
        if (n != 0)
            return n;
    }
    return (ssize_t)take(c, buf, size);
}

/* The separator that ends what is read, and how far it was looked for. */
struct until {
    const char *separator;
    size_t n;
    size_t seen; /* no separator begins before */
    size_t most; /* the reader has room for no more, with it */
};

/* The length of what has come up to and with the separator, 0 if there is none yet. */
static size_t find_end(const struct conn *c, struct until *u)
{
    size_t count = bytes_count(&c->in);
    const char *first = count > 0 ? bytes_first(&c->in) : NULL;
    while (count - u->seen >= u->n && count > u->seen) {
        const char *at = memchr(first + u->seen, u->separator[0], count - u->seen - (u->n - 1));
        u->seen = at == NULL ? count - (u->n - 1) : (size_t)(at - first);
        if (at != NULL && memcmp(at, u->separator, u->n) == 0)
            return u->seen + u->n;
        u->seen += at != NULL;
    }
    return 0;
}

/* Waits for the separator, the end of input, or more than fits.  The length of what ends with the separator, 0: none
 * came; or -EMSGSIZE, -ENOBUFS, -ECANCELED ... */
static ssize_t wait_until(struct conn *c, struct until *u, struct src here)
{
    size_t length;
    if (c->error < 0)
        return c->error;
    while ((length = find_end(c, u)) == 0 && u->seen + u->n <= u->most && !is_over(c)) {
        await_at(here);
        resume_receiving(c, u->most); /* a line may be longer than what is kept unasked */
        int n = wait_for_input(c, NULL, 0);
        if (n < 0)
            return n;
    }
    if (length > u->most || (is_over(c) && length == 0 && bytes_count(&c->in) > u->most))
        return -EMSGSIZE;
    if (length == 0 && !is_over(c))
        return -ENOBUFS;
    return (ssize_t)length;
}

ssize_t conn_readuntil(struct conn *c, const void *separator, size_t n, void *buf, size_t size)
{
    struct until u = { .separator = separator, .n = n, .most = size };
    struct src here = src_take_await();
    if (n == 0 || n > size || size > SSIZE_MAX)
        return -EINVAL;
    ssize_t length = wait_until(c, &u, here);
    if (length == -EMSGSIZE || length == -ENOBUFS)
        c->overrun = u.seen;
    if (length < 0)
        return length;
    return (ssize_t)take(c, buf, length > 0 ? (size_t)length : size);
}

size_t conn_overrun(const struct conn *c)
{
    return c->overrun;
}

size_t conn_read_queued(const struct conn *c)
{
    return bytes_count(&c->in);
}

void conn_set_read_limit(struct conn *c, size_t bytes)
{
    c->read_limit = bytes < SIZE_MAX / 2 ? bytes : SIZE_MAX / 2; /* twice that is a size still */
    resume_receiving(c, bytes);
}

/* LESSON 08: waits until a newline is among what has come, in however many pieces it comes. */
ssize_t conn_readline(struct conn *c, char *buf, size_t size)
{
    struct until u = { .separator = "\n", .n = 1, .most = size - 1 };
    struct src here =
        src_take_await(); /* one await of the program's, however often it waits in here */
    if (size < 2 || size > SSIZE_MAX)
        return -EINVAL;
    buf[0] = '\0';
    ssize_t length = wait_until(c, &u, here);
    if (length == -EMSGSIZE || length == -ENOBUFS) {
        size_t count = bytes_count(&c->in);
        bytes_consume(&c->in, u.seen < count ? u.seen + 1 : count);
        resume_receiving(c, c->read_limit);
    }
    if (length < 0)
        return length;
    size_t n = take(c, buf, length > 0 ? (size_t)length : u.most);
    buf[n] = '\0';
    return (ssize_t)n;
}

ssize_t conn_readexactly(struct conn *c, void *buf, size_t size)
{
    struct src here = src_take_await();
    if (size > SSIZE_MAX)
        return -EINVAL;
    if (c->error < 0)
        return c->error;
    while (bytes_count(&c->in) < size && !is_over(c)) {
        await_at(here);
        resume_receiving(c, size); /* however much it is */
        int n = wait_for_input(c, NULL, 0);
        if (n < 0)
            return n;
    }
    return (ssize_t)take(c, buf, size);
}

bool conn_at_eof(const struct conn *c)
{
    return is_over(c) && bytes_count(&c->in) == 0;
}

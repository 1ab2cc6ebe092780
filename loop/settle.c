/* settle.c - under the virtual clock, what one end of a connection sends the other end has at once.
 *
 * When both ends of a connection are in this program, the kernel stands between them, and it takes its own time: a few
 * microseconds during which a virtual clock could jump by hours.  So before each virtual select() the loop waits,
 * in real time, until everything that is under way between its own ends has arrived.  Then the order of events depends on
 * the program alone, and its trace is the same every time.
 *
 * That holds for up to 32 KiB on their way in one direction of a connection.  Of more, the kernel may keep a part with
 * the sender until the receiver has read, as much as its timers and its estimates of the path say: in which pieces it is
 * read, and so in how many turns, is not defined.
 */
#include "inside.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#if defined(__linux__) && !defined(SIOCOUTQNSD)
#define SIOCOUTQNSD 0x894B /* linux/sockios.h */
#endif

enum {
    PATIENCE_MS = 1000, /* loopback needs microseconds; it only keeps a mistake from hanging */
    STILL_MS = 5,       /* where the kernel can't say what it has not sent: nothing more comes */
    SURELY_FITS = 32 * 1024, /* more may stay with the sender until the receiver has read */
    SOCKETS_MAX = 16,
};

static void wait_until(int fd, short events)
{
    struct pollfd p = { .fd = fd, .events = events };
    while (poll(&p, 1, PATIENCE_MS) < 0 && errno == EINTR)
        continue;
}

/* One of a server's sockets will have somebody to accept. */
static void wait_for_client(const struct server *s)
{
    struct pollfd p[SOCKETS_MAX];
    nfds_t n = 0;
    for (int i = 0; i < s->n_sockets && n < SOCKETS_MAX; i++)
        p[n++] = (struct pollfd){ .fd = s->sockets[i].watch.fd, .events = POLLIN };
    while (n > 0 && poll(p, n, PATIENCE_MS) < 0 && errno == EINTR)
        continue;
}

/* What the kernel has of fd's and has not sent: the peer must read first, so to wait for it is vain. */
static uint64_t unsent(int fd)
{
    int n = 0;
#ifdef SIOCOUTQNSD
    if (ioctl(fd, SIOCOUTQNSD, &n) < 0 || n < 0)
        n = 0;
#else
    (void)fd;
#endif
    return (uint64_t)n;
}

/* Until all that the partner has sent can be read, or it reset the connection. */
static void wait_for_bytes(const struct conn *c)
{
    int there = 0, before = 0;
    for (int ms = 0, still = 0; ms < PATIENCE_MS && still < STILL_MS; ms++) {
        uint64_t sent = c->partner->total_out - c->total_in, stuck = unsent(c->partner->fd);
        struct pollfd p = { .fd = c->fd, .events = POLLIN };
        if (ioctl(c->fd, FIONREAD, &there) < 0 || (uint64_t)there + stuck >= sent)
            return;
        if (there >= SURELY_FITS || (poll(&p, 1, 0) > 0 && (p.revents & (POLLERR | POLLHUP)) != 0))
            return;
        still = there > 0 && there == before ? still + 1 : 0;
        before = there;
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
}

static void settle_one(struct conn *c)
{
    if (c->state == CONN_CONNECTING)
        wait_until(c->fd, POLLOUT);
    if (c->awaits != NULL)
        wait_for_client(c->awaits);
    if (!c->reading.armed)
        return;
    if (c->partner != NULL && c->partner->total_out > c->total_in)
        wait_for_bytes(c);
    else if (c->partner_closed || (c->partner != NULL && c->partner->eof_sent))
        wait_until(c->fd, POLLIN);
}

void net_settle(struct loop *loop)
{
    for (struct link *l = loop->conns.next; l != &loop->conns; l = l->next) {
        struct conn *c = CONTAINER_OF(l, struct conn, all);
        if (c->state < CONN_CLOSING)
            settle_one(c);
    }
}

static bool listens_at(const struct server *s, const char *addr)
{
    for (int i = 0; i < s->n_sockets; i++)
        if (strcmp(s->sockets[i].addr, addr) == 0)
            return true;
    return false;
}

/* Of servers with the same port, the one with the very address; one that listens on all has another. */
void conn_called(struct conn *c, const struct sockaddr *to)
{
    struct sockaddr_storage local;
    socklen_t length = sizeof local;
    int port = address_port(to);
    if (!c->loop->clock.is_virtual || port == 0 ||
        getsockname(c->fd, (struct sockaddr *)&local, &length) < 0)
        return;
    c->local_port = address_port((struct sockaddr *)&local);
    for (struct link *l = c->loop->servers.next; l != &c->loop->servers; l = l->next) {
        struct server *s = CONTAINER_OF(l, struct server, all);
        if (s->serving && (listens_at(s, c->peer) || (c->awaits == NULL && s->port == port)))
            c->awaits = s;
    }
}

void conn_pair(struct conn *accepted, int peer_port)
{
    struct loop *loop = accepted->loop;
    for (struct link *l = loop->conns.next; l != &loop->conns && loop->clock.is_virtual;
         l = l->next) {
        struct conn *c = CONTAINER_OF(l, struct conn, all);
        if (c->awaits != accepted->server || c->local_port != peer_port)
            continue;
        c->awaits = NULL;
        accepted->partner_closed = c->state == CONN_CLOSED;
        if (accepted->partner_closed) /* nobody would part them when its record goes */
            return;
        c->partner = accepted;
        accepted->partner = c;
        return;
    }
}

void conn_unpair(struct conn *c)
{
    if (c->partner == NULL)
        return;
    c->partner->partner = NULL;
    c->partner->partner_closed = true;
    c->partner = NULL;
}

/* server.c - listening sockets, and a task for each client.
 *
 *     I/O phase: a listening socket is readable
 *         accept() until nobody waits any more       server:accept
 *         a connection, and a task that handles it   task:new, task:ready
 *     ready phase of the same turn: the handler's first step
 *
 * When the process runs out of descriptors, accept() fails although somebody waits, and select() would report
 * that in every turn: so the server says it once, looks away for a second, and tries again.
 *
 * Closing stops listening and leaves the connections alone.  A server that is shut down (server_serve_forever()
 * was cancelled) also cancels the handlers, so that an idle client never keeps the program from ending.
 */
#include "inside.h"

#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "socket.h"
#include "trace.h"

enum { BACKLOG = 100 };
static const ns ACCEPT_PAUSE = NS_PER_S;

/* ---- accepting */

static bool is_closed(const struct server *s)
{
    return s->n_sockets == 0;
}

static bool is_shortage(int err)
{
    return err == -EMFILE || err == -ENFILE || err == -ENOBUFS || err == -ENOMEM;
}

static void listen_again(void *arg)
{
    struct server *s = arg;
    s->resume = NULL;
    for (int i = 0; i < s->n_sockets; i++)
        watch_arm_read(s->loop, &s->sockets[i].watch);
}

static void look_away(struct server *s, int err)
{
    if (s->resume != NULL)
        return;
    TRACE(s->loop, server_refuse, s, err, ACCEPT_PAUSE);
    report(s->loop,
           &(struct loop_error){
               .message = "socket.accept() out of system resource", .error = err, .server = s },
           "server#%llu can't accept: %s; trying again in a second", (unsigned long long)s->id,
           strerror(-err));
    if (is_closed(s)) /* by who was told */
        return;
    for (int i = 0; i < s->n_sockets; i++)
        watch_disarm_read(s->loop, &s->sockets[i].watch);
    s->resume = callback_new(s->loop, listen_again, s, "listen_again");
    if (s->resume != NULL &&
        timer_arm(s->loop, &s->resume->timer, ACCEPT_PAUSE, (struct src){ 0 }) == 0)
        return;
    if (s->resume != NULL)
        callback_free(s->resume);
    listen_again(s); /* no memory even for that: go on asking */
}

static int handle_client(void *arg)
{
    struct conn *c = arg;
    return c->server->handler(c, c->server->arg);
}

/* The handler has returned: the connection ends with it. */
void server_handler_ended(struct task *t)
{
    struct conn *c = t->arg;
    if (t->future.result < 0 && t->future.result != -ECANCELED) {
        t->future.looked_at = true;
        t->future.holds++; /* who is told may release it */
        report(c->loop,
               &(struct loop_error){ .message = "Unhandled exception in client_connected_cb",
                                     .error = t->future.result,
                                     .task = t,
                                     .conn = c,
                                     .server = c->server },
               "handler %s#%llu failed: %s", task_name(t), (unsigned long long)t->handle.id,
               strerror(-t->future.result));
        t->future.holds--;
    }
    if (c->state < CONN_CLOSING && t->future.result >= 0)
        TRACE(c->loop, warn_not_closed_conn, c);
    c->task = NULL;
    conn_release(c);
}

static int welcome(struct server *s, int fd, const struct sockaddr_storage *sa, socklen_t length)
{
    struct conn *c = conn_new(s->loop, fd, CONN_CONNECTED);
    if (c == NULL)
        return -ENOMEM;
    c->server = s;
    address_text((const struct sockaddr *)sa, length, c->peer);
    s->n_conns++;
    s->accepted++;
    s->loop->totals.accepted++;
    TRACE(s->loop, server_accept, s, c);
    conn_pair(c, address_port((const struct sockaddr *)sa));

    int err = conn_start(c);
    if (err == 0)
        c->task = task_new(s->loop, handle_client, c, s->handler_name, conn_who(c), s->src);
    if (c->task == NULL) {
        conn_abort(c);
        conn_release(c);
        return -ENOMEM;
    }
    c->task->of_conn = true;
    task_release(c->task);
    return 0;
}

static bool is_not_ours(int err)
{
    return err == -EBADF || err == -ENOTSOCK || err == -EINVAL || err == -EOPNOTSUPP;
}

/* The program closed a listening socket behind our back, or put another file in its place, which is not ours to close. */
static void lose_socket(struct server *s, struct server_socket *sock, int err)
{
    int fd = sock->watch.fd;
    watch_disarm_read(s->loop, &sock->watch);
    sock->watch.fd = -1; /* before anybody is told, who may close the server */
    report(
        s->loop,
        &(struct loop_error){ .message = "a listening socket was closed or replaced by the program",
                              .error = err,
                              .server = s },
        "server#%llu is closed: fd %d, on which it listened, was closed or replaced by the "
        "program: %s",
        (unsigned long long)s->id, fd, strerror(-err));
    server_close(s);
}

/* An accept() that finds nobody is dear, since the kernel makes a socket before it looks (MEASURED: 2.9 us, a tenth of
 * what a connection costs; poll() 0.4). */
static bool nobody_waits(int fd)
{
    return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0) == 0;
}

/* LESSON 02: a listening socket is readable when somebody knocks.  Everybody who waits is let in now. */
static void on_acceptable(struct watch *w)
{
    struct server_socket *sock = CONTAINER_OF(w, struct server_socket, watch);
    struct server *s = sock->server;
    for (int i = 0; i < s->backlog; i++) {
        if (i > 0 && nobody_waits(w->fd))
            return;
        struct sockaddr_storage sa;
        socklen_t length = sizeof sa;
        int fd = socket_accept(w->fd, (struct sockaddr *)&sa, &length);
        if (fd == -EINTR || fd == -ECONNABORTED)
            continue;
        if (fd < 0 && is_shortage(fd))
            look_away(s, fd);
        else if (is_not_ours(fd))
            lose_socket(s, sock, fd);
        if (fd < 0)
            return;
        int err = welcome(s, fd, &sa, length);
        if (err < 0) {
            look_away(s, err);
            return;
        }
    }
}

/* ---- starting */

static struct server *server_new(struct loop *loop, conn_fn *handler, void *arg)
{
    struct src src = src_take();
    struct server *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (struct server){ .loop = loop,
                          .id = loop_new_id(loop),
                          .backlog = BACKLOG,
                          .handler = handler,
                          .arg = arg,
                          .handler_name = src.expr != NULL ? src.expr : "handler",
                          .src = src };
    list_init(&s->closed);
    list_append(&loop->servers, &s->all);
    return s;
}

static void server_free(struct server *s)
{
    list_remove(&s->all);
    free(s->sockets);
    free(s->unix_path);
    free(s);
}

/* Binds one more socket of this server.  0 or a negative errno. */
static int bind_one(struct server *s, const struct sockaddr *sa, socklen_t length)
{
    int yes = 1, fd = socket_open(sa->sa_family);
    if (fd < 0)
        return fd;
    socket_set_options(
        fd); /* on Linux whom it accepts inherits them: a system call less for each */
    if (sa->sa_family != AF_UNIX)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (sa->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    int err = socket_bind(fd, sa, length);
    if (err < 0) {
        close(fd);
        return err;
    }
    struct server_socket *sock = &s->sockets[s->n_sockets++];
    *sock = (struct server_socket){
        .server = s, .watch = { .ready = on_acceptable, .who = server_who(s), .fd = fd }
    };
    struct sockaddr_storage bound;
    socklen_t bound_length = sizeof bound;
    getsockname(fd, (struct sockaddr *)&bound, &bound_length);
    address_text((struct sockaddr *)&bound, bound_length, sock->addr);
    if (s->port == 0)
        s->port = address_port((struct sockaddr *)&bound);
    return 0;
}

static int listen_one(struct server *s, struct server_socket *sock)
{
    if (listen(sock->watch.fd, s->backlog) < 0)
        return -errno;
    TRACE(s->loop, server_listen, s, sock);
    return watch_arm_read(s->loop, &sock->watch);
}

static int listen_all(struct server *s)
{
    int err = 0;
    for (int i = 0; i < s->n_sockets && err == 0; i++)
        err = listen_one(s, &s->sockets[i]);
    for (int i = 0; i < s->n_sockets && err < 0; i++)
        watch_disarm_read(s->loop, &s->sockets[i].watch); /* the table may still move */
    s->serving = err == 0;
    return err;
}

static void close_sockets(struct server *s)
{
    for (int i = 0; i < s->n_sockets; i++) {
        watch_disarm_read(s->loop, &s->sockets[i].watch);
        close(s->sockets[i].watch.fd);
    }
    s->n_sockets = 0;
    if (s->unix_path != NULL && path_is_still(s->unix_path, s->unix_file))
        unlink(s->unix_path);
}

static struct server *give_up(struct server *s, int err)
{
    close_sockets(s);
    server_free(s);
    errno = -err;
    return NULL;
}

/* Room for n more sockets.  They may move: none is watched yet. */
static int reserve_sockets(struct server *s, int n)
{
    size_t size = (size_t)(s->n_sockets + n) * sizeof(struct server_socket);
    struct server_socket *more = realloc(s->sockets, size);
    if (more == NULL)
        return -ENOMEM;
    s->sockets = more;
    return 0;
}

/* "localhost" may have an IPv6 address on a machine without IPv6: the others will do. */
static bool is_no_address_here(int err)
{
    return err == -EADDRNOTAVAIL || err == -EAFNOSUPPORT;
}

/* Every address that the host has here, or none. */
static int bind_all(struct server *s, const char *host, int port)
{
    struct addresses to;
    int err = address_of_digits(host, port, 1, &to);
    if (err == -EADDRNOTAVAIL)
        err = address_of_name(host, port, 1, &to);
    if (err == 0)
        err = reserve_sockets(s, to.n);
    int before = s->n_sockets, unusable = 0;
    for (int i = 0; i < to.n && err == 0; i++) {
        err = bind_one(s, &to.at[i].sa, to.at[i].length);
        if (is_no_address_here(err)) {
            unusable = err;
            err = 0;
        }
    }
    while (err < 0 && s->n_sockets > before)
        close(s->sockets[--s->n_sockets].watch.fd);
    return err == 0 && s->n_sockets == before ? unusable : err;
}

int server_bind_also(struct server *s, const char *host, int port)
{
    if (s->n_sockets == 0)
        return -EINVAL;
    return s->serving ? -EBUSY : bind_all(s, host, port);
}

struct server *(server_bind)(const char *host, int port, conn_fn *handler, void *arg)
{
    struct loop *loop = loop_current();
    if (loop == NULL || handler == NULL) {
        errno = EINVAL;
        return NULL;
    }
    struct server *s = server_new(loop, handler, arg);
    if (s == NULL)
        return NULL;
    int err = bind_all(s, host, port);
    return err < 0 ? give_up(s, err) : s;
}

int server_start_serving(struct server *s)
{
    if (s->n_sockets == 0)
        return -EINVAL;
    return s->serving ? 0 : listen_all(s);
}

struct server *(server_start)(const char *host, int port, conn_fn *handler, void *arg)
{
    struct server *s = (server_bind)(host, port, handler, arg);
    if (s == NULL)
        return NULL;
    int err = server_start_serving(s);
    return err < 0 ? give_up(s, err) : s;
}

/* A socket that nobody answers at is left over from a program that died: it may go.  As asyncio does. */
static void remove_stale(const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path);
}

struct server *(server_start_unix)(const char *path, conn_fn *handler, void *arg)
{
    struct loop *loop = loop_current();
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int err = loop == NULL || handler == NULL ? -EINVAL : address_of_path(path, &sa);
    if (err < 0) {
        errno = -err;
        return NULL;
    }
    struct server *s = server_new(loop, handler, arg);
    if (s == NULL)
        return NULL;
    s->sockets = calloc(1, sizeof *s->sockets);
    s->unix_path = strdup(path);
    if (s->sockets == NULL || s->unix_path == NULL)
        return give_up(s, -ENOMEM);
    remove_stale(path);
    err = bind_one(s, (struct sockaddr *)&sa, sizeof sa);
    if (err == 0) {
        s->unix_file = path_id(path);
        err = listen_all(s);
    }
    return err < 0 ? give_up(s, err) : s;
}

/* ---- serving and closing */

void server_conn_gone(struct server *s)
{
    s->n_conns--;
    if (s->n_conns == 0 && is_closed(s))
        wake_all(&s->closed, 0, "done", server_who(s));
}

void server_close(struct server *s)
{
    if (is_closed(s))
        return;
    close_sockets(s);
    s->serving = false;
    if (s->resume != NULL)
        call_cancel((struct call){ s->resume, s->resume->handle.id });
    s->resume = NULL;
    TRACE(s->loop, server_close, s);
    if (s->forever != NULL && !s->forever->woken)
        wake_one(s->forever, -ECANCELED, "done", server_who(s));
    if (s->n_conns == 0)
        wake_all(&s->closed, 0, "done", server_who(s));
}

static void cancel_handlers(struct server *s)
{
    for (struct link *l = s->loop->conns.next; l != &s->loop->conns; l = l->next) {
        struct conn *c = CONTAINER_OF(l, struct conn, all);
        if (c->server == s && c->task != NULL && c->task != task_current())
            (task_cancel)(c->task);
    }
}

int server_serve_forever(struct server *s)
{
    if (is_closed(s) || task_current() == NULL)
        return -EINVAL;
    if (s->forever != NULL)
        return -EBUSY;
    struct src here = src_take_await();
    int err = server_start_serving(s);
    if (err < 0)
        return err;
    struct waiter w;
    waiter_init(&w, "accept", server_who(s));
    s->forever = &w;
    await_at(here);
    err = task_wait(&w, NULL);
    s->forever = NULL;
    if (!is_closed(s)) {
        server_close(s);
        cancel_handlers(s);
    }
    return err;
}

int server_wait_closed(struct server *s)
{
    if (is_closed(s) && s->n_conns == 0)
        return 0;
    struct waiter w;
    waiter_init(&w, "closed", server_who(s));
    return task_wait(&w, &s->closed);
}

int server_set_backlog(struct server *s, int backlog)
{
    if (backlog <= 0 || is_closed(s))
        return -EINVAL;
    s->backlog = backlog;
    for (int i = 0; i < s->n_sockets; i++)
        if (s->serving && listen(s->sockets[i].watch.fd, backlog) < 0)
            return -errno;
    return 0;
}

bool server_is_serving(const struct server *s)
{
    return s->serving;
}

int server_port(const struct server *s)
{
    return s->port;
}

int server_fd(const struct server *s, int i)
{
    return i >= 0 && i < s->n_sockets ? s->sockets[i].watch.fd : -1;
}

/* ---- as Python prints it */

static int describe_socket(const struct server_socket *sock, char *text, size_t size)
{
    char host[ADDRESS_TEXT];
    bool ipv6 = sock->addr[0] == '[';
    strcpy(host, sock->addr + (ipv6 ? 1 : 0));
    char *colon = sock->server->unix_path == NULL ? strrchr(host, ':') : NULL;
    if (colon == NULL)
        return snprintf(text, size,
                        "<asyncio.TransportSocket fd=%d, family=%d, type=%d, proto=0, laddr=%s>",
                        sock->watch.fd, AF_UNIX, SOCK_STREAM, sock->addr);
    colon[ipv6 ? -1 : 0] = '\0';
    return snprintf(
        text, size,
        "<asyncio.TransportSocket fd=%d, family=%d, type=%d, proto=%d, laddr=('%s', %s%s)>",
        sock->watch.fd, ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP, host, colon + 1,
        ipv6 ? ", 0, 0" : "");
}

const char *server_describe(const struct server *s, char *buf, size_t size)
{
    size_t at = (size_t)snprintf(buf, size, "<Server sockets=(");
    for (int i = 0; i < s->n_sockets && at < size; i++) {
        at += (size_t)describe_socket(&s->sockets[i], buf + at, size - at);
        if (at < size)
            at += (size_t)snprintf(buf + at, size - at, "%s",
                                   i + 1 < s->n_sockets ? ", "
                                   : i == 0             ? ","
                                                        : "");
    }
    if (at < size)
        snprintf(buf + at, size - at, ")>");
    return buf;
}

/* ---- the end of the loop */

void servers_forget_tasks(struct loop *loop)
{
    for (struct link *l = loop->servers.next; l != &loop->servers; l = l->next)
        CONTAINER_OF(l, struct server, all)->forever = NULL;
}

void servers_fini(struct loop *loop)
{
    while (!list_is_empty(&loop->servers)) {
        struct server *s = CONTAINER_OF(loop->servers.next, struct server, all);
        if (!is_closed(s)) {
            TRACE(loop, warn_not_closed_server, s);
            list_init(&s->closed);
            server_close(s);
        }
        server_free(s);
    }
}

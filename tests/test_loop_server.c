/*
 * test_loop_server.c - servers: listening, accepting, closing, and what ends them
 */
#include "loop_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "inside.h"

/* ---- handlers */

static int greet(struct conn *conn, void *greeting)
{
    conn_printf(conn, "%s\n", (const char *)greeting);
    conn_close(conn);
    return 0;
}

static int echo_lines(struct conn *conn, void *unused)
{
    char line[256];
    ssize_t n;
    (void)unused;
    while ((n = await(conn_readline(conn, line, sizeof line))) > 0) {
        conn_write(conn, line, (size_t)n);
        if (await(conn_drain(conn)) < 0)
            break;
    }
    conn_close(conn);
    return n < 0 ? (int)n : 0;
}

static int read_greeting(int port, char *line, size_t size)
{
    struct conn *c;
    int err = await(conn_open("127.0.0.1", port, &c));
    if (err < 0)
        return err;
    ssize_t n = await(conn_readline(c, line, size));
    conn_release(c);
    return (int)n;
}

/* ---- serving */

static int serve_one(void *unused)
{
    char line[64], text[256];
    struct server *s = server_start("127.0.0.1", 0, greet, "hello");
    (void)unused;
    if (s == NULL)
        return -errno;
    say("serving:%d port:%d", server_is_serving(s), server_port(s) > 0);
    say("read:%d", read_greeting(server_port(s), line, sizeof line));
    say("%.5s", line);
    server_close(s);
    server_close(s); /* again is harmless */
    say("serving:%d", server_is_serving(s));
    say("closed:%d", await(server_wait_closed(s)));
    say("%s", server_describe(s, text, sizeof text));
    say("refused:%d", read_greeting(server_port(s), line, sizeof line) == -ECONNREFUSED);
    return 0;
}

static void a_client_is_accepted_greeted_and_after_the_close_refused(void **state)
{
    (void)state;
    assert_int_equal(run_main(serve_one), 0);
    assert_said("serving:1 port:1 read:6 hello serving:0 closed:0 <Server sockets=()> refused:1");
}

enum { CLIENTS = 50 };
static int clients_served;

static int talk(void *server)
{
    struct conn *c;
    char line[64], want[64];
    if (await(conn_open("127.0.0.1", server_port(server), &c)) < 0)
        return -1;
    for (int i = 0; i < 20; i++) {
        snprintf(want, sizeof want, "%s %d\n", task_name(task_current()), i);
        conn_write(c, want, strlen(want));
        if (await(conn_readline(c, line, sizeof line)) != (ssize_t)strlen(want) ||
            strcmp(line, want) != 0)
            return -1;
    }
    clients_served++;
    conn_release(c);
    return 0;
}

static int serve_fifty(void *unused)
{
    struct server *s = server_start("127.0.0.1", 0, echo_lines, NULL);
    struct task *clients[CLIENTS];
    char name[32];
    (void)unused;
    if (s == NULL)
        return -errno;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = task_create(talk, s);
        snprintf(name, sizeof name, "client %d", i);
        task_set_name(clients[i], name);
    }
    for (int i = 0; i < CLIENTS; i++)
        await(task_join(clients[i]));
    server_close(s);
    await(server_wait_closed(s));
    say("served:%d accepted:%d", clients_served, (int)s->accepted);
    return 0;
}

static void fifty_clients_at_once_are_each_served_by_their_own_handler(void **state)
{
    (void)state;
    clients_served = 0;
    assert_int_equal(run_main(serve_fifty), 0);
    assert_said("served:50 accepted:50");
}

static int describe(void *unused)
{
    char text[256], want[256], small[20];
    struct server *s = server_start("127.0.0.1", 0, greet, "");
    (void)unused;
    snprintf(want, sizeof want,
             "<Server sockets=(<asyncio.TransportSocket fd=%d, family=2, type=1, proto=6, "
             "laddr=('127.0.0.1', %d)>,)>",
             s->sockets[0].watch.fd, server_port(s));
    say("%d", strcmp(server_describe(s, text, sizeof text), want));
    say("%s", server_describe(s, small, sizeof small));
    struct server *u = server_start_unix(temporary("d.sock"), greet, "");
    snprintf(
        want, sizeof want,
        "<Server sockets=(<asyncio.TransportSocket fd=%d, family=1, type=1, proto=0, laddr=%s>,)>",
        u->sockets[0].watch.fd, temporary("d.sock"));
    say("%d", strcmp(server_describe(u, text, sizeof text), want));
    struct server *six = server_start("::1", 0, greet, "");
    if (six != NULL) {
        server_describe(six, text, sizeof text);
        say("%d", strstr(text, "laddr=('::1', ") != NULL && strstr(text, ", 0, 0)>,)>") != NULL);
    } else {
        say("1"); /* no IPv6 here */
    }
    server_close(s);
    server_close(u);
    if (six != NULL)
        server_close(six);
    return 0;
}

static void a_server_is_described_as_python_prints_it(void **state)
{
    (void)state;
    assert_int_equal(run_main(describe), 0);
    assert_said("0 <Server sockets=(<a 0 1");
}

static int option(int fd, int level, int name)
{
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(fd, level, name, &value, &size) == 0 && value != 0;
}

static void say_options(int fd)
{
    say("%d%d%d%d", option(fd, SOL_SOCKET, SO_REUSEADDR), option(fd, IPPROTO_TCP, TCP_NODELAY),
        (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

static int tell_options(struct conn *conn, void *unused)
{
    (void)unused;
    say_options(conn->fd);
    conn_close(conn);
    return 0;
}

static int look_at_options(void *unused)
{
    struct conn *c;
    char byte;
    struct server *s = server_start("127.0.0.1", 0, tell_options, NULL);
    (void)unused;
    say_options(s->sockets[0].watch.fd);
    await(conn_open("127.0.0.1", server_port(s), &c));
    await(conn_read(c, &byte, 1));
    say_options(c->fd);
    conn_release(c);
    server_close(s);
    return 0;
}

static void sockets_have_the_options_that_asyncio_gives_them(void **state)
{
    (void)state;
    assert_int_equal(run_main(look_at_options), 0);
    assert_true(strncmp(said, "1111 ", 5) == 0); /* listening: may be bound again at once */
    assert_true(strstr(said, " 1111 0111") !=
                    NULL || /* accepted ones inherit SO_REUSEADDR here and there */
                strstr(said, " 0111 0111") != NULL);
}

/* ---- what can't be had */

static int start_in_vain(void *unused)
{
    char long_path[300];
    struct server *s = server_start("127.0.0.1", 0, greet, "");
    (void)unused;
    memset(long_path, 'x', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    say("%d", server_start("127.0.0.1", server_port(s), greet, "") == NULL && errno == EADDRINUSE);
    say("%d", server_start("127.0.0.1", 70000, greet, "") == NULL && errno == EINVAL);
    say("%d", server_start("127.0.0.1", -1, greet, "") == NULL && errno == EINVAL);
    say("%d", server_start("192.0.2.1", 0, greet, "") == NULL && errno == EADDRNOTAVAIL);
    say("%d", server_start("no such name.invalid", 0, greet, "") == NULL && errno == EADDRNOTAVAIL);
    say("%d", server_start_unix(long_path, greet, "") == NULL && errno == ENAMETOOLONG);
    say("%d", server_start_unix("/no/such/dir/sock", greet, "") == NULL && errno == ENOENT);
    say("left:%d", loop_current()->servers.next->next == &loop_current()->servers);
    server_close(s);
    return 0;
}

static void a_server_that_can_not_be_had_says_why_and_leaves_nothing(void **state)
{
    (void)state;
    assert_null(server_start("127.0.0.1", 0, greet, "")); /* no loop runs */
    assert_int_equal(errno, EINVAL);
    assert_int_equal(run_main(start_in_vain), 0);
    assert_said("1 1 1 1 1 1 1 left:1");
}

static int fixed_port;

static int serve_and_leave_open(void *unused)
{
    char line[16];
    struct server *s = server_start("127.0.0.1", fixed_port, greet, "hi");
    (void)unused;
    if (s == NULL)
        return -errno;
    fixed_port = server_port(s);
    return read_greeting(fixed_port, line, sizeof line) == 3 ? 0 : 1;
}

static void twenty_restarts_in_a_row_find_their_port_free(void **state)
{
    (void)state;
    fixed_port = 0;
    for (int i = 0; i < 20; i++)
        assert_int_equal(run_main(serve_and_leave_open), 0);
}

/* ---- Unix sockets */

static int serve_unix(void *unused)
{
    struct stat st;
    struct conn *c;
    char line[64];
    const char *path = temporary("s.sock");
    struct server *s = server_start_unix(path, greet, "unix");
    (void)unused;
    if (s == NULL)
        return -errno;
    say("%o port:%d", lstat(path, &st) == 0 ? (unsigned)st.st_mode & 0777 : 0, server_port(s));
    if (await(conn_open_unix(path, &c)) < 0)
        return 1;
    await(conn_readline(c, line, sizeof line));
    say("%.4s from %s", line, strcmp(conn_peer(c), path) == 0 ? "path" : conn_peer(c));
    conn_release(c);
    server_close(s);
    say("left:%d", lstat(path, &st) == 0);
    return 0;
}

static void a_unix_server_is_private_and_takes_its_socket_away(void **state)
{
    (void)state;
    assert_int_equal(run_main(serve_unix), 0);
    assert_said("600 port:0 unix from path left:0");
}

static void a_unix_server_replaces_a_socket_that_was_left_over(void **state)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)state;
    strcpy(sa.sun_path, temporary("s.sock"));
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    close(fd);
    assert_int_equal(run_main(serve_unix), 0);
    said[0] = '\0';
}

static int start_on_a_file(void *unused)
{
    (void)unused;
    say("%d", server_start_unix(temporary("file"), greet, "") == NULL && errno == EADDRINUSE);
    return 0;
}

static void a_unix_server_never_removes_a_file(void **state)
{
    int fd = open(temporary("file"), O_CREAT | O_WRONLY, 0600);
    (void)state;
    close(fd);
    assert_int_equal(run_main(start_on_a_file), 0);
    assert_said("1");
    assert_int_equal(unlink(temporary("file")), 0);
}

/* ---- closing */

static int close_but_keep_the_client(void *unused)
{
    struct conn *c;
    char line[64];
    struct server *s = server_start("127.0.0.1", 0, echo_lines, NULL);
    (void)unused;
    if (await(conn_open("127.0.0.1", server_port(s), &c)) < 0)
        return 1;
    conn_write(c, "one\n", 4);
    await(conn_readline(c, line, sizeof line));
    say("%.3s", line);
    server_close(s);
    conn_write(c, "two\n", 4);
    await(conn_readline(c, line, sizeof line));
    say("%.3s", line);
    conn_close(c);
    say("closed:%d", await(server_wait_closed(s)));
    say("conns:%d", s->n_conns);
    return 0;
}

static void closing_a_server_leaves_its_connections_alone(void **state)
{
    (void)state;
    assert_int_equal(run_main(close_but_keep_the_client), 0);
    assert_said("one two closed:0 conns:0");
}

static int serve_for_ever(void *server)
{
    int err = await(server_serve_forever(server));
    say("%s", err == -ECANCELED ? "cancelled"
              : err == -EBUSY   ? "busy"
              : err == -EINVAL  ? "closed"
                                : "?");
    say("serving:%d", server_is_serving(server));
    return err;
}

static int end_both_ways(void *unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++) {
        struct server *s = server_start("127.0.0.1", 0, echo_lines, NULL);
        struct task *t = task_create(serve_for_ever, s);
        await(task_yield());
        serve_for_ever(s); /* a second one */
        if (i == 0)
            task_cancel(t);
        else
            server_close(s);
        await(task_join(t));
        say("task:%d", task_is_cancelled(t));
        say("wait:%d", await(server_wait_closed(s)));
        serve_for_ever(s); /* a third */
    }
    return 0;
}

static void serve_forever_ends_by_cancel_or_close_and_never_otherwise(void **state)
{
    (void)state;
    assert_int_equal(run_main(end_both_ways), 0);
    assert_said("busy serving:1 cancelled serving:0 task:1 wait:0 closed serving:0 "
                "busy serving:1 cancelled serving:0 task:1 wait:0 closed serving:0");
}

static int idle_client(void *server)
{
    struct conn *c;
    char byte;
    if (await(conn_open("127.0.0.1", server_port(server), &c)) < 0)
        return 1;
    ssize_t n = await(conn_read(c, &byte, 1)); /* says nothing, waits for ever */
    say("client:%d", (int)n);
    conn_release(c);
    return 0;
}

static int shut_down_with_an_idle_client(void *unused)
{
    struct server *s = server_start("127.0.0.1", 0, echo_lines, NULL);
    struct task *client = task_create(idle_client, s), *t = task_create(serve_for_ever, s);
    (void)unused;
    await(task_sleep(0.01));
    task_cancel(t);
    await(task_join(t));
    say("wait:%d", await(server_wait_closed(s)));
    await(task_join(client));
    return 0;
}

static void an_idle_client_keeps_no_server_from_shutting_down(void **state)
{
    (void)state;
    assert_int_equal(run_main(shut_down_with_an_idle_client), 0);
    assert_said("cancelled serving:0 wait:0 client:0");
}

/* ---- handlers that fail */

static int fail_on_bad(struct conn *conn, void *unused)
{
    char line[64];
    (void)unused;
    await(conn_readline(conn, line, sizeof line));
    if (strcmp(line, "bad\n") == 0)
        return -EPROTO;
    conn_write(conn, "ok\n", 3);
    return 0; /* it forgets to close */
}

static int good_and_bad(void *unused)
{
    struct conn *good, *bad;
    char line[64] = "";
    struct server *s = server_start("127.0.0.1", 0, fail_on_bad, NULL);
    (void)unused;
    await(conn_open("127.0.0.1", server_port(s), &good));
    await(conn_open("127.0.0.1", server_port(s), &bad));
    conn_write(bad, "bad\n", 4);
    fprintf(stderr, "bad reads %d\n", (int)await(conn_read(bad, line, sizeof line)));
    conn_write(good, "good\n", 5);
    await(conn_readline(good, line, sizeof line));
    fprintf(stderr, "good reads %s", line);
    fprintf(stderr, "then %d\n", (int)await(conn_read(good, line, sizeof line)));
    return 0;
}

static void run_good_and_bad(void)
{
    _exit(loop_run(good_and_bad, NULL));
}

static void a_handler_that_fails_is_told_and_disturbs_no_other(void **state)
{
    (void)state;
    assert_int_equal(in_child(run_good_and_bad), 0);
    assert_non_null(strstr(said, "loop: handler fail_on_bad#"));
    assert_non_null(strstr(said, " failed: Protocol error\n"));
    assert_non_null(strstr(said, "bad reads 0\ngood reads ok\nthen 0\n"));
}

static int cancel_myself(struct conn *conn, void *unused)
{
    (void)conn;
    (void)unused;
    task_cancel(task_current());
    return await(task_yield());
}

static int meet_the_cancelled(void *unused)
{
    struct conn *c;
    char byte;
    struct server *s = server_start("127.0.0.1", 0, cancel_myself, NULL);
    (void)unused;
    await(conn_open("127.0.0.1", server_port(s), &c));
    say("%d", (int)await(conn_read(c, &byte, 1)));
    conn_release(c);
    server_close(s);
    say("%d", await(server_wait_closed(s)));
    return 0;
}

static void a_cancelled_handler_closes_its_connection(void **state)
{
    (void)state;
    assert_int_equal(run_main(meet_the_cancelled), 0);
    assert_said("0 0");
}

/* ---- too many clients for the descriptors that there are */

static int hold_for_a_while(struct conn *conn, void *unused)
{
    (void)unused;
    await(task_sleep(0.3));
    conn_write(conn, "at last\n", 8);
    conn_close(conn);
    return 0;
}

/* A client that the loop knows nothing of. */
static int knock_at(const struct server *s)
{
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)server_port(s)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int client = socket(AF_INET, SOCK_STREAM, 0);
    if (client < 0 || connect(client, (struct sockaddr *)&sa, sizeof sa) < 0)
        _exit(9);
    return client;
}

/* As a program, with 40 descriptors and no more. */
static _Noreturn void run_with_few(task_fn *fn, void *arg)
{
    struct rlimit few = { 40, 40 };
    setrlimit(RLIMIT_NOFILE, &few);
    _exit(loop_run(fn, arg));
}

static int overcrowd(void *unused)
{
    struct server *s = server_start("127.0.0.1", 0, hold_for_a_while, NULL);
    int clients[8], spare[64], n_spare = 0, fd, n_served = 0;
    char line[16];
    (void)unused;
    for (size_t i = 0; i < COUNT(clients); i++)
        clients[i] = knock_at(s);
    while (n_spare < (int)COUNT(spare) && (fd = dup(0)) >= 0)
        spare[n_spare++] = fd;
    if (n_spare == (int)COUNT(spare))
        _exit(8);
    for (int i = 0; i < 3; i++)
        close(spare[--n_spare]); /* room for three of the eight */
    struct loop *loop = loop_current();
    uint64_t turns = loop->turns;
    await(task_sleep(0.9));
    fprintf(stderr, "accepted %d, turns below 30: %d\n", (int)s->accepted,
            loop->turns - turns < 30);
    while (n_spare > 0)
        close(spare[--n_spare]);
    await(task_sleep(0.6)); /* a second after it looked away, it accepts the others */
    for (size_t i = 0; i < COUNT(clients); i++)
        n_served += recv(clients[i], line, sizeof line, MSG_DONTWAIT) == 8;
    fprintf(stderr, "served %d\n", n_served);
    return 0;
}

static void run_overcrowded(void)
{
    run_with_few(overcrowd, NULL);
}

static void out_of_descriptors_a_server_says_so_once_and_resumes(void **state)
{
    (void)state;
    if (RUNNING_ON_VALGRIND) /* it has a limit of its own */
        skip();
    assert_int_equal(in_child(run_overcrowded), 0);
    char *told = strstr(said, "can't accept: Too many open files; trying again in a second\n");
    assert_non_null(told);
    assert_null(strstr(told + 1, "can't accept"));
    assert_non_null(strstr(said, "accepted 3, turns below 30: 1\n"));
    assert_non_null(strstr(said, "served 8\n"));
}

/* The one client who waits gets the last descriptor: nobody else does, so nothing is refused. */
static int serve_with_the_last_descriptor(void *unused)
{
    struct server *s = server_start("127.0.0.1", 0, hold_for_a_while, NULL);
    int last = -1, fd;
    (void)unused;
    knock_at(s);
    while ((fd = dup(0)) >= 0)
        last = fd;
    close(last);
    await(task_sleep(0.05));
    fprintf(stderr, "accepted %d, looks away %d\n", (int)s->accepted, s->resume != NULL);
    return 0;
}

static void run_with_the_last_descriptor(void)
{
    run_with_few(serve_with_the_last_descriptor, NULL);
}

static void a_server_that_gave_its_last_descriptor_refuses_nobody(void **state)
{
    (void)state;
    if (RUNNING_ON_VALGRIND) /* it has a limit of its own */
        skip();
    assert_int_equal(in_child(run_with_the_last_descriptor), 0);
    assert_non_null(strstr(said, "accepted 1, looks away 0\n"));
    assert_null(strstr(said, "can't accept"));
}

static int close_it(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)unused;
    say("told:%d", error->server != NULL);
    server_close(error->server);
    return 0;
}

static int close_while_looking_away(void *by_handler)
{
    struct server *s = server_start("127.0.0.1", 0, hold_for_a_while, NULL);
    if (by_handler != NULL)
        loop_set_error_handler(loop_current(), close_it, NULL);
    knock_at(s);
    while (dup(0) >= 0)
        continue;
    await(task_sleep(0.01));
    if (by_handler != NULL)
        fprintf(stderr, "closed %d, to resume %d\n", !server_is_serving(s), s->resume != NULL);
    server_close(s);
    await(task_sleep(1.1)); /* nothing listens again */
    fprintf(stderr, "serving %d, wait %d\n", server_is_serving(s), await(server_wait_closed(s)));
    return 0;
}

static void run_closed_while_looking_away(void)
{
    run_with_few(close_while_looking_away, NULL);
}

static void run_closed_by_the_error_handler(void)
{
    run_with_few(close_while_looking_away, "by handler");
}

static void a_server_closed_while_it_looks_away_stays_closed(void **state)
{
    (void)state;
    assert_int_equal(in_child(run_closed_while_looking_away), 0);
    assert_non_null(strstr(said, "serving 0, wait 0\n"));
}

static void a_server_closed_by_who_is_told_that_it_looks_away_stays_closed(void **state)
{
    (void)state;
    assert_int_equal(in_child(run_closed_by_the_error_handler), 0);
    assert_non_null(strstr(said, "closed 1, to resume 0\n"));
    assert_non_null(strstr(said, "serving 0, wait 0\n"));
}

/* ---- the end of the loop */

static void closing_the_loop_closes_servers_and_connections(void **state)
{
    int result = 0, before = 0, after = 0;
    (void)state;
    for (int fd = 0; fd < 256; fd++)
        before += watch_is_open(fd);
    for (int i = 0; i < 5; i++)
        assert_int_equal(runner_run(serve_and_leave_open, NULL, &result), 0);
    for (int fd = 0; fd < 256; fd++)
        after += watch_is_open(fd);
    assert_int_equal(before, after);
}

/* ---- bound, and serving later */

static int bind_two(void *unused)
{
    char line[64], text[256];
    struct conn *c;
    struct server *s = server_bind("127.0.0.1", 0, greet, "hello");
    (void)unused;
    if (s == NULL)
        return -errno;
    int port = server_port(s);
    say("backlog:%d,%d", server_set_backlog(s, 7), server_set_backlog(s, 0) == -EINVAL);
    say("also:%d nonsense:%d", server_bind_also(s, "127.0.0.2", port),
        server_bind_also(s, "192.0.2.1", port) == -EADDRNOTAVAIL);
    say("serving:%d refused:%d", server_is_serving(s),
        await(conn_open("127.0.0.2", port, &c)) == -ECONNREFUSED);
    say("starts:%d", server_start_serving(s));
    say("again:%d", server_start_serving(s));
    say("busy:%d", server_bind_also(s, "127.0.0.3", port) == -EBUSY);
    say("first:%d", read_greeting(port, line, sizeof line));
    if (await(conn_open("127.0.0.2", port, &c)) == 0) {
        say("second:%zd", await(conn_readline(c, line, sizeof line)));
        conn_release(c);
    }
    server_describe(s, text, sizeof text);
    say("sockets:%d", strstr(text, "127.0.0.1") != NULL && strstr(text, "127.0.0.2") != NULL);
    server_close(s);
    say("closed:%d", server_bind_also(s, "127.0.0.1", 0) == -EINVAL && server_fd(s, 0) < 0);
    return server_start_serving(s) == -EINVAL ? 0 : -EIO;
}

static void a_bound_server_takes_more_addresses_until_it_serves(void **state)
{
    int result;
    (void)state;
    assert_int_equal(runner_run(bind_two, NULL, &result), 0);
    assert_said("backlog:0,1 also:0 nonsense:1 serving:0 refused:1 starts:0 again:0 busy:1 first:6 "
                "second:6 sockets:1 closed:1");
    assert_int_equal(result, 0);
}

/* ---- what is not ours any more */

static int replace_its_socket(void *null)
{
    struct server *s = server_start("127.0.0.1", 0, greet, "");
    if (s == NULL)
        return -errno;
    int fd = server_fd(s, 0);
    loop_set_error_handler(loop_current(), close_it, NULL);
    dup2(*(int *)null, fd);
    say("%d", await(server_serve_forever(s)) == -ECANCELED);
    say("open:%d", watch_is_open(fd));
    close(fd);
    return 0;
}

static void a_server_that_is_closed_when_its_socket_is_lost_keeps_its_hands_off(void **state)
{
    int null = open("/dev/null", O_RDWR), result;
    (void)state;
    assert_int_equal(runner_run(replace_its_socket, &null, &result), 0);
    assert_said("told:1 1 open:1");
    close(null);
}

static int replace_its_file(void *unused)
{
    struct stat st;
    const char *path = temporary("s.sock");
    struct server *first = server_start_unix(path, greet, "first");
    struct server *second = server_start_unix(path, greet, "second"); /* as asyncio lets it */
    (void)unused;
    if (first == NULL || second == NULL)
        return -errno;
    server_close(first);
    say("left:%d", lstat(path, &st) == 0);
    server_close(second);
    say("left:%d", lstat(path, &st) == 0);
    return 0;
}

static void a_unix_server_leaves_alone_what_has_taken_its_place(void **state)
{
    (void)state;
    assert_int_equal(run_main(replace_its_file), 0);
    assert_said("left:1 left:0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(a_bound_server_takes_more_addresses_until_it_serves),
        VIRTUAL(a_server_that_is_closed_when_its_socket_is_lost_keeps_its_hands_off),
        REAL(a_unix_server_leaves_alone_what_has_taken_its_place),
        VIRTUAL(a_client_is_accepted_greeted_and_after_the_close_refused),
        REAL(a_client_is_accepted_greeted_and_after_the_close_refused),
        VIRTUAL(fifty_clients_at_once_are_each_served_by_their_own_handler),
        REAL(fifty_clients_at_once_are_each_served_by_their_own_handler),
        VIRTUAL(a_server_is_described_as_python_prints_it),
        REAL(sockets_have_the_options_that_asyncio_gives_them),
        VIRTUAL(a_server_that_can_not_be_had_says_why_and_leaves_nothing),
        REAL(twenty_restarts_in_a_row_find_their_port_free),
        REAL(a_unix_server_is_private_and_takes_its_socket_away),
        REAL(a_unix_server_replaces_a_socket_that_was_left_over),
        REAL(a_unix_server_never_removes_a_file),
        REAL(closing_a_server_leaves_its_connections_alone),
        VIRTUAL(serve_forever_ends_by_cancel_or_close_and_never_otherwise),
        VIRTUAL(an_idle_client_keeps_no_server_from_shutting_down),
        REAL(a_handler_that_fails_is_told_and_disturbs_no_other),
        VIRTUAL(a_cancelled_handler_closes_its_connection),
        REAL(out_of_descriptors_a_server_says_so_once_and_resumes),
        REAL(a_server_that_gave_its_last_descriptor_refuses_nobody),
        REAL(a_server_closed_while_it_looks_away_stays_closed),
        REAL(a_server_closed_by_who_is_told_that_it_looks_away_stays_closed),
        REAL(closing_the_loop_closes_servers_and_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

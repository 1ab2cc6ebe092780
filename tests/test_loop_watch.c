/*
 * test_loop_watch.c - readers and writers of descriptors
 */
#include "loop_test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "inside.h"

static struct loop *loop;
static int pair[2]; /* we watch pair[0] and write to pair[1] */

static int begin_pair(void **state)
{
    begin_virtual(state);
    loop = loop_new();
    if (loop == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return -1;
    return fcntl(pair[0], F_SETFL, O_NONBLOCK);
}

static int end_pair(void **state)
{
    (void)state;
    close(pair[0]);
    close(pair[1]);
    return loop_close(loop);
}

static void send_text(const char *text)
{
    assert_int_equal(write(pair[1], text, strlen(text)), (ssize_t)strlen(text));
}

static void read_one(void *word)
{
    char c = '?';
    (void)!read(pair[0], &c, 1);
    say("%s:%c", (const char *)word, c);
}

/* ---- level-triggered, one each */

static void a_reader_runs_in_each_turn_while_something_is_left(void **state)
{
    (void)state;
    assert_int_equal(loop_add_reader(loop, pair[0], read_one, "r"), 0);
    send_text("abc");
    for (int i = 0; i < 5; i++)
        one_turn(loop);
    assert_said("r:a r:b r:c");
    assert_true(loop_remove_reader(loop, pair[0]));
    assert_false(loop_remove_reader(loop, pair[0]));
    send_text("d");
    one_turn(loop);
    assert_said("");
}

static void remove_the_writer(void *unused)
{
    (void)unused;
    say("writable:%d", loop_remove_writer(loop, pair[0]));
    say("%d", loop_remove_writer(loop, pair[0]));
    loop_stop(loop);
}

static void a_second_reader_or_writer_replaces_the_first(void **state)
{
    (void)state;
    loop_add_writer(loop, pair[0], say_it, "must not run");
    loop_add_writer(loop, pair[0], remove_the_writer, NULL);
    assert_int_equal(loop_run_forever(loop), 0); /* writable at once */
    loop_add_reader(loop, pair[0], read_one, "old");
    loop_add_reader(loop, pair[0], read_one, "new");
    send_text("a");
    one_turn(loop);
    one_turn(loop);
    assert_said("writable:1 0 new:a");
}

static void a_reader_and_a_writer_may_watch_one_descriptor(void **state)
{
    (void)state;
    loop_add_writer(loop, pair[0], say_it, "write");
    loop_add_reader(loop, pair[0], read_one, "read");
    send_text("x");
    one_turn(loop);
    assert_said("read:x write");
    loop_remove_reader(loop, pair[0]);
    one_turn(loop);
    assert_said("write");
}

/* ---- within one batch */

static void ready_then_io_then_timers_run_in_one_turn(void **state)
{
    (void)state;
    loop_call_at(loop, -1, say_it, "timer");
    loop_add_reader(loop, pair[0], read_one, "io");
    send_text("x");
    loop_call_soon(loop, say_it, "ready");
    one_turn(loop);
    assert_said("ready io:x timer");
}

static int next_pair[2];

static void remove_the_other(void *unused)
{
    (void)unused;
    say("removed:%d", loop_remove_reader(loop, next_pair[0]));
}

static void a_reader_removed_in_the_same_batch_does_not_run(void **state)
{
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, next_pair), 0);
    loop_add_reader(loop, pair[0], remove_the_other, NULL);
    loop_add_reader(loop, next_pair[0], say_it, "must not run");
    send_text("x");
    assert_int_equal(write(next_pair[1], "y", 1), 1);
    assert_true(next_pair[0] > pair[0]); /* ascending: the first one runs first */
    one_turn(loop);
    assert_said("removed:1");
    one_turn(loop);
    assert_said("removed:0");
    close(next_pair[0]);
    close(next_pair[1]);
}

static void remove_myself(void *unused)
{
    (void)unused;
    say("me:%d", loop_remove_reader(loop, pair[0]));
}

static void replace_myself(void *unused)
{
    (void)unused;
    say("old");
    loop_add_reader(loop, pair[0], remove_myself, NULL);
}

static void a_reader_may_replace_and_remove_itself(void **state)
{
    (void)state;
    loop_add_reader(loop, pair[0], replace_myself, NULL);
    send_text("x");
    for (int i = 0; i < 4; i++)
        one_turn(loop);
    assert_said("old me:1");
    assert_int_equal(loop->watches.n_read, 1); /* the loop's own pipe */
}

static void remove_and_add(void *unused)
{
    (void)unused;
    loop_remove_reader(loop, pair[0]);
    loop_add_reader(loop, pair[0], read_one, "fresh");
}

static void a_reader_added_in_a_batch_runs_in_the_next_one(void **state)
{
    (void)state;
    loop_call_soon(loop, remove_and_add, NULL);
    loop_add_reader(loop, pair[0], say_it, "must not run");
    send_text("x");
    one_turn(loop);
    assert_said("");
    one_turn(loop);
    assert_said("fresh:x");
}

/* ---- what is refused */

static void descriptors_that_are_not_open_are_refused(void **state)
{
    (void)state;
    assert_int_equal(loop_add_reader(loop, -1, say_it, ""), -EBADF);
    assert_int_equal(loop_add_writer(loop, 999999, say_it, ""), -EBADF);
    assert_false(loop_remove_reader(loop, -1));
    assert_false(loop_remove_writer(loop, 999999));
    assert_false(loop_remove_reader(loop, 3000));
}

static struct conn *busy;

static int open_a_connection(void *server)
{
    (void)server;
    int err = await(conn_open_unix(temporary("watch.sock"), &busy));
    if (err < 0)
        return err;
    say("reader:%d", loop_add_reader(loop_current(), busy->fd, say_it, "") == -EBUSY);
    say("writer:%d", loop_add_writer(loop_current(), busy->fd, say_it, "") == -EBUSY);
    say("remove:%d", loop_remove_reader(loop_current(), busy->fd));
    conn_write_eof(busy);
    conn_release(busy);
    return 0;
}

static int wait_for_the_end(struct conn *conn, void *unused)
{
    char byte;
    (void)unused;
    await(conn_read(conn, &byte, 1)); /* the end: from now on we don't read */
    say("reader:%d", loop_add_reader(loop_current(), conn->fd, say_it, "") == -EBUSY);
    say("writer:%d", loop_add_writer(loop_current(), conn->fd, say_it, "") == -EBUSY);
    conn_close(conn);
    return 0;
}

static int serve_and_connect(void *unused)
{
    struct server *s = server_start_unix(temporary("watch.sock"), wait_for_the_end, NULL);
    (void)unused;
    if (s == NULL)
        return -errno;
    say("server:%d", loop_add_reader(loop_current(), s->sockets[0].watch.fd, say_it, "") == -EBUSY);
    int err = await(task_join(task_create(open_a_connection, s)));
    await(task_sleep(0.01)); /* let it be accepted */
    server_close(s);
    await(server_wait_closed(s));
    return err;
}

static void descriptors_of_connections_and_servers_are_refused(void **state)
{
    (void)state;
    assert_int_equal(run_main(serve_and_connect), 0);
    assert_said("server:1 reader:1 writer:1 remove:0 reader:1 writer:1");
}

/* ---- closed while watched */

static void close_unremoved(void)
{
    int fds[2];
    loop = loop_new();
    if (pipe(fds) < 0 || pipe(pair) < 0)
        _exit(9);
    loop_add_reader(loop, fds[0], say_it, "must not run");
    loop_add_reader(loop, pair[0], stop_it, loop);
    close(fds[0]);
    loop_call_later(loop, 10, stop_it, loop);
    if (write(pair[1], "x", 1) != 1 || loop_run_forever(loop) != 0)
        _exit(8);
    if (loop_remove_reader(loop, fds[0]) || loop_time(loop) > 1)
        _exit(7); /* it was dropped, and the other one served at once */
    loop_close(loop);
    _exit(said[0] == '\0' ? 0 : 6);
}

static void a_descriptor_closed_while_it_is_watched_is_told_and_dropped(void **state)
{
    (void)state;
    assert_int_equal(in_child(close_unremoved), 0);
    assert_non_null(
        strstr(said, "was closed while it was watched: remove the reader before closing it\n"));
}

/* ---- beyond 1024 */

static void watch_beyond_1024(void)
{
    struct rlimit many = { 4096, 4096 };
    int low[2], high[2];
    loop = loop_new();
    if (setrlimit(RLIMIT_NOFILE, &many) < 0) {
        getrlimit(RLIMIT_NOFILE, &many);
        many.rlim_cur = many.rlim_max;
        if (many.rlim_cur < 2000)
            _exit(77);
        setrlimit(RLIMIT_NOFILE, &many);
    }
    for (int fd = 1000; fd < 1990; fd += 13) {
        if (pipe(low) < 0 || (high[0] = fcntl(low[0], F_DUPFD, fd)) < 0)
            _exit(9);
        close(low[0]);
        if (loop_add_reader(loop, high[0], say_it, "+") < 0)
            _exit(8);
        for (int i = 0; i < 2; i++) { /* nothing to read; then something */
            one_turn(loop);
            if (strcmp(said, i == 0 ? "" : "+") != 0)
                _exit(7);
            (void)!write(low[1], "x", 1);
        }
        said[0] = '\0';
        if (!loop_remove_reader(loop, high[0]))
            _exit(6);
        close(high[0]);
        close(low[1]);
    }
    loop_close(loop);
}

/* select() alone, without any of ours. */
static void select_beyond_1024(void)
{
    unsigned long set[32] = { 0 };
    struct timeval at_once = { 0, 0 };
    _exit(select(1100, (fd_set *)(void *)set, NULL, NULL, &at_once) == 0 ? 0 : 77);
}

static void descriptors_beyond_1024_are_watched_as_any_other(void **state)
{
    (void)state;
    if (in_child(select_beyond_1024) != 0) /* as under qemu-user, which ends */
        skip();
    int status = in_child(watch_beyond_1024);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

#define IN_LOOP(test) cmocka_unit_test_setup_teardown(test, begin_pair, end_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LOOP(a_reader_runs_in_each_turn_while_something_is_left),
        IN_LOOP(a_second_reader_or_writer_replaces_the_first),
        IN_LOOP(a_reader_and_a_writer_may_watch_one_descriptor),
        IN_LOOP(ready_then_io_then_timers_run_in_one_turn),
        IN_LOOP(a_reader_removed_in_the_same_batch_does_not_run),
        IN_LOOP(a_reader_may_replace_and_remove_itself),
        IN_LOOP(a_reader_added_in_a_batch_runs_in_the_next_one),
        IN_LOOP(descriptors_that_are_not_open_are_refused),
        IN_LOOP(descriptors_of_connections_and_servers_are_refused),
        VIRTUAL(a_descriptor_closed_while_it_is_watched_is_told_and_dropped),
        VIRTUAL(descriptors_beyond_1024_are_watched_as_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

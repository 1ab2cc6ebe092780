/*
 * test_loop_refused.c - what is refused by an answer, and is no crash: to wait where nobody can, functions that are missing
 */
#include "own_loop.h"

#include <sys/socket.h>

static void say_error(ssize_t answer)
{
    say("%s", answer == -EINVAL ? "refused" : answer == 0 ? "0" : "?");
}

/* ---- who can wait */

static struct server *server;
static struct conn *conn, *peer;
static struct group *group;
static struct as_completed *all;

static int handle(struct conn *c, void *unused)
{
    (void)c;
    (void)unused;
    return 0;
}

static int sleep_a_second(void *unused)
{
    (void)unused;
    return await(task_sleep(1));
}

/* Each of these would have to wait, and a callback can't. */
static void wait_for_all_sorts(void *unused)
{
    char buf[8];
    struct future *f;
    (void)unused;
    say_error(task_sleep(1));
    say_error(task_yield());
    say_error(conn_read(conn, buf, sizeof buf));
    say_error(conn_readline(conn, buf, sizeof buf));
    say_error(conn_readuntil(conn, ";", 1, buf, sizeof buf));
    say_error(conn_readexactly(conn, buf, sizeof buf));
    say_error(conn_drain(conn));
    say_error(conn_wait_closed(conn));
    say_error(server_serve_forever(server));
    say_error(server_wait_closed(server));
    say_error(as_completed_next(all, &f));
    say_error(group_close(group, 0, NULL, NULL));
}

/* Nothing has changed by it: who can wait goes on as ever. */
static int make_all_sorts(void *unused)
{
    static char much[1 << 20];
    int fd[2];
    char buf[8];
    struct future *f;
    (void)unused;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0 || conn_open_fd(fd[0], &conn) < 0 ||
        conn_open_fd(fd[1], &peer) < 0)
        return -EIO;
    conn_set_read_limit(peer, 1);
    server = server_start("127.0.0.1", 0, handle, NULL);
    group = group_open();
    struct task *member = group_create_task(group, sleep_a_second, NULL);
    all = as_completed_new((struct future *[]){ task_as_future(member) }, 1);
    conn_set_write_limits(conn, 1, 1);
    conn_write(conn, much, sizeof much);
    loop_call_soon(loop, wait_for_all_sorts, NULL);
    await(task_yield());
    await(task_yield());

    say("|");
    say_error(as_completed_next(all, &f) - 1);
    as_completed_free(all);
    say_error(group_close(group, 0, NULL, NULL));
    say("%d", server_is_serving(server));
    server_close(server);
    say("%d", conn_read(peer, buf, sizeof buf) > 0);
    conn_release(conn);
    conn_release(peer);
    return 0;
}

static void a_callback_that_would_have_to_wait_is_refused(void **state)
{
    (void)state;
    assert_int_equal(complete(make_all_sorts, NULL), 0);
    assert_said(
        "refused refused refused refused refused refused refused refused refused refused refused "
        "refused | 0 0 1 1");
}

static void outside_of_a_run_nobody_sleeps(void **state)
{
    (void)state;
    assert_int_equal(task_sleep(1), -EINVAL);
    assert_int_equal(task_sleep(0), -EINVAL);
}

/* ---- what is missing */

static int missing_in_a_task(void *unused)
{
    (void)unused;
    struct condition *c = condition_new(NULL);
    say_error(condition_acquire(c));
    say_error(condition_wait_for(c, NULL, NULL));
    condition_free(c);
    struct group *g = group_open();
    say("%d", group_create_task(g, NULL, NULL) == NULL && errno == EINVAL);
    say_error(group_close(g, 0, NULL, NULL));
    say("%d", server_start("127.0.0.1", 0, NULL, NULL) == NULL && errno == EINVAL);
    say("%d", server_bind("127.0.0.1", 0, NULL, NULL) == NULL && errno == EINVAL);
    say("%d", server_start_unix("x", NULL, NULL) == NULL && errno == EINVAL);
    say("%d", server_start_unix("", handle, NULL) == NULL && errno == EINVAL);
    say_error(conn_open_unix("", &conn));
    return 0;
}

static void a_function_or_a_path_that_is_missing_is_refused(void **state)
{
    struct task *t = loop_create_task(loop, missing_in_a_task, NULL);
    (void)state;
    assert_int_equal(task_add_done_callback(t, NULL, NULL), -EINVAL);
    assert_int_equal(future_add_done_callback(task_as_future(t), NULL, NULL), -EINVAL);
    assert_int_equal(task_set_name(t, NULL), -EINVAL);
    assert_string_equal(task_name(t), "missing_in_a_task");
    assert_null(queue_new_priority(0, NULL));
    assert_int_equal(errno, EINVAL);
    assert_int_equal(loop_run_until_complete(loop, t), 0);
    assert_said("0 refused 1 0 1 1 1 1 refused");
}

static void nothing_is_no_main(void **state)
{
    struct runner r;
    (void)state;
    assert_int_equal(runner_run(NULL, NULL, NULL), -EINVAL);
    assert_int_equal(runner_open(&r), 0);
    assert_int_equal(runner_do(&r, NULL, NULL, NULL), -EINVAL);
    assert_int_equal(runner_close(&r), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin_loop, end_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_callback_that_would_have_to_wait_is_refused),
        TEST(outside_of_a_run_nobody_sleeps),
        TEST(a_function_or_a_path_that_is_missing_is_refused),
        VIRTUAL(nothing_is_no_main),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

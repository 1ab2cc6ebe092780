/*
 * test_loop_warnings.c - each warning has a program that must raise it, and a near miss that must not
 *
 * All run under the virtual clock, where time passes in loop_work() and in select() alone.
 */
#include "loop.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "traced.h"

static bool raises; /* else: the near miss */

/* Not with ucontext, which hides where a stack stands, and not under ASan, whose frames lie elsewhere. */
#if defined(CORO_UCONTEXT) || UNDER_ASAN || !(defined(__x86_64__) || defined(__aarch64__))
enum { STACK_IS_MEASURED = false };
#else
enum { STACK_IS_MEASURED = true };
#endif

/* ---- time: 100 ms is the limit, and not yet too long */

static int work_for(void *ms)
{
    loop_work((double)(intptr_t)ms / 1000);
    return 0;
}

static int slow_step(void *unused)
{
    (void)unused;
    return work_for((void *)(intptr_t)(raises ? 101 : 100));
}

static int slow_turn(void *unused)
{
    struct task *task[3];
    (void)unused;
    for (int i = 0; i < 3; i++)
        task[i] = task_create(work_for, (void *)(intptr_t)(raises ? 34 : 33));
    for (int i = 0; i < 3; i++) {
        await(task_join(task[i]));
        task_release(task[i]);
    }
    return 0;
}

static int late_timer(void *unused)
{
    (void)unused;
    struct task *task = task_create(work_for, (void *)(intptr_t)(raises ? 111 : 110));
    await(task_sleep(0.01));
    await(task_join(task));
    task_release(task);
    return 0;
}

static int spinning(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1100; i++)
        if (await(raises || i != 900 ? task_yield() : task_sleep(0.001)) < 0)
            return -ECANCELED;
    return 0;
}

static int starving(void *unused)
{
    (void)unused;
    struct task *first = task_create(work_for, (void *)(intptr_t)(raises ? 101 : 100));
    struct task *second = task_create(work_for, NULL);
    await(task_join(second));
    task_release(first);
    task_release(second);
    return 0;
}

/* ---- tasks */

static int sleep_long(void *unused)
{
    (void)unused;
    return await(task_sleep(100));
}

static int lost_task(void *unused)
{
    (void)unused;
    struct loop *loop = loop_current();
    struct task *task = task_create(sleep_long, NULL);
    if (!raises) {
        task_cancel(task);
        await(task_join(task));
    }
    task_release(task);
    loop_stop(loop);
    return 0;
}

static int swallow(void *unused)
{
    (void)unused;
    int err = await(task_sleep(100));
    return raises ? 0 : err;
}

static int swallowed(void *unused)
{
    (void)unused;
    struct task *task = task_create(swallow, NULL);
    await(task_sleep(0.01));
    task_cancel(task);
    await(task_join(task));
    task_release(task);
    return 0;
}

static int go_wrong(void *unused)
{
    (void)unused;
    return -EIO;
}

static int unread(void *unused)
{
    (void)unused;
    struct task *task = task_create(go_wrong, NULL);
    if (raises)
        await(task_sleep(0.01));
    else
        await(task_join(task));
    task_release(task);
    return 0;
}

/* Some of the stack, and then a wait. That it is filled is more than a compiler can see through. */
static void *(*volatile fill)(void *bytes, int value, size_t size) = memset;

static int wait_deep(void *unused)
{
    char room[52000];
    (void)unused;
    fill(room, 0, sizeof room);
    return await(task_sleep(0.01)) + *(char *)fill(room, 0, 1);
}

static int wait_shallow(void *unused)
{
    char room[40000];
    (void)unused;
    fill(room, 0, sizeof room);
    return await(task_sleep(0.01)) + *(char *)fill(room, 0, 1);
}

static int stack(void *unused)
{
    (void)unused;
    struct task *task = task_create(raises ? wait_deep : wait_shallow, NULL);
    await(task_join(task));
    task_release(task);
    return 0;
}

/* ---- descriptors and connections */

static int hang_up(struct conn *conn, void *unused)
{
    (void)unused;
    conn_close(conn);
    return 0;
}

static int not_closed(void *unused)
{
    (void)unused;
    struct server *server = server_start("127.0.0.1", 0, hang_up, NULL);
    if (!raises)
        server_close(server);
    return 0;
}

static int listen_never(struct conn *conn, void *unused)
{
    (void)unused;
    return await(conn_wait_closed(conn));
}

/* The kernel takes a few hundred kilobytes at most, with buffers as small as these. */
static int grows(void *unused)
{
    static char bytes[4096];
    struct conn *conn;
    (void)unused;
    char path[128];
    traced_path(path, sizeof path, "socket");
    struct server *server = server_start_unix(path, listen_never, NULL);
    if (server == NULL || await(conn_open_unix(path, &conn)) < 0)
        return -EIO;
    for (int i = 0; i < (raises ? 400 : 200); i++)
        conn_write(conn, bytes, sizeof bytes);
    conn_abort(conn);
    conn_release(conn);
    server_close(server);
    return await(server_wait_closed(server));
}

static void nothing(void *unused)
{
    (void)unused;
}

static int fds(void *unused)
{
    struct loop *loop = loop_current();
    int ends[2], high;
    (void)unused;
    if (pipe(ends) < 0 || (high = fcntl(ends[0], F_DUPFD, raises ? 180 : 179)) < 0)
        return -errno;
    loop_add_reader(loop, high, nothing, NULL);
    loop_remove_reader(loop, high);
    return 0;
}

/* ---- the table */

static task_fn *program;

static int run(void)
{
    if (program == fds) {
        struct rlimit limit;
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 200;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (program != lost_task)
        return loop_run(program, NULL);
    struct loop *loop = loop_new(); /* the runner would wait for it */
    task_release(loop_create_task(loop, program, NULL));
    loop_run_forever(loop);
    return loop_close(loop);
}

static void each_warning_is_raised_and_its_near_miss_is_not(void **state)
{
    static const struct {
        const char *event;
        task_fn *program;
    } warnings[] = {
        { "warn:slow_step", slow_step },   { "warn:slow_turn", slow_turn },
        { "warn:late_timer", late_timer }, { "warn:spinning", spinning },
        { "warn:starving", starving },     { "warn:lost_task", lost_task },
        { "warn:swallowed", swallowed },   { "warn:unread", unread },
        { "warn:stack", stack },           { "warn:not_closed", not_closed },
        { "warn:grows", grows },           { "warn:fds", fds },
    };
    (void)state;
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
        program = warnings[i].program;
        if (program == stack && !STACK_IS_MEASURED)
            continue;
        for (int k = 0; k < 2; k++) {
            raises = k == 0;
            struct traced t = traced_run("FILE", run);
            size_t n = traced_count(&t, warnings[i].event);
            if (n != (raises ? 1 : 0))
                fail_msg("%s: the %s has it %zu times; it said: %s", warnings[i].event,
                         raises ? "program that raises it" : "near miss", n, t.said);
            traced_check(&t);
            traced_free(&t);
        }
    }
}

/* A group cancels its parent when a task of it fails, and takes that back. */
static int close_a_group(void *unused)
{
    struct group *group = group_open();
    (void)unused;
    group_create_task(group, go_wrong, NULL);
    int err = await(group_close(group, 0, NULL, NULL));
    printf("%d %d\n", err == -EIO, task_cancelling(task_current()));
    return 0;
}

static void a_groups_own_cancel_is_not_swallowed(void **state)
{
    (void)state;
    program = close_a_group;
    struct traced t = traced_run("FILE", run);
    assert_string_equal(t.said, "1 0\n");
    assert_int_equal(traced_count(&t, "task:cancel"), 1);
    assert_int_equal(traced_count(&t, "warn:swallowed"), 0);
    traced_free(&t);
}

int main(void)
{
    setenv("LOOP_CLOCK", "virtual", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_warning_is_raised_and_its_near_miss_is_not),
        cmocka_unit_test(a_groups_own_cancel_is_not_swallowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_loop_lookup.c - names of hosts are looked up by a thread: the loop goes on, and need not wait
 *
 * getaddrinfo() is the test's own: of a name it says what the name says, and takes its time, which is virtual.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include "own_loop.h"
#include "traced.h"

static char asked[32]; /* by name, last */

static struct addrinfo *an_address(struct addrinfo *next, uint32_t ip, int port)
{
    struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_in));
    struct sockaddr_in *in = (void *)(a + 1);
    *in = (struct sockaddr_in){ .sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(ip) };
    a->ai_family = AF_INET;
    a->ai_socktype = SOCK_STREAM;
    a->ai_addr = (struct sockaddr *)in;
    a->ai_addrlen = sizeof *in;
    a->ai_next = next;
    return a;
}

int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
    int port = atoi(service);
    bool digits = strcmp(host, "127.0.0.1") == 0;
    *list = NULL;
    if (!digits && (hints->ai_flags & AI_NUMERICHOST))
        return EAI_NONAME;
    if (!digits) {
        snprintf(asked, sizeof asked, "%s", host);
        loop_work(2.0);
    }
    if (strncmp(host, "nowhere", 7) == 0)
        return EAI_NONAME;
    *list = an_address(NULL, INADDR_LOOPBACK, port);
    if (strcmp(host, "second.test") == 0) /* nobody listens at the first of its addresses */
        *list = an_address(*list, INADDR_LOOPBACK + 1, 1);
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

static int greet(struct conn *conn, void *unused)
{
    (void)unused;
    return await(conn_write(conn, "hello", 5));
}

static int tick(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        await(task_sleep(0.9));
        say("tick");
    }
    return 0;
}

static int call(const char *name, int port)
{
    struct conn *c;
    char text[6] = "";
    int err = await(conn_open(name, port, &c));
    say("%.1f", loop_time(loop));
    if (err < 0)
        return err;
    say("%s", conn_peer(c));
    ssize_t n = await(conn_read(c, text, 5));
    conn_close(c);
    conn_release(c);
    return n == 5 && strcmp(text, "hello") == 0 ? 0 : -EIO;
}

static int call_by_name(void *name)
{
    struct server *s = server_start("127.0.0.1", 0, greet, NULL);
    struct task *ticker = loop_create_task(loop, tick, NULL);
    int err = call(name, server_port(s));
    await(task_join(ticker));
    server_close(s);
    return err;
}

static int call_first(void *unused)
{
    (void)unused;
    loop = loop_current();
    return call_by_name("first.test");
}

static void the_loop_goes_on_while_a_name_is_looked_up(void **state)
{
    char want[80];
    (void)state;
    assert_int_equal(complete(call_by_name, "first.test"), 0);
    snprintf(want, sizeof want, "tick tick 2.0 ");
    assert_memory_equal(said, want, strlen(want));
    assert_string_equal(asked, "first.test");
}

static int call_by_digits(void *unused)
{
    struct server *s = server_start("127.0.0.1", 0, greet, NULL);
    (void)unused;
    asked[0] = '\0';
    int err = call("127.0.0.1", server_port(s));
    server_close(s);
    return err;
}

static void digits_need_no_thread(void **state)
{
    (void)state;
    assert_int_equal(complete(call_by_digits, NULL), 0);
    assert_string_equal(asked, "");
    assert_memory_equal(said, "0.0 ", 4);
}

static void the_addresses_of_a_name_are_tried_in_turn(void **state)
{
    (void)state;
    assert_int_equal(complete(call_by_name, "second.test"), 0);
    assert_non_null(strstr(said, "127.0.0.1:"));
}

static int open_it(void *name)
{
    struct conn *c;
    return await(conn_open(name, 1, &c));
}

static int look_for_nobody(void *unused)
{
    (void)unused;
    return open_it("nowhere.test");
}

static void a_name_that_is_nobodys_says_so(void **state)
{
    (void)state;
    assert_int_equal(complete(look_for_nobody, NULL), -EADDRNOTAVAIL);
}

/* As libc's does: it opens files and sockets to find out. */
static int look_without_descriptors(void *unused)
{
    int spare[64], n = 0;
    (void)unused;
    int warm = open_it("nowhere.test"); /* the threads are there */
    while (n < (int)COUNT(spare) && (spare[n] = dup(STDIN_FILENO)) >= 0)
        n++;
    int err = open_it("nowhere.test");
    while (n > 0)
        close(spare[--n]);
    say("%d %d", warm == -EADDRNOTAVAIL, err == -EMFILE);
    return 0;
}

static void without_descriptors_no_name_is_called_unknown(void **state)
{
    struct rlimit before, few;
    (void)state;
    getrlimit(RLIMIT_NOFILE, &before);
    few = (struct rlimit){ 40, before.rlim_max };
    if (RUNNING_ON_VALGRIND) /* it has a limit of its own */
        skip();
    setrlimit(RLIMIT_NOFILE, &few);
    int err = complete(look_without_descriptors, NULL);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(err, 0);
    assert_said("1 1");
}

static int wait_a_second(void *unused)
{
    struct task *t = loop_create_task(loop, open_it, "slow.test");
    (void)unused;
    int err = await(wait_for(task_as_future(t), 1.0));
    say("%d at %.1f", err == -ETIMEDOUT, loop_time(loop));
    return 0;
}

static void a_look_up_need_not_be_waited_for(void **state)
{
    (void)state;
    assert_int_equal(complete(wait_a_second, NULL), 0);
    assert_said("1 at 1.0");
}

/* The thread is waited for, the task's stack is gone, and nothing is lost (ASan looks). */
static void a_loop_can_be_closed_while_a_name_is_looked_up(void **state)
{
    (void)state;
    loop_create_task(loop, open_it, "slow.test");
    one_turn(loop);
}

static int ask_and_leave(void)
{
    return loop_run(call_first, NULL);
}

static void the_trace_tells_of_the_look_up(void **state)
{
    struct traced t = traced_run("FILE", ask_and_leave);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_non_null(strstr(traced_find(&t, "thread:start"), "\"fn\":\"getaddrinfo\""));
    assert_non_null(strstr(traced_find(&t, "task:await"), "\"on\":\"thread\""));
    assert_non_null(strstr(traced_find(&t, "task:await"), "conn_open(name, port, &c)"));
    assert_int_equal(traced_count(&t, "thread:done"), 1);
    traced_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_loop_goes_on_while_a_name_is_looked_up, begin_loop,
                                        end_loop),
        cmocka_unit_test_setup_teardown(digits_need_no_thread, begin_loop, end_loop),
        cmocka_unit_test_setup_teardown(the_addresses_of_a_name_are_tried_in_turn, begin_loop,
                                        end_loop),
        cmocka_unit_test_setup_teardown(a_name_that_is_nobodys_says_so, begin_loop, end_loop),
        cmocka_unit_test_setup_teardown(without_descriptors_no_name_is_called_unknown,
                                        begin_real_loop, end_loop),
        cmocka_unit_test_setup_teardown(a_look_up_need_not_be_waited_for, begin_loop, end_loop),
        cmocka_unit_test_setup_teardown(a_loop_can_be_closed_while_a_name_is_looked_up, begin_loop,
                                        end_loop),
        VIRTUAL(the_trace_tells_of_the_look_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

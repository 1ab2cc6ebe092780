/*
 * test_loop_conn.c - connections: reading, writing, limits, and all the ways in which they end
 *
 * Most tests hold both ends: `here`, which they opened, and `there`, which a server of theirs accepted.
 */
#include "loop_test.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include "inside.h"
#include "socket.h"
#include "ticks.h"

static struct server *server;
static struct conn *here, *there;
static struct future *parted;

static int hold(struct conn *conn, void *unused)
{
    (void)unused;
    there = conn;
    return await(future_wait(parted));
}

static int meet(void)
{
    there = NULL;
    parted = future_new(loop_current());
    server = server_start("127.0.0.1", 0, hold, NULL);
    if (server == NULL)
        return -errno;
    int err = await(conn_open("127.0.0.1", server_port(server), &here));
    while (err == 0 && there == NULL)
        err = await(task_yield());
    return err;
}

static int part(void)
{
    conn_release(here);
    conn_close(there);
    future_set_result(parted, 0);
    server_close(server);
    return await(server_wait_closed(server));
}

/* Each scenario is a main task between meet() and part(). */
static int (*scenario)(void);

static int play(void *unused)
{
    (void)unused;
    int err = meet();
    if (err == 0)
        err = scenario();
    int parting = part();
    return err != 0 ? err : parting;
}

static void run_scenario(int (*fn)(void))
{
    scenario = fn;
    assert_int_equal(run_main(play), 0);
}

static int pause_for(double seconds)
{
    return await(task_sleep(seconds));
}

static void send_text(struct conn *c, const char *text)
{
    int err = conn_write(c, text, strlen(text));
    if (err != 0)
        say("write:%d", err);
}

static void say_line(struct conn *c, size_t size)
{
    char line[256];
    ssize_t n = await(conn_readline(c, line, size));
    if (n > 0 && line[n - 1] == '\n')
        line[n - 1] = '$';
    say("%d:%s", (int)n, n == -EMSGSIZE ? "too-long" : line);
}

static void say_bytes(ssize_t n, const char *bytes)
{
    say("%d:%.*s", (int)n, n > 0 ? (int)n : 0, bytes);
}

/* ---- reading */

static int read_lines(void)
{
    send_text(there, "0123456789\n01234567890\nnext\nrest");
    conn_write_eof(there);
    say_line(here, 12); /* ten, the newline, NUL */
    say_line(here, 12); /* one too many: dropped as a whole */
    say_line(here, 12);
    say_line(here, 12); /* the last one lacks its newline */
    say_line(here, 12);
    say_line(here, 12);
    say("eof:%d", conn_at_eof(here));
    return 0;
}

static void lines_come_whole_and_the_end_is_an_empty_one(void **state)
{
    (void)state;
    run_scenario(read_lines);
    assert_said("11:0123456789$ -90:too-long 5:next$ 4:rest 0: 0: eof:1");
}

static int leave_some_unread(void)
{
    char buf[8];
    send_text(there, "0123456789");
    say_bytes(await(conn_readexactly(here, buf, 4)), buf);
    say("left:%zu", conn_read_queued(here));
    say_bytes(await(conn_readexactly(here, buf, 6)), buf);
    say("left:%zu", conn_read_queued(here));
    return 0;
}

static void what_was_received_and_not_read_can_be_asked(void **state)
{
    (void)state;
    run_scenario(leave_some_unread);
    assert_said("4:0123 left:6 6:456789 left:0");
}

static int read_a_line_in_pieces(void)
{
    send_text(there, "one ");
    pause_for(0.01);
    send_text(there, "line\ntwo\n");
    say_line(here, 100);
    say_line(here, 100);
    send_text(there, "0123456789012"); /* too long, and no newline yet: what is there goes */
    say_line(here, 12);
    send_text(there, "tail\n");
    say_line(here, 12);
    char none[1];
    say("%d", (int)await(conn_readline(here, none, 0)));
    say("%d", (int)await(conn_readline(here, none, 1)));
    say("%d", (int)await(conn_readuntil(here, "ab", 2, none, 1)));
    say("%d", (int)await(conn_readuntil(here, "ab", 0, none, 1)));
    return 0;
}

static void a_line_may_come_in_pieces(void **state)
{
    (void)state;
    run_scenario(read_a_line_in_pieces);
    assert_said("9:one line$ 4:two$ -105: 5:tail$ -22 -22 -22 -22");
}

static int read_exactly(void)
{
    char buf[16];
    send_text(there, "abcdefgh");
    say_bytes(await(conn_readexactly(here, buf, 3)), buf);
    say_bytes(await(conn_readexactly(here, buf, 0)), buf);
    say_bytes(await(conn_read(here, buf, 0)), buf);
    say_bytes(await(conn_read(here, buf, 2)), buf);
    send_text(there, "ij");
    say_bytes(await(conn_readexactly(here, buf, 5)), buf);
    send_text(there, "kl");
    conn_write_eof(there);
    say_bytes(await(conn_readexactly(here, buf, 10)), buf); /* the end comes before */
    say_bytes(await(conn_readexactly(here, buf, 10)), buf);
    say_bytes(await(conn_read(here, buf, 10)), buf);
    return 0;
}

static void readexactly_waits_for_all_or_the_end(void **state)
{
    (void)state;
    run_scenario(read_exactly);
    assert_said("3:abc 0: 0: 2:de 5:fghij 2:kl 0: 0:");
}

static int read_some(void *unused)
{
    char buf[16];
    (void)unused;
    ssize_t n = await(conn_read(here, buf, sizeof buf));
    say("first:%d", (int)n);
    return (int)n;
}

static int two_readers(void)
{
    struct task *first = task_create(read_some, NULL);
    char buf[8];
    await(task_yield());
    say("%d", (int)await(conn_read(here, buf, 8)) == -EBUSY);
    say("%d", (int)await(conn_readline(here, buf, 8)) == -EBUSY);
    say("%d", (int)await(conn_readexactly(here, buf, 8)) == -EBUSY);
    send_text(there, "abc");
    return await(task_join(first)) == 3 ? 0 : 1;
}

static void one_task_reads_at_a_time(void **state)
{
    (void)state;
    run_scenario(two_readers);
    assert_said("1 1 1 first:3");
}

/* In the very turn in which the bytes arrive, before the reader runs. */
static struct task *late_reader;

static void cancel_the_reader(void *unused)
{
    (void)unused;
    say("woken:%d", here->reader != NULL && here->reader->woken);
    task_cancel(late_reader);
}

static int cancel_a_read_that_has_come(void)
{
    char buf[16];
    late_reader = task_create(read_some, NULL);
    await(task_yield());
    send_text(there, "kept");
    pause_for(
        0); /* in the next I/O phase the bytes come; the call below runs before the reader does */
    if (!(here->reader != NULL && here->reader->woken))
        loop_call_soon(loop_current(), cancel_the_reader, NULL);
    else
        cancel_the_reader(NULL);
    await(task_join(late_reader));
    send_text(there, "!");
    say_bytes(await(conn_readexactly(here, buf, 5)), buf);
    return 0;
}

static void a_cancelled_read_loses_nothing(void **state)
{
    (void)state;
    run_scenario(cancel_a_read_that_has_come);
    assert_said("woken:1 first:-125 5:kept!");
}

/* ---- a slow reader */

enum { MUCH = 4 << 20 };
static char *pattern;

static int begin_pattern(void **state)
{
    begin_virtual(state);
    pattern = malloc(MUCH);
    if (pattern == NULL)
        return -1;
    for (size_t i = 0; i < MUCH; i++)
        pattern[i] = (char)('a' + i * 7 % 26 - (i >> 12) % 3);
    return 0;
}

static int begin_pattern_real(void **state)
{
    return begin_pattern(state) + begin_real(state);
}

static int end_pattern(void **state)
{
    (void)state;
    free(pattern);
    return 0;
}

static int send_much(void *conn)
{
    size_t most = 0;
    int drains = 0;
    for (size_t at = 0; at < MUCH; at += 10000) {
        size_t n = MUCH - at < 10000 ? MUCH - at : 10000;
        int err = conn_write(conn, pattern + at, n);
        most = conn_write_queued(conn) > most ? conn_write_queued(conn) : most;
        drains += conn_write_queued(conn) > 65536;
        if (err == 0)
            err = await(conn_drain(conn));
        if (err < 0)
            return err;
    }
    say("most:%d drained:%d", most <= 65536 + 10000, drains > 0);
    conn_write_eof(conn);
    return 0;
}

static int read_much(void)
{
    char *got = malloc(MUCH + 1);
    size_t n = 0, piece = 1;
    ssize_t r;
    struct task *sender = task_create(send_much, there);
    pause_for(0.05); /* nobody reads: the kernel's buffers fill */
    while (n <= MUCH && (r = await(conn_read(here, got + n, piece))) > 0) {
        n += (size_t)r;
        piece = piece * 3 % 100000 + 1;
        piece = piece > MUCH + 1 - n ? MUCH + 1 - n : piece;
    }
    say("sent:%d whole:%d", await(task_join(sender)), n == MUCH && memcmp(got, pattern, n) == 0);
    free(got);
    return 0;
}

static void much_arrives_whole_and_the_writer_waits_for_the_reader(void **state)
{
    (void)state;
    run_scenario(read_much);
    assert_said("most:1 drained:1 sent:0 whole:1");
}

static int stop_receiving(void)
{
    size_t most = 0;
    char byte;
    struct task *sender = task_create(send_much, there);
    for (int i = 0; i < 50; i++) {
        pause_for(0.001);
        most = bytes_count(&here->in) > most ? bytes_count(&here->in) : most;
    }
    say("kept:%d armed:%d", most > 2 * 65536 && most <= 3 * 65536, here->reading.armed);
    await(conn_read(here, &byte, 1));
    say("armed:%d", here->reading.armed); /* one byte less is no reason yet */
    while (bytes_count(&here->in) > 65536)
        await(conn_read(here, &byte, 1));
    say("armed:%d", here->reading.armed);
    task_cancel(sender);
    await(task_join(sender));
    conn_abort(there);
    return 0;
}

static void unread_input_beyond_twice_the_limit_stops_the_receiving(void **state)
{
    (void)state;
    run_scenario(stop_receiving);
    assert_said("kept:1 armed:0 armed:0 armed:1");
}

static int read_all_exactly(void)
{
    char *got = malloc(MUCH);
    struct task *sender = task_create(send_much, there);
    pause_for(0.05); /* receiving has stopped by now, and is to go on for this */
    ssize_t n = await(conn_readexactly(here, got, MUCH));
    await(task_join(sender));
    said[0] = '\0';
    say("whole:%d", n == MUCH && memcmp(got, pattern, MUCH) == 0);
    free(got);
    return 0;
}

static void readexactly_reads_any_size(void **state)
{
    (void)state;
    run_scenario(read_all_exactly);
    assert_said("whole:1");
}

static int read_a_giant_line(void)
{
    enum { LONG = 1 << 20 };
    char *got = malloc(LONG + 2);
    pattern[LONG - 1] = '\n';
    struct task *sender = task_create(send_much, there);
    ssize_t n = await(conn_readline(here, got, LONG + 2));
    task_cancel(sender);
    await(task_join(sender));
    said[0] = '\0';
    say("line:%d", n == LONG && memcmp(got, pattern, LONG) == 0);
    conn_abort(there);
    free(got);
    return 0;
}

static void readline_reads_any_length_that_fits_the_buffer(void **state)
{
    (void)state;
    run_scenario(read_a_giant_line);
    assert_said("line:1");
}

/* ---- writing */

static void fill_kernel(struct conn *c)
{
    while (conn_write_queued(c) == 0)
        conn_write(c, pattern, 100000);
}

static int drain_it(void *conn)
{
    int err = await(conn_drain(conn));
    say("drained:%d", err);
    return err;
}

static int water_marks(void)
{
    char buf[4096];
    ssize_t n;
    fill_kernel(here);
    size_t base = conn_write_queued(here);
    conn_set_write_limits(here, base + 100, base + 20);
    say("drain:%d", await(conn_drain(here)));
    conn_write(here, pattern, 60);
    conn_write(here, pattern, 40);
    say("paused:%d", here->paused); /* at the mark, not above */
    conn_write(here, pattern, 1);
    say("paused:%d", here->paused);
    struct task *waits = task_create(drain_it, here), *too = task_create(drain_it, here);
    pause_for(0.01);
    say("waiting:%d%d", task_is_done(waits), task_is_done(too));
    conn_write_eof(here);
    while ((n = await(conn_read(there, buf, sizeof buf))) > 0)
        continue;
    say("read:%d queued:%d", (int)n, (int)conn_write_queued(here));
    return await(task_join(waits)) + await(task_join(too));
}

static void drain_waits_from_above_the_high_mark_to_the_low_one(void **state)
{
    (void)state;
    run_scenario(water_marks);
    assert_said("drain:0 paused:0 paused:1 waiting:00 drained:0 drained:0 read:0 queued:0");
}

static int lift_the_marks(void)
{
    fill_kernel(here);
    conn_set_write_limits(here, 10, 5);
    struct task *waits = task_create(drain_it, here);
    pause_for(0.01);
    say("waiting:%d", !task_is_done(waits));
    conn_set_write_limits(here, 1 << 20, 1 << 20);
    await(task_join(waits));
    conn_abort(here);
    return 0;
}

static int set_no_limits(void)
{
    size_t high, low;
    conn_set_write_limits(here, CONN_DERIVED, SIZE_MAX / 2);
    conn_write_limits(here, &high, &low);
    say("high:%d low:%d", high == SIZE_MAX, low == SIZE_MAX / 2);
    conn_set_read_limit(there, SIZE_MAX / 2 + 1);
    for (int i = 0; i < 4; i++) {
        conn_write(here, pattern, 50000);
        pause_for(0.01);
    }
    say("received:%zu", conn_read_queued(there));
    return 0;
}

static void a_limit_beyond_all_sizes_is_none(void **state)
{
    (void)state;
    run_scenario(set_no_limits);
    assert_said("high:1 low:1 received:200000");
}

static void raising_the_marks_lets_the_writer_go_on(void **state)
{
    (void)state;
    run_scenario(lift_the_marks);
    assert_said("waiting:1 drained:0");
}

static int print_to_it(void)
{
    char *line = malloc(3000);
    say("%d", conn_printf(here, "%d %s\n", 7, "seven"));
    say_line(there, 100);
    say("%d", conn_printf(here, "%02000d\n", 5)); /* longer than any small buffer */
    say("%d", (int)await(conn_readline(there, line, 3000)));
    free(line);
    return 0;
}

static void printf_to_a_connection_has_no_limit(void **state)
{
    (void)state;
    run_scenario(print_to_it);
    assert_said("0 8:7 seven$ 0 2001");
}

/* ---- half closed */

static int half_close(void)
{
    char buf[32];
    send_text(here, "request");
    say("%d%d", conn_write_eof(here), conn_write_eof(here));
    say("write:%d", conn_write(here, "x", 1) == -EPIPE);
    say_bytes(await(conn_readexactly(there, buf, 20)), buf);
    say("eof:%d closing:%d", conn_at_eof(there), conn_is_closing(there));
    send_text(there, "reply 1,");
    pause_for(0.01);
    send_text(there, "reply 2");
    conn_close(there);
    say_bytes(await(conn_readexactly(here, buf, 30)), buf);
    say("eof:%d closing:%d", conn_at_eof(here), conn_is_closing(here));
    return 0;
}

static void who_has_said_all_may_still_listen(void **state)
{
    (void)state;
    run_scenario(half_close);
    assert_said("00 write:1 7:request eof:1 closing:0 15:reply 1,reply 2 eof:1 closing:0");
}

static int answer_after_eof(void)
{
    char buf[32];
    send_text(there, "hello");
    conn_write_eof(there); /* the server says all first */
    say_bytes(await(conn_readexactly(here, buf, 20)), buf);
    send_text(here, "still here");
    conn_close(here);
    say_bytes(await(conn_readexactly(there, buf, 20)), buf);
    say("wait:%d", await(conn_wait_closed(here)));
    return 0;
}

static void who_has_heard_all_may_still_speak(void **state)
{
    (void)state;
    run_scenario(answer_after_eof);
    assert_said("5:hello 10:still here wait:0");
}

static int write_eof_behind_a_queue(void)
{
    char buf[4096];
    size_t total = 0;
    ssize_t n;
    fill_kernel(here);
    uint64_t all = here->total_out + conn_write_queued(here);
    say("eof:%d", conn_write_eof(here));
    while ((n = await(conn_read(there, buf, sizeof buf))) > 0)
        total += (size_t)n;
    say("all:%d", total == all);
    return 0;
}

static void the_end_is_sent_behind_what_is_queued(void **state)
{
    (void)state;
    run_scenario(write_eof_behind_a_queue);
    assert_said("eof:0 all:1");
}

/* ---- closing */

static int wait_and_say(void *conn)
{
    say("closed:%d", await(conn_wait_closed(conn)));
    return 0;
}

static int close_behind_a_queue(void)
{
    char buf[4096];
    size_t total = 0;
    ssize_t n;
    fill_kernel(here);
    uint64_t all = here->total_out + conn_write_queued(here);
    struct task *waits = task_create(wait_and_say, here);
    conn_close(here);
    conn_close(here);
    say("closing:%d", conn_is_closing(here));
    say("write:%d eof:%d", conn_write(here, "x", 1) == -EPIPE, conn_write_eof(here) == -EPIPE);
    pause_for(0.01);
    say("open:%d", !task_is_done(waits));
    while ((n = await(conn_read(there, buf, sizeof buf))) > 0)
        total += (size_t)n;
    await(task_join(waits));
    say("all:%d", total == all);
    return 0;
}

static int read_to_the_end(void *conn)
{
    char buf[4096];
    ssize_t n;
    while ((n = await(conn_read(conn, buf, sizeof buf))) > 0)
        continue;
    return (int)n;
}

static int drain_while_it_closes(void)
{
    fill_kernel(here);
    conn_close(here);
    struct task *reader = task_create(read_to_the_end, there);
    say("drain:%d", await(conn_drain(here)));
    say("again:%d", await(conn_drain(here)) == -ECONNRESET);
    return await(task_join(reader));
}

static void drain_waits_also_while_the_rest_is_sent_at_the_close(void **state)
{
    (void)state;
    run_scenario(drain_while_it_closes);
    assert_said("drain:0 again:1");
}

/* The handler's connection goes with the handler, also when somebody else waits for it. */
static struct task *helper;

static int help(void *conn)
{
    char buf[8];
    say("helper:%d", (int)await(conn_read(conn, buf, sizeof buf)));
    return 0;
}

static int leave_to_a_helper(struct conn *conn, void *unused)
{
    (void)unused;
    helper = task_create(help, conn);
    return await(task_yield());
}

static int serve_with_a_helper(void *unused)
{
    (void)unused;
    struct conn *client;
    struct server *helped = server_start("127.0.0.1", 0, leave_to_a_helper, NULL);
    int err = await(conn_open("127.0.0.1", server_port(helped), &client));
    while (err == 0 && helper == NULL)
        err = await(task_yield());
    say("joined:%d", await(task_join(helper)));
    conn_release(client);
    server_close(helped);
    return await(server_wait_closed(helped));
}

static void a_read_ends_when_the_handler_has_left_its_connection(void **state)
{
    (void)state;
    helper = NULL;
    assert_int_equal(run_main(serve_with_a_helper), 0);
    assert_said("helper:0 joined:0");
}

static void close_sends_what_is_queued_first(void **state)
{
    (void)state;
    run_scenario(close_behind_a_queue);
    assert_said("closing:1 write:1 eof:1 open:1 closed:0 all:1");
}

static int abort_with_a_queue(void)
{
    char buf[4096];
    ssize_t n;
    fill_kernel(here);
    struct task *drains = task_create(drain_it, here);
    conn_set_write_limits(here, 1, 1);
    await(task_yield());
    conn_abort(here);
    conn_abort(here);
    say("queued:%d wait:%d", (int)conn_write_queued(here), await(conn_wait_closed(here)));
    await(task_join(drains));
    while ((n = await(conn_read(there, buf, sizeof buf))) > 0)
        continue;
    say("peer:%d", (int)n <= 0);
    return 0;
}

static void abort_drops_what_is_queued_and_wakes_who_waits(void **state)
{
    (void)state;
    run_scenario(abort_with_a_queue);
    assert_said("queued:0 wait:0 drained:-104 peer:1");
}

static int close_under_a_reader(void)
{
    struct task *reader = task_create(read_some, NULL);
    await(task_yield());
    conn_close(here);
    await(task_join(reader));
    char byte;
    say("again:%d", (int)await(conn_read(here, &byte, 1)));
    say("drain:%d", await(conn_drain(here)) == -ECONNRESET);
    say("peer:%d", (int)await(conn_read(there, &byte, 1)));
    return 0;
}

static void closing_ends_a_read_as_the_end_of_input(void **state)
{
    (void)state;
    run_scenario(close_under_a_reader);
    assert_said("first:0 again:0 drain:1 peer:0");
}

static int be_reset(void)
{
    struct linger now = { 1, 0 };
    char byte;
    send_text(there, "unread");
    pause_for(0.01);
    await(conn_read(here, &byte, 1));
    setsockopt(there->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    conn_abort(there); /* a reset */
    pause_for(0.01);
    say("read:%d", (int)await(conn_read(here, &byte, 1)) == -ECONNRESET);
    say("read:%d", (int)await(conn_read(here, &byte, 1)) == -ECONNRESET); /* it stays */
    say("write:%d", conn_write(here, "x", 1) == -ECONNRESET);
    say("drain:%d", await(conn_drain(here)) == -ECONNRESET);
    say("eof:%d", conn_write_eof(here) == -ECONNRESET);
    say("wait:%d", await(conn_wait_closed(here)) == -ECONNRESET);
    conn_close(here);
    conn_abort(here);
    return 0;
}

static void a_reset_is_told_by_every_call_from_then_on(void **state)
{
    (void)state;
    run_scenario(be_reset);
    assert_said("read:1 read:1 write:1 drain:1 eof:1 wait:1");
}

static int reset_under_everybody(void)
{
    struct linger now = { 1, 0 };
    fill_kernel(here);
    conn_set_write_limits(here, 1, 1);
    struct task *reader = task_create(read_some, NULL), *drains = task_create(drain_it, here),
                *waits = task_create(wait_and_say, here);
    await(task_yield());
    setsockopt(there->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    conn_abort(there);
    await(task_join(reader));
    await(task_join(drains));
    await(task_join(waits));
    return 0;
}

static void a_reset_wakes_reader_writer_and_who_waits_for_the_close(void **state)
{
    (void)state;
    run_scenario(reset_under_everybody);
    assert_said("first:-104 drained:-104 closed:-104");
}

static int write_to_a_peer_that_left(void)
{
    int err = 0;
    conn_close(there);
    pause_for(0.01);
    for (int i = 0; i < 100 && err == 0; i++) {
        err = conn_write(here, "anybody there?", 14); /* no SIGPIPE */
        pause_for(0.001);
    }
    say("%d", err == -EPIPE || err == -ECONNRESET);
    return 0;
}

static void writing_to_who_has_left_is_an_error_and_no_signal(void **state)
{
    (void)state;
    run_scenario(write_to_a_peer_that_left);
    assert_said("1");
}

/* ---- opening */

static int free_port(void)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof sa;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int ok = bind(fd, (struct sockaddr *)&sa, size) == 0 &&
             getsockname(fd, (struct sockaddr *)&sa, &size) == 0;
    close(fd);
    return ok ? ntohs(sa.sin_port) : 1;
}

static int open_in_vain(void *unused)
{
    struct conn *c = NULL;
    char long_path[300];
    (void)unused;
    memset(long_path, 'x', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    say("%d", await(conn_open("127.0.0.1", free_port(), &c)) == -ECONNREFUSED);
    say("%d", await(conn_open("no such name.invalid", 80, &c)) == -EADDRNOTAVAIL);
    say("%d", await(conn_open("127.0.0.1", 65536, &c)) == -EINVAL);
    say("%d", await(conn_open_unix(temporary("nobody"), &c)) == -ENOENT);
    say("%d", await(conn_open_unix(long_path, &c)) == -ENAMETOOLONG);
    say("%d", c == NULL && list_is_empty(&loop_current()->conns));
    return 0;
}

static void a_connection_that_can_not_be_had_says_why_and_leaves_nothing(void **state)
{
    struct conn *c;
    (void)state;
    assert_int_equal(conn_open("127.0.0.1", 80, &c), -EINVAL); /* no task runs */
    assert_int_equal(conn_open_unix("x", &c), -EINVAL);
    assert_int_equal(run_main(open_in_vain), 0);
    assert_said("1 1 1 1 1 1");
}

static int busy_port;

static int open_busy(void *unused)
{
    struct conn *c;
    (void)unused;
    return await(conn_open("127.0.0.1", busy_port, &c));
}

static int cancel_an_open(void *unused)
{
    struct task *t = task_create(open_busy, NULL);
    (void)unused;
    await(task_sleep(0.01));
    say("done:%d", task_is_done(t));
    task_cancel(t);
    say("%d", await(task_join(t)) == -ECANCELED);
    say("left:%d", !list_is_empty(&loop_current()->conns));
    return 0;
}

/* A listener that accepts nobody, and whose queue is full: who connects waits. */
static void opening_can_be_cancelled_and_leaves_nothing(void **state)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof sa;
    int fd = socket(AF_INET, SOCK_STREAM, 0), full[4];
    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, size), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &size), 0);
    busy_port = ntohs(sa.sin_port);
    for (size_t i = 0; i < COUNT(full); i++) {
        full[i] = socket_open(AF_INET);
        (void)connect(full[i], (struct sockaddr *)&sa, sizeof sa);
    }
    usleep(10000);
    assert_int_equal(run_main(cancel_an_open), 0);
    for (size_t i = 0; i < COUNT(full); i++)
        close(full[i]);
    close(fd);
    assert_said("done:0 1 left:0");
}

static int peer_names(void)
{
    char want[64];
    snprintf(want, sizeof want, "127.0.0.1:%d", server_port(server));
    say("%d", strcmp(conn_peer(here), want));
    say("%d", strncmp(conn_peer(there), "127.0.0.1:", 10));
    return 0;
}

static void each_end_knows_the_others_address(void **state)
{
    (void)state;
    run_scenario(peer_names);
    assert_said("0 0");
}

static int say_peer(struct conn *c, void *unused)
{
    (void)unused;
    say("%s", conn_peer(c));
    conn_close(c);
    return 0;
}

static int meet_on_unix(void *unused)
{
    struct conn *c;
    char byte;
    const char *path = temporary("peer");
    struct server *s = server_start_unix(path, say_peer, NULL);
    (void)unused;
    if (s == NULL || await(conn_open_unix(path, &c)) < 0)
        return 1;
    await(conn_read(c, &byte, 1));
    say("%d", strcmp(conn_peer(c), path));
    conn_release(c);
    server_close(s);
    return 0;
}

static void a_nameless_unix_client_is_called_unix(void **state)
{
    (void)state;
    assert_int_equal(run_main(meet_on_unix), 0);
    assert_said("unix 0");
}

static int greet_and_close(struct conn *c, void *unused)
{
    (void)unused;
    send_text(c, "hi\n");
    conn_close(c);
    return 0;
}

/* The name stands for two addresses, and the server listens at both. */
static int meet_by_name(void *unused)
{
    struct conn *c;
    struct server *s = server_start("localhost", free_port(), greet_and_close, NULL);
    (void)unused;
    if (s == NULL)
        return -errno;
    for (int i = 0; i < s->n_sockets; i++) {
        char host[ADDRESS_TEXT];
        bool six = s->sockets[i].addr[0] == '[';
        snprintf(host, sizeof host, "%s", six ? "::1" : "127.0.0.1");
        ns begun = clock_real();
        if (await(conn_open(host, server_port(s), &c)) < 0)
            return 2;
        say_line(c, 100);
        conn_release(c);
        if (clock_real() - begun > NS_PER_S / 2)
            say("slow"); /* virtual time waited in vain */
    }
    server_close(s);
    return 0;
}

static void every_address_of_a_server_answers_at_once(void **state)
{
    struct addrinfo *list;
    (void)state;
    if (getaddrinfo("localhost", NULL, NULL, &list) != 0)
        skip(); /* a system without /etc/hosts */
    freeaddrinfo(list);
    assert_int_equal(run_main(meet_by_name), 0);
    assert_true(strcmp(said, "3:hi$") == 0 || strcmp(said, "3:hi$ 3:hi$") == 0);
}

/* Each address has a server of its own, and all have the same port. */
static int meet_one_of_several_servers(void *unused)
{
    static const char *const hosts[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3" };
    int port = free_port();
    (void)unused;
    for (size_t i = 0; i < COUNT(hosts); i++)
        if (server_start(hosts[i], port, greet_and_close, NULL) == NULL)
            return errno == EADDRNOTAVAIL ? 1 : -errno;
    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct conn *c;
        ns begun = clock_real();
        if (await(conn_open(hosts[i], port, &c)) < 0)
            return 2;
        say_line(c, 100);
        conn_release(c);
        if (clock_real() - begun > NS_PER_S / 2)
            say("slow");
    }
    return 0;
}

static void of_servers_with_the_same_port_the_one_that_is_called_is_awaited(void **state)
{
    (void)state;
    int result = run_main(meet_one_of_several_servers);
    if (result == 1)
        skip(); /* a system whose loopback has one address */
    assert_int_equal(result, 0);
    assert_said("3:hi$ 3:hi$ 3:hi$");
}

/* ---- the end of the loop */

static int leave_it_all_open(void *unused)
{
    (void)unused;
    int err = meet();
    if (err < 0)
        return err;
    fill_kernel(here);
    task_release(task_create(read_some, NULL));
    conn_release(here); /* closing, with a queue */
    return 0;
}

static void a_loop_may_be_closed_in_the_middle_of_everything(void **state)
{
    (void)state;
    assert_int_equal(run_main(leave_it_all_open), 0);
}

/* ---- the same order every time */

static int chatter(void *number)
{
    struct conn *c;
    char line[64];
    int i = (int)(intptr_t)number;
    if (await(conn_open("127.0.0.1", server_port(server), &c)) < 0)
        return 1;
    say("%d+%.3f", i, loop_time(loop_current()));
    for (int k = 0; k < 3; k++) {
        conn_printf(c, "line %d of %d\n", k, i);
        await(conn_readline(c, line, sizeof line));
        say("%d.%d", i, k);
        await(task_sleep(0.001 * (i + 1)));
    }
    conn_release(c);
    return 0;
}

static int echo(struct conn *c, void *unused)
{
    char line[64];
    ssize_t n;
    (void)unused;
    while ((n = await(conn_readline(c, line, sizeof line))) > 0) {
        say("<%.*s>", (int)n - 1, line);
        conn_write(c, line, (size_t)n);
    }
    say("bye");
    conn_close(c);
    return 0;
}

static int chat(void *unused)
{
    struct task *tasks[8];
    (void)unused;
    server = server_start("127.0.0.1", 0, echo, NULL);
    if (server == NULL)
        return -errno;
    for (intptr_t i = 0; i < (intptr_t)COUNT(tasks); i++)
        tasks[i] = task_create(chatter, (void *)i);
    for (size_t i = 0; i < COUNT(tasks); i++)
        await(task_join(tasks[i]));
    server_close(server);
    await(server_wait_closed(server));
    say("%.3f", loop_time(loop_current()));
    return 0;
}

static void in_virtual_time_own_connections_do_the_same_every_time(void **state)
{
    static char first[sizeof said];
    (void)state;
    for (int i = 0; i < 50; i++) {
        said[0] = '\0';
        assert_int_equal(run_main(chat), 0);
        if (i == 0)
            strcpy(first, said);
        assert_string_equal(said, first);
    }
    assert_non_null(strstr(first, "<line 2 of 7>"));
    assert_non_null(strstr(first, " 0.024")); /* the slowest client's three pauses, and no more */
}

static int come_and_go(void *unused)
{
    struct conn *c;
    (void)unused;
    int err = await(conn_open("127.0.0.1", server_port(server), &c));
    if (err < 0)
        return err;
    conn_close(c);
    await(task_sleep(1));
    conn_release(c);
    return 0;
}

static int stay_longer(struct conn *c, void *unused)
{
    char byte;
    (void)unused;
    say("%zd", await(conn_read(c, &byte, 1)));
    for (int i = 0; i < 5; i++)
        await(task_sleep(1));
    return 0;
}

static int go_before_they_are_accepted(void *unused)
{
    (void)unused;
    server = server_start("127.0.0.1", 0, stay_longer, NULL);
    server_set_backlog(server, 1); /* one in each turn */
    for (int i = 0; i < 3; i++)
        task_release(task_create(come_and_go, NULL));
    await(task_sleep(2));
    server_close(server);
    return await(server_wait_closed(server));
}

static void a_client_that_left_before_it_was_accepted_may_be_forgotten(void **state)
{
    (void)state;
    assert_int_equal(run_main(go_before_they_are_accepted), 0);
    assert_said("0 0 0");
}

/* ---- of a socket that is there already */

static void do_nothing(void *unused)
{
    (void)unused;
}

static void say_opened(int fd)
{
    struct conn *c;
    int err = conn_open_fd(fd, &c);
    say("%s %s;",
        err == 0           ? "opened"
        : err == -EINVAL   ? "invalid"
        : err == -ENOTSOCK ? "no socket"
        : err == -ENOTCONN ? "alone"
        : err == -EBADF    ? "bad"
        : err == -EBUSY    ? "busy"
                           : "?",
        watch_is_open(fd) ? "open" : "closed");
}

static int open_what_is_no_stream(void *unused)
{
    int pair[2], packets[2], ends[2];
    (void)unused;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM, 0, packets) < 0 || pipe(ends) < 0)
        return -errno;
    int alone = socket(AF_UNIX, SOCK_STREAM, 0);
    say_opened(packets[0]);
    say_opened(ends[0]);
    say_opened(alone);
    say_opened(alone);
    say_opened(pair[0]);
    say_opened(pair[0]); /* twice: it stays the first one's */
    loop_add_writer(loop_current(), pair[1], do_nothing, NULL);
    say_opened(pair[1]);
    say("%d", loop_remove_writer(loop_current(), pair[1]));
    say_opened(pair[1]);
    close(packets[1]);
    close(ends[1]);
    return 0;
}

static void only_a_connected_stream_that_nobody_watches_is_opened(void **state)
{
    (void)state;
    assert_int_equal(run_main(open_what_is_no_stream), 0);
    assert_said(
        "invalid closed; no socket closed; alone closed; bad closed; opened open; busy open; "
        "busy open; 1 opened open;");
}

/* Of a connection whose peer has said all, nobody watches the descriptor: it is its own all the same. */
static int open_what_has_heard_all(void *unused)
{
    int pair[2];
    char byte;
    struct conn *c;
    (void)unused;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || conn_open_fd(pair[0], &c) < 0)
        return -errno;
    shutdown(pair[1], SHUT_WR);
    say("%d", (int)await(conn_read(c, &byte, 1)));
    say_opened(pair[0]);
    conn_release(c);
    close(pair[1]);
    return 0;
}

static void a_connections_socket_is_its_own_after_the_end_of_input(void **state)
{
    (void)state;
    assert_int_equal(run_main(open_what_has_heard_all), 0);
    assert_said("0 busy open;");
}

#define BOTH(test) VIRTUAL(test), REAL(test)
#define WITH_PATTERN(test)                                                                         \
    cmocka_unit_test_setup_teardown(test, begin_pattern, end_pattern),                             \
        cmocka_unit_test_setup_teardown(test, begin_pattern_real, end_pattern)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(lines_come_whole_and_the_end_is_an_empty_one),
        BOTH(what_was_received_and_not_read_can_be_asked),
        BOTH(a_line_may_come_in_pieces),
        BOTH(readexactly_waits_for_all_or_the_end),
        BOTH(one_task_reads_at_a_time),
        VIRTUAL(a_cancelled_read_loses_nothing),
        WITH_PATTERN(much_arrives_whole_and_the_writer_waits_for_the_reader),
        WITH_PATTERN(unread_input_beyond_twice_the_limit_stops_the_receiving),
        WITH_PATTERN(readexactly_reads_any_size),
        WITH_PATTERN(readline_reads_any_length_that_fits_the_buffer),
        WITH_PATTERN(drain_waits_from_above_the_high_mark_to_the_low_one),
        WITH_PATTERN(raising_the_marks_lets_the_writer_go_on),
        WITH_PATTERN(a_limit_beyond_all_sizes_is_none),
        BOTH(printf_to_a_connection_has_no_limit),
        BOTH(who_has_said_all_may_still_listen),
        BOTH(who_has_heard_all_may_still_speak),
        WITH_PATTERN(the_end_is_sent_behind_what_is_queued),
        WITH_PATTERN(close_sends_what_is_queued_first),
        WITH_PATTERN(abort_drops_what_is_queued_and_wakes_who_waits),
        WITH_PATTERN(drain_waits_also_while_the_rest_is_sent_at_the_close),
        BOTH(a_read_ends_when_the_handler_has_left_its_connection),
        BOTH(closing_ends_a_read_as_the_end_of_input),
        BOTH(a_reset_is_told_by_every_call_from_then_on),
        WITH_PATTERN(a_reset_wakes_reader_writer_and_who_waits_for_the_close),
        BOTH(writing_to_who_has_left_is_an_error_and_no_signal),
        BOTH(a_connection_that_can_not_be_had_says_why_and_leaves_nothing),
        REAL(opening_can_be_cancelled_and_leaves_nothing),
        BOTH(each_end_knows_the_others_address),
        BOTH(only_a_connected_stream_that_nobody_watches_is_opened),
        BOTH(a_connections_socket_is_its_own_after_the_end_of_input),
        BOTH(a_nameless_unix_client_is_called_unix),
        BOTH(every_address_of_a_server_answers_at_once),
        BOTH(of_servers_with_the_same_port_the_one_that_is_called_is_awaited),
        WITH_PATTERN(a_loop_may_be_closed_in_the_middle_of_everything),
        VIRTUAL(in_virtual_time_own_connections_do_the_same_every_time),
        VIRTUAL(a_client_that_left_before_it_was_accepted_may_be_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

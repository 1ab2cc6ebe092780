/* test_loop_sink.c - where a trace goes: files, pipes, viewers; slow ones, dead ones, full ones. */
#define _GNU_SOURCE
#include "traced.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "inside.h"
#include "sink.h"

/* ---- programs */

static int yields;       /* how many lines there are: five a yield */
static double rest;      /* seconds that it lives on */
static bool raise_limit; /* the disk gets room again */

static int readers_end = -1; /* of a pipe: the program's copy is closed */

static int burst(void *arg)
{
    (void)arg;
    for (int i = 0; i < yields; i++)
        await(task_yield());
    puts("burst over");
    if (raise_limit) {
        struct rlimit limit;
        getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (rest > 0)
        await(task_sleep(rest));
    puts("end");
    return 0;
}

static int run_burst(void)
{
    if (readers_end >= 0)
        close(readers_end);
    return loop_run(burst, NULL);
}

static int run_burst_with_little_room(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 256 << 10;
    setrlimit(RLIMIT_FSIZE, &limit);
    return loop_run(burst, NULL);
}

static int setup(void **state)
{
    (void)state;
    yields = 10;
    rest = 0;
    raise_limit = false;
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- viewers */

/* All that comes until there are so many lines or the input ends; at most so many seconds. */
static void read_lines(struct traced *t, int fd, size_t lines, double seconds)
{
    double until = now() + seconds;
    size_t len = 0, room = 0;
    t->text = calloc(1, 1);
    for (size_t n = 0; n < lines;) {
        if (room - len < 65537)
            t->text = realloc(t->text, room = 2 * room + 131072);
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int left = (int)((until - now()) * 1000);
        if (left <= 0 || poll(&p, 1, left) <= 0)
            break;
        ssize_t got = read(fd, t->text + len, 65536);
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got; i++)
            n += t->text[len + (size_t)i] == '\n';
        len += (size_t)got;
    }
    t->text[len] = '\0';
    traced_split(t);
}

static void read_all(struct traced *t, int fd, double seconds)
{
    read_lines(t, fd, SIZE_MAX, seconds);
}

static int connect_to(const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    snprintf(addr.sun_path, sizeof addr.sun_path, "%.100s", path);
    for (int i = 0; i < 200; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0)
            return fd;
        close(fd);
        nap_ms(10);
    }
    fail_msg("nobody listens at %s", path);
    return -1;
}

/* A program that is traced to a pipe or to a socket, whose other end we have. */
struct child {
    struct traced t;
    char said[128];
    pid_t pid;
    int ours, theirs;
};

static void start(struct child *c, const char *spec, int (*program)(void))
{
    memset(c, 0, sizeof *c);
    traced_spec(&c->t, spec);
    traced_path(c->said, sizeof c->said, "said");
    c->pid = traced_start(program, c->said);
    unsetenv("LOOP_TRACE");
}

static void start_with_pipe(struct child *c, int (*program)(void))
{
    int fd[2];
    char spec[32];
    assert_int_equal(pipe(fd), 0);
    snprintf(spec, sizeof spec, "fd:%d", fd[1]);
    readers_end = fd[0];
    start(c, spec, program);
    readers_end = -1;
    c->ours = fd[0];
    c->theirs = fd[1];
}

static void finish(struct child *c)
{
    free(c->t.line);
    free(c->t.text);
    traced_finish(&c->t, c->pid, c->said);
}

/* ---- opening */

static void a_place_that_is_named_twice_is_a_mistake(void **state)
{
    char path[128], specs[4][300] = { "fd:1,fd:2" };
    (void)state;
    traced_path(path, sizeof path, "twice");
    snprintf(specs[1], sizeof specs[1], "%s,%s", path, path);
    snprintf(specs[2], sizeof specs[2], "%s,/dev/null,/.%s", path, path);
    snprintf(specs[3], sizeof specs[3], "unix:%s,unix:%s", path, path);
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        struct traced t = traced_run(specs[i], run_burst);
        assert_int_equal(WEXITSTATUS(t.status), 1);
        assert_non_null(strstr(t.said, "it is named twice; the program was not started\n"));
        traced_free(&t);
        unlink(path);
    }
}

static void each_of_several_files_is_begun_anew(void **state)
{
    char path[128], spec[160];
    (void)state;
    traced_path(path, sizeof path, "second");
    FILE *f = fopen(path, "w");
    fputs("what an older run left\n", f);
    fclose(f);
    snprintf(spec, sizeof spec, "FILE,%s", path);
    struct traced t = traced_run(spec, run_burst);
    char *second = read_whole(path);
    assert_int_equal(strncmp(second, "{", 1), 0);
    free(second);
    traced_free(&t);
    unlink(path);
}

static void what_cant_be_opened_ends_the_program_before_it_starts(void **state)
{
    static const char *const specs[] = { "/no/such/directory/trace",
                                         "fd:77",
                                         "fd:",
                                         "fd:x",
                                         "fd:-1",
                                         "unix:",
                                         "tcp:0",
                                         "tcp:localhost:9000",
                                         "tcp::9000",
                                         "tcp:65536",
                                         "unix:/no/such/directory/socket",
                                         "FILE,fd:99" };
    (void)state;
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        struct traced t = traced_run(specs[i], run_burst);
        assert_int_equal(WEXITSTATUS(t.status), 1);
        assert_non_null(strstr(t.said, "loop: LOOP_TRACE: can't open \""));
        assert_non_null(strstr(t.said, "the program was not started\n"));
        assert_null(strstr(t.said, "burst"));
        traced_free(&t);
    }
}

static void several_sinks_get_the_same(void **state)
{
    (void)state;
    char more[128], spec[256];
    traced_path(more, sizeof more, "second");
    snprintf(spec, sizeof spec, "FILE,%s", more);
    struct traced t = traced_run(spec, run_burst), second = { .status = 0 };
    snprintf(second.path, sizeof second.path, "%s", more);
    traced_read(&second);
    assert_int_equal(traced_check(&t), 0);
    assert_int_equal(t.n, second.n);
    for (size_t i = 0; i < t.n; i++)
        assert_string_equal(t.line[i], second.line[i]);
    unlink(more);
    traced_free(&t);
    traced_free(&second);
}

/* ---- files */

static void a_large_trace_is_complete(void **state)
{
    (void)state;
    yields = 15000; /* some 7 MB: the ring of 4 MiB goes round */
    struct traced t = traced_run("FILE", run_burst);
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_check(&t), 0);
    assert_true(traced_count(&t, "task:begin") >= 15000);
    assert_non_null(strstr(t.line[t.n - 1], "\"lost\":0,\"how\":\"closed\"}"));
    traced_free(&t);
}

static size_t occurrences(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        n++;
    return n;
}

static void a_full_disk_is_said_once_and_the_program_goes_on(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) < 0)
        skip();
    yields = 15000;
    struct traced t = traced_run("/dev/full", run_burst);
    assert_int_equal(t.status, 0);
    assert_int_equal(occurrences(t.said, "/dev/full"), 1);
    assert_non_null(strstr(t.said, "No space left on device"));
    assert_non_null(strstr(t.said, "end\n"));
    traced_free(&t);
}

static void a_disk_that_gets_room_again_goes_on_after_a_gap(void **state)
{
    (void)state;
    yields = 15000;
    rest = 1.5; /* it is tried again each second */
    raise_limit = true;
    struct traced t = traced_run("FILE", run_burst_with_little_room);
    assert_int_equal(t.status, 0);
    uint64_t lost = traced_check(&t);
    assert_true(lost > 1000);
    struct json_object *o = line_parse(t.line[t.n - 1]);
    assert_int_equal(line_int(o, "lost"), lost);
    json_object_put(o);
    assert_true(traced_index(&t, "trace:gap") + 1 < t.n);
    assert_int_equal(occurrences(t.said, "the program goes on"), 1);
    traced_free(&t);
}

static void a_short_lack_of_room_loses_nothing(void **state)
{
    (void)state;
    yields = 2000; /* 1 MB: the ring holds it until there is room */
    rest = 1.5;
    raise_limit = true;
    struct traced t = traced_run("FILE", run_burst_with_little_room);
    assert_int_equal(traced_check(&t), 0);
    assert_true(traced_count(&t, "task:begin") >= 2000);
    traced_free(&t);
}

/* The trace may get so many bytes longer; -1: as many as it likes. */
static void leave_room(long bytes)
{
    struct stat st;
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (bytes >= 0 && stat(getenv("LOOP_TRACE"), &st) == 0)
        limit.rlim_cur = (rlim_t)(st.st_size + bytes);
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* The second mark's line is cut behind its number; then the ring goes round. */
static int cut_a_line(void *arg)
{
    (void)arg;
    loop_mark("before");
    await(task_sleep(0.01));
    nap_ms(200); /* all of it is written meanwhile */
    leave_room(45);
    loop_mark("cut");
    nap_ms(200);
    yields = 15000;
    return burst(NULL);
}

static int run_cut_a_line(void)
{
    return loop_run(cut_a_line, NULL);
}

static void a_gap_after_a_line_that_was_cut_is_exact(void **state)
{
    (void)state;
    rest = 1.5;
    raise_limit = true;
    struct traced t = traced_run("FILE", run_cut_a_line);
    assert_int_equal(t.status, 0);
    assert_true(traced_check(&t) > 1000);
    traced_free(&t);
}

/* As if the disk, full for longer than the ring holds lines, could be written to again. */
static int ask_who_is_waited_for(void *arg)
{
    struct tracer *tr = loop_current()->tracer;
    burst(arg);
    pthread_mutex_lock(&tr->journal.lock);
    tr->sinks->at.block = 0;
    bool waits = sinks_need_oldest(tr);
    pthread_mutex_unlock(&tr->journal.lock);
    return waits;
}

static int run_ask_who_is_waited_for(void)
{
    return loop_run(ask_who_is_waited_for, NULL);
}

static void a_file_that_has_missed_lines_already_is_not_waited_for(void **state)
{
    (void)state;
    yields = 15000;
    struct traced t = traced_run("FILE", run_ask_who_is_waited_for);
    assert_int_equal(t.status, 0);
    traced_free(&t);
}

/* Until the program has said them; five seconds at most. */
static void wait_for_words(const char *path, const char *words)
{
    double deadline = now() + 5;
    for (bool there = false; !there && now() < deadline;) {
        nap_ms(2);
        char *said = read_whole(path);
        there = strstr(said, words) != NULL;
        free(said);
    }
}

static int block_in_step(void *arg)
{
    (void)arg;
    puts("before");
    fflush(stdout);
    nap_ms(600);
    return 0;
}

static int run_block_in_step(void)
{
    return loop_run(block_in_step, NULL);
}

static void a_step_that_blocks_is_seen_while_it_blocks(void **state)
{
    (void)state;
    struct child c;
    start(&c, "FILE", run_block_in_step);
    wait_for_words(c.said, "before"); /* until the program is in its step ... */
    nap_ms(150);                      /* ... 50 ms, and what a busy machine may add */
    struct traced early = { .status = 0 };
    snprintf(early.path, sizeof early.path, "%s", c.t.path);
    traced_read(&early);
    assert_int_equal(traced_count(&early, "out:line"), 1);
    assert_int_equal(traced_count(&early, "task:end"), 0);
    traced_free(&early);
    finish(&c);
    traced_free(&c.t);
}

static void sigkill_loses_no_more_than_the_last_moment(void **state)
{
    (void)state;
    rest = 10;
    struct child c;
    start(&c, "FILE", run_burst);
    nap_ms(400);
    kill(c.pid, SIGKILL);
    finish(&c);
    assert_int_equal(traced_check(&c.t), 0);
    assert_true(line_is(c.t.line[c.t.n - 1], "select:enter"));
    traced_free(&c.t);
}

/* ---- pipes */

static void a_pipe_gets_all_when_it_is_read(void **state)
{
    (void)state;
    yields = 5000;
    struct child c;
    struct traced t = { .status = 0 };
    start_with_pipe(&c, run_burst);
    assert_int_equal(fcntl(c.theirs, F_GETFL) & O_NONBLOCK, 0);
    close(c.theirs);
    read_all(&t, c.ours, 20);
    finish(&c);
    assert_int_equal(c.t.status, 0);
    traced_check(&t);
    assert_true(line_is(t.line[t.n - 1], "trace:end"));
    close(c.ours);
    traced_free(&t);
    traced_free(&c.t);
}

static void the_shared_pipe_stays_blocking(void **state)
{
    (void)state;
    rest = 0.3;
    struct child c;
    struct traced t = { .status = 0 };
    start_with_pipe(&c, run_burst);
    nap_ms(150);
    assert_int_equal(fcntl(c.theirs, F_GETFL) & O_NONBLOCK, 0);
    close(c.theirs);
    read_all(&t, c.ours, 5);
    finish(&c);
    assert_int_equal(traced_check(&t), 0);
    close(c.ours);
    traced_free(&t);
    traced_free(&c.t);
}

static void a_closed_pipe_is_said_once_and_the_program_goes_on(void **state)
{
    (void)state;
    yields = 5000;
    struct child c;
    start_with_pipe(&c, run_burst);
    close(c.theirs);
    close(c.ours);
    finish(&c);
    assert_int_equal(c.t.status, 0);
    assert_int_equal(occurrences(c.t.said, "Broken pipe"), 1);
    assert_non_null(strstr(c.t.said, "end\n"));
    traced_free(&c.t);
}

static void a_pipe_that_is_read_late_has_an_exact_gap(void **state)
{
    (void)state;
    yields = 15000; /* 7 MB; the pipe holds 64 KiB and the ring 4 MiB */
    rest = 1.0;
    struct child c;
    struct traced t = { .status = 0 };
    double began = now();
    start_with_pipe(&c, run_burst);
    close(c.theirs);
    for (int i = 0; i < 1000; i++) { /* until the burst is over: nobody reads */
        char *said = read_whole(c.said);
        bool over = strstr(said, "burst over") != NULL;
        free(said);
        if (over)
            break;
        nap_ms(10);
    }
    assert_true(now() - began < 9);
    read_all(&t, c.ours, 10);
    finish(&c);
    uint64_t lost = traced_check(&t);
    assert_true(lost > 10000);
    struct json_object *o = line_parse(t.line[t.n - 1]);
    assert_int_equal(line_int(o, "lost"), lost);
    uint64_t events = 0;
    for (size_t i = 0; i < t.n; i++)
        events += !line_is_own(t.line[i]);
    assert_int_equal(line_int(o, "events"), events + lost);
    json_object_put(o);
    close(c.ours);
    traced_free(&t);
    traced_free(&c.t);
}

static void a_pipe_that_nobody_reads_holds_up_no_end(void **state)
{
    (void)state;
    yields = 20000;
    struct child c;
    double began = now();
    start_with_pipe(&c, run_burst);
    close(c.theirs);
    finish(&c);
    assert_true(now() - began < 5);
    assert_int_equal(c.t.status, 0);
    close(c.ours);
    traced_free(&c.t);
}

/* ---- terminals */

/* Many short lines: a source, which is one long line, would fill a terminal to its last byte, and nothing would wait. */
static int yield_unseen(void *arg)
{
    (void)arg;
    for (int i = 0; i < yields; i++)
        (task_yield)();
    return 0;
}

static int run_without_source(void)
{
    alarm(5);
    struct loop *loop = loop_new();
    struct task *task = (loop_create_task)(loop, yield_unseen, NULL);
    int err = loop_run_until_complete(loop, task);
    task_release(task);
    loop_close(loop);
    return err;
}

static void a_terminal_that_nobody_reads_holds_nobody_up(void **state)
{
    char spec[128];
    int keyboard = posix_openpt(O_RDWR | O_NOCTTY), screen;
    (void)state;
    if (keyboard < 0 || grantpt(keyboard) < 0 || unlockpt(keyboard) < 0)
        skip();
    screen = open(ptsname(keyboard), O_RDWR | O_NOCTTY);
    assert_true(screen >= 0);
    yields = 300; /* 150 KB: more than a terminal holds */
    for (int i = 0; i < 3; i++) {
        if (i < 2)
            snprintf(spec, sizeof spec, "FILE,fd:%d", i == 0 ? screen : keyboard);
        else
            snprintf(spec, sizeof spec, "FILE,%s", ptsname(keyboard));
        struct traced t = traced_run(spec, run_without_source);
        assert_int_equal(t.status, 0);
        assert_int_equal(traced_check(&t), 0);
        assert_true(line_is(t.line[t.n - 1], "trace:end"));
        traced_free(&t);
    }
    assert_int_equal(fcntl(screen, F_GETFL) & O_NONBLOCK, 0); /* its other users still wait */
    close(screen);
    close(keyboard);
}

/* ---- the Unix socket */

static void start_with_socket(struct child *c, char *path, size_t size)
{
    char spec[160];
    traced_path(path, size, "socket");
    snprintf(spec, sizeof spec, "FILE,unix:%s", path);
    start(c, spec, run_burst);
}

static void a_viewer_gets_head_sources_state_and_follows(void **state)
{
    (void)state;
    rest = 0.6;
    char path[128];
    struct child c;
    struct traced t = { .status = 0 };
    start_with_socket(&c, path, sizeof path);
    int fd = connect_to(path);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    read_all(&t, fd, 5);
    finish(&c);
    assert_true(line_is(t.line[0], "trace:head"));
    assert_true(line_is(t.line[1], "trace:source"));
    assert_true(line_is(t.line[2], "trace:state"));
    assert_int_equal(traced_check(&t), 0);
    assert_true(line_is(t.line[t.n - 1], "trace:end"));
    assert_string_equal(t.line[t.n - 1], c.t.line[c.t.n - 1]);
    assert_int_equal(stat(path, &st), -1);
    close(fd);
    traced_free(&t);
    traced_free(&c.t);
}

/* A step that goes on until somebody who came while it ran has seen it: or for good, if he can't. */
static int until_seen[2];

static int block_until_seen(void *unused)
{
    char byte;
    (void)unused;
    puts("before");
    fflush(stdout);
    return read(until_seen[0], &byte, 1) == 1 ? 0 : 1;
}

static int run_block_until_seen(void)
{
    close(until_seen[1]);
    alarm(20);
    return loop_run(block_until_seen, NULL);
}

static void a_viewer_that_comes_while_a_step_blocks_sees_it(void **state)
{
    (void)state;
    char path[128], spec[160];
    struct child c;
    struct traced t = { .status = 0 };
    assert_int_equal(pipe(until_seen), 0);
    traced_path(path, sizeof path, "socket");
    snprintf(spec, sizeof spec, "FILE,unix:%s", path);
    start(&c, spec, run_block_until_seen);
    close(until_seen[0]);
    wait_for_words(c.said, "before");
    int fd = connect_to(path);
    struct traced early = { .status = 0 };
    snprintf(early.path, sizeof early.path, "%s", c.t.path);
    nap_ms(100);
    traced_read(&early);
    read_lines(&t, fd, early.n, 5);
    assert_true(t.n > 0 && line_is(t.line[0], "trace:head"));
    assert_int_equal(traced_count(&t, "task:begin"), 1);
    assert_int_equal(traced_count(&t, "out:line"), 1);
    assert_int_equal(traced_count(&t, "task:end"), 0);
    traced_free(&early);
    traced_free(&t);
    assert_int_equal(write(until_seen[1], "", 1), 1);
    read_all(&t, fd, 5);
    close(fd);
    close(until_seen[1]);
    finish(&c);
    assert_int_equal(c.t.status, 0);
    assert_string_equal(t.line[t.n - 1], c.t.line[c.t.n - 1]);
    traced_free(&t);
    traced_free(&c.t);
}

static void viewers_come_and_go(void **state)
{
    (void)state;
    rest = 30;
    char path[128];
    struct child c;
    start_with_socket(&c, path, sizeof path);
    for (int i = 0; i < 5; i++) {
        struct traced t = { .status = 0 };
        int fd = connect_to(path);
        read_lines(&t, fd, 3, 5);
        assert_true(t.n >= 3);
        assert_true(line_is(t.line[2], "trace:state"));
        close(fd);
        traced_free(&t);
    }
    assert_int_equal(waitpid(c.pid, NULL, WNOHANG), 0); /* it goes on, whoever went */
    kill(c.pid, SIGTERM);
    finish(&c);
    assert_int_equal(traced_check(&c.t), 0);
    traced_free(&c.t);
}

static void a_viewer_that_stopped_reading_is_right_again_at_once(void **state)
{
    (void)state;
    yields = 15000;
    rest = 1.0;
    char path[128];
    struct child c;
    struct traced t = { .status = 0 }, lively = { .status = 0 };
    start_with_socket(&c, path, sizeof path);
    int stopped = connect_to(path);
    nap_ms(300);
    int fd = connect_to(path); /* another one is not held up by it */
    read_lines(&lively, fd, 3, 5);
    assert_true(lively.n >= 3);
    read_all(&t, stopped, 10);
    finish(&c);
    assert_int_equal(c.t.status, 0);
    traced_check(&t);
    traced_check(&lively);
    assert_int_equal(traced_check(&c.t), 0);
    close(fd);
    close(stopped);
    traced_free(&t);
    traced_free(&lively);
    traced_free(&c.t);
}

static void a_stale_socket_is_replaced_a_live_one_is_not(void **state)
{
    (void)state;
    char path[128], spec[160];
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    traced_path(path, sizeof path, "socket");
    snprintf(addr.sun_path, sizeof addr.sun_path, "%.100s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    snprintf(spec, sizeof spec, "unix:%s", path);
    close(fd); /* nobody listens, the name stays */
    struct traced t = traced_run(spec, run_burst);
    assert_int_equal(t.status, 0);
    traced_free(&t);

    unlink(path);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    assert_int_equal(listen(fd, 1), 0);
    t = traced_run(spec, run_burst);
    assert_int_equal(WEXITSTATUS(t.status), 1);
    assert_non_null(strstr(t.said, "a program that runs serves viewers there"));
    traced_free(&t);
    close(fd);
    unlink(path);

    FILE *f = fopen(path, "w"); /* and never a file */
    fclose(f);
    t = traced_run(spec, run_burst);
    assert_int_equal(WEXITSTATUS(t.status), 1);
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
    traced_free(&t);
}

static void a_fatal_signal_removes_the_socket(void **state)
{
    (void)state;
    rest = 10;
    char path[128];
    struct child c;
    struct traced t = { .status = 0 };
    start_with_socket(&c, path, sizeof path);
    int fd = connect_to(path);
    nap_ms(200);
    kill(c.pid, SIGTERM);
    read_all(&t, fd, 5);
    finish(&c);
    assert_int_equal(WTERMSIG(c.t.status), SIGTERM);
    assert_int_equal(access(path, F_OK), -1);
    assert_non_null(strstr(t.line[t.n - 1], "\"how\":\"signal\",\"status\":15}"));
    assert_non_null(strstr(c.t.line[c.t.n - 1], "\"how\":\"signal\",\"status\":15}"));
    close(fd);
    traced_free(&t);
    traced_free(&c.t);
}

/* ---- LOOP_TRACE_LIMIT */

static void read_piece(struct traced *piece, const struct traced *t)
{
    *piece = (struct traced){ .status = 0 };
    snprintf(piece->path, sizeof piece->path, "%.100s.1", t->path);
    traced_read(piece);
    unlink(piece->path);
}

static void assert_begins_whole(const struct traced *piece)
{
    assert_true(line_is(piece->line[0], "trace:head"));
    assert_true(traced_index(piece, "trace:state") < traced_index(piece, "task:begin"));
    assert_int_equal(traced_check(piece), 0);
}

static size_t size_of_trace(const struct traced *t)
{
    size_t bytes = 0;
    for (size_t i = 0; i < t->n; i++)
        bytes += strlen(t->line[i]) + 1;
    return bytes;
}

static void a_limited_file_is_kept_in_two_whole_pieces(void **state)
{
    struct traced piece;
    (void)state;
    yields = 50000; /* some 22 MB */
    setenv("LOOP_TRACE_LIMIT", "4M", 1);
    struct traced t = traced_run("FILE", run_burst);
    unsetenv("LOOP_TRACE_LIMIT");
    read_piece(&piece, &t);
    assert_int_equal(t.status, 0);
    assert_begins_whole(&t);
    assert_begins_whole(&piece);
    assert_int_equal(line_n(t.line[0]),
                     line_n(piece.line[piece.n - 1])); /* one goes on where the other ends */
    assert_true(line_n(piece.line[0]) > 10000);        /* what came before is gone */
    size_t half = 2 << 20, turn = 8 << 10;
    assert_in_range(size_of_trace(&piece), half - turn, half + turn);
    assert_in_range(size_of_trace(&t), 0, half + turn);
    assert_int_equal(traced_count(&piece, "trace:end"), 0);
    assert_non_null(strstr(t.line[t.n - 1], "\"lost\":0,\"how\":\"closed\"}"));
    traced_free(&piece);
    traced_free(&t);
}

static void below_its_limit_a_file_is_whole_and_alone(void **state)
{
    struct traced t = { .status = 0 };
    char said[128], before[140];
    (void)state;
    traced_spec(&t, "FILE");
    traced_path(said, sizeof said, "said");
    snprintf(before, sizeof before, "%s.1", t.path);
    FILE *older = fopen(before, "w"); /* of a run before: it would not go together with this one */
    fclose(older);
    setenv("LOOP_TRACE_LIMIT", "1G", 1);
    traced_finish(&t, traced_start(run_burst, said), said);
    unsetenv("LOOP_TRACE_LIMIT");
    unsetenv("LOOP_TRACE");
    assert_int_equal(traced_check(&t), 0);
    assert_int_equal(traced_count(&t, "trace:state"), 0);
    assert_int_equal(access(before, F_OK), -1);
    traced_free(&t);
}

static void a_piece_that_cant_be_begun_is_said_and_nothing_is_lost(void **state)
{
    struct traced t = { .status = 0 };
    char said[128], before[140], inside[160];
    (void)state;
    yields = 30000;
    traced_spec(&t, "FILE");
    traced_path(said, sizeof said, "said");
    snprintf(before, sizeof before, "%s.1", t.path);
    snprintf(inside, sizeof inside, "%s/x", before);
    mkdir(before, 0700); /* a directory stands where the piece before should go */
    mkdir(inside, 0700);
    setenv("LOOP_TRACE_LIMIT", "2M", 1);
    traced_finish(&t, traced_start(run_burst, said), said);
    unsetenv("LOOP_TRACE_LIMIT");
    unsetenv("LOOP_TRACE");
    rmdir(inside);
    rmdir(before);
    assert_int_equal(occurrences(t.said, "no new piece can be begun"), 1);
    assert_int_equal(traced_check(&t), 0);
    assert_true(traced_count(&t, "task:begin") >= 30000);
    traced_free(&t);
}

static void a_limit_that_is_no_size_ends_the_program_before_it_starts(void **state)
{
    static const char *const limits[] = { "64X", "M", "-1", "1", "64 M", "99999999999G" };
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        setenv("LOOP_TRACE_LIMIT", limits[i], 1);
        struct traced t = traced_run("FILE", run_burst);
        unsetenv("LOOP_TRACE_LIMIT");
        assert_int_equal(WEXITSTATUS(t.status), 1);
        assert_non_null(strstr(t.said, "LOOP_TRACE_LIMIT is a number of bytes"));
        traced_free(&t);
    }
}

/* What was recorded before is worth more than a mistyped limit. */
static void a_limit_that_is_no_size_leaves_the_older_trace_as_it_is(void **state)
{
    char path[128], *left;
    (void)state;
    traced_path(path, sizeof path, "older");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("older\n", f);
    fclose(f);
    setenv("LOOP_TRACE_LIMIT", "64X", 1);
    struct traced t = traced_run(path, run_burst);
    unsetenv("LOOP_TRACE_LIMIT");
    assert_int_equal(WEXITSTATUS(t.status), 1);
    left = read_whole(path);
    assert_string_equal(left, "older\n");
    unlink(path);
    free(left);
    traced_free(&t);
}

/* ---- viewers over TCP */

/* A listening socket at a free port of 127.0.0.1. */
static int listen_somewhere(int *port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof sa;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    assert_int_equal(listen(fd, 1), 0);
    getsockname(fd, (struct sockaddr *)&sa, &length);
    *port = ntohs(sa.sin_port);
    return fd;
}

/* With a buffer of this size to receive in; 0: the system's. */
static int connect_to_port(int port, int buffer)
{
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    for (int i = 0; i < 200; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (buffer > 0)
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        if (connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0)
            return fd;
        close(fd);
        nap_ms(10);
    }
    fail_msg("nobody listens at port %d", port);
    return -1;
}

static void a_room_of_viewers_over_tcp_only_watches(void **state)
{
    static const char *const forms[] = { "FILE,tcp:%d", "FILE,tcp:127.0.0.1:%d" };
    (void)state;
    rest = 1.5;
    for (size_t i = 0; i < 2; i++) {
        int port, viewers[3];
        char spec[64];
        struct child c;
        close(listen_somewhere(&port));
        snprintf(spec, sizeof spec, forms[i], port);
        start(&c, spec, run_burst);
        for (int v = 0; v < 3; v++) {
            viewers[v] = connect_to_port(port, 0);
            assert_int_equal(send(viewers[v], "pause\nstop\n", 11, MSG_NOSIGNAL), 11);
        }
        for (int v = 0; v < 3; v++) {
            struct traced t = { .status = 0 };
            read_all(&t, viewers[v], 10);
            assert_true(line_is(t.line[0], "trace:head"));
            assert_true(traced_index(&t, "trace:state") != SIZE_MAX);
            assert_true(line_is(t.line[t.n - 1], "trace:end"));
            traced_check(&t);
            close(viewers[v]);
            traced_free(&t);
        }
        finish(&c);
        assert_int_equal(c.t.status, 0);
        assert_int_equal(traced_count(&c.t, "trace:control"), 0);
        assert_int_equal(traced_count(&c.t, "trace:hold"), 0);
        assert_non_null(strstr(c.t.said, "end\n"));
        traced_free(&c.t);
    }
}

static void a_watcher_who_types_gets_the_end_too(void **state)
{
    int port, watcher;
    char spec[64];
    struct child c;
    struct traced t = { .status = 0 };
    (void)state;
    rest = 1;
    yields = 300;
    close(listen_somewhere(&port));
    snprintf(spec, sizeof spec, "FILE,tcp:%d", port);
    start(&c, spec, run_burst);
    watcher = connect_to_port(port, 4096);
    assert_int_equal(send(watcher, "stop\n", 5, MSG_NOSIGNAL), 5);
    finish(&c); /* before anything is read: the rest is on its way */
    read_all(&t, watcher, 10);
    assert_true(line_is(t.line[t.n - 1], "trace:end"));
    traced_check(&t);
    close(watcher);
    traced_free(&t);
    traced_free(&c.t);
}

static void a_port_that_is_taken_is_said(void **state)
{
    int port, fd = listen_somewhere(&port);
    char spec[32];
    (void)state;
    snprintf(spec, sizeof spec, "tcp:%d", port);
    struct traced t = traced_run(spec, run_burst);
    close(fd);
    assert_int_equal(WEXITSTATUS(t.status), 1);
    assert_non_null(strstr(t.said, "another program uses this port"));
    traced_free(&t);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_place_that_is_named_twice_is_a_mistake, setup),
        cmocka_unit_test_setup(each_of_several_files_is_begun_anew, setup),
        cmocka_unit_test_setup(what_cant_be_opened_ends_the_program_before_it_starts, setup),
        cmocka_unit_test_setup(several_sinks_get_the_same, setup),
        cmocka_unit_test_setup(a_large_trace_is_complete, setup),
        cmocka_unit_test_setup(a_full_disk_is_said_once_and_the_program_goes_on, setup),
        cmocka_unit_test_setup(a_disk_that_gets_room_again_goes_on_after_a_gap, setup),
        cmocka_unit_test_setup(a_short_lack_of_room_loses_nothing, setup),
        cmocka_unit_test_setup(a_gap_after_a_line_that_was_cut_is_exact, setup),
        cmocka_unit_test_setup(a_file_that_has_missed_lines_already_is_not_waited_for, setup),
        cmocka_unit_test_setup(a_step_that_blocks_is_seen_while_it_blocks, setup),
        cmocka_unit_test_setup(sigkill_loses_no_more_than_the_last_moment, setup),
        cmocka_unit_test_setup(a_pipe_gets_all_when_it_is_read, setup),
        cmocka_unit_test_setup(the_shared_pipe_stays_blocking, setup),
        cmocka_unit_test_setup(a_closed_pipe_is_said_once_and_the_program_goes_on, setup),
        cmocka_unit_test_setup(a_pipe_that_is_read_late_has_an_exact_gap, setup),
        cmocka_unit_test_setup(a_pipe_that_nobody_reads_holds_up_no_end, setup),
        cmocka_unit_test_setup(a_terminal_that_nobody_reads_holds_nobody_up, setup),
        cmocka_unit_test_setup(a_viewer_gets_head_sources_state_and_follows, setup),
        cmocka_unit_test_setup(a_viewer_that_comes_while_a_step_blocks_sees_it, setup),
        cmocka_unit_test_setup(viewers_come_and_go, setup),
        cmocka_unit_test_setup(a_viewer_that_stopped_reading_is_right_again_at_once, setup),
        cmocka_unit_test_setup(a_stale_socket_is_replaced_a_live_one_is_not, setup),
        cmocka_unit_test_setup(a_fatal_signal_removes_the_socket, setup),
        cmocka_unit_test_setup(a_limited_file_is_kept_in_two_whole_pieces, setup),
        cmocka_unit_test_setup(below_its_limit_a_file_is_whole_and_alone, setup),
        cmocka_unit_test_setup(a_piece_that_cant_be_begun_is_said_and_nothing_is_lost, setup),
        cmocka_unit_test_setup(a_limit_that_is_no_size_ends_the_program_before_it_starts, setup),
        cmocka_unit_test_setup(a_limit_that_is_no_size_leaves_the_older_trace_as_it_is, setup),
        cmocka_unit_test_setup(a_room_of_viewers_over_tcp_only_watches, setup),
        cmocka_unit_test_setup(a_watcher_who_types_gets_the_end_too, setup),
        cmocka_unit_test_setup(a_port_that_is_taken_is_said, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_loop_control.c - what a viewer may ask of the program: each command's effect is in the
 * trace, as is its answer. */
#define _GNU_SOURCE
#include "traced.h"

#include <errno.h>
#include <poll.h>

#include "control.h"
#include "loop.h"
#include "tracer.h"

/* ---- programs */

static int viewers_end = -1; /* of the socket: the program's copy is closed */

static int tick(void *arg)
{
    (void)arg;
    for (int i = 0; i < 1000; i++)
        if (await(task_sleep(0.02)) < 0)
            return -ECANCELED;
    return 0;
}

static int tick_main(void *arg)
{
    (void)arg;
    struct task *task = task_create(tick, NULL);
    task_set_name(task, "ticker");
    int result = await(task_join(task));
    printf("ticker: %d\n", result);
    return 0;
}

static int run_ticks(void)
{
    close(viewers_end);
    return loop_run(tick_main, NULL);
}

static int forever(void)
{
    close(viewers_end);
    struct loop *loop = loop_new();
    int result = loop_run_forever(loop);
    puts("stopped");
    loop_close(loop);
    return result == 0 ? 0 : 1;
}

static int one_sleep(void *arg)
{
    (void)arg;
    await(task_sleep(0.4));
    return 0;
}

static int run_one_sleep(void)
{
    close(viewers_end);
    return loop_run(one_sleep, NULL);
}

static void say_goodbye(void)
{
    puts("goodbye");
    puts("for good");
}

static int exits(void *arg)
{
    (void)arg;
    await(task_yield());
    exit(7);
}

/* What it hands to atexit() comes after the trace's end. */
static int run_exits(void)
{
    close(viewers_end);
    atexit(say_goodbye);
    return loop_run(exits, NULL);
}

/* ---- programs that hear lines too late for their loop */

static int lines_are_sent[2]; /* a pipe: a byte when they are */

/* Blocks until the feeder has them, and has told the loop. */
static void block_until_heard(struct loop *loop)
{
    char byte;
    if (read(lines_are_sent[0], &byte, 1) != 1)
        _exit(98);
    while ((atomic_load(&loop->tracer->asked) & ASKED_CONTROL) == 0)
        nap_ms(1);
}

static int exit_at_once(void *arg)
{
    (void)arg;
    block_until_heard(loop_current());
    exit(4);
}

static int run_exit(void)
{
    close(viewers_end);
    return loop_run(exit_at_once, NULL);
}

static int leave_at_once(void *arg)
{
    (void)arg;
    block_until_heard(loop_current());
    loop_leave(loop_current(), -EIO);
    return 0;
}

static int run_leave(void)
{
    close(viewers_end);
    return loop_run(leave_at_once, NULL);
}

static int close_at_once(void)
{
    close(viewers_end);
    struct loop *loop = loop_new();
    loop_stop(loop);
    loop_run_forever(loop);
    block_until_heard(loop);
    return loop_close(loop);
}

/* ---- a viewer at the other end of an inherited socket */

struct viewer {
    int fd;
    pid_t pid;
    char said[128], *text;
    size_t len, at; /* at: what was looked at already */
    int status;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void tell(struct viewer *v, const char *lines)
{
    size_t len = strlen(lines);
    assert_int_equal(send(v->fd, lines, len, MSG_NOSIGNAL), len);
}

/* first: written before the program starts; more: where its trace goes besides. */
static void start_with(struct viewer *v, int (*program)(void), const char *first, const char *more)
{
    int fd[2];
    char spec[160];
    memset(v, 0, sizeof *v);
    v->text = calloc(1, 1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    v->fd = fd[0];
    tell(v, first);
    snprintf(spec, sizeof spec, "fd:%d,%s", fd[1], more);
    setenv("LOOP_TRACE", spec, 1);
    traced_path(v->said, sizeof v->said, "said");
    viewers_end = fd[0];
    v->pid = traced_start(program, v->said);
    unsetenv("LOOP_TRACE");
    close(fd[1]);
}

static void start(struct viewer *v, int (*program)(void), const char *first)
{
    start_with(v, program, first, "");
}

/* Reads for at most so many seconds.  False: the end of input. */
static bool listen_for(struct viewer *v, double seconds)
{
    struct pollfd p = { .fd = v->fd, .events = POLLIN };
    if (poll(&p, 1, seconds > 0 ? (int)(seconds * 1000) : 0) <= 0) /* below 0 it would not end */
        return true;
    v->text = realloc(v->text, v->len + 65537);
    ssize_t n = recv(v->fd, v->text + v->len, 65536, 0);
    v->len += n > 0 ? (size_t)n : 0;
    v->text[v->len] = '\0';
    return n > 0;
}

/* The next line (after those looked at) in which both stand; NULL: it did not come in time.
 * Borrowed until the next call. */
static const char *next_with(struct viewer *v, const char *event, const char *what, double seconds)
{
    static char line[1 << 20];
    double until = now() + seconds;
    do {
        for (char *end; (end = strchr(v->text + v->at, '\n')) != NULL;) {
            size_t len = (size_t)(end - v->text) - v->at;
            memcpy(line, v->text + v->at, len);
            line[len] = '\0';
            v->at += len + 1;
            if (line_is(line, event) && strstr(line, what) != NULL)
                return line;
        }
        if (!listen_for(v, until - now() > 0 ? until - now() : 0))
            seconds = 0;
    } while (now() < until && seconds > 0);
    return NULL;
}

/* Events (not the tracer's own lines) among what came within so many seconds. */
static size_t events_within(struct viewer *v, double seconds)
{
    size_t n = 0;
    double until = now() + seconds;
    while (now() < until && listen_for(v, until - now()))
        ;
    for (char *end; (end = strchr(v->text + v->at, '\n')) != NULL;
         v->at = (size_t)(end - v->text) + 1) {
        *end = '\0';
        n += !line_is_own(v->text + v->at);
        *end = '\n';
    }
    return n;
}

/* What hangs fails the test, and is ended. */
static void await_end(struct viewer *v)
{
    pid_t pid = 0;
    for (double until = now() + 10; pid == 0 && now() < until; nap_ms(2))
        pid = waitpid(v->pid, &v->status, WNOHANG);
    if (pid != v->pid)
        kill(v->pid, SIGKILL);
    assert_int_equal(pid, v->pid);
}

/* The end of a program that its viewer has left, or reads no more. */
static void await_end_alone(struct viewer *v)
{
    close(v->fd);
    await_end(v);
    unlink(v->said);
    free(v->text);
}

static void finish(struct viewer *v, bool stop)
{
    if (stop)
        kill(v->pid, SIGKILL);
    else
        while (listen_for(v, 5))
            ;
    waitpid(v->pid, &v->status, 0);
    struct traced t = { .text = v->text };
    if (!stop) {
        char *copy = strdup(v->text);
        t.text = copy;
        traced_split(&t);
        traced_check(&t);
        free(t.line);
        free(copy);
    }
    close(v->fd);
    unlink(v->said);
    free(v->text);
}

#define assert_comes(v, event, what) assert_non_null(next_with(v, event, what, 3))

/* ---- pause and resume */

static void a_program_can_be_started_paused(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "pause\n");
    assert_comes(&v, "trace:control", "\"line\":\"pause\",\"ok\":true}");
    assert_int_equal(events_within(&v, 0.2), 0);
    assert_null(strstr(v.text, "\"ev\":\"loop:turn\""));
    tell(&v, "resume\n");
    assert_comes(&v, "trace:hold", "\"by\":\"viewer\"}");
    assert_comes(&v, "timer:fire", "tick#");
    finish(&v, true);
}

static void a_held_programs_clock_stands(void **state)
{
    struct viewer v;
    (void)state;
    double began = now();
    start(&v, run_one_sleep, "");
    assert_comes(&v, "select:enter", "timer");
    tell(&v, "pause\n");
    struct json_object *paused = line_parse(next_with(&v, "trace:control", "pause", 3));
    nap_ms(700);
    tell(&v, "resume\n");
    struct json_object *hold = line_parse(next_with(&v, "trace:hold", "took", 3));
    assert_true(line_double(hold, "took") > 0.69);
    struct json_object *fire = line_parse(next_with(&v, "timer:fire", "late", 3));
    assert_true(line_double(fire, "late") < 0.2);
    assert_true(line_double(fire, "t") - line_double(paused, "t") < 0.65);
    assert_true(now() - began > 1.0);
    json_object_put(paused);
    json_object_put(hold);
    json_object_put(fire);
    finish(&v, false);
    assert_int_equal(v.status, 0);
}

static void a_viewer_that_goes_away_lets_the_program_go_on(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_one_sleep, "pause\nspeed 0.001\n");
    assert_comes(&v, "trace:control", "speed");
    double began = now();
    close(v.fd);
    waitpid(v.pid, &v.status, 0);
    assert_int_equal(v.status, 0);
    assert_true(now() - began < 3);
    unlink(v.said);
    free(v.text);
}

static int connect_to(const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    return fd;
}

static void who_paused_last_holds_the_program(void **state)
{
    struct viewer v;
    char path[100], spec[128];
    (void)state;
    traced_path(path, sizeof path, "door");
    snprintf(spec, sizeof spec, "unix:%s", path);
    start_with(&v, run_one_sleep, "pause\n", spec);
    assert_comes(&v, "trace:control", "pause");
    int passing = connect_to(path), staying = connect_to(path);
    assert_int_equal(send(passing, "hello\n", 6, 0), 6);
    assert_comes(&v, "trace:control", "hello");
    assert_int_equal(send(staying, "state\n", 6, 0), 6);
    assert_comes(&v, "trace:control", "state");
    close(passing); /* it didn't hold the program */
    assert_int_equal(events_within(&v, 0.15), 0);
    await_end_alone(&v);
    assert_int_equal(v.status, 0);
    close(staying);
}

static void ctrl_c_twice_ends_a_held_program(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "");
    assert_comes(&v, "select:enter", "timer");
    tell(&v, "pause\n");
    assert_comes(&v, "trace:control", "pause");
    kill(v.pid, SIGINT);
    nap_ms(50);
    kill(v.pid, SIGINT);
    assert_comes(&v, "trace:end", "\"how\":\"signal\",\"status\":2}");
    finish(&v, false);
    assert_true(WIFSIGNALED(v.status) && WTERMSIG(v.status) == SIGINT);
}

/* ---- steps */

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)) != NULL; text++)
        n++;
    return n;
}

static void a_step_by_event_is_one_event(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "pause\n");
    assert_comes(&v, "trace:control", "pause");
    for (int i = 0; i < 30; i++) {
        tell(&v, "step event\n");
        assert_comes(&v, "trace:control", "\"line\":\"step event\",\"ok\":true}");
        size_t n = 0;
        for (double until = now() + 2; n == 0 && now() < until;)
            n = events_within(&v, 0.03);
        assert_int_equal(n, 1);
    }
    finish(&v, true);
}

static void a_step_by_handle_runs_one(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "pause\n");
    assert_comes(&v, "trace:control", "pause");
    for (int i = 0; i < 5; i++) {
        size_t from = v.len;
        tell(&v, "step handle\n");
        assert_comes(&v, "task:begin", "task");
        assert_comes(&v, "task:end", "task");
        events_within(&v, 0.06);
        assert_int_equal(count(v.text + from, "\"ev\":\"task:begin\""), 1);
    }
    finish(&v, true);
}

static void a_step_by_turn_is_one_turn(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "pause\n");
    assert_comes(&v, "trace:control", "pause");
    for (int i = 1; i < 5; i++) {
        char turn[32];
        snprintf(turn, sizeof turn, "\"turn\":%d,", i);
        tell(&v, "step turn\n");
        assert_comes(&v, "loop:turn", turn);
        assert_comes(&v, "task:end", "");
        events_within(&v, 0.06);
        snprintf(turn, sizeof turn, "\"turn\":%d,", i + 1);
        assert_null(strstr(v.text, turn));
    }
    finish(&v, true);
}

static void five_steps_at_once_are_five(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "pause\n");
    assert_comes(&v, "trace:control", "pause");
    assert_int_equal(events_within(&v, 0.05), 0);
    tell(&v, "step event\nstep event\nstep event\nstep event\nstep event\n");
    size_t n = 0;
    for (double until = now() + 3; n < 5 && now() < until;)
        n += events_within(&v, 0.03);
    n += events_within(&v, 0.05);
    assert_int_equal(n, 5);
    assert_int_equal(count(v.text, "\"line\":\"step event\",\"ok\":true}"), 5);
    finish(&v, true);
}

static void what_stands_behind_a_step_comes_after_it(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "pause\nstep turn\nstep turn\nstate\nspeed x\n");
    assert_comes(&v, "loop:turn", "\"turn\":1,");
    assert_comes(&v, "trace:control", "step turn");
    assert_comes(&v, "loop:turn", "\"turn\":2,");
    assert_comes(&v, "trace:state", "\"turn\":2,");
    assert_comes(&v, "trace:control", "\"line\":\"state\",\"ok\":true}");
    assert_comes(&v, "trace:control", "speed x");
    assert_int_equal(events_within(&v, 0.05), 0);
    finish(&v, true);
}

static void a_step_that_waits_for_ever_keeps_no_line_waiting(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, forever, "pause\nstep turn\nstep turn\n");
    assert_comes(&v, "select:enter", "\"timeout\":null");
    tell(&v, "stop\n");
    assert_comes(&v, "trace:control", "step turn");
    assert_comes(&v, "trace:control", "\"line\":\"stop\",\"ok\":true}");
    finish(&v, false);
    assert_int_equal(v.status, 0);
}

static void stepping_by_events_ends_with_the_trace(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_exits, "pause\n");
    assert_comes(&v, "trace:control", "pause");
    for (int i = 0; i < 500 && next_with(&v, "trace:end", "\"exit\",\"status\":7}", 0.02) == NULL;
         i++)
        send(v.fd, "step event\n", 11, MSG_NOSIGNAL);
    await_end_alone(&v);
    assert_true(WIFEXITED(v.status));
}

/* ---- lines that come late */

/* Tells these lines while the program does what is its last, after this event. */
static void tell_late(struct viewer *v, int (*program)(void), const char *event, const char *lines)
{
    assert_int_equal(pipe(lines_are_sent), 0);
    start(v, program, "");
    assert_comes(v, event, "");
    tell(v, lines);
    assert_int_equal(write(lines_are_sent[1], "", 1), 1);
    close(lines_are_sent[0]);
    close(lines_are_sent[1]);
}

static void lines_before_exit_are_answered(void **state)
{
    static const char *const lines[] = { "pause", "step event", "stop", "cancel 1" };
    struct viewer v;
    char answer[96];
    (void)state;
    tell_late(&v, run_exit, "task:begin", "pause\nstep event\nstop\ncancel 1\nstate\nbogus\n");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        snprintf(answer, sizeof answer, "\"%s\",\"error\":\"the loop has ended\"}", lines[i]);
        assert_comes(&v, "trace:control", answer);
    }
    assert_comes(&v, "trace:state", "");
    assert_comes(&v, "trace:control", "\"state\",\"ok\":true}");
    assert_comes(&v, "trace:control", "\"bogus\",\"error\":\"not understood");
    assert_comes(&v, "trace:end", "\"how\":\"exit\",\"status\":4}");
    finish(&v, false);
}

static void lines_before_loop_leave_are_obeyed(void **state)
{
    struct viewer v;
    (void)state;
    tell_late(&v, run_leave, "task:begin", "stop\nstate\nbogus\n");
    assert_comes(&v, "loop:stop", "\"by\":\"viewer\"}");
    assert_comes(&v, "trace:control", "\"stop\",\"ok\":true}");
    assert_comes(&v, "trace:control", "\"state\",\"ok\":true}");
    assert_comes(&v, "trace:control", "\"bogus\",\"error\":\"not understood");
    assert_comes(&v, "loop:stopped", "\"why\":\"left\"");
    finish(&v, false);
}

static void lines_before_loop_close_are_answered(void **state)
{
    struct viewer v;
    (void)state;
    tell_late(&v, close_at_once, "loop:stopped", "pause\nstate\n");
    assert_comes(&v, "trace:control", "\"pause\",\"error\":\"the loop has ended\"}");
    assert_comes(&v, "trace:control", "\"state\",\"ok\":true}");
    assert_comes(&v, "trace:end", "\"how\":\"closed\"}");
    finish(&v, false);
    assert_int_equal(v.status, 0);
}

/* ---- speed, cancel, stop, state */

static void a_slow_program_takes_longer_and_does_not_know(void **state)
{
    struct viewer v;
    (void)state;
    double began = now();
    start(&v, run_one_sleep, "speed 0.5\n");
    assert_comes(&v, "trace:control", "\"ok\":true}");
    struct json_object *set = line_parse(next_with(&v, "timer:set", "delay", 3));
    struct json_object *fire = line_parse(next_with(&v, "timer:fire", "late", 3));
    assert_true(now() - began > 0.79);
    assert_true(line_double(fire, "t") - line_double(set, "t") < 0.6);
    assert_true(line_double(fire, "late") < 0.1);
    json_object_put(set);
    json_object_put(fire);
    finish(&v, false);
}

static void cancel_is_the_viewers_and_ends_the_task(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "");
    const char *line = next_with(&v, "task:begin", "tick#", 3), *hash;
    assert_non_null(line);
    hash = strstr(line, "tick#");
    char command[64];
    snprintf(command, sizeof command, "cancel %.*s\n", (int)strcspn(hash, "\""), hash);
    tell(&v, command);
    assert_comes(&v, "task:cancel", "\"by\":\"viewer\"}");
    assert_comes(&v, "trace:control", "\"ok\":true}");
    assert_comes(&v, "task:done", "\"how\":\"cancelled\"");
    finish(&v, false);
}

static int odd_name(void *arg)
{
    loop_from("odd.c", 1, "say \"\xff\"");
    return await(task_join((task_create)(tick, arg)));
}

static int run_odd_name(void)
{
    close(viewers_end);
    return loop_run(odd_name, NULL);
}

static void cancel_looks_at_the_name_too(void **state)
{
    static const char *const others[] = { "timer#1", "foo#1",    "mai#1",
                                          "main #1", "main#1#1", "Main#1" };
    struct viewer v;
    char command[64];
    (void)state;
    start(&v, run_odd_name, "");
    struct json_object *new = line_parse(next_with(&v, "task:new", "say", 3));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        snprintf(command, sizeof command, "cancel %s\n", others[i]);
        tell(&v, command);
        assert_comes(&v, "trace:control", "\"error\":\"there is no such task\"}");
    }
    assert_null(strstr(v.text, "\"ev\":\"task:cancel\""));
    snprintf(command, sizeof command, "cancel %s\n",
             line_text(new, "task")); /* as a reader has it */
    tell(&v, command);
    assert_comes(&v, "task:cancel", "\"by\":\"viewer\"}");
    json_object_put(new);
    finish(&v, true);
}

static void cancel_works_on_a_program_held_in_the_middle(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "pause\n");
    assert_comes(&v, "trace:control", "pause");
    for (int i = 0; i < 40; i++) { /* into a step of main */
        tell(&v, "step event\n");
        const char *line = next_with(&v, "task:begin", "main#1", 0.1);
        if (line != NULL)
            break;
    }
    tell(&v, "cancel main#1\nresume\n");
    assert_comes(&v, "task:cancel", "\"by\":\"viewer\"}");
    assert_comes(&v, "trace:control", "\"line\":\"resume\",\"ok\":true}");
    assert_comes(&v, "task:done", "main#1");
    finish(&v, false);
}

static void stop_stops_the_loop(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, forever, "");
    assert_comes(&v, "select:enter", "\"timeout\":null");
    tell(&v, "stop\n");
    assert_comes(&v, "loop:stop", "\"by\":\"viewer\"}");
    assert_comes(&v, "trace:control", "\"line\":\"stop\",\"ok\":true}");
    assert_comes(&v, "loop:stopped", "\"why\":\"stop\"");
    finish(&v, false);
    assert_int_equal(v.status, 0);
}

static void state_is_told_while_the_loop_waits(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, forever, "");
    assert_comes(&v, "select:enter", "\"timeout\":null");
    tell(&v, "state\n");
    assert_comes(&v, "trace:state", "\"phase\":\"select\"");
    assert_comes(&v, "trace:control", "\"line\":\"state\",\"ok\":true}");
    assert_int_equal(events_within(&v, 0.1), 0); /* the wait goes on, untold */
    tell(&v, "stop\n");
    finish(&v, false);
}

/* ---- what is not understood */

/* 256 bytes; one more would be cut. */
#define TEN "1234567890"
#define FIFTY TEN TEN TEN TEN TEN
#define LONGEST "cancel " FIFTY FIFTY FIFTY FIFTY TEN TEN TEN TEN "12345#789"

static void anything_else_is_answered_by_an_error_and_changes_nothing(void **state)
{
    static const char *const lines[] = { "",
                                         "Pause",
                                         "pause ",
                                         " pause",
                                         "pause now",
                                         "step",
                                         "step ",
                                         "step two",
                                         "speed",
                                         "speed 0",
                                         "speed -1",
                                         "speed 1e3",
                                         "speed nan",
                                         "speed 9999",
                                         "speed .",
                                         "cancel",
                                         "cancel ",
                                         "cancel main",
                                         "cancel main#",
                                         "cancel #0",
                                         "cancel #1",
                                         "cancel 1x",
                                         "cancel main#99999999999999999999999",
                                         "stopp",
                                         LONGEST,
                                         "\x1b[31m",
                                         "\xff\xfe",
                                         "pause\r",
                                         "{\"pause\":1}" };
    struct viewer v;
    (void)state;
    start(&v, forever, "");
    assert_comes(&v, "select:enter", "\"timeout\":null");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[300];
        snprintf(line, sizeof line, "%s\n", lines[i]);
        tell(&v, line);
        struct json_object *o = line_parse(next_with(&v, "trace:control", "\"error\":\"", 3));
        if (lines[i][0] != '\xff')
            assert_string_equal(line_text(o, "line"), lines[i]);
        assert_int_equal(line_int(o, "cut"), -1);
        json_object_put(o);
    }
    assert_non_null(strstr(v.text, "#789\",\"error\":\"there is no such task"));
    assert_int_equal(send(v.fd, "pause\0\n", 7, 0), 7);
    assert_comes(&v, "trace:control", "\"line\":\"pause\\u0000\",\"error\"");
    char *long_line = malloc(100001);
    memset(long_line, 'p', 100000);
    long_line[99999] = '\n';
    long_line[100000] = '\0';
    tell(&v, long_line);
    free(long_line);
    assert_comes(&v, "trace:control", "pp\",\"cut\":99743,\"error\":\""); /* 256 are kept */
    assert_int_equal(events_within(&v, 0.05), 0);
    tell(&v, "stop\n");
    finish(&v, false);
    assert_int_equal(v.status, 0);
}

static void every_line_of_a_flood_is_answered(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "");
    for (int i = 0; i < 500; i++)
        tell(&v, i % 2 == 0 ? "pause\n" : "resume\n");
    for (int i = 0; i < 500; i++)
        assert_comes(&v, "trace:control", "\"ok\":true}");
    assert_comes(&v, "timer:fire", "tick#");
    finish(&v, true);
}

/* Sends for ever, without ever ending a line. */
static pid_t start_flood(int fd)
{
    static char bytes[1 << 16];
    memset(bytes, 'q', sizeof bytes);
    pid_t pid = fork();
    while (pid == 0)
        if (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) < 0)
            _exit(0);
    return pid;
}

static void a_flood_without_lines_keeps_nobody_waiting(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, run_ticks, "");
    assert_comes(&v, "select:enter", "timer");
    pid_t flood = start_flood(v.fd);
    bool told = true;
    for (int i = 0; i < 5; i++)
        told = told && next_with(&v, "timer:fire", "tick#", 3) != NULL;
    kill(flood, SIGKILL);
    waitpid(flood, NULL, 0);
    finish(&v, true);
    assert_true(told);
}

/* Under the lock that the loop may wait for: how much of a flood is taken in one go? */
static void a_flood_is_taken_in_pieces(void **state)
{
    int fd[2];
    size_t sent = 0;
    char bytes[1024] = { 0 };
    struct tracer *tr = calloc(1, sizeof *tr);
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    tr->control = control_create();
    for (ssize_t n; (n = send(fd[0], bytes, sizeof bytes, MSG_DONTWAIT)) > 0; sent += (size_t)n)
        ;
    assert_true(sent > 32 << 10);
    struct sink s = { .fd = fd[1] };
    assert_true(control_receive(tr, &s));
    assert_true(s.input_cut < 32 << 10);
    assert_true(recv(fd[1], bytes, 1, MSG_DONTWAIT) == 1);
    close(fd[0]);
    close(fd[1]);
    control_destroy(tr->control);
    free(tr);
}

static void lines_may_come_byte_by_byte(void **state)
{
    struct viewer v;
    (void)state;
    start(&v, forever, "");
    assert_comes(&v, "select:enter", "\"timeout\":null");
    for (const char *p = "state\nstop\n"; *p != '\0'; p++) {
        char one[2] = { *p, '\0' };
        tell(&v, one);
        nap_ms(5);
    }
    assert_comes(&v, "trace:control", "\"line\":\"state\",\"ok\":true}");
    assert_comes(&v, "trace:control", "\"line\":\"stop\",\"ok\":true}");
    finish(&v, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_can_be_started_paused),
        cmocka_unit_test(a_held_programs_clock_stands),
        cmocka_unit_test(a_viewer_that_goes_away_lets_the_program_go_on),
        cmocka_unit_test(who_paused_last_holds_the_program),
        cmocka_unit_test(ctrl_c_twice_ends_a_held_program),
        cmocka_unit_test(a_step_by_event_is_one_event),
        cmocka_unit_test(a_step_by_handle_runs_one),
        cmocka_unit_test(a_step_by_turn_is_one_turn),
        cmocka_unit_test(five_steps_at_once_are_five),
        cmocka_unit_test(what_stands_behind_a_step_comes_after_it),
        cmocka_unit_test(a_step_that_waits_for_ever_keeps_no_line_waiting),
        cmocka_unit_test(stepping_by_events_ends_with_the_trace),
        cmocka_unit_test(lines_before_exit_are_answered),
        cmocka_unit_test(lines_before_loop_leave_are_obeyed),
        cmocka_unit_test(lines_before_loop_close_are_answered),
        cmocka_unit_test(a_slow_program_takes_longer_and_does_not_know),
        cmocka_unit_test(cancel_is_the_viewers_and_ends_the_task),
        cmocka_unit_test(cancel_looks_at_the_name_too),
        cmocka_unit_test(cancel_works_on_a_program_held_in_the_middle),
        cmocka_unit_test(stop_stops_the_loop),
        cmocka_unit_test(state_is_told_while_the_loop_waits),
        cmocka_unit_test(anything_else_is_answered_by_an_error_and_changes_nothing),
        cmocka_unit_test(every_line_of_a_flood_is_answered),
        cmocka_unit_test(a_flood_without_lines_keeps_nobody_waiting),
        cmocka_unit_test(a_flood_is_taken_in_pieces),
        cmocka_unit_test(lines_may_come_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

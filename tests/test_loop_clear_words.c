/*
 * test_loop_clear_words.c - programs that pull the carpet from under the loop: each goes on, or ends in a clear word
 *
 * Each is a process of its own; its stderr is what it said.
 */
#include "loop_test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "inside.h"
#include "sink.h"
#include "ticks.h"

/* ---- what a test needs */

static const char *trace_file(void)
{
    static char path[96];
    if (path[0] == '\0')
        strcpy(path, temporary("trace"));
    return path;
}

/* The trace so far, NUL at its end; free() it. */
static char *read_trace(void)
{
    FILE *f = fopen(trace_file(), "r");
    size_t room = 64 << 20, n = 0;
    char *text = malloc(room);
    assert_non_null(f);
    assert_non_null(text);
    n = fread(text, 1, room - 1, f);
    text[n] = '\0';
    fclose(f);
    unlink(trace_file());
    return text;
}

static void trace_into_file(void)
{
    unlink(trace_file());
    setenv("LOOP_TRACE", trace_file(), 1);
}

/* The first time untraced, the second traced. */
static int in_child_twice(int traced, void (*body)(void))
{
    if (traced)
        trace_into_file();
    int status = in_child(body);
    unsetenv("LOOP_TRACE");
    return status;
}

static void assert_says(const char *words)
{
    if (strstr(said, words) == NULL)
        fail_msg("it said \"%s\", not \"%s\"", said, words);
}

static void run_and_exit(task_fn *fn)
{
    _exit(loop_run(fn, NULL));
}

/* ---- descriptors that are closed, or become other files */

static int close_everything(void *unused)
{
    (void)unused;
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    await(task_sleep(30));
    return 0;
}

static void close_all(void)
{
    run_and_exit(close_everything);
}

static void who_closes_the_loops_own_pipe_ends_with_the_reason(void **state)
{
    (void)state;
    for (int traced = 0; traced < 2; traced++) {
        int status = in_child_twice(traced, close_all);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 1);
        assert_says(
            "the loop's own wake-up pipe, was closed or replaced by the program; the loop ends");
        if (traced) {
            assert_says("was closed or replaced by the program, which goes on without it");
            unlink(trace_file());
        }
    }
}

static int replace_wake_pipe(void *unused)
{
    int null = open("/dev/null", O_RDWR);
    (void)unused;
    dup2(null, loop_current()->wake_fd[0]);
    await(task_sleep(30));
    return 0;
}

static void replace_wake(void)
{
    run_and_exit(replace_wake_pipe);
}

static void who_puts_another_file_in_its_place_ends_with_the_reason(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(in_child(replace_wake)), 1);
    assert_says(
        "the loop's own wake-up pipe, was closed or replaced by the program; the loop ends");
}

static int no_job(void *unused)
{
    (void)unused;
    return 0;
}

static int replace_by_silence(void *unused)
{
    int silent[2];
    (void)unused;
    if (pipe(silent) < 0)
        return 1;
    dup2(silent[0], loop_current()->wake_fd[0]);
    return 0;
}

static int replace_and_ask_a_thread(void *unused)
{
    if (replace_by_silence(unused) != 0)
        return 1;
    return await(to_thread(no_job, NULL)) < 0 ? 0 : 2; /* whose end nobody would hear of */
}

static int replace_and_sleep(void *unused)
{
    if (replace_by_silence(unused) != 0)
        return 1;
    return await(task_sleep(0.3)) < 0 ? 0 : 2; /* long enough to wait for, on any machine */
}

static void thread_without_wake(void)
{
    run_and_exit(replace_and_ask_a_thread);
}

static void sleep_without_wake(void)
{
    run_and_exit(replace_and_sleep);
}

static void a_silent_pipe_in_its_place_ends_with_the_reason_too(void **state)
{
    (void)state;
    for (int traced = 0; traced < 2; traced++) {
        assert_int_equal(WEXITSTATUS(in_child_twice(traced, thread_without_wake)), 1);
        assert_says(
            "the loop's own wake-up pipe, was closed or replaced by the program; the loop ends");
        assert_int_equal(WEXITSTATUS(in_child_twice(traced, sleep_without_wake)), 1);
        assert_says(
            "the loop's own wake-up pipe, was closed or replaced by the program; the loop ends");
        unlink(trace_file());
    }
}

static int n_signals;

static void count_signal(void *unused)
{
    (void)unused;
    n_signals++;
}

/* As many bytes as there are signals, and more: each would be the number of one. */
static int print_numbers(void *unused)
{
    (void)unused;
    if (loop_add_signal(loop_current(), SIGUSR1, count_signal, NULL) < 0)
        return 1;
    for (int byte = 1; byte < 256; byte++)
        putchar(byte);
    fflush(stdout);
    await(task_sleep(0.01));
    return loop_current()->wake_fd[0] > 2 && n_signals == 0 ? 7 : 2;
}

static void print_without_stdout(void)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    run_and_exit(print_numbers);
}

static void what_is_printed_without_a_stdout_is_no_signal(void **state)
{
    (void)state;
    for (int traced = 0; traced < 2; traced++) {
        assert_int_equal(WEXITSTATUS(in_child_twice(traced, print_without_stdout)), 7);
        assert_said("");
        unlink(trace_file());
    }
}

/* Another's bytes where the loop's own were: numbers of signals that there are not. */
static int replace_by_chatter(void *unused)
{
    int chatter[2];
    char bytes[64];
    (void)unused;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, chatter) < 0)
        return 1;
    memset(bytes, 200, sizeof bytes);
    (void)!write(chatter[1], bytes, sizeof bytes);
    dup2(chatter[0], loop_current()->wake_fd[0]);
    await(task_sleep(30));
    return 0;
}

static void replace_wake_by_chatter(void)
{
    run_and_exit(replace_by_chatter);
}

static void what_a_socket_in_its_place_brings_is_no_signal(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(in_child(replace_wake_by_chatter)), 1);
    assert_says(
        "the loop's own wake-up pipe, was closed or replaced by the program; the loop ends");
}

static void close_trace(void *unused)
{
    (void)unused;
    for (int fd = 800; fd < 1024; fd++)
        close(fd);
}

static int close_trace_and_go_on(void *unused)
{
    (void)unused;
    await(task_sleep(0.1));
    loop_call_soon(loop_current(), close_trace, NULL);
    for (int i = 0; i < 20; i++)
        await(task_sleep(0.02));
    return 7;
}

static void close_trace_body(void)
{
    struct rusage used;
    int value = loop_run(close_trace_and_go_on, NULL);
    getrusage(RUSAGE_SELF, &used);
    _exit(used.ru_utime.tv_sec + used.ru_stime.tv_sec > 1 ? 99
                                                          : value); /* it doesn't turn in vain */
}

static void a_callback_that_closes_the_trace_is_told_and_the_program_goes_on(void **state)
{
    (void)state;
    int status = in_child_twice(1, close_trace_body);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_says("was closed or replaced by the program, which goes on without it");
    assert_says("by which viewers command the loop, was closed or replaced by the program");
    unlink(trace_file());
}

/* The tracer's own, one after the other. */
enum { TRACE_FILE, DOOR, CONTROL_OUT, CONTROL_IN, POKE_OUT, POKE_IN, OWN_FDS };

static int taken;     /* which of them */
static int victim[2]; /* [0] stands in its place then; -1: nothing */

static int own_fd(const struct tracer *tr)
{
    switch (taken) {
    case TRACE_FILE: return tr->sinks->fd;
    case DOOR: return tr->feeder->doors->fd;
    case CONTROL_OUT: return tr->control_fd[0];
    case CONTROL_IN: return tr->control_fd[1];
    case POKE_OUT: return tr->feeder->poke[0];
    default: return tr->feeder->poke[1];
    }
}

static int take_and_go_on(void *unused)
{
    int fd = own_fd(loop_current()->tracer);
    (void)unused;
    await(task_sleep(0.01));
    if (victim[0] < 0)
        close(fd);
    else
        dup2(victim[0], fd);
    for (int i = 0; i < 5; i++) {
        tracer_ask(loop_current()->tracer, ASKED_STATE); /* as for a viewer that comes */
        await(task_sleep(0.01));
    }
    loop_note("on it goes");
    return 7;
}

static void take_body(void)
{
    run_and_exit(take_and_go_on);
}

/* Said once, and the rest of the trace is there. */
static void assert_goes_on_without(void)
{
    char spec[256];
    snprintf(spec, sizeof spec, "%s,unix:%s", trace_file(), temporary("door"));
    for (taken = 0; taken < OWN_FDS; taken++) {
        unlink(trace_file());
        setenv("LOOP_TRACE", spec, 1);
        int status = in_child(take_body);
        unsetenv("LOOP_TRACE");
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 7);
        assert_says("was closed or replaced by the program");
        assert_ptr_equal(strchr(said, '\n'), strrchr(said, '\n'));
        char *trace = read_trace();
        assert_int_equal(strstr(trace, "\"text\":\"on it goes") != NULL, taken != TRACE_FILE);
        free(trace);
        assert_int_equal(access(temporary("door"), F_OK), -1);
    }
}

static void who_closes_the_tracers_own_is_told_and_goes_on(void **state)
{
    (void)state;
    victim[0] = -1;
    assert_goes_on_without();
}

static void who_puts_a_file_over_the_tracers_own_is_told_and_keeps_it(void **state)
{
    struct stat st;
    char kept[96];
    (void)state;
    strcpy(kept, temporary("kept"));
    victim[0] = open(kept, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(victim[0], "mine", 4), 4);
    assert_int_equal(lseek(victim[0], 0, SEEK_SET), 0);
    assert_goes_on_without();
    assert_int_equal(fstat(victim[0], &st), 0);
    assert_int_equal(st.st_size, 4);                    /* nobody wrote into it */
    assert_int_equal(lseek(victim[0], 0, SEEK_CUR), 0); /* nor read from it */
    close(victim[0]);
    unlink(kept);
}

static void who_puts_a_silent_pipe_over_the_tracers_own_is_told_and_goes_on(void **state)
{
    (void)state;
    assert_int_equal(pipe(victim), 0);
    assert_goes_on_without();
    close(victim[0]);
    close(victim[1]);
}

/* The tracer's own number, with the victim in its place. */
static int take_one(int which)
{
    taken = which;
    return dup2(victim[0], own_fd(loop_current()->tracer));
}

static int take_and_die(void *unused)
{
    (void)unused;
    take_one(POKE_IN);
    raise(SIGTERM);
    return 0;
}

static int take_and_fork(void *unused)
{
    int status = 0, fd = take_one(TRACE_FILE);
    (void)unused;
    pid_t pid = fork();
    if (pid == 0)
        _exit(fcntl(fd, F_GETFD) >= 0 ? 7 : 2);
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

/* As a viewer that steps by turns. */
static int take_and_step(void *unused)
{
    struct tracer *tr = loop_current()->tracer;
    (void)unused;
    alarm(10);
    tr->hold.until = UNTIL_TURN;
    atomic_fetch_or(&tr->asked, ASKED_HOLD);
    take_one(CONTROL_OUT);
    await(task_sleep(0.01));
    return 7;
}

static task_fn *taker;

static void run_taker(void)
{
    run_and_exit(taker);
}

/* It stands over the tracer's own for less time than anybody needs to notice. */
static int with_a_file_over_it(task_fn *fn)
{
    char kept[96];
    strcpy(kept, temporary("kept"));
    victim[0] = open(kept, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(victim[0], "mine", 4), 4);
    assert_int_equal(lseek(victim[0], 0, SEEK_SET), 0);
    taker = fn;
    int status = in_child_twice(1, run_taker);
    assert_int_equal(lseek(victim[0], 0, SEEK_CUR), 0); /* nobody wrote into it or read from it */
    close(victim[0]);
    unlink(kept);
    unlink(trace_file());
    return status;
}

static void a_file_over_the_tracers_own_is_left_alone_by_a_fatal_signal(void **state)
{
    (void)state;
    assert_int_equal(WTERMSIG(with_a_file_over_it(take_and_die)), SIGTERM);
}

static void a_file_over_the_tracers_own_is_left_to_a_forked_child(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(with_a_file_over_it(take_and_fork)), 7);
}

static void a_file_over_the_tracers_own_ends_a_step_and_is_not_read(void **state)
{
    (void)state;
    int status = with_a_file_over_it(take_and_step);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_says("they can only watch now");
}

/* Its own viewer connects when no descriptor is left to accept it. */
static int eat_descriptors(void *unused)
{
    struct door *door = loop_current()->tracer->feeder->doors;
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    struct rlimit few = { .rlim_cur = 40, .rlim_max = 40 };
    int viewer = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)unused;
    strcpy(addr.sun_path, temporary("door"));
    setrlimit(RLIMIT_NOFILE, &few);
    while (open("/dev/null", O_RDONLY) >= 0)
        continue;
    if (connect(viewer, (struct sockaddr *)&addr, sizeof addr) < 0)
        return 1;
    for (int i = 0; i < 1000 && !door->blamed; i++)
        await(task_sleep(0.01));
    await(task_sleep(0.05));
    return door->retry > clock_real() - 10 * NS_PER_S ? 7 : 2;
}

static void eat_descriptors_body(void)
{
    run_and_exit(eat_descriptors);
}

static void a_viewer_for_whom_no_descriptor_is_left_is_told_once(void **state)
{
    char spec[128];
    (void)state;
    snprintf(spec, sizeof spec, "unix:%s", temporary("door"));
    setenv("LOOP_TRACE", spec, 1);
    int status = in_child(eat_descriptors_body);
    unsetenv("LOOP_TRACE");
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_says("a viewer can't come in: Too many open files; tried again each second\n");
    assert_ptr_equal(strchr(said, '\n'), strrchr(said, '\n'));
}

static int no_handler(struct conn *conn, void *unused)
{
    (void)conn;
    (void)unused;
    return 0;
}

static int how; /* 0: close it, 1: another file in its place */

static void spoil(int fd)
{
    if (how == 0)
        close(fd);
    else
        dup2(STDIN_FILENO, fd);
}

static int spoil_server(void *unused)
{
    struct server *s = server_start("127.0.0.1", 0, no_handler, NULL);
    (void)unused;
    if (s == NULL)
        return -errno;
    spoil(server_fd(s, 0));
    return await(server_serve_forever(s)) == -ECANCELED ? 7 : 1;
}

static void spoil_server_body(void)
{
    int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    run_and_exit(spoil_server);
}

static void a_server_whose_socket_is_closed_or_replaced_says_so_and_closes(void **state)
{
    (void)state;
    for (how = 0; how < 2; how++) {
        assert_int_equal(WEXITSTATUS(in_child(spoil_server_body)), 7);
        assert_says("on which it listened, was closed or replaced by the program");
    }
}

static int spoil_conn(void *unused)
{
    int pair[2];
    char byte;
    struct conn *c;
    (void)unused;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || conn_open_fd(pair[0], &c) < 0)
        return 1;
    spoil(pair[0]);
    int err = (int)await(conn_read(c, &byte, 1));
    int again = conn_write(c, "x", 1);
    conn_release(c);
    return err == (how == 0 ? -EBADF : -ENOTSOCK) && again == err ? 7 : 1;
}

static void spoil_conn_body(void)
{
    int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    run_and_exit(spoil_conn);
}

static void a_connection_whose_socket_is_closed_or_replaced_answers_why(void **state)
{
    (void)state;
    for (how = 0; how < 2; how++)
        assert_int_equal(WEXITSTATUS(in_child(spoil_conn_body)), 7);
}

static int heard;

static void hear(void *fd)
{
    char byte;
    if (read(*(int *)fd, &byte, 1) == 1)
        heard = byte;
}

/* The number is what is watched: another pipe under it is watched as well. */
static int change_pipes(void *unused)
{
    int a[2], b[2];
    (void)unused;
    if (pipe(a) < 0 || pipe(b) < 0 || loop_add_reader(loop_current(), a[0], hear, &a[0]) < 0)
        return 1;
    dup2(b[0], a[0]);
    (void)!write(a[1], "a", 1);
    (void)!write(b[1], "b", 1);
    await(task_sleep(0.05));
    loop_remove_reader(loop_current(), a[0]);
    return heard == 'b' ? 7 : 1;
}

static void change_pipes_body(void)
{
    signal(SIGPIPE, SIG_IGN);
    run_and_exit(change_pipes);
}

static void a_pipe_put_under_a_watched_number_is_watched(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(in_child(change_pipes_body)), 7);
    assert_said("");
}

/* ---- many */

static void never(void *unused)
{
    (void)unused;
    abort();
}

static int cancel_many(void *unused)
{
    struct loop *loop = loop_current();
    static struct call calls[100000];
    (void)unused;
    for (size_t i = 0; i < COUNT(calls); i++)
        calls[i] = loop_call_later(loop, 3600, never, NULL);
    for (size_t i = 0; i < COUNT(calls); i++)
        if (!call_cancel(calls[i]))
            return 1;
    await(task_yield());
    return loop->timers.count < 10 ? 7 : 2;
}

static void cancel_many_body(void)
{
    run_and_exit(cancel_many);
}

static void a_hundred_thousand_cancelled_timers_leave_nothing_behind(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(in_child(cancel_many_body)), 7);
    assert_said("");
}

/* ---- the end of a process, and what its trace then holds */

/* A note each millisecond, which also goes through a pipe to whoever will kill it. */
static int progress[2];

static int take_notes(void *unused)
{
    struct timespec ms = { .tv_nsec = 1000000 };
    (void)unused;
    for (int i = 0; i < 5000; i++) {
        loop_note("note %d.", i);
        (void)!write(progress[1], &i, sizeof i);
        if (i % 200 == 0)
            await(task_yield());
        nanosleep(&ms,
                  NULL); /* a step that blocks: nothing is handed over but by the tracer's thread */
    }
    return 0;
}

static int last_note(const char *trace)
{
    int last = -1;
    for (const char *at = trace; (at = strstr(at, "\"text\":\"note ")) != NULL; at++)
        last = atoi(at + strlen("\"text\":\"note "));
    return last;
}

/* Milliseconds' worth of notes that a kill lost. */
static int lost_by_kill(void)
{
    int i, last = -1;
    trace_into_file();
    assert_int_equal(pipe(progress), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(progress[0]);
        run_and_exit(take_notes);
    }
    close(progress[1]);
    unsetenv("LOOP_TRACE");
    while (last < 300 && read(progress[0], &i, sizeof i) == sizeof i)
        last = i;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    while (read(progress[0], &i, sizeof i) == sizeof i)
        last = i;
    close(progress[0]);
    char *trace = read_trace();
    int lost = last - last_note(trace);
    free(trace);
    return lost;
}

static void a_kill_loses_50_ms_at_most_of_a_step_that_blocks(void **state)
{
    (void)state;
    int least = lost_by_kill();
    for (int i = 0; i < 4 && least > 50;
         i++) { /* on a busy machine, the tracer's thread may wait for its turn */
        int lost = lost_by_kill();
        least = lost < least ? lost : least;
    }
    assert_in_range(least, 0, 50);
}

static int manner;

/* cmocka has an assert() of its own; this is what libc's does when it fails. */
static void assert_of_the_program(void)
{
    fputs("Assertion `false' failed.\n", stderr);
    abort();
}

static int crash(void *unused)
{
    (void)unused;
    await(task_sleep(0.01));
    loop_note("the last words");
    if (manner == SIGSEGV)
        *(volatile int *)(intptr_t)(manner - SIGSEGV) = 1;
    assert_of_the_program();
    return 0;
}

static void crash_body(void)
{
    run_and_exit(crash);
}

static void a_crash_leaves_its_trace_complete_and_says_how_it_ended(void **state)
{
    static const int manners[] = { SIGABRT, SIGSEGV };
    (void)state;
    for (size_t i = 0; i < COUNT(manners) - (CORO_UNDER_ASAN ? 1 : 0); i++) {
        char end[64];
        manner = manners[i];
        int status = in_child_twice(1, crash_body);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), manner);
        if (manner == SIGABRT)
            assert_says("Assertion `false' failed");
        char *trace = read_trace(), *note = strstr(trace, "the last words");
        snprintf(end, sizeof end, "\"lost\":0,\"how\":\"signal\",\"status\":%d}\n", manner);
        assert_non_null(note);
        assert_non_null(strstr(note, end));
        free(trace);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(who_closes_the_loops_own_pipe_ends_with_the_reason),
        REAL(who_puts_another_file_in_its_place_ends_with_the_reason),
        REAL(a_silent_pipe_in_its_place_ends_with_the_reason_too),
        REAL(what_is_printed_without_a_stdout_is_no_signal),
        REAL(what_a_socket_in_its_place_brings_is_no_signal),
        REAL(a_callback_that_closes_the_trace_is_told_and_the_program_goes_on),
        REAL(who_closes_the_tracers_own_is_told_and_goes_on),
        REAL(who_puts_a_file_over_the_tracers_own_is_told_and_keeps_it),
        REAL(who_puts_a_silent_pipe_over_the_tracers_own_is_told_and_goes_on),
        REAL(a_file_over_the_tracers_own_is_left_alone_by_a_fatal_signal),
        REAL(a_file_over_the_tracers_own_is_left_to_a_forked_child),
        REAL(a_file_over_the_tracers_own_ends_a_step_and_is_not_read),
        REAL(a_viewer_for_whom_no_descriptor_is_left_is_told_once),
        REAL(a_server_whose_socket_is_closed_or_replaced_says_so_and_closes),
        REAL(a_connection_whose_socket_is_closed_or_replaced_answers_why),
        REAL(a_pipe_put_under_a_watched_number_is_watched),
        REAL(a_hundred_thousand_cancelled_timers_leave_nothing_behind),
        REAL(a_kill_loses_50_ms_at_most_of_a_step_that_blocks),
        REAL(a_crash_leaves_its_trace_complete_and_says_how_it_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

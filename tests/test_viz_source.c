/*
 * test_viz_source.c - where a trace comes from: programs, sockets, files, pipes
 *
 * The programs are bash scripts: what matters here is descriptors, signals and ends, not loops.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char message[512];

/* The system's, unless a test forbids threads. */
static bool no_threads;

int pthread_create(pthread_t *thread, pthread_attr_t const *attributes, void *(*run)(void *),
                   void *arg)
{
    union {
        void *found;
        int (*call)(pthread_t *, pthread_attr_t const *, void *(*)(void *), void *);
    } real = { dlsym(RTLD_NEXT, "pthread_create") };

    return no_threads ? EAGAIN : real.call(thread, attributes, run, arg);
}

static struct source *start(char const *script)
{
    char *argv[] = { "bash", "-c", (char *)(uintptr_t)script, NULL };
    struct source *source = source_run(argv, NULL, NULL, message, sizeof(message));

    if (!source)
        fail_msg("%s", message);
    return source;
}

static void read_all(struct source *source, char *text, size_t size)
{
    ssize_t n = pread(source_trace_fd(source), text, size - 1, 0);

    assert_true(n >= 0);
    assert_int_equal(n, source_bytes(source));
    text[n] = '\0';
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void wait_for_end(struct source *source)
{
    double start_s = seconds();

    while (!source_has_ended(source)) {
        source_wait(source, 20);
        assert_true(seconds() - start_s < 10);
    }
}

/* The sink as the program sees it: fd:N, the last in the list. */
#define TRACE_FD "fd=${LOOP_TRACE##*fd:}; "

static void a_program_finds_a_sink_in_its_environment(void **state)
{
    struct source *source = start(TRACE_FD "eval \"echo one >&$fd; echo two >&$fd\"");
    char text[64];

    (void)state;
    wait_for_end(source);
    read_all(source, text, sizeof(text));
    assert_string_equal(text, "one\ntwo\n");
    assert_int_equal(source_exit_status(source), 0);
    source_close(source);
}

static void a_sink_that_is_set_already_stays(void **state)
{
    struct source *source;
    char text[128];

    (void)state;
    setenv("LOOP_TRACE", "/tmp/some.jsonl", 1);
    source = start(TRACE_FD "eval \"echo $LOOP_TRACE >&$fd\"");
    unsetenv("LOOP_TRACE");
    wait_for_end(source);
    read_all(source, text, sizeof(text));
    assert_memory_equal(text, "/tmp/some.jsonl,fd:", 19);
    source_close(source);
}

static void small_descriptors_are_the_programs_own(void **state)
{
    struct source *source = start(TRACE_FD "[ $fd -ge 100 ] && eval \"echo high >&$fd\"");
    char text[64];

    (void)state;
    wait_for_end(source);
    read_all(source, text, sizeof(text));
    assert_string_equal(text, "high\n");
    source_close(source);
}

static void a_program_that_does_not_exist_is_named(void **state)
{
    char *argv[] = { "/nonexistent/program", NULL };

    (void)state;
    assert_null(source_run(argv, NULL, NULL, message, sizeof(message)));
    assert_non_null(strstr(message, "/nonexistent/program"));
    assert_non_null(strstr(message, strerror(ENOENT)));
}

static void the_programs_own_status_is_told(void **state)
{
    struct source *source = start("exit 3");
    char text[128];

    (void)state;
    wait_for_end(source);
    assert_int_equal(source_exit_status(source), 3);
    source_describe(source, text, sizeof(text));
    assert_string_equal(text, "bash ended with status 3");
    source_finish(source);
    assert_int_equal(source_exit_status(source), 3);
    source_close(source);
}

static void a_signal_is_told_as_a_shell_would(void **state)
{
    struct source *source = start("kill -KILL $$");

    (void)state;
    wait_for_end(source);
    assert_int_equal(source_exit_status(source), 128 + SIGKILL);
    source_close(source);
}

/* More than any socket holds, while nobody looks. */
static void a_program_is_never_kept_waiting(void **state)
{
    enum { BYTES = 8000000 };
    char mark[] = "/tmp/loopscope-mark-XXXXXX", script[200];
    double start_s = seconds();
    struct source *source;

    (void)state;
    close(mkstemp(mark));
    snprintf(script, sizeof(script), TRACE_FD "eval \"head -c %d /dev/zero >&$fd\"; rm %s; sleep 9",
             BYTES, mark);
    source = start(script);
    while (access(mark, F_OK) == 0 && seconds() - start_s < 5)
        poll(NULL, 0, 5);
    assert_int_equal(access(mark, F_OK), -1);
    while (source_bytes(source) < BYTES && seconds() - start_s < 8)
        source_wait(source, 100);
    assert_int_equal(source_bytes(source), BYTES);
    source_close(source);
}

static void without_a_thread_whoever_looks_moves_what_came(void **state)
{
    struct source *source;
    char text[64];

    (void)state;
    no_threads = true;
    source = start(TRACE_FD "eval \"echo one >&$fd; echo two >&$fd\"; exit 3");
    no_threads = false;
    wait_for_end(source);
    read_all(source, text, sizeof(text));
    assert_string_equal(text, "one\ntwo\n");
    assert_int_equal(source_exit_status(source), 3);
    source_close(source);
}

static void leaving_interrupts_the_program_and_takes_its_last_words(void **state)
{
    struct source *source =
        start(TRACE_FD "trap 'eval \"echo last >&$fd\"; exit 9' INT; eval \"echo first >&$fd\"; "
                       "while :; do sleep 0.02; done");
    char text[64];

    (void)state;
    while (source_bytes(source) == 0)
        source_wait(source, 100);
    source_finish(source);
    assert_true(source_has_ended(source));
    read_all(source, text, sizeof(text));
    assert_string_equal(text, "first\nlast\n");
    assert_int_equal(source_exit_status(source), 0); /* the user quit: nothing is wrong */
    source_close(source);
}

static void a_program_that_ignores_the_interrupt_is_killed_after_two_seconds(void **state)
{
    struct source *source =
        start(TRACE_FD "trap '' INT; eval \"echo up >&$fd\"; while :; do sleep 0.05; done");
    double start_s;

    (void)state;
    while (source_bytes(source) == 0)
        source_wait(source, 100);
    start_s = seconds();
    source_finish(source);
    assert_true(seconds() - start_s > 1.8 && seconds() - start_s < 4);
    assert_int_equal(source_pid(source), 0);
    source_close(source);
}

static void control_lines_reach_the_program(void **state)
{
    struct source *source = start(TRACE_FD "eval \"head -n 1 <&$fd | tr a-z A-Z >&$fd\"");
    char text[64];

    (void)state;
    assert_true(source_takes_control(source));
    assert_int_equal(source_control(source, "step turn"), 0);
    wait_for_end(source);
    read_all(source, text, sizeof(text));
    assert_string_equal(text, "STEP TURN\n");
    assert_int_equal(source_control(source, "pause"), -EPIPE);
    source_close(source);
}

static void a_program_that_writes_no_trace_still_ends(void **state)
{
    struct source *source = start("sleep 0.1");

    (void)state;
    wait_for_end(source);
    assert_int_equal(source_bytes(source), 0);
    source_close(source);
}

static void a_program_that_closes_its_trace_may_live_on(void **state)
{
    struct source *source = start(TRACE_FD "eval \"echo x >&$fd; exec $fd>&-\"; sleep 0.3");
    double start_s = seconds();

    (void)state;
    wait_for_end(source);
    assert_true(seconds() - start_s > 0.2);
    assert_int_equal(source_bytes(source), 2);
    source_close(source);
}

static void the_programs_output_comes_out_after_leaving(void **state)
{
    char path[] = "/tmp/test_viz_source-XXXXXX", text[64] = "";
    int out = mkstemp(path), saved = dup(STDOUT_FILENO);
    struct source *source;

    (void)state;
    fflush(stdout);
    source = start("echo to stdout");
    wait_for_end(source);
    dup2(out, STDOUT_FILENO);
    assert_int_equal(source_replay_output(source), 0);
    dup2(saved, STDOUT_FILENO);
    assert_int_equal(pread(out, text, sizeof(text) - 1, 0), 10);
    assert_string_equal(text, "to stdout\n");
    close(saved);
    close(out);
    unlink(path);
    source_close(source);
}

static void a_recording_is_the_trace_itself(void **state)
{
    char path[] = "/tmp/test_viz_source-XXXXXX", text[64] = "";
    char *argv[] = { "bash", "-c", TRACE_FD "eval \"echo kept >&$fd\"", NULL };
    int fd = mkstemp(path);
    struct source *source = source_run(argv, path, NULL, message, sizeof(message));

    (void)state;
    assert_non_null(source);
    wait_for_end(source);
    source_close(source);
    assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 5);
    assert_string_equal(text, "kept\n");
    close(fd);
    unlink(path);
}

static void a_recording_that_can_not_be_written_is_named(void **state)
{
    char *argv[] = { "true", NULL };

    (void)state;
    assert_null(source_run(argv, "/nonexistent/dir/trace.jsonl", NULL, message, sizeof(message)));
    assert_non_null(strstr(message, "/nonexistent/dir/trace.jsonl"));
}

static void a_saved_file_is_read_as_it_is(void **state)
{
    char path[] = "/tmp/test_viz_source-XXXXXX";
    int fd = mkstemp(path);
    struct source *source;

    (void)state;
    assert_int_equal(write(fd, "abc\n", 4), 4);
    source = source_file(path, false, message, sizeof(message));
    assert_non_null(source);
    assert_true(source_has_ended(source));
    assert_int_equal(source_bytes(source), 4);
    assert_int_equal(source_control(source, "pause"), -ENOTSUP);
    source_close(source);
    close(fd);
    unlink(path);
}

static void a_followed_file_grows_and_may_not_shrink(void **state)
{
    char path[] = "/tmp/test_viz_source-XXXXXX";
    int fd = mkstemp(path);
    struct source *source;

    (void)state;
    source = source_file(path, true, message, sizeof(message));
    assert_non_null(source);
    assert_true(source_is_live(source));
    assert_int_equal(source_pump(source), 0);
    assert_int_equal(write(fd, "abc\n", 4), 4);
    assert_int_equal(source_pump(source), 4);
    assert_int_equal(source_bytes(source), 4);
    assert_int_equal(ftruncate(fd, 1), 0);
    assert_int_equal(source_pump(source), -ESTALE);
    assert_true(source_has_ended(source));
    source_close(source);
    close(fd);
    unlink(path);
}

static void directories_and_missing_files_are_refused_by_name(void **state)
{
    (void)state;
    assert_null(source_file("/nonexistent.jsonl", false, message, sizeof(message)));
    assert_non_null(strstr(message, "/nonexistent.jsonl"));
    assert_null(source_file("/tmp", false, message, sizeof(message)));
    assert_non_null(strstr(message, strerror(EISDIR)));
}

static int listen_at(char const *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void attaching_reads_and_controls_over_a_unix_socket(void **state)
{
    char dir[] = "/tmp/test_viz_source-XXXXXX", path[64], address[80], text[64] = "";
    int listener, peer;
    struct source *source;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/sock", dir);
    snprintf(address, sizeof(address), "unix:%s", path);
    listener = listen_at(path);
    source = source_attach(address, NULL, message, sizeof(message));
    assert_non_null(source);
    peer = accept(listener, NULL, NULL);
    assert_int_equal(write(peer, "hello\n", 6), 6);
    assert_int_equal(source_wait(source, 1000), 6);
    assert_int_equal(source_control(source, "pause"), 0);
    assert_int_equal(read(peer, text, sizeof(text)), 6);
    assert_memory_equal(text, "pause\n", 6);
    close(peer);
    wait_for_end(source);
    read_all(source, text, sizeof(text));
    assert_string_equal(text, "hello\n");
    source_close(source);
    close(listener);
    unlink(path);
    rmdir(dir);
}

static void attaching_to_nothing_says_what_to_do(void **state)
{
    (void)state;
    assert_null(source_attach("unix:/nonexistent/sock", NULL, message, sizeof(message)));
    assert_non_null(strstr(message, "LOOP_TRACE=unix:/nonexistent/sock"));
    assert_null(source_attach("tcp:nowhere", NULL, message, sizeof(message)));
    assert_non_null(strstr(message, "tcp:HOST:PORT"));
}

static void standard_input_is_taken_to_its_end(void **state)
{
    int fds[2], saved = dup(STDIN_FILENO);
    struct source *source;
    char text[64];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    dup2(fds[0], STDIN_FILENO);
    source = source_file("-", false, message, sizeof(message));
    assert_non_null(source);
    assert_int_equal(source_pump(source), 0);
    assert_int_equal(write(fds[1], "piped\n", 6), 6);
    close(fds[1]);
    wait_for_end(source);
    read_all(source, text, sizeof(text));
    assert_string_equal(text, "piped\n");
    source_close(source);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(fds[0]);
}

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(a_program_finds_a_sink_in_its_environment),
        cmocka_unit_test(a_sink_that_is_set_already_stays),
        cmocka_unit_test(small_descriptors_are_the_programs_own),
        cmocka_unit_test(a_program_that_does_not_exist_is_named),
        cmocka_unit_test(the_programs_own_status_is_told),
        cmocka_unit_test(a_signal_is_told_as_a_shell_would),
        cmocka_unit_test(a_program_is_never_kept_waiting),
        cmocka_unit_test(without_a_thread_whoever_looks_moves_what_came),
        cmocka_unit_test(leaving_interrupts_the_program_and_takes_its_last_words),
        cmocka_unit_test(a_program_that_ignores_the_interrupt_is_killed_after_two_seconds),
        cmocka_unit_test(control_lines_reach_the_program),
        cmocka_unit_test(a_program_that_writes_no_trace_still_ends),
        cmocka_unit_test(a_program_that_closes_its_trace_may_live_on),
        cmocka_unit_test(the_programs_output_comes_out_after_leaving),
        cmocka_unit_test(a_recording_is_the_trace_itself),
        cmocka_unit_test(a_recording_that_can_not_be_written_is_named),
        cmocka_unit_test(a_saved_file_is_read_as_it_is),
        cmocka_unit_test(a_followed_file_grows_and_may_not_shrink),
        cmocka_unit_test(directories_and_missing_files_are_refused_by_name),
        cmocka_unit_test(attaching_reads_and_controls_over_a_unix_socket),
        cmocka_unit_test(attaching_to_nothing_says_what_to_do),
        cmocka_unit_test(standard_input_is_taken_to_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

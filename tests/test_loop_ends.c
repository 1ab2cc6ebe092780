/* test_loop_ends.c - traces of programs that end in the middle: by any signal, by exit() elsewhere, by several at once. */
#define _GNU_SOURCE
#include "loop_test.h"
#include "traced.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "loop.h"

static void assert_ends(const struct traced *t, const char *how, int status)
{
    char end[64];
    snprintf(end, sizeof end, "\"how\":\"%s\",\"status\":%d}", how, status);
    assert_true(t->n > 0);
    assert_true(line_is(t->line[t->n - 1], "trace:end"));
    if (status >= 0)
        assert_non_null(strstr(t->line[t->n - 1], end));
    assert_true(traced_index(t, "trace:end") == t->n - 1);
}

/* ---- several threads at once */

static atomic_int n_ready;

static int crash_together(void *arg)
{
    atomic_fetch_add(&n_ready, 1);
    while (atomic_load(&n_ready) < 2)
        nap_ms(1);
    raise(*(const int *)arg);
    return 0;
}

static int end_in_two_threads(void *arg)
{
    static int signals[] = { SIGABRT, SIGFPE };
    (void)arg;
    for (int i = 0; i < 2; i++)
        loop_run_in_executor(loop_current(), crash_together, &signals[i]);
    for (int i = 0; i < 2000; i++) /* much that has still to be written */
        await(task_yield());
    return await(task_sleep(10));
}

static int run_end_in_two_threads(void)
{
    return loop_run(end_in_two_threads, NULL);
}

static void of_two_fatal_signals_the_first_one_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct traced t = traced_run("FILE", run_end_in_two_threads);
        assert_true(WIFSIGNALED(t.status));
        assert_ends(&t, "signal", WTERMSIG(t.status));
        assert_int_equal(traced_check(&t), 0);
        traced_free(&t);
    }
}

/* ---- beside a loop that runs on */

static bool by_exit;

static int end_later(void *arg)
{
    (void)arg;
    nap_ms(120);
    if (by_exit)
        exit(5);
    raise(SIGABRT);
    return 0;
}

static int yield_for_ever(void *arg)
{
    (void)arg;
    loop_run_in_executor(loop_current(), end_later, NULL);
    while (await(task_yield()) == 0)
        continue;
    return 0;
}

static int mark_for_ever(void *arg)
{
    alarm(20);
    loop_run_in_executor(loop_current(), end_later, arg);
    for (;; await(task_yield()))
        for (int i = 0; i < 20; i++)
            loop_mark("there is always something to tell, and more of it than the disk can take");
    return 0;
}

static int run_mark_for_ever(void)
{
    return loop_run(mark_for_ever, NULL);
}

static int readers_end = -1;

static int run_yield_for_ever(void)
{
    if (readers_end >= 0)
        close(readers_end);
    return loop_run(yield_for_ever, NULL);
}

/* The trace of program, through a pipe that takes 64 KiB in 2 ms. */
static struct traced run_with_slow_reader(int (*program)(void))
{
    struct traced t = { .text = NULL };
    char spec[32], said_path[128];
    size_t len = 0;
    ssize_t n;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    readers_end = fd[0];
    snprintf(spec, sizeof spec, "fd:%d", fd[1]);
    traced_spec(&t, spec);
    traced_path(said_path, sizeof said_path, "said");
    pid_t pid = traced_start(program, said_path);
    unsetenv("LOOP_TRACE");
    readers_end = -1;
    close(fd[1]);
    t.text = calloc(1, 16 << 20);
    while ((n = read(fd[0], t.text + len, 64 << 10)) > 0 && (len += (size_t)n) < 15 << 20)
        nap_ms(2);
    close(fd[0]);
    waitpid(pid, &t.status, 0);
    t.said = read_whole(said_path);
    unlink(said_path);
    assert_true(len > 0 && t.text[len - 1] == '\n');
    traced_split(&t);
    return t;
}

static void what_the_loop_does_after_a_crash_elsewhere_is_not_told(void **state)
{
    (void)state;
    by_exit = false;
    struct traced t = run_with_slow_reader(run_yield_for_ever);
    assert_true(WIFSIGNALED(t.status));
    assert_ends(&t, "signal", SIGABRT);
    traced_check(&t);
    traced_free(&t);
}

static void exit_in_another_thread_ends_with_the_last_event_that_is_told(void **state)
{
    (void)state;
    if (UNDER_ASAN)
        skip(); /* it looks for leaks while the loop's thread is on a task's stack */
    by_exit = true;
    for (int slow = 0; slow < 2; slow++) {
        struct traced t = slow ? run_with_slow_reader(run_yield_for_ever)
                               : traced_run("FILE", run_yield_for_ever);
        assert_int_equal(WEXITSTATUS(t.status), 5);
#ifdef __GLIBC__
        assert_ends(&t, "exit", 5);
#endif
        traced_check(&t);
        traced_free(&t);
    }
}

#ifdef __linux__
static bool slow_disk; /* slower than the loop: 64 KiB in 3 ms */

ssize_t write(int fd, const void *bytes, size_t size);
ssize_t write(int fd, const void *bytes, size_t size)
{
    if (slow_disk && size > 4096)
        nap_ms((int)(size >> 15) + 1);
    return syscall(SYS_write, fd, bytes, size);
}

/* In pieces, so that it is fed to its end before the end is told. */
static void exit_in_another_thread_does_not_wait_for_the_loop(void **state)
{
    (void)state;
    if (UNDER_ASAN)
        skip(); /* as above */
    by_exit = slow_disk = true;
    setenv("LOOP_TRACE_LIMIT", "64M", 1);
    time_t began = time(NULL);
    struct traced t = traced_run("FILE", run_mark_for_ever);
    unsetenv("LOOP_TRACE_LIMIT");
    slow_disk = false;
    assert_true(time(NULL) - began < 10);
    assert_int_equal(WEXITSTATUS(t.status), 5);
#ifdef __GLIBC__
    assert_ends(&t, "exit", 5);
#endif
    traced_free(&t);
}
#endif

/* ---- beside a loop that is closed */

static struct loop *_Atomic of_thread;
static long leave_ns; /* after the loop was asked to stop */

static int tell_and_rest(void *arg)
{
    (void)arg;
    for (int i = 0; i < 20000; i++)
        loop_mark("enough to be written while the loop is closed");
    atomic_store(&of_thread, loop_current());
    return await(task_sleep(30));
}

static void *run_tell_and_rest(void *unused)
{
    loop_run(tell_and_rest, NULL);
    return unused;
}

static int leave_beside_a_close(void)
{
    pthread_t thread;
    alarm(10);
    pthread_create(&thread, NULL, run_tell_and_rest, NULL);
    while (atomic_load(&of_thread) == NULL)
        nap_ms(1);
    nap_ms(20);
    loop_call_soon_threadsafe(of_thread, stop_it, of_thread);
    nanosleep(&(struct timespec){ .tv_nsec = leave_ns }, NULL);
    return 5;
}

static void exit_beside_a_loop_that_is_closed_ends_the_process(void **state)
{
    (void)state;
    if (UNDER_ASAN)
        skip(); /* as above */
    for (leave_ns = 0; leave_ns < 200000; leave_ns += 10000) {
        struct traced t = traced_run("FILE", leave_beside_a_close);
        assert_true(WIFEXITED(t.status));
        assert_int_equal(WEXITSTATUS(t.status), 5);
        assert_true(line_is(t.line[t.n - 1], "trace:end"));
        assert_int_equal(traced_check(&t), 0);
        traced_free(&t);
    }
}

static atomic_bool enough;

static void *fork_on(void *unused)
{
    while (!atomic_load(&enough)) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
    return unused;
}

static int tell_little(void *unused)
{
    (void)unused;
    loop_mark("here it is");
    return 0;
}

static int fork_beside_loops_that_come_and_go(void)
{
    pthread_t thread[2];
    alarm(30);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, fork_on, NULL);
    for (int i = 0; i < (UNDER_ASAN ? 200 : 2000); i++)
        loop_run(tell_little, NULL);
    atomic_store(&enough, true);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return 5;
}

static void fork_beside_a_loop_that_is_closed_holds_nobody_up(void **state)
{
    (void)state;
    struct traced t = traced_run("FILE", fork_beside_loops_that_come_and_go);
    assert_true(WIFEXITED(t.status));
    assert_int_equal(WEXITSTATUS(t.status), 5);
    traced_free(&t);
}

/* ---- stacks of threads */

static int dig(int depth)
{
    volatile char here[512];
    here[0] = (char)depth;
    return depth == 0 ? here[0] : dig(depth - 1) + here[0];
}

static int dig_job(void *arg)
{
    (void)arg;
    return dig(1 << 24);
}

static void dig_callback(void *arg)
{
    (void)arg;
    dig(1 << 24);
}

static int overflow_in_job(void *arg)
{
    (void)arg;
    return await(to_thread(dig_job, NULL));
}

static int overflow_in_callback(void *arg)
{
    (void)arg;
    loop_call_soon(loop_current(), dig_callback, NULL);
    return await(task_sleep(10));
}

static task_fn *overflow;

static int run_overflow(void)
{
    return loop_run(overflow, NULL);
}

static void an_overflow_of_a_threads_stack_is_told(void **state)
{
    (void)state;
    if (UNDER_ASAN)
        skip(); /* it reports by itself */
    for (int i = 0; i < 4; i++) {
        bool in_job = i / 2 == 0, traced = i % 2 == 0;
        overflow = in_job ? overflow_in_job : overflow_in_callback;
        struct traced t = traced_run(traced ? "FILE" : "", run_overflow);
        assert_true(WIFSIGNALED(t.status));
        if (traced)
            assert_ends(&t, "signal", WTERMSIG(t.status));
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
        assert_non_null(strstr(t.said, in_job ? "loop: a job overflowed"
                                              : "loop: callback dig_callback (call#"));
        assert_non_null(strstr(t.said, "overflowed the stack of its thread\n"));
#endif
        traced_free(&t);
    }
}

/* ---- any signal */

static int deadly;

static int end_by_signal(void *arg)
{
    puts("before");
    raise(*(const int *)arg);
    return 0;
}

static int run_end_by_signal(void)
{
    return loop_run(end_by_signal, &deadly);
}

static void every_signal_that_kills_is_told_and_leaves_no_socket(void **state)
{
    static const int signals[] = { SIGPIPE, SIGALRM, SIGTRAP, SIGUSR1,   SIGUSR2,
                                   SIGXCPU, SIGXFSZ, SIGPROF, SIGVTALRM, SIGIO };
    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        char socket_path[128], spec[160];
        deadly = signals[i];
        traced_path(socket_path, sizeof socket_path, "door");
        snprintf(spec, sizeof spec, "FILE,unix:%s", socket_path);
        struct traced t = traced_run(spec, run_end_by_signal);
        assert_true(WIFSIGNALED(t.status));
        assert_int_equal(WTERMSIG(t.status), deadly);
        assert_ends(&t, "signal", deadly);
        assert_true(line_is(t.line[t.n - 2], "out:line"));
        assert_true(access(socket_path, F_OK) < 0);
        traced_free(&t);
    }
}

static volatile sig_atomic_t n_heard;

static void hear(int sig)
{
    (void)sig;
    n_heard++;
}

static int live_with_signals(void *arg)
{
    (void)arg;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, hear);
    raise(SIGPIPE);
    raise(SIGUSR1);
    return n_heard == 1 ? 7 : 1;
}

static int run_live_with_signals(void)
{
    return loop_run(live_with_signals, NULL);
}

static void signals_that_the_program_takes_or_ignores_are_its_own(void **state)
{
    (void)state;
    struct traced t = traced_run("FILE", run_live_with_signals);
    assert_int_equal(WEXITSTATUS(t.status), 7);
    assert_non_null(strstr(t.line[t.n - 1], "\"how\":\"closed\"}"));
    traced_free(&t);
}

/* ---- _exit() and quick_exit() */

static int leave_at_once(void *arg)
{
    (void)arg;
    _exit(4);
}

static int run_leave_at_once(void)
{
    return loop_run(leave_at_once, NULL);
}

static void a_program_that_leaves_at_once_leaves_its_head(void **state)
{
    (void)state;
    struct traced t = traced_run("FILE", run_leave_at_once);
    assert_int_equal(WEXITSTATUS(t.status), 4);
    assert_true(t.n > 0);
    assert_true(line_is(t.line[0], "trace:head"));
    traced_free(&t);
}

#ifndef __APPLE__
static int end_quickly(void *arg)
{
    (void)arg;
    puts("whole");
    printf("half a line");
    quick_exit(3);
}

static int run_end_quickly(void)
{
    return loop_run(end_quickly, NULL);
}

static void quick_exit_ends_the_trace_and_drops_what_stdio_holds(void **state)
{
    (void)state;
    struct traced t = traced_run("FILE", run_end_quickly);
    assert_int_equal(WEXITSTATUS(t.status), 3);
    if (!RUNNING_ON_VALGRIND) /* which has stdio write what it holds */
        assert_string_equal(t.said, "whole\n");
    assert_ends(&t, "exit", -1);
    assert_true(line_is(t.line[t.n - 2], "out:line"));
    assert_int_equal(traced_check(&t), 0);
    traced_free(&t);
}
#endif

/* ---- the loop's thread ends, and not the process */

/* What hangs without its first thread hears no signal but one. */
static void limit_to_seconds(int seconds)
{
    pid_t program = getpid();
    if (fork() != 0)
        return;
    for (int i = 0; i < seconds * 50 && getppid() == program; i++)
        nap_ms(20);
    if (getppid() == program)
        kill(program, SIGKILL);
    _exit(0);
}

static int end_thread(void *arg)
{
    (void)arg;
    printf("half a line");
    pthread_exit(NULL);
}

static int run_end_thread(void)
{
    limit_to_seconds(10);
    return loop_run(end_thread, NULL);
}

static int is_done(void *unused)
{
    (void)unused;
    return 0;
}

static int end_thread_after_a_job(void *arg)
{
    (void)arg;
    await(to_thread(is_done, NULL)); /* its thread waits for the next one */
    pthread_exit(NULL);
}

static void run_end_after_a_job(void)
{
    limit_to_seconds(10);
    loop_run(end_thread_after_a_job, NULL);
}

static void *live_longer(void *first)
{
    pthread_join(*(pthread_t *)first, NULL);
    printf("the other thread");
    return NULL;
}

static int run_end_one_of_two_threads(void)
{
    static pthread_t first;
    pthread_t other;
    first = pthread_self();
    pthread_create(&other, NULL, live_longer, &first);
    return run_end_thread();
}

static void a_loops_thread_that_ends_itself_ends_the_trace(void **state)
{
    (void)state;
    if (UNDER_ASAN) /* which believes that the thread still uses the task's stack, traced or not */
        skip();
    for (int others = 0; others < 2; others++) {
        struct traced t = traced_run("FILE", others ? run_end_one_of_two_threads : run_end_thread);
        assert_true(WIFEXITED(t.status));
        assert_int_equal(WEXITSTATUS(t.status), 0);
        assert_string_equal(t.said, others ? "half a linethe other thread" : "half a line");
        assert_ends(&t, "exit", -1);
        assert_non_null(strstr(t.line[t.n - 2], "\"text\":\"half a line\""));
        assert_int_equal(traced_check(&t), 0);
        traced_free(&t);
    }
}

static void threads_that_wait_for_jobs_end_with_the_loops_thread(void **state)
{
    (void)state;
    if (UNDER_ASAN)
        skip();
    int status = in_child(run_end_after_a_job);
    assert_true(WIFEXITED(status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_fatal_signals_the_first_one_is_told),
        cmocka_unit_test(what_the_loop_does_after_a_crash_elsewhere_is_not_told),
        cmocka_unit_test(exit_in_another_thread_ends_with_the_last_event_that_is_told),
#ifdef __linux__
        cmocka_unit_test(exit_in_another_thread_does_not_wait_for_the_loop),
#endif
        cmocka_unit_test(exit_beside_a_loop_that_is_closed_ends_the_process),
        cmocka_unit_test(fork_beside_a_loop_that_is_closed_holds_nobody_up),
        cmocka_unit_test(an_overflow_of_a_threads_stack_is_told),
        cmocka_unit_test(every_signal_that_kills_is_told_and_leaves_no_socket),
        cmocka_unit_test(signals_that_the_program_takes_or_ignores_are_its_own),
        cmocka_unit_test(a_program_that_leaves_at_once_leaves_its_head),
        cmocka_unit_test(a_loops_thread_that_ends_itself_ends_the_trace),
        cmocka_unit_test(threads_that_wait_for_jobs_end_with_the_loops_thread),
#ifndef __APPLE__
        cmocka_unit_test(quick_exit_ends_the_trace_and_drops_what_stdio_holds),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

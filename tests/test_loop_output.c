/* test_loop_output.c - stdout and stderr are told, and else are what they are untraced: printed to
 * by threads, closed, reopened, kept. */
#define _GNU_SOURCE
#include "traced.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <wchar.h>

#include "loop.h"

/* Runs it untraced and traced: both end well and say the same. */
static struct traced same_untraced(int (*program)(void))
{
    struct traced plain = traced_run("", program), t = traced_run("FILE", program);
    assert_int_equal(plain.status, 0);
    assert_int_equal(t.status, 0);
    assert_string_equal(t.said, plain.said);
    assert_int_equal(traced_check(&t), 0);
    traced_free(&plain);
    return t;
}

/* ---- threads */

enum { LINES = 10000 };

static int print_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        fprintf(arg, "%d\n", i);
    return 0;
}

static int print_in_threads(void *arg)
{
    struct future *jobs[2];
    (void)arg;
    for (int i = 0; i < 2; i++)
        jobs[i] = loop_run_in_executor(loop_current(), print_lines, i == 0 ? stdout : stderr);
    for (int i = 0; i < 2; i++) {
        while (!future_is_done(jobs[i]))
            await(task_yield());
        future_release(jobs[i]);
    }
    return 0;
}

static int run_print_in_threads(void)
{
    return loop_run(print_in_threads, NULL);
}

/* Of plain lines, with their ends; told or counted as cut. */
static size_t bytes_told(const struct traced *t, size_t *cut)
{
    size_t told = 0;
    *cut = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (!line_is(t->line[i], "out:line"))
            continue;
        struct json_object *o = line_parse(t->line[i]);
        size_t len = strlen(line_text(o, "text"));
        if (len > 0)
            told += len + 1;
        else
            *cut += (size_t)line_int(o, "cut");
        json_object_put(o);
    }
    return told;
}

static void threads_may_print_while_the_loop_looks_up(void **state)
{
    struct traced t = traced_run("FILE", run_print_in_threads);
    size_t cut, told = bytes_told(&t, &cut);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(told + cut, strlen(t.said));
    traced_free(&t);
}

static atomic_bool enough;

static void *print_on(void *unused)
{
    while (!atomic_load(&enough))
        puts("meanwhile");
    return unused;
}

static int look_up_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 1500; i++)
        await(task_yield());
    puts("hello");
    return 0;
}

static int loops_while_a_thread_prints(void)
{
    pthread_t thread;
    int err = pthread_create(&thread, NULL, print_on, NULL);
    for (int i = 0; i < 10 && err == 0; i++)
        err = loop_run(look_up_often, NULL);
    atomic_store(&enough, true);
    pthread_join(thread, NULL);
    return err;
}

static void a_thread_may_print_while_loops_come_and_go(void **state)
{
    struct traced t = traced_run("FILE", loops_while_a_thread_prints);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_count(&t, "trace:end"), 10);
    traced_free(&t);
}

enum { LONG = 4000, MANY = 400 };

static void *print_much(void *unused)
{
    static char line[LONG];
    memset(line, 'y', LONG - 1);
    line[LONG - 1] = '\n';
    for (int i = 0; i < MANY; i++)
        fwrite(line, 1, LONG, stdout);
    return unused;
}

static int wait_for_thread(void *arg)
{
    pthread_t thread;
    (void)arg;
    pthread_create(&thread, NULL, print_much, NULL);
    pthread_join(thread, NULL); /* the loop doesn't look up before it is over */
    return 0;
}

static int run_wait_for_thread(void)
{
    return loop_run(wait_for_thread, NULL);
}

static void what_a_thread_prints_beyond_the_limit_is_counted(void **state)
{
    struct traced t = traced_run("FILE", run_wait_for_thread);
    size_t cut, told = bytes_told(&t, &cut);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(strlen(t.said), LONG * MANY);
    assert_in_range(cut, 1, LONG * MANY - (1 << 19));
    assert_int_equal(told + cut, LONG * MANY);
    traced_free(&t);
}

/* ---- closed, reopened */

static int close_stdout(void *arg)
{
    (void)arg;
    puts("before");
    bool closed = fclose(stdout) == 0;
    bool gone = fcntl(STDOUT_FILENO, F_GETFD) < 0 && puts("after") < 0;
    await(task_sleep(0.001));
    return closed && gone ? 0 : 1;
}

static int close_stderr(void *arg)
{
    (void)arg;
    fputs("before\n", stderr);
    bool closed = fclose(stderr) == 0;
    await(task_sleep(0.001));
    return closed && fcntl(STDERR_FILENO, F_GETFD) < 0 ? 0 : 1;
}

static int run_close_stdout(void)
{
    return loop_run(close_stdout, NULL);
}

static int run_close_stderr(void)
{
    return loop_run(close_stderr, NULL);
}

static void a_program_may_close_its_output(void **state)
{
    int (*const programs[])(void) = { run_close_stdout, run_close_stderr };
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct traced t = same_untraced(programs[i]);
        assert_int_equal(traced_count(&t, "out:line"), 1);
        traced_free(&t);
    }
}

static int reopen_stdout(void *arg)
{
    puts("before");
    if (freopen(arg, "w", stdout) == NULL)
        return 1;
    puts("after");
    await(task_sleep(0.001));
    return puts("at last") < 0;
}

static int run_reopen(void)
{
    char path[128];
    traced_path(path, sizeof path, "reopened");
    int err = loop_run(reopen_stdout, path);
    puts("after the loop");
    fflush(stdout);
    char *got = read_whole(path);
    fputs(got, stderr);
    free(got);
    unlink(path);
    return err;
}

static void a_program_may_reopen_its_output(void **state)
{
    struct traced t = same_untraced(run_reopen);
    (void)state;
    assert_string_equal(t.said, "before\nafter\nat last\nafter the loop\n");
    traced_free(&t);
}

/* ---- kept */

static int keep_stdout(void *arg)
{
    *(FILE **)arg = stdout;
    puts("in the loop");
    return 0;
}

static int run_keep(void)
{
    FILE *kept = NULL;
    int err = loop_run(keep_stdout, &kept);
    puts("after it");
    fputs("through what was kept\n", kept);
    puts("and again");
    return err;
}

static void a_kept_stream_prints_after_the_loop(void **state)
{
    struct traced t = same_untraced(run_keep);
    (void)state;
    assert_string_equal(t.said, "in the loop\nafter it\nthrough what was kept\nand again\n");
    assert_int_equal(traced_count(&t, "out:line"), 1);
    traced_free(&t);
}

static int print_through(void *arg)
{
    fputs("one\n", arg);
    puts("two");
    fputs("three\n", arg);
    return 0;
}

static int run_print_through(void)
{
    return loop_run(print_through, stdout);
}

static void a_stream_from_before_the_loop_keeps_its_place(void **state)
{
    struct traced t = same_untraced(run_print_through);
    (void)state;
    traced_free(&t);
}

static int say_hello(void *arg)
{
    (void)arg;
    puts("hello");
    return 0;
}

static int print_and_loop_again(void)
{
    int err = loop_run(say_hello, NULL);
    puts("between loops");
    return err != 0 ? err : loop_run(say_hello, NULL);
}

static void only_what_is_printed_while_a_loop_lives_is_told(void **state)
{
    struct traced t = traced_run("FILE", print_and_loop_again);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_string_equal(t.said, "hello\nbetween loops\nhello\n");
    assert_int_equal(traced_count(&t, "out:line"), 2);
    traced_free(&t);
}

static int fork_in_a_line(void *arg)
{
    (void)arg;
    printf("partial ");
    pid_t pid = fork();
    if (pid != 0)
        waitpid(pid, NULL, 0);
    puts(pid == 0 ? "child" : "parent");
    if (pid == 0)
        fflush(stdout), _exit(0);
    return 0;
}

static int run_fork_in_a_line(void)
{
    return loop_run(fork_in_a_line, NULL);
}

static void a_forked_child_has_what_was_not_yet_written(void **state)
{
    struct traced t = same_untraced(run_fork_in_a_line);
    (void)state;
    assert_string_equal(t.said, "partial child\npartial parent\n");
    assert_non_null(strstr(traced_find(&t, "out:line"), "\"text\":\"partial parent\""));
    traced_free(&t);
}

/* ---- other ways to use a stream */

enum { BLOCK = 1 << 20 };

static int write_to_nowhere(void *arg)
{
    /* Nothing may be read beyond it. */
    char *block = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(block + BLOCK, BLOCK, PROT_NONE);
    (void)arg;
    close(STDOUT_FILENO);
    size_t n = fwrite(block, 1, BLOCK, stdout);
    bool failed = n < BLOCK && errno == EBADF && ferror(stdout) != 0;
    munmap(block, 2 * BLOCK);
    return failed ? 0 : 1;
}

static int run_write_to_nowhere(void)
{
    return loop_run(write_to_nowhere, NULL);
}

static void what_cant_be_written_fails_as_ever(void **state)
{
    struct traced t = same_untraced(run_write_to_nowhere);
    (void)state;
    traced_free(&t);
}

static int print_wide(void *arg)
{
    (void)arg;
    fwide(stdout, 1);
    return wprintf(L"%ls\n", L"wide") == 5 ? 0 : 1;
}

static int run_print_wide(void)
{
    return loop_run(print_wide, NULL);
}

static void wide_characters_are_printed(void **state)
{
    struct traced t = same_untraced(run_print_wide);
    (void)state;
    traced_free(&t);
}

static int ask_where(void *arg)
{
    (void)arg;
    printf("abc\nab");
    fprintf(stderr, "at %ld, descriptor %d\n", ftell(stdout), fileno(stdout));
    return 0;
}

static int run_ask_where(void)
{
    return loop_run(ask_where, NULL);
}

static void a_stream_knows_where_it_is(void **state)
{
    struct traced t = traced_run("FILE", run_ask_where);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_non_null(strstr(t.said, "at 6, descriptor 1\n"));
    traced_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_may_print_while_the_loop_looks_up),
        cmocka_unit_test(a_thread_may_print_while_loops_come_and_go),
        cmocka_unit_test(what_a_thread_prints_beyond_the_limit_is_counted),
        cmocka_unit_test(a_program_may_close_its_output),
        cmocka_unit_test(a_program_may_reopen_its_output),
        cmocka_unit_test(a_kept_stream_prints_after_the_loop),
        cmocka_unit_test(a_stream_from_before_the_loop_keeps_its_place),
        cmocka_unit_test(only_what_is_printed_while_a_loop_lives_is_told),
        cmocka_unit_test(a_forked_child_has_what_was_not_yet_written),
        cmocka_unit_test(what_cant_be_written_fails_as_ever),
        cmocka_unit_test(wide_characters_are_printed),
        cmocka_unit_test(a_stream_knows_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * loop_test.h - what the loop's test programs share
 *
 * cmocka's asserts leave by longjmp(), which must not happen on a task's stack nor inside of a
 * callback.  So tasks and callbacks only say() what happens; the test's own body, outside of the
 * loop, looks at it with assert_said().
 */
#ifndef LOOP_TEST_H
#define LOOP_TEST_H

#include "loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

static char said[1 << 16];

/* One more word (or several) of what happens, after a space. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
    size_t at = strlen(said);
    va_list args;
    va_start(args, format);
    if (at > 0 && at < sizeof said - 1)
        said[at++] = ' ';
    vsnprintf(said + at, sizeof said - at, format, args);
    va_end(args);
}

/* What was said since the last look; forgets it. */
#define assert_said(words)                                                                         \
    do {                                                                                           \
        assert_string_equal(said, words);                                                          \
        said[0] = '\0';                                                                            \
    } while (0)

/* A callback that says its argument, a string. */
static inline void say_it(void *word)
{
    say("%s", (const char *)word);
}

static inline void stop_it(void *loop)
{
    loop_stop((struct loop *)loop);
}

/* Before each test: nothing is said, and time is virtual or real. */
static inline int begin_virtual(void **state)
{
    said[0] = '\0';
    *state = NULL;
    return setenv("LOOP_CLOCK", "virtual", 1);
}

static inline int begin_real(void **state)
{
    said[0] = '\0';
    *state = NULL;
    return unsetenv("LOOP_CLOCK");
}

#define VIRTUAL(test) cmocka_unit_test_setup(test, begin_virtual)
#define REAL(test) cmocka_unit_test_setup(test, begin_real)

/* A loop of this test's own, and exactly one turn of it. */
static inline struct loop *new_loop(void)
{
    struct loop *loop = loop_new();
    assert_non_null(loop);
    return loop;
}

static inline void one_turn(struct loop *loop)
{
    loop_stop(loop);
    assert_int_equal(loop_run_forever(loop), 0);
}

/* Runs fn(NULL) as a main task under the runner; its result. */
static inline int run_main(task_fn *fn)
{
    int result = 0;
    assert_int_equal(runner_run(fn, NULL, &result), 0);
    return result;
}

/* Runs body() in a child process whose stderr is kept in `said`; the wait status.  What hangs is
 * ended after 20 seconds. */
static inline int in_child(void (*body)(void))
{
    int fd[2], status = 0;
    size_t at = 0;
    ssize_t n;
    assert_int_equal(pipe(fd), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fd[1], STDERR_FILENO);
        close(fd[0]);
        close(fd[1]);
        for (int sig = 1; sig < 32; sig++)
            signal(sig, SIG_DFL); /* cmocka catches some */
        alarm(20);
        body();
        _exit(0);
    }
    close(fd[1]);
    said[0] = '\0';
    while ((n = read(fd[0], said + at, sizeof said - 1 - at)) > 0)
        at += (size_t)n;
    said[at] = '\0';
    close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* A path in a directory of this program's own, which goes with the program if it is empty.  For sockets: short. */
static char temporary_dir[64];

static inline void remove_temporary_dir(void)
{
    rmdir(temporary_dir);
}

static inline const char *temporary(const char *name)
{
    static char path[96];
    if (temporary_dir[0] == '\0') {
        strcpy(temporary_dir, "/tmp/loop-test.XXXXXX");
        if (mkdtemp(temporary_dir) == NULL)
            abort();
        atexit(remove_temporary_dir);
    }
    snprintf(path, sizeof path, "%s/%s", temporary_dir, name);
    return path;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif

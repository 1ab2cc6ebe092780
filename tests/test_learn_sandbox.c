/*
 * test_learn_sandbox - the sandbox as its caller sees it: ends, signals, time, and what is left.
 */
#include "sandbox.h"
#include "scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[PATH_MAX], work[PATH_MAX + 8];
static struct sandbox_report *report;
static struct sandbox box;

static int set_up(void **state)
{
    (void)state;
    if (scratch_make(directory) < 0)
        return -1;
    snprintf(work, sizeof work, "%s/work", directory);
    memset(report, 0, sizeof *report);
    box = (struct sandbox){ .seconds = 10,
                            .memory = (size_t)256 << 20,
                            .file_bytes = 1 << 20,
                            .tree_bytes = 4 << 20,
                            .fds = 256,
                            .processes = 64,
                            .directory = work };
    return mkdir(work, 0755);
}

static int tear_down(void **state)
{
    (void)state;
    return scratch_remove(directory);
}

static pid_t start(const char *script)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (sandbox_enter(&box, report) == 0)
            execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    return child;
}

static int status_of(pid_t child)
{
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int run(const char *script)
{
    return status_of(start(script));
}

static void nap(long ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static bool is_there(const char *name)
{
    char path[PATH_MAX + 64];
    struct stat stat;
    snprintf(path, sizeof path, "%s/%s", work, name);
    return lstat(path, &stat) == 0;
}

static void an_exit_status_comes_out(void **state)
{
    (void)state;
    int status = run("exit 7");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_int_equal(report->end, SANDBOX_ENDED);
    assert_true((report->guards & SANDBOX_NOT_ROOT) != 0);
}

static void a_signal_comes_out(void **state)
{
    (void)state;
    int status = run("kill -ABRT $$");
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void ctrl_c_goes_in(void **state)
{
    (void)state;
    pid_t child = start("trap 'exit 9' INT; : >ready; while :; do sleep 0.05; done");
    for (int i = 0; i < 500 && !is_there("ready"); i++)
        nap(10);
    kill(child, SIGINT);
    assert_int_equal(WEXITSTATUS(status_of(child)), 9);
}

static void it_writes_below_its_directory(void **state)
{
    (void)state;
    assert_int_equal(run("echo x >here"), 0);
    assert_true(is_there("here"));
}

static void it_writes_nowhere_else(void **state)
{
    (void)state;
    char script[PATH_MAX + 64];
    chmod(directory, 0777);
    snprintf(script, sizeof script, "echo x >'%s/beside'", directory);
    int status = run(script);
    chmod(directory, 0711);
    if ((report->guards & SANDBOX_WRITES) == 0)
        skip();
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    assert_false(is_there("../beside"));
}

static void a_file_has_a_longest(void **state)
{
    (void)state;
    int status = run("exec dd if=/bin/sh of=big bs=4096 seek=300");
    struct stat stat;
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/big", work);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
    assert_true(lstat(path, &stat) < 0 || (size_t)stat.st_size <= box.file_bytes);
}

static void its_time_is_over(void **state)
{
    (void)state;
    box.seconds = 0.3;
    run("while :; do :; done");
    assert_int_equal(report->end, SANDBOX_NO_TIME);
}

static void its_files_are_too_many(void **state)
{
    (void)state;
    run("i=0; while :; do i=$((i+1)); echo x >f$i; done");
    assert_int_equal(report->end, SANDBOX_NO_SPACE);
}

/* A file that grows by a byte as long as the program lives. */
static off_t size_of_pulse(void)
{
    struct stat stat;
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/pulse", work);
    return lstat(path, &stat) < 0 ? 0 : stat.st_size;
}

static void no_pulse(void)
{
    nap(300);
    off_t before = size_of_pulse();
    assert_true(before > 0);
    nap(300);
    assert_int_equal(size_of_pulse(), before);
}

static void what_it_leaves_behind_ends(void **state)
{
    (void)state;
    run("(trap '' HUP TERM INT; while :; do printf x >>pulse; sleep 0.02; done) & sleep 0.2");
    no_pulse();
}

static void killed_from_outside_nothing_survives(void **state)
{
    (void)state;
    pid_t child = start("trap '' HUP TERM INT; while :; do printf x >>pulse; sleep 0.02; done");
    for (int i = 0; i < 500 && size_of_pulse() < 3; i++)
        nap(10);
    kill(child, SIGKILL);
    status_of(child);
    no_pulse();
}

static void a_directory_that_is_not_there_is_told(void **state)
{
    (void)state;
    box.directory = "/nowhere/at/all";
    run("exit 0");
    assert_int_equal(report->end, SANDBOX_NOT_BEGUN);
    assert_string_equal(report->what, "/nowhere/at/all");
}

/* Deeper than a path is long, with a link out of it. */
static void scratch_is_removed_however_deep(void **state)
{
    (void)state;
    char deep[PATH_MAX], beside[] = "/tmp/learn-beside-XXXXXX";
    int keep = mkstemp(beside), back = open(".", O_RDONLY);
    assert_true(keep >= 0 && back >= 0);
    assert_int_equal(scratch_make(deep), 0);
    assert_int_equal(chdir(deep), 0);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(mkdir("deeper", i % 7 == 0 ? 0300 : 0700), 0);
        assert_int_equal(chdir("deeper"), 0);
        if (i % 100 == 0)
            assert_int_equal(symlink(beside, "link"), 0);
    }
    assert_int_equal(fchdir(back), 0);
    assert_int_equal(scratch_remove(deep), 0);
    assert_int_equal(access(deep, F_OK), -1);
    assert_int_equal(access(beside, F_OK), 0);
    unlink(beside);
    close(keep);
    close(back);
}

int main(void)
{
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_exit_status_comes_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_signal_comes_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ctrl_c_goes_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_writes_below_its_directory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_writes_nowhere_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_has_a_longest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_time_is_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_files_are_too_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_it_leaves_behind_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_from_outside_nothing_survives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_that_is_not_there_is_told, set_up, tear_down),
        cmocka_unit_test(scratch_is_removed_however_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

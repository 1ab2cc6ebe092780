/*
 * test_loop_process.c - children: their pipes, their ends, signals to them, communicate
 */
#include "loop_test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "inside.h"
#include "traced.h"

static struct loop *loop;

/* Runs fn as the main task on a new loop until it is done, and closes that; its result. */
static int complete(task_fn *fn)
{
    loop = loop_new();
    assert_non_null(loop);
    struct task *t = loop_create_task(loop, fn, NULL);
    assert_int_equal(loop_run_until_complete(loop, t), 0);
    int result = task_result(t);
    task_release(t);
    assert_int_equal(loop_close(loop), 0);
    return result;
}

static struct process *start(const char *command, unsigned wanted)
{
    const char *const argv[] = { "sh", "-c", command, NULL };
    return process_start(argv, wanted);
}

static const char *code(const struct process *p)
{
    static char text[16];
    int n = process_returncode(p);
    snprintf(text, sizeof text, "%d", n);
    return n == PROCESS_RUNNING ? "running" : text;
}

/* communicate() and what came of it, in words. */
static void tell_all(struct process *p, const char *input)
{
    struct process_output out, errors;
    int err =
        await(process_communicate(p, input, input == NULL ? 0 : strlen(input), &out, &errors));
    if (err < 0) {
        say("error %d", err);
        return;
    }
    say("[%s][%s]%s", out.bytes, errors.bytes, code(p));
    free(out.bytes);
    free(errors.bytes);
}

/* ---- communicate */

static int hear_all(void *unused)
{
    (void)unused;
    struct process *p = start("echo out; echo err >&2; exit 3", PROCESS_STDOUT | PROCESS_STDERR);
    tell_all(p, NULL);
    process_release(p);
    p = start("cat", PROCESS_STDIN | PROCESS_STDOUT);
    say("%s", code(p));
    tell_all(p, "through cat");
    process_release(p);
    p = start("echo out; echo err >&2", PROCESS_STDOUT | PROCESS_STDERR_TO_STDOUT);
    tell_all(p, NULL);
    process_release(p);
    return 0;
}

static void communicate_feeds_a_child_and_keeps_what_it_says(void **state)
{
    (void)state;
    complete(hear_all);
    assert_said("[out\n][err\n]3 running [through cat][]0 [out\nerr\n][]0");
}

enum { MUCH = 1000000 };

static int send_much(void *command)
{
    struct process *p = start(command, PROCESS_STDIN | PROCESS_STDOUT | PROCESS_STDERR);
    struct process_output out, errors;
    char *much = malloc(MUCH);
    memset(much, 'x', MUCH);
    int err = await(process_communicate(p, much, MUCH, &out, &errors));
    say("%d %zu %zu", err, out.size, errors.size);
    if (out.size == MUCH)
        say("%d", memcmp(out.bytes, much, MUCH));
    free(out.bytes);
    free(errors.bytes);
    free(much);
    process_release(p);
    return 0;
}

static int send_much_through_cat(void *unused)
{
    (void)unused;
    send_much("cat");
    send_much("head -c 300000 /dev/zero >&2; cat; head -c 300000 /dev/zero >&2");
    send_much("exit 0"); /* which does not want it */
    return 0;
}

static void a_million_bytes_there_and_back_don_t_deadlock(void **state)
{
    (void)state;
    complete(send_much_through_cat);
    assert_said("0 1000000 0 0 0 1000000 600000 0 0 0 0");
}

static int communicate_long(void *process)
{
    struct process_output out;
    int err = await(process_communicate(process, NULL, 0, &out, NULL));
    say("%s", err == -ECANCELED ? "cancelled" : "?");
    return err;
}

static int communicate_again(void *unused)
{
    struct process *p = start("echo early; read x; echo late $x", PROCESS_STDIN | PROCESS_STDOUT);
    struct process_output out;
    (void)unused;
    conn_write(process_stdin(p), "word\n", 5);
    struct task *t = task_create(communicate_long, p);
    await(task_yield());
    task_cancel(t);
    await(task_join(t));
    say("%d", await(process_communicate(p, NULL, 0, &out, NULL)));
    say("[%s]", out.bytes);
    free(out.bytes);
    process_release(p);
    return 0;
}

static void a_cancelled_communicate_loses_nothing(void **state)
{
    (void)state;
    complete(communicate_again);
    assert_said("cancelled 0 [early\nlate word\n]");
}

/* ---- pipes as connections */

static int talk(void *unused)
{
    struct process *p =
        start("while read x; do echo \"<$x>\"; done", PROCESS_STDIN | PROCESS_STDOUT);
    struct conn *to = process_stdin(p), *from = process_stdout(p);
    char line[32];
    (void)unused;
    for (int i = 0; i < 2; i++) {
        conn_printf(to, "%d\n", i);
        ssize_t n = await(conn_readline(from, line, sizeof line));
        say("%zd%.*s", n, (int)n - 1, line);
    }
    say("%d", conn_write(from, "x", 1) == -EPIPE);
    say("%zd", await(conn_read(to, line, sizeof line)));
    conn_close(to);
    say("rest:%zd", await(conn_read(from, line, sizeof line)));
    int err = await(process_wait(p));
    say("%d %s", err, code(p));
    say("%d", conn_write(to, "x", 1) == -EPIPE);
    process_release(p);
    return 0;
}

static void lines_go_to_a_child_and_come_back_one_by_one(void **state)
{
    (void)state;
    complete(talk);
    assert_said("4<0> 4<1> 1 0 rest:0 0 0 1");
}

static int listen_to_both(void *unused)
{
    struct process *p = start("echo out; echo err >&2", PROCESS_STDOUT | PROCESS_STDERR);
    char line[32];
    (void)unused;
    ssize_t n = await(conn_readline(process_stderr(p), line, sizeof line));
    say("err:%.*s", (int)n - 1, line);
    n = await(conn_readline(process_stdout(p), line, sizeof line));
    say("out:%.*s", (int)n - 1, line);
    say("end:%zd in:%d", await(conn_read(process_stderr(p), line, sizeof line)),
        process_stdin(p) != NULL);
    await(process_wait(p));
    process_release(p);
    return 0;
}

static void errors_come_by_a_pipe_of_their_own(void **state)
{
    (void)state;
    complete(listen_to_both);
    assert_said("err:err out:out end:0 in:0");
}

static int write_to_the_dead(void *unused)
{
    struct process *p = start("exec <&-; sleep 0.1", PROCESS_STDIN | PROCESS_STDOUT);
    static char much[300000];
    char byte;
    (void)unused;
    await(conn_read(process_stdout(p), &byte, 1));
    await(process_wait(p));
    int err = conn_write(process_stdin(p), much, sizeof much);
    say("%d %d", err == -EPIPE, await(conn_drain(process_stdin(p))) == -EPIPE);
    process_release(p);
    return 0;
}

static void writing_to_a_child_that_is_gone_is_an_error_and_no_signal(void **state)
{
    (void)state;
    complete(write_to_the_dead);
    assert_said("1 1");
}

static int name_devices(void *unused)
{
    struct process *p =
        start("cat /dev/stdin >/dev/stderr", PROCESS_STDIN | PROCESS_STDOUT | PROCESS_STDERR);
    (void)unused;
    struct process_output out, errors;
    await(process_communicate(p, "by name", 7, &out, &errors));
    say("[%s]", errors.bytes);
    free(out.bytes);
    free(errors.bytes);
    process_release(p);
    return 0;
}

static void a_child_may_open_its_standard_files_by_name(void **state)
{
    (void)state;
    complete(name_devices);
    assert_said("[by name]");
}

static int use_null(void *unused)
{
    (void)unused;
    struct process *p = start("wc -c; echo lost >&2; cat nothing-of-that-name",
                              PROCESS_NULL_STDIN | PROCESS_STDOUT | PROCESS_NULL_STDERR);
    tell_all(p, NULL);
    say("%d", process_communicate(p, "x", 1, NULL, NULL) == -EINVAL);
    process_release(p);
    return 0;
}

static void standard_files_can_be_dev_null(void **state)
{
    (void)state;
    complete(use_null);
    assert_said("[0\n][]1 1");
}

/* ---- the end of a child */

static int wait_too(void *process)
{
    int err = await(process_wait(process));
    say("%s%s", err == -ECANCELED ? "cancelled:" : "", code(process));
    return err;
}

static int wait_together(void *unused)
{
    struct process *p = start("read x; exit 7", PROCESS_STDIN);
    (void)unused;
    struct task *a = task_create(wait_too, p), *b = task_create(wait_too, p),
                *c = task_create(wait_too, p);
    await(task_yield());
    task_cancel(b);
    await(task_join(b));
    conn_close(process_stdin(p));
    await(task_join(a));
    await(task_join(c));
    wait_too(p);
    process_release(p);
    return 0;
}

static void any_number_of_tasks_may_wait_for_a_child(void **state)
{
    (void)state;
    complete(wait_together);
    assert_said("cancelled:running 7 7 7");
}

static int end_by_signals(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        struct process *p = start("exec sleep 60", 0);
        await(task_sleep(0.05));
        say("%d", i == 0   ? process_terminate(p)
                  : i == 1 ? process_kill(p)
                           : process_send_signal(p, SIGUSR1));
        await(process_wait(p));
        say("%d", process_returncode(p) == -(i == 0 ? SIGTERM : i == 1 ? SIGKILL : SIGUSR1));
        say("%d", process_kill(p) == -ESRCH);
        process_release(p);
    }
    return 0;
}

static void a_child_killed_by_a_signal_says_which_and_takes_no_more(void **state)
{
    (void)state;
    complete(end_by_signals);
    assert_said("0 1 1 0 1 1 0 1 1");
}

/* The grandchild holds stdout for a while longer than the child lives. */
static int outlast(void *unused)
{
    struct process *p = start("(sleep 0.2; echo late) & exit 4", PROCESS_STDOUT);
    (void)unused;
    tell_all(p, NULL);
    process_release(p);
    return 0;
}

static void waiting_ends_when_the_output_has_come_to_its_end_too(void **state)
{
    (void)state;
    complete(outlast);
    assert_said("[late\n][]4");
}

static int start_nothing(void *unused)
{
    const char *const missing[] = { "/no/such/program", NULL }, *const empty[] = { NULL };
    int top = dup(0);
    close(top);
    (void)unused;
    say("%d", process_start(missing, PROCESS_STDIN | PROCESS_STDOUT) == NULL && errno == ENOENT);
    say("%d", process_start(empty, 0) == NULL && errno == EINVAL);
    int same = dup(0);
    close(same);
    say("%d", top == same); /* no descriptor was left open */
    return 0;
}

static void a_program_that_can_t_be_started_is_told_at_once(void **state)
{
    const char *const argv[] = { "true", NULL };
    (void)state;
    complete(start_nothing);
    assert_said("1 1 1");
    assert_null(process_start(argv, 0));
    assert_int_equal(errno, EINVAL); /* no loop runs */
}

/* A directory "d" with a directory "tool" in it, and "p" with a program of that name. */
static char in_d[96], in_p[96];

static void make_tools(void)
{
    strcpy(in_d, temporary("d"));
    strcpy(in_p, temporary("p"));
    mkdir(in_d, 0700);
    mkdir(in_p, 0700);
    mkdir(strcat(in_d, "/tool"), 0700);
    if (symlink("/bin/echo", strcat(in_p, "/tool")) < 0)
        abort();
}

static void remove_tools(void)
{
    rmdir(in_d);
    unlink(in_p);
    rmdir(temporary("d"));
    rmdir(temporary("p"));
}

static int start_tool(void *unused)
{
    const char *const tool[] = { "tool", NULL }, *const nameless[] = { "", NULL };
    char path[256];
    (void)unused;
    snprintf(path, sizeof path, "%.*s:%.*s", (int)(strrchr(in_d, '/') - in_d), in_d,
             (int)(strrchr(in_p, '/') - in_p), in_p);
    setenv("PATH", path, 1);
    struct process *p = process_start(tool, PROCESS_STDOUT);
    if (p != NULL)
        tell_all(p, NULL);
    process_release(p);
    say("%d", process_start(nameless, 0) == NULL && errno == ENOENT);
    setenv("PATH", temporary("d"), 1);
    say("%d", process_start(tool, 0) == NULL && errno == EACCES);
    say("%d", process_start((const char *const[]){ in_d, NULL }, 0) == NULL && errno == EACCES);
    return 0;
}

static void a_directory_in_the_path_is_passed_over_as_execvp_does(void **state)
{
    char *path = strdup(getenv("PATH"));
    (void)state;
    make_tools();
    complete(start_tool);
    setenv("PATH", path, 1);
    free(path);
    remove_tools();
    assert_said("[\n][]0 1 1 1");
}

static int let_go(void *unused)
{
    struct process *p = start("exit 0", PROCESS_STDIN | PROCESS_STDOUT);
    (void)unused;
    process_release(p);
    process_release(NULL);
    for (int i = 0; i < 200 && !list_is_empty(&loop->processes); i++)
        await(task_sleep(0.01));
    say("%d", list_is_empty(&loop->processes));
    p = start("exit 0", 0);
    await(process_wait(p));
    return 0; /* p goes with the loop */
}

static void a_released_child_is_reaped_all_the_same(void **state)
{
    (void)state;
    complete(let_go);
    assert_said("1");
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static int reap_behind_its_back(void *unused)
{
    struct process *p = start("exit 5", 0);
    (void)unused;
    waitpid(process_pid(p), NULL, 0);
    await(process_wait(p));
    say("%s", code(p));
    process_release(p);
    return 0;
}

static void a_child_that_somebody_else_reaped_ended_with_255(void **state)
{
    (void)state;
    complete(reap_behind_its_back);
    assert_said("255");
}

static int leave_it_running(void *unused)
{
    (void)unused;
    start("exec sleep 60", PROCESS_STDOUT);
    return 0;
}

static void close_over_a_child(void)
{
    complete(leave_it_running);
    _exit(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 7 : 8);
}

static void closing_the_loop_kills_children_and_says_so(void **state)
{
    (void)state;
    int status = in_child(close_over_a_child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_non_null(strstr(said, "(sh, process "));
    assert_non_null(strstr(said, "still ran and was killed"));
    said[0] = '\0';
}

/* ---- what a child inherits */

static int ask_environment(void *unused)
{
    (void)unused;
    int fd = open("/dev/null", O_RDONLY); /* without close-on-exec */
    struct process *p = start("echo ${LOOP_TRACE-none} $LOOP_WORD", PROCESS_STDOUT);
    tell_all(p, NULL);
    process_release(p);
    char command[64];
    snprintf(command, sizeof command, "true <&%d", fd);
    p = start(command, PROCESS_NULL_STDERR);
    await(process_wait(p));
    say("closed:%d", process_returncode(p) != 0);
    process_release(p);
    close(fd);
    return 0;
}

static int ask_environment_traced(void)
{
    setenv("LOOP_CLOCK", "virtual", 1);
    setenv("LOOP_WORD", "kept", 1);
    loop = loop_new();
    struct task *t = loop_create_task(loop, ask_environment, NULL);
    loop_run_until_complete(loop, t);
    loop_close(loop);
    puts(said);
    return 0;
}

static void a_child_has_the_environment_but_neither_our_trace_nor_our_descriptors(void **state)
{
    struct traced t = traced_run("FILE", ask_environment_traced);
    (void)state;
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    assert_string_equal(t.said, "[none kept\n][]0 closed:1\n");
#else
    assert_memory_equal(t.said, "[none kept\n][]0", 15);
#endif
    traced_free(&t);
}

/* ---- the trace */

static int hear_all_traced(void)
{
    setenv("LOOP_CLOCK", "virtual", 1);
    loop = loop_new();
    struct task *t = loop_create_task(loop, hear_all, NULL);
    loop_run_until_complete(loop, t);
    loop_close(loop);
    return 0;
}

static const char *rest_of(const char *line)
{
    return strstr(line, "\"ev\"");
}

/* Each line but for a child's process number. */
static void assert_same_line(const char *a, const char *b)
{
    const char *pid_a = strstr(a, "\"pid\":"), *pid_b = strstr(b, "\"pid\":");
    if (pid_a == NULL || pid_b == NULL) {
        assert_string_equal(a, b);
        return;
    }
    assert_int_equal(pid_a - a, pid_b - b);
    assert_memory_equal(a, b, (size_t)(pid_a - a));
    assert_string_equal(strchr(pid_a, ','), strchr(pid_b, ','));
}

static void the_trace_tells_of_children_and_is_the_same_every_time(void **state)
{
    struct traced t = traced_run("FILE", hear_all_traced),
                  again = traced_run("FILE", hear_all_traced);
    (void)state;
    traced_check(&t);
    const char *begin = traced_find(&t, "child:start");
    assert_non_null(strstr(begin, "\"ev\":\"child:start\",\"child\":\"child#3\",\"pid\":"));
    assert_non_null(strstr(begin, ",\"argv\":[\"sh\",\"-c\",\"echo out; echo err >&2; exit 3\"]}"));
    assert_string_equal(rest_of(traced_find(&t, "child:exit")),
                        "\"ev\":\"child:exit\",\"child\":\"child#3\",\"status\":3}");
    assert_int_equal(traced_count(&t, "child:exit"), 3);
    assert_int_equal(t.n, again.n);
    for (size_t i = 1; i < t.n; i++)
        assert_same_line(t.line[i], again.line[i]);
    traced_free(&t);
    traced_free(&again);
}

/* ---- virtual time */

static int take_and_tell(void *command)
{
    struct process *p = start(command, PROCESS_STDOUT | PROCESS_STDERR);
    uint64_t turn = loop->turns;
    tell_all(p, NULL);
    say("%llu@%g", (unsigned long long)(loop->turns - turn), loop_time(loop));
    process_release(p);
    return 0;
}

static int add_nothing(void *unused)
{
    (void)unused;
    return 0;
}

/* They end one by one, the first one last, and a thread's job before all of them: the loop sees them together.  Who has
 * said something ends a turn later, since the end of the output comes after it. */
static int take_several(void *unused)
{
    static char *const commands[] = { "sleep 0.09; echo first; sleep 0.03; echo again >&2",
                                      "echo second", "sleep 0.04; exit 3" };
    struct task *tasks[COUNT(commands)];
    (void)unused;
    for (size_t i = 0; i < COUNT(commands); i++)
        tasks[i] = task_create(take_and_tell, commands[i]);
    await(to_thread(add_nothing, NULL));
    await(task_sleep(0.001));
    say("a timer");
    for (size_t i = 0; i < COUNT(commands); i++)
        await(task_join(tasks[i]));
    return 0;
}

static void in_virtual_time_children_end_together_however_long_they_take(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(complete(take_several), 0);
        assert_said("[][]3 1@0 [first\n][again\n]0 2@0 [second\n][]0 2@0 a timer");
    }
}

/* ---- without pidfds */

static int begin_without_pidfd(void **state)
{
    begin_real(state);
    return setenv("LOOP_NO_PIDFD", "1", 1);
}

static int end_without_pidfd(void **state)
{
    (void)state;
    return unsetenv("LOOP_NO_PIDFD");
}

#define NO_PIDFD(test) cmocka_unit_test_setup_teardown(test, begin_without_pidfd, end_without_pidfd)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(communicate_feeds_a_child_and_keeps_what_it_says),
        VIRTUAL(communicate_feeds_a_child_and_keeps_what_it_says),
        NO_PIDFD(communicate_feeds_a_child_and_keeps_what_it_says),
        REAL(a_million_bytes_there_and_back_don_t_deadlock),
        VIRTUAL(a_million_bytes_there_and_back_don_t_deadlock),
        REAL(a_cancelled_communicate_loses_nothing),
        REAL(lines_go_to_a_child_and_come_back_one_by_one),
        VIRTUAL(lines_go_to_a_child_and_come_back_one_by_one),
        REAL(errors_come_by_a_pipe_of_their_own),
        VIRTUAL(errors_come_by_a_pipe_of_their_own),
        REAL(writing_to_a_child_that_is_gone_is_an_error_and_no_signal),
        REAL(a_child_may_open_its_standard_files_by_name),
        REAL(standard_files_can_be_dev_null),
        REAL(any_number_of_tasks_may_wait_for_a_child),
        VIRTUAL(any_number_of_tasks_may_wait_for_a_child),
        REAL(a_child_killed_by_a_signal_says_which_and_takes_no_more),
        VIRTUAL(a_child_killed_by_a_signal_says_which_and_takes_no_more),
        NO_PIDFD(a_child_killed_by_a_signal_says_which_and_takes_no_more),
        REAL(waiting_ends_when_the_output_has_come_to_its_end_too),
        REAL(a_program_that_can_t_be_started_is_told_at_once),
        REAL(a_directory_in_the_path_is_passed_over_as_execvp_does),
        REAL(a_released_child_is_reaped_all_the_same),
        NO_PIDFD(a_released_child_is_reaped_all_the_same),
        REAL(a_child_that_somebody_else_reaped_ended_with_255),
        REAL(closing_the_loop_kills_children_and_says_so),
        NO_PIDFD(closing_the_loop_kills_children_and_says_so),
        REAL(a_child_has_the_environment_but_neither_our_trace_nor_our_descriptors),
        VIRTUAL(the_trace_tells_of_children_and_is_the_same_every_time),
        VIRTUAL(in_virtual_time_children_end_together_however_long_they_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

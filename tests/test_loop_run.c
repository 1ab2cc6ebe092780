/*
 * test_loop_run.c - running and stopping a loop, the runner, and Ctrl-C
 */
#include "own_loop.h"

#include <math.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "inside.h"

/* ---- stop */

static void stop_in_the_middle(void *unused)
{
    (void)unused;
    say("a");
    loop_stop(loop);
    loop_call_soon(loop, say_it, "d");
    say(loop_is_running(loop) ? "running" : "idle");
}

static void be_fruitful(void *unused)
{
    (void)unused;
    say("b");
    loop_call_soon(loop, say_it, "e");
}

static void stop_finishes_the_batch_and_keeps_what_it_scheduled(void **state)
{
    (void)state;
    loop_call_soon(loop, stop_in_the_middle, NULL);
    loop_call_soon(loop, be_fruitful, NULL);
    loop_call_soon(loop, say_it, "c");
    assert_int_equal(loop_run_forever(loop), 0);
    assert_said("a running b c");
    assert_false(loop_is_running(loop));
    loop_call_soon(loop, stop_it, loop);
    assert_int_equal(loop_run_forever(loop), 0);
    assert_said("d e");
}

static int sleep_without_end(void *unused)
{
    (void)unused;
    int err = await(task_sleep(INFINITY));
    say("woke");
    return err;
}

/* As in real time; until then the virtual clock stands. */
static void a_loop_that_waits_without_end_waits_for_a_signal(void **state)
{
    struct itimerval soon = { .it_value.tv_usec = 50000 };
    (void)state;
    loop_add_signal(loop, SIGALRM, stop_it, loop);
    loop_create_task(loop, sleep_without_end, NULL);
    loop_call_later(loop, INFINITY, say_it, "later");
    loop_call_at(loop, INFINITY, say_it, "at");
    loop_call_later(loop, 3600, say_it, "an hour");
    setitimer(ITIMER_REAL, &soon, NULL);
    assert_int_equal(loop_run_forever(loop), 0);
    assert_said("an hour");
    assert_true(loop_time(loop) == 3600);
}

static void schedule_more(void *unused)
{
    (void)unused;
    say("x");
    loop_call_soon(loop, say_it, "y");
}

static void say_and_stop_next_turn(void *unused)
{
    (void)unused;
    say("z");
    loop_call_soon(loop, stop_it, loop);
}

static void stop_before_a_run_makes_it_one_turn(void **state)
{
    (void)state;
    loop_call_soon(loop, schedule_more, NULL);
    loop_call_later(loop, 0, say_it, "timer(0)");
    loop_call_later(loop, 3600, say_it, "timer(3600)");
    loop_stop(loop);
    assert_int_equal(loop_run_forever(loop), 0);
    assert_said("x timer(0)");
    assert_int_equal(loop->turns, 1);
    loop_call_soon(loop, say_and_stop_next_turn, NULL);
    assert_int_equal(loop_run_forever(loop), 0); /* the flag is spent: this run goes on */
    assert_said("y z");
}

static void a_loop_runs_again_and_again(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        one_turn(loop);
    assert_int_equal(loop->turns, 100);
}

/* ---- until complete */

static int background(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        say("background%d", i);
        await(task_sleep(0.02));
    }
    say("finished");
    return 1;
}

static int be_quick(void *unused)
{
    (void)unused;
    return 42;
}

static int break_down(void *unused)
{
    (void)unused;
    return -EIO;
}

static int sleep_long(void *unused)
{
    (void)unused;
    return await(task_sleep(3600));
}

static void other_tasks_stay_pending_and_go_on_in_the_next_run(void **state)
{
    struct task *bg = loop_create_task(loop, background, NULL);
    struct task *quick = loop_create_task(loop, be_quick, NULL);
    struct task *failing = loop_create_task(loop, break_down, NULL);
    (void)state;
    assert_int_equal(loop_run_until_complete(loop, quick), 0);
    assert_int_equal(task_result(quick), 42);
    assert_false(task_is_done(bg));
    assert_int_equal(loop_run_until_complete(loop, failing), 0);
    assert_int_equal(task_result(failing), -EIO);
    assert_int_equal(loop_run_until_complete(loop, bg), 0);
    assert_said("background0 background1 background2 finished");
    assert_int_equal(loop_run_until_complete(loop, bg), 0); /* done already: one turn */
}

static void stopped_before_its_task_is_done_until_complete_says_so(void **state)
{
    struct task *t = loop_create_task(loop, sleep_long, NULL);
    (void)state;
    loop_call_later(loop, 1, stop_it, loop);
    assert_int_equal(loop_run_until_complete(loop, t), -ECANCELED);
    assert_false(task_is_done(t));
    task_cancel(t);
    loop_call_later(loop, 5, say_it, "five");
    loop_call_later(loop, 6, stop_it, loop);
    assert_int_equal(loop_run_forever(loop), 0); /* the task's end does not stop this run */
    assert_said("five");
    assert_true(task_is_cancelled(t));
}

static void make_one_more(struct task *t, void *unused)
{
    (void)unused;
    task_release(loop_create_task(task_as_future(t)->loop, sleep_long, NULL));
}

static int release_myself(void *unused)
{
    (void)unused;
    task_release(task_current());
    return 42;
}

/* Its record would be another task's when the run is over. */
static void a_task_that_releases_itself_has_been_run_to_its_end(void **state)
{
    struct task *t = loop_create_task(loop, release_myself, NULL);
    struct task *after = loop_create_task(loop, be_quick, NULL);
    (void)state;
    task_add_done_callback(after, make_one_more, NULL);
    assert_int_equal(loop_run_until_complete(loop, t), 0);
    assert_int_equal(run_main(release_myself), 42);
}

/* ---- misuse */

static struct loop *other;

static void misuse(void *unused)
{
    (void)unused;
    int result;
    say("again:%d", loop_run_forever(loop) == -EBUSY);
    say("until:%d", loop_run_until_complete(loop, NULL) == -EBUSY);
    say("other:%d", loop_run_forever(other) == -EBUSY);
    say("runner:%d", runner_run(be_quick, NULL, &result) == -EBUSY);
    say("close:%d", loop_close(loop) == -EBUSY);
    say("running:%d", loop_is_running(loop));
    loop_stop(loop);
}

static void a_running_loop_refuses_to_run_and_to_be_closed(void **state)
{
    struct task *t;
    (void)state;
    other = new_loop();
    t = loop_create_task(other, be_quick, NULL);
    loop_call_soon(loop, misuse, NULL);
    assert_int_equal(loop_run_forever(loop), 0);
    assert_said("again:1 until:1 other:1 runner:1 close:1 running:1");
    assert_false(loop_is_running(loop));
    assert_int_equal(loop_run_until_complete(loop, t), -EINVAL); /* not its own */
    assert_int_equal(loop_run_until_complete(other, t), 0);
    assert_int_equal(loop_close(other), 0);
    assert_int_equal(loop_close(NULL), 0);
    assert_int_equal(loop_run_forever(NULL), -EINVAL);
}

static void use_all_descriptors(void)
{
    struct rlimit few = { 20, 20 };
    int last = -1, fd, result;
    setrlimit(RLIMIT_NOFILE, &few);
    while ((fd = dup(0)) >= 0)
        last = fd;
    if (loop_new() != NULL || errno != EMFILE)
        _exit(1);
    if (runner_run(be_quick, NULL, &result) != -EMFILE)
        _exit(2);
    if (watch_is_open(0) == false)
        _exit(3); /* what failed to open was not closed */
    close(last);
    if (loop_new() != NULL) /* a pipe has two ends */
        _exit(4);
    if (dup(0) != last)
        _exit(5);
}

static void when_descriptors_run_out_no_loop_is_made(void **state)
{
    (void)state;
    assert_int_equal(in_child(use_all_descriptors), 0);
}

static int count_fds(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += watch_is_open(fd);
    return n;
}

static void a_closed_loop_leaves_no_descriptor_behind(void **state)
{
    int before = count_fds();
    (void)state;
    for (int i = 0; i < 20; i++)
        loop_close(new_loop());
    assert_int_equal(count_fds(), before);
}

/* ---- the runner */

static int clean_up_slowly(void *name)
{
    int r = await(task_sleep(3600));
    say("%s:start", (const char *)name);
    await(task_sleep(0.01));
    say("%s:end", (const char *)name);
    return r;
}

static int leave_three_behind(void *unused)
{
    (void)unused;
    task_create(clean_up_slowly, "a");
    task_create(clean_up_slowly, "b");
    task_create(clean_up_slowly, "c");
    await(task_yield());
    say("returns");
    return 42;
}

static void the_runner_cancels_what_is_left_and_waits_for_its_clean_up(void **state)
{
    (void)state;
    assert_int_equal(run_main(leave_three_behind), 42);
    assert_said("returns a:start b:start c:start a:end b:end c:end");
}

static int leave_one_and_fail(void *unused)
{
    (void)unused;
    task_create(clean_up_slowly, "a");
    await(task_yield());
    return -EIO;
}

static void the_runner_answers_the_error_of_main_after_the_clean_up(void **state)
{
    (void)state;
    assert_int_equal(run_main(leave_one_and_fail), -EIO);
    assert_said("a:start a:end");
}

static int make_one_and_return(void *unused)
{
    (void)unused;
    task_create(clean_up_slowly, "late");
    return 0;
}

static void a_task_that_main_made_last_still_begins_and_is_cancelled(void **state)
{
    (void)state;
    assert_int_equal(run_main(make_one_and_return), 0);
    assert_said("late:start late:end");
}

static int stop_the_loop(void *unused)
{
    (void)unused;
    loop_stop(loop_current());
    return await(task_sleep(1));
}

static void a_main_that_stops_its_loop_is_cancelled_and_the_run_says_so(void **state)
{
    int result = 0;
    (void)state;
    assert_int_equal(runner_run(stop_the_loop, NULL, &result), -ECANCELED);
    assert_int_equal(result, -ECANCELED);
    assert_int_equal(runner_run(stop_the_loop, NULL, NULL), -ECANCELED);
}

static int stop_when_cancelled(void *unused)
{
    (void)unused;
    await(task_sleep(3600));
    loop_stop(loop_current());
    say("%d", await(task_sleep(60)));
    return 0;
}

static int leave_who_stops(void *unused)
{
    (void)unused;
    task_create(stop_when_cancelled, NULL);
    return await(task_yield());
}

static void run_who_stops(void)
{
    if (runner_run(leave_who_stops, NULL, NULL) != 0)
        _exit(1);
    fputs(said, stderr);
}

static void a_clean_up_that_stops_the_loop_goes_on(void **state)
{
    (void)state;
    assert_int_equal(in_child(run_who_stops), 0); /* it hung, and would do so here */
    assert_said("0");
}

/* ---- loop_run() as a whole program */

static int (*main_of_child)(void *);

static void run_as_program(void)
{
    _exit(loop_run(main_of_child, NULL));
}

static int as_program(task_fn *fn)
{
    main_of_child = fn;
    return in_child(run_as_program);
}

static int fail_as_cancelled(void *unused)
{
    (void)unused;
    return -ECANCELED;
}

static void loop_run_answers_what_main_should(void **state)
{
    (void)state;
    int status = as_program(be_quick);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_string_equal(said, "");
    status = as_program(break_down);
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_string_equal(said, "loop: main failed: Input/output error\n");
    status = as_program(fail_as_cancelled);
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_non_null(strstr(said, "loop: main was cancelled"));
}

/* ---- Ctrl-C */

static void ctrl_c(void *unused)
{
    (void)unused;
    kill(getpid(), SIGINT);
}

static void tell(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static int clean_up_and_tell(void *unused)
{
    (void)unused;
    int r = await(task_sleep(3600));
    await(task_sleep(0.01));
    tell("cleaned up; ");
    return r;
}

static int wait_for_ctrl_c(void *unused)
{
    (void)unused;
    task_create(clean_up_and_tell, NULL);
    loop_call_later(loop_current(), 0.02, ctrl_c, NULL);
    int r = await(task_sleep(3600));
    tell(r == -ECANCELED ? "cancelled; " : "slept; ");
    await(task_sleep(0.01));
    tell("main ends; ");
    return r;
}

static void ctrl_c_cancels_main_lets_all_clean_up_and_ends_by_the_signal(void **state)
{
    (void)state;
    int status = as_program(wait_for_ctrl_c);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
    assert_string_equal(said, "cancelled; main ends; cleaned up; ");
}

static int swallow_ctrl_c(void *unused)
{
    (void)unused;
    loop_call_later(loop_current(), 0.02, ctrl_c, NULL);
    await(task_sleep(3600));
    return 3;
}

static void a_main_that_swallows_ctrl_c_keeps_its_value(void **state)
{
    (void)state;
    int status = as_program(swallow_ctrl_c);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
}

static int fail_on_ctrl_c(void *unused)
{
    (void)unused;
    loop_call_later(loop_current(), 0.02, ctrl_c, NULL);
    await(task_sleep(3600));
    return -EIO;
}

static void a_main_that_fails_after_ctrl_c_has_failed(void **state)
{
    (void)state;
    int status = as_program(fail_on_ctrl_c);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

static int stay_after_ctrl_c(void *unused)
{
    (void)unused;
    task_create(clean_up_and_tell, NULL);
    loop_call_later(loop_current(), 0.02, ctrl_c, NULL);
    await(task_sleep(3600));
    loop_call_later(loop_current(), 0.02, ctrl_c, NULL);
    int r = await(task_sleep(3600));
    tell(r == -ECANCELED ? "interrupted; " : "slept; ");
    return r;
}

static void a_second_ctrl_c_leaves_at_once_and_all_may_still_clean_up(void **state)
{
    (void)state;
    int status = as_program(stay_after_ctrl_c);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
    assert_string_equal(said, "interrupted; cleaned up; ");
}

static int never_clean(void *unused)
{
    (void)unused;
    while (await(task_sleep(3600)) == -ECANCELED)
        loop_call_later(loop_current(), 0.02, ctrl_c, NULL);
    return 0;
}

static int leave_an_immortal(void *unused)
{
    (void)unused;
    task_create(never_clean, NULL);
    loop_call_later(loop_current(), 0.02, ctrl_c, NULL);
    return await(task_sleep(3600));
}

static void ctrl_c_also_ends_a_shutdown_that_does_not_end(void **state)
{
    (void)state;
    int status = as_program(leave_an_immortal);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
    assert_non_null(strstr(said, "task never_clean#"));
    assert_non_null(strstr(said, " was dropped while pending"));
}

static void nothing(int sig)
{
    (void)sig;
}

static int compute_for_ever(void *unused)
{
    struct itimerval soon = { .it_interval = { 0, 20000 }, .it_value = { 0, 20000 } };
    struct sigaction act = { .sa_handler = nothing };
    (void)unused;
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    for (int i = 0; i < 3; i++) {
        pause(); /* until the alarm: a step that never gives way */
        kill(getpid(), SIGINT);
    }
    tell("went on");
    return 0;
}

static void a_second_ctrl_c_ends_a_program_that_is_stuck_in_a_step(void **state)
{
    (void)state;
    int status = as_program(compute_for_ever);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
    assert_string_equal(said, "");
}

static void run_with_interrupt_ignored(void)
{
    signal(SIGINT, SIG_IGN);
    run_as_program();
}

static int sleep_through_ctrl_c(void *unused)
{
    (void)unused;
    loop_call_later(loop_current(), 0.01, ctrl_c, NULL);
    return await(task_sleep(0.05)) == 0 ? 5 : 6;
}

static void an_ignored_ctrl_c_stays_ignored(void **state)
{
    (void)state;
    main_of_child = sleep_through_ctrl_c;
    int status = in_child(run_with_interrupt_ignored);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
}

static void count_interrupt(int sig)
{
    (void)sig;
    tell("handler; ");
}

static void run_with_a_handler(void)
{
    signal(SIGINT, count_interrupt);
    int result = 0;
    if (runner_run(sleep_through_ctrl_c, NULL, &result) != 0)
        _exit(9);
    struct sigaction now;
    sigaction(SIGINT, NULL, &now);
    _exit(now.sa_handler == count_interrupt ? result : 8);
}

static void the_programs_own_handler_of_ctrl_c_is_left_alone(void **state)
{
    (void)state;
    int status = in_child(run_with_a_handler);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
    assert_string_equal(said, "handler; ");
}

static void run_on_after_interrupt(void)
{
    int result = 0;
    struct sigaction now;
    if (runner_run(wait_for_ctrl_c, NULL, &result) != -EINTR || result != -ECANCELED)
        _exit(9);
    sigaction(SIGINT, NULL, &now);
    if (now.sa_handler != SIG_DFL)
        _exit(8);
    if (runner_run(be_quick, NULL, &result) != 0)
        _exit(7);
    _exit(result);
}

static int be_cancelled_by_two(void *unused)
{
    (void)unused;
    task_cancel(task_current());
    await(task_yield());
    kill(getpid(), SIGINT);
    return await(task_sleep(10));
}

static void who_is_cancelled_besides_was_not_only_interrupted(void **state)
{
    int result = 0;
    (void)state;
    assert_int_equal(runner_run(be_cancelled_by_two, NULL, &result), 0);
    assert_int_equal(result, -ECANCELED);
}

static void never(void *unused)
{
    (void)unused;
}

static int give_ctrl_c_back(void *unused)
{
    (void)unused;
    loop_add_signal(loop_current(), SIGINT, never, NULL);
    loop_remove_signal(loop_current(), SIGINT);
    loop_call_later(loop_current(), 0.01, ctrl_c, NULL);
    int err = await(task_sleep(10));
    await(task_sleep(0.01)); /* cleans up */
    return err;
}

static void ctrl_c_is_the_runners_again_when_the_programs_handler_is_removed(void **state)
{
    int result = 0;
    (void)state;
    assert_int_equal(runner_run(give_ctrl_c_back, NULL, &result), -EINTR);
    assert_int_equal(result, -ECANCELED);
}

static int fail_at_the_end(void *unused)
{
    (void)unused;
    await(task_sleep(3600));
    return -EIO;
}

static int close_the_runner(struct loop *of, const struct loop_error *error, void *runner)
{
    (void)error;
    say("do:%d", runner_do(runner, be_quick, NULL, NULL) == -EBUSY);
    say("run:%d", loop_run_forever(of) == -EBUSY);
    say("close:%d", runner_close(runner) == -EBUSY && loop_close(of) == -EBUSY);
    return 0;
}

static int leave_one_that_fails(void *runner)
{
    loop_set_error_handler(loop_current(), close_the_runner, runner);
    task_create(fail_at_the_end, NULL);
    return await(task_yield());
}

static void who_is_told_of_leftovers_can_not_close_their_loop(void **state)
{
    struct runner r;
    (void)state;
    assert_int_equal(runner_open(&r), 0);
    assert_int_equal(runner_do(&r, leave_one_that_fails, &r, NULL), 0);
    assert_int_equal(runner_close(&r), 0);
    assert_null(r.loop);
    assert_said("do:1 run:1 close:1");
}

static void runner_run_says_that_it_was_interrupted_and_can_run_again(void **state)
{
    (void)state;
    int status = in_child(run_on_after_interrupt);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

#define IN_LOOP(test) cmocka_unit_test_setup_teardown(test, begin_loop, end_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LOOP(stop_finishes_the_batch_and_keeps_what_it_scheduled),
        IN_LOOP(stop_before_a_run_makes_it_one_turn),
        IN_LOOP(a_loop_runs_again_and_again),
        IN_LOOP(a_loop_that_waits_without_end_waits_for_a_signal),
        IN_LOOP(other_tasks_stay_pending_and_go_on_in_the_next_run),
        IN_LOOP(stopped_before_its_task_is_done_until_complete_says_so),
        IN_LOOP(a_task_that_releases_itself_has_been_run_to_its_end),
        IN_LOOP(a_running_loop_refuses_to_run_and_to_be_closed),
        VIRTUAL(when_descriptors_run_out_no_loop_is_made),
        VIRTUAL(a_closed_loop_leaves_no_descriptor_behind),
        VIRTUAL(the_runner_cancels_what_is_left_and_waits_for_its_clean_up),
        VIRTUAL(the_runner_answers_the_error_of_main_after_the_clean_up),
        VIRTUAL(a_task_that_main_made_last_still_begins_and_is_cancelled),
        VIRTUAL(a_main_that_stops_its_loop_is_cancelled_and_the_run_says_so),
        VIRTUAL(a_clean_up_that_stops_the_loop_goes_on),
        REAL(loop_run_answers_what_main_should),
        REAL(ctrl_c_cancels_main_lets_all_clean_up_and_ends_by_the_signal),
        REAL(a_main_that_swallows_ctrl_c_keeps_its_value),
        REAL(a_main_that_fails_after_ctrl_c_has_failed),
        REAL(a_second_ctrl_c_leaves_at_once_and_all_may_still_clean_up),
        REAL(ctrl_c_also_ends_a_shutdown_that_does_not_end),
        REAL(a_second_ctrl_c_ends_a_program_that_is_stuck_in_a_step),
        REAL(an_ignored_ctrl_c_stays_ignored),
        REAL(the_programs_own_handler_of_ctrl_c_is_left_alone),
        REAL(who_is_cancelled_besides_was_not_only_interrupted),
        REAL(ctrl_c_is_the_runners_again_when_the_programs_handler_is_removed),
        REAL(who_is_told_of_leftovers_can_not_close_their_loop),
        REAL(runner_run_says_that_it_was_interrupted_and_can_run_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

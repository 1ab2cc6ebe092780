/*
 * test_loop_signals.c - signals as ordinary callbacks
 */
#include "own_loop.h"

#include <sys/time.h>

static bool is_default(int sig)
{
    struct sigaction now;
    sigaction(sig, NULL, &now);
    return (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL;
}

static void raise_three(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        raise(SIGUSR1);
    say("raised");
}

static int n_seen;

static void count_to_three(void *word)
{
    say("%s", (const char *)word);
    if (++n_seen == 3)
        loop_stop(loop);
}

static void three_signals_are_three_calls_and_none_inside_another(void **state)
{
    (void)state;
    n_seen = 0;
    assert_int_equal(loop_add_signal(loop, SIGUSR1, say_it, "must not run"), 0);
    assert_int_equal(loop_add_signal(loop, SIGUSR1, count_to_three, "usr1"), 0);
    loop_call_soon(loop, raise_three, NULL);
    loop_call_soon(loop, say_it, "same-batch");
    assert_int_equal(loop_run_forever(loop), 0);
    assert_said("raised same-batch usr1 usr1 usr1");
}

static void fill_the_pipe_and_raise_three(void *unused)
{
    (void)unused;
    while (write(loop->wake_fd[1], "", 1) == 1) /* as threads that call do */
        continue;
    for (int i = 0; i < 3; i++)
        raise(SIGUSR1);
}

static void no_signal_is_lost_when_threads_have_filled_the_pipe(void **state)
{
    (void)state;
    n_seen = 0;
    assert_int_equal(loop_add_signal(loop, SIGUSR1, count_to_three, "usr1"), 0);
    loop_call_soon(loop, fill_the_pipe_and_raise_three, NULL);
    loop_call_later(loop, 1, stop_it, loop);
    assert_int_equal(loop_run_forever(loop), 0);
    assert_said("usr1 usr1 usr1");
}

static void a_signal_wakes_a_loop_that_waits_for_ever(void **state)
{
    struct itimerval soon = { .it_value = { 0, 30000 } };
    (void)state;
    assert_int_equal(loop_add_signal(loop, SIGALRM, stop_it, loop), 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    assert_int_equal(loop_run_forever(loop), 0);
}

static int create_in_callback(void *unused)
{
    (void)unused;
    say("task");
    return 0;
}

static void use_the_loop(void *unused)
{
    (void)unused;
    task_release(task_create(create_in_callback, NULL));
    loop_call_later(loop, 0, stop_it, loop);
}

static void a_signals_callback_may_use_the_loop(void **state)
{
    (void)state;
    loop_add_signal(loop, SIGUSR2, use_the_loop, NULL);
    raise(SIGUSR2);
    loop_run_forever(loop);
    one_turn(loop);
    assert_said("task");
}

static void signals_that_are_none_or_can_not_be_caught_are_refused(void **state)
{
    (void)state;
    assert_int_equal(loop_add_signal(loop, SIGKILL, say_it, ""), -EINVAL);
    assert_int_equal(loop_add_signal(loop, SIGSTOP, say_it, ""), -EINVAL);
    assert_int_equal(loop_add_signal(loop, 0, say_it, ""), -EINVAL);
    assert_int_equal(loop_add_signal(loop, -1, say_it, ""), -EINVAL);
    assert_int_equal(loop_add_signal(loop, 1000, say_it, ""), -EINVAL);
    assert_int_equal(loop_add_signal(loop, SIGUSR1, NULL, ""), -EINVAL);
    assert_false(loop_remove_signal(loop, 0));
    assert_false(loop_remove_signal(loop, 1000));
}

static void removing_and_closing_give_the_signal_back(void **state)
{
    struct loop *own = new_loop();
    (void)state;
    assert_true(is_default(SIGUSR1));
    loop_add_signal(own, SIGUSR1, say_it, "");
    loop_add_signal(own, SIGUSR2, say_it, "");
    assert_false(is_default(SIGUSR1));
    assert_true(loop_remove_signal(own, SIGUSR1));
    assert_false(loop_remove_signal(own, SIGUSR1));
    assert_true(is_default(SIGUSR1));
    loop_close(own);
    assert_true(is_default(SIGUSR2));
}

static void a_signal_belongs_to_one_loop_at_a_time(void **state)
{
    struct loop *own = new_loop();
    (void)state;
    assert_int_equal(loop_add_signal(own, SIGUSR1, say_it, ""), 0);
    assert_int_equal(loop_add_signal(loop, SIGUSR1, say_it, ""), -EBUSY);
    loop_close(own);
    assert_int_equal(loop_add_signal(loop, SIGUSR1, say_it, ""), 0);
}

static void a_signal_that_came_before_its_removal_is_forgotten(void **state)
{
    (void)state;
    loop_add_signal(loop, SIGUSR1, say_it, "must not run");
    raise(SIGUSR1);
    loop_remove_signal(loop, SIGUSR1);
    one_turn(loop);
    one_turn(loop);
    assert_said("");
}

/* ---- instead of the runner's Ctrl-C */

static void say_on_stderr(void *word)
{
    fprintf(stderr, "%s\n", (const char *)word);
    loop_call_later(loop_current(), 0.01, stop_it, loop_current());
}

static int handle_ctrl_c(void *unused)
{
    (void)unused;
    if (loop_add_signal(loop_current(), SIGINT, say_on_stderr, "mine") < 0)
        return 1;
    raise(SIGINT);
    raise(SIGINT);
    return await(task_sleep(0.05)) == 0 ? 7 : 8;
}

static void run_with_own_ctrl_c(void)
{
    _exit(loop_run(handle_ctrl_c, NULL));
}

static void a_program_may_take_ctrl_c_from_the_runner(void **state)
{
    (void)state;
    int status = in_child(run_with_own_ctrl_c);
    assert_true(WIFEXITED(status));
    assert_int_equal(strncmp(said, "mine\nmine\n", 10), 0);
}

static int take_ctrl_c(void *unused)
{
    (void)unused;
    return loop_add_signal(loop_current(), SIGINT, say_it, "mine");
}

static int be_interrupted(void *unused)
{
    (void)unused;
    raise(SIGINT);
    return await(task_sleep(0.01));
}

static int give_ctrl_c_back(void *unused)
{
    (void)unused;
    return loop_remove_signal(loop_current(), SIGINT) ? 0 : 1;
}

static void a_programs_ctrl_c_stays_its_own_in_the_runners_next_run(void **state)
{
    struct runner r;
    int result = 1;
    (void)state;
    assert_int_equal(runner_open(&r), 0);
    assert_int_equal(runner_do(&r, take_ctrl_c, NULL, &result), 0);
    assert_int_equal(result, 0);
    assert_int_equal(runner_do(&r, be_interrupted, NULL, &result), 0);
    assert_int_equal(result, 0);
    assert_said("mine");
    assert_int_equal(runner_do(&r, give_ctrl_c_back, NULL, &result), 0);
    assert_int_equal(result, 0);
    assert_true(is_default(SIGINT));
    assert_int_equal(runner_close(&r), 0);
}

#define IN_LOOP(test) cmocka_unit_test_setup_teardown(test, begin_real_loop, end_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LOOP(three_signals_are_three_calls_and_none_inside_another),
        IN_LOOP(no_signal_is_lost_when_threads_have_filled_the_pipe),
        IN_LOOP(a_signal_wakes_a_loop_that_waits_for_ever),
        IN_LOOP(a_signals_callback_may_use_the_loop),
        IN_LOOP(signals_that_are_none_or_can_not_be_caught_are_refused),
        IN_LOOP(removing_and_closing_give_the_signal_back),
        IN_LOOP(a_signal_belongs_to_one_loop_at_a_time),
        IN_LOOP(a_signal_that_came_before_its_removal_is_forgotten),
        REAL(a_program_may_take_ctrl_c_from_the_runner),
        REAL(a_programs_ctrl_c_stays_its_own_in_the_runners_next_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

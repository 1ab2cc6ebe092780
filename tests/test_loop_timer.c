/*
 * test_loop_timer.c - deadlines: their order, their cancel, and how long select() is asked to wait
 *
 * This program has a select() of its own, which notes the timeout before it asks the kernel.
 */
#include "loop_test.h"

#include <math.h>
#include <sys/select.h>

#include "inside.h"

static double asked; /* the last timeout in seconds, -1: for ever */
static int n_asked;
static bool answer_at_once;

int select(int n, fd_set *read, fd_set *write, fd_set *except, struct timeval *limit)
{
    struct timespec wait = { 0, 0 };
    n_asked++;
    asked = limit == NULL ? -1 : (double)limit->tv_sec + (double)limit->tv_usec / 1e6;
    if (limit != NULL && !answer_at_once)
        wait = (struct timespec){ limit->tv_sec, limit->tv_usec * 1000 };
    return pselect(n, read, write, except, limit != NULL || answer_at_once ? &wait : NULL, NULL);
}

static struct loop *loop;

static int begin(void **state)
{
    answer_at_once = false;
    n_asked = 0;
    loop = loop_new();
    (void)state;
    return loop == NULL ? -1 : 0;
}

static int begin_virtual_loop(void **state)
{
    begin_virtual(state);
    return begin(state);
}

static int begin_real_loop(void **state)
{
    begin_real(state);
    return begin(state);
}

static int end_loop(void **state)
{
    (void)state;
    return loop_close(loop);
}

/* ---- order */

static void timers_fire_in_the_order_of_their_deadlines(void **state)
{
    (void)state;
    loop_call_later(loop, 0.03, say_it, "+30");
    loop_call_later(loop, -1, say_it, "-1s");
    loop_call_later(loop, 0.01, say_it, "+10");
    loop_call_later(loop, -2, say_it, "-2s");
    loop_call_later(loop, 0, say_it, "0");
    loop_call_later(loop, 0.02, say_it, "+20");
    loop_call_soon(loop, say_it, "soon");
    loop_call_later(loop, 0.04, stop_it, loop);
    loop_run_forever(loop);
    assert_said("soon -2s -1s 0 +10 +20 +30");
}

enum { MANY = 500 };
static int fired[MANY], n_fired;

static void note_number(void *number)
{
    fired[n_fired++] = (int)(intptr_t)number;
}

static void equal_deadlines_fire_in_arming_order(void **state)
{
    (void)state;
    n_fired = 0;
    for (intptr_t i = 0; i < MANY; i++)
        loop_call_at(loop, 1.0, note_number, (void *)i);
    loop_call_at(loop, 2.0, stop_it, loop);
    loop_run_forever(loop);
    assert_int_equal(n_fired, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(fired[i], i);
}

static void equal_deadlines_keep_their_order_when_others_are_cancelled(void **state)
{
    struct call calls[MANY];
    int n = 0;
    (void)state;
    n_fired = 0;
    for (intptr_t i = 0; i < MANY; i++)
        calls[i] = loop_call_at(loop, 1.0 + (double)(i % 2), note_number, (void *)i);
    for (int i = 0; i < MANY; i++)
        if (i % 3 != 0) /* more than half: the heap is swept and built anew */
            assert_true(call_cancel(calls[i]));
    loop_call_at(loop, 3.0, stop_it, loop);
    loop_run_forever(loop);
    for (int parity = 0; parity < 2; parity++)
        for (int i = parity; i < MANY; i += 2)
            if (i % 3 == 0)
                assert_int_equal(fired[n++], i);
    assert_int_equal(n_fired, n);
}

static void any_order_of_arming_and_cancelling_fires_sorted(void **state)
{
    static struct call calls[MANY];
    static double due[MANY];
    static bool live[MANY];
    unsigned seed = 1;
    int n_live = 0;
    (void)state;
    n_fired = 0;
    for (int i = 0; i < MANY; i++) {
        seed = seed * 1103515245u + 12345u;
        due[i] = (double)(seed >> 16 & 63);
        calls[i] = loop_call_at(loop, due[i], note_number, (void *)(intptr_t)i);
        live[i] = true;
        int other = (int)(seed >> 8) % (i + 1);
        if ((seed & 4) != 0 && other >= 0 && live[other]) {
            assert_true(call_cancel(calls[other]));
            live[other] = false;
        }
    }
    loop_call_at(loop, 100, stop_it, loop);
    loop_run_forever(loop);
    for (int i = 0; i < MANY; i++)
        n_live += live[i];
    assert_int_equal(n_fired, n_live);
    for (int i = 1; i < n_fired; i++) {
        int a = fired[i - 1], b = fired[i];
        assert_true(live[a] && live[b]);
        assert_true(due[a] < due[b] || (due[a] == due[b] && a < b));
    }
}

static int sleep_a_little(void *number)
{
    await(task_sleep(0.01));
    fired[n_fired++] = (int)(intptr_t)number;
    return 0;
}

static void sleepers_of_one_length_wake_in_the_order_in_which_they_lay_down(void **state)
{
    (void)state;
    n_fired = 0;
    for (intptr_t i = 0; i < 50; i++)
        task_release(loop_create_task(loop, sleep_a_little, (void *)i));
    loop_call_later(loop, 1, stop_it, loop);
    loop_run_forever(loop);
    assert_int_equal(n_fired, 50);
    for (int i = 0; i < 50; i++)
        assert_int_equal(fired[i], i);
}

/* ---- odd delays */

static void delays_that_are_no_delay_are_due_at_once(void **state)
{
    (void)state;
    loop_call_later(loop, -1e300, say_it, "-1e300");
    loop_call_later(loop, (double)-INFINITY, say_it, "-inf");
    loop_call_later(loop, -0.0, say_it, "-0");
    loop_call_later(loop, (double)NAN, say_it, "nan");
    one_turn(loop);
    assert_said("-1e300 -inf nan -0");
}

static void delays_without_end_never_come_and_overflow_nothing(void **state)
{
    (void)state;
    loop_call_later(loop, (double)INFINITY, say_it, "inf");
    loop_call_later(loop, 1e300, say_it, "1e300");
    loop_call_at(loop, 1e18, say_it, "1e18");
    loop_call_later(loop, 3600.0 * 24 * 365 * 100, stop_it, loop); /* a hundred years */
    loop_run_forever(loop);
    assert_said("");
    assert_true(loop_time(loop) >= 3600.0 * 24 * 365 * 100);
}

static int sleep_oddly(void *unused)
{
    (void)unused;
    say("%d", await(task_sleep(-1)));
    say("%d", await(task_sleep((double)NAN)));
    say("%d", await(task_sleep((double)-INFINITY)));
    say("%d", await(task_sleep(1e-12)));
    return 0;
}

static void a_sleep_of_nothing_gives_the_others_one_turn(void **state)
{
    uint64_t before = loop->turns;
    struct task *t = loop_create_task(loop, sleep_oddly, NULL);
    (void)state;
    assert_int_equal(loop_run_until_complete(loop, t), 0);
    assert_said("0 0 0 0");
    assert_int_equal(loop->turns - before, 6); /* four sleeps, the last step, the stop */
}

static int sleep_for_ever(void *unused)
{
    (void)unused;
    return await(task_sleep((double)INFINITY));
}

static void a_sleep_without_end_can_be_cancelled(void **state)
{
    struct task *t = loop_create_task(loop, sleep_for_ever, NULL);
    (void)state;
    one_turn(loop);
    assert_true(task_cancel(t));
    assert_int_equal(loop_run_until_complete(loop, t), 0);
    assert_int_equal(task_result(t), -ECANCELED);
    assert_true(loop_time(loop) < 1);
}

/* ---- the sweep: more than 100 timers, more than half of them cancelled */

static uint32_t left_after_sweep(int live, int cancelled)
{
    static struct call calls[200];
    struct loop *own = new_loop();
    for (int i = 0; i < live + cancelled; i++)
        calls[i] = loop_call_at(own, 1000 + i, say_it, "");
    for (int i = live; i < live + cancelled; i++)
        call_cancel(calls[i]);
    one_turn(own);
    uint32_t left = own->timers.count;
    assert_int_equal(own->timers.cancelled, left - (uint32_t)live);
    loop_close(own);
    return left;
}

static void cancelled_timers_are_swept_when_they_are_many_and_the_majority(void **state)
{
    (void)state;
    assert_int_equal(left_after_sweep(10, 90), 100); /* 100 is not more than 100 */
    assert_int_equal(left_after_sweep(11, 90), 11);
    assert_int_equal(left_after_sweep(51, 51), 102); /* half is not more than half */
    assert_int_equal(left_after_sweep(51, 52), 51);
}

static void cancelled_timers_at_the_head_always_go(void **state)
{
    struct call calls[5];
    (void)state;
    for (int i = 0; i < 5; i++)
        calls[i] = loop_call_at(loop, 1000 + i, say_it, "");
    call_cancel(calls[0]);
    call_cancel(calls[1]);
    call_cancel(calls[3]);
    one_turn(loop);
    assert_int_equal(loop->timers.count, 3);
    assert_int_equal(loop->timers.cancelled, 1);
}

static void a_new_timer_takes_the_place_of_a_cancelled_one_at_the_end(void **state)
{
    struct call calls[5];
    (void)state;
    for (int i = 0; i < 5; i++)
        calls[i] = loop_call_at(loop, 1000 + i, say_it, "");
    call_cancel(calls[3]);
    call_cancel(calls[4]);
    assert_int_equal(loop->timers.count, 5);
    loop_call_at(loop, 0, say_it, "first");
    assert_int_equal(loop->timers.count, 5);
    assert_int_equal(loop->timers.cancelled, 1);
    one_turn(loop);
    assert_said("first");
}

static void arming_and_cancelling_without_end_does_not_grow_the_heap(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        call_cancel(loop_call_later(loop, 3600, say_it, ""));
        if (i % 10 == 0)
            one_turn(loop);
    }
    assert_true(loop->timers.capacity <= 256);
}

/* ---- what select() is asked */

/* One turn whose select() answers at once; the timeout that it was asked for. */
static double ask(void)
{
    answer_at_once = true;
    loop_turn(loop);
    return asked;
}

static void select_waits_until_the_earliest_deadline_and_no_longer(void **state)
{
    (void)state;
    assert_true(ask() < 0); /* nothing to do: for ever */
    loop_call_soon(loop, say_it, "ready");
    assert_true(ask() == 0);
    loop_stop(loop);
    assert_true(ask() == 0);
    loop->stopping = false;
    struct call five = loop_call_later(loop, 5, say_it, "five");
    assert_true(ask() > 4.5 && asked <= 5.000001);
    struct call far = loop_call_later(loop, 10 * 24 * 3600, say_it, "far");
    assert_true(ask() > 4.5 && asked <= 5.000001);
    call_cancel(five);
    assert_true(ask() == 86400); /* at most a day */
    call_cancel(far);
    assert_true(ask() < 0);
    loop_call_later(loop, -3, say_it, "overdue");
    assert_true(ask() == 0);
    assert_said("ready overdue");
}

static void a_timer_is_never_early_and_never_costs_a_spinning_turn(void **state)
{
    (void)state;
    for (int i = 1; i <= 20; i++) {
        double begun = loop_time(loop), delay = 0.0003 * i + 0.0000004;
        n_asked = 0;
        loop_call_later(loop, delay, stop_it, loop);
        loop_run_forever(loop);
        assert_true(loop_time(loop) - begun >= delay - 1e-9);
        assert_int_equal(n_asked, 1);
    }
}

static void read_byte(void *fd)
{
    char c;
    (void)!read(*(int *)fd, &c, 1);
    say("%c", c);
}

/* How often select() is asked until a timer is due, when that many pipes are watched and some have a byte at first. */
static int times_asked(int n_pipes, int n_ready)
{
    int fds[80][2];
    for (int i = 0; i < n_pipes; i++) {
        assert_int_equal(pipe(fds[i]), 0);
        assert_int_equal(loop_add_reader(loop, fds[i][0], read_byte, fds[i]), 0);
        if (i < n_ready)
            assert_int_equal(write(fds[i][1], "x", 1), 1);
    }
    n_asked = 0;
    loop_call_later(loop, 0.1, stop_it, loop);
    loop_run_forever(loop);
    for (int i = 0; i < n_pipes; i++) {
        loop_remove_reader(loop, fds[i][0]);
        close(fds[i][0]);
        close(fds[i][1]);
    }
    return n_asked;
}

/* To wait costs more than to look, for each descriptor. */
static void where_many_are_watched_and_several_were_ready_select_looks_before_it_waits(void **state)
{
    (void)state;
    assert_int_equal(times_asked(80, 3), 3);
    assert_said("x x x");
    assert_int_equal(times_asked(80, 1), 2);
    assert_int_equal(times_asked(10, 3), 2);
    assert_said("x x x x");
}

#define IN_VIRTUAL(test) cmocka_unit_test_setup_teardown(test, begin_virtual_loop, end_loop)
#define IN_REAL(test) cmocka_unit_test_setup_teardown(test, begin_real_loop, end_loop)

/* The result comes, and before its waiter's step the time limit passes too. */
static void set_and_be_late(void *future)
{
    future_set_result(future, 5);
    loop_work(2);
}

static int wait_once(void *unused)
{
    struct future *one = future_new(loop_current()), *two = future_new(loop_current());
    (void)unused;
    loop_call_soon(loop_current(), set_and_be_late, one);
    int first = await(wait_for(one, 1.0));
    loop_call_soon(loop_current(), set_and_be_late, two);
    int second = await(futures_wait(&two, 1, WAIT_ALL, 2.5, NULL));
    double before = loop_time(loop_current());
    int slept = await(task_sleep(10)); /* a second wake-up would end this */
    say("%d %d %d %g", first, second, slept, loop_time(loop_current()) - before);
    return 0;
}

static void a_time_limit_that_passes_when_the_result_has_come_wakes_nobody_twice(void **state)
{
    (void)state;
    assert_int_equal(run_main(wait_once), 0);
    assert_said("5 1 0 10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_VIRTUAL(timers_fire_in_the_order_of_their_deadlines),
        IN_REAL(timers_fire_in_the_order_of_their_deadlines),
        IN_VIRTUAL(equal_deadlines_fire_in_arming_order),
        IN_VIRTUAL(equal_deadlines_keep_their_order_when_others_are_cancelled),
        IN_VIRTUAL(any_order_of_arming_and_cancelling_fires_sorted),
        IN_VIRTUAL(sleepers_of_one_length_wake_in_the_order_in_which_they_lay_down),
        IN_VIRTUAL(delays_that_are_no_delay_are_due_at_once),
        IN_VIRTUAL(delays_without_end_never_come_and_overflow_nothing),
        IN_VIRTUAL(a_sleep_of_nothing_gives_the_others_one_turn),
        IN_VIRTUAL(a_sleep_without_end_can_be_cancelled),
        IN_VIRTUAL(a_time_limit_that_passes_when_the_result_has_come_wakes_nobody_twice),
        IN_VIRTUAL(cancelled_timers_are_swept_when_they_are_many_and_the_majority),
        IN_VIRTUAL(cancelled_timers_at_the_head_always_go),
        IN_VIRTUAL(a_new_timer_takes_the_place_of_a_cancelled_one_at_the_end),
        IN_VIRTUAL(arming_and_cancelling_without_end_does_not_grow_the_heap),
        IN_REAL(select_waits_until_the_earliest_deadline_and_no_longer),
        IN_REAL(where_many_are_watched_and_several_were_ready_select_looks_before_it_waits),
        IN_REAL(a_timer_is_never_early_and_never_costs_a_spinning_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_loop_clock.c - real time, virtual time, work that blocks, and a Ctrl-C in virtual time
 */
#include "loop_test.h"

#include <math.h>
#include <time.h>

#include "inside.h"
#include "ticks.h"

static double real_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-6)

/* ---- virtual */

static int sleep_for_a_year(void *unused)
{
    (void)unused;
    await(task_sleep(365 * 86400.0));
    return 0;
}

static void virtual_time_jumps_to_the_next_deadline(void **state)
{
    double begun = real_seconds();
    struct loop *loop = new_loop();
    struct task *t = loop_create_task(loop, sleep_for_a_year, NULL);
    (void)state;
    assert_near(loop_time(loop), 0.0);
    assert_int_equal(loop_run_until_complete(loop, t), 0);
    assert_near(loop_time(loop), 365 * 86400.0);
    assert_true(real_seconds() - begun < 1);
    assert_true(loop->turns < 400); /* a day at a time, as asyncio waits */
    loop_close(loop);
}

static int work_and_look(void *unused)
{
    (void)unused;
    double begun = loop_time(loop_current());
    loop_work(2.5);
    say("%.3f", loop_time(loop_current()) - begun);
    loop_work(-1);
    loop_work((double)NAN);
    say("%.3f", loop_time(loop_current()) - begun);
    return 0;
}

static void work_advances_virtual_time_and_makes_timers_late(void **state)
{
    struct loop *loop = new_loop();
    (void)state;
    loop_call_later(loop, 1, say_it, "late");
    struct task *t = loop_create_task(loop, work_and_look, NULL);
    loop_run_until_complete(loop, t);
    assert_said("2.500 2.500 late");
    assert_near(loop_time(loop), 2.5);
    assert_near((double)loop->totals.late_max / 1e9, 1.5);
    loop_close(loop);
}

static void virtual_time_stands_while_something_is_ready(void **state)
{
    struct loop *loop = new_loop();
    (void)state;
    loop_call_later(loop, 1, say_it, "timer");
    for (int i = 0; i < 100; i++) {
        loop_call_soon(loop, say_it, "");
        one_turn(loop);
    }
    said[0] = '\0';
    assert_near(loop_time(loop), 0.0);
    loop_close(loop);
}

static void bytes_that_are_there_come_before_a_jump(void **state)
{
    int fds[2];
    struct loop *loop = new_loop();
    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    loop_add_reader(loop, fds[0], stop_it, loop);
    loop_call_later(loop, 100, say_it, "must not run");
    loop_run_forever(loop);
    assert_near(loop_time(loop), 0.0);
    assert_said("");
    close(fds[0]);
    close(fds[1]);
    loop_close(loop);
}

/* ---- real */

static void real_time_passes_by_itself(void **state)
{
    struct loop *loop = new_loop();
    double begun = real_seconds(), loop_begun = loop_time(loop);
    (void)state;
    assert_true(loop_begun >= 0 && loop_begun < 1);
    loop_call_later(loop, 0.05, stop_it, loop);
    loop_run_forever(loop);
    double real = real_seconds() - begun, told = loop_time(loop) - loop_begun;
    assert_true(told >= 0.05 && told < real + 0.001);
    assert_true(real >= 0.05);
    loop_close(loop);
}

enum { SLACK = 3000 }; /* ns between two readings of the same moment */

static ns kernels_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ns)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* For a tenth of a second, so often that most readings are not the kernel's; then again after a nap. */
static void clock_is_the_kernels_however_often_it_is_read(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        ns last = 0, end = kernels_clock() + NS_PER_S / 10;
        for (ns before; (before = kernels_clock()) < end;) {
            ns told = clock_real();
            assert_true(told >= last);
            assert_true(told > before - SLACK);
            assert_true(told < kernels_clock() + SLACK);
            for (int i = 0; i < 20; i++)
                last = clock_real();
            assert_true(last >= told);
        }
        nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
    }
}

#ifdef TICKS
/* While a machine sleeps the kernel's clock stands still, and the counter may go on. */
static void a_clock_is_no_slower_after_the_machine_slept(void **state)
{
    const uint64_t slept = UINT64_C(3600) * 3 * NS_PER_S; /* ticks of an hour */
    bool keeps_up = true;
    (void)state;
    for (int i = 0; i < 5000; i++)
        clock_real();
    if (!ticks_here.may_count)
        skip(); /* the kernel counts something else */
    ticks_here.first.tick -= slept;
    ticks_here.last.tick -= slept;
    nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    for (ns before, end = kernels_clock() + NS_PER_S / 20; (before = kernels_clock()) < end;)
        keeps_up &= clock_real() > before - SLACK;
    ticks_here = (struct ticks){ 0 };
    assert_true(keeps_up);
}
#endif

static void nothing(int sig)
{
    (void)sig;
}

static int work_for_50_ms(void *unused)
{
    (void)unused;
    signal(SIGALRM, nothing);
    ualarm(10000, 10000); /* signals do not cut it short */
    loop_work(0.05);
    ualarm(0, 0);
    signal(SIGALRM, SIG_DFL);
    return 0;
}

static void work_takes_its_time_and_no_cpu(void **state)
{
    struct loop *loop = new_loop();
    struct task *t = loop_create_task(loop, work_for_50_ms, NULL);
    double begun = real_seconds();
    clock_t cpu = clock();
    (void)state;
    loop_run_until_complete(loop, t);
    assert_true(real_seconds() - begun >= 0.05);
    assert_true((double)(clock() - cpu) / CLOCKS_PER_SEC < 0.04);
    loop_close(loop);
}

/* The least that one of ten such works takes, on the loop's clock. */
static double least_work;

static int work_ten_times(void *unused)
{
    struct loop *loop = loop_current();
    (void)unused;
    least_work = 1000;
    clock_set_speed(&loop->clock, 1000);
    for (int i = 0; i < 10; i++) {
        double begun = loop_time(loop);
        loop_work(0.1);
        least_work = fmin(least_work, loop_time(loop) - begun);
    }
    return 0;
}

static void work_on_a_fast_clock_is_no_longer_than_asked(void **state)
{
    struct loop *loop = new_loop();
    (void)state;
    loop_run_until_complete(loop, loop_create_task(loop, work_ten_times, NULL));
    assert_true(least_work >= 0.1);
    assert_true(least_work < 20 * 0.1); /* 20 ms of real time would be 20 s */
    loop_close(loop);
}

static void work_outside_of_a_loop_waits_as_well(void **state)
{
    double begun = real_seconds();
    (void)state;
    loop_work(0.02);
    assert_true(real_seconds() - begun >= 0.02);
    loop_work(-5);
    loop_work((double)NAN);
}

/* ---- held and slowed, as a viewer may do it */

static void a_held_clock_stands_and_goes_on_from_there(void **state)
{
    struct clock c;
    (void)state;
    clock_init(&c);
    clock_hold(&c);
    ns at = clock_now(&c);
    usleep(20000);
    assert_true(clock_now(&c) == at);
    clock_release(&c);
    assert_true(clock_now(&c) - at < 15 * NS_PER_S / 1000);
    assert_true(clock_now(&c) >= at);
}

static void a_slowed_clock_makes_no_jump(void **state)
{
    struct clock c;
    (void)state;
    clock_init(&c);
    ns before = clock_now(&c);
    clock_set_speed(&c, 0.1);
    ns slow = clock_now(&c);
    usleep(30000);
    ns after = clock_now(&c);
    assert_true(slow >= before);
    assert_true(after - slow >= 3 * NS_PER_S / 1000);
    assert_true(after - slow < 25 * NS_PER_S / 1000);
    clock_set_speed(&c, 1.0);
    assert_true(clock_now(&c) >= after);
}

static void a_slowed_loop_waits_longer(void **state)
{
    struct loop *loop = new_loop();
    double begun = real_seconds();
    (void)state;
    clock_set_speed(&loop->clock, 0.25);
    loop_call_later(loop, 0.02, stop_it, loop);
    loop_run_forever(loop);
    assert_true(real_seconds() - begun >= 0.08);
    assert_true(loop->turns <= 3); /* it did not spin meanwhile */
    loop_close(loop);
}

/* ---- Ctrl-C in virtual time */

static int count_seconds(void *unused)
{
    int n = 0;
    (void)unused;
    while (await(task_sleep(1)) == 0)
        n++;
    fprintf(stderr, "%d seconds, interrupted at %.3f\n", n, loop_time(loop_current()));
    return -ECANCELED;
}

static void interrupt_in_virtual_time(void)
{
    setenv("LOOP_INTERRUPT_AT", "6.5", 1);
    _exit(loop_run(count_seconds, NULL));
}

static void an_interrupt_comes_at_its_virtual_time(void **state)
{
    (void)state;
    int status = in_child(interrupt_in_virtual_time);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
    assert_string_equal(said, "6 seconds, interrupted at 6.500\n");
}

static int wait_for_nothing(void *unused)
{
    (void)unused;
    return await(task_sleep(1e300));
}

static void interrupt_an_idle_loop(void)
{
    setenv("LOOP_INTERRUPT_AT", "100000", 1); /* more than a day: the longest wait */
    _exit(loop_run(wait_for_nothing, NULL));
}

static void an_interrupt_comes_to_an_idle_loop_too(void **state)
{
    (void)state;
    int status = in_child(interrupt_an_idle_loop);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL(virtual_time_jumps_to_the_next_deadline),
        VIRTUAL(work_advances_virtual_time_and_makes_timers_late),
        VIRTUAL(virtual_time_stands_while_something_is_ready),
        VIRTUAL(bytes_that_are_there_come_before_a_jump),
        REAL(real_time_passes_by_itself),
        cmocka_unit_test(clock_is_the_kernels_however_often_it_is_read),
#ifdef TICKS
        cmocka_unit_test(a_clock_is_no_slower_after_the_machine_slept),
#endif
        REAL(work_takes_its_time_and_no_cpu),
        REAL(work_on_a_fast_clock_is_no_longer_than_asked),
        REAL(work_outside_of_a_loop_waits_as_well),
        REAL(a_held_clock_stands_and_goes_on_from_there),
        REAL(a_slowed_clock_makes_no_jump),
        REAL(a_slowed_loop_waits_longer),
        VIRTUAL(an_interrupt_comes_at_its_virtual_time),
        VIRTUAL(an_interrupt_comes_to_an_idle_loop_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

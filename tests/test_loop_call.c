/*
 * test_loop_call.c - call_soon, call_later, call_at, their cancel, and calls from other threads
 */
#include "own_loop.h"

#include <pthread.h>

/* ---- order */

struct family {
    const char *name;
    const struct family *child[3];
};

static void have_children(void *arg)
{
    const struct family *f = arg;
    say("%s", f->name);
    for (size_t i = 0; i < COUNT(f->child) && f->child[i] != NULL; i++)
        loop_call_soon(loop, have_children, (void *)(uintptr_t)f->child[i]);
}

static void calls_run_in_turn_and_what_they_schedule_in_the_next_turn(void **state)
{
    static const struct family a11 = { "a11", { NULL } }, a1 = { "a1", { &a11 } },
                               a2 = { "a2", { NULL } }, a = { "a", { &a1, &a2 } },
                               b1 = { "b1", { NULL } }, b = { "b", { &b1 } };
    (void)state;
    loop_call_soon(loop, have_children, (void *)(uintptr_t)&a);
    loop_call_soon(loop, have_children, (void *)(uintptr_t)&b);
    loop_call_soon(loop, say_it, "c");
    one_turn(loop);
    assert_said("a b c");
    one_turn(loop);
    assert_said("a1 a2 b1");
    one_turn(loop);
    assert_said("a11");
}

static void call_later_zero_runs_after_what_is_queued_in_the_same_turn(void **state)
{
    (void)state;
    loop_call_later(loop, 0, say_it, "timer");
    loop_call_soon(loop, say_it, "soon");
    one_turn(loop);
    assert_said("soon timer");
}

static void spin(void *left)
{
    intptr_t *n = left;
    if (--*n > 0)
        loop_call_soon(loop, spin, left);
    else
        loop_stop(loop);
}

static void calls_that_schedule_calls_for_ever_starve_no_timer(void **state)
{
    intptr_t n = 100;
    (void)state;
    loop_call_soon(loop, spin, &n);
    loop_call_later(loop, 0, say_it, "timer");
    loop_run_forever(loop);
    assert_said("timer");
    assert_int_equal(n, 0);
}

static void call_at_takes_the_loops_own_time(void **state)
{
    (void)state;
    loop_call_at(loop, 7, say_it, "seven");
    loop_call_at(loop, 3, say_it, "three");
    loop_call_at(loop, -1, say_it, "past");
    loop_call_at(loop, 7.5, stop_it, loop);
    loop_run_forever(loop);
    assert_said("past three seven");
    assert_true(loop_time(loop) >= 7.4999 && loop_time(loop) < 7.5001);
}

/* ---- cancel */

static void a_call_that_was_cancelled_does_not_run(void **state)
{
    struct call soon = loop_call_soon(loop, say_it, "soon");
    struct call later = loop_call_later(loop, 0, say_it, "later");
    (void)state;
    assert_true(call_cancel(soon));
    assert_true(call_cancel(later));
    assert_false(call_cancel(soon));
    assert_false(call_cancel(later));
    one_turn(loop);
    one_turn(loop);
    assert_said("");
}

static struct call victim;

static void cancel_the_victim(void *unused)
{
    (void)unused;
    say("cancel:%d", call_cancel(victim));
}

static void a_call_can_be_cancelled_in_the_turn_in_which_it_was_to_run(void **state)
{
    (void)state;
    loop_call_soon(loop, cancel_the_victim, NULL);
    victim = loop_call_soon(loop, say_it, "victim");
    loop_call_soon(loop, cancel_the_victim, NULL);
    one_turn(loop);
    assert_said("cancel:1 cancel:0");
}

static void a_timer_that_is_due_can_be_cancelled_in_the_same_turn(void **state)
{
    (void)state;
    loop_call_soon(loop, cancel_the_victim, NULL);
    victim = loop_call_later(loop, 0, say_it, "victim");
    one_turn(loop);
    one_turn(loop);
    assert_said("cancel:1");
}

static void a_call_that_runs_or_ran_can_not_be_cancelled(void **state)
{
    (void)state;
    victim = loop_call_soon(loop, cancel_the_victim, NULL); /* itself */
    one_turn(loop);
    assert_said("cancel:0");
    assert_false(call_cancel(victim));
    victim = loop_call_later(loop, 0, cancel_the_victim, NULL);
    one_turn(loop);
    assert_said("cancel:0");
    assert_false(call_cancel(victim));
}

static void an_old_call_never_cancels_a_new_one(void **state)
{
    struct call old = loop_call_soon(loop, say_it, "old");
    (void)state;
    one_turn(loop);
    for (int i = 0; i < 300; i++) { /* the old record is used again */
        struct call new = loop_call_soon(loop, say_it, "new");
        assert_false(call_cancel(old));
        if (i != 150)
            assert_true(call_cancel(new));
    }
    one_turn(loop);
    assert_said("old new");
}

static void a_call_that_could_not_be_made_can_be_cancelled_in_vain(void **state)
{
    struct call none = { NULL, 0 };
    (void)state;
    assert_false(call_cancel(none));
}

static void closing_the_loop_drops_what_is_queued(void **state)
{
    struct loop *own = new_loop();
    (void)state;
    loop_call_soon(own, say_it, "soon");
    loop_call_later(own, 0, say_it, "later");
    assert_int_equal(loop_call_soon_threadsafe(own, say_it, "threadsafe"), 0);
    assert_int_equal(loop_close(own), 0);
    assert_said("");
}

/* ---- inside of a call */

static int never(void *unused)
{
    (void)unused;
    return 0;
}

static void look_about(void *unused)
{
    struct task *t = task_create(never, NULL);
    (void)unused;
    say(task_current() == NULL ? "no-task" : "task");
    say(loop_current() == loop ? "our-loop" : "other");
    say(loop_is_running(loop) ? "running" : "idle");
    say(t != NULL ? "made" : "not-made");
}

static void a_call_is_no_task_but_knows_its_loop(void **state)
{
    (void)state;
    assert_null(loop_current());
    assert_null(task_current());
    loop_call_soon(loop, look_about, NULL);
    one_turn(loop);
    assert_said("no-task our-loop running made");
    assert_null(loop_current());
    assert_false(loop_is_running(loop));
    one_turn(loop);
}

/* ---- threads */

enum { THREADS = 4, CALLS = 2000 };

struct mail {
    int thread, number;
};

static pthread_t home;
static int got_from[THREADS], n_got, n_wrong;

static void get_mail(void *arg)
{
    struct mail *m = arg;
    if (m->number != got_from[m->thread]++ || !pthread_equal(home, pthread_self()))
        n_wrong++;
    free(m);
    if (++n_got == THREADS * CALLS)
        loop_stop(loop);
}

static void *send_mail(void *number)
{
    for (int i = 0; i < CALLS; i++) {
        struct mail *m = malloc(sizeof *m);
        *m = (struct mail){ (int)(intptr_t)number, i };
        if (loop_call_soon_threadsafe(loop, get_mail, m) < 0)
            free(m);
    }
    return NULL;
}

static void calls_of_other_threads_arrive_in_order_and_in_the_loops_thread(void **state)
{
    pthread_t threads[THREADS];
    (void)state;
    home = pthread_self();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_mail, (void *)(intptr_t)i), 0);
    loop_run_forever(loop);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(n_got, THREADS * CALLS);
    assert_int_equal(n_wrong, 0);
}

static void *wake_it(void *unused)
{
    (void)unused;
    usleep(30000);
    loop_call_soon_threadsafe(loop, stop_it, loop);
    return NULL;
}

static void a_loop_that_waits_for_ever_is_woken_by_a_thread(void **state)
{
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, wake_it, NULL), 0);
    assert_int_equal(loop_run_forever(loop), 0); /* nothing else would end it */
    pthread_join(thread, NULL);
}

static void flood(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100000; i++) /* more than a pipe holds */
        loop_call_soon_threadsafe(loop, stop_it, loop);
}

static void more_threadsafe_calls_than_the_pipe_holds_bytes_are_no_trouble(void **state)
{
    (void)state;
    loop_call_soon(loop, flood, NULL);
    assert_int_equal(loop_run_forever(loop), 0);
}

static void *own_loop(void *unused)
{
    struct loop *own = loop_new();
    (void)unused;
    if (own == NULL)
        return NULL;
    loop_call_later(own, 0.01, stop_it, own);
    intptr_t ok = loop_run_forever(own) == 0;
    ok += loop_close(own) == 0;
    return (void *)ok;
}

static pthread_t second_thread;

static void start_another(void *unused)
{
    (void)unused;
    pthread_create(&second_thread, NULL, own_loop, NULL);
}

static void each_thread_may_run_a_loop_of_its_own(void **state)
{
    void *ok;
    (void)state;
    loop_call_soon(loop, start_another, NULL);
    loop_call_later(loop, 0.03, stop_it, loop);
    loop_run_forever(loop);
    pthread_join(second_thread, &ok);
    assert_int_equal((intptr_t)ok, 2);
}

#define IN_VIRTUAL(test) cmocka_unit_test_setup_teardown(test, begin_loop, end_loop)
#define IN_REAL(test) cmocka_unit_test_setup_teardown(test, begin_real_loop, end_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_VIRTUAL(calls_run_in_turn_and_what_they_schedule_in_the_next_turn),
        IN_VIRTUAL(call_later_zero_runs_after_what_is_queued_in_the_same_turn),
        IN_VIRTUAL(calls_that_schedule_calls_for_ever_starve_no_timer),
        IN_VIRTUAL(call_at_takes_the_loops_own_time),
        IN_VIRTUAL(a_call_that_was_cancelled_does_not_run),
        IN_VIRTUAL(a_call_can_be_cancelled_in_the_turn_in_which_it_was_to_run),
        IN_VIRTUAL(a_timer_that_is_due_can_be_cancelled_in_the_same_turn),
        IN_VIRTUAL(a_call_that_runs_or_ran_can_not_be_cancelled),
        IN_VIRTUAL(an_old_call_never_cancels_a_new_one),
        IN_VIRTUAL(a_call_that_could_not_be_made_can_be_cancelled_in_vain),
        IN_VIRTUAL(closing_the_loop_drops_what_is_queued),
        IN_VIRTUAL(a_call_is_no_task_but_knows_its_loop),
        IN_REAL(calls_of_other_threads_arrive_in_order_and_in_the_loops_thread),
        IN_REAL(a_loop_that_waits_for_ever_is_woken_by_a_thread),
        IN_REAL(more_threadsafe_calls_than_the_pipe_holds_bytes_are_no_trouble),
        IN_REAL(each_thread_may_run_a_loop_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

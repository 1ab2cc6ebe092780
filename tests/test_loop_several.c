/*
 * test_loop_several.c - waiting for several at once, for one with a limit, and for what can't be waited for
 */
#include "own_loop.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>

static const char *error_word(int err)
{
    return err >= 0            ? "ok"
           : err == -EDEADLK   ? "ring"
           : err == -ECANCELED ? "cancelled"
           : err == -ETIMEDOUT ? "late"
           : err == -EINVAL    ? "refused"
                               : "?";
}

/* ---- rings */

enum way { BY_JOIN, BY_GATHER, BY_SHIELD, BY_WAIT, BY_WAIT_FOR };

static struct task *first, *second;
static enum way way;

static int wait_by(enum way how, struct task *t)
{
    struct future *f = task_as_future(t);
    switch (how) {
    case BY_JOIN: return await(task_join(t));
    case BY_GATHER: return await(gather(&f, 1, NULL, false));
    case BY_SHIELD: return await(shield(f));
    case BY_WAIT: return await(futures_wait(&f, 1, WAIT_ALL, INFINITY, NULL));
    case BY_WAIT_FOR: return await(wait_for(f, INFINITY));
    }
    return 0;
}

static int wait_for_second(void *unused)
{
    (void)unused;
    return wait_by(way, second);
}

static int close_the_ring(void *unused)
{
    (void)unused;
    int err = wait_by(BY_JOIN, first);
    say("%s", error_word(err));
    return 0;
}

static int make_a_ring(void *unused)
{
    (void)unused;
    first = task_create(wait_for_second, NULL);
    second = task_create(close_the_ring, NULL);
    await(task_join(first));
    task_release(first);
    task_release(second);
    return 0;
}

static void a_ring_is_refused_whatever_it_is_made_of(void **state)
{
    (void)state;
    for (way = BY_JOIN; way <= BY_WAIT_FOR; way++)
        complete(make_a_ring, NULL);
    assert_said("ring ring ring ring ring");
}

static int wait_for_itself(void *unused)
{
    (void)unused;
    for (enum way how = BY_JOIN; how <= BY_WAIT_FOR; how++)
        say("%s", error_word(wait_by(how, task_current())));
    return 0;
}

static void nobody_waits_for_itself(void **state)
{
    (void)state;
    complete(wait_for_itself, NULL);
    assert_said("ring ring ring ring ring");
}

static int wait_with_a_limit(void *unused)
{
    (void)unused;
    int err = await(wait_for(task_as_future(second), 0.1));
    say("%s", error_word(err));
    return 0;
}

static int make_a_ring_with_a_limit(void *unused)
{
    (void)unused;
    first = task_create(wait_with_a_limit, NULL);
    second = task_create(close_the_ring, NULL);
    await(task_join(first));
    task_release(first);
    task_release(second);
    return 0;
}

static void a_ring_that_ends_by_its_limit_of_time_is_none(void **state)
{
    (void)state;
    complete(make_a_ring_with_a_limit, NULL);
    assert_said("cancelled ok");
}

/* Each waits for the two of the next level: 2^20 ways to the last, each task looked at once. */
enum { LEVELS = 20 };

static struct task *level[LEVELS][2];

static int gather_next_level(void *at)
{
    struct task **next = at;
    struct future *both[2];
    if (next == NULL)
        return await(task_sleep(1));
    for (int i = 0; i < 2; i++)
        both[i] = task_as_future(next[i]);
    return await(gather(both, 2, NULL, false));
}

static int gather_a_lattice(void *unused)
{
    (void)unused;
    for (int i = LEVELS - 1; i >= 0; i--)
        for (int k = 0; k < 2; k++)
            level[i][k] = task_create(gather_next_level, i + 1 < LEVELS ? level[i + 1] : NULL);
    int err = gather_next_level(level[0]);
    say("%d", err);
    for (int i = 0; i < LEVELS; i++)
        for (int k = 0; k < 2; k++)
            task_release(level[i][k]);
    return 0;
}

static void many_ways_to_the_same_task_are_no_ring(void **state)
{
    (void)state;
    complete(gather_a_lattice, NULL);
    assert_said("0");
}

/* ---- whose they are */

static struct future *foreign;

static int wait_for_a_foreign_future(void *unused)
{
    (void)unused;
    say("%s", error_word(await(future_wait(foreign))));
    say("%s", error_word(await(gather(&foreign, 1, NULL, false))));
    say("%s", error_word(await(shield(foreign))));
    say("%s", error_word(await(wait_for(foreign, 1))));
    say("%s", error_word(await(futures_wait(&foreign, 1, WAIT_ALL, INFINITY, NULL))));
    struct as_completed *a = as_completed_new(&foreign, 1);
    say("%s", a == NULL ? error_word(-errno) : "?");
    return 0;
}

static void a_future_of_another_loop_can_not_be_awaited(void **state)
{
    struct loop *other = loop_new();
    (void)state;
    foreign = future_new(other);
    complete(wait_for_a_foreign_future, NULL);
    assert_said("refused refused refused refused refused refused");
    loop_close(other);
}

static void outside_of_a_task_nothing_can_be_awaited(void **state)
{
    struct future *f = future_new(loop);
    (void)state;
    assert_int_equal(future_wait(f), -EINVAL);
    assert_int_equal(gather(&f, 1, NULL, false), -EINVAL);
    assert_int_equal(wait_for(f, 1), -EINVAL);
    future_release(f);
}

/* ---- wait_for */

static int clean_up_slowly(void *unused)
{
    (void)unused;
    int err = await(task_sleep(3600));
    await(task_sleep(0.05));
    return err;
}

static int wait_a_little(void *unused)
{
    (void)unused;
    struct task *t = task_create(clean_up_slowly, NULL);
    int err = await(wait_for(task_as_future(t), 0.02));
    say("%s", error_word(err));
    task_release(t);
    return err;
}

static int cancel_while_it_cleans_up(void *unused)
{
    (void)unused;
    struct task *t = task_create(wait_a_little, NULL);
    await(task_sleep(0.04));
    task_cancel(t);
    await(task_join(t));
    say(task_is_cancelled(t) ? "so it ended" : "it ended otherwise");
    task_release(t);
    return 0;
}

static void a_cancel_that_comes_after_the_time_is_up_is_not_lost(void **state)
{
    (void)state;
    complete(cancel_while_it_cleans_up, NULL);
    assert_said("cancelled so it ended");
}

static int fail_after_a_cancel_of_oneself(void *unused)
{
    (void)unused;
    task_cancel(task_current());
    return -EDOM;
}

static int look_how_it_ended(void *unused)
{
    (void)unused;
    struct task *t = task_create(fail_after_a_cancel_of_oneself, NULL);
    say("%d", await(task_join(t)) == -EDOM);
    say("%d", task_is_cancelled(t));
    task_release(t);
    return 0;
}

static void who_cancels_itself_and_fails_has_failed(void **state)
{
    (void)state;
    complete(look_how_it_ended, NULL);
    assert_said("1 0");
}

/* ---- groups */

static int count_up(void *n)
{
    await(task_sleep((double)(intptr_t)n));
    return (int)(intptr_t)n;
}

/* Where one of the group's has ended, its record is another task's. */
static void use_records_again(struct future *f, void *unused)
{
    (void)f;
    (void)unused;
    for (int i = 0; i < 8; i++)
        task_release(loop_create_task(loop, count_up, (void *)9));
}

static int gather_a_group(void *unused)
{
    struct future *f[2], *next;
    int results[2];
    bool done[2];
    (void)unused;
    struct group *g = group_open();
    for (intptr_t n = 0; n < 8; n++) {
        struct task *t = group_create_task(g, count_up, (void *)(n / 2 * 10 + n % 2 + 1));
        f[n % 2] = task_as_future(t);
        future_add_done_callback(f[n % 2], use_records_again, NULL);
        if (n == 1) {
            await(gather(f, 2, results, false));
            say("gather:%d,%d", results[0], results[1]);
        } else if (n == 3) {
            say("wait:%d", await(futures_wait(f, 2, WAIT_ALL, INFINITY, done)));
        } else if (n == 5) {
            say("wait_for:%d", await(wait_for(f[0], 60)));
            await(future_wait(f[1]));
        } else if (n == 7) {
            struct as_completed *all = as_completed_new(f, 2);
            await(task_sleep(60));
            while (await(as_completed_next(all, &next)) == 1)
                say("next:%d", future_result(next));
            as_completed_free(all);
        }
    }
    return await(group_close(g, 0, NULL, NULL));
}

static void tasks_of_a_group_can_be_gathered_though_their_records_go(void **state)
{
    (void)state;
    assert_int_equal(complete(gather_a_group, NULL), 0);
    assert_said("gather:1,2 wait:2 wait_for:21 next:31 next:32");
}

static struct as_completed *kept;

static int keep_completed(void *unused)
{
    struct future *f = future_new(loop);
    (void)unused;
    kept = as_completed_new(&f, 1);
    return kept == NULL;
}

static void as_completed_may_be_freed_outside_of_its_task(void **state)
{
    (void)state;
    assert_int_equal(complete(keep_completed, NULL), 0);
    as_completed_free(kept);
}

static int go_wrong(void *unused)
{
    (void)unused;
    return -EDOM;
}

static int count_failures(void *unused)
{
    size_t n = 5;
    int errors[] = { 0 };
    (void)unused;
    struct group *g = group_open();
    group_create_task(g, go_wrong, NULL);
    int err = await(group_close(g, 0, NULL, &n));
    say("%d %zu", err == -EDOM, n);
    g = group_open();
    group_create_task(g, go_wrong, NULL);
    n = COUNT(errors);
    await(task_sleep(1));
    err = await(group_close(g, -EPERM, errors, &n));
    say("%d %zu %d", err == -EDOM, n, errors[0] == -EDOM);
    return 0;
}

static void failures_of_a_group_can_be_counted_only(void **state)
{
    (void)state;
    assert_int_equal(complete(count_failures, NULL), 0);
    assert_said("1 1 1 2 1");
}

static int be_late(void *unused)
{
    (void)unused;
    say("late");
    return 0;
}

static int add_to_a_group_that_shuts_down(void *unused)
{
    (void)unused;
    struct group *group = group_open();
    group_create_task(group, go_wrong, NULL);
    int err = await(task_sleep(1));
    struct task *t = group_create_task(group, be_late, NULL);
    say("%s", t == NULL ? error_word(-errno) : "accepted");
    await(group_close(group, err, NULL, NULL));
    return 0;
}

static void a_group_that_shuts_down_takes_no_more_tasks(void **state)
{
    (void)state;
    complete(add_to_a_group_that_shuts_down, NULL);
    assert_said("refused");
}

/* ---- errors that nobody looked at */

static int hear(struct loop *l, const struct loop_error *error, void *unused)
{
    (void)l;
    (void)unused;
    say("%s (%s)", error->message, error->future != NULL ? "future" : "?");
    return 0;
}

static int fail_in_a_thread(void *unused)
{
    (void)unused;
    return -EIO;
}

static int leave_errors_alone(void *unused)
{
    (void)unused;
    struct future *unseen = future_new(loop), *seen = future_new(loop),
                  *cancelled = future_new(loop);
    future_set_result(unseen, -EIO);
    future_set_result(seen, -EIO);
    future_cancel(cancelled);
    future_result(seen);
    future_release(unseen);
    future_release(seen);
    future_release(cancelled);
    struct future *job = loop_run_in_executor(loop, fail_in_a_thread, NULL);
    await(futures_wait(&job, 1, WAIT_ALL, INFINITY, NULL));
    future_release(job);
    return await(to_thread(fail_in_a_thread, NULL));
}

static void an_error_of_a_future_that_nobody_looked_at_is_told(void **state)
{
    (void)state;
    loop_set_error_handler(loop, hear, NULL);
    struct task *t = loop_create_task(loop, leave_errors_alone, NULL);
    loop_run_until_complete(loop, t);
    assert_int_equal(task_result(t), -EIO);
    assert_said("Future exception was never retrieved (future) "
                "Future exception was never retrieved (future)");
}

/* ---- debug mode */

static struct future *shared;
static struct task *sleeper;

static void do_nothing(void *unused)
{
    (void)unused;
}

static int sleep_long(void *unused)
{
    (void)unused;
    return await(task_sleep(100));
}

static void *meddle(void *unused)
{
    (void)unused;
    say("%d", loop_call_soon(loop, do_nothing, NULL).id == 0 && errno == EPERM);
    say("%d", loop_create_task(loop, be_late, NULL) == NULL && errno == EPERM);
    say("%d", future_set_result(shared, 1) == -EPERM);
    say("%d", !future_cancel(shared));
    say("%d", !task_cancel(sleeper));
    return NULL;
}

static int let_a_thread_meddle(void *unused)
{
    pthread_t thread;
    (void)unused;
    loop_set_debug(loop, true);
    shared = future_new(loop);
    sleeper = task_create(sleep_long, NULL);
    await(task_yield());
    pthread_create(&thread, NULL, meddle, NULL);
    pthread_join(thread, NULL);
    say("%d", task_cancel(sleeper));
    await(task_join(sleeper));
    future_release(shared);
    return 0;
}

static void in_debug_mode_another_thread_changes_nothing(void **state)
{
    (void)state;
    complete(let_a_thread_meddle, NULL);
    assert_said("1 1 1 1 1 1");
}

/* ---- no loop */

static int wait_for_it(void *future)
{
    return await(future_wait(future));
}

static int cancel_who_waits_for_what_was_released(void *unused)
{
    struct future *f = future_new(loop);
    struct task *t = task_create(wait_for_it, f);
    (void)unused;
    await(task_yield());
    future_release(f);
    task_cancel(t);
    say("%d", await(task_join(t)));
    task_release(t);
    return 0;
}

static void a_released_future_goes_when_its_waiter_is_cancelled(void **state)
{
    (void)state;
    complete(cancel_who_waits_for_what_was_released, NULL);
    assert_said("-125");
    assert_true(list_is_empty(&loop->futures));
}

static void what_has_no_loop_is_refused(void **state)
{
    (void)state;
    assert_int_equal(loop_add_reader(NULL, 0, do_nothing, NULL), -EINVAL);
    assert_int_equal(loop_add_writer(NULL, 0, do_nothing, NULL), -EINVAL);
    assert_int_equal(loop_add_signal(NULL, SIGUSR1, do_nothing, NULL), -EINVAL);
    assert_false(loop_remove_reader(NULL, 0) || loop_remove_writer(NULL, 0));
    assert_false(loop_remove_signal(NULL, SIGUSR1));
    assert_null(loop_run_in_executor(NULL, be_late, NULL));
    assert_null(future_new(NULL));
    assert_int_equal(errno, EINVAL);
    assert_null(loop_create_task(NULL, be_late, NULL));
    assert_int_equal(loop_all_tasks(NULL, NULL, 0), 0);
    assert_int_equal(loop_run_until_complete(NULL, NULL), -EINVAL);
    assert_null(loop_error_handler(NULL));
    loop_set_error_handler(NULL, hear, NULL);
    loop_set_debug(NULL, true);
    loop_set_slow_limit(NULL, 1);
    loop_leave(NULL, -EIO);
    assert_true(loop_time(NULL) == 0 && loop_slow_limit(NULL) == 0);
}

/* ---- a cancelled gather */

static int clean_up_long(void *unused)
{
    (void)unused;
    int err = await(task_sleep(10));
    await(task_sleep(2));
    say("late");
    return err;
}

static int fail_at_once(void *unused)
{
    (void)unused;
    await(task_sleep(10));
    say("failed");
    return -EIO;
}

static int gather_both(void *members)
{
    int err = await(gather(members, 2, NULL, false));
    say("%s", error_word(err));
    return err;
}

static int cancel_a_gather(void *unused)
{
    (void)unused;
    struct future *members[] = { task_as_future(task_create(fail_at_once, NULL)),
                                 task_as_future(task_create(clean_up_long, NULL)) };
    struct task *t = task_create(gather_both, members);
    await(task_sleep(1));
    task_cancel(t);
    await(shield(task_as_future(t)));
    return 0;
}

static void a_cancelled_gather_ends_when_its_last_has_ended(void **state)
{
    (void)state;
    complete(cancel_a_gather, NULL);
    assert_said("failed late cancelled");
}

/* ---- a limit of time that is not there */

static int end_twice(void *unused)
{
    struct timeout t;
    (void)unused;
    timeout_begin(&t, 1);
    int r = await(task_sleep(2));
    task_cancel(task_current()); /* somebody else's, which stands */
    say("%d", task_cancelling(task_current()));
    say("%s", error_word(timeout_end(&t, r)));
    say("%s", error_word(timeout_end(&t, r)));
    say("%d", task_cancelling(task_current()));
    say("%s", error_word(timeout_reschedule(&t, 9)));
    return 0;
}

static void a_limit_that_is_ended_twice_takes_no_second_cancel_back(void **state)
{
    (void)state;
    complete(end_twice, NULL);
    assert_said("2 cancelled cancelled 1 refused");
}

static void a_limit_that_could_not_begin_is_none(void **state)
{
    struct timeout t;
    (void)state;
    memset(&t, 0x5a, sizeof t);
    assert_int_equal(timeout_begin(&t, 1), -EINVAL);
    assert_int_equal(timeout_reschedule(&t, 1), -EINVAL);
    assert_false(timeout_expired(&t));
    assert_int_equal(timeout_end(&t, -ECANCELED), -ECANCELED);
    assert_int_equal(timeout_end(&t, 7), 7);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin_loop, end_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_ring_is_refused_whatever_it_is_made_of),
        TEST(nobody_waits_for_itself),
        TEST(a_ring_that_ends_by_its_limit_of_time_is_none),
        TEST(many_ways_to_the_same_task_are_no_ring),
        TEST(a_future_of_another_loop_can_not_be_awaited),
        TEST(outside_of_a_task_nothing_can_be_awaited),
        TEST(a_cancel_that_comes_after_the_time_is_up_is_not_lost),
        TEST(who_cancels_itself_and_fails_has_failed),
        TEST(tasks_of_a_group_can_be_gathered_though_their_records_go),
        TEST(as_completed_may_be_freed_outside_of_its_task),
        TEST(failures_of_a_group_can_be_counted_only),
        TEST(a_group_that_shuts_down_takes_no_more_tasks),
        TEST(an_error_of_a_future_that_nobody_looked_at_is_told),
        TEST(in_debug_mode_another_thread_changes_nothing),
        TEST(a_released_future_goes_when_its_waiter_is_cancelled),
        TEST(what_has_no_loop_is_refused),
        TEST(a_cancelled_gather_ends_when_its_last_has_ended),
        TEST(a_limit_that_is_ended_twice_takes_no_second_cancel_back),
        TEST(a_limit_that_could_not_begin_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

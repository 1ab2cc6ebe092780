/*
 * test_loop_task.c - tasks: their steps, their names, joining, cancelling, and what is told at their end
 */
#include "inside.h"
#include "sink.h"

#include "own_loop.h"

/* ---- steps */

static int say_start(void *name)
{
    say("%s", (const char *)name);
    return 7;
}

static int create_lazily(void *unused)
{
    struct task *t1 = task_create(say_start, "t1"), *t2 = task_create(say_start, "t2"), *t3;
    (void)unused;
    say("created:%d%d", task_is_done(t1), task_is_done(t2));
    await(task_yield());
    say("yielded:%d%d", task_is_done(t1), task_is_done(t2));
    t3 = task_create(say_start, "t3");
    say("%d", await(task_join(t2)));
    say("t3:%d", task_is_done(t3)); /* a finished task answers at once */
    say("%d", await(task_join(t3)));
    say("%d", await(task_join(t3)));
    return 0;
}

static void a_new_task_does_not_run_before_its_maker_gives_way(void **state)
{
    (void)state;
    complete(create_lazily, NULL);
    assert_said("created:00 t1 t2 yielded:11 7 t3:0 t3 7 7");
}

struct worker {
    const char *name;
    int steps;
};

static int work_by_turns(void *arg)
{
    const struct worker *w = arg;
    for (int i = 0; i < w->steps; i++) {
        say("%s%d", w->name, i);
        await(task_yield());
    }
    say("%s.", w->name);
    return 0;
}

static int work_together(void *unused)
{
    static struct worker workers[] = { { "a", 3 }, { "b", 1 }, { "c", 4 }, { "d", 2 } };
    struct task *tasks[COUNT(workers)];
    (void)unused;
    for (size_t i = 0; i < COUNT(workers); i++)
        tasks[i] = task_create(work_by_turns, &workers[i]);
    for (size_t i = 0; i < COUNT(workers); i++)
        await(task_join(tasks[i]));
    return 0;
}

static void tasks_that_yield_take_turns_in_the_order_of_their_creation(void **state)
{
    (void)state;
    complete(work_together, NULL);
    assert_said("a0 b0 c0 d0 a1 b. c1 d1 a2 c2 d. a. c3 c.");
}

static uint64_t turns_of(int (*wait)(void))
{
    uint64_t before = loop->turns;
    wait();
    return loop->turns - before;
}

static int yield_once(void)
{
    return await(task_yield());
}

static int sleep_backwards(void)
{
    return await(task_sleep(-1));
}

static int join_a_new_one(void)
{
    return await(task_join(task_create(say_start, "new")));
}

static int count_turns(void *unused)
{
    (void)unused;
    say("yield:%d", (int)turns_of(yield_once));
    say("sleep(-1):%d", (int)turns_of(sleep_backwards));
    say("join:%d", (int)turns_of(join_a_new_one));
    return 0;
}

static void waiting_costs_as_many_turns_as_in_asyncio(void **state)
{
    (void)state;
    complete(count_turns, NULL);
    assert_said("yield:1 sleep(-1):1 new join:2");
}

static int tick(void *unused)
{
    (void)unused;
    for (int i = 0; await(task_yield()) == 0; i++)
        say("tick%d", i);
    return -ECANCELED;
}

static int start_and_return(void *unused)
{
    (void)unused;
    say("start");
    await(task_yield());
    say("return");
    return 0;
}

static void others_get_one_more_step_after_the_awaited_task_has_returned(void **state)
{
    struct task *t = loop_create_task(loop, tick, NULL);
    (void)state;
    complete(start_and_return, NULL);
    assert_said("start tick0 return tick1");
    complete(start_and_return, NULL);
    assert_said("tick2 start tick3 return tick4");
    task_cancel(t);
    assert_int_equal(loop_run_until_complete(loop, t), 0);
    assert_true(task_is_cancelled(t));
    assert_said("");
}

/* ---- names */

static int say_my_name(void *unused)
{
    (void)unused;
    say("%s", task_name(task_current()));
    return 0;
}

static void a_task_has_its_functions_name_until_it_gets_one(void **state)
{
    struct task *a = loop_create_task(loop, say_my_name, NULL);
    struct task *b = loop_create_task(loop, &say_my_name, NULL);
    char name[] = "carol";
    (void)state;
    assert_string_equal(task_name(a), "say_my_name");
    assert_string_equal(task_name(b), "say_my_name");
    assert_int_equal(task_set_name(b, "bob"), 0);
    assert_int_equal(task_set_name(b, name), 0);
    name[0] = 'x'; /* it was copied */
    one_turn(loop);
    assert_said("say_my_name carol");
    assert_string_equal(task_name(b), "carol");
}

static void the_runners_task_is_called_main(void **state)
{
    (void)state;
    run_main(say_my_name);
    assert_said("main");
}

/* ---- joining */

static int join_it(void *task)
{
    int r = await(task_join(task));
    say("%d", r);
    return r;
}

static int answer_later(void *unused)
{
    (void)unused;
    await(task_sleep(1));
    return 42;
}

static int join_and_say(void *arg)
{
    void **name_and_task = arg;
    int r = await(task_join(name_and_task[1]));
    say("%s:%d", (const char *)name_and_task[0], r);
    return 0;
}

static void all_who_join_are_woken_in_order_with_the_result(void **state)
{
    struct task *t = loop_create_task(loop, answer_later, NULL);
    void *a[] = { "a", t }, *b[] = { "b", t }, *c[] = { "c", t };
    (void)state;
    loop_create_task(loop, join_and_say, a);
    loop_create_task(loop, join_and_say, b);
    complete(join_and_say, c);
    assert_said("a:42 b:42 c:42");
}

static int join_myself(void *unused)
{
    (void)unused;
    say("%d", await(task_join(task_current())) == -EDEADLK);
    return await(task_yield());
}

static void joining_oneself_is_refused_and_the_task_goes_on(void **state)
{
    (void)state;
    assert_int_equal(complete(join_myself, NULL), 0);
    assert_said("1");
}

static struct task *ring[3];

static int join_next(void *number)
{
    intptr_t i = (intptr_t)number;
    int r = await(task_join(ring[(i + 1) % 3]));
    say("%d:%s", (int)i, r == -EDEADLK ? "deadlock" : r == 9 ? "nine" : "?");
    return 9;
}

static void a_ring_of_joins_is_refused_where_it_would_close(void **state)
{
    (void)state;
    for (intptr_t i = 0; i < 3; i++)
        ring[i] = loop_create_task(loop, join_next, (void *)i);
    assert_int_equal(loop_run_until_complete(loop, ring[0]), 0);
    assert_said("2:deadlock 1:nine 0:nine");
}

static int fail_at_once(void *unused)
{
    (void)unused;
    return -EIO;
}

static void a_failure_is_what_the_joiner_gets(void **state)
{
    (void)state;
    assert_int_equal(complete(join_it, loop_create_task(loop, fail_at_once, NULL)), -EIO);
    assert_said("-5");
}

/* ---- cancelling */

static int never_run(void *unused)
{
    (void)unused;
    say("must not run");
    return 0;
}

static void say_done(struct task *t, void *word)
{
    say("%s:%s", (const char *)word,
        task_is_cancelled(t) ? "cancelled"
        : task_is_done(t)    ? "done"
                             : "live");
}

static int cancel_before_first_step(void *unused)
{
    struct task *t = task_create(never_run, NULL);
    (void)unused;
    task_add_done_callback(t, say_done, "callback");
    say("%d", task_cancel(t));
    say("%d", task_is_done(t));
    await(task_yield());
    say("%d", task_is_done(t));
    await(task_yield());
    say("%d", task_cancel(t));
    return task_result(t);
}

static void a_task_cancelled_before_its_first_step_never_begins(void **state)
{
    (void)state;
    assert_int_equal(complete(cancel_before_first_step, NULL), -ECANCELED);
    assert_said("1 0 1 callback:cancelled 0");
}

static int sleep_long(void *unused)
{
    (void)unused;
    int r = await(task_sleep(3600));
    say("woke:%s", r == -ECANCELED ? "cancelled" : "slept");
    return r;
}

static int cancel_a_sleeper(void *unused)
{
    struct task *t = task_create(sleep_long, NULL);
    (void)unused;
    await(task_sleep(1));
    say("cancel:%d", task_cancel(t));
    say("cancelling:%d", task_cancelling(t));
    return await(task_join(t));
}

static void a_sleeper_is_woken_by_its_cancel_and_its_timer_goes(void **state)
{
    (void)state;
    assert_int_equal(complete(cancel_a_sleeper, NULL), -ECANCELED);
    assert_said("cancel:1 cancelling:1 woke:cancelled");
    assert_true(loop_time(loop) < 2);
    one_turn(loop);
    assert_int_equal(loop->timers.count, 0);
}

static int join_the_argument(void *task)
{
    int r = await(task_join(task));
    say("outer:%d%d", r == -ECANCELED, task_cancelling(task_current()));
    return r;
}

static void cancelling_a_joiner_cancels_the_innermost_first(void **state)
{
    struct task *inner = loop_create_task(loop, sleep_long, NULL);
    struct task *middle = loop_create_task(loop, join_the_argument, inner);
    struct task *outer = loop_create_task(loop, join_the_argument, middle);
    (void)state;
    one_turn(loop);
    assert_true(task_cancel(outer));
    assert_int_equal(task_cancelling(inner), 1);
    assert_int_equal(task_cancelling(middle), 1);
    assert_int_equal(loop_run_until_complete(loop, outer), 0);
    assert_said("woke:cancelled outer:11 outer:11");
    assert_true(task_is_cancelled(inner) && task_is_cancelled(middle) && task_is_cancelled(outer));
}

static void who_joins_a_cancelled_task_is_not_cancelled_itself(void **state)
{
    struct task *t = loop_create_task(loop, sleep_long, NULL);
    struct task *joiner = loop_create_task(loop, join_the_argument, t);
    (void)state;
    one_turn(loop);
    task_cancel(t);
    assert_int_equal(loop_run_until_complete(loop, joiner), 0);
    assert_said("woke:cancelled outer:10");
}

static int swallow_two(void *unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++)
        if (await(task_sleep(3600)) == -ECANCELED)
            say("swallowed:%d", task_cancelling(task_current()));
    say("%d", task_uncancel(task_current()));
    say("%d", task_uncancel(task_current()));
    say("%d", task_uncancel(task_current()));
    say("%d", await(task_yield()));
    return 5;
}

static int cancel_twice(void *unused)
{
    struct task *t = task_create(swallow_two, NULL);
    (void)unused;
    await(task_yield());
    task_cancel(t);
    await(task_yield());
    await(task_yield());
    task_cancel(t);
    int r = await(task_join(t));
    say("%s", task_is_cancelled(t) ? "cancelled" : "finished");
    return r;
}

static void a_task_may_swallow_its_cancel_and_finish(void **state)
{
    (void)state;
    assert_int_equal(complete(cancel_twice, NULL), 5);
    assert_said("swallowed:1 swallowed:2 1 0 0 0 finished");
}

static int clean_up(void *unused)
{
    (void)unused;
    int r = await(task_sleep(3600));
    say("1:%d", await(task_yield())); /* after the first, awaits work */
    say("2:%d", await(task_sleep(3600)) == -ECANCELED);
    say("cancelling:%d", task_cancelling(task_current()));
    return r;
}

static int cancel_the_clean_up(void *unused)
{
    struct task *t = task_create(clean_up, NULL);
    (void)unused;
    await(task_yield());
    task_cancel(t);
    for (int i = 0; i < 3; i++)
        await(task_yield());
    task_cancel(t);
    return await(task_join(t));
}

static void a_second_cancel_interrupts_the_clean_up(void **state)
{
    (void)state;
    assert_int_equal(complete(cancel_the_clean_up, NULL), -ECANCELED);
    assert_said("1:0 2:1 cancelling:2");
}

static int cancelled_many_times(void *unused)
{
    struct task *t = task_create(clean_up, NULL);
    (void)unused;
    await(task_yield());
    for (int i = 0; i < 3; i++)
        task_cancel(t); /* one batch of cancels is delivered once */
    for (int i = 0; i < 3; i++)
        await(task_yield());
    task_cancel(t);
    return await(task_join(t));
}

static void cancels_in_one_turn_are_delivered_once(void **state)
{
    (void)state;
    assert_int_equal(complete(cancelled_many_times, NULL), -ECANCELED);
    assert_said("1:0 2:1 cancelling:4");
}

static int cancel_myself_and_wait(void *done)
{
    say("%d", task_cancel(task_current()));
    say("join:%d", await(task_join(done))); /* a finished one does not wait: no cancel yet */
    say("yield:%d", await(task_yield()) == -ECANCELED);
    say("yield:%d", await(task_yield()));
    return -ECANCELED;
}

static int cancel_myself_and_sleep(void *unused)
{
    (void)unused;
    task_cancel(task_current());
    uint64_t turn = loop->turns;
    say("sleep:%d", await(task_sleep(3600)) == -ECANCELED);
    say("turns:%d", (int)(loop->turns - turn));
    return -ECANCELED;
}

static int cancel_myself_and_return(void *unused)
{
    (void)unused;
    task_cancel(task_current());
    return 5;
}

static void who_cancels_itself_is_told_where_it_next_stops(void **state)
{
    struct task *done = loop_create_task(loop, say_start, "done");
    (void)state;
    one_turn(loop);
    assert_int_equal(complete(cancel_myself_and_wait, done), -ECANCELED);
    assert_said("done 1 join:7 yield:1 yield:0");
    assert_int_equal(complete(cancel_myself_and_sleep, NULL), -ECANCELED);
    assert_said("sleep:1 turns:1");
    assert_true(loop_time(loop) < 1);
    assert_int_equal(complete(cancel_myself_and_return, NULL), -ECANCELED); /* the value is lost */
}

static int self_cancel_and_join(void *inner)
{
    task_cancel(task_current());
    say("join:%d", await(task_join(inner)) == -ECANCELED);
    say("inner:%d", task_is_cancelled(inner));
    return 0;
}

static void who_cancels_itself_and_then_joins_cancels_what_it_joins(void **state)
{
    struct task *inner = loop_create_task(loop, sleep_long, NULL);
    (void)state;
    one_turn(loop);
    assert_int_equal(complete(self_cancel_and_join, inner), 0);
    assert_said("woke:cancelled join:1 inner:1");
}

static int join_said(void *task)
{
    int r = await(task_join(task));
    say("got:%s", r == -ECANCELED ? "cancelled" : "value");
    return r;
}

static int finish_soon(void *unused)
{
    (void)unused;
    await(task_yield());
    await(task_yield());
    return 3;
}

/* The result is there and the joiner in the queue, but it has not run yet. */
static void a_cancel_wins_over_a_result_that_is_not_taken_yet(void **state)
{
    struct task *inner = loop_create_task(loop, finish_soon, NULL);
    struct task *joiner = loop_create_task(loop, join_said, inner);
    (void)state;
    one_turn(loop);
    one_turn(loop);
    assert_false(task_is_done(inner));
    one_turn(loop);
    assert_true(task_is_done(inner));
    assert_false(task_is_done(joiner));
    assert_true(task_cancel(joiner));
    assert_int_equal(loop_run_until_complete(loop, joiner), 0);
    assert_said("got:cancelled");
    assert_int_equal(task_result(inner), 3);
}

static int replace_error(void *unused)
{
    (void)unused;
    await(task_sleep(3600));
    return -EIO;
}

static int swallow_and_answer(void *unused)
{
    (void)unused;
    await(task_sleep(3600));
    return 8;
}

static int spontaneous(void *unused)
{
    (void)unused;
    return -ECANCELED;
}

static void how_the_function_ends_decides_what_a_cancelled_task_becomes(void **state)
{
    static task_fn *const fns[] = { replace_error, swallow_and_answer };
    static const int ends[] = { -EIO, 8 };
    (void)state;
    for (size_t i = 0; i < COUNT(fns); i++) {
        struct task *t = loop_create_task(loop, fns[i], NULL);
        one_turn(loop);
        assert_true(task_cancel(t));
        assert_int_equal(loop_run_until_complete(loop, t), 0);
        assert_int_equal(task_result(t), ends[i]);
        assert_false(task_is_cancelled(t));
    }
    struct task *t = loop_create_task(loop, spontaneous, NULL);
    one_turn(loop);
    assert_true(task_is_cancelled(t));
}

enum { CHAIN = 3000 };
static struct task *chain[CHAIN];

static int join_the_one_before(void *number)
{
    intptr_t i = (intptr_t)number;
    return i == 0 ? await(task_sleep(3600)) : await(task_join(chain[i - 1]));
}

static int cancel_the_chain(void *unused)
{
    (void)unused;
    await(task_sleep(1));
    task_cancel(chain[CHAIN - 1]);
    return await(task_join(chain[CHAIN - 1]));
}

static void a_cancel_goes_down_a_long_chain_of_joins(void **state)
{
    intptr_t n = CHAIN;
    (void)state;
    for (intptr_t i = 0; i < n; i++)
        chain[i] = loop_create_task(loop, join_the_one_before, (void *)i);
    assert_int_equal(complete(cancel_the_chain, NULL), -ECANCELED);
    assert_true(task_is_cancelled(chain[0]));
}

/* ---- done callbacks */

static int wait_a_turn(void *unused)
{
    (void)unused;
    await(task_yield());
    return 7;
}

static void say_result(struct task *t, void *word)
{
    say("%s:%d", (const char *)word, task_result(t));
}

static void done_callbacks_and_joiners_run_in_the_order_of_registration(void **state)
{
    struct task *t = loop_create_task(loop, wait_a_turn, NULL);
    void *joiner[] = { "joiner", t };
    (void)state;
    task_add_done_callback(t, say_result, "cb1");
    loop_create_task(loop, join_and_say, joiner);
    one_turn(loop);
    task_add_done_callback(t, say_result, "cb2");
    one_turn(loop);
    assert_true(task_is_done(t));
    assert_said("");
    task_add_done_callback(t, say_result, "late");
    assert_said("");
    one_turn(loop);
    assert_said("cb1:7 joiner:7 cb2:7 late:7");
}

static void release_it(struct task *t, void *unused)
{
    (void)unused;
    say("released:%d", task_result(t));
    task_release(t);
}

static void a_task_may_be_released_by_its_own_done_callback(void **state)
{
    struct task *t = loop_create_task(loop, wait_a_turn, NULL);
    (void)state;
    task_add_done_callback(t, release_it, NULL);
    task_add_done_callback(t, say_result, "second"); /* still there */
    for (int i = 0; i < 4; i++)
        one_turn(loop);
    assert_said("released:7 second:7");
}

/* ---- release and reports */

static int release_myself(void *unused)
{
    (void)unused;
    task_release(task_current());
    await(task_yield());
    say("went on");
    return 0;
}

static void a_released_task_goes_on(void **state)
{
    (void)state;
    task_release(NULL); /* harmless */
    loop_create_task(loop, release_myself, NULL);
    for (int i = 0; i < 3; i++)
        one_turn(loop);
    assert_said("went on");
}

static void records_of_released_tasks_are_used_again(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        task_release(loop_create_task(loop, wait_a_turn, NULL));
        one_turn(loop);
        one_turn(loop);
    }
    size_t n = 0;
    for (struct task *t = loop->free_tasks; t != NULL; t = t->arg)
        n++;
    assert_true(n <= 64); /* one chunk of records */
    assert_int_equal(loop->n_tasks, 0);
}

static void fail_unseen(void)
{
    struct loop *own = loop_new();
    struct task *failed = loop_create_task(own, fail_at_once, NULL);
    struct task *seen = loop_create_task(own, fail_at_once, NULL);
    struct task *cancelled = loop_create_task(own, spontaneous, NULL);
    (void)failed;
    (void)cancelled;
    one_turn(own);
    task_result(seen);
    loop_close(own);
}

static void a_failure_that_nobody_looked_at_is_told_once(void **state)
{
    (void)state;
    assert_int_equal(in_child(fail_unseen), 0);
    assert_string_equal(said,
                        "loop: task fail_at_once#1 failed and nobody looked: Input/output error\n");
}

static int cancel_who_has_joined_a_task_that_is_gone(void *unused)
{
    struct task *gone = task_create(wait_a_turn, NULL);
    struct task *joiner = task_create(join_it, gone);
    (void)unused;
    task_release(gone);
    await(task_yield());
    await(task_yield());
    struct task *in_its_place = task_create(wait_a_turn, NULL);
    task_cancel(joiner);
    say("%d %d", await(task_join(joiner)) == -ECANCELED, await(task_join(in_its_place)));
    task_release(joiner);
    task_release(in_its_place);
    return 0;
}

static void a_cancel_goes_no_further_than_a_joiner_that_is_woken(void **state)
{
    (void)state;
    complete(cancel_who_has_joined_a_task_that_is_gone, NULL);
    assert_said("-125 1 7");
}

static int wait_for_it(void *future)
{
    return await(future_wait(future));
}

static int cancel_who_has_waited_for_a_future_that_is_gone(void *unused)
{
    struct future *f = future_new(loop);
    struct task *t = task_create(wait_for_it, f);
    (void)unused;
    await(task_yield());
    future_set_result(f, 5);
    future_release(f);
    task_cancel(t);
    say("%d", await(task_join(t)) == -ECANCELED);
    task_release(t);
    return 0;
}

static void a_cancel_looks_at_no_future_that_is_gone(void **state)
{
    (void)state;
    complete(cancel_who_has_waited_for_a_future_that_is_gone, NULL);
    assert_said("1");
}

/* ---- the error handler */

static int hear_error(struct loop *of, const struct loop_error *error, void *arg)
{
    fprintf(stderr, "heard %d: %s %d\n", of != NULL, error->message, error->error);
    return *(int *)arg;
}

static void tell_of_errors(void)
{
    static int answer;
    struct loop *own = loop_new();
    const struct loop_error error = { .message = "It went wrong", .error = -EIO };
    loop_call_error_handler(own, &error);
    loop_set_error_handler(own, hear_error, &answer);
    loop_call_error_handler(own, &error);
    answer = -EPERM;
    loop_call_error_handler(own, &error);
    loop_close(own);
}

static void an_error_is_told_to_the_handler_or_else_on_stderr(void **state)
{
    (void)state;
    assert_int_equal(in_child(tell_of_errors), 0);
    const char *first = strstr(said, "It went wrong"),
               *heard = strstr(said, "heard 1: It went wrong -5\n");
    assert_non_null(first);
    assert_non_null(heard);
    assert_true(first < heard);
    const char *again = strstr(heard + 1, "heard 1: It went wrong -5\n");
    assert_non_null(again);
    assert_non_null(strchr(strchr(again, '\n') + 1, '\n')); /* that the handler failed */
}

static void say_future(struct future *f, void *unused)
{
    (void)unused;
    say("done:%d", future_result(f));
}

static int release_what_failed(struct loop *of, const struct loop_error *error, void *adds)
{
    struct future *f = error->task != NULL ? task_as_future(error->task) : error->future;
    (void)of;
    say("told");
    if (adds != NULL)
        future_add_done_callback(f, say_future, NULL);
    future_release(f);
    future_release(f);
    return 0;
}

static void an_error_handler_may_release_what_it_is_told_of(void **state)
{
    static const char *const adds[] = { NULL, "a done callback" };
    (void)state;
    for (size_t i = 0; i < COUNT(adds); i++) {
        loop_set_error_handler(loop, release_what_failed, (void *)(uintptr_t)adds[i]);
        task_release(loop_create_task(loop, fail_at_once, NULL));
        struct future *f = future_new(loop);
        future_set_result(f, -EPERM);
        future_release(f);
        one_turn(loop);
        one_turn(loop);
    }
    assert_said("told told told told done:-1 done:-5");
    future_set_result(future_new(loop), -EPERM);
    loop_create_task(loop, fail_at_once, NULL);
    one_turn(loop);
    assert_int_equal(loop_close(loop), 0);
    loop = NULL;
    assert_said("told told");
}

static int fail_when_cancelled(void *unused)
{
    (void)unused;
    await(task_sleep(3600));
    return -EIO;
}

static int leave_one_behind(void *unused)
{
    (void)unused;
    loop_set_error_handler(loop_current(), release_what_failed, NULL);
    task_create(fail_when_cancelled, NULL);
    return await(task_yield());
}

static int fail_a_client(struct conn *conn, void *unused)
{
    (void)conn;
    (void)unused;
    return -EIO;
}

static int lose_a_client(loop_error_fn *told)
{
    struct conn *conn;
    loop_set_error_handler(loop_current(), told, NULL);
    struct server *server = server_start("127.0.0.1", 0, fail_a_client, NULL);
    await(conn_open("127.0.0.1", server_port(server), &conn));
    await(conn_read(conn, &(char){ 0 }, 1));
    conn_release(conn);
    server_close(server);
    return 0;
}

static int be_a_client(void *unused)
{
    (void)unused;
    return lose_a_client(release_what_failed);
}

static struct task *made_last;

static int make_one_more(void *unused)
{
    (void)unused;
    await(task_sleep(3600));
    made_last = task_create(say_start, "last");
    return -EIO;
}

static int end_after_others(void *unused)
{
    (void)unused;
    await(task_sleep(3600));
    await(task_yield());
    return await(task_yield());
}

static int release_the_last(struct loop *of, const struct loop_error *error, void *unused)
{
    (void)of;
    (void)error;
    (void)unused;
    say("told");
    task_release(made_last);
    return 0;
}

static int leave_two_behind(void *unused)
{
    (void)unused;
    loop_set_error_handler(loop_current(), release_the_last, NULL);
    task_create(make_one_more, NULL);
    task_create(end_after_others, NULL);
    return await(task_yield());
}

static void an_error_handler_may_release_others_while_the_runner_ends(void **state)
{
    (void)state;
    assert_int_equal(run_main(leave_two_behind), 0);
    assert_said("last told");
}

static void an_error_handler_may_release_whom_nobody_holds(void **state)
{
    (void)state;
    assert_int_equal(run_main(leave_one_behind), 0);
    assert_said("told");
    assert_int_equal(run_main(be_a_client), 0);
    assert_said("told");
}

static int wait_when_told(struct loop *of, const struct loop_error *error, void *unused)
{
    (void)of;
    (void)error;
    (void)unused;
    say("%d", task_current() == NULL);
    say("%d %d", task_sleep(1) == -EINVAL, to_thread(wait_a_turn, NULL) == -EINVAL);
    return 0;
}

static int be_told_of_a_client(void *unused)
{
    (void)unused;
    return lose_a_client(wait_when_told);
}

static void who_is_told_of_a_clients_end_can_not_wait_in_its_place(void **state)
{
    (void)state;
    assert_int_equal(run_main(be_told_of_a_client), 0);
    assert_said("1 1 1");
}

static void fail_released(void)
{
    struct loop *own = loop_new();
    task_release(loop_create_task(own, fail_at_once, NULL));
    one_turn(own);
    fputs("closing\n", stderr);
    loop_close(own);
}

static void a_released_task_that_fails_is_told_at_its_end(void **state)
{
    (void)state;
    assert_int_equal(in_child(fail_released), 0);
    assert_string_equal(said,
                        "loop: task fail_at_once#1 failed and nobody looked: Input/output error\n"
                        "closing\n");
}

static void drop_pending(void)
{
    struct loop *own = loop_new();
    struct task *t = loop_create_task(own, sleep_long, NULL);
    task_set_name(t, "sleeper");
    task_release(t);
    one_turn(own);
    loop_create_task(own, never_run, NULL);
    loop_call_soon(own, say_it, "must not run");
    loop_close(own);
    if (said[0] != '\0')
        _exit(1);
}

static void closing_a_loop_tells_of_tasks_that_were_pending_and_runs_nothing(void **state)
{
    (void)state;
    assert_int_equal(in_child(drop_pending), 0);
    assert_non_null(
        strstr(said, "task sleeper#1 was dropped while pending (tests/test_loop_task.c:"));
    assert_non_null(strstr(said, "task_sleep(3600))\n"));
    assert_non_null(strstr(said, "task never_run#"));
    assert_null(strstr(said, "must not run"));
}

static int n_told;

/* Whatever an error handler wants of a loop that is being closed. */
static int start_more(struct loop *of, const struct loop_error *error, void *unused)
{
    (void)error;
    (void)unused;
    if (++n_told > 3)
        return 0;
    struct task *t = loop_create_task(of, sleep_long, NULL);
    say("%d", t == NULL && errno == EINVAL);
    struct future *f = future_new(of);
    say("%d", f == NULL && errno == EINVAL);
    f = loop_run_in_executor(of, wait_a_turn, NULL);
    say("%d", f == NULL && errno == EINVAL);
    say("%d %d", loop_run_forever(of) == -EBUSY, loop_close(of) == -EBUSY);
    loop_call_soon(of, say_it, "never");
    return 0;
}

static void an_error_handler_gets_nothing_new_of_a_loop_that_closes(void **state)
{
    struct loop *own = loop_new();
    (void)state;
    n_told = 0;
    loop_set_error_handler(own, start_more, NULL);
    loop_create_task(own, sleep_long, NULL);
    assert_int_equal(loop_close(own), 0);
    assert_int_equal(n_told, 1);
    assert_said("1 1 1 1 1");
}

static struct server *served;
static struct conn *read_from;
static int pair[2];

static int hold(struct conn *c, void *unused)
{
    (void)c;
    (void)unused;
    return 0;
}

static int serve_it(void *unused)
{
    (void)unused;
    served = server_start("127.0.0.1", 0, hold, NULL);
    return await(server_serve_forever(served));
}

static int read_it(void *unused)
{
    char byte;
    (void)unused;
    int err = conn_open_fd(pair[0], &read_from);
    return err < 0 ? err : (int)await(conn_read(read_from, &byte, 1));
}

static int close_them(struct loop *of, const struct loop_error *error, void *unused)
{
    (void)of;
    (void)unused;
    say("%s", error->task != NULL ? "task" : "future");
    if (error->task != NULL)
        return 0;
    server_close(served);
    conn_close(read_from);
    return 0;
}

static void an_error_handler_may_close_what_dropped_tasks_waited_for(void **state)
{
    struct loop *own = loop_new();
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    loop_set_error_handler(own, close_them, NULL);
    loop_create_task(own, serve_it, NULL);
    loop_create_task(own, read_it, NULL);
    one_turn(own);
    future_set_result(future_new(own), -EIO);
    assert_int_equal(loop_close(own), 0);
    close(pair[1]);
    assert_said("task task future");
}

static void close_while_a_viewer_asks(void)
{
    setenv("LOOP_TRACE", temporary("asked.jsonl"), 1);
    struct loop *own = loop_new();
    loop_create_task(own, sleep_long, NULL);
    one_turn(own);
    loop_create_task(own, never_run, NULL);
    tracer_ask(own->tracer, ASKED_STATE);
    loop_close(own);
    unlink(temporary("asked.jsonl"));
    exit(0);
}

static void a_viewer_may_ask_while_the_loop_is_closed_over_pending_tasks(void **state)
{
    (void)state;
    assert_int_equal(in_child(close_while_a_viewer_asks), 0);
}

static void task_create_needs_a_running_loop(void **state)
{
    (void)state;
    errno = 0;
    assert_null(task_create(never_run, NULL));
    assert_int_equal(errno, EINVAL);
}

static void the_result_of_a_live_task_is_not_there_yet(void **state)
{
    struct task *t = loop_create_task(loop, wait_a_turn, NULL);
    (void)state;
    assert_int_equal(task_result(t), -EAGAIN);
    assert_false(task_is_done(t));
    assert_int_equal(loop_run_until_complete(loop, t), 0);
    assert_int_equal(task_result(t), 7);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin_loop, end_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_task_does_not_run_before_its_maker_gives_way),
        TEST(tasks_that_yield_take_turns_in_the_order_of_their_creation),
        TEST(waiting_costs_as_many_turns_as_in_asyncio),
        TEST(others_get_one_more_step_after_the_awaited_task_has_returned),
        TEST(a_task_has_its_functions_name_until_it_gets_one),
        TEST(the_runners_task_is_called_main),
        TEST(all_who_join_are_woken_in_order_with_the_result),
        TEST(joining_oneself_is_refused_and_the_task_goes_on),
        TEST(a_ring_of_joins_is_refused_where_it_would_close),
        TEST(a_failure_is_what_the_joiner_gets),
        TEST(a_task_cancelled_before_its_first_step_never_begins),
        TEST(a_sleeper_is_woken_by_its_cancel_and_its_timer_goes),
        TEST(cancelling_a_joiner_cancels_the_innermost_first),
        TEST(who_joins_a_cancelled_task_is_not_cancelled_itself),
        TEST(a_task_may_swallow_its_cancel_and_finish),
        TEST(a_second_cancel_interrupts_the_clean_up),
        TEST(cancels_in_one_turn_are_delivered_once),
        TEST(who_cancels_itself_is_told_where_it_next_stops),
        TEST(who_cancels_itself_and_then_joins_cancels_what_it_joins),
        TEST(a_cancel_wins_over_a_result_that_is_not_taken_yet),
        TEST(how_the_function_ends_decides_what_a_cancelled_task_becomes),
        TEST(a_cancel_goes_down_a_long_chain_of_joins),
        TEST(done_callbacks_and_joiners_run_in_the_order_of_registration),
        TEST(a_task_may_be_released_by_its_own_done_callback),
        TEST(a_released_task_goes_on),
        TEST(records_of_released_tasks_are_used_again),
        TEST(a_failure_that_nobody_looked_at_is_told_once),
        TEST(an_error_is_told_to_the_handler_or_else_on_stderr),
        TEST(a_cancel_goes_no_further_than_a_joiner_that_is_woken),
        TEST(a_cancel_looks_at_no_future_that_is_gone),
        TEST(an_error_handler_may_release_what_it_is_told_of),
        TEST(an_error_handler_may_release_whom_nobody_holds),
        TEST(who_is_told_of_a_clients_end_can_not_wait_in_its_place),
        TEST(an_error_handler_may_release_others_while_the_runner_ends),
        TEST(a_released_task_that_fails_is_told_at_its_end),
        TEST(closing_a_loop_tells_of_tasks_that_were_pending_and_runs_nothing),
        TEST(an_error_handler_gets_nothing_new_of_a_loop_that_closes),
        TEST(an_error_handler_may_close_what_dropped_tasks_waited_for),
        TEST(a_viewer_may_ask_while_the_loop_is_closed_over_pending_tasks),
        TEST(task_create_needs_a_running_loop),
        TEST(the_result_of_a_live_task_is_not_there_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

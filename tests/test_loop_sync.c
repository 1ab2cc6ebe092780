/*
 * test_loop_sync.c - event, lock, semaphore, condition, queue, barrier: who goes on, and in which order
 */
#include "own_loop.h"

#include "inside.h"
#include "traced.h"

static void yields(int n)
{
    while (n-- > 0)
        await(task_yield());
}

/* Tasks a, b, c ... of the one function, each with its letter; all have taken their first step. */
static struct task *team[8];
static const char *const letters[] = { "a", "b", "c", "d", "e", "f", "g", "h" };

static void gather_team(task_fn *fn, int n)
{
    for (int i = 0; i < n; i++)
        team[i] = task_create(fn, (void *)(uintptr_t)letters[i]);
    yields(1);
}

static void join_team(int n)
{
    for (int i = 0; i < n; i++)
        await(task_join(team[i]));
}

/* What a function of the loop answered, in a word: errno's numbers differ from system to system. */
static const char *word_for(int answer)
{
    static char digits[16];
    switch (answer) {
    case -ECANCELED: return "cancelled";
    case -EAGAIN: return "again";
    case -EPERM: return "perm";
    case -EINVAL: return "inval";
    case -EPIPE: return "pipe";
    default: snprintf(digits, sizeof digits, "%d", answer); return digits;
    }
}

/* ---- event */

static struct event *event;

static int wait_for_event(void *letter)
{
    int err = await(event_wait(event));
    say("%s:%s:%d", (const char *)letter, word_for(err), event_is_set(event));
    return 0;
}

static int set_and_clear_event(void *unused)
{
    (void)unused;
    event = event_new();
    gather_team(wait_for_event, 3);
    event_set(event);
    event_clear(event);
    struct task *late = task_create(wait_for_event, "late");
    say("set");
    join_team(3);
    yields(3);
    say("late:%d", task_is_done(late));
    event_set(event);
    await(task_join(late));
    say("%d", await(event_wait(event)));
    event_free(event);
    return 0;
}

static void setting_an_event_wakes_all_who_wait_then_even_if_it_is_cleared_at_once(void **state)
{
    (void)state;
    complete(set_and_clear_event, NULL);
    assert_said("set a:0:0 b:0:0 c:0:0 late:0 late:0:1 0");
}

static int cancel_at_event(void *unused)
{
    (void)unused;
    event = event_new();
    gather_team(wait_for_event, 3);
    task_cancel(team[1]);
    event_set(event);
    task_cancel(team[2]);
    join_team(3);
    event_free(event);
    return 0;
}

static void a_cancel_ends_the_wait_for_an_event_before_and_after_it_is_set(void **state)
{
    (void)state;
    complete(cancel_at_event, NULL);
    assert_said("b:cancelled:1 a:0:1 c:cancelled:1");
}

/* ---- lock */

static struct lock *lock;

static int hold_twice(void *letter)
{
    for (int round = 0; round < 2; round++) {
        if (await(lock_acquire(lock)) < 0)
            return -ECANCELED;
        say("%s%d", (const char *)letter, round);
        lock_release(lock);
    }
    return 0;
}

static int compete_for_lock(void *unused)
{
    (void)unused;
    lock = lock_new();
    await(lock_acquire(lock));
    gather_team(hold_twice, 3);
    say("%d", lock_is_locked(lock));
    lock_release(lock);
    say("%d", lock_is_locked(lock));
    await(lock_acquire(lock));
    say("main");
    lock_release(lock);
    join_team(3);
    say("%s", word_for(lock_release(lock)));
    lock_free(lock);
    return 0;
}

static void nobody_overtakes_those_who_wait_for_a_lock(void **state)
{
    (void)state;
    complete(compete_for_lock, NULL);
    assert_said("1 0 a0 b0 c0 main a1 b1 c1 perm");
}

static int hold_once(void *letter)
{
    int err = await(lock_acquire(lock));
    say("%s:%s", (const char *)letter, word_for(err));
    if (err == 0) {
        yields(2);
        lock_release(lock);
    }
    return err;
}

static int cancel_the_chosen(void *unused)
{
    (void)unused;
    lock = lock_new();
    await(lock_acquire(lock));
    gather_team(hold_once, 4);
    task_cancel(team[1]); /* has only waited */
    lock_release(lock);
    task_cancel(team[0]); /* was chosen */
    join_team(4);
    say("%d", lock_is_locked(lock));
    lock_free(lock);
    return 0;
}

static void a_task_that_is_cancelled_when_it_was_chosen_passes_the_lock_on(void **state)
{
    (void)state;
    complete(cancel_the_chosen, NULL);
    assert_said("b:cancelled a:cancelled c:0 d:0 0");
}

/* ---- semaphore */

static struct semaphore *semaphore;
static int inside, peak;

static int enter(void *letter)
{
    int err = await(semaphore_acquire(semaphore));
    say("%s%s", (const char *)letter, err < 0 ? "!" : "");
    if (err < 0)
        return err;
    peak = ++inside > peak ? inside : peak;
    await(task_sleep(0.01));
    inside--;
    semaphore_release(semaphore);
    return 0;
}

static int crowd(void *unused)
{
    (void)unused;
    inside = peak = 0;
    semaphore = semaphore_new(2);
    gather_team(enter, 6);
    join_team(6);
    say("peak:%d value:%d", peak, semaphore_value(semaphore));
    semaphore_free(semaphore);
    return 0;
}

static void a_semaphore_lets_so_many_in_and_the_rest_in_order(void **state)
{
    (void)state;
    complete(crowd, NULL);
    assert_said("a b c d e f peak:2 value:2");
}

static int hand_a_slot(void *unused)
{
    (void)unused;
    semaphore = semaphore_new(1);
    await(semaphore_acquire(semaphore));
    gather_team(enter, 1);
    semaphore_release(semaphore);
    say("%d", semaphore_is_locked(semaphore));
    await(semaphore_acquire(semaphore));
    say("main %d", task_is_done(team[0]));
    semaphore_release(semaphore);
    say("%d", semaphore_is_locked(semaphore));
    semaphore_free(semaphore);
    return 0;
}

static void a_released_slot_goes_to_the_first_who_waits_and_to_no_newcomer(void **state)
{
    (void)state;
    complete(hand_a_slot, NULL);
    assert_said("1 a main 1 0");
}

static int newcomer_behind_the_given(void *unused)
{
    (void)unused;
    semaphore = semaphore_new(1);
    await(semaphore_acquire(semaphore));
    gather_team(enter, 1);
    semaphore_release(semaphore);
    semaphore_release(semaphore); /* the value is 1, but a has not run */
    say("%d:%d", semaphore_value(semaphore), semaphore_is_locked(semaphore));
    await(semaphore_acquire(semaphore));
    say("main");
    join_team(1);
    semaphore_free(semaphore);
    return 0;
}

static void a_newcomer_waits_behind_one_who_was_handed_a_slot(void **state)
{
    (void)state;
    complete(newcomer_behind_the_given, NULL);
    assert_said("1:1 a main");
}

static int cancel_the_given(void *unused)
{
    (void)unused;
    semaphore = semaphore_new(1);
    await(semaphore_acquire(semaphore));
    gather_team(enter, 3);
    semaphore_release(semaphore);
    task_cancel(team[0]);
    join_team(3);
    say("value:%d", semaphore_value(semaphore));
    semaphore_free(semaphore);
    return 0;
}

static void a_slot_of_one_who_is_cancelled_goes_to_the_next(void **state)
{
    (void)state;
    complete(cancel_the_given, NULL);
    assert_said("a! b c value:1");
}

static void a_bounded_semaphore_refuses_to_go_over(void **state)
{
    struct semaphore *s = semaphore_new_bounded(1);
    (void)state;
    assert_int_equal(semaphore_release(s), -EOVERFLOW);
    assert_int_equal(semaphore_acquire(s), 0);
    assert_int_equal(semaphore_release(s), 0);
    assert_int_equal(semaphore_release(s), -EOVERFLOW);
    semaphore_free(s);
    assert_null(semaphore_new(-1));
    assert_int_equal(errno, EINVAL);
}

/* ---- condition */

static struct condition *condition;
static int stock;

static bool is_stocked(void *unused)
{
    (void)unused;
    return stock > 0;
}

static int consume(void *letter)
{
    await(condition_acquire(condition));
    int err = await(condition_wait_for(condition, is_stocked, NULL));
    say("%s:%s:%d", (const char *)letter, word_for(err), condition_is_locked(condition));
    if (err == 0)
        stock--;
    condition_release(condition);
    return err;
}

static int produce(void *unused)
{
    (void)unused;
    stock = 0;
    condition = condition_new(NULL);
    say("%s", word_for(condition_wait(condition)));
    say("%s", word_for(condition_notify(condition, 1)));
    gather_team(consume, 4);
    await(condition_acquire(condition));
    stock = 2;
    condition_notify(condition, 2);
    condition_release(condition);
    yields(6);
    say("|");
    await(condition_acquire(condition));
    stock = 1;
    condition_notify_all(condition); /* d finds nothing and waits again */
    condition_release(condition);
    yields(6);
    task_cancel(team[3]);
    join_team(4);
    condition_free(condition);
    return 0;
}

static void a_condition_wakes_so_many_in_order_and_gives_each_the_lock(void **state)
{
    (void)state;
    complete(produce, NULL);
    assert_said("perm perm a:0:1 b:0:1 | c:0:1 d:cancelled:1");
}

static int await_notice(void *letter)
{
    await(condition_acquire(condition));
    int err = await(condition_wait(condition));
    say("%s:%s:%d", (const char *)letter, word_for(err), condition_is_locked(condition));
    condition_release(condition);
    return err;
}

static int cancel_the_notified(void *unused)
{
    (void)unused;
    lock = lock_new();
    condition = condition_new(lock);
    gather_team(await_notice, 3);
    await(condition_acquire(condition));
    condition_notify(condition, 1);
    task_cancel(team[0]);
    yields(3); /* a waits for the lock now; cancelled once more it still takes it */
    task_cancel(team[0]);
    yields(2);
    say("held");
    condition_release(condition);
    yields(5);
    say("c:%d", task_is_done(team[2]));
    await(condition_acquire(condition));
    condition_notify_all(condition);
    condition_release(condition);
    join_team(3);
    condition_free(condition);
    say("%d", lock_is_locked(lock));
    lock_free(lock);
    return 0;
}

static void who_is_cancelled_after_a_notice_holds_the_lock_and_passes_the_notice_on(void **state)
{
    (void)state;
    complete(cancel_the_notified, NULL);
    assert_said("held a:cancelled:1 b:0:1 c:0 c:0:1 0");
}

/* ---- queue */

static struct queue *queue;

static void *word(const char *text)
{
    return (void *)(uintptr_t)text;
}

static int get_one(void *letter)
{
    void *item = NULL;
    int err = await(queue_get(queue, &item));
    say("%s:%s", (const char *)letter, err < 0 ? "cancelled" : (const char *)item);
    return err;
}

static int put_one(void *letter)
{
    int err = await(queue_put(queue, letter));
    say("put:%s:%zu:%s", (const char *)letter, queue_size(queue), word_for(err));
    return err;
}

static int serve_getters(void *unused)
{
    (void)unused;
    queue = queue_new(0);
    gather_team(get_one, 3);
    queue_put_nowait(queue, word("x"));
    queue_put_nowait(queue, word("y"));
    queue_put_nowait(queue, word("z"));
    say("%zu", queue_size(queue));
    join_team(3);
    queue_free(queue);
    return 0;
}

static void getters_are_served_in_order(void **state)
{
    (void)state;
    complete(serve_getters, NULL);
    assert_said("3 a:x b:y c:z");
}

static int bound_putters(void *unused)
{
    void *item;
    (void)unused;
    queue = queue_new(2);
    gather_team(put_one, 4);
    say("full:%d:%zu nowait:%s", queue_is_full(queue), queue_max_size(queue),
        word_for(queue_put_nowait(queue, word("q"))));
    for (int i = 0; i < 4; i++) {
        await(queue_get(queue, &item));
        say("got:%s", (char *)item);
        yields(1);
    }
    say("empty:%d nowait:%s", queue_is_empty(queue), word_for(queue_get_nowait(queue, &item)));
    join_team(4);
    queue_free(queue);
    return 0;
}

static void putters_wait_for_room_and_go_on_in_order(void **state)
{
    (void)state;
    complete(bound_putters, NULL);
    assert_said(
        "put:a:1:0 put:b:2:0 full:1:2 nowait:again got:a put:c:2:0 got:b put:d:2:0 got:c got:d "
        "empty:1 nowait:again");
}

static int snatch(void *unused)
{
    void *item;
    (void)unused;
    queue = queue_new(0);
    gather_team(get_one, 2);
    queue_put_nowait(queue, word("x"));
    queue_get_nowait(queue, &item); /* a was woken for it, and waits again, behind b */
    yields(2);
    queue_put_nowait(queue, word("y"));
    queue_put_nowait(queue, word("z"));
    join_team(2);
    queue_free(queue);
    return 0;
}

static void a_woken_getter_looks_again(void **state)
{
    (void)state;
    complete(snatch, NULL);
    assert_said("b:y a:z");
}

static int cancel_in_queues(void *unused)
{
    void *item;
    (void)unused;
    queue = queue_new(1);
    gather_team(get_one, 2);
    queue_put_nowait(queue, word("x"));
    task_cancel(team[0]);
    join_team(2);
    queue_put_nowait(queue, word("y"));
    gather_team(put_one, 2);
    queue_get_nowait(queue, &item);
    task_cancel(team[0]);
    join_team(2);
    queue_free(queue);
    return 0;
}

static void who_is_cancelled_when_its_turn_came_gives_it_to_the_next(void **state)
{
    (void)state;
    complete(cancel_in_queues, NULL);
    assert_said("a:cancelled b:x put:a:0:cancelled put:b:1:0");
}

static int work_off(void *unused)
{
    void *item;
    (void)unused;
    while (await(queue_get(queue, &item)) == 0) {
        await(task_sleep(0.01));
        say("%s:%d", (char *)item, queue_is_empty(queue));
        queue_task_done(queue);
    }
    return -ECANCELED;
}

static int join_queue(void *unused)
{
    (void)unused;
    queue = queue_new(0);
    say("%d", await(queue_join(queue)));
    queue_put_nowait(queue, word("x"));
    queue_put_nowait(queue, word("y"));
    struct task *t = task_create(work_off, NULL);
    await(queue_join(queue));
    say("joined %s", word_for(queue_task_done(queue)));
    task_cancel(t);
    await(task_join(t));
    queue_free(queue);
    return 0;
}

static void join_waits_for_the_work_and_not_for_an_empty_queue(void **state)
{
    (void)state;
    complete(join_queue, NULL);
    assert_said("0 x:0 y:1 joined inval");
}

static int by_first_letter(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

static void drain(struct queue *q)
{
    void *item;
    while (queue_get_nowait(q, &item) == 0)
        say("%s", (char *)item);
    queue_free(q);
}

static void the_kinds_of_queue_differ_in_what_comes_out_next(void **state)
{
    static const char *const words[] = { "5", "1x", "4", "1y", "2", "1z", "3" };
    struct queue *q[] = { queue_new(0), queue_new_lifo(0), queue_new_priority(0, by_first_letter) };
    (void)state;
    for (size_t i = 0; i < COUNT(q); i++)
        for (size_t j = 0; j < COUNT(words); j++)
            assert_int_equal(queue_put_nowait(q[i], word(words[j])), 0);
    drain(q[0]);
    assert_said("5 1x 4 1y 2 1z 3");
    drain(q[1]);
    assert_said("3 1z 2 1y 4 1x 5");
    drain(q[2]);
    assert_said("1x 1y 1z 2 3 4 5"); /* equals keep their order */
}

static int by_value(const void *a, const void *b)
{
    return (int)((intptr_t)a - (intptr_t)b);
}

static void a_long_priority_queue_stays_sorted(void **state)
{
    enum { MANY = 1000 };
    struct queue *q = queue_new_priority(0, by_value);
    void *item;
    (void)state;
    for (intptr_t i = 0; i < MANY; i++)
        assert_int_equal(queue_put_nowait(q, (void *)(i * 7919 % MANY)), 0);
    for (intptr_t i = 0; i < MANY; i++) {
        assert_int_equal(queue_get_nowait(q, &item), 0);
        assert_int_equal((intptr_t)item, i);
    }
    queue_free(q);
}

static void a_ring_goes_round_while_it_grows(void **state)
{
    struct queue *q = queue_new(0);
    intptr_t in = 0, out = 0;
    void *item;
    (void)state;
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 3; i++)
            assert_int_equal(queue_put_nowait(q, (void *)in++), 0);
        assert_int_equal(queue_get_nowait(q, &item), 0);
        assert_int_equal((intptr_t)item, out++);
    }
    assert_int_equal(queue_size(q), 200);
    while (queue_get_nowait(q, &item) == 0)
        assert_int_equal((intptr_t)item, out++);
    assert_int_equal(out, in);
    queue_free(q);
}

/* ---- barrier */

static struct barrier *barrier;

static int meet(void *letter)
{
    say("%s:%s", (const char *)letter, word_for(await(barrier_wait(barrier))));
    return 0;
}

static int meet_twice(void *unused)
{
    (void)unused;
    barrier = barrier_new(3);
    say("parties:%d", barrier_parties(barrier));
    for (int round = 0; round < 2; round++) {
        gather_team(meet, 2);
        yields(3);
        say("waiting:%d", barrier_n_waiting(barrier));
        meet("main");
        join_team(2);
    }
    gather_team(meet, 2);
    task_cancel(team[0]);
    yields(1);
    say("waiting:%d", barrier_n_waiting(barrier));
    barrier_reset(barrier);
    join_team(2);
    say("broken:%d", barrier_is_broken(barrier));
    gather_team(meet, 1);
    barrier_abort(barrier);
    join_team(1);
    say("broken:%d", barrier_is_broken(barrier));
    meet("late");
    barrier_free(barrier);
    return 0;
}

static void a_barrier_lets_all_through_when_the_last_has_come(void **state)
{
    (void)state;
    complete(meet_twice, NULL);
    assert_said("parties:3 waiting:2 main:2 a:0 b:1 waiting:2 main:2 a:0 b:1 a:cancelled waiting:1 "
                "b:pipe broken:0 "
                "a:pipe broken:1 late:pipe");
    assert_null(barrier_new(0));
    assert_int_equal(errno, EINVAL);
}

/* ---- all of them */

static int count_turns(void *unused)
{
    void *item;
    (void)unused;
    uint64_t before = loop->turns;
    lock = lock_new();
    await(lock_acquire(lock));
    lock_release(lock);
    event = event_new();
    event_set(event);
    await(event_wait(event));
    queue = queue_new(1);
    await(queue_put(queue, NULL));
    await(queue_get(queue, &item));
    semaphore = semaphore_new(1);
    await(semaphore_acquire(semaphore));
    barrier = barrier_new(1);
    await(barrier_wait(barrier));
    say("%d", (int)(loop->turns - before));
    lock_free(lock);
    event_free(event);
    queue_free(queue);
    semaphore_free(semaphore);
    barrier_free(barrier);
    return 0;
}

static void what_can_be_had_at_once_costs_no_turn(void **state)
{
    (void)state;
    complete(count_turns, NULL);
    assert_said("0");
}

static void waiting_is_for_tasks(void **state)
{
    struct event *e = event_new();
    struct semaphore *s = semaphore_new(0);
    struct barrier *b = barrier_new(2);
    struct queue *q = queue_new(0);
    struct condition *c = condition_new(NULL);
    void *item;
    (void)state;
    assert_int_equal(event_wait(e), -EINVAL);
    assert_int_equal(semaphore_acquire(s), -EINVAL);
    assert_int_equal(barrier_wait(b), -EINVAL);
    assert_int_equal(queue_get(q, &item), -EINVAL);
    assert_int_equal(condition_acquire(c), 0);
    assert_int_equal(condition_wait(c), -EINVAL);
    assert_true(condition_is_locked(c));
    assert_int_equal(lock_acquire(lock = lock_new()), 0);
    assert_int_equal(lock_acquire(lock), -EINVAL);
    event_free(e);
    semaphore_free(s);
    barrier_free(b);
    queue_free(q);
    condition_free(c);
    lock_free(lock);
}

static void use_in_two_loops(void)
{
    loop = loop_new();
    event = event_new(); /* before any loop runs */
    loop_create_task(loop, wait_for_event, "a");
    one_turn(loop);
    loop_close(loop);
    loop = loop_new();
    struct task *b = loop_create_task(loop, wait_for_event, "b");
    one_turn(loop);
    event_set(event);
    loop_run_until_complete(loop, b);
    loop_close(loop);
    event_free(event);
    fprintf(stderr, "%s", said);
}

static void an_object_outlives_the_loop_whose_tasks_waited_for_it(void **state)
{
    (void)state;
    assert_int_equal(in_child(use_in_two_loops), 0);
    assert_non_null(strstr(said, "task wait_for_event#1 was dropped while pending"));
    assert_non_null(strstr(said, "b:0:1"));
    assert_null(strstr(said, "a:"));
}

static int take_both(void *unused)
{
    (void)unused;
    await(lock_acquire(lock));
    return await(semaphore_acquire(semaphore));
}

static int take_a_slot(void *unused)
{
    (void)unused;
    return await(semaphore_acquire(semaphore));
}

static void close_before_they_run(void)
{
    lock = lock_new();
    semaphore = semaphore_new(1);
    lock_acquire(lock);
    semaphore_acquire(semaphore);
    loop = loop_new();
    loop_create_task(loop, take_both, NULL);
    loop_create_task(loop, take_a_slot, NULL);
    one_turn(loop);
    lock_release(lock);
    semaphore_release(semaphore);
    loop_close(loop);
    _exit(lock_acquire(lock) == 0 && semaphore_acquire(semaphore) == 0 ? 7 : 8);
}

static void what_was_given_to_a_task_that_goes_with_its_loop_is_free_again(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(in_child(close_before_they_run)), 7);
}

static void free_at_the_wrong_time(void)
{
    loop = loop_new();
    lock = lock_new();
    lock_acquire(lock);
    loop_create_task(loop, hold_once, "a");
    one_turn(loop);
    lock_free(lock);
    lock_release(lock);
    one_turn(loop); /* a holds it: it was not freed */
    _exit(lock_is_locked(lock) ? 7 : 8);
}

static void what_somebody_waits_for_is_not_freed_but_told(void **state)
{
    (void)state;
    int status = in_child(free_at_the_wrong_time);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_said("loop: lock#2 was not freed: task hold_once#1 still waits for it\n");
}

static int get_from(void *q)
{
    void *item;
    return await(queue_get(q, &item));
}

/* One that was notified waits for the lock again; one that was chosen has not run yet; both look at what is to be freed. */
static int free_too_early(void *unused)
{
    (void)unused;
    condition = condition_new(NULL);
    gather_team(await_notice, 2);
    await(condition_acquire(condition));
    condition_notify(condition, 1);
    await(task_yield()); /* a waits for the lock */
    task_cancel(team[1]);
    await(task_yield()); /* b, too */
    condition_free(condition);
    condition_release(condition); /* a is chosen */
    condition_free(condition);
    join_team(2);
    condition_free(condition);

    lock = lock_new();
    await(lock_acquire(lock));
    struct task *next = task_create(hold_once, "c");
    await(task_yield());
    lock_release(lock);
    lock_free(lock);
    await(task_join(next));

    struct queue *q = queue_new(0);
    struct task *getter = task_create(get_from, q);
    await(task_yield());
    queue_put_nowait(q, "x");
    queue_free(q);
    await(task_join(getter));
    queue_free(q);
    return 0;
}

static void free_while_they_go_on(void)
{
    loop = loop_new();
    struct task *t = loop_create_task(loop, free_too_early, NULL);
    loop_run_until_complete(loop, t);
    loop_close(loop);
    lock_free(lock); /* whoever was chosen went with the loop, or has gone on */
}

static void what_a_woken_task_has_yet_to_look_at_is_not_freed_but_told(void **state)
{
    (void)state;
    assert_int_equal(in_child(free_while_they_go_on), 0);
    assert_said("loop: condition#4 was not freed: a task that waited for it has yet to go on\n"
                "loop: condition#4 was not freed: a task that waited for it has yet to go on\n"
                "loop: lock#7 was not freed: a task that waited for it has yet to go on\n"
                "loop: queue#9 was not freed: a task that waited for it has yet to go on\n");
}

/* Who waits at a condition takes its lock again, also one that was given to it, and made before any loop. */
static int free_the_lock(void *unused)
{
    (void)unused;
    condition = condition_new(lock);
    gather_team(await_notice, 1);
    lock_free(lock);
    await(condition_acquire(condition));
    condition_notify(condition, 1);
    condition_release(condition);
    lock_free(lock);
    join_team(1);
    gather_team(await_notice, 1); /* goes with the loop */
    return 0;
}

static void free_under_a_condition(void)
{
    lock = lock_new();
    loop = loop_new();
    struct task *t = loop_create_task(loop, free_the_lock, NULL);
    loop_run_until_complete(loop, t);
    loop_close(loop);
    condition_free(condition);
    lock_free(lock); /* nobody looks at it any more */
}

static void the_lock_of_a_condition_that_somebody_waits_at_is_not_freed(void **state)
{
    const char *not_freed = " was not freed: a task that waited for it has yet to go on\n", *at;
    (void)state;
    assert_int_equal(in_child(free_under_a_condition), 0);
    assert_non_null(at = strstr(said, not_freed));
    assert_non_null(at = strstr(at + 1, not_freed));
    assert_null(strstr(at + 1, not_freed));
}

static int compete_traced(void)
{
    setenv("LOOP_CLOCK", "virtual", 1);
    loop = loop_new();
    complete(hand_a_slot, NULL);
    complete(serve_getters, NULL);
    loop_close(loop);
    return 0;
}

/* Without t and n. */
static const char *rest_of(const char *line)
{
    return strstr(line, "\"ev\"");
}

static void the_trace_tells_who_waits_at_what_and_who_is_given_it(void **state)
{
    struct traced t = traced_run("FILE", compete_traced);
    (void)state;
    traced_check(&t);
    assert_string_equal(
        rest_of(traced_find(&t, "sync:wait")),
        "\"ev\":\"sync:wait\",\"what\":\"semaphore#3\",\"task\":\"fn#4\",\"value\":0}");
    assert_string_equal(
        rest_of(traced_find(&t, "sync:give")),
        "\"ev\":\"sync:give\",\"what\":\"semaphore#3\",\"task\":\"fn#4\",\"value\":0}");
    size_t wait = traced_index(&t, "sync:wait"), give = traced_index(&t, "sync:give");
    assert_true(line_is(t.line[wait + 1], "task:await"));
    assert_non_null(strstr(t.line[wait + 1], "\"on\":\"semaphore\",\"what\":\"semaphore#3\""));
    assert_string_equal(
        rest_of(t.line[give + 1]),
        "\"ev\":\"task:ready\",\"task\":\"fn#4\",\"by\":\"fn#1\",\"why\":\"wake\"}");
    assert_int_equal(traced_count(&t, "sync:wait"), 2 + 3);
    assert_int_equal(traced_count(&t, "sync:give"), 2 + 3);
    traced_free(&t);
}

static void to_free_nothing_is_harmless(void **state)
{
    (void)state;
    event_free(NULL);
    lock_free(NULL);
    semaphore_free(NULL);
    condition_free(NULL);
    queue_free(NULL);
    barrier_free(NULL);
}

#define LOOP(test) cmocka_unit_test_setup_teardown(test, begin_loop, end_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP(setting_an_event_wakes_all_who_wait_then_even_if_it_is_cleared_at_once),
        LOOP(a_cancel_ends_the_wait_for_an_event_before_and_after_it_is_set),
        LOOP(nobody_overtakes_those_who_wait_for_a_lock),
        LOOP(a_task_that_is_cancelled_when_it_was_chosen_passes_the_lock_on),
        LOOP(a_semaphore_lets_so_many_in_and_the_rest_in_order),
        LOOP(a_released_slot_goes_to_the_first_who_waits_and_to_no_newcomer),
        LOOP(a_newcomer_waits_behind_one_who_was_handed_a_slot),
        LOOP(a_slot_of_one_who_is_cancelled_goes_to_the_next),
        VIRTUAL(a_bounded_semaphore_refuses_to_go_over),
        LOOP(a_condition_wakes_so_many_in_order_and_gives_each_the_lock),
        LOOP(who_is_cancelled_after_a_notice_holds_the_lock_and_passes_the_notice_on),
        LOOP(getters_are_served_in_order),
        LOOP(putters_wait_for_room_and_go_on_in_order),
        LOOP(a_woken_getter_looks_again),
        LOOP(who_is_cancelled_when_its_turn_came_gives_it_to_the_next),
        LOOP(join_waits_for_the_work_and_not_for_an_empty_queue),
        VIRTUAL(the_kinds_of_queue_differ_in_what_comes_out_next),
        VIRTUAL(a_long_priority_queue_stays_sorted),
        VIRTUAL(a_ring_goes_round_while_it_grows),
        LOOP(a_barrier_lets_all_through_when_the_last_has_come),
        LOOP(what_can_be_had_at_once_costs_no_turn),
        VIRTUAL(waiting_is_for_tasks),
        VIRTUAL(an_object_outlives_the_loop_whose_tasks_waited_for_it),
        VIRTUAL(what_was_given_to_a_task_that_goes_with_its_loop_is_free_again),
        VIRTUAL(what_somebody_waits_for_is_not_freed_but_told),
        VIRTUAL(what_a_woken_task_has_yet_to_look_at_is_not_freed_but_told),
        VIRTUAL(the_lock_of_a_condition_that_somebody_waits_at_is_not_freed),
        VIRTUAL(the_trace_tells_who_waits_at_what_and_who_is_given_it),
        VIRTUAL(to_free_nothing_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_loop_threads.c - to_thread and the pool behind it: results, cancels, order, virtual time
 */
#include "loop_test.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

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

/* ---- results */

static int am_elsewhere(void *home)
{
    return pthread_equal(*(pthread_t *)home, pthread_self()) ? 0 : 42;
}

static int go_wrong(void *unused)
{
    (void)unused;
    return -EDOM;
}

static int ask_threads(void *unused)
{
    pthread_t home = pthread_self();
    (void)unused;
    say("%d", await(to_thread(am_elsewhere, &home)));
    say("%d", await(to_thread(go_wrong, NULL)) == -EDOM);
    return 0;
}

static void a_job_runs_in_another_thread_and_its_result_comes_back(void **state)
{
    (void)state;
    complete(ask_threads);
    assert_said("42 1");
}

static sem_t gate;

static int wait_at_gate(void *result)
{
    while (sem_wait(&gate) < 0)
        continue;
    return (int)(intptr_t)result;
}

/* As the reference program does it: the thread waits for something that only the loop can do. */
static int open_gate(void *unused)
{
    (void)unused;
    sem_init(&gate, 0, 0);
    for (intptr_t result = 7; result > -EDOM - 1; result -= 7 + EDOM) {
        struct future *f = loop_run_in_executor(loop, wait_at_gate, (void *)result);
        await(task_sleep(0.01));
        say("done:%d", future_is_done(f));
        sem_post(&gate);
        say("%d", await(future_wait(f)) == (int)result);
        future_release(f);
    }
    return 0;
}

static void the_loop_goes_on_while_a_thread_waits_for_it(void **state)
{
    (void)state;
    complete(open_gate);
    assert_said("done:0 1 done:0 1");
}

static void a_job_that_waits_for_the_loop_does_not_stop_virtual_time_for_ever(void **state)
{
    (void)state;
    complete(open_gate);
    assert_said("done:0 1 done:0 1");
}

/* ---- cancelling */

static atomic_int n_ran;

static int count_me(void *unused)
{
    (void)unused;
    atomic_fetch_add(&n_ran, 1);
    return 0;
}

static int call_thread(void *unused)
{
    (void)unused;
    int err = await(to_thread(count_me, NULL));
    say("%s", err == -ECANCELED ? "cancelled" : "ran");
    return err;
}

static int hold_thread(void *unused)
{
    (void)unused;
    int err = await(to_thread(wait_at_gate, NULL));
    say("%s", err == -ECANCELED ? "freed" : "ran");
    return err;
}

enum { MOST = 32 };

/* All threads are held; what comes now stands in the queue. */
static int cancel_queued(void *unused)
{
    struct task *held[MOST], *queued[3];
    (void)unused;
    sem_init(&gate, 0, 0);
    atomic_store(&n_ran, 0);
    for (int i = 0; i < MOST; i++)
        held[i] = task_create(hold_thread, NULL);
    for (size_t i = 0; i < COUNT(queued); i++)
        queued[i] = task_create(call_thread, NULL);
    await(task_yield());
    task_cancel(queued[1]);
    await(task_join(queued[1]));
    task_cancel(held[0]);
    await(task_join(held[0]));
    for (int i = 0; i < MOST; i++)
        sem_post(&gate);
    await(task_join(queued[0]));
    await(task_join(queued[2]));
    for (int i = 1; i < MOST; i++)
        await(task_join(held[i]));
    return 0;
}

static void a_cancelled_job_never_runs_if_no_thread_has_it_yet(void **state)
{
    (void)state;
    complete(cancel_queued);
    assert_int_equal(atomic_load(&n_ran), 2);
    assert_memory_equal(said, "cancelled freed ", 16);
    said[0] = '\0';
}

static int cancel_future(void *unused)
{
    (void)unused;
    sem_init(&gate, 0, 0);
    struct future *f = loop_run_in_executor(loop, wait_at_gate, NULL);
    say("%d", future_cancel(f));
    say("%d", await(future_wait(f)) == -ECANCELED);
    future_release(f); /* the job still runs */
    sem_post(&gate);
    await(task_sleep(0.05));
    return 0;
}

static void a_future_of_a_running_job_can_be_cancelled_and_the_result_is_dropped(void **state)
{
    (void)state;
    complete(cancel_future);
    assert_said("1 1");
}

/* ---- the end */

static int nap(void *unused)
{
    (void)unused;
    nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
    return count_me(NULL);
}

static int leave_jobs(void *unused)
{
    (void)unused;
    atomic_store(&n_ran, 0);
    for (int i = 0; i < MOST + 5; i++)
        loop_run_in_executor(loop, i == 0 ? nap : count_me, NULL);
    return 0;
}

static void closing_the_loop_waits_for_all_jobs(void **state)
{
    (void)state;
    complete(leave_jobs);
    assert_int_equal(atomic_load(&n_ran), MOST + 5);
}

static int return_arg(void *arg)
{
    return (int)(intptr_t)arg;
}

static int one_of_many(void *arg)
{
    return await(to_thread(return_arg, arg)) == (int)(intptr_t)arg;
}

static int do_many(void *unused)
{
    enum { MANY = 300 };
    static struct task *t[MANY];
    int good = 0;
    (void)unused;
    for (intptr_t i = 0; i < MANY; i++)
        t[i] = task_create(one_of_many, (void *)i);
    for (int i = 0; i < MANY; i++)
        good += await(task_join(t[i]));
    return good;
}

static void more_jobs_than_threads_all_get_their_turn(void **state)
{
    (void)state;
    assert_int_equal(complete(do_many), 300);
}

static void outside_of_a_task_there_is_nobody_to_wait(void **state)
{
    (void)state;
    assert_int_equal(to_thread(return_arg, NULL), -EINVAL);
}

/* ---- calls from jobs */

static int call_back(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        loop_call_soon_threadsafe(loop, say_it, "call");
    return 0;
}

static int be_called(void *unused)
{
    (void)unused;
    await(to_thread(call_back, NULL));
    say("done");
    return 0;
}

static void what_a_job_calls_in_the_loop_comes_before_its_result(void **state)
{
    (void)state;
    complete(be_called);
    assert_said("call call call done");
}

/* ---- virtual time */

static int work(void *tenths)
{
    loop_work(0.1 * (double)(intptr_t)tenths);
    return (int)(intptr_t)tenths;
}

static int work_elsewhere(void *tenths)
{
    int n = await(to_thread(work, tenths));
    say("%d@%.1f", n, loop_time(loop));
    return 0;
}

static int work_side_by_side(void *unused)
{
    (void)unused;
    struct task *a = task_create(work_elsewhere, (void *)(intptr_t)30),
                *b = task_create(work_elsewhere, (void *)(intptr_t)10),
                *c = task_create(work_elsewhere, (void *)(intptr_t)0);
    await(task_sleep(2));
    say("slept@%.1f", loop_time(loop));
    await(task_join(a));
    await(task_join(b));
    await(task_join(c));
    return 0;
}

static void in_virtual_time_a_job_takes_as_long_as_it_works(void **state)
{
    (void)state;
    complete(work_side_by_side);
    assert_said("0@0.0 10@1.0 slept@2.0 30@3.0");
}

static int nap_elsewhere(void *unused)
{
    (void)unused;
    struct task *t = task_create(call_thread, NULL);
    struct future *f = loop_run_in_executor(loop, nap, NULL);
    await(task_sleep(0.001)); /* virtually: the nap's 50 ms are the kernel's */
    say("%d %d", task_is_done(t), future_is_done(f));
    return 0;
}

static void virtual_time_stands_still_while_threads_work(void **state)
{
    (void)state;
    complete(nap_elsewhere);
    assert_said("ran 1 1");
}

/* ---- the trace */

static int traced_main(void)
{
    setenv("LOOP_CLOCK", "virtual", 1);
    loop = loop_new();
    struct task *t = loop_create_task(loop, work_side_by_side, NULL);
    loop_run_until_complete(loop, t);
    loop_close(loop);
    return 0;
}

/* ---- the end of a run */

static atomic_bool answered;

static void answer(void *unused)
{
    (void)unused;
    say("answered");
    atomic_store(&answered, true);
}

static int need_the_loop(void *unused)
{
    (void)unused;
    loop_call_soon_threadsafe(loop, answer, NULL);
    for (int i = 0; i < 1000 && !atomic_load(&answered); i++)
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    return 1;
}

static void hear_of_it(struct future *future, void *unused)
{
    (void)unused;
    say("done: %d", future_result(future));
}

static int return_while_a_thread_works(void *unused)
{
    (void)unused;
    loop = loop_current();
    atomic_store(&answered, false);
    struct future *job = loop_run_in_executor(loop, need_the_loop, NULL);
    future_add_done_callback(job, hear_of_it, NULL);
    future_release(job);
    return 0;
}

static void a_run_goes_on_until_its_threads_have_ended(void **state)
{
    (void)state;
    assert_int_equal(runner_run(return_while_a_thread_works, NULL, NULL), 0);
    assert_said("answered done: 1");
}

static const char *rest_of(const char *line)
{
    return strstr(line, "\"ev\"");
}

static void the_trace_tells_of_jobs_and_is_the_same_every_time(void **state)
{
    struct traced t = traced_run("FILE", traced_main), again = traced_run("FILE", traced_main);
    (void)state;
    traced_check(&t);
    assert_string_equal(rest_of(traced_find(&t, "thread:start")),
                        "\"ev\":\"thread:start\",\"job\":\"job#8\",\"fn\":\"work\"}");
    assert_string_equal(
        rest_of(traced_find(&t, "thread:done")),
        "\"ev\":\"thread:done\",\"job\":\"job#12\",\"fn\":\"work\",\"took\":0.000000000}");
    assert_int_equal(traced_count(&t, "thread:start"), 3);
    assert_int_equal(traced_count(&t, "thread:done"), 3);
    assert_int_equal(t.n, again.n);
    for (size_t i = 1; i < t.n; i++) /* the head has a pid and a date */
        assert_string_equal(t.line[i], again.line[i]);
    traced_free(&t);
    traced_free(&again);
}

/* ---- what it costs in descriptors */

static int start_without_descriptors(void *unused)
{
    int spare[64], n = 0;
    (void)unused;
    while (n < (int)COUNT(spare) && (spare[n] = dup(STDIN_FILENO)) >= 0)
        n++;
    int err = await(to_thread(go_wrong, NULL));
    bool none = loop_run_in_executor(loop, go_wrong, NULL) == NULL && errno == EMFILE;
    while (n > 0)
        close(spare[--n]);
    say("%d %d %d", err == -EMFILE, none, await(to_thread(go_wrong, NULL)) == -EDOM);
    return 0;
}

static void in_virtual_time_the_first_job_needs_descriptors(void **state)
{
    struct rlimit before, few;
    (void)state;
    if (RUNNING_ON_VALGRIND) /* it has a limit of its own */
        skip();
    getrlimit(RLIMIT_NOFILE, &before);
    few = (struct rlimit){ 40, before.rlim_max };
    setrlimit(RLIMIT_NOFILE, &few);
    complete(start_without_descriptors);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_said("1 1 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(a_job_runs_in_another_thread_and_its_result_comes_back),
        REAL(the_loop_goes_on_while_a_thread_waits_for_it),
        VIRTUAL(a_job_that_waits_for_the_loop_does_not_stop_virtual_time_for_ever),
        REAL(a_cancelled_job_never_runs_if_no_thread_has_it_yet),
        REAL(a_future_of_a_running_job_can_be_cancelled_and_the_result_is_dropped),
        REAL(closing_the_loop_waits_for_all_jobs),
        REAL(more_jobs_than_threads_all_get_their_turn),
        VIRTUAL(more_jobs_than_threads_all_get_their_turn),
        REAL(outside_of_a_task_there_is_nobody_to_wait),
        REAL(what_a_job_calls_in_the_loop_comes_before_its_result),
        VIRTUAL(what_a_job_calls_in_the_loop_comes_before_its_result),
        VIRTUAL(in_virtual_time_a_job_takes_as_long_as_it_works),
        VIRTUAL(in_virtual_time_the_first_job_needs_descriptors),
        VIRTUAL(virtual_time_stands_still_while_threads_work),
        REAL(a_run_goes_on_until_its_threads_have_ended),
        VIRTUAL(a_run_goes_on_until_its_threads_have_ended),
        VIRTUAL(the_trace_tells_of_jobs_and_is_the_same_every_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

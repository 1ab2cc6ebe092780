/*
 * test_loop_coro.c - coroutines: switching, what survives a switch, and stacks
 */
#include "coro.h"

#include <pthread.h>
#include <signal.h>

#include "loop_test.h"

static void drive(struct coro *c)
{
    while (!c->finished)
        coro_resume(c);
    coro_release(c);
}

/* ---- switching */

static void count_to_three(void *name)
{
    for (int i = 1; i <= 3; i++) {
        say("%s%d", (const char *)name, i);
        coro_suspend();
    }
}

static void a_coroutine_goes_on_where_it_stood(void **state)
{
    struct coro a, b;
    (void)state;
    assert_int_equal(coro_start(&a, count_to_three, "a"), 0);
    assert_int_equal(coro_start(&b, count_to_three, "b"), 0);
    assert_said("");
    for (int i = 0; i < 4; i++) {
        coro_resume(&a);
        assert_int_equal(a.finished, i == 3);
        coro_resume(&b);
    }
    assert_said("a1 b1 a2 b2 a3 b3");
    coro_release(&a);
    coro_release(&b);
}

static void tell_who_runs(void *self)
{
    say(coro_running() == *(struct coro **)self ? "self" : "other");
    coro_suspend();
    say(coro_running() == *(struct coro **)self ? "self" : "other");
}

static void a_coroutine_knows_itself(void **state)
{
    struct coro a, b, *pa = &a, *pb = &b;
    (void)state;
    assert_null(coro_running());
    coro_start(&a, tell_who_runs, &pa);
    coro_start(&b, tell_who_runs, &pb);
    coro_resume(&a);
    coro_resume(&b);
    assert_null(coro_running());
    drive(&a);
    drive(&b);
    assert_said("self self self self");
}

/* ---- what survives a switch */

/* More live values than there are registers, of both kinds: the compiler keeps some of them in the callee-saved
 * ones. */
static double churn(int seed, bool suspends)
{
    long a = seed, b = a * 3 + 1, c = b * 5 + 2, d = c ^ 7, e = d + a, f = e * 9, g = f - c;
    double p = seed * 0.5, q = p + 1.25, r = q * 1.5, s = r - p, t = s * q, u = t + r;
    for (int i = 0; i < 50; i++) {
        if (suspends)
            coro_suspend();
        a += b ^ c, b += c ^ d, c += d ^ e, d += e ^ f, e += f ^ g, f += g ^ a, g += a & 0xffff;
        p += q * 1e-3, q += r * 1e-3, r += s * 1e-3, s += t * 1e-3, t += u * 1e-3, u += p * 1e-3;
        a &= 0xffffff, b &= 0xffffff, c &= 0xffffff, d &= 0xffffff, e &= 0xffffff, f &= 0xffffff;
    }
    return (double)(a + b + c + d + e + f) + p + q + r + s + t + u;
}

static double churned[8];

static void churn_as(void *number)
{
    intptr_t i = (intptr_t)number;
    churned[i] = churn((int)i, true);
}

static void registers_survive_a_switch(void **state)
{
    struct coro c[COUNT(churned)];
    (void)state;
    for (size_t i = 0; i < COUNT(c); i++)
        coro_start(&c[i], churn_as, (void *)(intptr_t)i);
    for (int round = 0; round <= 50; round++)
        for (size_t i = 0; i < COUNT(c); i++)
            coro_resume(&c[i]);
    for (size_t i = 0; i < COUNT(c); i++) {
        assert_true(c[i].finished);
        coro_release(&c[i]);
        assert_true(churned[i] == churn((int)i, false));
    }
}

/* printf of a double uses instructions that demand an aligned stack. */
static void print_numbers(void *unused)
{
    char text[64];
    (void)unused;
    snprintf(text, sizeof text, "%.2f/%.3Lf/%g", 1.25, 2.125L, 1e100);
    say("%s", text);
    coro_suspend();
    snprintf(text, sizeof text, "%.2f/%.3Lf", -0.5, -8.5L);
    say("%s", text);
}

static void stacks_are_aligned_as_floating_point_wants_it(void **state)
{
    struct coro c;
    (void)state;
    for (int i = 0; i < 40; i++) { /* tops of stacks differ */
        coro_start(&c, print_numbers, NULL);
        drive(&c);
        assert_said("1.25/2.125/1e+100 -0.50/-8.500");
    }
}

static unsigned use_stack(size_t bytes)
{
    volatile unsigned char room[1024];
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof room; i++)
        room[i] = (unsigned char)(i + bytes);
    if (bytes > 2 * sizeof room)
        sum = use_stack(bytes - sizeof room - 128);
    coro_suspend();
    for (size_t i = 0; i < sizeof room; i++)
        sum += room[i] == (unsigned char)(i + bytes) ? 0 : 1;
    return sum;
}

static void use_much_stack(void *bad)
{
    *(unsigned *)bad += use_stack(48 * 1024);
}

static void stacks_of_coroutines_do_not_touch_each_other(void **state)
{
    struct coro c[40];
    unsigned bad = 0;
    bool going = true;
    (void)state;
    for (size_t i = 0; i < COUNT(c); i++)
        coro_start(&c[i], use_much_stack, &bad);
    while (going) {
        going = false;
        for (size_t i = 0; i < COUNT(c); i++)
            if (!c[i].finished) {
                coro_resume(&c[i]);
                going = true;
            }
    }
    for (size_t i = 0; i < COUNT(c); i++)
        coro_release(&c[i]);
    assert_int_equal(bad, 0);
}

/* ---- stacks */

static void do_nothing(void *unused)
{
    (void)unused;
}

static void the_stack_given_back_last_is_taken_first(void **state)
{
    struct coro a, b;
    (void)state;
    coro_start(&a, do_nothing, NULL);
    struct coro_stack *stack = a.stack;
    drive(&a);
    coro_start(&b, do_nothing, NULL);
    assert_ptr_equal(b.stack, stack);
    drive(&b);
}

static void a_coroutine_may_be_dropped_where_it_stands(void **state)
{
    struct coro c;
    (void)state;
    for (int i = 0; i < 100; i++) {
        coro_start(&c, count_to_three, "");
        coro_resume(&c);
        coro_release(&c);
        coro_release(&c); /* again is harmless */
    }
    said[0] = '\0';
    coro_start(&c, print_numbers, NULL); /* the next owner of that stack finds it whole */
    drive(&c);
    assert_said("1.25/2.125/1e+100 -0.50/-8.500");
}

static void a_stack_holds_what_it_promises_and_knows_its_guard(void **state)
{
    struct coro c;
    (void)state;
    coro_start(&c, do_nothing, NULL);
    const char *lo = coro_stack_lo(&c);
    assert_true(coro_stack_bytes() >= 64 * 1024);
    assert_null(coro_overflowed(lo)); /* nobody runs */
    drive(&c);
}

enum { CROWD = 20000 };
static int n_met;

static void meet(void *unused)
{
    (void)unused;
    coro_suspend();
    n_met++;
}

static void many_thousand_coroutines_live_at_once(void **state)
{
    int n = RUNNING_ON_VALGRIND ? 200 : CORO_UNDER_ASAN ? 2000 : CROWD;
    struct coro *crowd = calloc((size_t)n, sizeof *crowd);
    (void)state;
    n_met = 0;
    for (int i = 0; i < n; i++) {
        assert_int_equal(coro_start(&crowd[i], meet, NULL), 0);
        coro_resume(&crowd[i]);
        assert_false(coro_is_overrun(&crowd[i]));
    }
    for (int i = 0; i < n; i++)
        drive(&crowd[i]);
    assert_int_equal(n_met, n);
    free(crowd);
    coro_trim();
}

static void *in_a_thread(void *seed)
{
    struct coro c[4];
    for (size_t i = 0; i < COUNT(c); i++)
        coro_start(&c[i], do_nothing, NULL);
    for (size_t i = 0; i < COUNT(c); i++)
        drive(&c[i]);
    coro_trim();
    return seed;
}

static void each_thread_has_coroutines_of_its_own(void **state)
{
    pthread_t threads[4];
    struct coro mine;
    (void)state;
    coro_start(&mine, count_to_three, "m");
    coro_resume(&mine);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, in_a_thread, NULL), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    drive(&mine);
    assert_said("m1 m2 m3");
}

/* ---- overflow */

static int fall(int depth)
{
    volatile char room[512];
    room[0] = (char)depth;
    return (depth < 0 ? 0 : fall(depth + 1)) + room[0];
}

static int falling(void *unused)
{
    (void)unused;
    return fall(1);
}

static void overflow(void)
{
    loop_run(falling, NULL);
}

static void an_overflowed_stack_is_told_by_the_tasks_name(void **state)
{
    (void)state;
    if (RUNNING_ON_VALGRIND || CORO_UNDER_ASAN) /* they tell it in their own way */
        skip();
    int status = in_child(overflow);
    assert_true(WIFSIGNALED(status));
    assert_true(WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
    assert_non_null(strstr(said, "main#1 overflowed its stack of "));
    assert_non_null(strstr(said, "64 KiB"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(a_coroutine_goes_on_where_it_stood),
        REAL(a_coroutine_knows_itself),
        REAL(registers_survive_a_switch),
        REAL(stacks_are_aligned_as_floating_point_wants_it),
        REAL(stacks_of_coroutines_do_not_touch_each_other),
        REAL(the_stack_given_back_last_is_taken_first),
        REAL(a_coroutine_may_be_dropped_where_it_stands),
        REAL(a_stack_holds_what_it_promises_and_knows_its_guard),
        REAL(many_thousand_coroutines_live_at_once),
        REAL(each_thread_has_coroutines_of_its_own),
        REAL(an_overflowed_stack_is_told_by_the_tasks_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

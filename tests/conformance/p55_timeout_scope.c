/* A scope of time cancels what is in it, and turns that one cancel into a timeout; of nested ones only the one that expired. */
#include "words.h"

#include <math.h>

static void one(void)
{
    struct timeout t;
    timeout_begin(&t, 0.01);
    int r = await(task_sleep(3600));
    printf("cleanup; cancelling: %d\n", task_cancelling(task_current()));
    if (timeout_end(&t, r) == -ETIMEDOUT)
        printf("TimeoutError expired: %s cancelling: %d\n", yes(timeout_expired(&t)),
               task_cancelling(task_current()));
}

static void inner_expires(void)
{
    struct timeout outer, inner;
    timeout_begin(&outer, 3600);
    timeout_begin(&inner, 0.01);
    int r = await(task_sleep(3600));
    if (timeout_end(&inner, r) == -ETIMEDOUT)
        printf("inner expired: %s outer expired: %s\n", yes(timeout_expired(&inner)),
               yes(timeout_expired(&outer)));
    r = await(task_yield());
    if (r == 0)
        puts("outer scope goes on");
    if (timeout_end(&outer, r) < 0)
        puts("must not run");
}

static void outer_expires(void)
{
    struct timeout outer, inner;
    timeout_begin(&outer, 0.01);
    timeout_begin(&inner, 3600);
    int r = timeout_end(&inner, await(task_sleep(1000)));
    if (r == -ETIMEDOUT)
        puts("must not run: inner did not expire");
    if (timeout_end(&outer, r) == -ETIMEDOUT)
        printf("outer converted; inner expired: %s\n", yes(timeout_expired(&inner)));
}

static void no_limit(void)
{
    struct timeout t;
    timeout_begin(&t, INFINITY);
    timeout_end(&t, await(task_yield()));
    printf("None: when %s expired: %s\n", t.when == INFINITY ? "None" : "a time",
           yes(timeout_expired(&t)));
}

static int part_of_the_past(void)
{
    puts("body of a past deadline starts");
    struct future *f = future_new(loop_current());
    future_set_result(f, 1);
    if (await(future_wait(f)) == 1)
        puts("await that does not suspend passes");
    int r = await(task_yield());
    if (r == 0)
        r = await(task_yield());
    if (r == 0)
        puts("must not run");
    return r;
}

static int be_main(void *unused)
{
    struct timeout t;
    (void)unused;
    one();
    inner_expires();
    outer_expires();
    no_limit();
    timeout_begin(&t, -1);
    if (timeout_end(&t, part_of_the_past()) == -ETIMEDOUT)
        puts("past deadline: TimeoutError");
    timeout_begin(&t, 0.01);
    timeout_reschedule(&t, loop_time(loop_current()) + 3600);
    timeout_end(&t, await(task_sleep(0.03)));
    printf("rescheduled; expired: %s\n", yes(timeout_expired(&t)));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

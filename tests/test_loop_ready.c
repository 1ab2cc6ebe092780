/*
 * test_loop_ready.c - the ready queue: order, holes, and a ring that is full of them
 */
#include "loop_test.h"

#include "inside.h"

enum { MANY = 200 };

struct queue {
    struct ready ready;
    struct handle handles[MANY];
};

/* A queue with room for n handles, whose counters begin at `first`. */
static struct queue *new_queue(uint32_t n, uint32_t first)
{
    struct queue *q = calloc(1, sizeof *q);
    assert_non_null(q);
    q->ready.head = q->ready.tail = q->ready.batch_end = first;
    for (uint32_t i = 0; i < n; i++) {
        q->handles[i].id = i + 1;
        assert_int_equal(ready_reserve(&q->ready), 0);
    }
    return q;
}

static void free_queue(struct queue *q)
{
    free(q->ready.ring);
    free(q);
}

static void say_queue(struct queue *q)
{
    while (q->ready.head != q->ready.tail) {
        struct handle *h = ready_pop(&q->ready);
        if (h != NULL)
            say("%d", (int)h->id);
    }
}

static void handles_come_out_in_the_order_in_which_they_went_in(void **state)
{
    struct queue *q = new_queue(5, 0);
    (void)state;
    for (int i = 4; i >= 0; i--)
        ready_push(&q->ready, &q->handles[i]);
    assert_int_equal(ready_count(&q->ready), 5);
    say_queue(q);
    assert_said("5 4 3 2 1");
    assert_int_equal(ready_count(&q->ready), 0);
    free_queue(q);
}

static void a_dropped_handle_leaves_and_can_come_back_at_the_end(void **state)
{
    struct queue *q = new_queue(3, 0);
    (void)state;
    for (int i = 0; i < 3; i++)
        ready_push(&q->ready, &q->handles[i]);
    ready_drop(&q->ready, &q->handles[0]);
    ready_drop(&q->ready, &q->handles[0]); /* harmless */
    assert_false(q->handles[0].queued);
    assert_int_equal(ready_count(&q->ready), 2);
    ready_push(&q->ready, &q->handles[0]);
    say_queue(q);
    assert_said("2 3 1");
    assert_int_equal(q->ready.holes, 0);
    free_queue(q);
}

static void a_ring_full_of_holes_is_squeezed_and_keeps_its_order(void **state)
{
    struct queue *q = new_queue(64, 0);
    (void)state;
    for (int i = 0; i < 64; i++)
        ready_push(&q->ready, &q->handles[i]);
    for (int i = 0; i < 64; i++)
        if (i % 16 != 0)
            ready_drop(&q->ready, &q->handles[i]);
    for (int i = 1; i < 4; i++) /* no slot is free: this squeezes */
        ready_push(&q->ready, &q->handles[i]);
    assert_int_equal(q->ready.mask, 63);
    assert_int_equal(ready_count(&q->ready), 7);
    ready_drop(&q->ready, &q->handles[32]); /* its slot has moved with it */
    say_queue(q);
    assert_said("1 17 49 2 3 4");
    free_queue(q);
}

static void squeezing_moves_the_end_of_the_batch_along(void **state)
{
    (void)state;
    for (uint32_t end = 0; end <= 64; end++) {
        struct queue *q = new_queue(64, 0);
        uint32_t kept = 0;
        for (int i = 0; i < 64; i++)
            ready_push(&q->ready, &q->handles[i]);
        q->ready.batch_end = end;
        for (int i = 0; i < 64; i += 2)
            ready_drop(&q->ready, &q->handles[i]);
        ready_push(&q->ready, &q->handles[0]);
        while (q->ready.head != q->ready.batch_end)
            kept += ready_pop(&q->ready) != NULL;
        assert_int_equal(kept, end / 2); /* the odd ones below `end` */
        free_queue(q);
    }
}

static void the_ring_grows_while_it_is_full(void **state)
{
    struct queue *q = new_queue(64, 40);
    (void)state;
    for (int i = 0; i < 64; i++)
        ready_push(&q->ready, &q->handles[i]);
    for (int i = 64; i < MANY; i++) {
        q->handles[i].id = (uint64_t)i + 1;
        assert_int_equal(ready_reserve(&q->ready), 0);
        ready_push(&q->ready, &q->handles[i]);
    }
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(ready_pop(&q->ready), &q->handles[i]);
    free_queue(q);
}

static void the_counters_may_wrap_around(void **state)
{
    struct queue *q = new_queue(64, UINT32_MAX - 5);
    (void)state;
    for (int i = 0; i < 64; i++)
        ready_push(&q->ready, &q->handles[i]);
    for (int i = 3; i < 64; i++)
        ready_drop(&q->ready, &q->handles[i]);
    ready_push(&q->ready, &q->handles[9]);
    assert_int_equal(ready_count(&q->ready), 4);
    say_queue(q);
    assert_said("1 2 3 10");
    free_queue(q);
}

/* ---- seen from outside */

static struct loop *loop;
static struct call churned[150];

static void keep_churning(void *left)
{
    intptr_t n = (intptr_t)left;
    for (size_t i = 0; i < COUNT(churned);
         i++) { /* queue and cancel more than the ring has slots */
        call_cancel(churned[i]);
        churned[i] = loop_call_soon(loop, say_it, "lost");
    }
    for (size_t i = 0; i < COUNT(churned); i++)
        call_cancel(churned[i]);
    if (n > 0)
        loop_call_soon(loop, keep_churning, (void *)(n - 1));
    else
        loop_stop(loop);
}

static void cancelling_without_end_neither_grows_the_queue_nor_loses_anything(void **state)
{
    (void)state;
    loop = new_loop();
    loop_call_soon(loop, say_it, "first");
    loop_call_soon(loop, keep_churning, (void *)(intptr_t)1000);
    loop_call_soon(loop, say_it, "last");
    assert_int_equal(loop_run_forever(loop), 0);
    assert_said("first last");
    assert_true(loop->ready.mask < 512);
    assert_int_equal(loop_close(loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL(handles_come_out_in_the_order_in_which_they_went_in),
        VIRTUAL(a_dropped_handle_leaves_and_can_come_back_at_the_end),
        VIRTUAL(a_ring_full_of_holes_is_squeezed_and_keeps_its_order),
        VIRTUAL(squeezing_moves_the_end_of_the_batch_along),
        VIRTUAL(the_ring_grows_while_it_is_full),
        VIRTUAL(the_counters_may_wrap_around),
        VIRTUAL(cancelling_without_end_neither_grows_the_queue_nor_loses_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

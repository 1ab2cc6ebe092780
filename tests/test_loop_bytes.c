/*
 * test_loop_bytes.c - the queue of bytes between the kernel and the program
 */
#include "bytes.h"

#include <errno.h>

#include "loop_test.h"

static void bytes_come_out_in_the_order_in_which_they_went_in(void **state)
{
    struct bytes b = { 0 };
    unsigned char next_in = 0, next_out = 0;
    unsigned seed = 7;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        unsigned char piece[700];
        seed = seed * 1103515245u + 12345u;
        size_t n = seed >> 16 & 511;
        for (size_t k = 0; k < n; k++)
            piece[k] = next_in++;
        assert_int_equal(bytes_append(&b, piece, n), 0);
        size_t out = (seed >> 8 & 1023) % (bytes_count(&b) + 1);
        for (size_t k = 0; k < out; k++)
            assert_int_equal((unsigned char)bytes_first(&b)[k], next_out++);
        bytes_consume(&b, out);
    }
    bytes_fini(&b);
}

static void bytes_that_are_put_back_stand_in_front(void **state)
{
    struct bytes b = { 0 };
    (void)state;
    bytes_append(&b, "cdef", 4);
    bytes_consume(&b, 1);
    assert_int_equal(bytes_unread(&b, "abc", 3), 0); /* more than was taken */
    assert_int_equal(bytes_count(&b), 6);
    assert_memory_equal(bytes_first(&b), "abcdef", 6);
    bytes_consume(&b, 6);
    assert_int_equal(bytes_unread(&b, "xy", 2), 0); /* into an empty queue */
    assert_int_equal(bytes_append(&b, "z", 1), 0);
    assert_memory_equal(bytes_first(&b), "xyz", 3);
    bytes_fini(&b);
}

static void a_queue_that_was_emptied_gives_a_large_piece_back(void **state)
{
    static char large[1 << 20];
    struct bytes b = { 0 };
    (void)state;
    assert_int_equal(bytes_append(&b, large, sizeof large), 0);
    assert_true(b.size >= sizeof large);
    bytes_consume(&b, sizeof large);
    assert_int_equal(b.size, 0);
    assert_null(b.base);
    assert_int_equal(bytes_append(&b, "small", 5), 0);
    bytes_consume(&b, 5);
    assert_true(b.size > 0); /* a small one is kept for the next time */
    bytes_fini(&b);
}

static void a_queue_in_steady_use_does_not_grow(void **state)
{
    char piece[1000] = { 0 };
    struct bytes b = { 0 };
    (void)state;
    bytes_append(&b, piece, sizeof piece);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(bytes_append(&b, piece, sizeof piece), 0);
        bytes_consume(&b, sizeof piece);
    }
    assert_true(b.size <= 4096);
    bytes_fini(&b);
}

static void nothing_is_nothing(void **state)
{
    struct bytes b = { 0 };
    (void)state;
    assert_int_equal(bytes_append(&b, NULL, 0), 0);
    assert_int_equal(bytes_unread(&b, NULL, 0), 0);
    bytes_consume(&b, 0);
    assert_int_equal(bytes_count(&b), 0);
    bytes_fini(&b);
    bytes_fini(&b);
}

static void more_than_there_is_memory_is_refused_and_keeps_what_was_there(void **state)
{
    struct bytes b = { 0 };
    (void)state;
    bytes_append(&b, "kept", 4);
    assert_int_equal(bytes_append(&b, "x", SIZE_MAX / 2), -ENOMEM);
    assert_int_equal(bytes_unread(&b, "x", SIZE_MAX - 2), -ENOMEM);
    assert_int_equal(bytes_count(&b), 4);
    assert_memory_equal(bytes_first(&b), "kept", 4);
    bytes_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(bytes_come_out_in_the_order_in_which_they_went_in),
        REAL(bytes_that_are_put_back_stand_in_front),
        REAL(a_queue_that_was_emptied_gives_a_large_piece_back),
        REAL(a_queue_in_steady_use_does_not_grow),
        REAL(nothing_is_nothing),
        REAL(more_than_there_is_memory_is_refused_and_keeps_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

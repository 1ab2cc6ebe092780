/*
 * test_viz_text - strangers' bytes become fit to be seen.
 */
#include "viz_support.h"

#include <errno.h>

static const char *clean(const char *text, size_t limit)
{
    static char room[200];
    struct say say;
    say_init(&say, room, sizeof room);
    say_clean(&say, slice_of(text), limit);
    return room;
}

static void controls_are_shown_as_escapes(void **state)
{
    (void)state;
    assert_string_equal(clean("\x1b[2J", 80), "\\x1b[2J");
    assert_string_equal(clean("a\tb\nc\x7f", 80), "a\\x09b\\x0ac\\x7f");
    assert_string_equal(clean("\xC2\x9B"
                              "31m",
                              80),
                        "\\u009b31m");
    assert_string_equal(clean("\xE2\x80\xAE"
                              "txt",
                              80),
                        "\\u202etxt");
}

static void bytes_that_are_no_utf8_become_replacement_characters(void **state)
{
    (void)state;
    assert_string_equal(clean("\xFF", 80), "\xEF\xBF\xBD");
    assert_string_equal(clean("\xC0\xAF", 80), "\xEF\xBF\xBD\xEF\xBF\xBD"); /* overlong */
    assert_string_equal(clean("\xED\xA0\x80", 80),
                        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");            /* surrogate */
    assert_string_equal(clean("\xE2\x82", 80), "\xEF\xBF\xBD\xEF\xBF\xBD"); /* cut short */
}

static void text_too_long_ends_in_an_ellipsis_within_the_limit(void **state)
{
    (void)state;
    assert_string_equal(clean("abcdef", 6), "abcdef");
    assert_string_equal(clean("abcdefg", 6), "abcde\xE2\x80\xA6");
    assert_string_equal(clean("\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2", 5),
                        "\xE6\xBC\xA2\xE6\xBC\xA2\xE2\x80\xA6");
}

static void a_full_sentence_is_cut_at_a_whole_character(void **state)
{
    char room[8];
    struct say say;
    (void)state;
    say_init(&say, room, sizeof room);
    say_add(&say, "abcdef");
    say_add(&say, "\xE2\x80\xA6\xE2\x80\xA6");
    assert_string_equal(room, "abcdef");
    assert_true(say.cut);
    say_add(&say, "x");
    assert_string_equal(room, "abcdef");
}

static const char *span(int64_t ns)
{
    static char room[64];
    struct say say;
    say_init(&say, room, sizeof room);
    say_span(&say, ns);
    return room;
}

static void spans_read_as_people_say_them(void **state)
{
    (void)state;
    assert_string_equal(span(0), "0 s");
    assert_string_equal(span(999), "999 ns");
    assert_string_equal(span(213456), "213 us");
    assert_string_equal(span(999999), "1 ms");
    assert_string_equal(span(12345678), "12.3 ms");
    assert_string_equal(span(99600000), "0.100 s");
    assert_string_equal(span(997000000), "0.997 s");
    assert_string_equal(span(1000000000), "1 s");
    assert_string_equal(span(61500000000), "61.500 s");
    assert_string_equal(span(150 * INT64_C(1000000000)), "2 min 30 s");
    assert_string_equal(span(INT64_MIN), "-106751 days");
}

static void widths_are_those_of_terminals(void **state)
{
    (void)state;
    assert_int_equal(text_width('a'), 1);
    assert_int_equal(text_width(0xE9), 1);
    assert_int_equal(text_width(0x301), 0);   /* combining */
    assert_int_equal(text_width(0x6F22), 2);  /* CJK */
    assert_int_equal(text_width(0x1F600), 2); /* emoji */
    assert_int_equal(text_width(0x2502), 1);  /* box drawing */
    assert_int_equal(text_width(0x9B), 0);
    assert_int_equal(text_columns(slice_of("a\x1b")), 5);
}

static void a_needle_is_found_first_and_last(void **state)
{
    struct slice hay = slice_of("xabcabcab"), needle = slice_of("abc");
    (void)state;
    assert_int_equal(slice_find(hay, needle), 1);
    assert_int_equal(slice_find_last(hay, needle), 4);
    assert_int_equal(slice_find(hay, slice_of("abd")), -1);
    assert_int_equal(slice_find_last(hay, slice_of("abd")), -1);
    assert_int_equal(slice_find(slice_of("ab"), needle), -1);
    assert_int_equal(slice_find_last(slice_of("aXb"), slice_of("a")), 0);
    assert_int_equal(slice_find(hay, slice_of("b")), 2);
}

/* The searches against the plainest way to do it, over all small cases. */
static void searches_agree_with_the_plain_way(void **state)
{
    char hay[9], needle[4];
    (void)state;
    for (unsigned h = 0; h < 256; h++) {
        for (unsigned i = 0; i < 8; i++)
            hay[i] = h >> i & 1 ? 'a' : 'b';
        for (unsigned len = 1; len <= 3; len++) {
            for (unsigned m = 0; m < 1u << len; m++) {
                ptrdiff_t first = -1, last = -1;
                for (unsigned i = 0; i < len; i++)
                    needle[i] = m >> i & 1 ? 'a' : 'b';
                for (unsigned i = 0; i + len <= 8; i++) {
                    if (memcmp(hay + i, needle, len) != 0)
                        continue;
                    first = first < 0 ? (ptrdiff_t)i : first;
                    last = (ptrdiff_t)i;
                }
                assert_int_equal(
                    slice_find((struct slice){ hay, 8 }, (struct slice){ needle, len }), first);
                assert_int_equal(
                    slice_find_last((struct slice){ hay, 8 }, (struct slice){ needle, len }), last);
            }
        }
    }
}

static void ascii_output_has_no_byte_beyond_ascii(void **state)
{
    char *room = NULL;
    size_t len;
    FILE *stream = open_memstream(&room, &len);
    (void)state;
    text_print(stream, slice_of("\xC3\xA9 \xF0\x9F\x98\x80 \x1b"), true);
    fclose(stream);
    assert_string_equal(room, "\\u00e9 \\u1f600 \\x1b");
    free(room);
}

/* Whatever its length, and wherever it is kept; also when what is set was a part of it. */
static void a_string_holds_what_it_was_given(void **state)
{
    char text[200];
    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 26);
    for (size_t len = 0; len < 60; len++) {
        struct str str = { 0 };
        assert_true(str_is(&str, slice_of("")));
        assert_int_equal(str_set(&str, (struct slice){ text, len }), 0);
        assert_true(str_is(&str, (struct slice){ text, len }));
        assert_int_equal(strlen(str_text(&str)), len);
        assert_int_equal(str_append(&str, (struct slice){ text + len, 30 }), 0);
        assert_true(str_is(&str, (struct slice){ text, len + 30 }));
        assert_int_equal(str_append(&str, str_slice(&str)), 0);
        assert_int_equal(str.len, 2 * (len + 30));
        assert_memory_equal(str_text(&str) + len + 30, text, len + 30);
        assert_int_equal(str_set(&str, (struct slice){ str_text(&str) + 3, 7 }), 0);
        assert_true(str_is(&str, (struct slice){ text + 3, 7 }));
        str_clear(&str);
        assert_string_equal(str_text(&str), "");
        str_fini(&str);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controls_are_shown_as_escapes),
        cmocka_unit_test(bytes_that_are_no_utf8_become_replacement_characters),
        cmocka_unit_test(text_too_long_ends_in_an_ellipsis_within_the_limit),
        cmocka_unit_test(a_full_sentence_is_cut_at_a_whole_character),
        cmocka_unit_test(spans_read_as_people_say_them),
        cmocka_unit_test(widths_are_those_of_terminals),
        cmocka_unit_test(a_needle_is_found_first_and_last),
        cmocka_unit_test(searches_agree_with_the_plain_way),
        cmocka_unit_test(ascii_output_has_no_byte_beyond_ascii),
        cmocka_unit_test(a_string_holds_what_it_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

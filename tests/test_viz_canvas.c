/*
 * test_viz_canvas.c - nothing leaves its box, nothing hostile reaches the terminal
 */
#include "canvas.h"
#include "glyph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define assert_canvas(canvas, expected) assert_canvas_at(canvas, expected, __FILE__, __LINE__)

static void assert_canvas_at(struct canvas *canvas, char const *expected, char const *file,
                             int line)
{
    char *text = canvas_text(canvas, CANVAS_UTF8);

    assert_non_null(text);
    if (strcmp(text, expected) != 0) {
        print_error("--- expected\n%s--- found\n%s", expected, text);
        free(text);
        _fail(file, line);
        return;
    }
    free(text);
}

static void text_too_long_ends_in_an_ellipsis(void **state)
{
    struct canvas *canvas = canvas_create(2, 8);

    (void)state;
    box_text(box_of(canvas), 0, 2, STYLE_PLAIN, "abcdef");
    box_text(box_of(canvas), 1, 2, STYLE_PLAIN, "abcdefg");
    assert_canvas(canvas, "  abcdef\n  abcde…\n");
    canvas_destroy(canvas);
}

static void nothing_is_drawn_outside_a_box(void **state)
{
    struct canvas *canvas = canvas_create(3, 9);
    struct box box;

    (void)state;
    for (int row = 0; row < 3; row++)
        box_fill(box_of(canvas), row, 0, 9, STYLE_PLAIN, '.');
    box = box_within(box_of(canvas), 1, 3, 1, 3);
    for (int row = -2; row < 4; row++) {
        box_fill(box, row, -4, 20, STYLE_PLAIN, 'x');
        box_text(box, row, 1, STYLE_PLAIN, "long text that would run over");
        box_wrap(box, row, -1, STYLE_PLAIN, slice_of("words and words and words"));
        box_gauge(box, row, 0, 30, 2.0, STYLE_PLAIN);
        box_style(box, row, -5, 100, STYLE_BAD);
    }
    box_line_across(box, 0, -3, 30);
    box_frame(box_within(box, 0, 0, 50, 50), "a title", STYLE_PLAIN);
    for (int row = 0; row < 3; row++)
        for (int col = 0; col < 9; col++) {
            struct cell const *cell = canvas_cell(canvas, row, col);

            if (row != 1 || col < 3 || col > 5) {
                assert_int_equal(cell->glyph, '.');
                assert_int_equal(cell->style, STYLE_PLAIN);
            }
        }
    canvas_destroy(canvas);
}

static void an_empty_box_draws_nothing(void **state)
{
    struct canvas *canvas = canvas_create(1, 3);
    struct box box = box_within(box_of(canvas), 0, 3, 5, 5);

    (void)state;
    assert_int_equal(box.cols, 0);
    box_text(box, 0, 0, STYLE_PLAIN, "abc");
    box_frame(box, "t", STYLE_PLAIN);
    assert_canvas(canvas, "\n");
    canvas_destroy(canvas);
}

static void control_characters_are_drawn_as_escapes(void **state)
{
    struct canvas *canvas = canvas_create(1, 40);

    (void)state;
    box_text(box_of(canvas), 0, 0, STYLE_PLAIN, "a\033[2Jb\x7f\xc2\x9b!\xe2\x80\xae.");
    for (int col = 0; col < 40; col++)
        assert_true(text_is_safe(canvas_cell(canvas, 0, col)->glyph));
    assert_int_equal(canvas_cell(canvas, 0, 0)->glyph, 'a');
    assert_int_equal(canvas_cell(canvas, 0, 1)->glyph, '\\');
    canvas_destroy(canvas);
}

static void a_hostile_glyph_does_not_pass_the_gate_either(void **state)
{
    struct canvas *canvas = canvas_create(1, 4);

    (void)state;
    box_glyph(box_of(canvas), 0, 0, STYLE_PLAIN, 0x1b);
    box_fill(box_of(canvas), 0, 1, 2, STYLE_PLAIN, 0x202e);
    assert_canvas(canvas, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n");
    canvas_destroy(canvas);
}

static void wide_characters_keep_rows_to_their_width(void **state)
{
    struct canvas *canvas = canvas_create(3, 6);
    char *text;

    (void)state;
    box_text(box_of(canvas), 0, 0, STYLE_PLAIN, "日本語!");
    assert_canvas(canvas, "日本 …\n\n\n");
    box_text(box_of(canvas), 1, 0, STYLE_PLAIN, "日本");
    box_text(box_of(canvas), 1, 1, STYLE_PLAIN,
             "x"); /* takes half of the first, and so all of it */
    box_text(box_of(canvas), 2, 5, STYLE_PLAIN, "日"); /* no room for its right half */
    text = canvas_text(canvas, CANVAS_ASCII);
    assert_string_equal(text, "???? ~\n x??\n     ~\n");
    free(text);
    canvas_destroy(canvas);
}

static void combining_marks_stay_on_their_character(void **state)
{
    struct canvas *canvas = canvas_create(1, 4);

    (void)state;
    box_text(box_of(canvas), 0, 0, STYLE_PLAIN,
             "e\xcc\x81"
             "a");
    assert_int_equal(canvas_cell(canvas, 0, 0)->mark[0], 0x301);
    assert_int_equal(canvas_cell(canvas, 0, 1)->glyph, 'a');
    assert_canvas(canvas, "e\xcc\x81"
                          "a\n");
    canvas_destroy(canvas);
}

static void a_heap_of_combining_marks_does_not_grow(void **state)
{
    struct canvas *canvas = canvas_create(1, 4);
    char text[400] = "e", *out;

    (void)state;
    for (int i = 0; i < 100; i++)
        strcat(text, "\xcc\x81");
    box_text(box_of(canvas), 0, 0, STYLE_PLAIN, text);
    out = canvas_text(canvas, CANVAS_UTF8);
    assert_true(strlen(out) <= 6);
    free(out);
    canvas_destroy(canvas);
}

static void lines_that_meet_join(void **state)
{
    struct canvas *canvas = canvas_create(5, 9);

    (void)state;
    box_frame(box_within(box_of(canvas), 0, 0, 3, 5), NULL, STYLE_PLAIN);
    box_frame(box_within(box_of(canvas), 2, 0, 3, 5), NULL, STYLE_PLAIN);
    box_frame(box_within(box_of(canvas), 0, 4, 5, 5), NULL, STYLE_PLAIN);
    assert_canvas(canvas, "┌───┬───┐\n"
                          "│   │   │\n"
                          "├───┤   │\n"
                          "│   │   │\n"
                          "└───┴───┘\n");
    canvas_destroy(canvas);
}

static void ascii_has_a_stand_in_for_all_that_panes_draw(void **state)
{
    static uint32_t const drawn[] = { 0x25b6, 0x25b8, 0x25c2, 0x2591, 0x2592, 0x2593, 0x2588,
                                      0x2026, 0x2013, 0x00d7, 0x00b7, 0x25cf, 0x25c6, 0x2501,
                                      0x2264, 0x2190, 0x2192, 0x2500, 0x2502, 0x250c, 0x253c };

    (void)state;
    for (size_t i = 0; i < sizeof(drawn) / sizeof(drawn[0]); i++) {
        assert_int_not_equal(glyph_ascii(drawn[i]), '?');
        assert_in_range(glyph_ascii(drawn[i]), 0x20, 0x7e);
    }
    assert_int_equal(glyph_ascii(0x1b), '?');
    assert_int_equal(glyph_ascii(0x4e2d), '?');
}

static void words_are_broken_at_blanks(void **state)
{
    struct canvas *canvas = canvas_create(3, 9);

    (void)state;
    assert_int_equal(box_wrap(box_of(canvas), 0, 0, STYLE_PLAIN, slice_of("one two three four")),
                     3);
    assert_canvas(canvas, "one two\nthree\nfour\n");
    canvas_destroy(canvas);
}

static void a_number_and_its_unit_stay_together(void **state)
{
    struct canvas *canvas = canvas_create(3, 9);

    (void)state;
    box_wrap(box_of(canvas), 0, 0, STYLE_PLAIN, slice_of("is due, 1 s from now"));
    assert_canvas(canvas, "is due,\n1 s from\nnow\n");
    canvas_destroy(canvas);
}

static void a_word_longer_than_the_line_is_broken(void **state)
{
    struct canvas *canvas = canvas_create(2, 4);

    (void)state;
    assert_int_equal(box_wrap_rows(slice_of("abcdefghij"), 4), 3);
    assert_int_equal(box_wrap(box_of(canvas), 0, 0, STYLE_PLAIN, slice_of("abcdefghij")), 2);
    assert_canvas(canvas, "abcd\nefg…\n");
    canvas_destroy(canvas);
}

static void a_gauge_shows_its_share(void **state)
{
    struct canvas *canvas = canvas_create(4, 4);

    (void)state;
    box_gauge(box_of(canvas), 0, 0, 4, -1, STYLE_PLAIN);
    box_gauge(box_of(canvas), 1, 0, 4, 0.5, STYLE_PLAIN);
    box_gauge(box_of(canvas), 2, 0, 4, 1, STYLE_PLAIN);
    box_gauge(box_of(canvas), 3, 0, 4, 7, STYLE_PLAIN);
    assert_canvas(canvas, "░░░░\n▓▓░░\n▓▓▓▓\n▓▓▓▓\n");
    canvas_destroy(canvas);
}

/* ---- colours ------------------------------------------------------------------------------- */

struct rgb {
    double red, green, blue;
};

/* A number of xterm's colour cube. */
static struct rgb cube(int number)
{
    static double const steps[] = { 0, 95, 135, 175, 215, 255 };

    number -= 16;
    return (struct rgb){ steps[number / 36], steps[number / 6 % 6], steps[number % 6] };
}

/* How bright it is to the eye, as the guidelines for web pages work it out. */
static double brightness(struct rgb colour)
{
    double parts[] = { colour.red / 255, colour.green / 255, colour.blue / 255 };

    for (int i = 0; i < 3; i++)
        parts[i] = parts[i] <= 0.03928 ? parts[i] / 12.92 : pow((parts[i] + 0.055) / 1.055, 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}

static void assert_legible(struct rgb colour, double contrast)
{
    double bright = brightness(colour);

    assert_true((bright + 0.05) / 0.05 >= contrast); /* on black */
    assert_true(1.05 / (bright + 0.05) >= contrast); /* on white */
}

static void colours_can_be_read_on_black_and_on_white(void **state)
{
    static struct rgb const basic[8] = { { 0, 0, 0 },     { 205, 0, 0 },    { 0, 205, 0 },
                                         { 205, 205, 0 }, { 0, 0, 238 },    { 205, 0, 205 },
                                         { 0, 205, 205 }, { 229, 229, 229 } };

    (void)state;
    for (int style = 0; style < STYLE_COUNT; style++) {
        struct look look = canvas_look((enum style)style);

        if (look.ink >= 0)
            assert_legible(cube(canvas_shade(look.ink)), 3.9);
        if (look.basic >= 0)
            assert_legible(basic[look.basic], 3.5);
    }
}

static void colours_end_with_their_line(void **state)
{
    struct canvas *canvas = canvas_create(2, 4);
    char *text;

    (void)state;
    box_text(box_of(canvas), 0, 0, STYLE_BAD, "no");
    text = canvas_ansi(canvas, CANVAS_ASCII);
    assert_string_equal(text, "\033[0;1;38;5;196mno\033[0m\n\n");
    free(text);
    canvas_destroy(canvas);
}

static void sizes_are_kept_within_reason(void **state)
{
    struct canvas *small = canvas_create(-3, 0), *large = canvas_create(1 << 30, 1 << 30);

    (void)state;
    assert_int_equal(canvas_rows(small), 1);
    assert_int_equal(canvas_cols(small), 1);
    assert_int_equal(canvas_rows(large), 1000);
    assert_int_equal(canvas_cols(large), 1000);
    canvas_destroy(small);
    canvas_destroy(large);
}

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(text_too_long_ends_in_an_ellipsis),
        cmocka_unit_test(nothing_is_drawn_outside_a_box),
        cmocka_unit_test(an_empty_box_draws_nothing),
        cmocka_unit_test(control_characters_are_drawn_as_escapes),
        cmocka_unit_test(a_hostile_glyph_does_not_pass_the_gate_either),
        cmocka_unit_test(wide_characters_keep_rows_to_their_width),
        cmocka_unit_test(combining_marks_stay_on_their_character),
        cmocka_unit_test(a_heap_of_combining_marks_does_not_grow),
        cmocka_unit_test(lines_that_meet_join),
        cmocka_unit_test(ascii_has_a_stand_in_for_all_that_panes_draw),
        cmocka_unit_test(words_are_broken_at_blanks),
        cmocka_unit_test(a_number_and_its_unit_stay_together),
        cmocka_unit_test(a_word_longer_than_the_line_is_broken),
        cmocka_unit_test(a_gauge_shows_its_share),
        cmocka_unit_test(colours_can_be_read_on_black_and_on_white),
        cmocka_unit_test(colours_end_with_their_line),
        cmocka_unit_test(sizes_are_kept_within_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

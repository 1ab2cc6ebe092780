/*
 * test_viz_pair.c - two traces side by side: which places correspond, and what is seen
 *
 * The other trace is the heartbeat with a change in it, made in a directory of its own, since names of
 * files are part of the picture.
 */
#include "viz_support.h"

#include "keys.h"
#include "source.h"
#include "viewer_pair.h"

static char const heartbeat[] = "tests/traces/screen_heartbeat.jsonl";

/* ---- other traces -------------------------------------------------------------------------- */

enum { BYTES = 1 << 18, EVENTS = 400 };

static char text[BYTES];

/* Adds a line of the heartbeat under another number. */
static void add_line(char const *line, size_t len, uint64_t n)
{
    char const *number = strstr(line, "\"n\":");
    size_t before = (size_t)(number + 4 - line), digits = strspn(number + 4, "0123456789");
    size_t size = strlen(text);

    assert_true(size + len + 16 < BYTES);
    sprintf(text + size, "%.*s%llu%.*s\n", (int)before, line, (unsigned long long)n,
            (int)(len - before - digits), line + before + digits);
}

/* The heartbeat, up to event `last`, with `more` put in as event `at` (NULL: nothing). */
static char const *changed(uint64_t last, uint64_t at, char const *more)
{
    size_t len;
    char *whole = file_bytes(heartbeat, &len);
    uint64_t shift = 0;

    text[0] = '\0';
    for (char *line = whole, *end; (end = strchr(line, '\n')); line = end + 1) {
        uint64_t n = strtoull(strstr(line, "\"n\":") + 4, NULL, 10);

        if (n > last)
            break;
        if (more && shift == 0 && n == at) {
            char const *t = strchr(line, ',');

            shift = 1;
            sprintf(text + strlen(text), "%.*s,\"n\":%llu,%s}\n", (int)(t - line), line,
                    (unsigned long long)at, more);
        }
        add_line(line, (size_t)(end - line), n + shift);
    }
    free(whole);
    return text;
}

static char const one_more[] = "\"ev\":\"out:line\",\"stream\":\"stdout\",\"text\":\"one more\"";

/* ---- a pair -------------------------------------------------------------------------------- */

struct set_up {
    char directory[64], path[96];
    struct source *sources[COMPARE_SIDES];
    struct difference difference;
    struct align *align;
    struct pair pair;
};

static void begin(struct set_up *set, char const *a, char const *other)
{
    struct compared traces[COMPARE_SIDES];
    int fds[COMPARE_SIDES];
    char message[256];
    FILE *file;

    strcpy(set->directory, "/tmp/test_viz_pair-XXXXXX");
    assert_non_null(mkdtemp(set->directory));
    snprintf(set->path, sizeof(set->path), "%s/other.jsonl", set->directory);
    file = fopen(set->path, "w");
    assert_non_null(file);
    fputs(other, file);
    assert_int_equal(fclose(file), 0);
    for (int side = 0; side < COMPARE_SIDES; side++) {
        set->sources[side] = source_file(side ? set->path : a, false, message, sizeof(message));
        if (!set->sources[side])
            fail_msg("%s (tests run in the project's top directory)", message);
        fds[side] = source_trace_fd(set->sources[side]);
        traces[side] = (struct compared){ fds[side], source_path(set->sources[side]) };
    }
    set->align = align_create(fds);
    assert_non_null(set->align);
    assert_int_equal(compare_traces(traces, &set->difference, set->align), 0);
    assert_int_equal(pair_init(&set->pair, set->sources, &set->difference, set->align, 1, 0), 0);
    pair_fit(&set->pair, 36, 120);
}

static void end(struct set_up *set)
{
    pair_fini(&set->pair);
    align_destroy(set->align);
    for (int side = 0; side < COMPARE_SIDES; side++)
        source_close(set->sources[side]);
    unlink(set->path);
    rmdir(set->directory);
}

static struct moment const *at(struct set_up *set, int side)
{
    return history_moment(set->pair.viewers[side].history);
}

static void press(struct set_up *set, int code)
{
    pair_key(&set->pair, code, 0);
}

static void go_to(struct set_up *set, uint64_t n)
{
    char place[32];

    snprintf(place, sizeof(place), ":#%llu", (unsigned long long)n);
    for (char const *key = place; *key; key++)
        press(set, *key);
    press(set, KEYS_ENTER);
    assert_int_equal(at(set, set->pair.lead)->n, n);
}

static char *screen(struct set_up *set, int rows, int cols)
{
    struct canvas *canvas = canvas_create(rows, cols);
    char *shown;

    pair_fit(&set->pair, rows, cols);
    pair_draw(canvas, &set->pair);
    shown = canvas_text(canvas, CANVAS_UTF8);
    canvas_destroy(canvas);
    return shown;
}

static void assert_shows(struct set_up *set, int rows, int cols, char const *words, bool wanted)
{
    char *shown = screen(set, rows, cols);

    if ((strstr(shown, words) != NULL) != wanted)
        fail_msg("\"%s\" is %sin\n%s", words, wanted ? "not " : "", shown);
    free(shown);
}

static void assert_golden(char const *name, char *shown)
{
    char const *mode = getenv("GOLDEN");
    char path[128], *expected;
    size_t len;

    snprintf(path, sizeof(path), "tests/golden/%s.txt", name);
    if (mode && strcmp(mode, "write") == 0) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(shown, file);
        assert_int_equal(fclose(file), 0);
    }
    expected = file_bytes(path, &len);
    if (strcmp(expected, shown) != 0)
        fail_msg("--- %s\n%s--- found\n%s", path, expected, shown);
    free(expected);
    free(shown);
}

/* ---- what is seen -------------------------------------------------------------------------- */

static void both_are_seen_where_they_part(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    press(&set, '=');
    assert_golden("pair_parts_120x36", screen(&set, 36, 120));
    assert_golden("pair_parts_80x24", screen(&set, 24, 80));
    go_to(&set, 60);
    assert_golden("pair_behind_120x36", screen(&set, 36, 120));
    end(&set);
}

static void each_half_has_its_file_and_its_sentence_at_every_size(void **state)
{
    static int const sizes[][2] = { { 24, 80 },  { 24, 60 },  { 14, 120 }, { 30, 100 },
                                    { 32, 100 }, { 36, 120 }, { 60, 200 }, { 50, 99 } };
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    press(&set, '=');
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        int rows = sizes[i][0], cols = sizes[i][1];

        assert_shows(&set, rows, cols, " screen_heartbeat.jsonl ", true);
        assert_shows(&set, rows, cols, " other.jsonl ", true);
        assert_shows(&set, rows, cols, "prints: one more", true);
        assert_shows(&set, rows, cols, "They part here, in turn 3, after 32 equal events.", true);
    }
    end(&set);
}

static void a_small_screen_shows_the_one_that_leads(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    assert_shows(&set, 12, 60, "screen_heartbeat.jsonl", true);
    assert_shows(&set, 12, 60, "other.jsonl", false);
    press(&set, 'o');
    assert_shows(&set, 12, 60, "other.jsonl", true);
    assert_shows(&set, 5, 20, "loopscope needs", true);
    end(&set);
}

static void help_has_the_whole_screen(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    press(&set, '?');
    assert_shows(&set, 24, 80, "Esc closes it", true);
    assert_shows(&set, 24, 80, "other.jsonl", false);
    press(&set, KEYS_ESCAPE);
    assert_shows(&set, 24, 80, "other.jsonl", true);
    end(&set);
}

static void a_filter_is_seen_where_the_keys_go(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    assert_shows(&set, 36, 120, "only", false);
    for (char const *key = "\\ev:timer"; *key; key++)
        press(&set, *key);
    press(&set, KEYS_ENTER);
    assert_shows(&set, 36, 120, "only ev:", true);
    assert_shows(&set, 24, 80, "only ev:timer", true);
    end(&set);
}

static void f_gives_the_whole_screen_and_o_the_other_one(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    press(&set, 'f');
    assert_shows(&set, 36, 120, "other.jsonl", false);
    press(&set, 'o');
    assert_shows(&set, 36, 120, "other.jsonl", true);
    assert_shows(&set, 36, 120, "screen_heartbeat.jsonl", false);
    press(&set, '=');
    assert_int_equal(at(&set, COMPARE_B)->n, 33);
    assert_shows(&set, 36, 120, "They part here", true);
    press(&set, 'f');
    assert_shows(&set, 36, 120, "screen_heartbeat.jsonl", true);
    end(&set);
}

static void a_pane_is_maximised_in_both(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    press(&set, 'O');
    for (int side = 0; side < COMPARE_SIDES; side++)
        assert_true(set.pair.viewers[side].view.maximised);
    end(&set);
}

static void a_click_in_the_other_half_lets_it_lead(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    pair_mouse(&set.pair, 5, 100, BUTTON_CLICK, 0);
    assert_int_equal(set.pair.lead, COMPARE_B);
    pair_mouse(&set.pair, 5, 10, BUTTON_CLICK, 0);
    assert_int_equal(set.pair.lead, COMPARE_A);
    end(&set);
}

/* ---- which places correspond --------------------------------------------------------------- */

static void until_they_part_it_is_the_same_event(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    assert_int_equal(set.difference.same, 32);
    for (uint64_t n = 0; n <= 33; n++) {
        go_to(&set, n);
        assert_int_equal(at(&set, COMPARE_B)->n, n);
    }
    end(&set);
}

static void behind_that_it_is_the_same_turn_and_the_same_note(void **state)
{
    struct set_up set;
    int turns = 0;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    press(&set, '=');
    for (press(&set, '}'); !at(&set, COMPARE_A)->at_end && turns < 4; turns++, press(&set, '}')) {
        assert_int_equal(at(&set, COMPARE_A)->event->kind, EV_LOOP_TURN);
        assert_string_equal(at(&set, COMPARE_B)->sentence, at(&set, COMPARE_A)->sentence);
        assert_int_equal(at(&set, COMPARE_B)->n, at(&set, COMPARE_A)->n + 1);
    }
    assert_true(turns > 0);
    end(&set);
}

static void a_note_holds_both_together_whatever_turns_lie_before_it(void **state)
{
    static char const more[] = "\"ev\":\"loop:turn\",\"turn\":99,\"ready\":0,\"timers\":0";
    struct set_up set;
    int notes = 0;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 12, more));
    press(&set, '=');
    while (true) {
        uint64_t n = at(&set, COMPARE_A)->n;

        press(&set, ']');
        if (at(&set, COMPARE_A)->n == n)
            break;
        notes++;
        assert_string_equal(at(&set, COMPARE_B)->sentence, at(&set, COMPARE_A)->sentence);
    }
    assert_true(notes > 0);
    end(&set);
}

static void a_place_has_the_same_place_beside_it_whatever_the_way(void **state)
{
    struct set_up set;
    int64_t beside[EVENTS] = { 0 };
    uint64_t last, n;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    last = at(&set, COMPARE_A)->n_last;
    assert_true(last < EVENTS);
    for (n = 0; n <= last; n++) {
        go_to(&set, n);
        beside[n] = at(&set, COMPARE_B)->offset;
        assert_true(n == 0 || beside[n] >= beside[n - 1]);
    }
    for (n = last; n > 0; n--) {
        go_to(&set, n);
        assert_int_equal(at(&set, COMPARE_B)->offset, beside[n]);
    }
    for (int i = 0; i < 200; i++) {
        n = (uint64_t)(i * 7919) % last;
        go_to(&set, n);
        assert_int_equal(at(&set, COMPARE_B)->offset, beside[n]);
    }
    end(&set);
}

static void a_trace_is_the_same_as_itself(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 0, NULL));
    for (press(&set, KEYS_HOME); !at(&set, COMPARE_A)->at_end; press(&set, '.'))
        assert_int_equal(at(&set, COMPARE_B)->offset, at(&set, COMPARE_A)->offset);
    assert_int_equal(at(&set, COMPARE_B)->offset, at(&set, COMPARE_A)->offset);
    press(&set, '=');
    assert_shows(&set, 36, 120, "Both tell the same: ", true);
    end(&set);
}

static void where_one_ends_the_other_goes_on(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(40, 0, NULL));
    press(&set, '=');
    assert_int_equal(at(&set, COMPARE_A)->n, 41);
    assert_int_equal(at(&set, COMPARE_B)->n, 40);
    assert_shows(&set, 36, 120, "They part here, where the right one ends, after 40 equal events.",
                 true);
    press(&set, KEYS_END);
    assert_int_equal(at(&set, COMPARE_B)->n, 40);
    press(&set, 'o');
    press(&set, KEYS_END);
    assert_int_equal(at(&set, COMPARE_A)->n, 41);
    press(&set, ',');
    assert_int_equal(at(&set, COMPARE_A)->n, 39);
    end(&set);
}

static void playing_takes_the_other_one_along(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, changed(EVENTS, 33, one_more));
    press(&set, ' ');
    for (int i = 0; i < 40; i++)
        pair_tick(&set.pair, i * INT64_C(100000000));
    assert_true(at(&set, COMPARE_A)->n > 33);
    assert_true(at(&set, COMPARE_B)->n > 33);
    press(&set, ' ');
    press(&set, 'P');
    assert_true(*pair_leader(&set.pair)->view.message != '\0');
    end(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_are_seen_where_they_part),
        cmocka_unit_test(each_half_has_its_file_and_its_sentence_at_every_size),
        cmocka_unit_test(a_small_screen_shows_the_one_that_leads),
        cmocka_unit_test(help_has_the_whole_screen),
        cmocka_unit_test(a_filter_is_seen_where_the_keys_go),
        cmocka_unit_test(f_gives_the_whole_screen_and_o_the_other_one),
        cmocka_unit_test(a_pane_is_maximised_in_both),
        cmocka_unit_test(a_click_in_the_other_half_lets_it_lead),
        cmocka_unit_test(until_they_part_it_is_the_same_event),
        cmocka_unit_test(behind_that_it_is_the_same_turn_and_the_same_note),
        cmocka_unit_test(a_note_holds_both_together_whatever_turns_lie_before_it),
        cmocka_unit_test(a_place_has_the_same_place_beside_it_whatever_the_way),
        cmocka_unit_test(a_trace_is_the_same_as_itself),
        cmocka_unit_test(where_one_ends_the_other_goes_on),
        cmocka_unit_test(playing_takes_the_other_one_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

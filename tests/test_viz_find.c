/*
 * test_viz_find - search and filter: what is found is what is there, both ways, and looking can be
 * stopped at any time.
 */
#include "viz_support.h"
#include "explain.h"
#include "find.h"
#include "keys.h"
#include "source.h"
#include "viewer.h"

#include <errno.h>
#include <fcntl.h>

/* Of most kinds so many events that not all of their sentences are made. */
enum { LONG_TRACE = 10000, MOST = 10000 };
static char long_trace[] = "/tmp/loopscope-find-XXXXXX";

static int make_long_trace(void **state)
{
    (void)state;
    make_trace(long_trace, LONG_TRACE);
    return 0;
}

static int unlink_long_trace(void **state)
{
    (void)state;
    return unlink(long_trace);
}

static void find_open(struct find *find)
{
    int fd = open(long_trace, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(find_begin(find, fd, long_trace), 0);
}

/* All places at which it is found, in the order found. */
static size_t all_found(struct find *find, const char *text, const char *words, int direction,
                        int64_t *places, size_t room)
{
    struct filter filter = { .n_terms = 0 };
    int64_t from = direction > 0 ? 0 : INT64_MAX;
    size_t n = 0;
    int rc;
    assert_int_equal(filter_set(&filter, words), 0);
    assert_int_equal(find_for(find, text, &filter, from, direction, NULL), 0);
    while ((rc = find_more(find, 100)) != 0) {
        assert_true(rc == 1 || rc == -EAGAIN);
        if (rc == 1 && n < room)
            places[n++] = find->found;
    }
    return n;
}

/* Each event of the trace with its sentence, made without any short cut. */
struct reading {
    struct trace trace;
    struct line line;
    struct event event;
    struct model *model;
    char sentence[EXPLAIN_SIZE];
};

static void reading_begin(struct reading *reading)
{
    *reading = (struct reading){ .model = model_create() };
    event_init(&reading->event);
    assert_int_equal(trace_open(&reading->trace, long_trace), 0);
}

/* False at the end, and then all of it is given back. */
static bool reading_next(struct reading *reading)
{
    struct event *event = &reading->event;
    if (trace_line_at(&reading->trace, reading->line.next, &reading->line) <= 0) {
        event_fini(event);
        trace_close(&reading->trace);
        model_destroy(reading->model);
        return false;
    }
    assert_int_equal(event_parse(event, reading->line.text), 0);
    reading->model->t_ns = event->t_ns;
    explain(reading->sentence, sizeof reading->sentence, event, reading->model);
    return true;
}

/* The same as all_found(). */
static size_t all_there(const char *text, const char *words, int64_t *places, size_t room)
{
    struct filter filter = { .n_terms = 0 };
    struct reading reading;
    size_t n = 0;
    assert_int_equal(filter_set(&filter, words), 0);
    reading_begin(&reading);
    while (reading_next(&reading)) {
        const struct event *event = &reading.event;
        if (!history_stops_at(event->kind) || !filter_wants(&filter, event))
            continue;
        bool holds = find_word(slice_of(reading.sentence), slice_of(text)) >= 0 ||
                     find_word(event->ev, slice_of(text)) >= 0;
        for (size_t i = 0; i < event->n_fields; i++) {
            const struct field *field = &event->fields[i];
            holds |= (field->kind == FIELD_TEXT || field->kind == FIELD_LIST) &&
                     find_word(field->value, slice_of(text)) >= 0;
        }
        if (holds && n < room)
            places[n++] = reading.line.offset;
    }
    return n;
}

static void what_is_found_is_what_is_there_both_ways(void **state)
{
    static const char *const sought[][2] = {
        { "handle", "" },
        { "is due and fires", "" },
        { "CANCELLED", "" },
        { "ready queue", "" },
        { "crowd.c:2", "" },
        { "no such thing at all", "" },
        { "us late", "" },
        { "2044", "" },
        { "10.4", "" },
        { "", "ev:timer" },
        { "", "task:ticker" },
        { "", "warn" },
        { "", "task:worker -ev:task" },
        { "fires", "task:ticker" },
        { "", "ev:task:done failed" },
    };
    static int64_t found[MOST], there[MOST];
    struct find find;
    (void)state;
    find_open(&find);
    for (size_t i = 0; i < sizeof sought / sizeof *sought; i++) {
        size_t n = all_there(sought[i][0], sought[i][1], there, MOST);
        if (strcmp(sought[i][0], "no such thing at all") != 0 && n == 0)
            fail_msg("nothing for %s %s: the test tests nothing", sought[i][0], sought[i][1]);
        assert_int_equal(all_found(&find, sought[i][0], sought[i][1], 1, found, MOST), n);
        assert_memory_equal(found, there, n * sizeof *found);
        assert_int_equal(all_found(&find, sought[i][0], sought[i][1], -1, found, MOST), n);
        for (size_t j = 0; j < n; j++)
            assert_int_equal(found[j], there[n - 1 - j]);
    }
    find_end(&find);
}

/* What lets lines be passed over when a long number is sought: sentences write those as the line does. */
static void long_numbers_of_a_sentence_stand_in_its_line(void **state)
{
    enum { LONG = 4 };
    struct reading reading;
    size_t n = 0;
    (void)state;
    reading_begin(&reading);
    while (reading_next(&reading))
        for (const char *p = reading.sentence; *(p += strcspn(p, "0123456789")) != '\0';) {
            struct slice number = { p, strspn(p, "0123456789") };
            p += number.len;
            if (number.len < LONG)
                continue;
            n++;
            if (slice_find(reading.line.text, number) < 0)
                fail_msg("%.*s of \"%s\" is not in its line", (int)number.len, number.at,
                         reading.sentence);
        }
    assert_true(n > 0);
}

static void a_filter_that_can_not_be_read_changes_nothing(void **state)
{
    struct filter filter = { .n_terms = 0 };
    char much[200];
    (void)state;
    assert_int_equal(filter_set(&filter, "  warn   task:main "), 0);
    assert_int_equal(filter.n_terms, 2);
    memset(much, 'a', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    assert_int_equal(filter_set(&filter, much), -EINVAL);
    assert_int_equal(filter_set(&filter, "task:"), -EINVAL);
    assert_int_equal(filter_set(&filter, "-ev:"), -EINVAL);
    assert_int_equal(filter_set(&filter, "-"), -EINVAL);
    assert_int_equal(filter_set(&filter, "--"), -EINVAL);
    assert_int_equal(filter_set(&filter, "a b c d e f g h i"), -EINVAL);
    assert_int_equal(filter.n_terms, 2);
    assert_int_equal(filter_set(&filter, ""), 0);
    assert_int_equal(filter.n_terms, 0);
}

static void a_word_is_found_in_capitals_or_not(void **state)
{
    (void)state;
    assert_int_equal(find_word(slice_of("the Loop and the LOOP"), slice_of("loop")), 4);
    assert_int_equal(find_word(slice_of("lo Lo lOOp"), slice_of("loop")), 6);
    assert_int_equal(find_word(slice_of("lo"), slice_of("loop")), -1);
    assert_int_equal(find_word(slice_of("loo"), slice_of("")), 0);
    assert_int_equal(find_word(slice_of("a[b{"), slice_of("{")), 3);
}

/* ---- through the keys ------------------------------------------------------------------------ */

struct set_up {
    struct source *source;
    struct viewer viewer;
};

static void begin(struct set_up *set, const char *path)
{
    char message[256];
    set->source = source_file(path, false, message, sizeof message);
    assert_non_null(set->source);
    assert_int_equal(viewer_init(&set->viewer, set->source, false, 1, 1), 0);
    set->viewer.rows = 36;
    set->viewer.cols = 120;
}

static void end(struct set_up *set)
{
    viewer_fini(&set->viewer);
    source_close(set->source);
}

static void press(struct set_up *set, const char *keys)
{
    for (; *keys != '\0'; keys++)
        viewer_key(&set->viewer, *keys == '\n' ? KEYS_ENTER : *keys, 1);
    for (int i = 0; set->viewer.finding && i < 10000; i++)
        viewer_tick(&set->viewer, 1);
    assert_false(set->viewer.finding);
}

static const struct moment *moment_of(struct set_up *set)
{
    return history_moment(set->viewer.history);
}

static void the_keys_find_the_next_and_the_previous(void **state)
{
    struct set_up set;
    (void)state;
    begin(&set, CROWD);
    press(&set, "/Is Due and FIRES\n");
    assert_int_equal(moment_of(&set)->event->kind, EV_TIMER_FIRE);
    uint64_t first = moment_of(&set)->n;
    press(&set, "n");
    assert_true(moment_of(&set)->n > first);
    press(&set, "N");
    assert_int_equal(moment_of(&set)->n, first);
    press(&set, "N");
    assert_int_equal(moment_of(&set)->n, first);
    assert_non_null(strstr(set.viewer.view.message, "No \"Is Due and FIRES\" before this"));
    end(&set);
}

static void places_can_be_said_in_words(void **state)
{
    struct set_up set;
    (void)state;
    begin(&set, CROWD);
    press(&set, ":next accept\n");
    assert_int_equal(moment_of(&set)->event->kind, EV_SERVER_ACCEPT);
    press(&set, ":first warning\n");
    assert_true(slice_begins(moment_of(&set)->event->ev, "warn:"));
    uint64_t first = moment_of(&set)->n;
    press(&set, ":last warning\n");
    assert_true(slice_begins(moment_of(&set)->event->ev, "warn:"));
    assert_true(moment_of(&set)->n > first);
    press(&set, ":turn 7\n");
    assert_int_equal(moment_of(&set)->model->turn, 7);
    press(&set, ":event 40\n");
    assert_int_equal(moment_of(&set)->n, 40);
    press(&set, ":next\n");
    assert_non_null(strstr(set.viewer.view.message, "Not a place"));
    press(&set, ":\n");
    assert_non_null(strstr(set.viewer.view.message, "an empty line. Try"));
    end(&set);
}

static void a_search_that_fails_says_where_it_looked(void **state)
{
    struct set_up set;
    (void)state;
    begin(&set, "lessons/traces/01_while_loop.jsonl");
    press(&set, ":first warning\n");
    assert_string_equal(set.viewer.view.message, "No warning in this trace");
    press(&set, ":last failures\n");
    assert_string_equal(set.viewer.view.message, "No failure in this trace");
    press(&set, ".:next failure\n");
    assert_string_equal(set.viewer.view.message, "No failure after this");
    press(&set, ":last ev:conn\n");
    assert_string_equal(set.viewer.view.message, "No \"ev:conn\" in this trace");
    end(&set);
}

static void with_a_filter_steps_go_from_one_wanted_event_to_the_next(void **state)
{
    struct set_up set;
    (void)state;
    begin(&set, CROWD);
    press(&set, "\\ev:timer:fire\n..");
    assert_int_equal(moment_of(&set)->event->kind, EV_TIMER_FIRE);
    uint64_t second = moment_of(&set)->n;
    press(&set, ",");
    assert_int_equal(moment_of(&set)->event->kind, EV_TIMER_FIRE);
    assert_true(moment_of(&set)->n < second);
    viewer_key(&set.viewer, '\\', 1);
    assert_string_equal(set.viewer.view.prompt, "ev:timer:fire ");
    press(&set, "task:\n"); /* a word more, which is none */
    assert_non_null(strstr(set.viewer.view.message, "Not a filter"));
    assert_string_equal(set.viewer.view.filter.text, "ev:timer:fire");
    viewer_key(&set.viewer, '\\', 1);
    for (int i = 0; i < 14; i++)
        viewer_key(&set.viewer, KEYS_BACKSPACE, 1);
    uint64_t here = moment_of(&set)->n;
    press(&set, "\n.");
    assert_int_equal(moment_of(&set)->n, here + 1);
    end(&set);
}

static void marks_are_gone_back_to(void **state)
{
    struct set_up set;
    (void)state;
    begin(&set, CROWD);
    press(&set, "'");
    assert_non_null(strstr(set.viewer.view.message, "No place is marked"));
    press(&set, ":event 40\nm:mark 2\n");
    assert_string_equal(set.viewer.view.message, "There is 1 mark");
    press(&set, ":event 90\nm:event 200\n'");
    assert_int_equal(moment_of(&set)->n, 90);
    press(&set, "'");
    assert_int_equal(moment_of(&set)->n, 40);
    press(&set, ":mark 2\n");
    assert_int_equal(moment_of(&set)->n, 90);
    press(&set, ":mark 3\n");
    assert_int_equal(moment_of(&set)->n, 90);
    end(&set);
}

/* Two hundred copies end to end: more than one look takes in. */
static void escape_stops_a_search_and_stays_where_it_was(void **state)
{
    char path[] = "/tmp/loopscope-find-XXXXXX";
    struct set_up set;
    size_t len;
    char *bytes = file_bytes(CROWD, &len);
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    for (int i = 0; i < 200; i++)
        assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
    free(bytes);
    begin(&set, path);
    for (const char *key = "/wherever 0.1234567 is"; *key != '\0'; key++)
        viewer_key(&set.viewer, *key, 1);
    viewer_key(&set.viewer, KEYS_ENTER, 1);
    assert_true(set.viewer.finding);
    assert_int_equal(viewer_timeout_ms(&set.viewer, 1), 0);
    assert_non_null(strstr(set.viewer.view.message, "Esc stops"));
    viewer_key(&set.viewer, KEYS_ESCAPE, 1);
    assert_false(set.viewer.finding);
    assert_non_null(strstr(set.viewer.view.message, "Stopped looking"));
    assert_int_equal(moment_of(&set)->offset, 0);
    viewer_key(&set.viewer, 'n', 1);
    assert_true(set.viewer.finding);
    viewer_key(&set.viewer, '.', 1);
    assert_false(set.viewer.finding);
    assert_true(moment_of(&set)->offset > 0);
    end(&set);
    unlink(path);
}

static void the_programs_own_lines_are_searched_too(void **state)
{
    struct set_up set;
    (void)state;
    begin(&set, "lessons/traces/01_while_loop.jsonl");
    press(&set, "/asyncio.run(main())\n");
    assert_int_equal(moment_of(&set)->event->kind, EV_TASK_NEW);
    assert_int_equal(src_line(event_text(moment_of(&set)->event, "src")), 54);
    end(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_is_what_is_there_both_ways),
        cmocka_unit_test(long_numbers_of_a_sentence_stand_in_its_line),
        cmocka_unit_test(a_filter_that_can_not_be_read_changes_nothing),
        cmocka_unit_test(a_word_is_found_in_capitals_or_not),
        cmocka_unit_test(the_keys_find_the_next_and_the_previous),
        cmocka_unit_test(places_can_be_said_in_words),
        cmocka_unit_test(a_search_that_fails_says_where_it_looked),
        cmocka_unit_test(with_a_filter_steps_go_from_one_wanted_event_to_the_next),
        cmocka_unit_test(marks_are_gone_back_to),
        cmocka_unit_test(escape_stops_a_search_and_stays_where_it_was),
        cmocka_unit_test(the_programs_own_lines_are_searched_too),
    };
    return cmocka_run_group_tests(tests, make_long_trace, unlink_long_trace);
}

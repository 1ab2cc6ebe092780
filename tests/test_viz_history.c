/*
 * test_viz_history - the same place shows the same moment, whatever way one came there.
 */
#include "viz_support.h"
#include "view.h"

#include <errno.h>
#include <glob.h>

static struct history *history_of_file(const char *path)
{
    size_t len;
    char *bytes = file_bytes(path, &len);
    struct history *history;
    assert_int_equal(history_open(&history, fd_with(bytes, len), path), 0);
    free(bytes);
    return history;
}

static struct history *crowd_history(void)
{
    return history_of_file(CROWD);
}

/*
 * All that can be seen: the whole screen, then each pane by itself, one behind the other. The
 * caller frees.
 */
static char *all_that_is_seen(const struct history *history)
{
    char *all = NULL;
    size_t len;
    FILE *stream = open_memstream(&all, &len);
    struct view view;
    for (int pane = -1; pane < PANE_COUNT; pane += pane < 0 ? 1 : PANE_COUNT / 4) {
        struct canvas *canvas = canvas_create(36, 120);
        view_init(&view);
        view.maximised = pane >= 0;
        view.focus = pane >= 0 ? (enum pane)pane : PANE_SOURCE;
        view_draw(canvas, &view, history);
        char *text = canvas_text(canvas, CANVAS_UTF8);
        fputs(text, stream);
        free(text);
        canvas_destroy(canvas);
    }
    fclose(stream);
    return all;
}

static uint64_t hash(const char *text)
{
    uint64_t sum = UINT64_C(14695981039346656037);
    for (; *text != '\0'; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return sum;
}

static uint64_t seen(const struct history *history)
{
    char *all = all_that_is_seen(history);
    uint64_t sum = hash(all);
    free(all);
    return sum;
}

enum { MOST = 20000 };

struct walk {
    int64_t offset[MOST];
    uint64_t seen[MOST];
    size_t n;
};

static struct walk *walk_forward(struct history *history)
{
    struct walk *walk = calloc(1, sizeof *walk);
    assert_non_null(walk);
    assert_int_equal(history_go_start(history), 1);
    do {
        assert_true(walk->n < MOST);
        walk->offset[walk->n] = history_moment(history)->offset;
        walk->seen[walk->n++] = seen(history);
    } while (history_step(history, 1) == 1);
    return walk;
}

static void forward_and_back_agree_on(const char *path)
{
    struct history *history = history_of_file(path), *other = history_of_file(path);
    struct walk *walk = walk_forward(history);
    assert_int_equal(history_go_end(other), 1);
    for (size_t i = walk->n; i-- > 0;) {
        assert_int_equal(history_moment(other)->offset, walk->offset[i]);
        if (seen(other) != walk->seen[i])
            fail_msg("another screen at event %zu (offset %lld) coming back", i,
                     (long long)walk->offset[i]);
        assert_int_equal(history_step(other, -1), i > 0);
    }
    history_close(other);
    history_close(history);
    free(walk);
}

static void forward_and_back_show_identical_screens(void **state)
{
    (void)state;
    forward_and_back_agree_on(CROWD);
}

/* Connections, cancels and failures, and a state record now and then; of as many events as one has time for. */
static void forward_and_back_show_identical_screens_of_a_long_trace(void **state)
{
    char const *events = getenv("HISTORY_EVENTS");
    char path[] = "/tmp/loopscope-history-XXXXXX";
    (void)state;
    make_trace(path, events ? strtol(events, NULL, 10) : 1500L);
    forward_and_back_agree_on(path);
    unlink(path);
}

static void forward_and_back_show_identical_screens_of_every_lesson(void **state)
{
    glob_t lessons;
    (void)state;
    assert_int_equal(glob("lessons/traces/*.jsonl", 0, NULL, &lessons), 0);
    for (size_t i = 0; i < lessons.gl_pathc; i++)
        forward_and_back_agree_on(lessons.gl_pathv[i]);
    globfree(&lessons);
}

static void jumps_from_anywhere_show_the_same_screen(void **state)
{
    struct history *history = crowd_history();
    struct walk *walk = walk_forward(history);
    uint32_t luck = 1;
    (void)state;
    for (int i = 0; i < 400; i++) {
        luck = luck * 1664525 + 1013904223;
        size_t place = (luck >> 8) % walk->n;
        assert_int_equal(history_go_offset(history, walk->offset[place]), 1);
        assert_int_equal(history_moment(history)->offset, walk->offset[place]);
        assert_true(seen(history) == walk->seen[place]);
    }
    history_close(history);
    free(walk);
}

/* Live is a replay whose end grows: byte by byte at the worst. */
static uint64_t seen_at_the_end_of(const char *bytes, size_t len)
{
    struct history *history;
    assert_int_equal(history_open(&history, fd_with(bytes, len), "live"), 0);
    assert_true(history_go_end(history) >= 0);
    uint64_t sum = seen(history);
    history_close(history);
    return sum;
}

static void a_growing_trace_shows_what_the_whole_one_shows(void **state)
{
    struct history *whole = crowd_history(), *live;
    struct walk *walk = walk_forward(whole);
    size_t len, have = 0, at = 0;
    char *bytes = file_bytes(CROWD, &len);
    int fd = fd_with("", 0), writer = dup(fd);
    uint32_t luck = 7;
    (void)state;
    assert_int_equal(history_open(&live, fd, "live"), 0);
    assert_null(history_moment(live)->event);
    while (have < len) {
        luck = luck * 1664525 + 1013904223;
        size_t more = 1 + (luck >> 8) % 700;
        more = more < len - have ? more : len - have;
        assert_int_equal(pwrite(writer, bytes + have, more, (off_t)have), (ssize_t)more);
        have += more;
        assert_int_equal(history_poll(live), 1);
        if (history_moment(live)->event == NULL)
            continue;
        do {
            while (walk->offset[at] < history_moment(live)->offset)
                at++;
            assert_int_equal(history_moment(live)->offset, walk->offset[at]);
        } while (history_step(live, 1) == 1);
        if (luck >> 28 == 0 || have == len)
            assert_true(seen(live) == seen_at_the_end_of(bytes, have));
    }
    assert_int_equal(at, walk->n - 1);
    assert_true(seen(live) == walk->seen[at]);
    assert_true(history_moment(live)->complete && history_moment(live)->at_end);
    assert_int_equal(history_faults(live), 0);
    close(writer);
    history_close(live);
    history_close(whole);
    free(bytes);
    free(walk);
}

/* What a viewer gets that attaches: nothing happens after it, perhaps for hours. */
static void a_state_record_behind_the_last_event_is_seen_at_once(void **state)
{
    static const char head[] = "{\"t\":5.000000000,\"n\":40,\"ev\":\"trace:head\","
                               "\"format\":\"loopscope\",\"version\":1,\"program\":\"p\"}\n";
    static const char record[] =
        "{\"t\":5.000000000,\"n\":40,\"ev\":\"trace:state\",\"turn\":9,\"phase\":\"select\","
        "\"running\":null,\"tasks\":[{\"task\":\"main\",\"state\":\"waiting\",\"on\":\"timer#9\","
        "\"due\":6.000000000}],\"ready\":[],\"timers\":[{\"timer\":\"timer#9\","
        "\"due\":6.000000000,\"wakes\":\"main\"}],\"fds\":[],\"servers\":[],\"conns\":[],"
        "\"totals\":{\"turns\":9}}\n";
    int fd = fd_with(head, strlen(head)), writer = dup(fd);
    struct history *history;
    (void)state;
    assert_int_equal(history_open(&history, fd, "live"), 0);
    const struct model *model = history_moment(history)->model;
    assert_null(model_task(model, slice_of("main")));
    off_t at = (off_t)strlen(head);
    for (size_t i = 0; i < strlen(record); i++, at++) {
        assert_int_equal(pwrite(writer, record + i, 1, at), 1);
        assert_int_equal(history_poll(history), 1);
        assert_true(history_moment(history)->at_end);
    }
    assert_int_equal(history_moment(history)->event->kind, EV_TRACE_HEAD);
    assert_non_null(model_task(model, slice_of("main")));
    assert_non_null(model_timer(model, slice_of("timer#9")));
    assert_int_equal(history_moment(history)->n, 40);
    assert_int_equal(history_step(history, 1), 0);
    assert_int_equal(history_faults(history), 0);
    close(writer);
    history_close(history);
}

/* ---- moves ----------------------------------------------------------------------------------- */

#define HEAD                                                                                       \
    "{\"t\":0.000000000,\"n\":0,\"ev\":\"trace:head\",\"format\":\"loopscope\",\"version\":1,"     \
    "\"program\":\"p\"}\n"
#define TURN(t, n, turn)                                                                           \
    "{\"t\":" t ",\"n\":" n ",\"ev\":\"loop:turn\",\"turn\":" turn ",\"ready\":0,\"timers\":0}\n"
#define SAY(t, n, text) "{\"t\":" t ",\"n\":" n ",\"ev\":\"note:say\",\"text\":\"" text "\"}\n"

static const char small[] = HEAD TURN("1.000000000", "1", "1")
    SAY("1.000000000", "2",
        "a") "{\"t\":1.500000000,\"n\":2,\"ev\":\"trace:hold\",\"took\":1.000000000,\"by\":"
             "\"viewer\"}\n" TURN("2.000000000", "3", "2") TURN("3.000000000", "4", "3")
                 SAY("3.000000000", "5",
                     "b") "{\"t\":3.000000000,\"n\":8,\"ev\":\"trace:gap\",\"lost\":3,\"from\":6,"
                          "\"to\":8}\n" TURN("4.000000000", "9",
                                             "5") "{\"t\":4.000000000,\"n\":9,\"ev\":\"trace:end\","
                                                  "\"events\":9,\"lost\":3,\"how\":\"closed\"}\n";

static const struct moment *at(struct history *history)
{
    return history_moment(history);
}

static void an_event_is_found_by_its_number(void **state)
{
    struct history *history = history_of(small);
    (void)state;
    assert_int_equal(history_go_event(history, 2), 1);
    assert_true(at(history)->n == 2 && at(history)->event->kind == EV_NOTE_SAY);
    assert_int_equal(history_go_event(history, 0), 1);
    assert_int_equal(at(history)->event->kind, EV_TRACE_HEAD);
    assert_int_equal(history_go_event(history, 9), 1);
    assert_int_equal(at(history)->event->kind, EV_LOOP_TURN);
    assert_int_equal(history_go_event(history, 7), 0); /* lost: the nearest before it */
    assert_int_equal(at(history)->n, 5);
    assert_int_equal(history_go_event(history, 1000), 0);
    assert_int_equal(at(history)->event->kind, EV_TRACE_END);
    history_close(history);
}

static void a_time_is_the_moment_after_the_last_event_until_then(void **state)
{
    struct history *history = history_of(small);
    (void)state;
    assert_int_equal(history_go_time(history, 1000000000), 1);
    assert_int_equal(at(history)->n, 2);
    assert_int_equal(at(history)->event->kind, EV_NOTE_SAY);
    assert_int_equal(history_go_time(history, 2999999999), 1);
    assert_int_equal(at(history)->n, 3);
    assert_int_equal(history_go_time(history, -5), 1);
    assert_int_equal(at(history)->event->kind, EV_TRACE_HEAD);
    assert_int_equal(history_go_time(history, INT64_MAX), 1);
    assert_true(at(history)->at_end);
    history_close(history);
}

static void turns_and_notes_are_stepped_to_in_both_directions(void **state)
{
    struct history *history = history_of(small);
    (void)state;
    assert_int_equal(history_go_turn(history, 3), 1);
    assert_int_equal(at(history)->n, 4);
    assert_int_equal(history_go_turn(history, 77), 0);
    assert_true(at(history)->at_end);
    assert_int_equal(history_go_turn(history, 3), 1);
    assert_int_equal(history_step_turn(history, 1), 1);
    assert_int_equal(at(history)->n, 9);
    assert_int_equal(history_step_turn(history, 1), 0);
    assert_int_equal(history_step_turn(history, -1), 1);
    assert_int_equal(at(history)->n, 4);
    assert_int_equal(history_step_to(history, -1, is_note, NULL), 1);
    assert_int_equal(at(history)->n, 2);
    assert_int_equal(history_step_to(history, -1, is_note, NULL), 0);
    assert_int_equal(history_step_to(history, 1, is_note, NULL), 1);
    assert_int_equal(at(history)->n, 5);
    history_close(history);
}

static void steps_stop_at_the_ends_and_say_so(void **state)
{
    struct history *history = history_of(small);
    int64_t t_ns;
    enum event_kind kind;
    (void)state;
    assert_int_equal(history_step(history, -1), 0);
    assert_int_equal(at(history)->event->kind, EV_TRACE_HEAD);
    assert_int_equal(history_peek(history, &t_ns, &kind), 1);
    assert_true(t_ns == 1000000000 && kind == EV_LOOP_TURN);
    assert_int_equal(history_step(history, 3), 1);
    assert_int_equal(at(history)->event->kind, EV_TRACE_HOLD);
    assert_int_equal(history_step(history, 1000), 1);
    assert_true(at(history)->at_end && at(history)->complete);
    assert_int_equal(history_step(history, 1), 0);
    assert_int_equal(history_peek(history, &t_ns, &kind), 0);
    assert_int_equal(history_step(history, -2), 1);
    assert_int_equal(at(history)->event->kind, EV_TRACE_GAP);
    history_close(history);
}

static void tenths_go_through_the_whole_trace(void **state)
{
    struct history *history = crowd_history();
    int64_t before = -1;
    (void)state;
    for (int tenth = 0; tenth <= 10; tenth++) {
        assert_int_equal(history_go_fraction(history, tenth / 10.0), 1);
        assert_true(at(history)->offset > before);
        before = at(history)->offset;
    }
    assert_true(at(history)->at_end);
    history_close(history);
}

static void tenths_count_events_and_not_the_sources_bytes(void **state)
{
    struct history *history = crowd_history();
    uint64_t last = at(history)->n_last;
    (void)state;
    assert_true(last > 100);
    for (int tenth = 1; tenth < 10; tenth++) {
        history_go_fraction(history, tenth / 10.0);
        assert_in_range(at(history)->n, last * (uint64_t)tenth / 10 - 5,
                        last * (uint64_t)tenth / 10 + 1);
        assert_in_range((int)(100 * at(history)->share + 0.5), 10 * tenth - 1, 10 * tenth);
    }
    history_go_start(history);
    assert_true(at(history)->share == 0);
    history_go_end(history);
    assert_true(at(history)->share == 1);
    history_close(history);
}

static void joined_traces_are_runs_of_their_own(void **state)
{
    char both[2 * sizeof small];
    snprintf(both, sizeof both, "%s%s", small, small);
    struct history *history = history_of(both);
    (void)state;
    assert_int_equal(history_go_event(history, 3), 1);
    assert_true(at(history)->offset < (int64_t)sizeof small);
    assert_int_equal(history_go_end(history), 1);
    assert_true(at(history)->offset > (int64_t)sizeof small);
    assert_int_equal(at(history)->n_last, 9);
    assert_int_equal(history_step_turn(history, -1), 1);
    assert_true(at(history)->offset > (int64_t)sizeof small);
    assert_int_equal(at(history)->model->turn, 5);
    assert_int_equal(history_go_fraction(history, 0.45), 1);
    assert_true(at(history)->offset < (int64_t)sizeof small && at(history)->share < 0.5);
    assert_int_equal(history_go_fraction(history, 0.55), 1);
    assert_true(at(history)->offset > (int64_t)sizeof small - 10 && at(history)->share > 0.5);
    history_close(history);
}

/* ---- what it carries, what is bad ------------------------------------------------------------ */

static void sources_are_found_wherever_they_stand(void **state)
{
    struct history *history = history_of(HEAD TURN(
        "1.000000000", "1", "1") "{\"t\":1.000000000,\"n\":1,\"ev\":\"trace:source\",\"file\":\"a."
                                 "c\",\"text\":\"one\\ntwo\\r\\n\\nfour\"}\n"
                                 "{\"t\":1.000000000,\"n\":1,\"ev\":\"trace:source\",\"file\":\"b."
                                 "c\",\"cut\":\"too long\"}\n"
                                 "{\"t\":1.000000000,\"n\":1,\"ev\":\"trace:source\",\"file\":\"c."
                                 "c\",\"text\":\"al\",\"part\":1,\"of\":2}\n"
                                 "{\"t\":1.000000000,\"n\":1,\"ev\":\"trace:source\",\"file\":\"c."
                                 "c\",\"text\":\"l\\nit\",\"part\":2,\"of\":2}\n");
    const struct source_text *source = history_source(history, slice_of("a.c"));
    (void)state;
    assert_non_null(source);
    assert_int_equal(source->n_lines, 4);
    assert_true(slice_is(source->lines[1], "two"));
    assert_true(slice_is(source->lines[3], "four"));
    assert_string_equal(history_source(history, slice_of("b.c"))->cut, "too long");
    assert_true(slice_is(history_source(history, slice_of("c.c"))->lines[0], "all"));
    assert_null(history_source(history, slice_of("d.c")));
    history_close(history);
}

static int64_t bad_line;

static void note_fault(void *context, int64_t line, const char *what)
{
    (void)context;
    (void)what;
    bad_line = line;
}

static void a_bad_line_is_told_by_number_and_passed_over(void **state)
{
    struct history *history =
        history_of(HEAD TURN("1.000000000", "1", "1") "rubbish\n" TURN("2.000000000", "2", "2"));
    (void)state;
    history_on_fault(history, note_fault, NULL);
    assert_int_equal(history_go_end(history), 1);
    assert_int_equal(at(history)->model->turn, 2);
    assert_int_equal(bad_line, 3);
    assert_int_equal(history_faults(history), 1);
    history_step(history, -1);
    history_step(history, 1);
    assert_int_equal(history_faults(history), 1);
    history_close(history);
}

static void a_last_line_without_lf_counts_when_it_parses(void **state)
{
    struct history *history = history_of(
        HEAD TURN("1.000000000", "1", "1") "{\"t\":2.0,\"n\":2,\"ev\":\"loop:turn\",\"turn\":2}");
    (void)state;
    history_go_end(history);
    assert_int_equal(at(history)->n, 2);
    assert_int_equal(history_faults(history), 0);
    history_close(history);
    history = history_of(HEAD TURN("1.000000000", "1", "1") "{\"t\":2.0,\"n\":2,\"ev\":\"loo");
    history_go_end(history);
    assert_int_equal(at(history)->n, 1);
    assert_int_equal(history_faults(history), 0);
    history_close(history);
}

static void a_newer_version_is_refused(void **state)
{
    static const char head[] =
        "{\"t\":0.0,\"n\":0,\"ev\":\"trace:head\",\"format\":\"loopscope\",\"version\":2}\n";
    struct history *history;
    (void)state;
    assert_int_equal(history_open(&history, fd_with(head, strlen(head)), "new"), -EPROTONOSUPPORT);
    assert_null(history);
}

static void an_empty_trace_has_a_moment_without_event(void **state)
{
    struct history *history = history_of("");
    (void)state;
    assert_null(at(history)->event);
    assert_non_null(at(history)->model);
    assert_int_equal(history_step(history, 1), 0);
    assert_int_equal(history_step(history, -1), 0);
    assert_int_equal(history_step_turn(history, 1), 0);
    assert_int_equal(history_go_event(history, 5), 0);
    assert_int_equal(history_go_time(history, 5), 0);
    assert_int_equal(history_go_fraction(history, 0.5), 0);
    history_close(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_and_back_show_identical_screens),
        cmocka_unit_test(forward_and_back_show_identical_screens_of_a_long_trace),
        cmocka_unit_test(forward_and_back_show_identical_screens_of_every_lesson),
        cmocka_unit_test(jumps_from_anywhere_show_the_same_screen),
        cmocka_unit_test(a_growing_trace_shows_what_the_whole_one_shows),
        cmocka_unit_test(a_state_record_behind_the_last_event_is_seen_at_once),
        cmocka_unit_test(an_event_is_found_by_its_number),
        cmocka_unit_test(a_time_is_the_moment_after_the_last_event_until_then),
        cmocka_unit_test(turns_and_notes_are_stepped_to_in_both_directions),
        cmocka_unit_test(steps_stop_at_the_ends_and_say_so),
        cmocka_unit_test(tenths_go_through_the_whole_trace),
        cmocka_unit_test(tenths_count_events_and_not_the_sources_bytes),
        cmocka_unit_test(joined_traces_are_runs_of_their_own),
        cmocka_unit_test(sources_are_found_wherever_they_stand),
        cmocka_unit_test(a_bad_line_is_told_by_number_and_passed_over),
        cmocka_unit_test(a_last_line_without_lf_counts_when_it_parses),
        cmocka_unit_test(a_newer_version_is_refused),
        cmocka_unit_test(an_empty_trace_has_a_moment_without_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_viz_stats - the figures of a trace are those of its events, whatever was lost of it.
 */
#include "viz_support.h"
#include "stats.h"

#define E(t, n, rest) "{\"t\":" t ",\"n\":" n ",\"ev\":" rest "}\n"
#define HEAD                                                                                       \
    E("0.000000000", "0", "\"trace:head\",\"format\":\"loopscope\",\"version\":1,\"program\":\"p\"")

static void stats_of(struct stats *stats, const char *text)
{
    struct event event;
    stats_init(stats);
    event_init(&event);
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        assert_int_equal(event_parse(&event, (struct slice){ text, len }), 0);
        assert_int_equal(stats_add(stats, &event), 0);
        text += len + (text[len] == '\n');
    }
    event_fini(&event);
}

static void the_made_up_trace_has_the_totals_that_its_own_records_say(void **state)
{
    struct stats stats;
    size_t len;
    char *bytes = file_bytes(CROWD, &len);
    struct model *model = model_of(bytes);
    (void)state;
    stats_of(&stats, bytes);
    assert_int_equal(stats.totals.turns, model->totals.turns);
    assert_int_equal(stats.totals.steps, model->totals.steps);
    assert_int_equal(stats.totals.calls, model->totals.calls);
    assert_int_equal(stats.totals.timers, model->totals.timers);
    assert_int_equal(stats.totals.accepted, model->totals.accepted);
    assert_int_equal(stats.totals.in, model->totals.in);
    assert_int_equal(stats.totals.out, model->totals.out);
    assert_int_equal(stats.totals.busy_ns, model->totals.busy_ns);
    assert_int_equal(stats.totals.waited_ns, model->totals.waited_ns);
    assert_int_equal(stats.lost, 4);
    assert_int_equal(stats.holes, 0);
    stats_fini(&stats);
    model_destroy(model);
    free(bytes);
}

static const char with_gap[] =
    HEAD E("1.000000000", "1", "\"loop:turn\",\"turn\":1,\"ready\":0,\"timers\":0")
        E("2.000000000", "9", "\"trace:gap\",\"lost\":8,\"from\":2,\"to\":9")
            E("2.000000000", "9",
              "\"trace:state\",\"turn\":5,\"totals\":{\"turns\":5,\"steps\":7,\"calls\":1,"
              "\"timers\":2,\"late_max\":0.500000000,\"accepted\":3,\"in\":10,\"out\":20,"
              "\"busy\":0.250000000,\"waited\":1.500000000}")
                E("3.000000000", "10", "\"loop:turn\",\"turn\":6,\"ready\":0,\"timers\":0");

static void what_a_gap_lost_is_made_good_by_the_next_state_record(void **state)
{
    struct stats stats;
    (void)state;
    stats_of(&stats, with_gap);
    assert_int_equal(stats.events, 2);
    assert_int_equal(stats.lost, 8);
    assert_int_equal(stats.totals.turns, 6);
    assert_int_equal(stats.totals.steps, 7);
    assert_int_equal(stats.totals.late_max_ns, 500000000);
    assert_int_equal(stats.totals.busy_ns, 250000000);
    assert_int_equal(stats.holes, 0);
    stats_fini(&stats);
}

static void a_piece_that_begins_with_a_state_record_counts_from_there(void **state)
{
    struct stats stats;
    (void)state;
    stats_of(&stats, strstr(with_gap, "{\"t\":2.000000000,\"n\":9,\"ev\":\"trace:state\""));
    assert_int_equal(stats.events, 1);
    assert_int_equal(stats.totals.turns, 1);
    assert_int_equal(stats.totals.steps, 0);
    assert_int_equal(stats.totals.in, 0);
    stats_fini(&stats);
}

static void runs_joined_end_to_end_are_summed(void **state)
{
    struct stats stats;
    size_t len = strlen(with_gap);
    char *twice = malloc(2 * len + 1);
    (void)state;
    assert_non_null(twice);
    memcpy(twice, with_gap, len);
    memcpy(twice + len, with_gap, len + 1);
    stats_of(&stats, twice);
    assert_int_equal(stats.runs, 2);
    assert_int_equal(stats.totals.turns, 12);
    assert_int_equal(stats.totals.steps, 14);
    assert_int_equal(stats.lost, 16);
    stats_fini(&stats);
    free(twice);
}

static void a_hole_in_n_is_counted(void **state)
{
    struct stats stats;
    (void)state;
    stats_of(&stats, HEAD E("1.000000000", "1", "\"note:mark\",\"name\":\"a\"")
                         E("1.000000000", "3", "\"note:mark\",\"name\":\"b\""));
    assert_int_equal(stats.holes, 1);
    stats_fini(&stats);
}

static void the_slowest_steps_stand_first_with_their_lines(void **state)
{
    struct stats stats;
    char line[400];
    (void)state;
    stats_init(&stats);
    struct event event;
    event_init(&event);
    for (int i = 1; i <= 100; i++) {
        snprintf(line, sizeof line,
                 "{\"t\":1.000000000,\"n\":%d,\"ev\":\"task:begin\",\"task\":\"w#%d\",\"step\":1,"
                 "\"waited\":0.000000001,\"src\":\"a.c:%d\"}",
                 2 * i - 1, i, i);
        assert_int_equal(event_parse(&event, slice_of(line)), 0);
        assert_int_equal(stats_add(&stats, &event), 0);
        snprintf(line, sizeof line,
                 "{\"t\":1.000000000,\"n\":%d,\"ev\":\"task:end\",\"task\":\"w#%d\","
                 "\"took\":0.%09d,\"next\":\"await\"}",
                 2 * i, i, (i * 37) % 101);
        assert_int_equal(event_parse(&event, slice_of(line)), 0);
        assert_int_equal(stats_add(&stats, &event), 0);
    }
    event_fini(&event);
    assert_int_equal(stats.n_slowest, STATS_SLOWEST);
    for (int i = 0; i < STATS_SLOWEST; i++) {
        assert_int_equal(stats.slowest[i].took_ns, 100 - i);
        uint64_t number = id_number(str_slice(&stats.slowest[i].id));
        assert_int_equal(number * 37 % 101, 100 - i);
        assert_int_equal(src_line(str_slice(&stats.slowest[i].src)), number);
    }
    stats_fini(&stats);
}

static void percentiles_are_right_within_three_percent(void **state)
{
    static struct spread spread;
    (void)state;
    for (int64_t i = 1; i <= 100000; i++)
        spread_add(&spread, i * 1000);
    assert_int_equal(spread.least_ns, 1000);
    assert_int_equal(spread.most_ns, 100000000);
    for (int percent = 1; percent < 100; percent++) {
        int64_t exact = percent * INT64_C(1000000), found = spread_at(&spread, percent / 100.0);
        assert_in_range(found, exact - exact / 32, exact + exact / 32);
    }
    static struct spread one;
    spread_add(&one, 12345678);
    assert_int_equal(spread_at(&one, 0.01), 12345678);
    assert_int_equal(spread_at(&one, 1), 12345678);
}

static void a_percentile_is_a_span_that_there_was(void **state)
{
    static struct spread two, fifty;
    (void)state;
    spread_add(&two, 0);
    spread_add(&two, 350000000);
    assert_int_equal(spread_at(&two, 0.5), 350000000);
    for (int i = 0; i < 50; i++)
        spread_add(&fifty, 50000000);
    spread_add(&fifty, 50300000); /* in the same bucket */
    spread_add(&fifty, 49000000); /* not */
    assert_int_equal(spread_at(&fifty, 0.01), 49000000);
    assert_int_equal(spread_at(&fifty, 0.5), 50300000);
}

#define CALL(n, id, fn)                                                                            \
    E("1.000000000", n,                                                                            \
      "\"call:ready\",\"call\":\"" id "\",\"fn\":\"" fn "\",\"by\":\"main#1\",\"why\":\"soon\"")
#define BEGIN(n, id)                                                                               \
    E("1.000000000", n, "\"call:begin\",\"call\":\"" id "\",\"waited\":0.000000000")
#define END(n, id) E("1.000000000", n, "\"call:end\",\"call\":\"" id "\",\"took\":0.050000000")

static const char calls[] = HEAD CALL("1", "call#2", "piece") CALL("2", "call#3", "tick")
    CALL("3", "call#4", "piece") E("1.000000000", "4", "\"call:cancel\",\"call\":\"call#4\"")
        BEGIN("5", "call#2") END("6", "call#2") BEGIN("7", "call#3") END("8", "call#3")
            E("1.000000000", "9",
              "\"timer:fire\",\"timer\":\"timer#5\",\"wakes\":\"call#6\",\"late\":1.900000000")
                E("1.000000000", "10", "\"warn:late_timer\",\"timer\":\"timer#5\",\"late\":1.9")
                    CALL("11", "call#6", "piece") BEGIN("12", "call#6") END("13", "call#6");

static void calls_stand_under_their_functions(void **state)
{
    struct stats stats;
    char *said = NULL;
    size_t len;
    (void)state;
    stats_of(&stats, calls);
    assert_int_equal(stats.n_names, 2);
    assert_string_equal(str_text(&stats.names[0]->name), "call (piece)");
    assert_int_equal(stats.names[0]->steps.count, 2);
    assert_int_equal(stats.names[0]->lates.most_ns, 1900000000);
    assert_string_equal(str_text(&stats.names[1]->name), "call (tick)");
    assert_int_equal(stats.calls.ready.n, 0);
    FILE *out = open_memstream(&said, &len);
    stats_say(&stats, out);
    fclose(out);
    assert_non_null(strstr(strstr(said, "Slowest"), "piece()"));
    assert_non_null(strstr(said, "    late timer 1\n"));
    free(said);
    stats_fini(&stats);
}

static void json_is_one_object_with_the_documented_keys(void **state)
{
    struct stats stats;
    char *said = NULL;
    size_t len;
    (void)state;
    stats_of(&stats, with_gap);
    FILE *out = open_memstream(&said, &len);
    stats_say_json(&stats, 3, out);
    fclose(out);
    assert_string_equal(said, "{\"events\":2,\"turns\":6,\"tasks\":0,\"steps\":7,\"timers\":2,"
                              "\"accepted\":3,\"in\":10,\"out\":20,\"seconds\":0.000000000,"
                              "\"busy\":0.250000000,\"waited\":1.500000000,\"lost\":8,"
                              "\"faults\":3}\n");
    free(said);
    stats_fini(&stats);
}

static void the_words_are_clean_whatever_a_task_is_called(void **state)
{
    struct stats stats;
    char *said = NULL;
    size_t len;
    (void)state;
    stats_of(&stats, HEAD E("1.000000000", "1",
                            "\"task:begin\",\"task\":\"a\\u001b[2J\\u202e#1\",\"step\":1,"
                            "\"waited\":0.000000001,\"src\":\"\\u001b.c:1\"")
                         E("1.000000000", "2",
                           "\"task:end\",\"task\":\"a\\u001b[2J\\u202e#1\",\"took\":0.000000009,"
                           "\"next\":\"done\""));
    FILE *out = open_memstream(&said, &len);
    stats_say(&stats, out);
    fclose(out);
    assert_non_null(strstr(said, "\\x1b[2J"));
    assert_true(is_clean(said, len));
    free(said);
    stats_fini(&stats);
}

static void spans_of_centuries_are_summed_without_overflow(void **state)
{
    struct stats stats;
    (void)state;
    stats_of(&stats,
             E("0.000000000", "0", "\"trace:state\",\"totals\":{\"busy\":-4294967296.000000000}")
                 E("0.000000000", "1", "\"task:new\",\"task\":\"a#1\"")
                     E("0.000000000", "3", "\"trace:gap\",\"lost\":2,\"from\":2,\"to\":3")
                         E("0.000000000", "3",
                           "\"trace:state\",\"totals\":{\"busy\":9100000000.000000000}"));
    assert_int_equal(stats.totals.busy_ns, INT64_MAX);
    stats_fini(&stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_made_up_trace_has_the_totals_that_its_own_records_say),
        cmocka_unit_test(what_a_gap_lost_is_made_good_by_the_next_state_record),
        cmocka_unit_test(a_piece_that_begins_with_a_state_record_counts_from_there),
        cmocka_unit_test(runs_joined_end_to_end_are_summed),
        cmocka_unit_test(a_hole_in_n_is_counted),
        cmocka_unit_test(the_slowest_steps_stand_first_with_their_lines),
        cmocka_unit_test(percentiles_are_right_within_three_percent),
        cmocka_unit_test(a_percentile_is_a_span_that_there_was),
        cmocka_unit_test(calls_stand_under_their_functions),
        cmocka_unit_test(json_is_one_object_with_the_documented_keys),
        cmocka_unit_test(the_words_are_clean_whatever_a_task_is_called),
        cmocka_unit_test(spans_of_centuries_are_summed_without_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

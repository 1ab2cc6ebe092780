/*
 * test_viz_check - a true trace is good, and each untruth is told with its line, event, expected,
 * found.
 */
#include "viz_support.h"
#include "check.h"

/* What check says of these bytes; the caller frees. The file's name reads as T. */
static char *check_bytes(const char *bytes, size_t len, struct check_result *result)
{
    char path[] = "/tmp/loopscope-check-XXXXXX", *said = NULL;
    size_t n;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
    FILE *out = open_memstream(&said, &n);
    int rc = check_file(path, out, result);
    fclose(out);
    unlink(path);
    assert_int_equal(rc, 0);
    for (char *at = said; (at = strstr(at, path)) != NULL;) {
        *at = 'T';
        memmove(at + 1, at + strlen(path), strlen(at + strlen(path)) + 1);
    }
    return said;
}

static void assert_says(const char *trace, const char *expected)
{
    struct check_result result;
    char *said = check_bytes(trace, strlen(trace), &result);
    if (strcmp(said, expected) != 0)
        fail_msg("--- expected\n%s--- found\n%s", expected, said);
    free(said);
}

#define E(n, rest) "{\"t\":0.000000000,\"n\":" n ",\"ev\":" rest "}\n"
#define HEAD E("0", "\"trace:head\",\"format\":\"loopscope\",\"version\":1,\"program\":\"p\"")
#define MARK(n) E(n, "\"note:mark\",\"name\":\"m\"")
#define CLOSE(n) E(n, "\"trace:end\",\"events\":" n ",\"lost\":0,\"how\":\"closed\",\"status\":0")

static void a_made_up_trace_with_every_kind_of_event_is_good(void **state)
{
    struct check_result result;
    size_t len;
    char *bytes = file_bytes(CROWD, &len), *said = check_bytes(bytes, len, &result);
    (void)state;
    assert_int_equal(result.faults, 0);
    assert_true(result.records > 20 && result.events > 900 && result.lost == 4);
    assert_non_null(strstr(said, ": good\n"));
    free(said);
    free(bytes);
}

/* Take away, or change, what the loop's records can tell: check must notice. */
static void each_line_taken_away_is_noticed(void **state)
{
    struct check_result result;
    size_t len, lines = 0;
    char *bytes = file_bytes(CROWD, &len), *less = malloc(len);
    (void)state;
    for (char *at = bytes, *lf; (lf = strchr(at, '\n')) != NULL && lines < 300;
         at = lf + 1, lines++) {
        size_t front = (size_t)(at - bytes), gone = (size_t)(lf + 1 - at);
        bool sink = slice_find((struct slice){ at, gone }, slice_of("\"trace:")) >= 0;
        memcpy(less, bytes, front);
        memcpy(less + front, bytes + front + gone, len - front - gone);
        char *said = check_bytes(less, len - gone, &result);
        if (result.faults == 0 && !sink)
            fail_msg("nobody missed line %zu: %.*s", lines + 1, (int)gone - 1, at);
        free(said);
    }
    free(less);
    free(bytes);
}

/* Every number of a record, and every id, place and address in it, has the last word against the events. */
static void each_digit_altered_in_a_record_is_noticed(void **state)
{
    enum { EVERY = 5 }; /* record */
    struct check_result result;
    size_t len, records = 0, altered = 0;
    char *bytes = file_bytes(CROWD, &len);
    bool after_gap = false; /* a record after a gap is believed */
    (void)state;
    for (char *at = bytes, *lf; (lf = strchr(at, '\n')) != NULL; at = lf + 1) {
        ptrdiff_t turn = slice_find((struct slice){ at, (size_t)(lf - at) },
                                    slice_of("\"trace:state\",\"turn\":"));
        bool believed = after_gap;
        after_gap =
            slice_find((struct slice){ at, (size_t)(lf - at) }, slice_of("\"trace:gap\"")) >= 0;
        if (turn < 0 || believed || records++ % EVERY != EVERY / 2)
            continue;
        for (char *p = at + turn; p < lf; p++) {
            char was = *p;
            if (was < '0' || was > '9')
                continue;
            *p = was == '9' ? '8' : (char)(was + 1);
            char *said = check_bytes(bytes, len, &result);
            if (result.faults == 0)
                fail_msg("nobody missed %c in %.*s", was, (int)(lf - at), at);
            free(said);
            *p = was;
            altered++;
        }
    }
    assert_true(altered > 500);
    free(bytes);
}

static void a_missing_end_is_said_and_good(void **state)
{
    (void)state;
    assert_says(
        HEAD MARK("1"),
        "T: no trace:end: the program died, or still runs\nT: 1 event, 0 state records: good\n");
}

static void a_cut_last_line_is_said_and_good(void **state)
{
    (void)state;
    assert_says(HEAD MARK("1") "{\"t\":0.1,\"n\":2,\"e",
                "T:3: the last line is cut: it counts for nothing\n"
                "T: no trace:end: the program died, or still runs\n"
                "T: 1 event, 0 state records: good\n");
}

static void a_hole_in_n_is_a_fault_unless_a_gap_tells_it(void **state)
{
    static const char state_record[] =
        E("4", "\"trace:state\",\"turn\":0,\"phase\":\"outside\",\"stopping\":false,\"tasks\":[],"
               "\"ready\":[],\"timers\":[],\"watch\":[],\"servers\":[],\"conns\":[],\"totals\":{}");
    char trace[2000];
    (void)state;
    assert_says(
        HEAD MARK("1") MARK("4") CLOSE("4"),
        "T:3: n 4 note:mark: expected n 2; found 4\nT: 2 events, 0 state records: 1 fault\n");
    snprintf(trace, sizeof trace, "%s%s%s%s", HEAD MARK("1"),
             E("4", "\"trace:gap\",\"lost\":3,\"from\":2,\"to\":4"), state_record,
             E("4", "\"trace:end\",\"events\":4,\"lost\":3,\"how\":\"closed\",\"status\":0"));
    assert_says(trace, "T: 1 event, 1 state record, 3 events lost and said so: good\n");
    assert_says(HEAD MARK("1") E("4", "\"trace:gap\",\"lost\":2,\"from\":2,\"to\":4") MARK("5")
                    CLOSE("5"),
                "T:3: n 4 trace:gap: expected lost 3; found 2\n"
                "T:4: n 5 note:mark: expected a trace:state after trace:gap; found none\n"
                "T:5: n 5 trace:end: expected lost 2; found 0\n"
                "T: 2 events, 0 state records, 2 events lost and said so: 3 faults\n");
}

static void bad_lines_are_told_by_number_and_the_rest_still_counts(void **state)
{
    (void)state;
    assert_says(HEAD "rub\x1b[2Jbish\n" MARK("1") "\n" CLOSE("1"),
                "T:2: not JSON: a bare word or a stray character\n"
                "T:4: an empty line\n"
                "T: 1 event, 0 state records: 2 faults\n");
}

static void an_id_is_made_once(void **state)
{
    (void)state;
    assert_says(
        HEAD E("1", "\"timer:set\",\"timer\":\"timer#3\",\"wakes\":\"a#1\",\"due\":1.000000000,"
                    "\"delay\":1.000000000")
            E("2", "\"timer:cancel\",\"timer\":\"timer#3\",\"left\":1.000000000")
                E("3", "\"task:new\",\"task\":\"a#3\",\"name\":\"a\",\"parent\":\"program\"")
                    CLOSE("3"),
        "T:4: n 3 task:new: expected a number that was never used for a#3; found one that was\n"
        "T: 3 events, 0 state records: 1 fault\n");
}

static void what_follows_the_end_must_be_a_head(void **state)
{
    (void)state;
    assert_says(
        HEAD MARK("1") CLOSE("1") MARK("2"),
        "T:4: n 2 note:mark: expected nothing but a new trace:head after trace:end; found this\n"
        "T: 2 events, 0 state records: 1 fault\n");
    assert_says(HEAD MARK("1") CLOSE("1") HEAD MARK("1") CLOSE("1"),
                "T: 2 events in 2 runs, 0 state records: good\n");
}

static void a_newer_version_is_refused(void **state)
{
    (void)state;
    assert_says(E("0", "\"trace:head\",\"format\":\"loopscope\",\"version\":2") MARK("7"),
                "T:1: n 0 trace:head: expected version 1, which is all that this loopscope knows; "
                "found version 2; a newer loopscope reads it\n"
                "T: 0 events, 0 state records: 1 fault\n");
}

static void unknown_events_and_keys_are_counted_not_refused(void **state)
{
    (void)state;
    assert_says(HEAD E("1", "\"new:kind\",\"x\":{\"y\":[1]}")
                    E("2", "\"note:mark\",\"name\":\"m\",\"z\":null") CLOSE("2"),
                "T: 2 events, 0 state records, 1 event of an unknown kind: good\n");
}

static void a_file_without_an_event_is_no_trace(void **state)
{
    (void)state;
    assert_says("", "T:1: no event in it: this is no trace, or nothing was written yet\n");
}

static void a_trace_may_begin_at_a_state_record(void **state)
{
    (void)state;
    assert_says(E("4", "\"trace:state\",\"turn\":9,\"phase\":\"outside\",\"stopping\":false,"
                       "\"tasks\":[],\"ready\":[],\"timers\":[],\"watch\":[],\"servers\":[],"
                       "\"conns\":[],\"totals\":{\"turns\":9}") MARK("5") CLOSE("5"),
                "T: 1 event, 1 state record: good\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_made_up_trace_with_every_kind_of_event_is_good),
        cmocka_unit_test(each_line_taken_away_is_noticed),
        cmocka_unit_test(each_digit_altered_in_a_record_is_noticed),
        cmocka_unit_test(a_missing_end_is_said_and_good),
        cmocka_unit_test(a_cut_last_line_is_said_and_good),
        cmocka_unit_test(a_hole_in_n_is_a_fault_unless_a_gap_tells_it),
        cmocka_unit_test(bad_lines_are_told_by_number_and_the_rest_still_counts),
        cmocka_unit_test(an_id_is_made_once),
        cmocka_unit_test(what_follows_the_end_must_be_a_head),
        cmocka_unit_test(a_newer_version_is_refused),
        cmocka_unit_test(unknown_events_and_keys_are_counted_not_refused),
        cmocka_unit_test(a_file_without_an_event_is_no_trace),
        cmocka_unit_test(a_trace_may_begin_at_a_state_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

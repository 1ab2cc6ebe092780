/*
 * test_viz_trace - lines are found, events are read, and the scanner reads as json-c does.
 */
#include "viz_support.h"
#include "event_inside.h"

#include <errno.h>

static struct event event;

static int setup(void **state)
{
    (void)state;
    event_init(&event);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    event_fini(&event);
    return 0;
}

static int parse(const char *line)
{
    return event_parse(&event, slice_of(line));
}

/* ---- events ---------------------------------------------------------------------------------- */

static void a_canonical_line_gives_its_fields(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"t\":1.000213456,\"n\":31,\"ev\":\"timer:fire\",\"timer\":\"timer#"
                           "6\",\"wakes\":\"main#1\","
                           "\"late\":0.000213456}"),
                     0);
    assert_null(event.tree);
    assert_int_equal(event.t_ns, 1000213456);
    assert_int_equal(event.n, 31);
    assert_int_equal(event.kind, EV_TIMER_FIRE);
    assert_true(slice_is(event_text(&event, "wakes"), "main#1"));
    assert_int_equal(event_ns(&event, "late", -1), 213456);
    assert_int_equal(event_ns(&event, "early", -1), -1);
}

static void any_order_of_keys_and_any_spaces_give_the_same(void **state)
{
    (void)state;
    assert_int_equal(parse(" { \"late\" : 2.5e-1 , \"ev\":\"timer:fire\",\t\"n\":31, "
                           "\"timer\":\"timer#6\", \"t\":1.5 }\r"),
                     0);
    assert_non_null(event.tree);
    assert_int_equal(event.t_ns, 1500000000);
    assert_int_equal(event.kind, EV_TIMER_FIRE);
    assert_int_equal(event_ns(&event, "late", -1), 250000000);
}

static void escapes_in_texts_and_lists_are_undone(void **state)
{
    struct field item;
    (void)state;
    assert_int_equal(parse("{\"t\":0.000000000,\"n\":1,\"ev\":\"note:ask\",\"text\":"
                           "\"a\\u001b\\\"\\ud83d\\ude00\\ud800\","
                           "\"choices\":[\"x\\ny\",2,true,null,\"\"]}"),
                     0);
    assert_true(slice_is(event_text(&event, "text"), "a\x1b\"\xF0\x9F\x98\x80\xEF\xBF\xBD"));
    struct items items = event_items(&event, "choices");
    assert_true(items_next(&items, &item) && slice_is(item.value, "x\ny"));
    assert_true(items_next(&items, &item) && item.kind == FIELD_NUMBER);
    assert_true(items_next(&items, &item) && item.kind == FIELD_BOOL);
    assert_true(items_next(&items, &item) && item.kind == FIELD_NULL);
    assert_true(items_next(&items, &item) && item.kind == FIELD_TEXT && item.value.len == 0);
    assert_false(items_next(&items, &item));
    items = event_items(&event, "text");
    assert_false(items_next(&items, &item));
}

static void objects_of_a_list_are_read_as_events_are(void **state)
{
    struct event item = { 0 };
    (void)state;
    assert_int_equal(parse("{\"t\":0.000000000,\"n\":1,\"ev\":\"trace:state\",\"conns\":[{\"conn\":"
                           "\"conn#1\",\"in\":1,\"in\":2},{\"conn\":\"x\\ty\"},{}],\"odd\":[7,"
                           "{\"a\":\"b\"},\"c\",[{\"d\":1}]]}"),
                     0);
    struct items items = event_items(&event, "conns");
    assert_true(items_next_object(&items, &item) && slice_is(event_text(&item, "conn"), "conn#1"));
    assert_int_equal(event_count(&item, "in", 0), 2); /* of two, the last */
    assert_true(items_next_object(&items, &item) && slice_is(event_text(&item, "conn"), "x\ty"));
    assert_true(items_next_object(&items, &item) && !event_has(&item, "conn"));
    assert_false(items_next_object(&items, &item));
    items = event_items(&event, "odd");
    assert_true(items_next_object(&items, &item) && slice_is(event_text(&item, "a"), "b"));
    assert_false(items_next_object(&items, &item));
    event_fini(&item);
}

static void wrong_types_read_as_absent(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"t\":0.000000000,\"n\":1,\"ev\":\"x:y\",\"a\":\"7\",\"b\":1.5,\"c\":-"
                           "3,\"d\":[],\"e\":9007199254740993}"),
                     0);
    assert_int_equal(event_count(&event, "a", 99), 99);
    assert_int_equal(event_count(&event, "b", 99), 99);
    assert_int_equal(event_count(&event, "c", 99), 99);
    assert_int_equal(event_number(&event, "c", 99), -3);
    assert_int_equal(event_text(&event, "d").len, 0);
    assert_int_equal(event_count(&event, "e", 99), 99);
    assert_false(event_true(&event, "a"));
    assert_int_equal(event.kind, EV_UNKNOWN);
}

static void lines_that_are_no_events_are_refused_with_a_reason(void **state)
{
    static const struct {
        const char *line, *fault;
    } bad[] = {
        { "", "an empty line" },
        { "{", "not JSON: it ends too soon" },
        { "[1]", "no event: JSON, but no object" },
        { "{}", "no event: \"t\" is missing or is no time" },
        { "{\"t\":1,\"n\":1}", "no event: \"ev\" is missing or is no text" },
        { "{\"t\":1,\"n\":-1,\"ev\":\"a:b\"}", "no event: \"n\" is missing or is no count" },
        { "{\"t\":\"1\",\"n\":1,\"ev\":\"a:b\"}", "no event: \"t\" is missing or is no time" },
        { "{\"t\":1,\"n\":1.5,\"ev\":\"a:b\"}", "no event: \"n\" is missing or is no count" },
        { "{\"t\":1e99,\"n\":1,\"ev\":\"a:b\"}", "no event: \"t\" is missing or is no time" },
        { "{\"t\":1,\"n\":18446744073709551617,\"ev\":\"a:b\"}",
          "no event: \"n\" is missing or is no count" },
        { "{'t':1,\"n\":1,\"ev\":\"a:b\"}", "not JSON: a bare word or a stray character" },
        { "{\"t\":NaN,\"n\":1,\"ev\":\"a:b\"}", "not JSON: a bare word or a stray character" },
        { "{\"t\":01,\"n\":1,\"ev\":\"a:b\"}", "not JSON" },
        { "{\"t\":1,\"n\":1,\"ev\":\"a:b\",\"x\":1,\"x\":2}", "a key stands twice" },
        { "{\"t\":1,\"n\":1,\"ev\":\"a:b\",\"t\":2}", "a key stands twice" },
        { "{\"t\":1,\"n\":1,\"ev\":\"a:b\"}{}", "not JSON" },
        { "{\"t\":1,\"n\":1,\"ev\":\"a:b\"", "not JSON: it ends too soon" },
        { "{\"t\":1,\"n\":1,\"ev\":\"a:b\",}", "not JSON" },
        { "{\"t\":1,\"n\":1,\"ev\":\"a\x1b\"}",
          "not JSON: a string without end, or a raw control character in it" },
        { "{\"t\":1,\"n\":1,\"ev\":\"a\xFF\"}", "not UTF-8" },
        { "{\"t\":1,\"n\":1,\"ev\":\"a:b\",\"x\":\"\\x\"}", "not JSON" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse(bad[i].line), -EINVAL);
        if (strcmp(event.fault, bad[i].fault) != 0)
            fail_msg("%s: %s, not %s", bad[i].line, event.fault, bad[i].fault);
    }
}

static void deep_nesting_is_refused(void **state)
{
    char line[20000] = "{\"t\":1,\"n\":1,\"ev\":\"a:b\",\"x\":";
    (void)state;
    memset(line + strlen(line), '[', 15000);
    assert_int_equal(parse(line), -EINVAL);
    assert_string_equal(event.fault, "nested deeper than 32");
}

static void numbers_are_exact_to_the_nanosecond(void **state)
{
    static const struct {
        const char *number;
        int64_t ns;
    } good[] = {
        { "0", 0 },
        { "1.000213456", 1000213456 },
        { "9007199.254740993", INT64_C(9007199254740993) },
        { "-0.5", -500000000 },
        { "1e-9", 1 },
        { "0.1234567891", 123456789 },
        { "123456789.987654321", INT64_C(123456789987654321) },
    };
    int64_t ns;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(number_ns(slice_of(good[i].number), &ns));
        assert_int_equal(ns, good[i].ns);
    }
    assert_false(number_ns(slice_of("1e30"), &ns));
    assert_false(number_ns(slice_of("99999999999999999999"), &ns));
    assert_false(number_ns(slice_of("-"), &ns));
    assert_false(number_ns(slice_of("1.5x"), &ns));
    for (size_t i = 0; i < strlen("12.345678901");
         i++) { /* each digit is looked at, wherever it stands */
        char number[] = "12.345678901";
        number[i] = i == 2 ? ',' : ':';
        assert_false(number_ns(slice_of(number), &ns));
        number[i] = i == 2 ? '1' : '/';
        assert_false(number_ns(slice_of(number), &ns) && i != 2);
    }
}

static void a_count_may_be_written_as_any_number(void **state)
{
    static const char *const same[] = { "31", "31.0", "3.1e1", "310E-1", "31.000e+00" };
    static const char *const none[] = { "31.5", "1e-1", "1e16", "-1.0" };
    char line[200];
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        snprintf(line, sizeof line,
                 "{\"t\":1,\"n\":%s,\"ev\":\"conn:read\",\"conn\":\"conn#1\",\"bytes\":%s}",
                 same[i], same[i]);
        assert_int_equal(parse(line), 0);
        assert_int_equal(event.n, 31);
        assert_int_equal(event_count(&event, "bytes", 0), 31);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        snprintf(line, sizeof line, "{\"t\":1,\"n\":%s,\"ev\":\"loop:turn\"}", none[i]);
        assert_int_equal(parse(line), -EINVAL);
    }
}

static void every_kind_has_its_name(void **state)
{
    (void)state;
    for (int kind = EV_TRACE_HEAD; kind < EV_KINDS; kind++)
        assert_int_equal(event_kind_of(slice_of(event_kind_name((enum event_kind)kind))), kind);
    assert_int_equal(event_kind_of(slice_of("task:beginx")), EV_UNKNOWN);
    assert_int_equal(event_kind_of(slice_of("t")), EV_UNKNOWN);
}

static bool same_events(const struct event *a, const struct event *b)
{
    bool same = a->t_ns == b->t_ns && a->n == b->n && a->kind == b->kind &&
                slice_equal(a->ev, b->ev) && a->n_fields == b->n_fields;
    for (size_t i = 0; same && i < a->n_fields; i++) {
        const struct field *one = &a->fields[i], *other = &b->fields[i];
        same = slice_equal(one->key, other->key) && one->kind == other->kind &&
               (one->kind == FIELD_LIST || slice_equal(one->value, other->value));
        struct items items[2] = { event_items(a, "choices"), event_items(b, "choices") };
        struct field item[2];
        while (same && items_next(&items[0], &item[0]))
            same = items_next(&items[1], &item[1]) && slice_equal(item[0].value, item[1].value);
    }
    return same;
}

/* The scanner is never more lenient than json-c, and reads the same. */
static void scanner_and_json_c_agree_on(const char *line, size_t len)
{
    struct event judge;
    struct slice text = { line, len };
    event_init(&judge);
    int scanned = event_scan(&event, text), judged = event_parse_json(&judge, text);
    if (scanned == 0 && (judged != 0 || !same_events(&event, &judge)))
        fail_msg("the scanner took what json-c does not (%s): %.*s", judge.fault, (int)len, line);
    event_fini(&judge);
}

static void scanner_and_json_c_agree_on_a_whole_trace(void **state)
{
    size_t len, scanned = 0, lines = 0;
    char *bytes = file_bytes(CROWD, &len);
    (void)state;
    for (char *at = bytes, *lf; (lf = strchr(at, '\n')) != NULL; at = lf + 1, lines++) {
        scanner_and_json_c_agree_on(at, (size_t)(lf - at));
        scanned += event_scan(&event, (struct slice){ at, (size_t)(lf - at) }) == 0;
    }
    assert_true(scanned > lines * 9 / 10);
    free(bytes);
}

static void scanner_and_json_c_agree_on_damaged_lines(void **state)
{
    static const char spare[] = "\"\\{}[]:,-+.0123456789eEtrufalsn \t\x1b\x80\xC3\xFF";
    size_t len;
    char *bytes = file_bytes(CROWD, &len);
    uint32_t luck = 12345;
    (void)state;
    for (char *at = bytes, *lf; (lf = strchr(at, '\n')) != NULL; at = lf + 1) {
        size_t n = (size_t)(lf - at);
        for (int i = 0; n < 2000 && i < 20; i++) {
            luck = luck * 1664525 + 1013904223;
            size_t place = (luck >> 8) % n;
            char before = at[place];
            at[place] = spare[(luck >> 3) % (sizeof spare - 1)];
            scanner_and_json_c_agree_on(at, n);
            at[place] = before;
        }
    }
    free(bytes);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static struct trace trace_with(const char *bytes, size_t len)
{
    struct trace trace;
    assert_int_equal(trace_open_fd(&trace, fd_with(bytes, len), "t"), 0);
    return trace;
}

static void lines_are_found_forward_and_backward(void **state)
{
    static const char text[] = "one\n\nthree\nlast";
    struct trace trace = trace_with(text, strlen(text));
    struct line line;
    (void)state;
    assert_int_equal(trace_line_at(&trace, 0, &line), 1);
    assert_true(slice_is(line.text, "one") && line.whole && line.next == 4);
    assert_int_equal(trace_line_at(&trace, 4, &line), 1);
    assert_true(line.text.len == 0 && line.whole && line.next == 5);
    assert_int_equal(trace_line_at(&trace, 11, &line), 1);
    assert_true(slice_is(line.text, "last") && !line.whole && line.next == 15);
    assert_int_equal(trace_line_at(&trace, 15, &line), 0);
    assert_int_equal(trace_line_before(&trace, 15, &line), 1);
    assert_int_equal(line.offset, 11);
    assert_int_equal(trace_line_before(&trace, 11, &line), 1);
    assert_int_equal(line.offset, 5);
    assert_int_equal(trace_line_before(&trace, 5, &line), 1);
    assert_int_equal(line.offset, 4);
    assert_int_equal(trace_line_before(&trace, 4, &line), 1);
    assert_int_equal(line.offset, 0);
    assert_int_equal(trace_line_before(&trace, 0, &line), 0);
    assert_int_equal(trace_line_from(&trace, 1, &line), 1);
    assert_int_equal(line.offset, 4);
    assert_int_equal(trace_line_from(&trace, 5, &line), 1);
    assert_int_equal(line.offset, 5);
    assert_int_equal(trace_line_from(&trace, 12, &line), 0);
    assert_int_equal(trace_line_number(&trace, 11), 4);
    trace_close(&trace);
}

static void a_line_of_20_mib_is_passed_over_in_little_memory(void **state)
{
    size_t len = 20 << 20;
    char *bytes = malloc(len + 10);
    struct line line;
    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'x', len);
    memcpy(bytes, "a\n", 2);
    memcpy(bytes + len, "\nb\n", 3);
    struct trace trace = trace_with(bytes, len + 3);
    assert_int_equal(trace_line_at(&trace, 2, &line), 1);
    assert_true(line.too_long && line.whole);
    assert_int_equal(line.next, (int64_t)len + 1);
    assert_int_equal(trace_line_at(&trace, line.next, &line), 1);
    assert_true(slice_is(line.text, "b"));
    assert_int_equal(trace_line_before(&trace, (int64_t)len + 1, &line), 1);
    assert_true(line.too_long && line.offset == 2);
    assert_true(trace.room < 6 << 20);
    trace_close(&trace);
    free(bytes);
}

static void a_needle_is_found_across_blocks_in_both_directions(void **state)
{
    size_t len = 1 << 20;
    char *bytes = malloc(len);
    (void)state;
    assert_non_null(bytes);
    memset(bytes, '.', len);
    for (size_t i = 1000; i < len; i += 1000)
        bytes[i] = '\n';
    size_t place =
        (256 << 10) - 3; /* across the border of a block, from the front and from the end */
    memcpy(bytes + place, "needle", 6);
    int64_t start = (int64_t)(place / 1000 * 1000 + 1);
    struct trace trace = trace_with(bytes, len);
    assert_int_equal(trace_find_next(&trace, 0, (int64_t)len, "needle"), start);
    assert_int_equal(trace_find_back(&trace, (int64_t)len, 0, "needle"), start);
    assert_int_equal(trace_find_next(&trace, (int64_t)place + 1, (int64_t)len, "needle"), -1);
    assert_int_equal(trace_find_back(&trace, (int64_t)place + 5, 0, "needle"), -1);
    trace_close(&trace);
    free(bytes);
}

static void a_pipe_is_read_line_by_line(void **state)
{
    int fds[2];
    struct trace trace;
    struct line line;
    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "one\ntw", 6), 6);
    assert_int_equal(trace_open_fd(&trace, fds[0], "pipe"), 0);
    assert_int_equal(trace_line_at(&trace, 0, &line), 1);
    assert_true(slice_is(line.text, "one"));
    assert_int_equal(write(fds[1], "o\n", 2), 2);
    close(fds[1]);
    assert_int_equal(trace_line_at(&trace, line.next, &line), 1);
    assert_true(slice_is(line.text, "two"));
    assert_int_equal(trace_line_at(&trace, line.next, &line), 0);
    assert_int_equal(trace_line_at(&trace, 0, &line), -ESPIPE);
    trace_close(&trace);
}

static void growth_is_seen_when_asked_for(void **state)
{
    struct trace trace = trace_with("one\n", 4);
    struct line line;
    (void)state;
    assert_int_equal(pwrite(trace.fd, "two\n", 4, 4), 4);
    assert_int_equal(trace_line_at(&trace, 4, &line), 0);
    assert_int_equal(trace_poll(&trace), 1);
    assert_int_equal(trace_line_at(&trace, 4, &line), 1);
    assert_int_equal(trace_poll(&trace), 0);
    assert_int_equal(ftruncate(trace.fd, 2), 0);
    assert_int_equal(trace_poll(&trace), -ESTALE);
    trace_close(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_canonical_line_gives_its_fields),
        cmocka_unit_test(any_order_of_keys_and_any_spaces_give_the_same),
        cmocka_unit_test(escapes_in_texts_and_lists_are_undone),
        cmocka_unit_test(objects_of_a_list_are_read_as_events_are),
        cmocka_unit_test(wrong_types_read_as_absent),
        cmocka_unit_test(lines_that_are_no_events_are_refused_with_a_reason),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(numbers_are_exact_to_the_nanosecond),
        cmocka_unit_test(a_count_may_be_written_as_any_number),
        cmocka_unit_test(every_kind_has_its_name),
        cmocka_unit_test(scanner_and_json_c_agree_on_a_whole_trace),
        cmocka_unit_test(scanner_and_json_c_agree_on_damaged_lines),
        cmocka_unit_test(lines_are_found_forward_and_backward),
        cmocka_unit_test(a_line_of_20_mib_is_passed_over_in_little_memory),
        cmocka_unit_test(a_needle_is_found_across_blocks_in_both_directions),
        cmocka_unit_test(a_pipe_is_read_line_by_line),
        cmocka_unit_test(growth_is_seen_when_asked_for),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

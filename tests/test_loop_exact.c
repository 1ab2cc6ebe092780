/*
 * What a trace says is exact: times agree with one another, and what was cut is counted.
 */
#include "loop.h"
#include "traced.h"

/* ---- times ----------------------------------------------------------------------------------- */

/* A time of the line in nanoseconds: it has exactly nine decimals.  INT64_MIN: null, or no such key. */
static int64_t ns_of(const char *line, const char *key)
{
    char name[40];
    snprintf(name, sizeof name, "\"%s\":", key);
    const char *at = strstr(line, name);
    if (at == NULL || strncmp(at + strlen(name), "null", 4) == 0)
        return INT64_MIN;
    at += strlen(name);
    bool negative = *at == '-';
    int64_t sum = 0;
    for (at += negative; *at == '.' || (*at >= '0' && *at <= '9'); at++)
        sum = *at == '.' ? sum : sum * 10 + (*at - '0');
    return negative ? -sum : sum;
}

static int sleep_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 50; i++)
        await(task_sleep(0.001));
    return 0;
}

static int run_sleep_often(void)
{
    return loop_run(sleep_often, NULL);
}

static void no_timeout_passes_the_deadline_that_it_waits_for(void **state)
{
    struct traced t = traced_run("FILE", run_sleep_often);
    int64_t due = INT64_MIN;
    size_t waits = 0;
    (void)state;
    for (size_t i = 0; i < t.n; i++) {
        if (line_is(t.line[i], "timer:set"))
            due = ns_of(t.line[i], "due");
        if (!line_is(t.line[i], "select:enter") || strstr(t.line[i], "\"until\":\"timer#") == NULL)
            continue;
        int64_t timeout = ns_of(t.line[i], "timeout");
        waits++;
        assert_true(timeout == 0 || ns_of(t.line[i], "t") + timeout <= due); /* 0: it has passed */
    }
    assert_true(waits >= 50);
    traced_free(&t);
}

static void do_nothing(void *arg)
{
    (void)arg;
}

static int set_late_timers(void *arg)
{
    struct loop *l = loop_current();
    (void)arg;
    await(task_sleep(2));
    loop_call_at(l, 0.5, do_nothing, NULL);
    loop_call_at(l, -1, do_nothing, NULL);
    loop_call_later(l, -3, do_nothing, NULL);
    loop_call_later(l, 0.25, do_nothing, NULL);
    await(task_sleep(1));
    return 0;
}

static int run_set_late_timers(void)
{
    return loop_run(set_late_timers, NULL);
}

static void a_deadline_is_the_clock_plus_the_delay_also_when_it_has_passed(void **state)
{
    (void)state;
    setenv("LOOP_CLOCK", "virtual", 1);
    struct traced t = traced_run("FILE", run_set_late_timers);
    unsetenv("LOOP_CLOCK");
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++) {
        const char *line = t.line[i];
        if (!line_is(line, "timer:set"))
            continue;
        assert_int_equal(ns_of(line, "due"), ns_of(line, "t") + ns_of(line, "delay"));
        n++;
    }
    assert_int_equal(n, 6);
    traced_free(&t);
}

/* ---- what was cut ---------------------------------------------------------------------------- */

static const char *self; /* this program, which runs itself with other arguments */

static const char **arguments;

static int run_with_arguments(void)
{
    execv(self, (char *const *)arguments);
    return 99;
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

/* Bytes of the list's texts, each with its end. */
static size_t bytes_of(struct json_object *line, const char *list)
{
    struct json_object *items = NULL;
    size_t bytes = 0;
    json_object_object_get_ex(line, list, &items);
    for (size_t i = 0; i < json_object_array_length(items); i++)
        bytes += (size_t)json_object_get_string_len(json_object_array_get_idx(items, i)) + 1;
    return bytes;
}

/* n arguments of so many bytes: what the head has of them and what it says was cut are all of them. */
static void assert_head_counts(size_t n, size_t bytes)
{
    char *text = calloc(1, bytes + 1);
    arguments = calloc(n + 2, sizeof *arguments);
    memset(text, 'a', bytes);
    arguments[0] = "run";
    for (size_t i = 1; i <= n; i++)
        arguments[i] = text;
    struct traced t = traced_run("FILE", run_with_arguments);
    assert_int_equal(t.status, 0);
    struct json_object *head = line_parse(traced_find(&t, "trace:head"));
    int64_t cut = line_int(head, "cut");
    assert_int_equal(bytes_of(head, "argv") + (size_t)(cut < 0 ? 0 : cut), 4 + n * (bytes + 1));
    json_object_put(head);
    traced_free(&t);
    free(arguments);
    free(text);
}

static void a_long_command_line_says_how_much_was_cut(void **state)
{
    (void)state;
    need_exec(self, "nothing");
    assert_head_counts(1, 10);
    assert_head_counts(1, 5000);
    assert_head_counts(1, 8186); /* what is read of it at once ends with the argument, and before */
    assert_head_counts(1, 8187);
    assert_head_counts(1, 30000);
    assert_head_counts(3000, 2);
    assert_head_counts(5000, 0);
    assert_head_counts(3, 3000);
}

static char long_text[20001];

static int note_much(void *arg)
{
    (void)arg;
    memset(long_text, 'x', sizeof long_text - 1);
    loop_note("%.5000s", long_text);
    loop_note("%s", long_text);
    memset(long_text, '\xff', sizeof long_text - 1);
    loop_note("%s", long_text);
    loop_note("a%cb", '\0');
    return 0;
}

static int run_note_much(void)
{
    return loop_run(note_much, NULL);
}

static void assert_text_counts(const char *line, int64_t bytes)
{
    struct json_object *o = line_parse(line), *text = NULL;
    const char *hex = line_text(o, "hex");
    int64_t cut = line_int(o, "cut");
    json_object_object_get_ex(o, "text", &text);
    int64_t told = hex != NULL ? (int64_t)strlen(hex) / 2 : json_object_get_string_len(text);
    assert_int_equal(told + (cut < 0 ? 0 : cut), bytes);
    json_object_put(o);
}

static void a_long_note_says_how_much_was_cut(void **state)
{
    struct traced t = traced_run("FILE", run_note_much);
    (void)state;
    size_t first = traced_index(&t, "note:say");
    assert_int_equal(traced_count(&t, "note:say"), 4);
    assert_text_counts(t.line[first], 5000);
    assert_null(strstr(t.line[first], "\"cut\":")); /* it has room in a line */
    assert_text_counts(t.line[first + 1], 20000);
    assert_text_counts(t.line[first + 2], 20000);
    assert_non_null(strstr(t.line[first + 3], "\"text\":\"a\\u0000b\""));
    traced_free(&t);
}

enum { CHOICES = 100 };

static int ask_much(void *arg)
{
    const char *const no_utf8[] = { "a\xff", "b", NULL };
    const char *many[CHOICES + 1] = { NULL };
    (void)arg;
    for (int i = 0; i < CHOICES; i++)
        many[i] = i % 2 == 0 ? "choice" : long_text;
    memset(long_text, 'x', 1000);
    loop_ask("which\xff one?", no_utf8, 1, NULL);
    loop_ask("which?", many, 1, many);
    return 0;
}

static int run_ask_much(void)
{
    return loop_run(ask_much, NULL);
}

static void a_question_says_how_much_was_cut(void **state)
{
    struct traced t = traced_run("FILE", run_ask_much);
    (void)state;
    size_t first = traced_index(&t, "note:ask");
    assert_non_null(strstr(t.line[first], "one?\",\"hex\":\"7768696368ff206f6e653f\","
                                          "\"choices\":[\"a\xef\xbf\xbd\",\"b\"],\"answer\":1}"));
    struct json_object *o = line_parse(t.line[first + 1]);
    size_t told = bytes_of(o, "choices") + bytes_of(o, "why");
    assert_int_equal(told + (size_t)line_int(o, "cut"), 2 * (CHOICES / 2) * (7 + 1001));
    json_object_put(o);
    traced_free(&t);
}

/* ---- the end --------------------------------------------------------------------------------- */

static int run_exit_below_zero(void)
{
    static struct loop *left_open; /* so that a sanitizer finds it */
    left_open = loop_new();
    return left_open == NULL ? 99 : -1;
}

static void the_status_is_what_the_parent_sees(void **state)
{
    struct traced t = traced_run("FILE", run_exit_below_zero);
    (void)state;
    assert_int_equal(WEXITSTATUS(t.status), 255);
#ifdef __GLIBC__
    assert_non_null(strstr(t.line[t.n - 1], "\"how\":\"exit\",\"status\":255}"));
#endif
    traced_free(&t);
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc > 1)
        return loop_run(nothing, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_timeout_passes_the_deadline_that_it_waits_for),
        cmocka_unit_test(a_deadline_is_the_clock_plus_the_delay_also_when_it_has_passed),
        cmocka_unit_test(a_long_command_line_says_how_much_was_cut),
        cmocka_unit_test(a_long_note_says_how_much_was_cut),
        cmocka_unit_test(a_question_says_how_much_was_cut),
        cmocka_unit_test(the_status_is_what_the_parent_sees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

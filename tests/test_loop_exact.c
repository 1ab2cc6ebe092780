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
        waits++;
        assert_true(ns_of(t.line[i], "t") + ns_of(t.line[i], "timeout") <= due);
    }
    assert_true(waits >= 50);
    traced_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_timeout_passes_the_deadline_that_it_waits_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

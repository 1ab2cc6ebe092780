/*
 * test_learn_judge - rules files read and faults told by line; each statement true and false of a
 * small trace; verdicts that say where, what was expected, what was seen.
 */
#include "viz_support.h"
#include "judge.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- files ----------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static char folder[64], rules_path[80], trace_path[80];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/loopscope-judge.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(rules_path, sizeof rules_path, "%s/rules", folder);
    snprintf(trace_path, sizeof trace_path, "%s/trace", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(rules_path);
    unlink(trace_path);
    return rmdir(folder);
}

static const char the_trace[] =
    "{\"t\":0.000000000,\"n\":0,\"ev\":\"trace:head\",\"format\":\"loopscope\",\"version\":1}\n"
    "{\"t\":0.000000000,\"n\":0,\"ev\":\"trace:source\",\"file\":\"a.c\",\"text\":\"one\\n    "
    "two();\\nthree\\n\"}\n"
    "{\"t\":0.000000000,\"n\":1,\"ev\":\"task:new\",\"task\":\"main#1\",\"name\":\"main\",\"src\":"
    "\"a.c:2\"}\n"
    "{\"t\":0.000000000,\"n\":2,\"ev\":\"loop:turn\",\"turn\":1,\"ready\":1,\"timers\":0}\n"
    "{\"t\":0.100000000,\"n\":3,\"ev\":\"out:line\",\"stream\":\"stdout\",\"text\":\"tick 1\","
    "\"task\":\"main#1\"}\n"
    "{\"t\":0.200000000,\"n\":4,\"ev\":\"out:line\",\"stream\":\"stdout\",\"text\":\"tick 2\","
    "\"task\":\"main#1\"}\n"
    "not an event\n"
    "{\"t\":0.200000000,\"n\":5,\"ev\":\"loop:turn\",\"turn\":2,\"ready\":1,\"timers\":0}\n"
    "{\"t\":0.250000000,\"n\":6,\"ev\":\"task:new\",\"task\":\"child#7\",\"name\":\"child\"}\n"
    "{\"t\":0.500000000,\"n\":7,\"ev\":\"out:line\",\"stream\":\"stdout\",\"text\":\"\\u001b[2J "
    "done\",\"task\":\"child#7\"}\n"
    "{\"t\":0.500000000,\"n\":8,\"ev\":\"warn:slow_step\",\"task\":\"child#7\",\"took\":0."
    "250000000}\n"
    "{\"t\":0.500000000,\"n\":9,\"ev\":\"select:enter\",\"timeout\":null,\"nfds\":4}\n"
    "{\"t\":0.600000000,\"n\":10,\"ev\":\"task:done\",\"task\":\"main#1\",\"how\":\"returned\","
    "\"value\":0}\n"
    "{\"t\":0.600000000,\"n\":10,\"ev\":\"trace:end\",\"events\":10,\"lost\":0,\"how\":\"closed\"}"
    "\n";

/* The rules of a text, whose faults fail the test. */
static void read_rules(struct rules *rules, const char *text)
{
    char fault[RULES_FAULT];
    write_file(rules_path, text, strlen(text));
    if (rules_read(rules, rules_path, fault) != 0)
        fail_msg("%s", fault);
}

/* Judges one rule of these statements over the trace. */
static struct verdict judged(struct rules *rules, const char *statements, const struct ended *ended)
{
    char text[2048];
    struct verdict verdict;
    snprintf(text, sizeof text, "rule R.\n%s\n", statements);
    read_rules(rules, text);
    write_file(trace_path, the_trace, sizeof the_trace - 1);
    assert_int_equal(judge(rules->rules, 1, trace_path, ended, &verdict), 0);
    return verdict;
}

/* ---- statements ------------------------------------------------------------------------------ */

static void each_statement_holds_when_it_is_true_and_only_then(void **state)
{
    (void)state;
    static const struct {
        const char *statement;
        bool holds;
    } cases[] = {
        { " some task:new", true },
        { " some task:cancel", false },
        { " some warn:*", true },
        { " some out:line text=\"tick 2\"", true },
        { " some out:line text=tick", false },
        { " some out:line text=?ick*", true },
        { " some out:line text=*\\*", false },
        { " some task:done task=main", true },
        { " some task:done task=main#1", true },
        { " some task:done task=mai", false },
        { " some task:done !how=returned", false },
        { " some task:done !error=*", true },
        { " some task:done error=*", false },
        { " some warn:slow_step took>=0.25", true },
        { " some warn:slow_step took>0.25", false },
        { " some warn:slow_step took<=0.25 took<0.3", true },
        { " some warn:slow_step took<0.25", false },
        { " some select:enter timeout=null", true },
        { " some select:enter timeout>=0", false },
        { " some task:new t>0.2 n>=6", true },
        { " some trace:end", true },
        { " some trace:head", false }, /* a sink's line */
        { " never task:cancel", true },
        { " never warn:*", false },
        { " count 2 task:new", true },
        { " count 1 task:new", false },
        { " count 3 task:new", false },
        { " count 2.. task:new", true },
        { " count 3.. task:new", false },
        { " count ..2 task:new", true },
        { " count ..1 task:new", false },
        { " count 1..2 task:new", true },
        { " count 3..4 task:new", false },
        { " times 0.1 0.2 out:line text=tick*", true },
        { " times 0.1 out:line text=tick*", false },
        { " times 0.1 0.2 0.3 out:line text=tick*", false },
        { " times 0.1 0.21 out:line text=tick*", false },
        { " times 0.1 0.21 within 0.01 out:line text=tick*", true },
        { " times 0.1 0.204 out:line text=tick*", true },
        { " first 0.1 out:line", true },
        { " first 0.2 out:line", false },
        { " first 0.15 within 0.05 out:line", true },
        { " first 0.2 task:cancel", false },
        { " order task:new | out:line | task:done", true },
        { " order task:done | out:line", false },
        { " order out:line | out:line | out:line", true },
        { " order out:line | out:line | out:line | out:line", false },
        { " each task:new | task:done same task", false }, /* child#7 is never done */
        { " each task:new name=main | task:done same task", true },
        { " each task:new | task:done", true },
        { " each task:new name=main | task:done same task within 0.5", false },
        { " each task:new name=main | task:done within 0.6 same task", true },
        { " each loop:turn | out:line within 0.3", true },
        { " each loop:turn | out:line within 0.2", false },
        { " none warn:* between task:new | out:line", true },
        { " none out:line between task:new | task:done", false },
        { " none warn:* between task:cancel | task:done", true }, /* it never begins */
        { " none warn:* between task:new | task:cancel", false }, /* it never ends */
        { " gap at most 0.3 out:line", true },
        { " gap at most 0.2 out:line", false },
        { " gap at least 0.1 out:line", true },
        { " gap at least 0.2 out:line", false },
        { " gap at most 0.1 task:done", true }, /* one has no neighbour */
        { " turns at most 2", true },
        { " turns at most 1", false },
        { " output... tick 1\n output... tick 2", true },
        { " output tick 1\n output tick 2", false },
        { " output... tick 2", false },
        { " some task:new\n never task:cancel", true },
        { " some task:new\n some task:cancel", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rules rules;
        struct verdict verdict = judged(&rules, cases[i].statement, NULL);
        if (verdict.holds != cases[i].holds)
            fail_msg("%s: %s, expected %s, seen %s", cases[i].statement,
                     verdict.holds ? "holds" : "fails", verdict.expected, verdict.seen);
        assert_true(verdict.holds || (verdict.expected[0] != '\0' && verdict.seen[0] != '\0'));
        assert_true(is_clean(verdict.seen, strlen(verdict.seen)));
        rules_free(&rules);
    }
}

static void how_a_run_ended_and_what_it_wrote_are_judged(void **state)
{
    (void)state;
    static const char out[] = "one\ntwo\n";
    static const struct {
        const char *statement;
        int status;
        bool holds;
    } cases[] = {
        { " ends exit 0", 0, true },
        { " ends exit 0", 1 << 8, false },
        { " ends exit 3", 3 << 8, true },
        { " ends signal SIGINT", 2, true },
        { " ends signal SIGINT", 0, false },
        { " ends exit 2", 2, false },
        { " output one\n output two", 0, true },
        { " output one", 0, false },
        { " output... one", 0, true },
        { " output one\n output two\n output three", 0, false },
        { " output one\n output", 0, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rules rules;
        struct ended ended = { cases[i].status, { out, sizeof out - 1 } };
        struct verdict verdict = judged(&rules, cases[i].statement, &ended);
        if (verdict.holds != cases[i].holds)
            fail_msg("%s of status %d: seen %s", cases[i].statement, cases[i].status, verdict.seen);
        rules_free(&rules);
    }
}

static void a_verdict_says_where_and_what(void **state)
{
    (void)state;
    static const struct {
        const char *statement;
        uint64_t n;
        int64_t t_ns;
        const char *expected, *seen, *src, *code;
    } cases[] = {
        { " never warn:*", 8, 500000000, "no warn:*",
          "warn:slow_step task=child#7 took=0.250000000", "", "" },
        { " times 0.1 0.3 out:line text=tick*", 4, 200000000,
          "out:line text=tick*, number 2 of 2, at 0.300 s",
          "out:line text=\"tick 2\" task=main#1 at 0.200 s", "a.c:2", "two();" },
        { " count 3 task:new", 10, 600000000, "exactly 3 task:new", "2", "a.c:2", "two();" },
        { " each task:new | task:done same task", 6, 250000000,
          "task:done with the same task, child#7, after event 6", "none", "", "" },
        { " some out:line text=done", 10, 600000000, "at least one out:line text=done", "none",
          "a.c:2", "two();" },
        { " none out:line text=*done between task:new | task:done", 7, 500000000,
          "no out:line text=*done between event 1 and the next task:done",
          "out:line text=\"\\x1b[2J done\" task=child#7", "", "" },
        { " output tick 1\n output tock", 10, 600000000, "\"tock\" as line 2 of the output",
          "\"tick 2\"", "a.c:2", "two();" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rules rules;
        struct verdict verdict = judged(&rules, cases[i].statement, NULL);
        assert_false(verdict.holds);
        assert_int_equal(verdict.n, cases[i].n);
        assert_int_equal(verdict.t_ns, cases[i].t_ns);
        assert_string_equal(verdict.expected, cases[i].expected);
        assert_string_equal(verdict.seen, cases[i].seen);
        assert_string_equal(verdict.src, cases[i].src);
        assert_string_equal(verdict.code, cases[i].code);
        rules_free(&rules);
    }
}

static void a_trace_that_is_not_there_has_no_events(void **state)
{
    (void)state;
    struct rules rules;
    struct verdict verdicts[2];
    struct ended ended = { 0, { NULL, 0 } };
    read_rules(&rules, "rule A.\n never warn:*\nrule B.\n some task:new\n");
    unlink(trace_path);
    assert_int_equal(judge(rules.rules, 2, trace_path, &ended, verdicts), 0);
    assert_true(verdicts[0].holds);
    assert_false(verdicts[1].holds);
    assert_false(verdicts[1].any);
    rules_free(&rules);
}

static void more_owed_than_can_be_held_is_a_failure_not_a_flood(void **state)
{
    (void)state;
    struct rules rules;
    struct verdict verdict;
    FILE *file = fopen(trace_path, "w");
    assert_non_null(file);
    for (int n = 1; n <= 5000; n++)
        fprintf(file, "{\"t\":0.000000000,\"n\":%d,\"ev\":\"task:new\",\"task\":\"x#%d\"}\n", n, n);
    assert_int_equal(fclose(file), 0);
    read_rules(&rules, "rule A.\n each task:new | task:done same task\n");
    assert_int_equal(judge(rules.rules, 1, trace_path, NULL, &verdict), 0);
    assert_false(verdict.holds);
    assert_int_equal(verdict.n, 1);
    rules_free(&rules);
}

/* ---- the file -------------------------------------------------------------------------------- */

static void a_rules_file_is_read_whole(void **state)
{
    (void)state;
    struct rules rules;
    read_rules(&rules, "# a comment\n"
                       "title    T\n"
                       "task     one\n"
                       "         and more\n"
                       "task     two\n"
                       "hint     h1\n"
                       "   # not a word of it\n"
                       "  goes on\n"
                       "hint     h2\n"
                       "argument 3\n"
                       "argument a b\n"
                       "interrupt 2.5\n"
                       "limit    4\n"
                       "guest    0.5 ann connects\n"
                       "\n"
                       "rule     A.\n"
                       "    some task:new\n"
                       "\n"
                       "    never warn:*\n"
                       "choice 1\n"
                       "\tsome task:new\n"
                       "choice 0\n"
                       "    never task:new");
    assert_string_equal(rules.title, "T");
    assert_int_equal(rules.task.n, 2);
    assert_string_equal(rules.task.at[0], "one and more");
    assert_string_equal(rules.task.at[1], "two");
    assert_int_equal(rules.hints.n, 2);
    assert_string_equal(rules.hints.at[0], "h1 goes on");
    assert_int_equal(rules.arguments.n, 2);
    assert_string_equal(rules.arguments.at[1], "a b");
    assert_int_equal(rules.n_interrupts, 1);
    assert_true(rules.interrupts[0] > 2.49 && rules.interrupts[0] < 2.51);
    assert_true(rules.limit_s > 3.99 && rules.limit_s < 4.01);
    assert_true(rules.has_guests);
    assert_false(rules.real_clock);
    assert_int_equal(rules.n_rules, 1);
    assert_int_equal(rules.rules[0].n_statements, 2);
    assert_int_equal(rules.rules[0].statements[1].line, 19);
    assert_int_equal(rules.n_choices, 2);
    assert_int_equal(rules.choices[0].choice, 1);
    rules_free(&rules);
}

static void a_fault_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *says;
    } cases[] = {
        { "rule A.\n some task:new\nrules B.\n", 3, "was expected" },
        { "title T\n", 1, "no rule" },
        { "rule A.\nrule B.\n some task:new\n", 1, "needs a statement" },
        { "rule A.\n some task:new\nrule B.\n", 3, "needs a statement" },
        { "rule\n some task:new\n", 1, "words" },
        { " some task:new\n", 1, "stands above" },
        { "title T\n  more\n", 2, "stands above" },
        { "rule A.\n someone task:new\n", 2, "some, never" },
        { "rule A.\n some\n", 2, "a filter" },
        { "rule A.\n some task:nwe\n", 2, "kind of event" },
        { "rule A.\n some task:new text=\"a b\n", 2, "closing \"" },
        { "rule A.\n some task:new took<x\n", 2, "a number" },
        { "rule A.\n some task:new !took<3\n", 2, "KEY=PATTERN" },
        { "rule A.\n some task:new words\n", 2, "end of the line" },
        { "rule A.\n count task:new\n", 2, "N..M" },
        { "rule A.\n count 3..2 task:new\n", 2, "N..M" },
        { "rule A.\n count .. task:new\n", 2, "N..M" },
        { "rule A.\n times task:new\n", 2, "seconds" },
        { "rule A.\n times 1 within x task:new\n", 2, "seconds" },
        { "rule A.\n first task:new\n", 2, "seconds" },
        { "rule A.\n order task:new\n", 2, "| and a filter" },
        { "rule A.\n order task:new |\n", 2, "a filter" },
        { "rule A.\n each task:new\n", 2, "| and a filter" },
        { "rule A.\n each task:new | task:done same\n", 2, "end of the line" },
        { "rule A.\n each task:new | task:done near\n", 2, "same KEY" },
        { "rule A.\n none task:new | task:done\n", 2, "between" },
        { "rule A.\n none task:new between task:done\n", 2, "| and a filter" },
        { "rule A.\n gap task:new\n", 2, "at most" },
        { "rule A.\n gap at best 3 task:new\n", 2, "most or least" },
        { "rule A.\n ends well\n", 2, "exit N" },
        { "rule A.\n ends exit\n", 2, "whole number" },
        { "rule A.\n ends signal SIGNAL\n", 2, "SIGINT" },
        { "rule A.\n turns 3\n", 2, "at most N" },
        { "interrupt soon\n", 1, "seconds" },
        { "limit 0\n", 1, "seconds" },
        { "clock wall\n", 1, "virtual or real" },
        { "guest ann connects\n", 1, "SECONDS NAME" },
        { "rule A.\n some task:new\nchoice x\n", 3, "number" },
        { "rule A.\n some task:new\nchoice 1\n some task:new\nchoice 1\n", 5, "already" },
        { "rule A.\n some task:new\nchoice 1\n ends exit 0\n", 4, "trace" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rules rules;
        char fault[RULES_FAULT], place[128];
        write_file(rules_path, cases[i].text, strlen(cases[i].text));
        snprintf(place, sizeof place, "%s:%d: ", rules_path, cases[i].line);
        if (rules_read(&rules, rules_path, fault) == 0)
            fail_msg("no fault was found in: %s", cases[i].text);
        if (strncmp(fault, place, strlen(place)) != 0 || strstr(fault, cases[i].says) == NULL)
            fail_msg("%swas told as: %s", cases[i].text, fault);
    }
}

static void what_is_no_text_is_no_rules_file(void **state)
{
    (void)state;
    struct rules rules;
    char fault[RULES_FAULT];
    write_file(rules_path, "rule A\0\n some task:new\n", 23);
    assert_true(rules_read(&rules, rules_path, fault) < 0);
    assert_non_null(strstr(fault, "no text"));
    assert_true(rules_read(&rules, "/nowhere/rules", fault) < 0);
    assert_non_null(strstr(fault, "No such file"));
    write_file(rules_path, "rule \033[2J\n \033[2J\n", 16);
    assert_true(rules_read(&rules, rules_path, fault) < 0);
    assert_true(is_clean(fault, strlen(fault)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_statement_holds_when_it_is_true_and_only_then),
        cmocka_unit_test(how_a_run_ended_and_what_it_wrote_are_judged),
        cmocka_unit_test(a_verdict_says_where_and_what),
        cmocka_unit_test(a_trace_that_is_not_there_has_no_events),
        cmocka_unit_test(more_owed_than_can_be_held_is_a_failure_not_a_flood),
        cmocka_unit_test(a_rules_file_is_read_whole),
        cmocka_unit_test(a_fault_is_told_with_its_line),
        cmocka_unit_test(what_is_no_text_is_no_rules_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

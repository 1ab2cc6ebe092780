/*
 * test_viz_tiles.c - what the panes say that stand side by side: true, in the room that they have
 */
#include "viz_tape.h"

#include "view.h"

static struct history *end_of_tape(void)
{
    struct history *history = history_of(tape.text);

    history_go_end(history);
    return history;
}

static char *draw(struct history *history, struct view const *view, int rows, int cols)
{
    struct canvas *canvas = canvas_create(rows, cols);
    char *text;

    view_draw(canvas, view, history);
    text = canvas_text(canvas, CANVAS_UTF8);
    canvas_destroy(canvas);
    return text;
}

static struct view as_tiles(void)
{
    struct view view;

    view_init(&view);
    return view;
}

static struct view alone(enum pane pane)
{
    struct view view = as_tiles();

    view_focus(&view, pane, true);
    return view;
}

/* At the end of the tape; words that begin with '!' must not be there. */
static void assert_drawn(struct view view, int rows, int cols, char const *const *words)
{
    struct history *history = end_of_tape();
    char *text = draw(history, &view, rows, cols);

    for (; *words; words++) {
        bool wanted = **words != '!';

        if ((strstr(text, *words + !wanted) != NULL) != wanted)
            fail_msg("\"%s\" is %s\n%s", *words + !wanted, wanted ? "not in" : "in", text);
    }
    free(text);
    history_close(history);
}

#define SAID(...) ((char const *const[]){ __VA_ARGS__, NULL })

/* ---- the timeline -------------------------------------------------------------------------- */

/* A task of 0.4 s that is done while its last step still runs. */
static void work_to_the_end(void)
{
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    new_task("compute#1", "program");
    turn(1);
    tell("task:begin", ",\"task\":\"compute#1\",\"step\":1,\"waited\":0.000001000");
    tape.t += 0.4;
    tell("task:done", ",\"task\":\"compute#1\",\"how\":\"returned\",\"value\":0,\"steps\":1");
}

static void a_task_that_is_done_runs_to_the_end_of_its_step(void **state)
{
    struct view view = alone(PANE_TIMELINE);

    (void)state;
    work_to_the_end();
    assert_drawn(view, 24, 120, SAID("  compute#1 █████████████████", "0.400 s"));
}

static void the_loop_runs_until_it_enters_select(void **state)
{
    struct view view = alone(PANE_TIMELINE);

    (void)state;
    work_to_the_end();
    tell("task:end", ",\"task\":\"compute#1\",\"took\":0.400000000,\"next\":\"done\"");
    assert_drawn(view, 24, 120, SAID("  loop      █████████████████", "0.400 s"));
    tell("loop:stopped", ",\"turns\":1");
    tape.t += 0.1;
    tell("trace:end", ",\"how\":\"exit\",\"status\":0");
    assert_drawn(view, 24, 120, SAID("  loop      █████████████████", "0.400 s"));
}

static void the_lanes_follow_the_task_that_runs(void **state)
{
    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    for (int i = 1; i <= 9; i++) {
        char id[32];

        snprintf(id, sizeof(id), "a_long_name#%d", i);
        new_task(id, "program");
    }
    turn(1);
    tell("task:begin", ",\"task\":\"a_long_name#9\",\"step\":1,\"waited\":0.000001000");
    assert_drawn(as_tiles(), 24, 80, SAID("│  a_long_name… ", "timeline ─", "+8 more"));
    assert_drawn(alone(PANE_TIMELINE), 24, 80, SAID("  a_long_name#9 "));
}

static void the_axis_has_round_numbers_and_its_unit(void **state)
{
    struct view view = alone(PANE_TIMELINE);

    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    view.from_ns = INT64_C(5000000000);
    view.span_ns = INT64_C(20000000000);
    assert_drawn(view, 24, 80,
                 SAID("     s 5", " 10 ", " 15 ", " 20 ", " 25", "timeline · now is earlier"));
    view.from_ns = 0;
    view.span_ns = INT64_C(2000000000);
    assert_drawn(view, 24, 80, SAID("    ms 0", " 500 ", " 1000 ", " 1500 ", " 2000", "!now is"));
}

static void wide_names_make_no_room_smaller(void **state)
{
    (void)state;
    begin_tape();
    new_task("sixteen-letters-#1", "program");
    new_task("日本語日本語日#2", "program");
    assert_drawn(alone(PANE_TIMELINE), 24, 80, SAID("sixteen-letters-#1 ", "日本語日本語日#2 "));
}

/* ---- the tasks ----------------------------------------------------------------------------- */

/* The code of a.c; `work` begins on its third line, `piece` on its seventh. */
static void show_source(void)
{
    tell("trace:source",
         ",\"file\":\"a.c\",\"text\":\"/* a.c */\\n\\nstatic int work(void *unused)"
         "\\n{\\n    await(x);\\n}\\nstatic void piece(void *unused)\\n{\\n    y();\\n}"
         "\\n/* 11 */\\n\"");
}

static void pieces(void)
{
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    show_source();
    new_task("main#1", "program");
    turn(1);
    step("main#1", 1, 0.001, "event", "event#2");
    tell("call:ready", ",\"call\":\"call#3\",\"fn\":\"piece\",\"by\":\"main#1\",\"why\":\"soon\"");
    turn(2);
    tell("call:begin", ",\"call\":\"call#3\",\"waited\":0.000000000");
    tell("call:ready", ",\"call\":\"call#4\",\"fn\":\"piece\",\"by\":\"call#3\",\"why\":\"soon\"");
}

static void callbacks_are_no_tasks(void **state)
{
    (void)state;
    pieces();
    assert_drawn(as_tiles(), 36, 120,
                 SAID(" tasks · 1, callbacks · 2 ─", "▶   3 call piece()     running"));
    assert_drawn(as_tiles(), 24, 80,
                 SAID(" tasks · 1, callbacks · 2 ─", "▶   3 piece()    running"));
}

static void the_list_shows_the_task_that_runs(void **state)
{
    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    for (int i = 1; i <= 9; i++) {
        char id[32];

        snprintf(id, sizeof(id), "walker#%d", i);
        new_task(id, "program");
    }
    assert_drawn(as_tiles(), 24, 80, SAID("    7 walker ", "    8 walker ", "    9 walker "));
    turn(1);
    assert_drawn(as_tiles(), 24, 80, SAID("    1 walker ", "    2 walker ", "    3 walker "));
    tell("task:begin", ",\"task\":\"walker#6\",\"step\":1,\"waited\":0.000001000");
    assert_drawn(as_tiles(), 24, 80,
                 SAID("▶   6 walker     running", " tasks · 9 ─", "─ +6 more ┤"));
}

static void a_number_is_whole_however_many_there_were(void **state)
{
    (void)state;
    begin_tape();
    new_task("main#1234567", "program");
    new_task("other#123456789", "program");
    assert_drawn(as_tiles(), 36, 120, SAID(" 1234567 main ", " 123456789 other "));
    assert_drawn(as_tiles(), 24, 80, SAID(" 1234567 main ", " 123456789 "));
}

/* ---- the source ---------------------------------------------------------------------------- */

static void the_code_of_a_callback_is_its_function(void **state)
{
    struct view view = alone(PANE_SOURCE);

    (void)state;
    pieces();
    assert_drawn(view, 24, 80, SAID("▶   7  static void piece(", "!▶   3", "!▸   3"));
}

static void a_task_begins_at_the_head_of_its_function(void **state)
{
    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    show_source();
    new_task("main#1", "program");
    turn(1);
    tell("task:begin", ",\"task\":\"main#1\",\"step\":1,\"waited\":0.0,\"src\":\"a.c:9\"");
    assert_drawn(alone(PANE_SOURCE), 24, 80, SAID("▶   3  static int work(", "!▸   9", "!▶   9"));
    assert_drawn(as_tiles(), 36, 120, SAID(" :3         1│"));
}

/* A task waits at line 5; another one, gone by then, is warned of. */
static void a_warning_points_at_whom_it_is_about(void **state)
{
    struct history *history;
    struct canvas *canvas = canvas_create(24, 80);
    struct view view = alone(PANE_SOURCE);

    (void)state;
    pieces();
    tell("call:end", ",\"call\":\"call#3\",\"took\":0.2");
    tell("warn:slow_step", ",\"call\":\"call#3\",\"took\":0.2,\"limit\":0.1");
    history = end_of_tape();
    view_draw(canvas, &view, history);
    assert_int_equal(canvas_cell(canvas, 3 + 6, 10)->style, STYLE_NOW);
    assert_int_not_equal(canvas_cell(canvas, 3 + 4, 10)->style, STYLE_NOW);
    history_close(history);
    tell("loop:turn", ",\"turn\":3");
    history = end_of_tape();
    view_draw(canvas, &view, history);
    for (int row = 3; row < 14; row++) /* nothing runs: nothing is marked as if it did */
        assert_int_not_equal(canvas_cell(canvas, row, 10)->style, STYLE_NOW);
    history_close(history);
    canvas_destroy(canvas);
}

static void a_line_of_another_file_has_its_name(void **state)
{
    (void)state;
    pieces();
    new_task("guest#5", "main#1");
    tell("call:end", ",\"call\":\"call#3\",\"took\":0.2");
    tell("task:begin", ",\"task\":\"guest#5\",\"step\":1,\"waited\":0.0");
    tell("task:await", ",\"task\":\"guest#5\",\"on\":\"timer\",\"src\":\"guests.h:253\"");
    tell("task:end", ",\"task\":\"guest#5\",\"took\":0.0,\"next\":\"await\"");
    tell("call:begin", ",\"call\":\"call#4\",\"waited\":0.000000000");
    assert_drawn(as_tiles(), 36, 120, SAID(" guests.h:253 ", "  :7 ", "  :10 "));
}

/* ---- the words ----------------------------------------------------------------------------- */

static void ask(void)
{
    begin_tape();
    tell("note:ask", ",\"text\":\"Ticks came at 100 and 200 ms. What comes now, after the work?\","
                     "\"choices\":[\"A tick at 300 ms: the ticker has a timer of its own\","
                     "\"A tick at 600 ms: nothing else can run before the work is done\",\"None\"],"
                     "\"answer\":1,\"why\":[\"No.\",\"Yes.\",\"No.\"]");
}

static void a_question_has_all_its_choices_at_any_size(void **state)
{
    (void)state;
    ask();
    assert_drawn(as_tiles(), 12, 60,
                 SAID("1  A tick at 300 ms", "2  A tick at 600 ms", "3  None", "Press its number"));
    assert_drawn(alone(PANE_LESSON), 12, 60, SAID("1  A tick at 300 ms", "3  None", "Press its"));
    assert_drawn(as_tiles(), 24, 80, SAID("the loop", "source", "tasks", "3  None", "Press its"));
}

static void the_lesson_says_how_to_answer(void **state)
{
    struct view view = alone(PANE_LESSON);

    (void)state;
    ask();
    assert_drawn(view, 24, 80, SAID("press its number to answer", "!goes back"));
    view.no_questions = true;
    assert_drawn(view, 24, 80, SAID("? Ticks came", "!to answer", "!goes back"));
    view.no_questions = false;
    tell("loop:run", ",\"how\":\"forever\"");
    assert_drawn(view, 24, 80, SAID("not answered: [ goes back to it"));
}

static void an_answer_in_the_trace_is_told_as_it_is(void **state)
{
    (void)state;
    begin_tape();
    tell("note:answered", ",\"choice\":1");
    assert_drawn(alone(PANE_LESSON), 24, 80, SAID("answered 2 in this trace"));
    begin_tape();
    tell("note:answered", ",\"took\":1.0");
    assert_drawn(alone(PANE_LESSON), 24, 80, SAID("answered in this trace", "!answered 0"));
    begin_tape();
    tell("note:answered", ",\"choice\":2147483647");
    assert_drawn(alone(PANE_LESSON), 24, 80, SAID("answered 2147483648 in this trace"));
}

static void the_sentence_comes_before_the_lesson(void **state)
{
    (void)state;
    begin_tape();
    tell("note:say", ",\"text\":\"A lesson speaks.\"");
    new_task("compute#6", "program");
    tell("warn:slow_step", ",\"task\":\"compute#6\",\"took\":0.350000000,\"limit\":0.1");
    assert_drawn(as_tiles(), 24, 80, SAID("give the work to a thread. ", "A lesson speaks."));
    assert_drawn(as_tiles(), 12, 60, SAID(" thread. "));
}

static void the_menu_has_all_its_views_at_any_size(void **state)
{
    struct view view = as_tiles();

    (void)state;
    ask();
    view.menu = true;
    assert_drawn(view, 12, 60,
                 SAID("┌ views ", "1  loop ", "5  connections", "6  timeline", "0  lesson",
                      "└──────────────────────────────────────────┘"));
}

/* ---- the loop and select() ----------------------------------------------------------------- */

static void wait_in_select(void)
{
    begin_tape();
    tell("watch:add", ",\"fd\":3,\"for\":\"read\",\"who\":\"loop\"");
    tell("watch:add", ",\"fd\":1500,\"for\":\"read\",\"who\":\"call#6\"");
    tell("loop:run", ",\"how\":\"forever\"");
    tell("loop:turn", ",\"turn\":1");
    tell("timer:set", ",\"timer\":\"timer#7\",\"due\":0.100,\"delay\":0.100");
    tell("timer:set", ",\"timer\":\"timer#11\",\"due\":0.500,\"delay\":0.500");
    tell("select:enter", ",\"timeout\":0.500000000,\"until\":\"timer#11\",\"nfds\":1501,\"read\":2,"
                         "\"write\":0");
}

static void numbers_are_the_last_that_the_loop_cuts(void **state)
{
    (void)state;
    wait_in_select();
    assert_drawn(as_tiles(), 36, 140,
                 SAID("0.500 s, until timer#11", "2 fds (nfds 1501), waiting ≤ 0.500 s ░░░"));
    assert_drawn(as_tiles(), 36, 120, SAID("2 fds, waiting ≤ 0.500 s ░░░"));
    assert_drawn(as_tiles(), 24, 80, SAID("0.500 s to timer#11", "2 fds, ≤ 0.500 s"));
    assert_drawn(as_tiles(), 12, 60, SAID("timeout 0.500 s ", "2 fds, ≤ 0.500 s"));
}

static void a_timer_that_is_due_is_no_work_that_is_ready(void **state)
{
    (void)state;
    begin_tape();
    tell("timer:set", ",\"timer\":\"timer#7\",\"due\":0.000000500,\"delay\":0.000000500");
    tell("loop:run", ",\"how\":\"forever\"");
    tell("loop:turn", ",\"turn\":1,\"ready\":0,\"timers\":1");
    assert_drawn(as_tiles(), 36, 120, SAID("▶ 1 timeout 0: a timer is due"));
    tell("select:enter", ",\"timeout\":0.000000000,\"until\":\"timer#7\",\"nfds\":0,\"read\":0,"
                         "\"write\":0");
    assert_drawn(as_tiles(), 36, 120, SAID("  1 timeout 0: a timer is due", "!work is ready"));
}

static void the_present_phase_is_among_the_rows(void **state)
{
    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    new_task("compute#6", "program");
    turn(1);
    tell("task:begin", ",\"task\":\"compute#6\",\"step\":1,\"waited\":0.0");
    tell("warn:slow_step", ",\"task\":\"compute#6\",\"took\":0.350000000,\"limit\":0.1");
    assert_drawn(as_tiles(), 12, 60, SAID(" thread. ", "▶ 5 ready   compute#6"));
}

static void select_tells_its_nfds(void **state)
{
    (void)state;
    wait_in_select();
    assert_drawn(alone(PANE_WATCH), 24, 80,
                 SAID("nfds 1501: select() looks through fds 0 to 1500"));
    assert_drawn(alone(PANE_LOOP), 24, 80, SAID("nfds 1501"));
}

static void a_mark_stands_apart_from_its_text(void **state)
{
    (void)state;
    wait_in_select();
    tell("select:leave", ",\"took\":0.1,\"ready\":1,\"read\":[3],\"write\":[]");
    assert_drawn(as_tiles(), 36, 120,
                 SAID("│● fd 3  read  the loop", "│  fd 1500 read  for call#6"));
}

static void the_gauges_of_timers_stand_below_each_other(void **state)
{
    (void)state;
    wait_in_select();
    tape.t = 0.1;
    tell("select:leave", ",\"took\":0.1,\"ready\":0,\"read\":[],\"write\":[]");
    assert_drawn(as_tiles(), 36, 120,
                 SAID(" timer#7   due now      ▓▓▓▓▓", " timer#11  in 0.400 s   ▓▓░░░"));
}

static void one_is_told_as_one(void **state)
{
    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    turn(1);
    tell("out:line", ",\"stream\":\"stdout\",\"text\":\"x\",\"cut\":1");
    tell("loop:stopped", ",\"why\":\"stop\",\"turns\":1");
    assert_drawn(as_tiles(), 36, 120, SAID("not running, 1 turn done", "x (1 byte more)"));
    tell("loop:run", ",\"how\":\"forever\"");
    turn(2);
    tell("loop:stopped", ",\"why\":\"stop\",\"turns\":2");
    assert_drawn(as_tiles(), 36, 120, SAID("not running, 2 turns done"));
}

static void a_long_name_is_blamed_like_a_short_one(void **state)
{
    (void)state;
    begin_tape();
    new_task("a-task-with-quite-a-long-name-1#1", "program");
    tell("timer:set", ",\"timer\":\"timer#2\",\"due\":1.000000000,\"delay\":1.000000000");
    tell("loop:run", ",\"how\":\"forever\"");
    turn(1);
    step("a-task-with-quite-a-long-name-1#1", 1, 3, "event", "event#3");
    turn(2);
    tell("timer:fire", ",\"timer\":\"timer#2\",\"late\":2.000000000");
    tell("warn:late_timer", ",\"timer\":\"timer#2\",\"late\":2.000000000");
    assert_drawn(
        as_tiles(), 36, 300,
        SAID("Meanwhile a-task-with-quite-a-long-name-1#1 kept the thread for 3 s, at a.c:10."));
    assert_drawn(alone(PANE_TASK), 36, 120, SAID("lateness caused 2 s"));
}

static void no_more_servers_than_there_are(void **state)
{
    (void)state;
    begin_tape();
    for (unsigned n = 1; n <= 6; n++)
        tell("server:listen", ",\"server\":\"server#%u\",\"fd\":%u,\"addr\":\"unix:/s%u\"", n,
             n + 4, n);
    assert_drawn(alone(PANE_CONNS), 12, 60, SAID("server#1 ", "server#6 ", "! more "));
    tell("server:listen", ",\"server\":\"server#7\",\"fd\":20,\"addr\":\"unix:/s7\"");
    assert_drawn(alone(PANE_CONNS), 12, 60, SAID("+1 more "));
}

static void what_still_runs_is_blamed_before_what_was_shorter(void **state)
{
    (void)state;
    begin_tape();
    new_task("short#1", "program");
    new_task("long#2", "program");
    tell("loop:run", ",\"how\":\"forever\"");
    turn(1);
    step("short#1", 1, 1, "event", "event#3");
    tell("task:begin", ",\"task\":\"long#2\",\"step\":1,\"waited\":0.0");
    tape.t += 3;
    tell("warn:late_timer", ",\"timer\":\"timer#4\",\"late\":3.500000000");
    assert_drawn(as_tiles(), 36, 200, SAID("Meanwhile long#2 kept the thread for 3 s"));
}

/* ---- one task ------------------------------------------------------------------------------ */

static void what_a_step_led_to_is_told_at_80_columns(void **state)
{
    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    new_task("main#1", "program");
    turn(1);
    tell("task:begin", ",\"task\":\"main#1\",\"step\":1,\"waited\":0.0");
    new_task("other#2", "main#1");
    tell("task:await", ",\"task\":\"main#1\",\"on\":\"connect\"");
    tell("task:end", ",\"task\":\"main#1\",\"took\":0.1,\"next\":\"await\"");
    assert_drawn(alone(PANE_TASK), 24, 80, SAID("new program", "connect (1 stood ready)"));
}

static void who_woke_whom_is_told_of_long_names(void **state)
{
    static char const first[] = "a-task-with-quite-a-long-name#1";
    static char const second[] = "a-task-with-quite-a-long-name#2";

    (void)state;
    begin_tape();
    new_task(first, "program");
    new_task(second, "program");
    new_task("other#3", "program");
    tell("task:ready", ",\"task\":\"other#3\",\"by\":\"%s\",\"why\":\"wake\"", first);
    struct view view = alone(PANE_TASK);
    view.task = 1;
    assert_drawn(view, 36, 120, SAID("other#3 wake"));
    view.task = 2;
    assert_drawn(view, 36, 120, SAID("!other#3 wake"));
}

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(a_task_that_is_done_runs_to_the_end_of_its_step),
        cmocka_unit_test(the_loop_runs_until_it_enters_select),
        cmocka_unit_test(the_lanes_follow_the_task_that_runs),
        cmocka_unit_test(the_axis_has_round_numbers_and_its_unit),
        cmocka_unit_test(wide_names_make_no_room_smaller),
        cmocka_unit_test(callbacks_are_no_tasks),
        cmocka_unit_test(the_list_shows_the_task_that_runs),
        cmocka_unit_test(a_number_is_whole_however_many_there_were),
        cmocka_unit_test(the_code_of_a_callback_is_its_function),
        cmocka_unit_test(a_task_begins_at_the_head_of_its_function),
        cmocka_unit_test(a_warning_points_at_whom_it_is_about),
        cmocka_unit_test(a_line_of_another_file_has_its_name),
        cmocka_unit_test(a_question_has_all_its_choices_at_any_size),
        cmocka_unit_test(the_lesson_says_how_to_answer),
        cmocka_unit_test(an_answer_in_the_trace_is_told_as_it_is),
        cmocka_unit_test(the_sentence_comes_before_the_lesson),
        cmocka_unit_test(the_menu_has_all_its_views_at_any_size),
        cmocka_unit_test(numbers_are_the_last_that_the_loop_cuts),
        cmocka_unit_test(a_timer_that_is_due_is_no_work_that_is_ready),
        cmocka_unit_test(the_present_phase_is_among_the_rows),
        cmocka_unit_test(select_tells_its_nfds),
        cmocka_unit_test(a_mark_stands_apart_from_its_text),
        cmocka_unit_test(the_gauges_of_timers_stand_below_each_other),
        cmocka_unit_test(one_is_told_as_one),
        cmocka_unit_test(no_more_servers_than_there_are),
        cmocka_unit_test(a_long_name_is_blamed_like_a_short_one),
        cmocka_unit_test(what_still_runs_is_blamed_before_what_was_shorter),
        cmocka_unit_test(what_a_step_led_to_is_told_at_80_columns),
        cmocka_unit_test(who_woke_whom_is_told_of_long_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

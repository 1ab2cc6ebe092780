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

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(a_task_that_is_done_runs_to_the_end_of_its_step),
        cmocka_unit_test(the_loop_runs_until_it_enters_select),
        cmocka_unit_test(the_lanes_follow_the_task_that_runs),
        cmocka_unit_test(the_axis_has_round_numbers_and_its_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_viz_chain.c - from a task back to what woke it, and on to the root; and the keys of the views
 */
#include "viz_support.h"

#include "chain.h"
#include "keys.h"
#include "source.h"
#include "viewer.h"

static char const guests[] = "lessons/traces/02_serve_forever.jsonl";

struct set_up {
    struct source *source;
    struct viewer viewer;
};

static void begin(struct set_up *set, char const *path, uint64_t n)
{
    char message[256];

    set->source = source_file(path, false, message, sizeof(message));
    if (!set->source)
        fail_msg("%s (tests run in the project's top directory)", message);
    assert_int_equal(viewer_init(&set->viewer, set->source, false, 1, 1), 0);
    set->viewer.rows = 36;
    set->viewer.cols = 120;
    history_go_event(set->viewer.history, n);
}

static void end(struct set_up *set)
{
    viewer_fini(&set->viewer);
    source_close(set->source);
}

static void press(struct set_up *set, int code)
{
    viewer_key(&set->viewer, code, 1);
}

static enum event_kind kind_here(struct set_up *set)
{
    return history_moment(set->viewer.history)->event->kind;
}

static char *screen(struct set_up *set)
{
    struct canvas *canvas = canvas_create(set->viewer.rows, set->viewer.cols);
    char *text;

    view_draw(canvas, &set->viewer.view, set->viewer.history);
    text = canvas_text(canvas, CANVAS_UTF8);
    canvas_destroy(canvas);
    return text;
}

static void assert_on_screen(struct set_up *set, char const *words)
{
    char *text = screen(set);

    if (!strstr(text, words))
        fail_msg("\"%s\" is not in\n%s", words, text);
    free(text);
}

static void u_goes_back_from_cause_to_cause_up_to_the_root(void **state)
{
    struct set_up set;
    int64_t before;
    int presses = 0;

    (void)state;
    begin(&set, guests, 120);
    while (kind_here(&set) != EV_TASK_BEGIN)
        press(&set, '.');
    do { /* whatever the way: it ends, each press goes back, and the sentence grows */
        before = history_moment(set.viewer.history)->offset;
        press(&set, 'u');
        assert_true(history_moment(set.viewer.history)->offset <= before);
        assert_true(chain_is_here(&set.viewer.view, set.viewer.history));
    } while (history_moment(set.viewer.history)->offset < before && ++presses < 50);
    assert_in_range(presses, 2, 49);
    assert_non_null(strstr(set.viewer.view.chain, " was made ready ("));
    assert_non_null(strstr(set.viewer.view.chain, ", because "));
    assert_non_null(strstr(set.viewer.view.chain, "; there it begins: "));
    assert_non_null(strstr(set.viewer.view.message, "the root"));
    assert_on_screen(&set, "Why: ");
    press(&set, '.'); /* anything else that moves ends it */
    assert_false(chain_is_here(&set.viewer.view, set.viewer.history));
    end(&set);
}

static void the_chain_is_a_sentence(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, "tests/traces/screen_heartbeat.jsonl", 40);
    press(&set, 'u');
    press(&set, 'u');
    press(&set, 'u');
    assert_string_equal(set.viewer.view.chain,
                        "main#1 was made ready (timer), because timer#4 fired, because main#1 had "
                        "set it, at 01_while_loop.c:17");
    end(&set);
}

static void a_digit_of_the_menu_shows_a_view_and_escape_leaves_it(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, guests, 120);
    press(&set, 'v');
    assert_on_screen(&set, "who waits for whom");
    press(&set, '5');
    assert_int_equal(set.viewer.view.focus, PANE_CONNS);
    assert_false(set.viewer.view.menu);
    assert_int_equal(history_moment(set.viewer.history)->n, 120); /* the digit went nowhere */
    assert_on_screen(&set, "connections");
    press(&set, KEYS_ESCAPE);
    assert_false(set.viewer.view.maximised);
    assert_in_range(set.viewer.view.focus, 0, PANE_TILES - 1);
    press(&set, 'v');
    press(&set, 'j'); /* any other key closes it and does what it does */
    assert_false(set.viewer.view.menu);
    assert_int_not_equal(set.viewer.view.task, 0);
    end(&set);
}

static void tab_goes_through_every_view_of_a_pane_alone(void **state)
{
    struct set_up set;
    bool seen[PANE_COUNT] = { false };

    (void)state;
    begin(&set, guests, 120);
    press(&set, 'O');
    for (int i = 0; i < PANE_COUNT; i++) {
        press(&set, KEYS_TAB);
        assert_true(set.viewer.view.maximised);
        seen[set.viewer.view.focus] = true;
    }
    for (int pane = 0; pane < PANE_COUNT; pane++)
        assert_true(seen[pane]);
    press(&set, 'O');
    for (int i = 0; i < PANE_COUNT; i++) {
        press(&set, KEYS_TAB);
        assert_false(set.viewer.view.maximised);
    }
    end(&set);
}

static void enter_tells_all_of_the_selected_task(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, guests, 120);
    press(&set, KEYS_ENTER);
    assert_int_not_equal(set.viewer.view.task, 0);
    press(&set, KEYS_ENTER);
    assert_int_equal(set.viewer.view.focus, PANE_TASK);
    assert_on_screen(&set, "how long its steps took");
    press(&set, 't');
    assert_int_equal(set.viewer.view.focus, PANE_TREE);
    press(&set, 't');
    assert_false(set.viewer.view.maximised);
    end(&set);
}

static void tasks_are_ordered_and_selected_as_they_stand(void **state)
{
    struct set_up set;
    uint64_t first, last;

    (void)state;
    begin(&set, guests, 120);
    press(&set, 'j');
    first = set.viewer.view.task;
    press(&set, KEYS_ESCAPE);
    press(&set, 'i');
    press(&set, 'j');
    last = set.viewer.view.task;
    assert_true(last > first);
    press(&set, 'j');
    assert_true(set.viewer.view.task < last);
    press(&set, '<');
    assert_int_equal(set.viewer.view.order, ORDER_WARNINGS);
    press(&set, '>');
    assert_int_equal(set.viewer.view.order, ORDER_NUMBER);
    assert_false(set.viewer.view.order_down);
    end(&set);
}

static void the_timeline_zooms_pans_and_comes_back_to_now(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, guests, 120);
    press(&set, 'w');
    assert_int_equal(set.viewer.view.focus, PANE_TIMELINE);
    assert_int_equal(set.viewer.view.span_ns, 2000000000);
    press(&set, 's');
    assert_int_equal(set.viewer.view.span_ns, 5000000000);
    press(&set, 'd');
    assert_int_equal(set.viewer.view.from_ns, 1250000000);
    for (int i = 0; i < 9; i++)
        press(&set, 'a');
    assert_int_equal(set.viewer.view.from_ns, 0);
    for (int i = 0; i < 99; i++)
        press(&set, 'w');
    assert_in_range(set.viewer.view.span_ns, 1000, 10000);
    for (int i = 0; i < 99; i++)
        press(&set, 's');
    free(screen(&set));
    press(&set, KEYS_ESCAPE);
    assert_int_equal(set.viewer.view.from_ns, -1);
    end(&set);
}

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(u_goes_back_from_cause_to_cause_up_to_the_root),
        cmocka_unit_test(the_chain_is_a_sentence),
        cmocka_unit_test(a_digit_of_the_menu_shows_a_view_and_escape_leaves_it),
        cmocka_unit_test(tab_goes_through_every_view_of_a_pane_alone),
        cmocka_unit_test(enter_tells_all_of_the_selected_task),
        cmocka_unit_test(tasks_are_ordered_and_selected_as_they_stand),
        cmocka_unit_test(the_timeline_zooms_pans_and_comes_back_to_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_viz_views.c - the views that stand alone: what they say of a loop made for them
 */
#include "viz_tape.h"

#include "load.h"
#include "order.h"
#include "told.h"
#include "view.h"

static char *look(struct history *history, enum pane pane, struct view const *as)
{
    struct canvas *canvas = canvas_create(36, 120);
    struct view view;
    char *text;

    view_init(&view);
    if (as)
        view = *as;
    view_focus(&view, pane, true);
    view_draw(canvas, &view, history);
    text = canvas_text(canvas, CANVAS_UTF8);
    canvas_destroy(canvas);
    return text;
}

/* At the end of the tape. */
static void assert_seen(enum pane pane, struct view const *view, char const *const *words)
{
    struct history *history = history_of(tape.text);
    char *text;

    history_go_end(history);
    text = look(history, pane, view);
    for (; *words; words++)
        if (!strstr(text, *words))
            fail_msg("\"%s\" is not in\n%s", *words, text);
    free(text);
    history_close(history);
}

static void three_workers(void)
{
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    new_task("main#1", "program");
    turn(1);
    step("main#1", 1, 0.0001, "task", "slow#2");
    new_task("slow#2", "main#1");
    new_task("quick#3", "main#1");
    turn(2);
    step("slow#2", 1, 0.25, "timer", "timer#4");
    step("quick#3", 1, 0.00002, "lock", "lock#5");
}

/* ---- the order of tasks -------------------------------------------------------------------- */

static void tasks_stand_in_the_order_asked_for(void **state)
{
    struct task const *shown[8];
    struct model *model;

    (void)state;
    three_workers();
    model = model_of(tape.text);
    assert_int_equal(order_rows(model, ORDER_NUMBER, false, 0, 8, shown), 3);
    assert_int_equal(shown[0]->number, 1);
    assert_int_equal(order_rows(model, ORDER_LONGEST, true, 0, 8, shown), 3);
    assert_int_equal(shown[0]->number, 2);
    assert_int_equal(shown[1]->number, 1);
    assert_int_equal(shown[2]->number, 3);
    assert_int_equal(order_rows(model, ORDER_NAME, false, 1, 1, shown), 1);
    assert_string_equal(str_text(&shown[0]->id), "quick#3");
    assert_int_equal(
        order_place(model, ORDER_LONGEST, true, model_task(model, slice_of("quick#3"))), 2);
    model_destroy(model);
}

/* Each row of any window stands where a whole sort would put it. */
static void every_window_of_an_order_agrees_with_the_whole(void **state)
{
    enum { TASKS = 400 };
    static struct task const *whole[TASKS], *part[TASKS];
    struct model *model;

    (void)state;
    begin_tape();
    for (unsigned i = 1; i <= TASKS; i++) {
        char id[32];

        snprintf(id, sizeof(id), "t%u#%u", i * 7919 % 13, i);
        new_task(id, "program");
    }
    model = model_of(tape.text);
    for (struct task *task = model->tasks; task; task = task->next)
        task->cpu_ns = (int64_t)(task->number * 7919 % 97);
    for (int order = 0; order < ORDER_COUNT; order++)
        for (int down = 0; down < 2; down++) {
            assert_int_equal(order_rows(model, (enum order)order, down, 0, TASKS, whole), TASKS);
            for (size_t first = 0; first < TASKS; first += 37) {
                size_t n = order_rows(model, (enum order)order, down, first, 20, part);

                assert_int_equal(n, TASKS - first < 20 ? TASKS - first : 20);
                assert_memory_equal(part, whole + first, n * sizeof(part[0]));
                assert_int_equal(order_place(model, (enum order)order, down, part[0]), first);
            }
        }
    model_destroy(model);
}

static void the_table_tells_what_each_task_has_cost(void **state)
{
    struct view view;

    (void)state;
    three_workers();
    turn(3);
    tell("timer:set", ",\"timer\":\"timer#6\",\"wakes\":\"main#1\",\"due\":0.000200000");
    view_init(&view);
    view.order = ORDER_LONGEST;
    view.order_down = true;
    assert_seen(PANE_TASKS, &view,
                (char const *const[]){ "longest\xe2\x96\xbe", "slow", "0.250 s", "lock#5", NULL });
}

static void who_ran_while_a_timer_was_due_caused_its_lateness(void **state)
{
    struct model *model;

    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    new_task("slow#1", "program");
    new_task("quick#2", "program");
    tell("timer:set", ",\"timer\":\"timer#3\",\"wakes\":\"quick#2\",\"due\":0.100000000");
    turn(1);
    step("slow#1", 1, 0.3, "timer", "timer#9");
    step("quick#2", 1, 0.0, "timer", "timer#3");
    turn(2);
    tell("timer:fire", ",\"timer\":\"timer#3\",\"wakes\":\"quick#2\",\"late\":0.200000000");
    model = model_of(tape.text);
    assert_in_range(model_task(model, slice_of("slow#1"))->late_ns, 199000000, 201000000);
    assert_in_range(model_task(model, slice_of("quick#2"))->late_ns, 0, 10000);
    model_destroy(model);
}

/* ---- one task ------------------------------------------------------------------------------ */

static void a_task_tells_its_steps_and_who_woke_whom(void **state)
{
    struct view view;

    (void)state;
    three_workers();
    view_init(&view);
    view.task = 1;
    assert_seen(PANE_TASK, &view,
                (char const *const[]){ "task \xc2\xb7 main#1", "waiting for slow#2", "new program",
                                       "how long its steps took", "it woke", "slow#2 new",
                                       "quick#3 new", NULL });
}

/* ---- the tree ------------------------------------------------------------------------------ */

static void a_cycle_of_awaits_is_drawn_and_named(void **state)
{
    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    new_task("a#1", "program");
    new_task("b#2", "program");
    new_task("c#3", "program");
    turn(1);
    step("a#1", 1, 0, "task", "b#2");
    step("b#2", 1, 0, "task", "a#1");
    step("c#3", 1, 0, "task", "a#1");
    assert_seen(PANE_TREE, NULL,
                (char const *const[]){ "c#3  waits for a#1", "\xe2\x94\x94 a#1  waits for b#2",
                                       "a#1 \xe2\x86\x92 b#2 \xe2\x86\x92 a#1: none of them",
                                       NULL });
}

static void a_group_has_its_tasks_below_it(void **state)
{
    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    new_task("main#1", "program");
    turn(1);
    new_task("one#2", "main#1");
    new_task("two#3", "main#1");
    step("main#1", 1, 0, "group", "gather#4");
    turn(2);
    step("one#2", 1, 0, "timer", "timer#5");
    step("two#3", 1, 0, "timer", "timer#6");
    assert_seen(PANE_TREE, NULL,
                (char const *const[]){ "main#1  waits for gather#4",
                                       "\xe2\x94\x9c one#2  waits for timer#5",
                                       "\xe2\x94\x94 two#3  waits for timer#6", NULL });
}

/* ---- connections --------------------------------------------------------------------------- */

static void a_full_buffer_passes_its_high_water_mark(void **state)
{
    (void)state;
    begin_tape();
    tell("server:listen", ",\"server\":\"server#1\",\"fd\":5,\"addr\":\"127.0.0.1:80\"");
    tell("server:accept",
         ",\"server\":\"server#1\",\"conn\":\"conn#2\",\"fd\":6,\"peer\":\"127.0.0.1:9\"");
    tell("conn:read", ",\"conn\":\"conn#2\",\"bytes\":1500");
    tell("conn:write", ",\"conn\":\"conn#2\",\"bytes\":1000,\"queued\":80000");
    assert_seen(PANE_CONNS, NULL,
                (char const *const[]){ "server#1  fd 5  listens on 127.0.0.1:80  accepted 1",
                                       "conn#2", "1.5 KiB", "78.1 KiB", "low 16 KiB, high 64 KiB",
                                       "\xe2\x96\x93\xe2\x96\x93", NULL });
}

static void a_rate_is_of_the_last_second(void **state)
{
    struct flow flow = { .second = 3, .now = 100, .before = 50 };

    (void)state;
    assert_int_equal((int)flow_rate(&flow, 3000000000), 150);
    assert_int_equal((int)flow_rate(&flow, 3500000000), 125);
    assert_int_equal((int)flow_rate(&flow, 4500000000), 50);
    assert_int_equal((int)flow_rate(&flow, 9000000000), 0);
}

/* ---- load ---------------------------------------------------------------------------------- */

static void load_is_the_share_of_the_last_second_inside_handles(void **state)
{
    struct model *model;
    struct load load;

    (void)state;
    three_workers();
    model = model_of(tape.text);
    load_of(&load, model, model->t_ns);
    assert_in_range((int)(100 * load.busy), 95, 100); /* it did nothing but work so far */
    load_of(&load, model, model->t_ns + 1000000000);
    assert_int_equal((int)(100 * load.busy), 0);
    load_of(&load, model, model->t_ns + 500000000);
    assert_in_range((int)(100 * load.busy), 30, 35); /* a quarter of three */
    model_destroy(model);
}

/* Turns at 0, 1.001, 2.002 s ...: asked at any time the answer is the same, until one fails to come. */
static void a_turn_a_second_is_one_turn_a_second(void **state)
{
    struct load load;

    (void)state;
    begin_tape();
    tell("loop:run", ",\"how\":\"forever\"");
    for (unsigned i = 0; i < 10; i++) {
        struct model *model;

        tape.t = 1.001 * i;
        turn(i + 1);
        model = model_of(tape.text);
        for (int64_t later_ns = 0; i > 0 && later_ns < 1000000000; later_ns += 50000000) {
            load_of(&load, model, model->t_ns + later_ns);
            assert_int_equal((int)(10 * load.turns_a_second + 0.5), 10);
        }
        load_of(&load, model, model->t_ns + INT64_C(40000000000));
        assert_true(load.turns_a_second < 0.25);
        model_destroy(model);
    }
}

/* ---- events -------------------------------------------------------------------------------- */

/* The same sentences from wherever one comes, and those that the cursor itself tells. */
static void sentences_around_now_are_the_cursors_own(void **state)
{
    char *bytes, *sentences[400];
    size_t len;
    struct history *history;
    struct told const *told;
    int count = 0, present;

    (void)state;
    bytes = file_bytes(CROWD, &len);
    history = history_of(bytes);
    do
        sentences[count++] = strdup(history_moment(history)->sentence);
    while (count < 400 && history_step(history, 1) > 0);
    for (int at = count - 1; at >= 0; at -= at % 3 + 1) {
        int n;

        history_go_start(history);
        history_step(history, at);
        n = told_around(history, 10, 10, NULL, NULL, 0, &told, &present);
        assert_int_equal(present, at < 10 ? at : 10);
        assert_true(n > present);
        for (int i = 0; i < n && at - present + i < count; i++)
            if (strlen(sentences[at - present + i]) < 200)
                assert_string_equal(told[i].text, sentences[at - present + i]);
    }
    for (int i = 0; i < count; i++)
        free(sentences[i]);
    history_close(history);
    free(bytes);
}

/* ---- the timeline -------------------------------------------------------------------------- */

static void the_timeline_gives_the_account_of_what_it_shows(void **state)
{
    struct view view;

    (void)state;
    three_workers();
    view_init(&view);
    view.span_ns = 500000000;
    view.from_ns = 0;
    assert_seen(
        PANE_TIMELINE, &view,
        (char const *const[]){ "0 s and 0.500 s on", "ran      ready    waited", "0.250 s", NULL });
}

/* ---- all of them --------------------------------------------------------------------------- */

static void every_view_looks_the_same_from_either_side(void **state)
{
    char *bytes;
    size_t len;
    struct history *history;

    (void)state;
    bytes = file_bytes(CROWD, &len);
    history = history_of(bytes);
    for (int pane = PANE_TILES; pane < PANE_COUNT; pane++)
        for (unsigned n = 40; n < 600; n += 83) {
            char *forward, *back;

            history_go_event(history, n - 1);
            history_step(history, 1);
            forward = look(history, (enum pane)pane, NULL);
            history_go_end(history);
            history_go_event(history, n);
            back = look(history, (enum pane)pane, NULL);
            assert_string_equal(forward, back);
            free(forward);
            free(back);
        }
    history_close(history);
    free(bytes);
}

static void the_menu_leads_to_ten_views(void **state)
{
    bool seen[PANE_COUNT] = { false };

    (void)state;
    for (int digit = 0; digit < 10; digit++) {
        int pane = view_menu_pane(digit);

        assert_in_range(pane, 0, PANE_COUNT - 1);
        assert_false(seen[pane]);
        seen[pane] = true;
    }
    assert_int_equal(view_menu_pane(10), -1);
}

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(tasks_stand_in_the_order_asked_for),
        cmocka_unit_test(every_window_of_an_order_agrees_with_the_whole),
        cmocka_unit_test(the_table_tells_what_each_task_has_cost),
        cmocka_unit_test(who_ran_while_a_timer_was_due_caused_its_lateness),
        cmocka_unit_test(a_task_tells_its_steps_and_who_woke_whom),
        cmocka_unit_test(a_cycle_of_awaits_is_drawn_and_named),
        cmocka_unit_test(a_group_has_its_tasks_below_it),
        cmocka_unit_test(a_full_buffer_passes_its_high_water_mark),
        cmocka_unit_test(a_rate_is_of_the_last_second),
        cmocka_unit_test(load_is_the_share_of_the_last_second_inside_handles),
        cmocka_unit_test(a_turn_a_second_is_one_turn_a_second),
        cmocka_unit_test(sentences_around_now_are_the_cursors_own),
        cmocka_unit_test(the_timeline_gives_the_account_of_what_it_shows),
        cmocka_unit_test(every_view_looks_the_same_from_either_side),
        cmocka_unit_test(the_menu_leads_to_ten_views),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

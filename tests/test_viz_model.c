/*
 * test_viz_model - the loop rebuilt from events, and held against state records.
 */
#include "viz_support.h"

#include <errno.h>

#define E(t, n, rest) "{\"t\":" t ",\"n\":" n ",\"ev\":" rest "}\n"
#define HEAD                                                                                       \
    E("0.000000000", "0", "\"trace:head\",\"format\":\"loopscope\",\"version\":1,\"program\":\"p\"")
#define NEW(n, task)                                                                               \
    E("0.000000000", n,                                                                            \
      "\"task:new\",\"task\":\"" task                                                              \
      "\",\"name\":\"x\",\"parent\":\"program\",\"fn\":\"f\",\"src\":\"a.c:1\"")
#define READY(n, task, why)                                                                        \
    E("0.000000000", n,                                                                            \
      "\"task:ready\",\"task\":\"" task "\",\"by\":\"program\",\"why\":\"" why "\"")
#define BEGIN(t, n, task, step)                                                                    \
    E(t, n,                                                                                        \
      "\"task:begin\",\"task\":\"" task "\",\"step\":" step                                        \
      ",\"waited\":0.000000000,\"src\":\"a.c:1\"")
#define END(t, n, task, next)                                                                      \
    E(t, n, "\"task:end\",\"task\":\"" task "\",\"took\":0.500000000,\"next\":\"" next "\"")

static struct task *task_in(const struct model *model, const char *id)
{
    return model_task(model, slice_of(id));
}

static void tasks_become_ready_run_and_wait(void **state)
{
    struct model *model = model_of(HEAD NEW("1", "a#1") NEW("2", "b#2") READY("3", "b#2", "new")
                                       READY("4", "a#1", "new"));
    (void)state;
    assert_int_equal(model->n_tasks, 2);
    assert_string_equal(str_text(&model->tasks->id), "a#1");
    assert_string_equal(str_text(&model->ready->id), "b#2");
    assert_int_equal(model->n_ready, 2);
    assert_int_equal(task_in(model, "a#1")->state, TASK_READY);
    model_destroy(model);

    model =
        model_of(HEAD NEW("1", "a#1") READY("2", "a#1", "new") BEGIN("1.000000000", "3", "a#1", "1")
                     E("1.000000000", "4",
                       "\"task:await\",\"task\":\"a#1\",\"on\":\"timer\",\"what\":\"timer#2\","
                       "\"due\":2.000000000,\"src\":\"a.c:5\",\"expr\":\"e\"")
                         END("1.500000000", "5", "a#1", "await"));
    assert_int_equal(task_in(model, "a#1")->state, TASK_WAITING);
    assert_string_equal(str_text(&task_in(model, "a#1")->what), "timer#2");
    assert_string_equal(str_text(&task_in(model, "a#1")->src), "a.c:5");
    assert_int_equal(task_in(model, "a#1")->cpu_ns, 500000000);
    assert_int_equal(task_in(model, "a#1")->steps, 1);
    assert_int_equal(model->totals.busy_ns, 500000000);
    assert_null(model->running);
    assert_int_equal(model->phase, PHASE_READY);
    model_destroy(model);
}

static void a_running_task_that_yields_stands_in_the_queue_already(void **state)
{
    struct model *model = model_of(HEAD NEW("1", "a#1") READY("2", "a#1", "new") BEGIN(
        "1.000000000", "3", "a#1", "1") READY("4", "a#1", "yield"));
    (void)state;
    assert_int_equal(task_in(model, "a#1")->state, TASK_RUNNING);
    assert_true(task_in(model, "a#1")->in_ready);
    assert_ptr_equal(model->running, task_in(model, "a#1"));
    model_destroy(model);
    model =
        model_of(HEAD NEW("1", "a#1") READY("2", "a#1", "new") BEGIN("0.000000000", "3", "a#1", "1")
                     READY("4", "a#1", "yield") END("0.500000000", "5", "a#1", "yield"));
    assert_int_equal(task_in(model, "a#1")->state, TASK_READY);
    model_destroy(model);
}

static void a_task_that_is_done_is_gone_but_its_step_ends_later(void **state)
{
    static const char done[] =
        HEAD NEW("1", "a#1") READY("2", "a#1", "new") BEGIN("0.000000000", "3", "a#1", "1")
            E("0.000000000", "4",
              "\"task:done\",\"task\":\"a#1\",\"how\":\"returned\",\"value\":0,\"steps\":1,\"cpu\":"
              "0.000000000");
    struct model *model = model_of(done);
    (void)state;
    assert_int_equal(model->n_tasks, 0);
    assert_null(task_in(model, "a#1"));
    assert_string_equal(str_text(&model->running->id), "a#1");
    struct model *copy = model_copy(model);
    assert_string_equal(str_text(&copy->running->id), "a#1");
    assert_int_equal(copy->n_tasks, 0);
    model_destroy(copy);
    model_destroy(model);
    char ended[2000];
    snprintf(ended, sizeof ended, "%s%s", done, END("0.500000000", "5", "a#1", "done"));
    model = model_of(ended);
    assert_null(model->running);
    assert_int_equal(model->totals.busy_ns, 500000000);
    model_destroy(model);
}

#define TIMER(n, id, due)                                                                          \
    E("0.000000000", n,                                                                            \
      "\"timer:set\",\"timer\":\"" id "\",\"wakes\":\"a#1\",\"due\":" due                          \
      ",\"delay\":1.000000000")

static void timers_stand_in_firing_order_and_equal_deadlines_in_arming_order(void **state)
{
    struct model *model = model_of(
        HEAD TIMER("1", "timer#9", "3.000000000") TIMER("2", "timer#10", "1.000000000") TIMER(
            "3", "timer#11", "3.000000000") TIMER("4", "timer#12", "2.000000000")
            E("0.000000000", "5", "\"timer:cancel\",\"timer\":\"timer#12\",\"left\":2.000000000"));
    static const char *const order[] = { "timer#10", "timer#9", "timer#11" };
    const struct timer *timer = model->timers;
    (void)state;
    for (size_t i = 0; i < 3; i++, timer = timer->next[0])
        assert_string_equal(str_text(&timer->id), order[i]);
    assert_null(timer);
    assert_int_equal(model->n_timers, 3);
    model_destroy(model);
}

static void select_and_phases_follow_the_turn(void **state)
{
    static const char enter[] =
        HEAD E("0.000000000", "1", "\"watch:add\",\"fd\":4,\"for\":\"read\",\"who\":\"loop\"")
            E("0.000000000", "2", "\"loop:turn\",\"turn\":1,\"ready\":0,\"timers\":0")
                E("0.000000000", "3",
                  "\"select:enter\",\"timeout\":null,\"nfds\":5,\"read\":1,\"write\":0");
    struct model *model = model_of(enter);
    (void)state;
    assert_int_equal(model->phase, PHASE_SELECT);
    assert_true(model->select.inside && model->select.forever);
    model_destroy(model);
    char leave[2000];
    snprintf(leave, sizeof leave, "%s%s", enter,
             E("2.000000000", "4",
               "\"select:leave\",\"took\":2.000000000,\"ready\":1,\"read\":[4],\"write\":[]"));
    model = model_of(leave);
    assert_int_equal(model->phase, PHASE_IO);
    assert_int_equal(model->select.n_read_fds, 1);
    assert_int_equal(model->select.read_fds[0], 4);
    assert_int_equal(model->totals.waited_ns, 2000000000);
    model_destroy(model);
}

static void the_batch_is_what_was_ready_when_the_first_handle_ran(void **state)
{
    struct model *model = model_of(
        HEAD NEW("1", "a#1") NEW("2", "b#2") READY("3", "a#1", "new") READY("4", "b#2", "new")
            E("0.000000000", "5", "\"loop:turn\",\"turn\":1,\"ready\":2,\"timers\":0")
                BEGIN("0.000000000", "6", "a#1", "1") READY("7", "a#1", "yield")
                    END("0.500000000", "8", "a#1", "yield"));
    (void)state;
    assert_int_equal(model->batch, 2);
    assert_int_equal(model->batch_done, 1);
    assert_int_equal(model->n_ready, 2);
    model_destroy(model);
}

static void output_and_notes_are_kept_newest_last(void **state)
{
    char text[MODEL_OUTPUT * 120 + 2000];
    size_t len = 0;
    (void)state;
    for (int i = 1; i <= MODEL_OUTPUT + 10; i++)
        len += (size_t)snprintf(
            text + len, sizeof text - len,
            E("0.000000000", "%d", "\"out:line\",\"stream\":\"stdout\",\"text\":\"line %d\""), i,
            i);
    struct model *model = model_of(text);
    assert_int_equal(model->outputs_ring.count, MODEL_OUTPUT);
    assert_int_equal(model->outputs_ring.dropped, 10);
    assert_string_equal(str_text(&model->outputs[ring_at(&model->outputs_ring, 0)].text),
                        "line 11");
    struct model *copy = model_copy(model);
    assert_string_equal(str_text(&copy->outputs[ring_at(&copy->outputs_ring, 0)].text), "line 11");
    model_destroy(copy);
    model_destroy(model);
}

/* ---- state records --------------------------------------------------------------------------- */

#define STATE(n, tasks)                                                                            \
    E("0.000000000", n,                                                                            \
      "\"trace:state\",\"turn\":7,\"phase\":\"io\",\"stopping\":false,\"tasks\":[" tasks           \
      "],\"ready\":[],\"timers\":[{\"timer\":\"timer#9\",\"due\":5.000000000,\"wakes\":\"a#1\"}]," \
      "\"watch\":[{\"fd\":4,\"for\":\"read\",\"who\":\"loop\"}],\"servers\":[],\"conns\":[],"      \
      "\"totals\":{\"turns\":7,\"steps\":3,\"calls\":0,\"timers\":2,\"late_max\":0.001000000,"     \
      "\"accepted\":0,\"in\":0,\"out\":0,\"busy\":0.000000000,\"waited\":1.000000000}")
#define TASK_A                                                                                     \
    "{\"task\":\"a#1\",\"state\":\"waiting\",\"on\":\"timer\",\"what\":\"timer#9\",\"due\":5."     \
    "000000000,\"src\":\"a.c:3\",\"steps\":3,\"cpu\":0.000000000,\"parent\":\"program\"}"

static void a_trace_can_begin_at_a_state_record(void **state)
{
    struct model *model = model_of(STATE("100", TASK_A));
    (void)state;
    assert_int_equal(model->turn, 7);
    assert_int_equal(model->phase, PHASE_IO);
    assert_int_equal(model->n_tasks, 1);
    assert_string_equal(str_text(&task_in(model, "a#1")->src), "a.c:3");
    assert_int_equal(model->timers->due_ns, INT64_C(5000000000));
    assert_int_equal(model->totals.waited_ns, 1000000000);
    assert_false(model->unsure);
    model_destroy(model);
}

static void a_record_keeps_what_only_events_told(void **state)
{
    struct model *model = model_of(HEAD NEW("1", "a#1") STATE("1", TASK_A));
    (void)state;
    assert_string_equal(str_text(&task_in(model, "a#1")->fn), "f");
    assert_int_equal(task_in(model, "a#1")->made_ns, 0);
    model_destroy(model);
}

static void after_a_gap_nothing_is_sure_until_the_record(void **state)
{
    struct model *model = model_of(
        HEAD NEW("1", "a#1") E("0.000000000", "9", "\"trace:gap\",\"lost\":8,\"from\":2,\"to\":9"));
    (void)state;
    assert_true(model->unsure);
    assert_int_equal(model->lost, 8);
    model_destroy(model);
    model = model_of(HEAD NEW("1", "b#2") E(
        "0.000000000", "9", "\"trace:gap\",\"lost\":8,\"from\":2,\"to\":9") STATE("9", TASK_A));
    assert_false(model->unsure);
    assert_null(task_in(model, "b#2")); /* no ghosts */
    model_destroy(model);
}

struct told {
    char text[4000];
};

static void note(void *context, const char *expected, const char *found)
{
    struct told *told = context;
    size_t len = strlen(told->text);
    snprintf(told->text + len, sizeof told->text - len, "%s; %s\n", expected, found);
}

static void told_by(struct told *told, const char *text)
{
    struct model *model = model_create();
    struct event event;
    event_init(&event);
    told->text[0] = '\0';
    model_on_fault(model, note, told);
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        assert_int_equal(event_parse(&event, (struct slice){ text, len }), 0);
        model_apply(model, &event);
        text += len + 1;
    }
    event_fini(&event);
    model_destroy(model);
}

static void each_difference_to_a_record_is_told(void **state)
{
    struct told told;
    (void)state;
    told_by(&told, STATE("5", TASK_A) STATE("5", TASK_A));
    assert_string_equal(told.text, "");
    told_by(&told, STATE("5", TASK_A) STATE(
                       "5", "{\"task\":\"a#1\",\"state\":\"waiting\",\"on\":\"read\",\"what\":"
                            "\"timer#9\",\"due\":5.000000000,\"src\":\"a.c:4\",\"steps\":4,\"cpu\":"
                            "0.000000001,\"parent\":\"loop\",\"cancelling\":1}"));
    assert_string_equal(told.text, "a#1 on timer; read\n"
                                   "a#1 src a.c:3; a.c:4\n"
                                   "a#1 parent program; loop\n"
                                   "a#1 steps 3; 4\n"
                                   "a#1 cpu 0.000000000; 0.000000001\n"
                                   "a#1 cancelling 0; 1\n");
    told_by(&told, STATE("5", TASK_A) STATE("5", ""));
    assert_string_equal(told.text, "task a#1; it is not in the record\n");
    told_by(&told, STATE("5", "") STATE("5", TASK_A));
    assert_string_equal(told.text, "no task a#1; it is in the record\n");
}

static void what_can_not_be_is_told(void **state)
{
    struct told told;
    (void)state;
    told_by(&told, HEAD NEW("1", "a#1") NEW("2", "b#2") READY("3", "a#1", "new")
                       READY("4", "b#2", "new") BEGIN("0.000000000", "5", "b#2", "1"));
    assert_string_equal(told.text, "a#1 to begin, as the first in the ready queue; b#2\n");
    told_by(&told, HEAD NEW("1", "a#1") BEGIN("0.000000000", "2", "a#1", "2"));
    assert_string_equal(told.text, "step 1; 2\na#1 in the ready queue when it begins; it is not\n");
    told_by(&told,
            HEAD TIMER("1", "timer#2", "3.000000000") TIMER("2", "timer#3", "2.000000000")
                E("3.000000000", "3",
                  "\"timer:fire\",\"timer\":\"timer#2\",\"wakes\":\"a#1\",\"late\":0.000000000"));
    assert_string_equal(told.text, "timer#3 to fire, as the first in firing order; timer#2\n");
    told_by(&told,
            HEAD TIMER("1", "timer#2", "3.000000000")
                E("2.000000000", "2",
                  "\"timer:fire\",\"timer\":\"timer#2\",\"wakes\":\"a#1\",\"late\":0.000000000"));
    assert_string_equal(told.text, "timer#2 to fire when it is due, or later; it fires early\n");
    told_by(&told, HEAD E("0.000000000", "1", "\"conn:read\",\"conn\":\"conn#4\",\"bytes\":5"));
    assert_string_equal(told.text, "conn#4 an open connection; none of this id is open\n");
    told_by(&told, HEAD E("5.000000000", "1", "\"loop:stop\",\"by\":\"program\"")
                       E("4.000000000", "2", "\"loop:stop\",\"by\":\"program\""));
    assert_string_equal(told.text, "time to go on from 5.000000000; 4.000000000\n");
}

static void ids_and_places_come_apart(void **state)
{
    (void)state;
    assert_true(slice_is(id_name(slice_of("main#12")), "main"));
    assert_int_equal(id_number(slice_of("main#12")), 12);
    assert_true(slice_is(id_name(slice_of("a#b#3")), "a#b"));
    assert_true(slice_is(id_name(slice_of("loop")), "loop"));
    assert_int_equal(id_number(slice_of("loop")), 0);
    assert_int_equal(id_number(slice_of("x#99999999999999999999")), 0);
    assert_int_equal(id_number(slice_of("#")), 0);
    assert_true(slice_is(src_file(slice_of("dir:x/file.c:17")), "dir:x/file.c"));
    assert_int_equal(src_line(slice_of("file.c:17")), 17);
    assert_int_equal(src_line(slice_of("file.c")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_become_ready_run_and_wait),
        cmocka_unit_test(a_running_task_that_yields_stands_in_the_queue_already),
        cmocka_unit_test(a_task_that_is_done_is_gone_but_its_step_ends_later),
        cmocka_unit_test(timers_stand_in_firing_order_and_equal_deadlines_in_arming_order),
        cmocka_unit_test(select_and_phases_follow_the_turn),
        cmocka_unit_test(the_batch_is_what_was_ready_when_the_first_handle_ran),
        cmocka_unit_test(output_and_notes_are_kept_newest_last),
        cmocka_unit_test(a_trace_can_begin_at_a_state_record),
        cmocka_unit_test(a_record_keeps_what_only_events_told),
        cmocka_unit_test(after_a_gap_nothing_is_sure_until_the_record),
        cmocka_unit_test(each_difference_to_a_record_is_told),
        cmocka_unit_test(what_can_not_be_is_told),
        cmocka_unit_test(ids_and_places_come_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

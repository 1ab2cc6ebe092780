/*
 * test_viz_player.c - moving through a trace, and what the keys make of it
 *
 * The wall clock is handed in, so hours pass in no time.
 */
#include "keys.h"
#include "player.h"
#include "source.h"
#include "viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

static char const heartbeat[] = "tests/traces/screen_heartbeat.jsonl";

struct set_up {
    struct source *source;
    struct viewer viewer;
    int64_t wall_ns;
};

static void begin(struct set_up *set, char const *path, bool play)
{
    char message[256];

    set->source = source_file(path, false, message, sizeof(message));
    if (!set->source)
        fail_msg("%s (tests run in the project's top directory)", message);
    set->wall_ns = 77 * SECOND;
    assert_int_equal(viewer_init(&set->viewer, set->source, play, 1, set->wall_ns), 0);
    set->viewer.rows = 36;
    set->viewer.cols = 120;
}

static void end(struct set_up *set)
{
    viewer_fini(&set->viewer);
    source_close(set->source);
}

static struct moment const *moment_of(struct set_up *set)
{
    return history_moment(set->viewer.history);
}

static void press(struct set_up *set, int code)
{
    viewer_key(&set->viewer, code, set->wall_ns);
}

static void type(struct set_up *set, char const *text)
{
    press(set, ':');
    for (; *text; text++)
        press(set, *text);
    press(set, KEYS_ENTER);
}

/* Lets the wall clock run, as the screen would: sleeping as long as it is allowed to. */
static void pass(struct set_up *set, int64_t span_ns)
{
    int64_t until = set->wall_ns + span_ns;

    while (set->wall_ns < until) {
        int wait_ms = viewer_timeout_ms(&set->viewer, set->wall_ns);
        int64_t step = wait_ms < 1 ? MS : wait_ms * MS;

        set->wall_ns = set->wall_ns + step < until ? set->wall_ns + step : until;
        viewer_tick(&set->viewer, set->wall_ns);
    }
}

/* Whether words stand in the screen's first line, or in its last one. */
static bool is_in_line(struct set_up *set, bool first, char const *words)
{
    struct canvas *canvas = canvas_create(set->viewer.rows, set->viewer.cols);
    char *text, *line;
    bool is_there;

    view_draw(canvas, &set->viewer.view, set->viewer.history);
    text = canvas_text(canvas, CANVAS_UTF8);
    text[strlen(text) - 1] = '\0';
    line = first ? text : strrchr(text, '\n') + 1;
    if (first)
        line[strcspn(line, "\n")] = '\0';
    is_there = strstr(line, words) != NULL;
    free(text);
    canvas_destroy(canvas);
    return is_there;
}

static void assert_header(struct set_up *set, char const *words)
{
    if (!is_in_line(set, true, words))
        fail_msg("no \"%s\" in the header", words);
}

static void assert_keys(struct set_up *set, char const *words)
{
    if (!is_in_line(set, false, words))
        fail_msg("no \"%s\" in the bottom line", words);
}

static void a_replay_stands_at_the_first_event(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    pass(&set, 3 * SECOND);
    assert_int_equal(moment_of(&set)->offset, 0);
    assert_false(set.viewer.view.playing);
    end(&set);
}

static void playing_keeps_the_traces_own_pace(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, true);
    pass(&set, 900 * MS);
    assert_true(moment_of(&set)->t_ns < SECOND);
    assert_in_range(view_now(&set.viewer.view, set.viewer.history), 890 * MS, 910 * MS);
    pass(&set, 200 * MS);
    assert_in_range(moment_of(&set)->t_ns, SECOND, SECOND + SECOND / 10);
    end(&set);
}

static void speed_divides_the_waits(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, true);
    press(&set, '+');
    pass(&set, 450 * MS);
    assert_true(moment_of(&set)->t_ns < SECOND);
    pass(&set, 100 * MS);
    assert_true(moment_of(&set)->t_ns >= SECOND);
    press(&set, KEYS_BACKSPACE);
    assert_true(set.viewer.view.speed == 1);
    end(&set);
}

static void changing_the_speed_does_not_jump(void **state)
{
    struct set_up set;
    int64_t before;

    (void)state;
    begin(&set, heartbeat, true);
    pass(&set, 500 * MS);
    before = view_now(&set.viewer.view, set.viewer.history);
    press(&set, '-');
    press(&set, '-');
    viewer_tick(&set.viewer, set.wall_ns);
    assert_int_equal(view_now(&set.viewer.view, set.viewer.history), before);
    pass(&set, 400 * MS);
    assert_in_range(view_now(&set.viewer.view, set.viewer.history), before + 90 * MS,
                    before + 110 * MS);
    end(&set);
}

static void a_pause_holds_the_clock(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, true);
    pass(&set, 500 * MS);
    press(&set, ' ');
    pass(&set, 100 * SECOND);
    assert_in_range(view_now(&set.viewer.view, set.viewer.history), 490 * MS, 510 * MS);
    press(&set, ' ');
    pass(&set, 400 * MS);
    assert_true(moment_of(&set)->t_ns < SECOND);
    pass(&set, 200 * MS);
    assert_true(moment_of(&set)->t_ns >= SECOND);
    end(&set);
}

static void playing_halts_at_a_question_until_it_is_answered(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, true);
    pass(&set, 5 * SECOND);
    assert_int_equal(moment_of(&set)->event->kind, EV_NOTE_ASK);
    assert_false(set.viewer.view.playing);
    press(&set, '7'); /* there is no seventh choice */
    assert_non_null(strstr(set.viewer.view.message, "choices here"));
    press(&set, '0'); /* nor does it jump away */
    assert_non_null(strstr(set.viewer.view.message, "choices here"));
    assert_non_null(view_question(&set.viewer.view, set.viewer.history));
    press(&set, '2');
    assert_null(view_question(&set.viewer.view, set.viewer.history));
    assert_int_equal(view_answer_of(&set.viewer.view, moment_of(&set)->n), 1);
    press(&set, ' ');
    pass(&set, 2 * SECOND);
    assert_true(moment_of(&set)->t_ns > 3 * SECOND);
    press(&set, KEYS_HOME); /* an answered question does not halt again */
    press(&set, ' ');
    set.viewer.view.playing = true;
    pass(&set, 4 * SECOND);
    assert_true(moment_of(&set)->t_ns > 2 * SECOND);
    end(&set);
}

static void escape_skips_a_question(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    press(&set, ']');
    press(&set, ']');
    assert_non_null(view_question(&set.viewer.view, set.viewer.history));
    press(&set, KEYS_ESCAPE);
    assert_int_equal(view_answer_of(&set.viewer.view, moment_of(&set)->n), -1);
    end(&set);
}

static void a_replay_stops_at_its_end(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    press(&set, KEYS_END);
    assert_true(moment_of(&set)->at_end);
    press(&set, ' ');
    assert_false(set.viewer.view.playing);
    assert_true(strstr(set.viewer.view.message, "Home") != NULL);
    press(&set, '.');
    assert_true(strlen(set.viewer.view.message) > 0);
    end(&set);
}

static void steps_go_there_and_back(void **state)
{
    struct set_up set;
    uint64_t turn;

    (void)state;
    begin(&set, heartbeat, false);
    for (int i = 0; i < 40; i++)
        press(&set, '.');
    for (int i = 0; i < 40; i++)
        press(&set, ',');
    assert_int_equal(moment_of(&set)->offset, 0);
    press(&set, '}');
    press(&set, '}');
    turn = moment_of(&set)->model->turn;
    assert_int_equal(turn, 2);
    press(&set, '{');
    assert_int_equal(moment_of(&set)->model->turn, 1);
    end(&set);
}

static void seeking_moves_the_clock_by_five_seconds(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    press(&set, KEYS_RIGHT);
    assert_int_equal(view_now(&set.viewer.view, set.viewer.history), 5 * SECOND);
    assert_true(moment_of(&set)->t_ns <= 5 * SECOND);
    press(&set, KEYS_LEFT);
    assert_int_equal(view_now(&set.viewer.view, set.viewer.history), moment_of(&set)->t_ns);
    assert_true(moment_of(&set)->t_ns < MS);
    end(&set);
}

static void back_never_lands_later_than_it_began(void **state)
{
    static char const *const backs[] = { "-5", "-3 s", "-0", "0" };
    struct set_up set;

    (void)state;
    begin(&set, "lessons/traces/02_serve_forever.jsonl", false); /* 25 events at 0 s */
    press(&set, KEYS_LEFT);
    assert_int_equal(moment_of(&set)->offset, 0);
    for (size_t i = 0; i < sizeof(backs) / sizeof(backs[0]); i++) {
        type(&set, "event 7");
        type(&set, backs[i]);
        assert_true(moment_of(&set)->n < 7);
    }
    end(&set);
}

static void seeking_in_joined_traces_goes_on_from_one_into_the_next(void **state)
{
    char path[] = "/tmp/test_viz_player-XXXXXX";
    int64_t before = -1, size;
    struct set_up set;
    char *bytes;
    FILE *file = fopen(heartbeat, "r");
    int fd = mkstemp(path);

    (void)state;
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    bytes = malloc((size_t)size);
    assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
    assert_int_equal(write(fd, bytes, (size_t)size), size);
    assert_int_equal(write(fd, bytes, (size_t)size), size);
    begin(&set, path, false);
    for (int i = 0; !moment_of(&set)->at_end && i < 30; i++) {
        press(&set, KEYS_RIGHT);
        assert_true(moment_of(&set)->offset > before);
        before = moment_of(&set)->offset;
    }
    assert_true(moment_of(&set)->at_end);
    for (int i = 0; moment_of(&set)->offset > 0 && i < 30; i++) {
        press(&set, KEYS_LEFT);
        assert_true(moment_of(&set)->offset < before);
        before = moment_of(&set)->offset;
    }
    assert_int_equal(moment_of(&set)->offset, 0);
    end(&set);
    free(bytes);
    fclose(file);
    close(fd);
    unlink(path);
}

static void a_tenth_on_and_back_reaches_both_ends(void **state)
{
    struct set_up set;
    int count = 0;

    (void)state;
    begin(&set, "lessons/traces/04_stopping.jsonl", false);
    for (; !moment_of(&set)->at_end && count < 30; count++)
        press(&set, KEYS_SHIFT_RIGHT);
    assert_in_range(count, 10, 11);
    for (count = 0; moment_of(&set)->offset > 0 && count < 30; count++)
        press(&set, KEYS_SHIFT_LEFT);
    assert_in_range(count, 10, 11);
    end(&set);
}

static void seeking_beyond_the_end_is_said(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    press(&set, KEYS_RIGHT);
    assert_keys(&set, "Space play");
    press(&set, KEYS_END);
    press(&set, KEYS_RIGHT);
    assert_keys(&set, "The trace ends here");
    end(&set);
}

static void a_missing_place_is_said_with_what_there_is(void **state)
{
    static char const *const places[][2] = {
        { "turn 40", "No turn 40 in this trace: the last is 19" },
        { "event 9999", "No event 9999 in this trace: the last is 242" },
        { "1:30", "The trace ends at " },
        { "+90", "The trace ends at " },
        { "200%", "100 % is the end of the trace" },
        { "turn 7", "" },
        { "100%", "" },
    };
    struct set_up set;

    (void)state;
    begin(&set, "lessons/traces/02_serve_forever.jsonl", false);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        press(&set, KEYS_HOME);
        type(&set, places[i][0]);
        if (!*places[i][1])
            assert_string_equal(set.viewer.view.message, "");
        else if (!strstr(set.viewer.view.message, places[i][1]))
            fail_msg("%s: %s", places[i][0], set.viewer.view.message);
    }
    end(&set);
}

static void places_can_be_typed(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    type(&set, "event 40");
    assert_int_equal(moment_of(&set)->n, 40);
    type(&set, "#12");
    assert_int_equal(moment_of(&set)->n, 12);
    type(&set, "turn 3");
    assert_int_equal(moment_of(&set)->model->turn, 3);
    assert_int_equal(moment_of(&set)->event->kind, EV_LOOP_TURN);
    type(&set, "2.5 s");
    assert_int_equal(view_now(&set.viewer.view, set.viewer.history), SECOND * 5 / 2);
    type(&set, "+500ms");
    assert_int_equal(view_now(&set.viewer.view, set.viewer.history), SECOND * 3);
    type(&set, "-1");
    assert_int_equal(view_now(&set.viewer.view, set.viewer.history), SECOND * 2);
    type(&set, "0:03");
    assert_int_equal(view_now(&set.viewer.view, set.viewer.history), SECOND * 3);
    type(&set, "100%");
    assert_true(moment_of(&set)->at_end);
    type(&set, "start");
    assert_int_equal(moment_of(&set)->offset, 0);
    end(&set);
}

static void nonsense_places_are_refused_and_move_nothing(void **state)
{
    static char const *const places[] = { "",    "turn",       "turn x", "event -3", "1e400",
                                          "%",   "12 parsecs", "+",      "--3",      "nan",
                                          "inf", "0x10p3q",    "0x10",   "0X10",     "1:0x1" };
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    type(&set, "event 40");
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        type(&set, places[i]);
        assert_int_equal(moment_of(&set)->n, 40);
        assert_non_null(strstr(set.viewer.view.message, "Not a place"));
    }
    type(&set, "nowhere at all in any trace that was ever written");
    assert_in_range(strlen(set.viewer.view.message), 60, 76 + 2); /* the ellipsis has three bytes */
    end(&set);
}

static void who_woke_leads_to_the_timer_and_to_who_set_it(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    type(&set, "event 40"); /* main prints, in its fourth step */
    press(&set, 'u');
    assert_int_equal(moment_of(&set)->event->kind, EV_TASK_READY);
    assert_int_equal(moment_of(&set)->n, 38);
    press(&set, 'u');
    assert_int_equal(moment_of(&set)->event->kind, EV_TIMER_FIRE);
    assert_int_equal(moment_of(&set)->n, 37);
    end(&set);
}

static void a_message_gives_the_keys_their_line_back(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    press(&set, '~');
    pass(&set, 5 * SECOND);
    assert_true(strlen(set.viewer.view.message) > 0);
    pass(&set, 5 * SECOND);
    assert_int_equal(strlen(set.viewer.view.message), 0);
    end(&set);
}

static void the_first_task_is_selected_and_followed(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, "tests/traces/screen_server.jsonl", false);
    press(&set, KEYS_END);
    press(&set, 'j');
    assert_int_equal(set.viewer.view.task, 1);
    press(&set, 'j');
    assert_int_equal(set.viewer.view.task, 6);
    press(&set, 'k');
    press(&set, 'k');
    assert_int_equal(set.viewer.view.task, 1);
    press(&set, 'F');
    assert_true(set.viewer.view.follow);
    press(&set, KEYS_ESCAPE);
    assert_int_equal(set.viewer.view.task, 0);
    assert_false(set.viewer.view.follow);
    end(&set);
}

static void quitting_closes_what_lies_over_the_picture_first(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    press(&set, 'O');
    press(&set, '?');
    press(&set, 'q');
    assert_false(set.viewer.view.help);
    assert_true(set.viewer.view.maximised);
    press(&set, 'q');
    assert_false(set.viewer.view.maximised);
    assert_false(set.viewer.wants_quit);
    press(&set, 'q');
    assert_true(set.viewer.wants_quit);
    end(&set);
}

static void the_help_turns_by_its_own_pages(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    set.viewer.rows = 24;
    set.viewer.cols = 80;
    press(&set, '?');
    press(&set, KEYS_PAGE_DOWN);
    assert_in_range(set.viewer.view.help_scroll, 14, 20);
    press(&set, KEYS_PAGE_UP);
    assert_int_equal(set.viewer.view.help_scroll, 0);
    end(&set);
}

static void a_typed_q_is_a_letter_and_ctrl_c_always_quits(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    press(&set, ':');
    press(&set, 'q');
    assert_false(set.viewer.wants_quit);
    assert_string_equal(set.viewer.view.prompt, "q");
    press(&set, KEYS_CTRL_C);
    assert_true(set.viewer.wants_quit);
    end(&set);
}

static void what_is_typed_is_seen_at_its_end_and_may_be_any_letter(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    press(&set, '/');
    for (int i = 0; i < 150; i++)
        press(&set, 'a');
    press(&set, 0xfc);
    press(&set, 0x1f642);
    press(&set, 'z');
    press(&set, 0x9b); /* no letter, but a control */
    assert_keys(&set, "a\xc3\xbc\xf0\x9f\x99\x82z");
    press(&set, KEYS_BACKSPACE);
    press(&set, KEYS_BACKSPACE);
    assert_string_equal(set.viewer.view.prompt + 149, "a\xc3\xbc");
    for (int i = 0; i < 500; i++)
        press(&set, 0xfc);
    assert_true(strlen(set.viewer.view.prompt) < sizeof(set.viewer.view.prompt));
    end(&set);
}

static void the_bottom_line_tells_what_can_be_done_here(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    set.viewer.rows = 24;
    set.viewer.cols = 80;
    set.viewer.view.source = VIEW_LIVE;
    assert_keys(&set, "[ ] note");
    assert_keys(&set, "End now");
    assert_false(is_in_line(&set, false, "c connect")); /* no server listens */
    while (!view_question(&set.viewer.view, set.viewer.history))
        press(&set, ']');
    assert_keys(&set, "1 2 3 answer  Esc skip");
    end(&set);
}

static void clicks_focus_select_and_seek(void **state)
{
    struct layout layout;
    struct set_up set;

    (void)state;
    begin(&set, "tests/traces/screen_server.jsonl", false);
    press(&set, KEYS_END);
    layout = view_layout(&set.viewer.view, set.viewer.history, 36, 120);
    viewer_mouse(&set.viewer, layout.pane[PANE_OUTPUT].row, layout.pane[PANE_OUTPUT].col + 2,
                 BUTTON_CLICK, set.wall_ns);
    assert_int_equal(set.viewer.view.focus, PANE_OUTPUT);
    viewer_mouse(&set.viewer, layout.pane[PANE_TASKS].row + 2, layout.pane[PANE_TASKS].col + 2,
                 BUTTON_CLICK, set.wall_ns);
    assert_int_equal(set.viewer.view.task, 6);
    viewer_mouse(&set.viewer, layout.progress.row, layout.progress.col, BUTTON_CLICK, set.wall_ns);
    assert_int_equal(moment_of(&set)->offset, 0);
    viewer_mouse(&set.viewer, -5, 4000, BUTTON_CLICK, set.wall_ns);
    viewer_mouse(&set.viewer, 0, 0, BUTTON_WHEEL_DOWN, set.wall_ns);
    end(&set);
}

static void clicks_choose_from_the_menu_and_answer(void **state)
{
    struct layout layout;
    struct place menu;
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    layout = view_layout(&set.viewer.view, set.viewer.history, 36, 120);
    menu = view_menu_item(layout.body, 3);
    press(&set, 'v');
    viewer_mouse(&set.viewer, menu.row, menu.col + 8, BUTTON_CLICK, set.wall_ns);
    assert_int_equal(set.viewer.view.focus, PANE_TASKS);
    assert_true(set.viewer.view.maximised && !set.viewer.view.menu);
    press(&set, 'v');
    viewer_mouse(&set.viewer, layout.progress.row, 60, BUTTON_CLICK, set.wall_ns);
    assert_false(set.viewer.view.menu);
    assert_int_equal(moment_of(&set)->offset, 0); /* it did not fall through */
    while (!view_question(&set.viewer.view, set.viewer.history))
        press(&set, ']');
    layout = view_layout(&set.viewer.view, set.viewer.history, 36, 120);
    viewer_mouse(&set.viewer, layout.words.row, 20, BUTTON_CLICK, set.wall_ns);
    assert_non_null(view_question(&set.viewer.view, set.viewer.history));
    viewer_mouse(&set.viewer, layout.words.row + 2, 20, BUTTON_CLICK, set.wall_ns);
    assert_int_equal(view_answer_of(&set.viewer.view, moment_of(&set)->n), 1);
    end(&set);
}

static void a_scrolled_source_goes_back_to_its_line_when_that_moves(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, "lessons/traces/02_serve_forever.jsonl", false);
    type(&set, "event 96");
    pass(&set, MS);
    view_focus(&set.viewer.view, PANE_SOURCE, false);
    press(&set, KEYS_PAGE_DOWN);
    pass(&set, MS);
    assert_true(set.viewer.view.scroll[PANE_SOURCE] > 0);
    press(&set, 'P'); /* moves nothing */
    pass(&set, MS);
    assert_true(set.viewer.view.scroll[PANE_SOURCE] > 0);
    for (int i = 0; i < 6; i++)
        press(&set, '.');
    pass(&set, MS);
    assert_int_equal(set.viewer.view.scroll[PANE_SOURCE], 0);
    end(&set);
}

static void any_keys_in_any_order_do_no_harm(void **state)
{
    unsigned seed = 20;
    struct set_up set;

    (void)state;
    begin(&set, "tests/traces/screen_server.jsonl", true);
    for (int i = 0; i < 5000; i++) {
        struct key const *key;

        seed = seed * 1103515245u + 12345u;
        key = keys_at((seed >> 8) % keys_count());
        if (key->action == ACTION_SUSPEND || key->action == ACTION_NONE)
            continue;
        press(&set, key->first + (int)(seed >> 20) % (key->last - key->first + 1));
        set.viewer.rows = (int)(seed >> 10) % 60 + 1;
        set.viewer.cols = (int)(seed >> 16) % 150 + 1;
        viewer_mouse(&set.viewer, (int)(seed >> 5) % 60, (int)(seed >> 9) % 150,
                     (enum viewer_button)(i % 3), set.wall_ns);
        if (i % 20 == 0) {
            struct canvas *canvas = canvas_create(set.viewer.rows, set.viewer.cols);

            pass(&set, 50 * MS);
            view_draw(canvas, &set.viewer.view, set.viewer.history);
            canvas_destroy(canvas);
        }
    }
    end(&set);
}

/* ---- live ---------------------------------------------------------------------------------- */

static void append(int fd, char const *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

#define LINE(t, n, rest) "{\"t\":" t ",\"n\":" n ",\"ev\":" rest "}\n"

static void begin_live(struct set_up *set, int *fd, char *path)
{
    char message[256];

    strcpy(path, "/tmp/test_viz_player-XXXXXX");
    *fd = mkstemp(path);
    append(*fd, LINE("0.000000001", "1", "\"loop:run\",\"how\":\"forever\""));
    set->source = source_file(path, true, message, sizeof(message));
    assert_non_null(set->source);
    set->wall_ns = SECOND;
    assert_int_equal(viewer_init(&set->viewer, set->source, true, 1, set->wall_ns), 0);
    set->viewer.rows = 24;
    set->viewer.cols = 80;
    pass(set, 100 * MS);
}

static void end_live(struct set_up *set, int fd, char const *path)
{
    end(set);
    close(fd);
    unlink(path);
}

static void live_shows_events_as_they_come(void **state)
{
    struct set_up set;
    char path[64];
    int fd;

    (void)state;
    begin_live(&set, &fd, path);
    assert_true(set.viewer.view.at_edge);
    append(fd, LINE("5.000000000", "2", "\"loop:turn\",\"turn\":1,\"ready\":0,\"timers\":0"));
    pass(&set, 100 * MS);
    assert_int_equal(moment_of(&set)->n, 2); /* at once, however late its own clock says it is */
    end_live(&set, fd, path);
}

/* Nothing is shown ahead of the program, and at less than its pace the picture falls behind. */
static void a_live_program_is_shown_at_the_speed_that_is_said(void **state)
{
    struct set_up set;
    char path[64];
    int fd;

    (void)state;
    begin_live(&set, &fd, path);
    player_change_speed(&set.viewer.player, 1, set.wall_ns);
    assert_true(set.viewer.view.at_edge);
    assert_header(&set, "LIVE   \xe2\x96\xb6 1\xc3\x97");
    player_change_speed(&set.viewer.player, 0, set.wall_ns);
    player_change_speed(&set.viewer.player, -1, set.wall_ns);
    assert_false(set.viewer.view.at_edge);
    assert_header(&set, "BEHIND LIVE  \xe2\x96\xb6 0.5\xc3\x97");
    append(fd, LINE("1.000000000", "2", "\"loop:turn\",\"turn\":1,\"ready\":0,\"timers\":0"));
    for (int i = 0; i < 17; i++)
        pass(&set, 100 * MS);
    assert_int_equal(moment_of(&set)->n, 1);
    for (int i = 0; i < 5; i++)
        pass(&set, 100 * MS);
    assert_int_equal(moment_of(&set)->n, 2);
    end_live(&set, fd, path);
}

/* What was slow before the program was held is as slow afterwards. */
static void a_hold_is_not_made_up_for(void **state)
{
    struct set_up set;
    char path[64];
    int fd;

    (void)state;
    begin_live(&set, &fd, path);
    player_change_speed(&set.viewer.player, -1, set.wall_ns);
    set.viewer.view.has_paused = true;
    pass(&set, 60 * SECOND);
    set.viewer.view.has_paused = false;
    append(fd, LINE("2.000000000", "2", "\"loop:turn\",\"turn\":1,\"ready\":0,\"timers\":0"));
    pass(&set, SECOND);
    assert_int_equal(moment_of(&set)->n, 1);
    assert_in_range(set.viewer.view.now_ns, 450 * MS, 700 * MS);
    pass(&set, 4 * SECOND);
    assert_int_equal(moment_of(&set)->n, 2);
    end_live(&set, fd, path);
}

static void rewinding_while_live_loses_nothing(void **state)
{
    struct set_up set;
    char path[64], line[128];
    int fd;

    (void)state;
    begin_live(&set, &fd, path);
    for (int i = 2; i < 60; i++) {
        snprintf(line, sizeof(line),
                 "{\"t\":%d.000000000,\"n\":%d,\"ev\":\"loop:turn\",\"turn\":%d,\"ready\":0,"
                 "\"timers\":0}\n",
                 i, i, i);
        append(fd, line);
        if (i == 30)
            press(&set, KEYS_HOME);
        pass(&set, 50 * MS);
        if (i == 31) {
            press(&set, ' ');
            assert_false(set.viewer.view.playing);
        }
    }
    assert_true(moment_of(&set)->n < 5);
    assert_int_equal(moment_of(&set)->n_last, 59);
    press(&set, KEYS_END);
    assert_int_equal(moment_of(&set)->n, 59);
    assert_true(set.viewer.view.at_edge && set.viewer.view.playing);
    end_live(&set, fd, path);
}

/* In the middle of a wait there is no event to tell the time: it is the program's all the same. */
static void who_comes_back_to_the_edge_finds_the_programs_time(void **state)
{
    int const back[] = { ' ', KEYS_END, '9' };
    struct set_up set;
    char path[64];
    int fd;

    (void)state;
    begin_live(&set, &fd, path);
    append(fd, LINE("1.000000000", "2", "\"loop:turn\",\"turn\":1,\"ready\":0,\"timers\":0"));
    pass(&set, SECOND);
    for (size_t i = 0; i < sizeof(back) / sizeof(back[0]); i++) {
        int64_t before_ns = set.viewer.view.now_ns;

        press(&set, ' ');
        pass(&set, 2 * SECOND);
        press(&set, back[i]);
        if (!set.viewer.view.playing)
            press(&set, ' ');
        pass(&set, SECOND);
        assert_true(set.viewer.view.at_edge);
        assert_in_range(set.viewer.view.now_ns, before_ns + 2900 * MS, before_ns + 3100 * MS);
    }
    end_live(&set, fd, path);
}

/* Events that came while the picture stood elsewhere are where its clock goes on from. */
static void what_came_while_the_picture_stood_is_where_the_time_runs_from(void **state)
{
    struct set_up set;
    char path[64];
    int fd;

    (void)state;
    begin_live(&set, &fd, path);
    press(&set, ' ');
    append(fd, LINE("7.000000000", "2", "\"loop:turn\",\"turn\":1,\"ready\":0,\"timers\":0"));
    pass(&set, 4 * SECOND);
    press(&set, KEYS_END);
    pass(&set, SECOND);
    assert_in_range(set.viewer.view.now_ns, 11700 * MS, 12100 * MS);
    end_live(&set, fd, path);
}

static void half_a_line_waits_for_its_other_half(void **state)
{
    struct set_up set;
    char path[64];
    int fd;

    (void)state;
    begin_live(&set, &fd, path);
    append(fd, "{\"t\":5.000000000,\"n\":2,\"ev\":\"loop:tu");
    pass(&set, 100 * MS);
    assert_int_equal(moment_of(&set)->n, 1);
    append(fd, "rn\",\"turn\":1,\"ready\":0,\"timers\":0}\n");
    pass(&set, 100 * MS);
    assert_int_equal(moment_of(&set)->n, 2);
    end_live(&set, fd, path);
}

static void a_client_connects_to_a_live_server_on_loopback_only(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int fd, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct set_up set;
    char path[64], line[256];

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 5), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    begin_live(&set, &fd, path);
    press(&set, 'c');
    assert_non_null(strstr(set.viewer.view.message, "No server"));
    snprintf(line, sizeof(line),
             "{\"t\":1.000000000,\"n\":2,\"ev\":\"server:listen\",\"server\":\"server#2\",\"fd\":5,"
             "\"addr\":\"127.0.0.1:%d\",\"backlog\":100}\n",
             ntohs(address.sin_port));
    append(fd, line);
    pass(&set, 100 * MS);
    press(&set, 'c');
    press(&set, 'c');
    assert_int_equal(set.viewer.clients.count, 2);
    close(accept(listener, NULL, NULL));
    usleep(20000);
    pass(&set, 100 * MS);
    assert_int_equal(set.viewer.clients.count, 1);
    append(fd, LINE("1.000000001", "3", "\"server:close\",\"server\":\"server#2\",\"accepted\":0"));
    append(fd,
           LINE("1.000000002", "4",
                "\"server:listen\",\"server\":\"server#3\",\"fd\":6,\"addr\":\"192.0.2.1:80\""));
    pass(&set, 100 * MS);
    press(&set, 'c');
    assert_non_null(strstr(set.viewer.view.message, "not on this machine"));
    assert_int_equal(set.viewer.clients.count, 1);
    end_live(&set, fd, path);
    close(listener);
}

static void a_saved_trace_connects_to_nothing(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, "tests/traces/screen_server.jsonl", false);
    press(&set, KEYS_END);
    press(&set, 'c');
    assert_int_equal(set.viewer.clients.made, 0);
    press(&set, 'P');
    assert_non_null(strstr(set.viewer.view.message, "Only a program that runs now"));
    end(&set);
}

/* A viewer of a program that is started for it. */
static void begin_run(struct set_up *set, char *const argv[])
{
    char message[256];

    set->source = source_run(argv, NULL, NULL, message, sizeof(message));
    assert_non_null(set->source);
    set->wall_ns = SECOND;
    assert_int_equal(viewer_init(&set->viewer, set->source, true, 1, set->wall_ns), 0);
    set->viewer.rows = 24;
    set->viewer.cols = 80;
}

static void the_programs_answer_to_a_pause_is_told(void **state)
{
    /* Reads one control line, answers as a loop would. */
    char *argv[] = {
        "bash", "-c",
        "fd=${LOOP_TRACE##*fd:}; eval \"read -r line <&$fd; "
        "printf '{\\\"t\\\":1.000000000,\\\"n\\\":0,\\\"ev\\\":\\\"trace:control\\\","
        "\\\"line\\\":\\\"%s\\\",\\\"ok\\\":true}\\n' \\\"\\$line\\\" >&$fd\"; sleep 5",
        NULL
    };
    struct set_up set;

    (void)state;
    begin_run(&set, argv);
    press(&set, 'P');
    assert_non_null(strstr(set.viewer.view.message, "Asked the program"));
    for (int i = 0; i < 200 && !set.viewer.view.has_paused; i++) {
        usleep(10000);
        pass(&set, MS);
    }
    assert_true(set.viewer.view.has_paused);
    assert_non_null(strstr(set.viewer.view.message, "The program is held"));
    end(&set);
}

static void pass_until(struct set_up *set, char const *message)
{
    for (int i = 0; i < 200 && !strstr(set->viewer.view.message, message); i++) {
        usleep(10000);
        pass(set, MS);
    }
    assert_non_null(strstr(set->viewer.view.message, message));
}

static void a_step_that_waits_in_select_is_no_pause(void **state)
{
    /* Inside select(): takes two control lines, and is done with its step at the second. */
    char *argv[] = {
        "bash", "-c",
        "fd=${LOOP_TRACE##*fd:}; n=0; "
        "tell() { n=$((n + 1)); printf '{\"t\":1.%09d,\"n\":%d,\"ev\":%s}\\n' $n $n \"$1\" >&$fd; "
        "}; "
        "tell '\"loop:run\",\"how\":\"forever\"'; "
        "tell '\"select:enter\",\"until\":\"event\",\"nfds\":4,\"read\":1,\"write\":0'; "
        "read -r line <&$fd; tell '\"trace:control\",\"line\":\"step turn\",\"ok\":true'; "
        "read -r line <&$fd; "
        "tell '\"select:leave\",\"took\":0.1,\"ready\":0,\"read\":[],\"write\":[]'; "
        "tell '\"trace:control\",\"line\":\"state\",\"ok\":true'; sleep 5",
        NULL
    };
    struct set_up set;

    (void)state;
    begin_run(&set, argv);
    for (int i = 0; i < 200 && moment_of(&set)->n < 2; i++) {
        usleep(10000);
        pass(&set, MS);
        press(&set, KEYS_END);
    }
    press(&set, 'S');
    pass_until(&set, "goes on by one turn");
    assert_header(&set, "STEPPING: in select()");
    type(&set, "state");
    pass_until(&set, "answered state: ok");
    assert_header(&set, "PROGRAM PAUSED");
    end(&set);
}

static void a_control_line_without_an_answer_is_explained(void **state)
{
    /* Answers its first line alone: the step that it begins lasts. */
    char *argv[] = {
        "bash", "-c",
        "fd=${LOOP_TRACE##*fd:}; read -r line <&$fd; "
        "printf '{\"t\":1.000000000,\"n\":1,\"ev\":%s}\\n' '\"loop:run\",\"how\":\"forever\"' "
        "'\"select:enter\",\"until\":\"event\",\"nfds\":4,\"read\":1,\"write\":0' "
        "'\"trace:control\",\"line\":\"step turn\",\"ok\":true' >&$fd; sleep 5",
        NULL
    };
    struct set_up set;

    (void)state;
    begin_run(&set, argv);
    press(&set, 'S');
    pass_until(&set, "goes on by one turn");
    press(&set, 'S');
    assert_string_equal(set.viewer.view.message, "Asked the program: step turn");
    pass(&set, 1900 * MS);
    assert_null(strstr(set.viewer.view.message, "No answer"));
    pass(&set, 200 * MS);
    assert_string_equal(set.viewer.view.message,
                        "No answer to step turn yet: the step before it is not done");
    type(&set, "resume");
    set.viewer.view.is_stepping = set.viewer.view.has_paused = false;
    pass(&set, 2100 * MS);
    assert_string_equal(set.viewer.view.message,
                        "No answer to resume yet: a program hears it when its handle is done");
    end(&set);
}

static void a_program_that_has_ended_is_told_nothing(void **state)
{
    char *argv[] = { "true", NULL };
    struct set_up set;

    (void)state;
    begin_run(&set, argv);
    pass_until(&set, "ended with status 0");
    press(&set, 'P');
    assert_string_equal(set.viewer.view.message, "The program has ended");
    end(&set);
}

static void the_header_tells_the_speed_and_the_filter(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, heartbeat, false);
    press(&set, '+');
    press(&set, '+');
    assert_header(&set, "paused (4\xc3\x97)");
    press(&set, KEYS_BACKSPACE);
    assert_header(&set, "paused  ");
    press(&set, '\\');
    for (char const *text = "task:main"; *text; text++)
        press(&set, *text);
    press(&set, KEYS_ENTER);
    assert_header(&set, "only task:main");
    end(&set);
}

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(a_replay_stands_at_the_first_event),
        cmocka_unit_test(playing_keeps_the_traces_own_pace),
        cmocka_unit_test(speed_divides_the_waits),
        cmocka_unit_test(changing_the_speed_does_not_jump),
        cmocka_unit_test(a_pause_holds_the_clock),
        cmocka_unit_test(playing_halts_at_a_question_until_it_is_answered),
        cmocka_unit_test(escape_skips_a_question),
        cmocka_unit_test(a_replay_stops_at_its_end),
        cmocka_unit_test(steps_go_there_and_back),
        cmocka_unit_test(seeking_moves_the_clock_by_five_seconds),
        cmocka_unit_test(back_never_lands_later_than_it_began),
        cmocka_unit_test(seeking_in_joined_traces_goes_on_from_one_into_the_next),
        cmocka_unit_test(a_tenth_on_and_back_reaches_both_ends),
        cmocka_unit_test(seeking_beyond_the_end_is_said),
        cmocka_unit_test(a_missing_place_is_said_with_what_there_is),
        cmocka_unit_test(places_can_be_typed),
        cmocka_unit_test(nonsense_places_are_refused_and_move_nothing),
        cmocka_unit_test(who_woke_leads_to_the_timer_and_to_who_set_it),
        cmocka_unit_test(a_message_gives_the_keys_their_line_back),
        cmocka_unit_test(the_first_task_is_selected_and_followed),
        cmocka_unit_test(quitting_closes_what_lies_over_the_picture_first),
        cmocka_unit_test(the_help_turns_by_its_own_pages),
        cmocka_unit_test(a_typed_q_is_a_letter_and_ctrl_c_always_quits),
        cmocka_unit_test(what_is_typed_is_seen_at_its_end_and_may_be_any_letter),
        cmocka_unit_test(the_bottom_line_tells_what_can_be_done_here),
        cmocka_unit_test(clicks_focus_select_and_seek),
        cmocka_unit_test(clicks_choose_from_the_menu_and_answer),
        cmocka_unit_test(a_scrolled_source_goes_back_to_its_line_when_that_moves),
        cmocka_unit_test(any_keys_in_any_order_do_no_harm),
        cmocka_unit_test(live_shows_events_as_they_come),
        cmocka_unit_test(a_live_program_is_shown_at_the_speed_that_is_said),
        cmocka_unit_test(a_hold_is_not_made_up_for),
        cmocka_unit_test(rewinding_while_live_loses_nothing),
        cmocka_unit_test(who_comes_back_to_the_edge_finds_the_programs_time),
        cmocka_unit_test(what_came_while_the_picture_stood_is_where_the_time_runs_from),
        cmocka_unit_test(half_a_line_waits_for_its_other_half),
        cmocka_unit_test(a_client_connects_to_a_live_server_on_loopback_only),
        cmocka_unit_test(a_saved_trace_connects_to_nothing),
        cmocka_unit_test(the_programs_answer_to_a_pause_is_told),
        cmocka_unit_test(a_step_that_waits_in_select_is_no_pause),
        cmocka_unit_test(a_control_line_without_an_answer_is_explained),
        cmocka_unit_test(a_program_that_has_ended_is_told_nothing),
        cmocka_unit_test(the_header_tells_the_speed_and_the_filter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

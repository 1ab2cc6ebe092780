/*
 * test_viz_panes.c - whole screens, compared; and what must hold of every screen
 *
 * The frames in tests/golden/ are what a user sees. After a wanted change:
 *     GOLDEN=write build/tests/test_viz_panes && git diff tests/golden
 */
#include "keys.h"
#include "view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char const heartbeat[] = "tests/traces/screen_heartbeat.jsonl";
static char const server[] = "tests/traces/screen_server.jsonl";

static struct history *open_trace(char const *path)
{
    struct history *history;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        fail_msg("%s: %s (tests run in the project's top directory)", path, strerror(errno));
    assert_int_equal(history_open(&history, fd, path), 0);
    return history;
}

/* A trace of these lines; the file is gone with the history. */
static struct history *open_text(char const *text)
{
    char path[] = "/tmp/test_viz_panes-XXXXXX";
    struct history *history;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(history_open(&history, fd, "text"), 0);
    return history;
}

static char *frame(struct history *history, struct view const *view, int rows, int cols,
                   enum canvas_charset charset)
{
    struct canvas *canvas = canvas_create(rows, cols);
    char *text;

    view_draw(canvas, view, history);
    text = canvas_text(canvas, charset);
    canvas_destroy(canvas);
    return text;
}

static char *read_file(char const *path)
{
    FILE *file = fopen(path, "r");
    char *text;
    size_t size;

    if (!file)
        return NULL;
    text = calloc(1, 1 << 18);
    size = fread(text, 1, (1 << 18) - 1, file);
    text[size] = '\0';
    fclose(file);
    return text;
}

static void write_file(char const *path, char const *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void assert_golden(char const *name, char *found)
{
    char const *mode = getenv("GOLDEN");
    char path[128], *expected;

    snprintf(path, sizeof(path), "tests/golden/%s.txt", name);
    if (mode && strcmp(mode, "write") == 0)
        write_file(path, found);
    expected = read_file(path);
    if (!expected || strcmp(expected, found) != 0) {
        print_error("--- %s\n%s--- found\n%s", path, expected ? expected : "(missing)\n", found);
        free(expected);
        free(found);
        fail();
        return;
    }
    free(expected);
    free(found);
}

struct shot {
    char const *name, *trace;
    uint64_t event;
    int rows, cols;
    enum canvas_charset charset;
};

static void screens_are_as_they_were_looked_at(void **state)
{
    static struct shot const shots[] = {
        { "heartbeat_start_120x36", heartbeat, 1, 36, 120, CANVAS_UTF8 },
        { "heartbeat_wait_120x36", heartbeat, 35, 36, 120, CANVAS_UTF8 },
        { "heartbeat_wait_80x24", heartbeat, 35, 24, 80, CANVAS_UTF8 },
        { "heartbeat_wait_60x12", heartbeat, 35, 12, 60, CANVAS_UTF8 },
        { "heartbeat_runs_120x36", heartbeat, 40, 36, 120, CANVAS_UTF8 },
        { "heartbeat_question_80x24", heartbeat, 30, 24, 80, CANVAS_UTF8 },
        { "heartbeat_ascii_80x24", heartbeat, 35, 24, 80, CANVAS_ASCII },
        { "heartbeat_end_120x36", heartbeat, 9999, 36, 120, CANVAS_UTF8 },
        { "server_end_120x36", server, 9999, 36, 120, CANVAS_UTF8 },
        { "server_accept_120x36", server, 41, 36, 120, CANVAS_UTF8 },
        { "server_end_200x60", server, 9999, 60, 200, CANVAS_UTF8 },
        { "server_warns_80x24", server, 56, 24, 80, CANVAS_UTF8 },
        { "too_small_59x12", server, 9999, 12, 59, CANVAS_UTF8 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(shots) / sizeof(shots[0]); i++) {
        struct shot const *shot = &shots[i];
        struct history *history = open_trace(shot->trace);
        struct view view;

        view_init(&view);
        history_go_event(history, shot->event);
        assert_golden(shot->name, frame(history, &view, shot->rows, shot->cols, shot->charset));
        history_close(history);
    }
}

static void every_pane_can_have_the_screen_alone(void **state)
{
    struct history *history = open_trace(server);
    struct view view;
    char name[64];

    (void)state;
    view_init(&view);
    history_go_event(history, 60);
    view.maximised = true;
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        view.focus = (enum pane)pane;
        assert_int_equal(view_pane_of(view_pane_name((enum pane)pane)), pane);
        snprintf(name, sizeof(name), "alone_%s_80x24", view_pane_name((enum pane)pane));
        assert_golden(name, frame(history, &view, 24, 80, CANVAS_UTF8));
    }
    history_close(history);
}

static void the_help_names_every_key(void **state)
{
    struct history *history = open_trace(heartbeat);
    struct view view;
    char *text;

    (void)state;
    view_init(&view);
    view.help = true;
    text = frame(history, &view, 80, 120, CANVAS_UTF8);
    for (size_t i = 0; i < keys_count(); i++)
        if (keys_at(i)->label && !strstr(text, keys_at(i)->help))
            fail_msg("the help lacks %s", keys_at(i)->label);
    free(text);
    assert_golden("help_80x24", frame(history, &view, 24, 80, CANVAS_UTF8));
    history_close(history);
}

/* All frames going forward, then each again going back. */
static void assert_same_both_ways(char const *path, int rows, int cols)
{
    struct history *history = open_trace(path);
    char *frames[512];
    struct view view;
    int count = 0;

    view_init(&view);
    history_go_start(history);
    do
        frames[count++] = frame(history, &view, rows, cols, CANVAS_UTF8);
    while (count < 512 && history_step(history, 1) > 0);
    assert_true(count > 50);
    for (int i = count - 1; i >= 0; i--) {
        char *again = frame(history, &view, rows, cols, CANVAS_UTF8);

        assert_string_equal(again, frames[i]);
        free(again);
        free(frames[i]);
        if (i > 0)
            assert_int_equal(history_step(history, -1), 1);
    }
    history_close(history);
}

static void a_moment_looks_the_same_from_either_side(void **state)
{
    (void)state;
    assert_same_both_ways(heartbeat, 35, 120);
    assert_same_both_ways(server, 24, 80);
}

static size_t widest(char const *text, int *rows)
{
    size_t most = 0;

    *rows = 0;
    while (*text) {
        size_t bytes = strcspn(text, "\n"), cols = text_columns((struct slice){ text, bytes });

        most = cols > most ? cols : most;
        text += bytes + 1;
        ++*rows;
    }
    return most;
}

static void every_size_down_to_one_cell_is_kept_to(void **state)
{
    static char const *const traces[] = { heartbeat, server };
    unsigned seed = 1;

    (void)state;
    for (int i = 0; i < 400; i++) {
        struct history *history = open_trace(traces[i % 2]);
        struct view view;
        int rows, cols, found;
        char *text;

        seed = seed * 1103515245u + 12345u;
        rows = (int)(seed >> 16) % 70 + 1;
        seed = seed * 1103515245u + 12345u;
        cols = (int)(seed >> 16) % 200 + 1;
        view_init(&view);
        view.focus = (enum pane)(i % PANE_COUNT);
        view.maximised = i % 3 == 0;
        view.help = i % 7 == 0;
        view.task = (uint64_t)(i % 4);
        view.scroll[view.focus] = i % 50 - 10;
        history_go_event(history, (uint64_t)(i % 90));
        text = frame(history, &view, rows, cols, CANVAS_UTF8);
        assert_in_range(widest(text, &found), 0, cols);
        assert_int_equal(found, rows);
        free(text);
        history_close(history);
    }
}

static void a_screen_too_small_says_what_it_needs(void **state)
{
    struct history *history = open_trace(heartbeat);
    struct view view;
    char *text;

    (void)state;
    view_init(&view);
    text = frame(history, &view, 11, 60, CANVAS_UTF8);
    assert_non_null(strstr(text, "60 columns and 12 rows"));
    free(text);
    history_close(history);
}

static void hostile_names_are_shown_and_harmless(void **state)
{
    struct history *history = open_text(
        "{\"t\":0.000000000,\"n\":0,\"ev\":\"trace:head\",\"format\":\"loopscope\",\"version\":1,"
        "\"program\":\"\\u001b]0;pwned\\u0007\",\"argv\":[\"x\"],\"pid\":1,\"loop\":\"select\","
        "\"clock\":\"real\",\"started\":\"\\u001b[2J\"}\n"
        "{\"t\":0.000000001,\"n\":1,\"ev\":\"task:new\",\"task\":\"\\u001b[31m\\u202eevil#1\","
        "\"name\":\"\\u009b31m\",\"parent\":\"program\",\"fn\":\"\\u0007\",\"src\":\"\\u001b[c:3\"}"
        "\n"
        "{\"t\":0.000000002,\"n\":2,\"ev\":\"out:line\",\"stream\":\"stdout\","
        "\"text\":\"\\u001b[?1049l\\r\\n\\u0000tail\",\"task\":\"\\u001b[31m\\u202eevil#1\"}\n"
        "{\"t\":0.000000003,\"n\":3,\"ev\":\"note:say\",\"text\":\"\\u001bc \\u2028 \\ufeff\"}\n");
    struct view view;

    (void)state;
    view_init(&view);
    for (int i = 0; i < 4; i++) {
        char *text = frame(history, &view, 36, 120, CANVAS_UTF8);

        for (char const *at = text; *at;) {
            uint32_t code;

            at += text_decode(at, strlen(at), &code);
            assert_true(code == '\n' || text_is_safe(code));
        }
        free(text);
        history_step(history, 1);
    }
    history_close(history);
}

static void an_empty_trace_says_so(void **state)
{
    struct history *history = open_text("");
    struct view view;
    char *text;

    (void)state;
    view_init(&view);
    text = frame(history, &view, 24, 80, CANVAS_UTF8);
    assert_non_null(strstr(text, "no event at all"));
    free(text);
    view.source = VIEW_LIVE;
    text = frame(history, &view, 24, 80, CANVAS_UTF8);
    assert_non_null(strstr(text, "Waiting for the program's first event"));
    free(text);
    history_close(history);
}

static void an_answer_is_told_right_or_wrong_with_its_why(void **state)
{
    struct history *history = open_trace(heartbeat);
    struct note const *question;
    struct view view;
    char *text;

    (void)state;
    view_init(&view);
    assert_null(view_question(&view, history));
    while ((question = view_question(&view, history)) == NULL)
        assert_int_equal(history_step(history, 1), 1);
    text = frame(history, &view, 24, 80, CANVAS_UTF8);
    assert_non_null(strstr(text, "2  It waits inside select()"));
    assert_null(strstr(text, "sleeps in the kernel")); /* not before an answer is given */
    free(text);

    view.answers[0] = (struct view_answer){ question->n, 0 };
    view.n_answers = 1;
    assert_null(view_question(&view, history));
    text = frame(history, &view, 36, 120, CANVAS_UTF8);
    assert_non_null(strstr(text, "Not 1."));
    assert_non_null(strstr(text, "A busy loop would burn"));
    free(text);
    view.answers[0].choice = 1;
    text = frame(history, &view, 36, 120, CANVAS_UTF8);
    assert_non_null(strstr(text, "Right, 2."));
    free(text);
    history_close(history);
}

static void the_source_pane_marks_the_line_where_a_task_stands(void **state)
{
    struct history *history = open_trace(heartbeat);
    struct view view;
    char *text, *line;

    (void)state;
    view_init(&view);
    history_go_event(history, 35);
    text = frame(history, &view, 36, 120, CANVAS_UTF8);
    line = strstr(text, "if (await(task_sleep(1.0)) < 0)");
    assert_non_null(line);
    line = strstr(line, "main#1");
    assert_non_null(line);
    assert_true(line < strchr(strstr(text, "if (await("), '\n'));
    free(text);
    history_close(history);
}

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(screens_are_as_they_were_looked_at),
        cmocka_unit_test(every_pane_can_have_the_screen_alone),
        cmocka_unit_test(the_help_names_every_key),
        cmocka_unit_test(a_moment_looks_the_same_from_either_side),
        cmocka_unit_test(every_size_down_to_one_cell_is_kept_to),
        cmocka_unit_test(a_screen_too_small_says_what_it_needs),
        cmocka_unit_test(hostile_names_are_shown_and_harmless),
        cmocka_unit_test(an_empty_trace_says_so),
        cmocka_unit_test(an_answer_is_told_right_or_wrong_with_its_why),
        cmocka_unit_test(the_source_pane_marks_the_line_where_a_task_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

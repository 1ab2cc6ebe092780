/*
 * test_viz_chain.c - from a task back to what woke it, and on to the root; and the keys of the views
 */
#include "viz_support.h"

#include "chain.h"
#include "keys.h"
#include "source.h"
#include "viewer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

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

static void u_is_about_the_event_shown_and_says_whom_it_means(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, "lessons/traces/02_serve_forever.jsonl", 96); /* nothing runs: select() waits */
    press(&set, 'u');
    assert_int_equal(history_moment(set.viewer.history)->n, 96);
    assert_non_null(strstr(set.viewer.view.message, "about no task"));
    history_go_event(set.viewer.history, 121); /* guest#4 is made ready: this is what woke it */
    press(&set, 'u');
    assert_int_equal(history_moment(set.viewer.history)->n, 121);
    assert_non_null(strstr(set.viewer.view.message, "This woke guest#4"));
    assert_on_screen(&set, "guest#4 was made ready (there was something to read)");
    press(&set, 'u');
    assert_int_equal(kind_here(&set), EV_SELECT_LEAVE);
    end(&set);
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
                        "main#1 was made ready (its time was up), because timer 4 fired, because "
                        "main#1 had set it, at 01_while_loop.c:17");
    end(&set);
}

/* Each link stands in the trace: nobody's deed is laid at select()'s door, nor at "outside". */
static void each_link_of_the_chain_is_what_did_it(void **state)
{
    static struct {
        char const *path;
        uint64_t n;
        int presses;
        char const *chain;
    } const chains[] = {
        { "lessons/traces/09_slow_clients.jsonl", 295, 3,
          "reader#14 was made ready (connection 13 was closed), because main#1 closed connection "
          "13, because main#1 was made ready (its time was up)" },
        { "lessons/traces/12_select_limits.jsonl", 21, 3,
          "call 3 was made ready (there was something to read), because select() found that fd 5 "
          "has something to read; there it begins: bytes had come, or the end of them." },
        { "lessons/traces/02_serve_forever.jsonl", 49, 4,
          "hello#9 was made ready (to run for the first time), because server 3 accepted a client, "
          "because select() found that server 3 has a client waiting; there it begins: a client "
          "asked to connect." },
        { guests, 112, 3,
          "hello#9 was made ready (there was something to read), because select() found that "
          "connection 8 has something to read; there it begins: its other end had sent something, "
          "or closed." },
        { "lessons/traces/01_while_loop.jsonl", 83, 4,
          "main#1 was made ready (it was cancelled), because the loop cancelled main#1, because a "
          "signal came; there it begins: who sent it, the trace does not say." },
        { "lessons/traces/05_cancellation.jsonl", 143, 3,
          "main#1 was made ready (what it waited for was done), because hasty#14 was done, because "
          "main#1 cancelled hasty#14, at 05_cancellation.c:47" },
        { "lessons/traces/06_blocking.jsonl", 93, 4,
          "main#1 was made ready (what it waited for was done), because call 5 ran, because call 5 "
          "was made ready (what it waited for was done), because ticker#4 was done" },
        { "lessons/traces/13_offloading.jsonl", 57, 3,
          "main#1 was made ready (what it waited for was done), because a thread was done, because "
          "main#1 had given it the work" },
    };
    struct set_up set;

    (void)state;
    for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
        begin(&set, chains[i].path, chains[i].n);
        for (int press_no = 0; press_no < chains[i].presses; press_no++)
            press(&set, 'u');
        assert_string_equal(set.viewer.view.chain, chains[i].chain);
        end(&set);
    }
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
    press(&set, '>');
    press(&set, '>');
    press(&set, '>');
    assert_string_equal(set.viewer.view.message, "The tasks stand by what they wait for");
    press(&set, KEYS_ESCAPE);
    press(&set, 'F');
    assert_non_null(strstr(set.viewer.view.message, "The source stays with main#1; F again"));
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

/* ---- questions ------------------------------------------------------------------------------ */

static void a_class_sees_the_answer_when_the_teacher_asks_for_it(void **state)
{
    struct set_up set;
    char *text;

    (void)state;
    begin(&set, "tests/traces/screen_heartbeat.jsonl", 1);
    set.viewer.view.hides_answers = true;
    while (!view_question(&set.viewer.view, set.viewer.history))
        press(&set, ']');
    press(&set, '1');
    text = screen(&set);
    if (!strstr(text, "You said 1."))
        fail_msg("%s", text);
    assert_null(strstr(text, "Not 1."));
    free(text);
    press(&set, 'R');
    assert_on_screen(&set, "Not 1.");
    end(&set);
}

static void a_class_that_skips_sees_no_answer_either(void **state)
{
    struct set_up set;
    char *text;

    (void)state;
    begin(&set, "tests/traces/screen_heartbeat.jsonl", 1);
    set.viewer.view.hides_answers = true;
    while (!view_question(&set.viewer.view, set.viewer.history))
        press(&set, ']');
    press(&set, KEYS_ESCAPE);
    text = screen(&set);
    assert_non_null(strstr(text, "Skipped.   "));
    assert_null(strstr(text, "It is "));
    free(text);
    press(&set, 'R');
    assert_on_screen(&set, "Skipped. It is ");
    end(&set);
}

static void a_long_choice_is_read_to_its_end_on_a_small_screen(void **state)
{
    struct set_up set;

    (void)state;
    begin(&set, "lessons/traces/06_blocking.jsonl", 1);
    set.viewer.rows = 24;
    set.viewer.cols = 80;
    while (!view_question(&set.viewer.view, set.viewer.history))
        press(&set, ']');
    assert_on_screen(&set, "      ends ");
    end(&set);
}

static void without_questions_nothing_halts_and_nothing_is_asked(void **state)
{
    struct set_up set;
    char *text;

    (void)state;
    begin(&set, "tests/traces/screen_heartbeat.jsonl", 1);
    set.viewer.view.no_questions = true;
    while (kind_here(&set) != EV_NOTE_ASK)
        press(&set, ']');
    assert_null(view_question(&set.viewer.view, set.viewer.history));
    text = screen(&set);
    assert_null(strstr(text, "Press its number"));
    assert_null(strstr(text, "\xe2\x94\x82   1  "));
    free(text);
    end(&set);
}

static void the_events_view_shows_what_the_filter_wants(void **state)
{
    struct set_up set;
    char *text;

    (void)state;
    begin(&set, guests, 120);
    view_focus(&set.viewer.view, PANE_EVENTS, true);
    assert_on_screen(&set, "goes on with its step");
    assert_int_equal(filter_set(&set.viewer.view.filter, "ev:out"), 0);
    text = screen(&set);
    assert_non_null(strstr(text, "127.0.0.1:40001 said: hello"));
    assert_null(strstr(text, "goes on with its step"));
    free(text);
    assert_int_equal(filter_set(&set.viewer.view.filter, ""), 0);
    assert_on_screen(&set, "goes on with its step");
    end(&set);
}

/* ---- clients -------------------------------------------------------------------------------- */

static void a_line_typed_is_sent_and_its_answer_told(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    struct clients clients = { .count = 0 };
    char text[64], message[256];
    int server = socket(AF_INET, SOCK_STREAM, 0), peer;

    (void)state;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(server, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server, 1), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &size), 0);
    snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(address.sin_port));
    assert_int_equal(clients_send(&clients, "nobody"), -ENOTCONN);
    assert_int_equal(clients_connect(&clients, slice_of(text), message, sizeof(message)), 0);
    peer = accept(server, NULL, NULL);
    assert_true(peer >= 0);
    assert_int_equal(clients_send(&clients, "hello"), 0);
    assert_int_equal(recv(peer, text, sizeof(text), 0), 6);
    assert_memory_equal(text, "hello\n", 6);
    assert_int_equal(send(peer, "you said hello\n", 15, 0), 15);
    for (int i = 0; i < 100 && clients.n_reply == 0; i++) {
        usleep(1000);
        clients_poll(&clients);
    }
    assert_int_equal(clients.n_reply, 14);
    assert_memory_equal(clients.reply, "you said hello", 14);
    clients_close(&clients);
    close(peer);
    close(server);
}

/* At the end of a trace of these lines. */
static void begin_with(struct set_up *set, char const *lines)
{
    char path[] = "/tmp/loopscope-test-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, lines, strlen(lines)), (ssize_t)strlen(lines));
    close(fd);
    begin(set, path, UINT32_MAX);
    unlink(path);
}

static void u_finds_what_woke_a_task_of_any_name(void **state)
{
    enum { LONG = 120 };
    char name[LONG + 1], lines[600];
    struct set_up set;

    (void)state;
    memset(name, 'a', LONG);
    name[LONG] = '\0';
    snprintf(lines, sizeof(lines),
             "{\"t\":0.000000000,\"n\":1,\"ev\":\"task:new\",\"task\":\"%s#1\"}\n"
             "{\"t\":0.000000000,\"n\":2,\"ev\":\"task:ready\",\"task\":\"%s#1\",\"why\":\"new\"}\n"
             "{\"t\":0.000000000,\"n\":3,\"ev\":\"task:begin\",\"task\":\"%s#1\",\"step\":1}\n",
             name, name, name);
    begin_with(&set, lines);
    press(&set, 'u');
    assert_int_equal(history_moment(set.viewer.history)->n, 2);
    assert_on_screen(&set, "a…; u again: what caused that");
    end(&set);
}

static void j_and_k_go_over_callbacks_too(void **state)
{
    struct set_up set;

    (void)state;
    begin_with(&set, "{\"t\":0.000000000,\"n\":1,\"ev\":\"task:new\",\"task\":\"main#1\"}\n"
                     "{\"t\":0.000000000,\"n\":2,\"ev\":\"call:ready\",\"call\":\"call#2\"}\n"
                     "{\"t\":0.000000000,\"n\":3,\"ev\":\"call:ready\",\"call\":\"call#3\"}\n");
    for (unsigned number = 1; number <= 3; number++) {
        press(&set, 'j');
        assert_int_equal(set.viewer.view.task, number);
    }
    press(&set, 'x');
    assert_on_screen(&set, "Select a task first");
    press(&set, 'k');
    assert_int_equal(set.viewer.view.task, 2);
    end(&set);
}

static void no_jump_goes_beyond_the_end_of_time(void **state)
{
    struct set_up set;

    (void)state;
    begin_with(&set,
               "{\"t\":9199999999.000000000,\"n\":1,\"ev\":\"note:say\",\"text\":\"late\"}\n");
    for (char const *key = ":+999999999"; *key; key++)
        press(&set, *key);
    press(&set, KEYS_ENTER);
    assert_on_screen(&set, "The trace ends at 106481 days");
    end(&set);
}

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(u_is_about_the_event_shown_and_says_whom_it_means),
        cmocka_unit_test(u_goes_back_from_cause_to_cause_up_to_the_root),
        cmocka_unit_test(the_chain_is_a_sentence),
        cmocka_unit_test(each_link_of_the_chain_is_what_did_it),
        cmocka_unit_test(a_digit_of_the_menu_shows_a_view_and_escape_leaves_it),
        cmocka_unit_test(tab_goes_through_every_view_of_a_pane_alone),
        cmocka_unit_test(enter_tells_all_of_the_selected_task),
        cmocka_unit_test(tasks_are_ordered_and_selected_as_they_stand),
        cmocka_unit_test(the_timeline_zooms_pans_and_comes_back_to_now),
        cmocka_unit_test(a_class_sees_the_answer_when_the_teacher_asks_for_it),
        cmocka_unit_test(a_class_that_skips_sees_no_answer_either),
        cmocka_unit_test(a_long_choice_is_read_to_its_end_on_a_small_screen),
        cmocka_unit_test(without_questions_nothing_halts_and_nothing_is_asked),
        cmocka_unit_test(the_events_view_shows_what_the_filter_wants),
        cmocka_unit_test(a_line_typed_is_sent_and_its_answer_told),
        cmocka_unit_test(u_finds_what_woke_a_task_of_any_name),
        cmocka_unit_test(j_and_k_go_over_callbacks_too),
        cmocka_unit_test(no_jump_goes_beyond_the_end_of_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

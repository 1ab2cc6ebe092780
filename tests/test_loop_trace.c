/* test_loop_trace.c - the lines of the trace: their form, their order, what they say. */
#define _GNU_SOURCE
#include "traced.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "loop.h"
#include "tracer.h"

/* ---- the encoder */

static void times_have_nine_decimals(void **state)
{
    static const struct {
        ns t;
        const char *text;
    } cases[] = {
        { 0, "0.000000000" },
        { 1, "0.000000001" },
        { 999999999, "0.999999999" },
        { NS_PER_S, "1.000000000" },
        { 1000213456, "1.000213456" },
        { 9999999999, "9.999999999" },
        { 10000000000, "10.000000000" },
        { 123456789012345678, "123456789.012345678" },
        { INT64_MAX, "9223372036.854775807" },
        { -5, "-0.000000005" },
        { INT64_MIN, "-9223372036.854775807" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64] = { 0 };
        *put_time(text, cases[i].t) = '\0';
        assert_string_equal(text, cases[i].text);
    }
    for (uint64_t n = 1; n < UINT64_MAX / 7; n = n * 7 + 3) { /* every digit's place */
        char text[64] = { 0 }, same[64];
        *put_time(text, (ns)(n & INT64_MAX)) = '\0';
        snprintf(same, sizeof same, "%llu.%09llu",
                 (unsigned long long)((n & INT64_MAX) / 1000000000),
                 (unsigned long long)((n & INT64_MAX) % 1000000000));
        assert_string_equal(text, same);
    }
}

static void counts_of_every_length_are_exact(void **state)
{
    (void)state;
    for (uint64_t n = 0, more = 1;; n += more, more = more * 3 + 1) {
        char text[32] = { 0 }, same[32];
        *put_count(text, n) = '\0';
        snprintf(same, sizeof same, "%llu", (unsigned long long)n);
        assert_string_equal(text, same);
        if (n > UINT64_MAX / 8)
            break;
    }
    char text[32] = { 0 };
    *put_count(text, UINT64_MAX) = '\0';
    assert_string_equal(text, "18446744073709551615");
    *put_number(text, INT64_MIN) = '\0';
    assert_string_equal(text, "-9223372036854775808");
    for (uint64_t ten = 10; ten <= UINT64_C(1000000000000000000); ten *= 10) {
        char same[32];
        for (uint64_t n = ten - 1; n <= ten + 1; n++) {
            *put_count(text, n) = '\0';
            snprintf(same, sizeof same, "%llu", (unsigned long long)n);
            assert_string_equal(text, same);
        }
    }
}

static void a_kept_beginning_is_as_one_made_anew(void **state)
{
    struct prefix kept;
    ns t = 0;
    (void)state;
    prefix_init(&kept);
    for (uint64_t n = 1; n < 200000; n++) {
        char one[128] = { 0 }, other[128] = { 0 };
        t += n % 1000 == 0 ? 999999 + (ns)n * 77777 : (ns)(n * n % 3001);
        prefix_count(&kept, n);
        *put_kept_prefix(&kept, one, t) = '\0';
        *put_prefix(other, t, n) = '\0';
        assert_string_equal(one, other);
    }
}

/* What put_text() writes for these bytes, as json-c reads it. */
static struct json_object *text_as_read(const char *bytes, size_t len, size_t room)
{
    char *line = malloc(room + 64), *p = put_text(LIT(line, "{\"text\":"), room, bytes, len);
    assert_true((size_t)(p - line) <= room + 8);
    p = LIT(p, "}");
    *p = '\0';
    struct json_object *o = line_parse(line);
    for (char *c = line; *c != '\0'; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    free(line);
    return o;
}

static void text_comes_through_whatever_is_in_it(void **state)
{
    (void)state;
    char all[127],
        utf8[] =
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80 \x7f \xc2\x80\xc2\x9f\xc2\xa0 \"\\/";
    for (int i = 0; i < 127; i++)
        all[i] = (char)(i + 1);
    struct json_object *o = text_as_read(all, sizeof all, 2000), *value = NULL;
    assert_memory_equal(line_text(o, "text"), all, sizeof all);
    json_object_put(o);
    o = text_as_read(utf8, strlen(utf8), 2000);
    assert_string_equal(line_text(o, "text"), utf8);
    assert_false(json_object_object_get_ex(o, "hex", &value));
    json_object_put(o);
    o = text_as_read("a\0b", 3, 2000);
    assert_true(json_object_object_get_ex(o, "text", &value));
    assert_int_equal(json_object_get_string_len(value), 3);
    json_object_put(o);
}

static void del_and_c1_are_escaped(void **state)
{
    char line[256] = { 0 };
    (void)state;
    *put_text(line, 200, "\x7f\xc2\x9b\x1b[31m", 8) = '\0';
    assert_string_equal(line, "\"\\u007f\\u009b\\u001b[31m\"");
}

static void what_is_not_utf8_has_its_bytes_beside_it(void **state)
{
    static const struct {
        const char *bytes, *text, *hex;
    } cases[] = {
        { "a\xff\x62",
          "a\xef\xbf\xbd"
          "b",
          "61ff62" },
        { "\xc3", "\xef\xbf\xbd", "c3" },                                     /* ends too soon */
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "c0af" },                   /* overlong */
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "eda080" }, /* half a pair */
        { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
          "f4908080" }, /* beyond */
        { "\x80", "\xef\xbf\xbd", "80" },
        { "\xf5", "\xef\xbf\xbd", "f5" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *o = text_as_read(cases[i].bytes, strlen(cases[i].bytes), 500);
        assert_string_equal(line_text(o, "text"), cases[i].text);
        assert_string_equal(line_text(o, "hex"), cases[i].hex);
        json_object_put(o);
    }
}

static void long_text_is_cut_and_says_how_much(void **state)
{
    (void)state;
    for (size_t len = 900; len < 1100; len++) { /* around the limit, byte by byte */
        char text[1200];
        memset(text, 'x', sizeof text);
        struct json_object *o = text_as_read(text, len, 1000);
        size_t kept = strlen(line_text(o, "text")), cut = len - kept;
        assert_int_equal(line_int(o, "cut"), cut > 0 ? (int64_t)cut : -1);
        assert_true(kept == len || kept > 900);
        json_object_put(o);
        memset(text, '\xe9', sizeof text); /* Latin-1: hex as well */
        o = text_as_read(text, len, 1000);
        const char *hex = line_text(o, "hex");
        assert_int_equal(strlen(hex) / 2 + (size_t)line_int(o, "cut"), len);
        json_object_put(o);
    }
}

/* ---- a program that does a bit of everything */

static int worker(void *arg)
{
    (void)arg;
    if (await(task_sleep(0.01)) < 0)
        return -ECANCELED;
    return -EIO;
}

static int sleeper(void *arg)
{
    (void)arg;
    return await(task_sleep(10));
}

static void soon(void *arg)
{
    (void)arg;
    fprintf(stderr, "from a callback\n");
}

static int serve(struct conn *conn, void *arg)
{
    char line[64];
    (void)arg;
    while (await(conn_readline(conn, line, sizeof line)) > 0)
        conn_printf(conn, "you said %s", line);
    return 0;
}

static int talk(void)
{
    struct server *server = server_start("127.0.0.1", 0, serve, NULL);
    struct conn *conn;
    char line[64];
    if (server == NULL || await(conn_open("127.0.0.1", server_port(server), &conn)) < 0)
        return 1;
    conn_printf(conn, "hello\n");
    await(conn_readline(conn, line, sizeof line));
    conn_close(conn);
    await(conn_wait_closed(conn));
    conn_release(conn);
    server_close(server);
    await(server_wait_closed(server));
    return 0;
}

static int everything(void *arg)
{
    static const char *const choices[] = { "yes", "no \"never\"", NULL };
    static const char *const why[] = { "it is", NULL, NULL };
    (void)arg;
    struct loop *loop = loop_current();
    loop_lesson("01");
    loop_note("begin %d\n\x1b[31m", 1);
    loop_mark("a mark");
    loop_ask("Is it?", choices, 0, why);
    struct task *bad = task_create(worker, NULL), *lazy = task_create(sleeper, NULL);
    task_set_name(lazy, "lazy \"one\"\x01");
    loop_call_soon(loop, soon, NULL);
    call_cancel(loop_call_soon(loop, soon, NULL));
    call_cancel(loop_call_later(loop, 5, soon, NULL));
    await(task_yield());
    printf("half ");
    fflush(stdout);
    printf("a line\n");
    await(task_join(bad));
    task_cancel(lazy);
    await(task_join(lazy));
    printf("tab\there \xff\n");
    return talk();
}

static int run_everything(void)
{
    return loop_run(everything, NULL);
}

static void a_long_name_is_cut_at_a_whole_character(void **state)
{
    static const char *const ends[] = { "\xc3\xa9!", "\xe2\x82\xac!", "\xf0\x9f\x98\x80!" };
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        for (size_t before = NAME_MAX_OUT - 4; before <= NAME_MAX_OUT; before++) {
            char name[NAME_MAX_OUT + 16], put[NAME_MAX_OUT + 16];
            size_t whole = before + strlen(ends[i]) - 1, exclaimed = whole < NAME_MAX_OUT;
            memset(name, 'n', before);
            strcpy(name + before, ends[i]);
            size_t len = (size_t)(put_name(put, name) - put);
            assert_int_equal(len, whole <= NAME_MAX_OUT ? whole + exclaimed : before);
            assert_memory_equal(put, name, len);
        }
    }
}

static void every_line_is_what_json_c_would_write(void **state)
{
    struct traced t = traced_run("FILE", run_everything);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_check(&t), 0);
    assert_true(t.n > 100);
    for (size_t i = 0; i < t.n; i++) {
        struct json_object *o = line_parse(t.line[i]);
        if (strstr(t.line[i], "\\u00") == NULL) /* json-c leaves DEL and C1 as they are */
            assert_string_equal(json_object_to_json_string_ext(
                                    o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
                                t.line[i]);
        json_object_put(o);
    }
    traced_free(&t);
}

/* The keys of each event, in order; in brackets what may be left out. */
static const char *const keys[] = {
    "trace:head format version program argv pid loop clock started",
    "trace:source file text",
    "trace:end events lost how",
    "loop:run how [for]",
    "loop:turn turn ready timers",
    "loop:stop by [src]",
    "loop:stopped why turns",
    "select:enter timeout [until] nfds read write",
    "select:leave took ready read write [error]",
    "task:new task name parent fn [src]",
    "task:ready task by why",
    "task:begin task step waited [src]",
    "task:await task on [what] [due] [src] [expr]",
    "task:end task took next",
    "task:cancel task by [src]",
    "task:done task how [value] [error] steps cpu",
    "call:ready call fn by why",
    "call:begin call waited",
    "call:end call took",
    "call:cancel call",
    "timer:set timer wakes due delay [src]",
    "timer:fire timer wakes late",
    "timer:cancel timer left",
    "watch:add fd for who",
    "watch:drop fd for",
    "server:listen server fd addr backlog src",
    "server:accept server conn fd peer",
    "server:close server accepted",
    "conn:open conn fd peer state",
    "conn:read conn bytes",
    "conn:write conn bytes queued",
    "conn:eof conn",
    "conn:close conn in out",
    "out:line stream text [hex] [task]",
    "note:say text src lesson",
    "note:mark name",
    "note:ask text choices answer why",
};

static bool keys_fit(struct json_object *o, const char *wanted)
{
    char copy[256];
    snprintf(copy, sizeof copy, "t n ev %s", strchr(wanted, ' ') + 1);
    char *rest = NULL, *want = strtok_r(copy, " ", &rest);
    json_object_object_foreach(o, key, value)
    {
        (void)value;
        while (want != NULL && want[0] == '[' && strncmp(want + 1, key, strlen(want) - 2) != 0)
            want = strtok_r(NULL, " ", &rest);
        if (want == NULL || strncmp(want + (want[0] == '['), key, strlen(key)) != 0)
            return false;
        want = strtok_r(NULL, " ", &rest);
    }
    while (want != NULL && want[0] == '[')
        want = strtok_r(NULL, " ", &rest);
    return want == NULL;
}

static void every_event_has_its_keys_in_order(void **state)
{
    struct traced t = traced_run("FILE", run_everything);
    (void)state;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        char event[64];
        snprintf(event, sizeof event, "%.*s", (int)strcspn(keys[k], " "), keys[k]);
        if (traced_count(&t, event) == 0)
            fail_msg("%s never came", event);
        for (size_t i = 0; i < t.n; i++) {
            if (!line_is(t.line[i], event))
                continue;
            struct json_object *o = line_parse(t.line[i]);
            if (!keys_fit(o, keys[k]))
                fail_msg("not the keys of %s: %s", keys[k], t.line[i]);
            json_object_put(o);
        }
    }
    traced_free(&t);
}

static void output_is_told_in_order_with_its_task(void **state)
{
    struct traced t = traced_run("FILE", run_everything);
    (void)state;
    static const char *const texts[] = { "from a callback", "half a line",
                                         "tab\there \xef\xbf\xbd" };
    static const char *const tasks[] = { NULL, "main#1", "main#1" };
    size_t found = 0;
    for (size_t i = 0; i < t.n; i++) {
        if (!line_is(t.line[i], "out:line"))
            continue;
        struct json_object *o = line_parse(t.line[i]);
        assert_string_equal(line_text(o, "text"), texts[found]);
        assert_string_equal(line_text(o, "stream"), found == 0 ? "stderr" : "stdout");
        if (tasks[found] == NULL)
            assert_null(line_text(o, "task"));
        else
            assert_string_equal(line_text(o, "task"), tasks[found]);
        found++;
        json_object_put(o);
    }
    assert_int_equal(found, 3);
    assert_string_equal(t.said, "from a callback\nhalf a line\ntab\there \xff\n");
    traced_free(&t);
}

static void the_source_is_told_once_and_first(void **state)
{
    struct traced t = traced_run("FILE", run_everything);
    (void)state;
    assert_int_equal(traced_count(&t, "trace:source"), 1);
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < t.n && first == SIZE_MAX; i++)
        if (strstr(t.line[i], "\"src\":\"test_loop_trace.c:") != NULL)
            first = i;
    assert_true(traced_index(&t, "trace:source") < first);
    struct json_object *o = line_parse(traced_find(&t, "trace:source"));
    assert_string_equal(line_text(o, "file"), "test_loop_trace.c");
    assert_non_null(strstr(line_text(o, "text"), "the_source_is_told_once_and_first"));
    json_object_put(o);
    traced_free(&t);
}

static void virtual_time_leaves_the_same_bytes(void **state)
{
    (void)state;
    setenv("LOOP_CLOCK", "virtual", 1);
    struct traced a = traced_run("FILE", run_everything), b = traced_run("FILE", run_everything);
    unsetenv("LOOP_CLOCK");
    assert_int_equal(a.n, b.n);
    for (size_t i = 1; i < a.n;
         i++) { /* but for pid and wall time in the head, and the port that was free */
        if (strstr(a.line[i], "127.0.0.1:") == NULL)
            assert_string_equal(a.line[i], b.line[i]);
    }
    traced_free(&a);
    traced_free(&b);
}

/* ---- sources that are too long */

static char long_source[96];

/* An odd byte, and then characters of two bytes each, in lines of so many. */
static void write_long_source(size_t size, size_t line)
{
    traced_path(long_source, sizeof long_source, "long.c");
    FILE *f = fopen(long_source, "w");
    fputc('x', f);
    for (size_t at = 1; at < size; at += 2)
        fputs(at % line == 1 && at > 1 ? " \n" : "\xc3\xa9", f);
    fclose(f);
}

static int sleep_there(void *unused)
{
    (void)unused;
    loop_at(long_source, 1, "here");
    return task_sleep(0.001);
}

static int run_there(void)
{
    return loop_run(sleep_there, NULL);
}

/* The parts' texts, one behind the other; of the last one, what was cut. */
static size_t join_source(const struct traced *t, char *text, int64_t *cut)
{
    size_t len = 0;
    *cut = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (!line_is(t->line[i], "trace:source") ||
            strstr(t->line[i], strrchr(long_source, '/') + 1) == NULL)
            continue;
        struct json_object *o = line_parse(t->line[i]), *left;
        assert_false(json_object_object_get_ex(o, "hex", NULL));
        strcpy(text + len, line_text(o, "text"));
        len += strlen(text + len);
        if (json_object_object_get_ex(o, "cut", &left))
            *cut = json_object_get_int64(left);
        json_object_put(o);
    }
    return len;
}

static void check_long_source(size_t size, size_t line, size_t left)
{
    int64_t cut;
    write_long_source(size, line);
    struct traced t = traced_run("FILE", run_there);
    char *want = read_whole(long_source), *text = malloc(size + 1);
    size_t len = join_source(&t, text, &cut);
    remove(long_source);
    assert_int_equal(len, size - left);
    assert_memory_equal(text, want, len);
    assert_int_equal(cut, left);
    free(want);
    free(text);
    traced_free(&t);
}

static void a_long_line_of_a_source_is_parted_between_characters(void **state)
{
    (void)state;
    check_long_source(400001, SIZE_MAX, 0);
}

static void a_source_that_is_too_long_says_what_is_left_out(void **state)
{
    (void)state;
    check_long_source((16 << 20) + 5001, 1000, 5002); /* the limit is inside of a character */
}

/* ---- lines that are too long */

static char *long_name(size_t len)
{
    char *name = malloc(len + 1);
    memset(name, 'n', len);
    name[len] = '\0';
    return name;
}

static int sleep_a_moment(void *arg)
{
    (void)arg;
    return await(task_sleep(0.001));
}

/* A task is named for the expression that names its function. */
static int shout(void *arg)
{
    (void)arg;
    static char *name; /* as long-lived as a literal */
    name = long_name(20000);
    puts(name);
    loop_mark(name);
    loop_from(__FILE__, __LINE__, name);
    return task_join((task_create)(sleep_a_moment, NULL));
}

static int run_shout(void)
{
    return loop_run(shout, NULL);
}

static void a_line_over_8_kib_is_cut(void **state)
{
    struct traced t = traced_run("FILE", run_shout);
    (void)state;
    for (size_t i = 0; i < t.n; i++)
        if (!line_is(t.line[i], "trace:source"))
            assert_true(strlen(t.line[i]) <= LINE_MAX_BYTES);
    struct json_object *o = line_parse(traced_find(&t, "out:line"));
    assert_int_equal(strlen(line_text(o, "text")) + (size_t)line_int(o, "cut"), 20000);
    assert_true(strlen(line_text(o, "text")) > 6000);
    json_object_put(o);
    o = line_parse(traced_find(&t, "timer:fire"));
    const char *task = line_text(o, "wakes");
    assert_string_equal(task + strlen(task) - 2,
                        "#3"); /* an id is cut in its name, never in its number */
    assert_int_equal(strlen(task), NAME_MAX_OUT + 2);
    json_object_put(o);
    assert_int_equal(traced_check(&t), 0);
    traced_free(&t);
}

/* ---- the state record */

static struct json_object *state_now(struct loop *loop, size_t *parts)
{
    size_t len = 0;
    char *lines = state_lines(loop->tracer, clock_now(&loop->clock), &len), *rest = NULL;
    char *copy = strndup(lines, len);
    struct json_object *whole = NULL;
    *parts = 0;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        struct json_object *o = line_parse(line);
        if (strlen(line) > 1 << 20)
            whole = NULL;
        ++*parts;
        if (whole == NULL) {
            whole = o;
            continue;
        }
        static const char *const lists[] = {
            "tasks", "ready", "timers", "watch", "servers", "conns"
        };
        for (size_t i = 0; i < 6; i++) {
            struct json_object *to = json_object_object_get(whole, lists[i]);
            struct json_object *from = json_object_object_get(o, lists[i]);
            for (size_t k = 0; k < json_object_array_length(from); k++)
                json_object_array_add(to, json_object_get(json_object_array_get_idx(from, k)));
        }
        json_object_put(o);
    }
    free(copy);
    free(lines);
    return whole;
}

static int check_state(void *arg)
{
    (void)arg;
    struct loop *loop = loop_current();
    size_t parts, failures = 0;
    struct task *a = task_create(sleeper, NULL), *b = task_create(worker, NULL);
    await(task_yield());
    struct call call = loop_call_later(loop, 3, soon, NULL);
    loop_call_soon(loop, soon, NULL);
    struct json_object *s = state_now(loop, &parts), *tasks = json_object_object_get(s, "tasks");
    struct json_object *timers = json_object_object_get(s, "timers"),
                       *ready = json_object_object_get(s, "ready");
    failures += parts != 1;
    failures += strcmp(line_text(s, "running"), "main#1") != 0 ||
                strcmp(line_text(s, "phase"), "ready") != 0;
    failures += json_object_array_length(tasks) != 3 || json_object_array_length(timers) != 3;
    failures += json_object_array_length(ready) != 1;
    struct json_object *second = json_object_array_get_idx(tasks, 1);
    failures += strcmp(line_text(second, "state"), "waiting") != 0 ||
                strcmp(line_text(second, "on"), "timer") != 0;
    failures +=
        strcmp(line_text(second, "parent"), "main#1") != 0 || line_int(second, "steps") != 1;
    double last = 0;
    for (size_t i = 0; i < 3; i++) { /* in firing order, which is not the order of arming */
        double due = line_double(json_object_array_get_idx(timers, i), "due");
        failures += due < last;
        last = due;
    }
    failures += strcmp(line_text(json_object_array_get_idx(timers, 1), "wakes"),
                       json_object_get_string(json_object_array_get_idx(ready, 0))) == 0;
    json_object_put(s);
    call_cancel(call);
    task_cancel(a);
    task_cancel(b);
    return (int)failures;
}

static int run_check_state(void)
{
    return loop_run(check_state, NULL);
}

static void a_state_is_the_loop_as_it_is(void **state)
{
    struct traced t = traced_run("FILE", run_check_state);
    (void)state;
    assert_int_equal(t.status, 0);
    traced_free(&t);
}

enum { MANY = 20000 };

static int check_large_state(void *arg)
{
    (void)arg;
    size_t parts, failures = 0;
    for (int i = 0; i < MANY; i++)
        task_release(task_create(sleeper, NULL));
    struct json_object *s = state_now(loop_current(), &parts);
    failures += parts < 2;
    failures += json_object_array_length(json_object_object_get(s, "tasks")) != MANY + 1;
    failures += json_object_array_length(json_object_object_get(s, "ready")) != MANY;
    json_object_put(s);
    return (int)failures;
}

static int run_check_large_state(void)
{
    return loop_run(check_large_state, NULL);
}

static void a_large_state_comes_in_parts(void **state)
{
    struct traced t = traced_run("FILE", run_check_large_state);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_check(&t), 0);
    for (size_t i = 0; i < t.n; i++)
        if (line_is(t.line[i], "trace:state"))
            assert_true(strlen(t.line[i]) <= 1 << 20);
    traced_free(&t);
}

static int yield_much(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10000; i++)
        await(task_yield());
    return 0;
}

static int run_yield_much(void)
{
    return loop_run(yield_much, NULL);
}

static void states_come_by_themselves_each_mebibyte(void **state)
{
    struct traced t = traced_run("FILE", run_yield_much);
    (void)state;
    size_t bytes = 0, states = 0;
    for (size_t i = 0; i < t.n; i++) {
        bytes += strlen(t.line[i]) + 1;
        if (line_is(t.line[i], "trace:state")) {
            assert_true(bytes >= 1 << 20 && bytes < (1 << 20) + (1 << 16));
            bytes = 0;
            states++;
        }
    }
    assert_true(states > 2);
    traced_free(&t);
}

/* ---- warnings, under the virtual clock */

static double how_long;

static int work_once(void *arg)
{
    (void)arg;
    loop_work(how_long);
    return 0;
}

static int two_workers(void *arg)
{
    (void)arg;
    struct task *a = task_create(work_once, NULL), *b = task_create(work_once, NULL);
    struct task *c = task_create(work_once, NULL);
    await(task_sleep(0.01));
    await(task_join(a));
    await(task_join(b));
    await(task_join(c));
    return 0;
}

static int run_two_workers(void)
{
    return loop_run(two_workers, NULL);
}

static struct traced virtual_run(int (*program)(void))
{
    setenv("LOOP_CLOCK", "virtual", 1);
    struct traced t = traced_run("FILE", program);
    unsetenv("LOOP_CLOCK");
    return t;
}

static void slow_steps_starving_tasks_and_late_timers_are_told(void **state)
{
    (void)state;
    how_long = 0.11;
    struct traced t = virtual_run(run_two_workers);
    assert_int_equal(traced_count(&t, "warn:slow_step"), 3);
    assert_int_equal(traced_count(&t, "warn:starving"), 1); /* the first one met, once a turn */
    assert_int_equal(traced_count(&t, "warn:late_timer"), 1);
    assert_int_equal(traced_count(&t, "warn:slow_turn"), 0);
    struct json_object *o = line_parse(traced_find(&t, "warn:slow_step"));
    assert_string_equal(line_text(o, "task"), "work_once#3");
    assert_non_null(
        strstr(traced_find(&t, "warn:slow_step"), "\"took\":0.110000000,\"limit\":0.100000000}"));
    json_object_put(o);
    traced_free(&t);
}

static void a_hundred_milliseconds_are_not_slow(void **state)
{
    (void)state;
    how_long = 0.1 / 3;
    struct traced t = virtual_run(run_two_workers);
    assert_null(strstr(t.line[t.n - 2], "warn:"));
    for (size_t i = 0; i < t.n; i++)
        assert_null(strstr(t.line[i], "\"ev\":\"warn:"));
    traced_free(&t);
}

static void many_small_steps_make_a_slow_turn(void **state)
{
    (void)state;
    how_long = 0.04;
    struct traced t = virtual_run(run_two_workers);
    assert_int_equal(traced_count(&t, "warn:slow_step"), 0);
    assert_int_equal(traced_count(&t, "warn:slow_turn"), 1);
    assert_non_null(strstr(traced_find(&t, "warn:slow_turn"),
                           "\"took\":0.120000000,\"limit\":0.100000000,\"steps\":3}"));
    traced_free(&t);
}

static void spinning_is_told_once(void **state)
{
    (void)state;
    struct traced t = traced_run("FILE", run_yield_much);
    assert_int_equal(traced_count(&t, "warn:spinning"), 1);
    assert_non_null(strstr(traced_find(&t, "warn:spinning"), "\"turns\":1000}"));
    traced_free(&t);
}

static int yield_less(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3000; i++)
        if (await(i % 900 == 899 ? task_sleep(0.001) : task_yield()) < 0)
            return 1;
    return 0;
}

static int run_yield_less(void)
{
    return loop_run(yield_less, NULL);
}

static void who_waits_now_and_then_does_not_spin(void **state)
{
    struct traced t = traced_run("FILE", run_yield_less);
    (void)state;
    assert_int_equal(traced_count(&t, "warn:spinning"), 0);
    traced_free(&t);
}

/* ---- ends */

static void print_and_exit(void *arg)
{
    (void)arg;
    printf("no newline");
    exit(7);
}

/* Not by the task itself: a sanitizer looks for leaks from the stack on which exit() is called. */
static int end_by_exit(void *arg)
{
    loop_call_soon(loop_current(), print_and_exit, arg);
    return await(task_sleep(10));
}

static int run_end_by_exit(void)
{
    return loop_run(end_by_exit, NULL);
}

static void exit_ends_the_trace_with_its_status(void **state)
{
    struct traced t = traced_run("FILE", run_end_by_exit);
    (void)state;
    assert_int_equal(WEXITSTATUS(t.status), 7);
    assert_string_equal(t.said, "no newline");
    assert_non_null(strstr(traced_find(&t, "out:line"), "\"text\":\"no newline\""));
    assert_non_null(strstr(t.line[t.n - 1], "\"how\":\"exit\""));
#ifdef __GLIBC__
    assert_non_null(strstr(t.line[t.n - 1], "\"status\":7}"));
#endif
    assert_int_equal(traced_check(&t), 0);
    traced_free(&t);
}

static int end_by_signal(void *arg)
{
    printf("before\n");
    raise(*(const int *)arg);
    return 0;
}

static int deadly;

static int run_end_by_signal(void)
{
    return loop_run(end_by_signal, &deadly);
}

static void fatal_signals_are_told_and_still_kill(void **state)
{
    static const int signals[] = { SIGABRT, SIGTERM, SIGHUP, SIGQUIT, SIGSYS, SIGFPE, SIGSEGV };
    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof *signals - (UNDER_ASAN ? 2 : 0); i++) {
        char end[64];
        deadly = signals[i];
        struct traced t = traced_run("FILE", run_end_by_signal);
        assert_true(WIFSIGNALED(t.status));
        assert_int_equal(WTERMSIG(t.status), deadly);
        snprintf(end, sizeof end, "\"lost\":0,\"how\":\"signal\",\"status\":%d}", deadly);
        assert_non_null(strstr(t.line[t.n - 1], end));
        assert_true(line_is(t.line[t.n - 2], "out:line"));
        assert_int_equal(traced_check(&t), 0);
        traced_free(&t);
    }
}

static int dig(int depth)
{
    volatile char here[512];
    here[0] = (char)depth;
    return depth == 0 ? here[0] : dig(depth - 1) + here[0];
}

static int overflow(void *arg)
{
    (void)arg;
    await(task_yield());
    return dig(1 << 20);
}

static int run_overflow(void)
{
    return loop_run(overflow, NULL);
}

static void an_overflowed_stack_is_named_with_its_task(void **state)
{
    (void)state;
    if (UNDER_ASAN)
        skip(); /* it reports by itself */
    for (int traced = 0; traced < 2; traced++) {
        struct traced t = traced_run(traced ? "FILE" : "", run_overflow);
        assert_true(WIFSIGNALED(t.status));
        assert_non_null(strstr(t.said, "loop: task main#1 overflowed its stack of "));
        assert_non_null(strstr(t.said, " KiB (tests/test_loop_trace.c:"));
        if (traced)
            assert_non_null(strstr(t.line[t.n - 1], "\"how\":\"signal\""));
        traced_free(&t);
    }
}

static int fork_in_step(void *arg)
{
    (void)arg;
    pid_t pid = fork();
    if (pid == 0) {
        await(task_sleep(0.01));
        puts("child");
        return 0;
    }
    waitpid(pid, NULL, 0);
    puts("parent");
    return 0;
}

static int run_fork_in_step(void)
{
    return loop_run(fork_in_step, NULL);
}

static void a_forked_child_goes_on_untraced(void **state)
{
    struct traced t = traced_run("FILE", run_fork_in_step);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_check(&t), 0);
    assert_int_equal(traced_count(&t, "out:line"), 1);
    assert_int_equal(traced_count(&t, "trace:end"), 1);
    assert_int_equal(traced_count(&t, "timer:set"), 0);
    if (!UNDER_ASAN) /* which has remarks of its own about forks */
        assert_string_equal(t.said, "child\nparent\n");
    traced_free(&t);
}

/* ---- several loops; other threads; none traced */

static int two_loops(void)
{
    struct loop *first = loop_new(), *second = loop_new();
    bool right = first->tracer != NULL && second->tracer == NULL;
    loop_close(second);
    loop_close(first);
    return right ? loop_run(work_once, NULL) : 1;
}

static void one_loop_is_traced_at_a_time_and_a_later_one_added(void **state)
{
    struct traced t = traced_run("FILE", two_loops);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_count(&t, "trace:head"), 2);
    assert_int_equal(traced_count(&t, "trace:end"), 2);
    assert_int_equal(traced_count(&t, "task:new"), 1);
    assert_string_equal(t.said, "loop: not traced: another loop of this program is\n");
    traced_free(&t);
}

enum { ROUNDS = 20 };

static atomic_int arrived;

/* Both threads are here, for the so-manieth time. */
static void meet(int times)
{
    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) < 2 * times)
        sched_yield();
}

static void *make_loops(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        meet(2 * i + 1);
        struct loop *loop = loop_new();
        meet(2 * i + 2);
        loop_close(loop);
    }
    return unused;
}

static int two_threads_make_loops(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, make_loops, NULL);
    make_loops(NULL);
    pthread_join(thread, NULL);
    return 0;
}

static void of_loops_made_at_the_same_time_one_is_traced(void **state)
{
    struct traced t = traced_run("FILE", two_threads_make_loops);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_count(&t, "trace:head"), ROUNDS);
    assert_int_equal(traced_count(&t, "trace:end"), ROUNDS);
    assert_string_equal(t.said, "loop: not traced: another loop of this program is\n");
    traced_free(&t);
}

/* ---- several processes */

static const char *self; /* this program; with a word behind it, it is one of the following */

static int nap_once(void *arg)
{
    (void)arg;
    return await(task_sleep(0.01));
}

static int run_nap_once(void)
{
    return loop_run(nap_once, NULL);
}

static int start_another(void *arg)
{
    char command[512];
    snprintf(command, sizeof command, "'%s' nap 2>&1", self);
    (void)arg;
    await(task_sleep(0.01));
    int status = system(command);
    await(task_sleep(0.01));
    return status;
}

static int run_start_another(void)
{
    return loop_run(start_another, NULL);
}

static int become_another(void *arg)
{
    (void)arg;
    await(task_sleep(0.01));
    execl(self, self, "nap", (char *)NULL);
    return 1;
}

static int run_become_another(void)
{
    return loop_run(become_another, NULL);
}

/* The children's loops are there at the same time: each waits for a byte, which comes when all have said that they
 * have one. */
static int fork_brothers(void)
{
    int made[2], go[2], failed = 0, status;
    char byte;
    if (pipe(made) < 0 || pipe(go) < 0)
        return 1;
    for (int i = 0; i < 3; i++) {
        if (fork() != 0)
            continue;
        struct loop *loop = loop_new();
        bool right = write(made[1], "", 1) == 1 && read(go[0], &byte, 1) == 1;
        loop_close(loop);
        exit(right ? 0 : 1);
    }
    close(made[1]);
    for (int i = 0; i < 3; i++)
        failed += read(made[0], &byte, 1) != 1;
    failed += write(go[1], "...", 3) != 3;
    while (wait(&status) > 0)
        failed += status != 0;
    return failed;
}

static int run_fork_brothers(void)
{
    execl(self, self, "brothers", (char *)NULL); /* LOOP_TRACE is there from its beginning */
    return 1;
}

static int fork_after_a_loop(void)
{
    return loop_run(nap_once, NULL) + fork_brothers();
}

static size_t count_of(const char *text, const char *words)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
        n++;
    return n;
}

/* The trace is one process's, whole, in so many runs; so many others said that it is not theirs. */
static void check_one_has_it(int (*program)(void), size_t runs, size_t others)
{
    struct traced t = traced_run("FILE", program);
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_check(&t), 0);
    assert_int_equal(traced_count(&t, "trace:head"), runs);
    for (size_t i = 0; i < t.n; i++) {
        if (line_is(t.line[i], "trace:head")) {
            struct json_object *first = line_parse(t.line[0]), *o = line_parse(t.line[i]);
            assert_int_equal(line_int(o, "pid"), line_int(first, "pid"));
            json_object_put(first);
            json_object_put(o);
        }
    }
    assert_true(line_is(t.line[t.n - 1], "trace:end"));
    assert_int_equal(count_of(t.said, "is the trace of process"), others);
    traced_free(&t);
}

static void a_program_that_a_traced_one_starts_leaves_its_trace_alone(void **state)
{
    (void)state;
    need_exec(self, "nap");
    check_one_has_it(run_start_another, 1, 1);
}

static void a_program_that_a_traced_one_becomes_adds_to_its_trace(void **state)
{
    (void)state;
    need_exec(self, "nap");
    check_one_has_it(run_become_another, 2, 0);
}

static void of_forked_brothers_one_is_traced(void **state)
{
    (void)state;
    need_exec(self, "nap");
    check_one_has_it(run_fork_brothers, 1, 2);
    check_one_has_it(fork_after_a_loop, 1, 3);
}

static void forked_brothers_at_a_socket_all_run(void **state)
{
    char path[128], spec[160];
    (void)state;
    need_exec(self, "nap");
    traced_path(path, sizeof path, "socket");
    snprintf(spec, sizeof spec, "unix:%s", path);
    struct traced t = traced_run(spec, run_fork_brothers);
    assert_int_equal(t.status, 0);
    assert_int_equal(count_of(t.said, "is the trace of process"), 2);
    traced_free(&t);
}

static int fork_with_a_trace_each(void)
{
    char path[256];
    int status = 1;
    struct loop *loop = loop_new();
    pid_t pid = fork();
    if (pid == 0) {
        snprintf(path, sizeof path, "%s.child", getenv("LOOP_TRACE"));
        setenv("LOOP_TRACE", path, 1);
        run_nap_once();
        char *text = read_whole(path);
        unlink(path);
        _exit(strstr(text, "\"ev\":\"trace:end\"") != NULL ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    loop_close(loop);
    return status;
}

static void a_child_with_a_place_of_its_own_is_traced_there(void **state)
{
    struct traced t = traced_run("FILE", fork_with_a_trace_each);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_count(&t, "trace:head"), 1);
    traced_free(&t);
}

static void a_file_that_another_program_writes_is_left_alone(void **state)
{
    struct traced t = { .text = NULL };
    char said[128], words[256];
    (void)state;
    traced_spec(&t, "FILE");
    traced_path(said, sizeof said, "said");
    int fd = open(t.path, O_WRONLY | O_CREAT, 0600);
    dprintf(fd, "{\"ev\":\"trace:head\",\"pid\":4711}\n");
    assert_int_equal(flock(fd, LOCK_EX), 0);
    traced_finish(&t, traced_start(run_nap_once, said), said);
    assert_int_equal(t.status, 0);
    assert_int_equal(t.n, 1);
    snprintf(words, sizeof words,
             "loop: not traced: can't open \"%s\": process 4711 writes there\n", t.path);
    assert_string_equal(t.said, words);
    close(fd);
    unsetenv("LOOP_TRACE");
    traced_free(&t);
}

static void *print_elsewhere(void *unused)
{
    puts("from another thread");
    return unused;
}

static int with_thread(void *arg)
{
    pthread_t thread;
    (void)arg;
    pthread_create(&thread, NULL, print_elsewhere, NULL);
    pthread_join(thread, NULL);
    await(task_sleep(0.01));
    puts("from the task");
    return 0;
}

static int run_with_thread(void)
{
    return loop_run(with_thread, NULL);
}

static void another_threads_output_is_told_without_a_task(void **state)
{
    struct traced t = traced_run("FILE", run_with_thread);
    (void)state;
    assert_int_equal(t.status, 0);
    assert_int_equal(traced_count(&t, "out:line"), 2);
    const char *line = traced_find(&t, "out:line");
    assert_non_null(strstr(line, "\"text\":\"from another thread\"}"));
    assert_int_equal(traced_check(&t), 0);
    traced_free(&t);
}

static int count_entries(const char *dir)
{
    DIR *d = opendir(dir);
    int n = 0;
    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        closedir(d);
    return n;
}

static int look_around(void *arg)
{
    (void)arg;
    int fd = open("/dev/null", O_RDONLY);
    printf("%d threads, next fd %d, stdout is %d\n", count_entries("/proc/self/task") - 2, fd,
           fileno(stdout));
    close(fd);
    return 0;
}

static int run_look_around(void)
{
    return loop_run(look_around, NULL);
}

static void the_programs_descriptors_are_the_same_traced(void **state)
{
    (void)state;
    if (access("/proc/self/task", R_OK) < 0)
        skip();
    struct traced plain = traced_run("", run_look_around),
                  traced = traced_run("FILE", run_look_around);
    /* One more thread, the feeder; an emulator may have some of its own. */
    assert_int_equal(atoi(traced.said), atoi(plain.said) + 1);
    assert_string_equal(strchr(plain.said, ','), strchr(traced.said, ','));
    traced_free(&plain);
    traced_free(&traced);
}

static int unbuffered(void *arg)
{
    (void)arg;
    fprintf(stderr, "now");
    char *said = read_whole(getenv("SAID"));
    bool there = strstr(said, "now") != NULL;
    free(said);
    return there ? 0 : 1;
}

static int run_unbuffered(void)
{
    char path[64], target[256] = { 0 };
    snprintf(path, sizeof path, "/proc/self/fd/%d", 2);
    if (readlink(path, target, sizeof target - 1) < 0)
        return 0;
    setenv("SAID", target, 1);
    return loop_run(unbuffered, NULL);
}

static void stderr_stays_unbuffered(void **state)
{
    struct traced t = traced_run("FILE", run_unbuffered);
    (void)state;
    assert_int_equal(t.status, 0);
    traced_free(&t);
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc > 1)
        return strcmp(argv[1], "nap") == 0 ? run_nap_once() : fork_brothers();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_have_nine_decimals),
        cmocka_unit_test(counts_of_every_length_are_exact),
        cmocka_unit_test(a_kept_beginning_is_as_one_made_anew),
        cmocka_unit_test(text_comes_through_whatever_is_in_it),
        cmocka_unit_test(del_and_c1_are_escaped),
        cmocka_unit_test(what_is_not_utf8_has_its_bytes_beside_it),
        cmocka_unit_test(long_text_is_cut_and_says_how_much),
        cmocka_unit_test(a_long_name_is_cut_at_a_whole_character),
        cmocka_unit_test(every_line_is_what_json_c_would_write),
        cmocka_unit_test(every_event_has_its_keys_in_order),
        cmocka_unit_test(output_is_told_in_order_with_its_task),
        cmocka_unit_test(the_source_is_told_once_and_first),
        cmocka_unit_test(virtual_time_leaves_the_same_bytes),
        cmocka_unit_test(a_long_line_of_a_source_is_parted_between_characters),
        cmocka_unit_test(a_source_that_is_too_long_says_what_is_left_out),
        cmocka_unit_test(a_line_over_8_kib_is_cut),
        cmocka_unit_test(a_state_is_the_loop_as_it_is),
        cmocka_unit_test(a_large_state_comes_in_parts),
        cmocka_unit_test(states_come_by_themselves_each_mebibyte),
        cmocka_unit_test(slow_steps_starving_tasks_and_late_timers_are_told),
        cmocka_unit_test(a_hundred_milliseconds_are_not_slow),
        cmocka_unit_test(many_small_steps_make_a_slow_turn),
        cmocka_unit_test(spinning_is_told_once),
        cmocka_unit_test(who_waits_now_and_then_does_not_spin),
        cmocka_unit_test(exit_ends_the_trace_with_its_status),
        cmocka_unit_test(fatal_signals_are_told_and_still_kill),
        cmocka_unit_test(an_overflowed_stack_is_named_with_its_task),
        cmocka_unit_test(a_forked_child_goes_on_untraced),
        cmocka_unit_test(one_loop_is_traced_at_a_time_and_a_later_one_added),
        cmocka_unit_test(of_loops_made_at_the_same_time_one_is_traced),
        cmocka_unit_test(a_program_that_a_traced_one_starts_leaves_its_trace_alone),
        cmocka_unit_test(a_program_that_a_traced_one_becomes_adds_to_its_trace),
        cmocka_unit_test(of_forked_brothers_one_is_traced),
        cmocka_unit_test(forked_brothers_at_a_socket_all_run),
        cmocka_unit_test(a_child_with_a_place_of_its_own_is_traced_there),
        cmocka_unit_test(a_file_that_another_program_writes_is_left_alone),
        cmocka_unit_test(another_threads_output_is_told_without_a_task),
        cmocka_unit_test(the_programs_descriptors_are_the_same_traced),
        cmocka_unit_test(stderr_stays_unbuffered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

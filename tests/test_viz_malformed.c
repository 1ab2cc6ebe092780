/*
 * test_viz_malformed - no input makes the viewer crash, hang, or say anything that a terminal
 * would obey.
 *
 * Each damaged trace goes through all that reads traces: check, print, and a history that is
 * walked, jumped about in and drawn. LOOPSCOPE_MUTATIONS sets how many random damages are tried
 * (600); the seed is printed when it is another one (LOOPSCOPE_SEED).
 */
#include "viz_support.h"
#include "check.h"
#include "print.h"
#include "view.h"

#include <errno.h>

static char *said;
static size_t said_len;

static void assert_clean(const char *what)
{
    if (!is_clean(said, said_len))
        fail_msg("%s let through what a terminal would obey", what);
    free(said);
    said = NULL;
}

static void go_through_check(const char *path)
{
    struct check_result result;
    FILE *out = open_memstream(&said, &said_len);
    assert_int_equal(check_file(path, out, &result), 0);
    fclose(out);
    assert_clean("check");
}

static void go_through_print(int fd)
{
    struct print *print;
    FILE *out = open_memstream(&said, &said_len);
    assert_int_equal(print_open(&print, dup(fd), "T", out, out, false), 0);
    int rc = print_more(print, true);
    assert_true(rc == 0 || rc == -EPROTONOSUPPORT);
    print_close(print);
    fclose(out);
    assert_clean("print");
}

static void on_fault(void *context, int64_t line, const char *what)
{
    assert_true(line >= 1);
    fprintf(context, "%s\n", what);
}

static void draw(const struct history *history, FILE *out)
{
    struct view view;
    struct canvas *canvas = canvas_create(24, 80);
    view_init(&view);
    view_draw(canvas, &view, history);
    char *text = canvas_text(canvas, CANVAS_UTF8);
    assert_non_null(text);
    fputs(text, out);
    free(text);
    canvas_destroy(canvas);
}

static void go_through_history(int fd)
{
    struct history *history;
    int rc = history_open(&history, dup(fd), "T");
    if (rc == -EPROTONOSUPPORT)
        return;
    assert_int_equal(rc, 0);
    FILE *out = open_memstream(&said, &said_len);
    history_on_fault(history, on_fault, out);
    draw(history, out);
    assert_true(history_go_end(history) >= 0);
    draw(history, out);
    for (int i = 0; i < 4; i++)
        assert_true(history_step(history, i % 2 ? 1 : -3) >= 0);
    assert_true(history_go_fraction(history, 0.4) >= 0);
    assert_true(history_step_turn(history, 1) >= 0);
    assert_true(history_step_to(history, -1, is_note, NULL) >= 0);
    assert_true(history_go_event(history, 30) >= 0);
    assert_true(history_go_time(history, 30000) >= 0);
    assert_true(history_go_turn(history, 2) >= 0);
    draw(history, out);
    fprintf(out, "%s\n", history_moment(history)->sentence);
    fclose(out);
    history_close(history);
    assert_clean("a screen");
}

static void go_through_all(const char *bytes, size_t len)
{
    char path[] = "/tmp/loopscope-malformed-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, 0), (ssize_t)len);
    go_through_check(path);
    go_through_print(fd);
    go_through_history(fd);
    close(fd);
    unlink(path);
}

/* Some lines of the made-up trace: its beginning, then from a state record on. */
static char *part_of_crowd(size_t *len)
{
    char *bytes = file_bytes(CROWD, len);
    char *record = strstr(bytes, "\"trace:state\",\"turn\"");
    assert_non_null(record);
    while (record[-1] != '\n')
        record--;
    char *end = record;
    for (int i = 0; i < 14; i++)
        end = strchr(end, '\n') + 1;
    char *middle = bytes;
    for (int i = 0; i < 24; i++)
        middle = strchr(middle, '\n') + 1;
    memmove(middle, record, (size_t)(end - record));
    *len = (size_t)(middle - bytes) + (size_t)(end - record);
    bytes[*len] = '\0';
    return bytes;
}

static void cut_at_every_byte(void **state)
{
    size_t len;
    char *bytes = part_of_crowd(&len);
    (void)state;
    assert_true(len > 3000);
    for (size_t cut = 0; cut <= len; cut += cut < 1500 ? 1 : 5)
        go_through_all(bytes, cut);
    free(bytes);
}

static uint32_t luck;

static uint32_t chance(uint32_t below)
{
    luck = luck * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)(luck >> 1) * below) >> 31);
}

/* One damage: bytes changed, cut out, doubled, or replaced by something nasty. */
static size_t damage(char *bytes, size_t len, size_t room)
{
    static const char *const nasty[] = { "\x1b[2J",
                                         "\xFF",
                                         "\\u0000",
                                         "\\u009b",
                                         "-1",
                                         "1e999",
                                         "9007199254740993",
                                         "null",
                                         "[]",
                                         "{}",
                                         "\"",
                                         "\n",
                                         "\\",
                                         "99999999999999999999",
                                         "\"main#1\"",
                                         "[[[[[[[",
                                         "#",
                                         "\\ud800",
                                         "true",
                                         "\xE2\x80\xAE",
                                         "0" };
    size_t at = chance((uint32_t)len), n = 1 + chance(12);
    const char *word = nasty[chance(sizeof nasty / sizeof *nasty)];
    n = n < len - at ? n : len - at;
    switch (chance(5)) {
    case 0: bytes[at] = (char)chance(256); return len;
    case 1: memmove(bytes + at, bytes + at + n, len - at - n); return len - n;
    case 2:
        n = chance(400) < len - at ? n * 20 : n;
        n = n < len - at ? n : len - at;
        if (len + n > room)
            return len;
        memmove(bytes + at + n, bytes + at, len - at);
        return len + n;
    default:
        n = strlen(word);
        if (len + n > room)
            return len;
        memmove(bytes + at + n, bytes + at, len - at);
        memcpy(bytes + at, word, n);
        return len + n;
    }
}

static void damaged_at_random(void **state)
{
    const char *mutations = getenv("LOOPSCOPE_MUTATIONS"), *seed = getenv("LOOPSCOPE_SEED");
    int n = mutations != NULL ? atoi(mutations) : 600;
    size_t len;
    char *bytes = part_of_crowd(&len), *damaged = malloc(2 * len);
    (void)state;
    luck = seed != NULL ? (uint32_t)atoi(seed) : 20;
    for (int i = 0; i < n; i++) {
        size_t damaged_len = len;
        memcpy(damaged, bytes, len);
        for (uint32_t times = 1 + chance(6); times > 0; times--)
            damaged_len = damage(damaged, damaged_len, 2 * len);
        go_through_all(damaged, damaged_len);
    }
    free(damaged);
    free(bytes);
}

static void events_in_any_order(void **state)
{
    size_t len, n = 0, at = 0;
    char *bytes = part_of_crowd(&len), *mixed = malloc(len + 1), *lines[200];
    (void)state;
    for (char *line = bytes; *line != '\0' && n < 200; line = strchr(line, '\n') + 1)
        lines[n++] = line;
    luck = 4;
    for (int round = 0; round < 100; round++) {
        at = 0;
        for (size_t i = 0; i < n; i++) {
            char *line = lines[chance((uint32_t)n)];
            size_t size = strcspn(line, "\n") + 1;
            if (at + size > len)
                break;
            memcpy(mixed + at, line, size);
            at += size;
        }
        go_through_all(mixed, at);
    }
    free(mixed);
    free(bytes);
}

static void nothing_but_one_kind_of_byte(void **state)
{
    static const char kinds[] = "\0\n {[\"\\0a\x1b\xFF";
    char bytes[5000];
    (void)state;
    for (size_t i = 0; i < sizeof kinds - 1; i++) {
        memset(bytes, kinds[i], sizeof bytes);
        go_through_all(bytes, sizeof bytes);
        memcpy(bytes, "{\"t\":0.0,\"n\":0,\"ev\":\"trace:head\",\"format\":\"", 44);
        go_through_all(bytes, sizeof bytes);
    }
}

static void a_line_of_20_mib_between_good_ones(void **state)
{
    static const char head[] =
        "{\"t\":0.0,\"n\":0,\"ev\":\"trace:head\",\"format\":\"loopscope\",\"version\":1}\n";
    static const char last[] = "\n{\"t\":0.0,\"n\":1,\"ev\":\"note:mark\",\"name\":\"after\"}\n";
    size_t size = 20 << 20;
    char *bytes = malloc(sizeof head + size + sizeof last);
    (void)state;
    memcpy(bytes, head, sizeof head - 1);
    memset(bytes + sizeof head - 1, '[', size);
    memcpy(bytes + sizeof head - 1 + size, last, sizeof last - 1);
    go_through_all(bytes, sizeof head + size + sizeof last - 2);
    struct history *history;
    assert_int_equal(
        history_open(&history, fd_with(bytes, sizeof head + size + sizeof last - 2), "T"), 0);
    history_go_end(history);
    assert_int_equal(history_moment(history)->event->kind, EV_NOTE_MARK);
    assert_int_equal(history_faults(history), 1);
    history_close(history);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(damaged_at_random),
        cmocka_unit_test(events_in_any_order),
        cmocka_unit_test(nothing_but_one_kind_of_byte),
        cmocka_unit_test(a_line_of_20_mib_between_good_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

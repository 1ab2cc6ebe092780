/*
 * fuzz_trace.c - strangers' bytes through everything that reads a trace
 *
 *     make fuzz                        stored corpus, then ten minutes of new bytes (clang's libFuzzer)
 *     make fuzz FUZZ='-runs=0'         the stored corpus only
 *
 * The bytes are a file. The line reader, both event readers, the model with its faults, the
 * sentences, the cursor forward and back, the figures, the search, the export and a drawn frame all
 * get it. What must hold besides not crashing: the scanner never takes what json-c refuses; and
 * nothing that a terminal obeys comes out.
 *
 * Without libFuzzer (-DFUZZ_MAIN) each argument is a file to be read once: the corpus as a test.
 */
#include "explain.h"
#include "filter.h"
#include "history.h"
#include "stats.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_trace: %s\n", what);
    abort();
}

static void must_be_clean(const char *text)
{
    for (size_t len = strlen(text), i = 0; i < len;) {
        uint32_t code;
        size_t took = text_decode(text + i, len - i, &code);
        must(code == '\n' || text_is_safe(code), "a sentence holds what a terminal would obey");
        i += took;
    }
}

static void on_fault(void *context, const char *expected, const char *found)
{
    (void)context;
    must_be_clean(expected);
    must_be_clean(found);
}

static void read_line(struct slice line, struct model *model, struct stats *stats)
{
    static const char *const filters[] = { "task:main", "ev:timer -warn", "a" };
    char sentence[EXPLAIN_SIZE];
    struct event scanned, parsed;
    struct filter filter = { .n_terms = 0 };
    event_init(&scanned);
    event_init(&parsed);
    int parse = event_parse_json(&parsed, line), scan = event_scan(&scanned, line);
    must(scan != 0 || parse == 0, "the scanner takes what json-c refuses");
    if (scan == 0)
        must(scanned.t_ns == parsed.t_ns && scanned.n == parsed.n && scanned.kind == parsed.kind &&
                 scanned.n_fields == parsed.n_fields,
             "two readers, two events");
    if (parse == 0) {
        model_apply(model, &parsed);
        explain(sentence, sizeof sentence, &parsed, model);
        must_be_clean(sentence);
        stats_add(stats, &parsed);
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
            filter_set(&filter, filters[i]);
            must(!filter_wants(&filter, &parsed) || filter_may_want(&filter, line),
                 "the filter's quick look passes over what it wants");
        }
    }
    event_fini(&scanned);
    event_fini(&parsed);
}

static void read_lines(const char *data, size_t size)
{
    struct model *model = model_create();
    struct stats stats;
    stats_init(&stats);
    must(model != NULL, "no memory");
    model_on_fault(model, on_fault, NULL);
    for (size_t at = 0; at < size;) {
        const char *lf = memchr(data + at, '\n', size - at);
        size_t len = lf != NULL ? (size_t)(lf - (data + at)) : size - at;
        read_line((struct slice){ data + at, len }, model, &stats);
        at += len + 1;
    }
    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere != NULL) {
        stats_say(&stats, nowhere);
        stats_say_json(&stats, 0, nowhere);
        fclose(nowhere);
    }
    stats_fini(&stats);
    model_destroy(model);
}

static void draw(const struct history *history)
{
    struct view view;
    struct canvas *canvas = canvas_create(24, 80);
    view_init(&view);
    must(canvas != NULL, "no memory");
    view_draw(canvas, &view, history);
    char *text = canvas_text(canvas, CANVAS_UTF8);
    must(text != NULL, "no memory");
    must_be_clean(text);
    free(text);
    canvas_destroy(canvas);
}

static void walk(const char *data, size_t size)
{
    struct history *history;
    FILE *file = tmpfile();
    must(file != NULL, "no temporary file");
    fwrite(data, 1, size, file);
    fflush(file);
    int fd = dup(fileno(file));
    fclose(file);
    if (history_open(&history, fd, "fuzz") < 0)
        return;
    for (int i = 0; i < 50 && history_step(history, 1) > 0; i++)
        must_be_clean(history_moment(history)->sentence);
    history_go_end(history);
    draw(history);
    for (int i = 0; i < 20 && history_step(history, -1) > 0; i++)
        must_be_clean(history_moment(history)->sentence);
    history_go_time(history, 1000000000);
    history_go_event(history, 7);
    history_go_turn(history, 2);
    draw(history);
    history_close(history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_lines((const char *)data, size);
    walk((const char *)data, size);
    return 0;
}

#ifdef FUZZ_MAIN
int main(int argc, char **argv)
{
    enum { MOST = 4 << 20 };
    uint8_t *data = malloc(MOST);
    must(data != NULL, "no memory");
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL)
            continue; /* an option of libFuzzer's */
        size_t size = fread(data, 1, MOST, file);
        fclose(file);
        uint8_t *exact = malloc(size > 0 ? size : 1); /* so that a byte too far is noticed */
        must(exact != NULL, "no memory");
        memcpy(exact, data, size);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    free(data);
    return 0;
}
#endif

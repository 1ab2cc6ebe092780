/*
 * history_carry - what a trace carries along for its readers: heads, and the program's source
 * files.
 *
 * They stand where they were first needed, anywhere in the file, so they are looked for by a
 * search for `"trace:` that takes no line apart but those that it finds (gigabytes a second). What
 * was found holds for the whole file, not from its place on: a source is shown before its line
 * came, too.
 */
#include "history_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- heads ----------------------------------------------------------------------------------- */

static int head_found(struct history *history, int64_t offset)
{
    int64_t *more = realloc(history->heads, (history->n_heads + 1) * sizeof *more);
    if (more == NULL)
        return -ENOMEM;
    history->heads = more;
    more[history->n_heads++] = offset;
    return 0;
}

int64_t history_head_before(const struct history *history, int64_t offset)
{
    for (size_t i = history->n_heads; i > 0; i--)
        if (history->heads[i - 1] <= offset)
            return history->heads[i - 1];
    return -1;
}

/* ---- sources --------------------------------------------------------------------------------- */

static void source_free(struct source_text *source)
{
    free(source->file);
    free(source->cut);
    free(source->text);
    free(source->lines);
}

static char *copy_of(struct slice slice)
{
    char *copy = malloc(slice.len + 1);
    if (copy == NULL)
        return NULL;
    if (slice.len > 0)
        memcpy(copy, slice.at, slice.len);
    copy[slice.len] = '\0';
    return copy;
}

static int cut_lines(struct source_text *source, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += source->text[i] == '\n';
    n += len > 0 && source->text[len - 1] != '\n';
    source->lines = calloc(n > 0 ? n : 1, sizeof *source->lines);
    if (source->lines == NULL)
        return -ENOMEM;
    const char *at = source->text, *end = source->text + len;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        const char *stop = lf != NULL ? lf : end;
        size_t bytes = (size_t)(stop - at);
        if (bytes > 0 && at[bytes - 1] == '\r')
            bytes--;
        source->lines[source->n_lines++] = (struct slice){ at, bytes };
        at = stop + 1;
    }
    return 0;
}

static int source_add(struct history *history, struct slice file, struct slice text,
                      struct slice cut, int64_t offset)
{
    struct source_text source = { .offset = offset };
    struct source_text *more = realloc(history->sources, (history->n_sources + 1) * sizeof *more);
    if (more == NULL)
        return -ENOMEM;
    history->sources = more;
    source.file = copy_of(file);
    source.text = copy_of(text);
    source.cut = cut.len > 0 ? copy_of(cut) : NULL;
    if (source.file == NULL || source.text == NULL || cut_lines(&source, text.len) < 0) {
        source_free(&source);
        return -ENOMEM;
    }
    more[history->n_sources++] = source;
    return 0;
}

static int append(struct str *str, struct slice text)
{
    enum { MOST = 16 << 20 };
    if (text.len == 0 || str->len + text.len > MOST)
        return 0;
    return str_append(str, text);
}

/* A source in parts: they stand one behind the other, with the file's name on each. */
static int source_part(struct history *history, const struct event *event, int64_t offset)
{
    uint64_t part = event_count(event, "part", 1), of = event_count(event, "of", 1);
    struct slice file = event_text(event, "file");
    if (part == 1) {
        str_clear(&history->part_text);
        str_set(&history->part_file, file);
        history->part_offset = offset;
        history->parts = of;
    } else if (part != history->part + 1 || of != history->parts ||
               (file.len > 0 && !str_is(&history->part_file, file))) {
        history->part = 0;
        return 0;
    }
    history->part = part;
    int rc = append(&history->part_text, event_text(event, "text"));
    if (rc < 0 || part < of)
        return rc;
    return source_add(history, str_slice(&history->part_file), str_slice(&history->part_text),
                      (struct slice){ 0 }, history->part_offset);
}

static int source_found(struct history *history, const struct event *event, int64_t offset)
{
    char room[120];
    struct say say;
    struct slice why = event_text(event, "why");
    if (event_count(event, "of", 1) > 1)
        return source_part(history, event, offset);
    say_init(&say, room, sizeof room);
    if (why.len > 0)
        say_clean(&say, why, 100);
    else if (event_text(event, "cut").len > 0)
        say_clean(&say, event_text(event, "cut"), 100);
    else if (event_has(event, "cut"))
        say_f(&say, "%llu bytes are left out", (unsigned long long)event_count(event, "cut", 0));
    return source_add(history, event_text(event, "file"), event_text(event, "text"),
                      (struct slice){ room, say.len }, offset);
}

const struct source_text *history_source(const struct history *history, struct slice file)
{
    const struct source_text *best = NULL;
    for (size_t i = 0; i < history->n_sources; i++) {
        const struct source_text *source = &history->sources[i];
        if (!slice_is(file, source->file))
            continue;
        if (best == NULL || source->offset <= history->moment.offset)
            best = source;
    }
    return best;
}

const struct source_text *history_source_at(const struct history *history, size_t index)
{
    return index < history->n_sources ? &history->sources[index] : NULL;
}

/* ---- the search ------------------------------------------------------------------------------ */

static int line_found(struct history *history, const struct line *line)
{
    struct slice start = line->text;
    bool head = slice_find(start, slice_of("\"trace:head\"")) >= 0;
    if (!head && slice_find(start, slice_of("\"trace:source\"")) < 0)
        return 0;
    if (event_parse(&history->scan, line->text) < 0)
        return 0;
    if (history->scan.kind == EV_TRACE_HEAD)
        return head_found(history, line->offset);
    return history->scan.kind == EV_TRACE_SOURCE
               ? source_found(history, &history->scan, line->offset)
               : 0;
}

int history_carry_on(struct history *history, int64_t bytes)
{
    struct trace *trace = &history->trace;
    int64_t limit =
        trace->size - history->carried_to > bytes ? history->carried_to + bytes : trace->size;
    struct line line;
    while (history->carried_to < limit) {
        int64_t at = trace_find_next(trace, history->carried_to, limit, "\"trace:");
        if (at < -1)
            return (int)at;
        if (at == -1) {
            /*
             * The rest up to a line's beginning may be passed over; a line cut by the limit is
             * looked at again.
             */
            int rc = trace_line_before(trace, limit, &line);
            if (rc < 0)
                return rc;
            bool moved = rc > 0 && line.offset > history->carried_to;
            if (moved)
                history->carried_to = line.offset;
            if (rc > 0 && line.whole && line.next <= limit)
                history->carried_to = line.next;
            else if (!moved && limit < trace->size)
                history->carried_to = limit; /* inside of a very long line */
            break;
        }
        int rc = trace_line_at(trace, at, &line);
        if (rc <= 0 || (!line.whole && line.next >= trace->size))
            return rc < 0 ? rc : 0; /* still being written */
        history->carried_to = line.next;
        rc = line_found(history, &line);
        if (rc < 0)
            return rc;
    }
    return history->carried_to < trace->size && limit < trace->size;
}

int history_look_for_sources(struct history *history, int64_t bytes)
{
    return history_carry_on(history, bytes);
}

void history_carry_fini(struct history *history)
{
    for (size_t i = 0; i < history->n_sources; i++)
        source_free(&history->sources[i]);
    free(history->sources);
    free(history->heads);
    free(history->runs);
    str_fini(&history->part_text);
    str_fini(&history->part_file);
}

/*
 * find - most lines can't hold what is sought, and are passed over without being taken apart.
 *
 * A sentence takes microseconds to make; a line takes a tenth of one to be passed over. So a line
 * gets its sentence made only when each word sought stands either in the line itself or in what
 * sentences of its kind say anyway. Those words are learned on the way: of each kind the sentences
 * of the first events are made, and then of one in 64. A short number may stand in any sentence, since
 * a time is written differently there: with three figures. A longer one is a count, written as in the
 * line; and addresses and ids are no numbers. (Only a time of a thousand days and more has more figures
 * than that, and is not found by them.)
 */
#include "find.h"
#include "explain.h"
#include "history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 128, SAMPLE_EVERY = 64, TIME_FIGURES = 3 };

int find_begin(struct find *find, int fd, const char *name)
{
    *find = (struct find){ .direction = 1 };
    event_init(&find->event);
    int rc = trace_open_fd(&find->trace, fd, name);
    if (rc == 0 && (find->model = model_create()) == NULL)
        rc = -ENOMEM;
    if (rc < 0)
        find_end(find);
    return rc;
}

static void drop_sources(struct find *find)
{
    for (size_t i = 0; i < find->n_srcs; i++)
        str_fini(&find->srcs[i]);
    free(find->srcs);
    find->srcs = NULL;
    find->n_srcs = 0;
}

void find_end(struct find *find)
{
    drop_sources(find);
    event_fini(&find->event);
    model_destroy(find->model);
    trace_close(&find->trace);
    find->model = NULL;
}

/* ---- what is sought -------------------------------------------------------------------------- */

static void cut_words(struct find *find)
{
    find->n_words = 0;
    for (const char *at = find->text; *(at += strspn(at, " ")) != '\0';) {
        size_t len = strcspn(at, " ");
        if (find->n_words < FIND_WORDS)
            find->words[find->n_words++] = (struct slice){ at, len };
        at += len;
    }
}

/* The lines of the program in which the text stands, by the name that a src gives them. */
static int look_at_sources(struct find *find, const struct history *history)
{
    const struct source_text *source;
    char name[300];
    for (size_t i = 0; (source = history_source_at(history, i)) != NULL; i++)
        for (size_t line = 0; line < source->n_lines && find->n_srcs < FIND_SOURCES; line++) {
            if (find_word(source->lines[line], slice_of(find->text)) < 0)
                continue;
            struct str *more = realloc(find->srcs, (find->n_srcs + 1) * sizeof *more);
            if (more == NULL)
                return -ENOMEM;
            find->srcs = more;
            more[find->n_srcs] = (struct str){ 0 };
            snprintf(name, sizeof name, "%s:%zu", source->file, line + 1);
            if (str_set(&more[find->n_srcs], slice_of(name)) < 0)
                return -ENOMEM;
            find->n_srcs++;
        }
    return 0;
}

int find_for(struct find *find, const char *text, const struct filter *filter, int64_t offset,
             int direction, const struct history *sources)
{
    if (text != NULL && strlen(text) >= sizeof find->text)
        return -EINVAL;
    snprintf(find->text, sizeof find->text, "%s", text != NULL ? text : "");
    find->filter = filter != NULL ? *filter : (struct filter){ .n_terms = 0 };
    cut_words(find);
    memset(find->said, 0, sizeof find->said);
    memset(find->sampled, 0, sizeof find->sampled);
    drop_sources(find);
    find->direction = direction;
    find->at = find->began = offset;
    int rc = trace_poll(&find->trace);
    if (rc >= 0 && sources != NULL && find->n_words > 0)
        rc = look_at_sources(find, sources);
    return rc < 0 ? rc : 0;
}

/* ---- looking at one line --------------------------------------------------------------------- */

/* The kind of a line in the canonical form, without taking it apart; EV_UNKNOWN for others. */
static enum event_kind kind_of(struct slice line)
{
    static const char before[] = ",\"ev\":\"";
    const char *end = line.at + line.len, *name = line.at;
    for (int key = 0; key < 2 && name != NULL; key++) /* behind t, behind n */
        name = memchr(name + key, ',', (size_t)(end - name) - (size_t)key);
    if (name == NULL || (size_t)(end - name) < sizeof before ||
        memcmp(name, before, strlen(before)) != 0)
        return EV_UNKNOWN;
    name += strlen(before);
    const char *quote = memchr(name, '"', (size_t)(end - name));
    if (quote == NULL)
        return EV_UNKNOWN;
    return event_kind_of((struct slice){ name, (size_t)(quote - name) });
}

/* A few digits with at most one point among them, perhaps with a unit: not 127.0.0.1, not main#1. */
static bool may_be_time(struct slice word)
{
    bool number = false;
    unsigned points = 0, figures = 0;
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.at[i];
        bool last = i + 1 == word.len, digit = c >= '0' && c <= '9';
        number = number || digit || c >= 0x80;
        figures = digit ? figures + 1 : 0;
        points += c == '.' && !last;
        if ((strchr("#:/_-", c) != NULL && !last && i > 0) || points > 1 || figures > TIME_FIGURES)
            return false;
    }
    return number;
}

static struct slice sentence_of(struct find *find, char *room, size_t size)
{
    find->model->t_ns = find->event.t_ns;
    find->model->n = find->event.n;
    find->model->last_kind = find->event.kind;
    return (struct slice){ room, explain(room, size, &find->event, find->model) };
}

/* Each word stands in the line, or is one that sentences of this kind are known to say. */
static bool may_say(struct find *find, struct slice line, enum event_kind kind)
{
    for (unsigned i = 0; i < find->n_words; i++)
        if (!(find->said[kind] >> i & 1u) && !may_be_time(find->words[i]) &&
            find_word(line, find->words[i]) < 0)
            return false;
    return true;
}

static bool is_source_line(const struct find *find, struct slice line)
{
    static const char before[] = "\"src\":\"";
    ptrdiff_t at = find->n_srcs > 0 ? slice_find(line, slice_of(before)) : -1;
    if (at < 0)
        return false;
    struct slice rest = { line.at + at + strlen(before), line.len - (size_t)at - strlen(before) };
    for (size_t i = 0; i < find->n_srcs; i++) {
        struct slice src = str_slice(&find->srcs[i]);
        if (rest.len > src.len && rest.at[src.len] == '"' && memcmp(rest.at, src.at, src.len) == 0)
            return true;
    }
    return false;
}

/* The text in one of the event's own texts. */
static bool in_texts(const struct event *event, struct slice text)
{
    if (find_word(event->ev, text) >= 0)
        return true;
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct field *field = &event->fields[i];
        if ((field->kind == FIELD_TEXT || field->kind == FIELD_LIST) &&
            find_word(field->value, text) >= 0)
            return true;
    }
    return false;
}

/* Whether the kind's sentences were looked at often enough; if not, this one is. */
static bool must_sample(struct find *find, enum event_kind kind)
{
    uint32_t count = find->sampled[kind]++;
    return count < SAMPLES || count % SAMPLE_EVERY == 0;
}

static void learn(struct find *find, enum event_kind kind, struct slice sentence)
{
    for (unsigned i = 0; i < find->n_words; i++)
        if (find_word(sentence, find->words[i]) >= 0)
            find->said[kind] |= 1u << i;
}

/* What is sought, in the event of this line: 1, 0, or a negative errno. */
static int holds(struct find *find, struct slice line)
{
    char room[EXPLAIN_SIZE];
    struct slice text = slice_of(find->text);
    if (find->filter.n_terms > 0 && !filter_may_want(&find->filter, line))
        return 0;
    enum event_kind kind = kind_of(line);
    bool sample = find->n_words > 0 && must_sample(find, kind);
    bool in_source = is_source_line(find, line);
    if (find->n_words > 0 && !sample && !in_source && !may_say(find, line, kind))
        return 0;
    int rc = event_parse(&find->event, line);
    if (rc < 0)
        return rc == -EINVAL ? 0 : rc;
    if (!history_stops_at(find->event.kind) || !filter_wants(&find->filter, &find->event))
        return 0;
    if (find->n_words == 0 || in_source || in_texts(&find->event, text))
        return 1;
    struct slice sentence = sentence_of(find, room, sizeof room);
    if (sample)
        learn(find, kind, sentence);
    return find_word(sentence, text) >= 0;
}

/* ---- looking on ------------------------------------------------------------------------------ */

int find_more(struct find *find, int64_t bytes)
{
    struct line line;
    for (int64_t left = bytes; left > 0; left -= line.next - line.offset) {
        int rc = find->direction > 0 ? trace_line_at(&find->trace, find->at, &line)
                                     : trace_line_before(&find->trace, find->at, &line);
        if (rc <= 0)
            return rc;
        find->at = find->direction > 0 ? line.next : line.offset;
        find->found = line.offset;
        rc = line.too_long ? 0 : holds(find, line.text);
        if (rc != 0)
            return rc;
    }
    return -EAGAIN;
}

double find_share(const struct find *find)
{
    int64_t way = find->direction > 0 ? find->trace.size - find->began : find->began;
    int64_t done = find->direction > 0 ? find->at - find->began : find->began - find->at;
    return way > 0 ? (double)done / (double)way : 1;
}

/*
 * judge - through the trace once for the verdicts, and once more for the source lines of those that
 * fail: the second pass knows where to look.
 */
#include "judge.h"

#include "pages.h"
#include "watch.h"
#include "words.h"

#include <errno.h>
#include <stdlib.h>

/* ---- where in the source --------------------------------------------------------------------- */

/* The line `number` of `text`, without the blanks before it. */
static struct slice line_of(struct slice text, long number)
{
    while (number-- > 1) {
        const char *end = text.len == 0 ? NULL : memchr(text.at, '\n', text.len);
        if (end == NULL)
            return slice_of(NULL);
        text = (struct slice){ end + 1, text.len - (size_t)(end + 1 - text.at) };
    }
    const char *end = text.len == 0 ? NULL : memchr(text.at, '\n', text.len);
    if (end != NULL)
        text.len = (size_t)(end - text.at);
    while (text.len > 0 && (*text.at == ' ' || *text.at == '\t'))
        text = (struct slice){ text.at + 1, text.len - 1 };
    return text;
}

static void keep_clean(char *room, size_t size, struct slice text)
{
    struct say say;
    say_init(&say, room, size);
    say_clean(&say, text, size - 1);
}

/* The line that `src` (file.c:17) names, from the trace:source that carries that file. */
static bool take_code(struct verdict *verdict, const struct event *event, struct slice src)
{
    struct slice file = event_text(event, "file");
    if (event->kind != EV_TRACE_SOURCE || file.len == 0 || src.len < file.len + 2 ||
        memcmp(src.at, file.at, file.len) != 0 || src.at[file.len] != ':')
        return false;
    char number[24];
    snprintf(number, sizeof number, "%.*s", (int)(src.len - file.len - 1), src.at + file.len + 1);
    keep_clean(verdict->code, sizeof verdict->code,
               line_of(event_text(event, "text"), strtol(number, NULL, 10)));
    return true;
}

/* The last src up to event n of this task, or, without a task, of whichever ran. */
static void take_src(const struct event *event, const struct moment *at, char src[VERDICT_SRC])
{
    struct slice here = event_text(event, "src");
    if (here.len == 0 || here.len >= VERDICT_SRC || event->n > at->n)
        return;
    if (at->task[0] != '\0' && !slice_is(event_task(event), at->task))
        return;
    memcpy(src, here.at, here.len);
    src[here.len] = '\0';
}

static int locate(struct verdict *verdict, const char *path, const struct moment *at)
{
    struct pages pages;
    char src[VERDICT_SRC];
    memcpy(src, at->src, sizeof src);
    bool given = src[0] != '\0';
    int rc = pages_open(&pages, path);
    if (rc < 0)
        return rc;
    while (rc >= 0 && !given && (rc = pages_next(&pages)) > 0)
        take_src(&pages.event, at, src);
    pages.at = 0;
    bool found = src[0] == '\0';
    while (rc >= 0 && !found && (rc = pages_next(&pages)) > 0)
        found = take_code(verdict, &pages.event, slice_of(src));
    keep_clean(verdict->src, sizeof verdict->src, slice_of(src));
    pages_close(&pages);
    return rc < 0 ? rc : 0;
}

/* ---- judging --------------------------------------------------------------------------------- */

static bool is_judged(const struct event *event)
{
    return event->kind == EV_TRACE_END || !event_kind_is_sink(event->kind);
}

static int show_events(struct watch *watches, size_t n, const char *path)
{
    struct pages pages;
    int rc = pages_open(&pages, path);
    if (rc < 0)
        return rc == -ENOENT ? 0 : rc;
    while (rc >= 0 && (rc = pages_next(&pages)) > 0)
        for (size_t i = 0; i < n && rc >= 0 && is_judged(&pages.event); i++)
            rc = watch_event(&watches[i], &pages.event);
    pages_close(&pages);
    return rc < 0 ? rc : 0;
}

static int conclude(struct verdict *verdict, const struct rule *rule, const struct watch *watches,
                    const char *path)
{
    *verdict = (struct verdict){ .holds = true, .rule = rule };
    for (size_t i = 0; i < rule->n_statements && verdict->holds; i++) {
        if (!watches[i].failed)
            continue;
        verdict->holds = false;
        verdict->statement = &rule->statements[i];
        verdict->n = watches[i].at.n;
        verdict->t_ns = watches[i].at.t_ns;
        verdict->any = watches[i].last.n > 0;
        memcpy(verdict->expected, watches[i].expected, sizeof verdict->expected);
        memcpy(verdict->seen, watches[i].seen, sizeof verdict->seen);
        if (verdict->any)
            return locate(verdict, path, &watches[i].at);
    }
    return 0;
}

int judge(const struct rule *rules, size_t n, const char *trace, const struct ended *ended,
          struct verdict *verdicts)
{
    size_t n_watches = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        n_watches += rules[i].n_statements;
    struct watch *watches = calloc(n_watches + 1, sizeof *watches);
    if (watches == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].n_statements; k++)
            watch_begin(&watches[at++], &rules[i].statements[k]);
    int rc = show_events(watches, n_watches, trace);
    for (size_t i = 0; i < n_watches; i++)
        watch_end(&watches[i], ended);
    at = 0;
    for (size_t i = 0; i < n && rc == 0; at += rules[i++].n_statements)
        rc = conclude(&verdicts[i], &rules[i], watches + at, trace);
    for (size_t i = 0; i < n_watches; i++)
        watch_fini(&watches[i]);
    free(watches);
    return rc;
}

/*
 * watch_run - statements about a run as a whole, judged at its end: its output, and how it ended.
 */
#include "watch_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { OUT_MAX = 1 << 20 };

int output_event(struct watch *watch, const struct event *event)
{
    if (event->kind != EV_OUT_LINE || !slice_is(event_text(event, "stream"), "stdout"))
        return 0;
    struct slice text = event_text(event, "text");
    if (watch->out_len + text.len + 1 > OUT_MAX)
        return 0;
    char *grown = realloc(watch->out, watch->out_len + text.len + 1);
    if (grown == NULL)
        return -ENOMEM;
    watch->out = grown;
    if (text.len > 0)
        memcpy(grown + watch->out_len, text.at, text.len);
    watch->out_len += text.len;
    grown[watch->out_len++] = '\n';
    return 0;
}

/* The next line of *rest. False at its end. */
static bool next_line(struct slice *rest, struct slice *line)
{
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->at, '\n', rest->len);
    *line = (struct slice){ rest->at, end == NULL ? rest->len : (size_t)(end - rest->at) };
    size_t past = line->len + (end != NULL);
    *rest = (struct slice){ rest->at + past, rest->len - past };
    return true;
}

static void output_fails(struct watch *watch, size_t number, const char *wanted,
                         const struct slice *line)
{
    struct say expected, seen;
    watch_fail(watch, &watch->last, &expected, &seen);
    if (wanted == NULL) {
        say_f(&expected, "%zu lines of output and no more", number - 1);
    } else {
        say_f(&expected, "\"");
        say_clean(&expected, slice_of(wanted), 160);
        say_f(&expected, "\" as line %zu of the output", number);
    }
    if (line == NULL) {
        say_add(&seen, "the end of the output");
    } else {
        say_add(&seen, "\"");
        say_clean(&seen, *line, 160);
        say_add(&seen, "\"");
    }
}

void output_end(struct watch *watch, const struct ended *ended)
{
    const struct statement *s = watch->statement;
    struct slice rest = ended != NULL ? ended->out : (struct slice){ watch->out, watch->out_len };
    struct slice line;
    for (size_t i = 0; i < s->lines.n; i++) {
        bool any = next_line(&rest, &line);
        if (!any || !slice_is(line, s->lines.at[i])) {
            output_fails(watch, i + 1, s->lines.at[i], any ? &line : NULL);
            return;
        }
    }
    if (!s->begins && next_line(&rest, &line))
        output_fails(watch, s->lines.n + 1, NULL, &line);
}

void ends_end(struct watch *watch, const struct ended *ended)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    bool by_signal = ended != NULL && WIFSIGNALED(ended->status);
    int status = ended == NULL ? -1
                 : by_signal   ? WTERMSIG(ended->status)
                               : WEXITSTATUS(ended->status);
    if (by_signal == s->by_signal && status == s->status)
        return;
    watch_fail(watch, &watch->last, &expected, &seen);
    say_ending(&expected, s->by_signal, s->status);
    if (ended == NULL)
        say_add(&seen, "a trace, which does not say so");
    else
        say_ending(&seen, by_signal, status);
}

/*
 * watch - statements as machines.
 *
 * Each kind is a function that is shown an event, and one that is asked at the end. What a failure
 * says stands beside the test that finds it.
 */
#include "watch.h"

#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { OWED_MAX = 4096, OUT_MAX = 1 << 20 };

/* ---- failing --------------------------------------------------------------------------------- */

static void keep(char *room, size_t size, struct slice text)
{
    size_t len = text.len < size ? text.len : size - 1;
    if (len > 0)
        memcpy(room, text.at, len);
    room[len] = '\0';
}

static struct moment moment_of(const struct event *event)
{
    struct moment moment = { .n = event->n, .t_ns = event->t_ns };
    keep(moment.task, sizeof moment.task, event_task(event));
    keep(moment.src, sizeof moment.src, event_text(event, "src"));
    return moment;
}

/* Fails at a moment; what was expected and what was seen are then added to the two sentences. */
static void fail(struct watch *watch, const struct moment *at, struct say *expected,
                 struct say *seen)
{
    watch->failed = true;
    watch->at = *at;
    say_init(expected, watch->expected, sizeof watch->expected);
    say_init(seen, watch->seen, sizeof watch->seen);
}

static const struct match *first(const struct watch *watch)
{
    return &watch->statement->matches[0];
}

/* ---- some, never, count, turns --------------------------------------------------------------- */

static void never_event(struct watch *watch, const struct event *event)
{
    struct say expected, seen;
    if (!match_meets(first(watch), event))
        return;
    fail(watch, &watch->last, &expected, &seen);
    say_add(&expected, "no ");
    say_match(&expected, first(watch));
    say_event(&seen, event, first(watch));
}

static void say_range(struct say *say, const struct statement *s)
{
    if (s->least == s->most)
        say_f(say, "exactly %llu ", (unsigned long long)s->least);
    else if (s->most == INT64_MAX)
        say_f(say, "at least %llu ", (unsigned long long)s->least);
    else if (s->least == 0)
        say_f(say, "at most %llu ", (unsigned long long)s->most);
    else
        say_f(say, "%llu to %llu ", (unsigned long long)s->least, (unsigned long long)s->most);
}

static void count_fails(struct watch *watch, const char *so_far)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    fail(watch, &watch->last, &expected, &seen);
    if (s->kind == SOME)
        say_add(&expected, "at least one ");
    else
        say_range(&expected, s);
    if (s->kind == TURNS)
        say_add(&expected, "turns of the loop");
    else
        say_match(&expected, first(watch));
    if (watch->count == 0)
        say_add(&seen, "none");
    else
        say_f(&seen, "%llu%s", (unsigned long long)watch->count, so_far);
}

static void count_event(struct watch *watch, const struct event *event)
{
    const struct statement *s = watch->statement;
    bool meets = s->kind == TURNS ? event->kind == EV_LOOP_TURN : match_meets(first(watch), event);
    if (meets)
        watch->count++;
    if (meets && s->kind != SOME && watch->count > s->most)
        count_fails(watch, ", and this is the one too many");
}

static void count_end(struct watch *watch)
{
    const struct statement *s = watch->statement;
    if (watch->count < (s->kind == SOME ? 1 : s->least))
        count_fails(watch, "");
}

/* ---- times, first, gap ----------------------------------------------------------------------- */

static void expect_at(struct say *say, const struct watch *watch, size_t which)
{
    const struct statement *s = watch->statement;
    say_match(say, first(watch));
    if (s->kind == TIMES)
        say_f(say, ", number %zu of %d,", which + 1, s->n_times);
    say_add(say, " at ");
    say_time(say, s->times_ns[which]);
}

static void times_event(struct watch *watch, const struct event *event)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    if ((s->kind == FIRST && watch->count > 0) || !match_meets(first(watch), event))
        return;
    size_t which = (size_t)watch->count++;
    if (which >= (size_t)s->n_times) {
        fail(watch, &watch->last, &expected, &seen);
        say_f(&expected, "%d ", s->n_times);
        say_match(&expected, first(watch));
        say_add(&expected, " and no more");
        say_f(&seen, "another one at ");
        say_time(&seen, event->t_ns);
        return;
    }
    int64_t off = event->t_ns - s->times_ns[which];
    if (off >= -s->within_ns && off <= s->within_ns)
        return;
    fail(watch, &watch->last, &expected, &seen);
    expect_at(&expected, watch, which);
    say_event(&seen, event, first(watch));
    say_add(&seen, " at ");
    say_time(&seen, event->t_ns);
}

static void times_end(struct watch *watch)
{
    struct say expected, seen;
    if (watch->count >= (uint64_t)watch->statement->n_times)
        return;
    fail(watch, &watch->last, &expected, &seen);
    expect_at(&expected, watch, (size_t)watch->count);
    if (watch->count == 0)
        say_add(&seen, "none at all");
    else
        say_f(&seen, "only %llu", (unsigned long long)watch->count);
}

static void gap_event(struct watch *watch, const struct event *event)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    if (!match_meets(first(watch), event))
        return;
    int64_t gap = event->t_ns - watch->match.t_ns;
    bool good = watch->count == 0 || (s->at_least ? gap >= s->gap_ns : gap <= s->gap_ns);
    watch->count++;
    if (!good) {
        fail(watch, &watch->last, &expected, &seen);
        say_f(&expected, "at %s ", s->at_least ? "least" : "most");
        say_time(&expected, s->gap_ns);
        say_add(&expected, " from one ");
        say_match(&expected, first(watch));
        say_add(&expected, " to the next");
        say_time(&seen, gap);
        say_f(&seen, " since event %llu", (unsigned long long)watch->match.n);
    }
    watch->match = watch->last;
}

/* ---- order, none ----------------------------------------------------------------------------- */

static void order_event(struct watch *watch, const struct event *event)
{
    const struct statement *s = watch->statement;
    if (watch->count < (uint64_t)s->n_matches && match_meets(&s->matches[watch->count], event)) {
        watch->count++;
        watch->match = watch->last;
    }
}

static void order_end(struct watch *watch)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    if (watch->count == (uint64_t)s->n_matches)
        return;
    /* Where the order broke: at the last event that still was in it. */
    fail(watch, watch->count > 0 ? &watch->match : &watch->last, &expected, &seen);
    say_match(&expected, &s->matches[watch->count]);
    if (watch->count > 0) {
        say_add(&expected, " after ");
        say_match(&expected, &s->matches[watch->count - 1]);
        say_f(&seen, "none after event %llu", (unsigned long long)watch->match.n);
    } else {
        say_add(&seen, "none");
    }
}

/* count: 0 before the second filter's match, 1 after it, 2 after the third's. */
static void none_event(struct watch *watch, const struct event *event)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    if (watch->count == 0 && match_meets(&s->matches[1], event)) {
        watch->count = 1;
        watch->match = watch->last;
    } else if (watch->count == 1 && match_meets(&s->matches[2], event)) {
        watch->count = 2;
    } else if (watch->count == 1 && match_meets(&s->matches[0], event)) {
        fail(watch, &watch->last, &expected, &seen);
        say_add(&expected, "no ");
        say_match(&expected, first(watch));
        say_f(&expected, " between event %llu and the next ", (unsigned long long)watch->match.n);
        say_match(&expected, &s->matches[2]);
        say_event(&seen, event, first(watch));
    }
}

/* ---- each ------------------------------------------------------------------------------------ */

static void owed_fails(struct watch *watch, const struct owed *owed, const char *seen_words)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    fail(watch, &owed->since, &expected, &seen);
    say_match(&expected, &s->matches[1]);
    if (s->same != NULL) {
        say_f(&expected, " with the same %s, ", s->same);
        say_clean(&expected, slice_of(owed->value), 60);
        say_add(&expected, ",");
    }
    say_f(&expected, " after event %llu", (unsigned long long)owed->since.n);
    if (s->within_ns >= 0) {
        say_add(&expected, ", within ");
        say_time(&expected, s->within_ns);
    }
    say_add(&seen, seen_words);
}

static bool is_late(const struct watch *watch, const struct owed *owed, int64_t t_ns)
{
    int64_t within = watch->statement->within_ns;
    return within >= 0 && t_ns - owed->since.t_ns > within;
}

static void each_pay(struct watch *watch, const char *value)
{
    size_t kept = 0;
    for (size_t i = 0; i < watch->n_owed; i++)
        if (watch->statement->same != NULL && strcmp(watch->owed[i].value, value) != 0)
            watch->owed[kept++] = watch->owed[i];
    watch->n_owed = kept;
}

/* Of several that wait for the same the first is the strictest: it alone is kept. */
static int each_owe(struct watch *watch, const char *value)
{
    for (size_t i = 0; i < watch->n_owed; i++)
        if (strcmp(watch->owed[i].value, value) == 0)
            return 0;
    if (watch->n_owed == OWED_MAX) {
        owed_fails(watch, &watch->owed[0], "none, and 4096 others wait for theirs");
        return 0;
    }
    if (watch->owed == NULL && (watch->owed = malloc(OWED_MAX * sizeof *watch->owed)) == NULL)
        return -ENOMEM;
    struct owed *owed = &watch->owed[watch->n_owed++];
    owed->since = watch->last;
    keep(owed->value, sizeof owed->value, slice_of(value));
    return 0;
}

static int each_event(struct watch *watch, const struct event *event)
{
    const struct statement *s = watch->statement;
    char value[64] = "", room[32];
    struct slice same;
    if (watch->n_owed > 0 && is_late(watch, &watch->owed[0], event->t_ns)) {
        owed_fails(watch, &watch->owed[0], "none in that time");
        return 0;
    }
    bool has = s->same == NULL || event_value(event, s->same, room, &same);
    if (s->same != NULL && has)
        keep(value, sizeof value, same);
    if (has && match_meets(&s->matches[1], event))
        each_pay(watch, value);
    return has && match_meets(&s->matches[0], event) ? each_owe(watch, value) : 0;
}

static void each_end(struct watch *watch)
{
    if (watch->n_owed > 0)
        owed_fails(watch, &watch->owed[0], "none");
}

/* ---- output, ends ---------------------------------------------------------------------------- */

static int output_event(struct watch *watch, const struct event *event)
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
    fail(watch, &watch->last, &expected, &seen);
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

static void output_end(struct watch *watch, const struct ended *ended)
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

static void ends_end(struct watch *watch, const struct ended *ended)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    bool by_signal = ended != NULL && WIFSIGNALED(ended->status);
    int status = ended == NULL ? -1
                 : by_signal   ? WTERMSIG(ended->status)
                               : WEXITSTATUS(ended->status);
    if (by_signal == s->by_signal && status == s->status)
        return;
    fail(watch, &watch->last, &expected, &seen);
    say_ending(&expected, s->by_signal, s->status);
    if (ended == NULL)
        say_add(&seen, "a trace, which does not say so");
    else
        say_ending(&seen, by_signal, status);
}

/* ---- all of them ----------------------------------------------------------------------------- */

void watch_begin(struct watch *watch, const struct statement *statement)
{
    *watch = (struct watch){ .statement = statement };
}

int watch_event(struct watch *watch, const struct event *event)
{
    if (watch->failed)
        return 0;
    watch->last = moment_of(event);
    switch (watch->statement->kind) {
    case NEVER: never_event(watch, event); return 0;
    case SOME:
    case COUNT:
    case TURNS: count_event(watch, event); return 0;
    case TIMES:
    case FIRST: times_event(watch, event); return 0;
    case GAP: gap_event(watch, event); return 0;
    case ORDER: order_event(watch, event); return 0;
    case NONE: none_event(watch, event); return 0;
    case EACH: return each_event(watch, event);
    case OUTPUT: return output_event(watch, event);
    case ENDS: return 0;
    }
    return 0;
}

void watch_end(struct watch *watch, const struct ended *ended)
{
    if (watch->failed)
        return;
    switch (watch->statement->kind) {
    case SOME:
    case COUNT:
    case TURNS: count_end(watch); return;
    case TIMES:
    case FIRST: times_end(watch); return;
    case ORDER: order_end(watch); return;
    case EACH: each_end(watch); return;
    case OUTPUT: output_end(watch, ended); return;
    case ENDS: ends_end(watch, ended); return;
    case NEVER:
    case NONE:
    case GAP: return;
    }
}

void watch_fini(struct watch *watch)
{
    free(watch->owed);
    free(watch->out);
}

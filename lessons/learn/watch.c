/*
 * watch - statements as machines.
 *
 * Each kind is a function that is shown an event, and one that is asked at the end. What a failure
 * says stands beside the test that finds it. `each` has a file of its own, watch_each.c; so have
 * `output` and `ends`, watch_run.c.
 */
#include "watch_inside.h"

#include <stdlib.h>

/* ---- failing --------------------------------------------------------------------------------- */

void watch_keep(char *room, size_t size, struct slice text)
{
    size_t len = text.len < size ? text.len : size - 1;
    if (len > 0)
        memcpy(room, text.at, len);
    room[len] = '\0';
}

static struct moment moment_of(const struct event *event)
{
    struct moment moment = { .n = event->n, .t_ns = event->t_ns };
    watch_keep(moment.task, sizeof moment.task, event_task(event));
    watch_keep(moment.src, sizeof moment.src, event_text(event, "src"));
    return moment;
}

void watch_fail(struct watch *watch, const struct moment *at, struct say *expected,
                struct say *seen)
{
    watch->failed = true;
    watch->at = *at;
    say_init(expected, watch->expected, sizeof watch->expected);
    say_init(seen, watch->seen, sizeof watch->seen);
}

const struct match *watch_first(const struct watch *watch)
{
    return &watch->statement->matches[0];
}

/* ---- some, never, count, turns --------------------------------------------------------------- */

static void never_event(struct watch *watch, const struct event *event)
{
    struct say expected, seen;
    if (!match_meets(watch_first(watch), event))
        return;
    watch_fail(watch, &watch->last, &expected, &seen);
    say_add(&expected, "no ");
    say_match(&expected, watch_first(watch));
    say_event(&seen, event, watch_first(watch));
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
    watch_fail(watch, &watch->last, &expected, &seen);
    if (s->kind == SOME)
        say_add(&expected, "at least one ");
    else
        say_range(&expected, s);
    if (s->kind == TURNS)
        say_add(&expected, "turns of the loop");
    else
        say_match(&expected, watch_first(watch));
    if (watch->count == 0)
        say_add(&seen, "none");
    else
        say_f(&seen, "%llu%s", (unsigned long long)watch->count, so_far);
}

static void count_event(struct watch *watch, const struct event *event)
{
    const struct statement *s = watch->statement;
    bool meets =
        s->kind == TURNS ? event->kind == EV_LOOP_TURN : match_meets(watch_first(watch), event);
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
    say_match(say, watch_first(watch));
    if (s->kind == TIMES)
        say_f(say, ", number %zu of %d,", which + 1, s->n_times);
    say_add(say, " at ");
    say_time(say, s->times_ns[which]);
}

static void times_event(struct watch *watch, const struct event *event)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    if ((s->kind == FIRST && watch->count > 0) || !match_meets(watch_first(watch), event))
        return;
    size_t which = (size_t)watch->count++;
    if (which >= (size_t)s->n_times) {
        watch_fail(watch, &watch->last, &expected, &seen);
        say_f(&expected, "%d ", s->n_times);
        say_match(&expected, watch_first(watch));
        say_add(&expected, " and no more");
        say_f(&seen, "another one at ");
        say_time(&seen, event->t_ns);
        return;
    }
    int64_t off = event->t_ns - s->times_ns[which];
    if (off >= -s->within_ns && off <= s->within_ns)
        return;
    watch_fail(watch, &watch->last, &expected, &seen);
    expect_at(&expected, watch, which);
    say_event(&seen, event, watch_first(watch));
    say_add(&seen, " at ");
    say_time(&seen, event->t_ns);
}

static void times_end(struct watch *watch)
{
    struct say expected, seen;
    if (watch->count >= (uint64_t)watch->statement->n_times)
        return;
    watch_fail(watch, &watch->last, &expected, &seen);
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
    if (!match_meets(watch_first(watch), event))
        return;
    int64_t gap = event->t_ns - watch->match.t_ns;
    bool good = watch->count == 0 || (s->at_least ? gap >= s->gap_ns : gap <= s->gap_ns);
    watch->count++;
    if (!good) {
        watch_fail(watch, &watch->last, &expected, &seen);
        say_f(&expected, "at %s ", s->at_least ? "least" : "most");
        say_time(&expected, s->gap_ns);
        say_add(&expected, " from one ");
        say_match(&expected, watch_first(watch));
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
    watch_fail(watch, watch->count > 0 ? &watch->match : &watch->last, &expected, &seen);
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
        watch_fail(watch, &watch->last, &expected, &seen);
        say_add(&expected, "no ");
        say_match(&expected, watch_first(watch));
        say_f(&expected, " between event %llu and the next ", (unsigned long long)watch->match.n);
        say_match(&expected, &s->matches[2]);
        say_event(&seen, event, watch_first(watch));
    }
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

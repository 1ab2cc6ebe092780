/*
 * watch_each - what was begun and has still to be ended: `each FILTER | FILTER`.
 *
 * A match of the first filter is owed one of the second. With `same KEY` each value of it is owed its
 * own, so those that wait are a list; a program can make it long, and then it fails.
 */
#include "watch_inside.h"

#include <errno.h>
#include <stdlib.h>

enum { OWED_MAX = 4096 };

static void owed_fails(struct watch *watch, const struct owed *owed, const char *seen_words)
{
    const struct statement *s = watch->statement;
    struct say expected, seen;
    watch_fail(watch, &owed->since, &expected, &seen);
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
    watch_keep(owed->value, sizeof owed->value, slice_of(value));
    return 0;
}

int each_event(struct watch *watch, const struct event *event)
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
        watch_keep(value, sizeof value, same);
    if (has && match_meets(&s->matches[1], event))
        each_pay(watch, value);
    return has && match_meets(&s->matches[0], event) ? each_owe(watch, value) : 0;
}

void each_end(struct watch *watch)
{
    if (watch->n_owed > 0)
        owed_fails(watch, &watch->owed[0], "none");
}

/*
 * words - pieces of sentences. What comes from a program is cleaned here.
 */
#include "words.h"

#include "rules.h"

enum { VALUE_COLUMNS = 60 };

void say_match(struct say *say, const struct match *match)
{
    say_clean(say, match->words, 120);
}

void say_time(struct say *say, int64_t t_ns)
{
    char digits[40];
    int len = snprintf(digits, sizeof digits, "%lld.%09lld", (long long)(t_ns / 1000000000),
                       (long long)(t_ns % 1000000000));
    while (len > 3 && digits[len - 1] == '0' && digits[len - 4] != '.')
        digits[--len] = '\0';
    say_f(say, "%s s", digits);
}

void say_ending(struct say *say, bool by_signal, int status)
{
    const char *name = by_signal ? signal_name(status) : NULL;
    if (!by_signal)
        say_f(say, "exit status %d", status);
    else if (name != NULL)
        say_f(say, "an end by %s", name);
    else
        say_f(say, "an end by signal %d", status);
}

static bool asks_for(const struct match *match, const char *key)
{
    for (size_t i = 0; i < match->n_keys; i++)
        if (strcmp(match->keys[i].key, key) == 0)
            return true;
    return false;
}

static void say_key(struct say *say, const struct event *event, const char *key)
{
    char room[32];
    struct slice value;
    if (!event_value(event, key, room, &value))
        return;
    bool quoted = memchr(value.at, ' ', value.len) != NULL || value.len == 0;
    say_f(say, " %s=%s", key, quoted ? "\"" : "");
    say_clean(say, value, VALUE_COLUMNS);
    say_add(say, quoted ? "\"" : "");
}

void say_event(struct say *say, const struct event *event, const struct match *match)
{
    static const char *const telling[] = { "task", "text", "took", "how", "value", "error" };
    say_clean(say, event->ev, VALUE_COLUMNS);
    for (size_t i = 0; i < match->n_keys; i++)
        say_key(say, event, match->keys[i].key);
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
        if (!asks_for(match, telling[i]))
            say_key(say, event, telling[i]);
}

struct slice event_task(const struct event *event)
{
    static const char *const keys[] = { "task", "call", "wakes" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (event_has(event, keys[i]))
            return event_text(event, keys[i]);
    return slice_of(NULL);
}

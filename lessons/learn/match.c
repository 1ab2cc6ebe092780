/*
 * match - filters read and asked.
 */
#include "match.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- reading --------------------------------------------------------------------------------- */

static int fault_of(char *fault, size_t size, const char *what, const char *word)
{
    struct say say;
    say_init(&say, fault, size);
    say_add(&say, what);
    say_add(&say, ", not \"");
    say_clean(&say, slice_of(word), 60);
    say_add(&say, "\"");
    return -EINVAL;
}

/* Splits KEY=PATTERN and its kin. False when the word is none of them. */
static bool split_key(struct match_key *key, char *word, char **value)
{
    bool is_not = *word == '!';
    char *name = word + is_not, *sign = name + strcspn(name, "=<>");
    if (*sign == '\0' || sign == name || (is_not && *sign != '='))
        return false;
    key->key = name;
    key->kind = is_not ? MATCH_IS_NOT : MATCH_IS;
    *value = sign + 1;
    if (*sign != '=') {
        bool less = *sign == '<', equal = sign[1] == '=';
        key->kind =
            less ? (equal ? MATCH_AT_MOST : MATCH_LESS) : (equal ? MATCH_AT_LEAST : MATCH_MORE);
        *value += equal;
    }
    *sign = '\0';
    return true;
}

static int read_key(struct match *match, struct word *word, char *fault, size_t size)
{
    struct match_key key = { .kind = MATCH_IS };
    char *value, *end;
    if (match->n_keys == MATCH_KEYS)
        return fault_of(fault, size, "a filter takes at most 8 keys", word->at);
    if (!split_key(&key, word->at, &value))
        return fault_of(fault, size, "KEY=PATTERN, !KEY=PATTERN or KEY<NUMBER was expected",
                        word->at);
    key.pattern = value;
    if (key.kind != MATCH_IS && key.kind != MATCH_IS_NOT) {
        key.number = strtod(value, &end);
        if (end == value || *end != '\0')
            return fault_of(fault, size, "a number was expected behind < or >", value);
    }
    match->keys[match->n_keys++] = key;
    return 0;
}

/* A kind that no event has is a slip of the pen: said at once, not after a lesson that went wrong. */
static bool is_a_kind(const char *pattern)
{
    for (int kind = EV_UNKNOWN + 1; kind < EV_KINDS; kind++)
        if (glob_meets(pattern, slice_of(event_kind_name((enum event_kind)kind))))
            return true;
    return false;
}

int match_read(struct match *match, struct word *words, int n, char *fault, size_t size)
{
    if (n == 0 || !words[0].bare)
        return fault_of(fault, size, "a filter was expected: EV KEY=PATTERN ...",
                        n == 0 ? "" : words[0].at);
    *match = (struct match){ .ev = words[0].at };
    if (!is_a_kind(match->ev))
        return fault_of(fault, size, "a kind of event was expected, such as task:end or warn:*",
                        match->ev);
    int at = 1;
    while (at < n && (!words[at].bare || strpbrk(words[at].at, "=<>") != NULL)) {
        int rc = read_key(match, &words[at], fault, size);
        if (rc < 0)
            return rc;
        at++;
    }
    struct slice first = words[0].written, last = words[at - 1].written;
    match->words = (struct slice){ first.at, (size_t)(last.at + last.len - first.at) };
    return at;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* The usual way: at a star note where we are; on a mismatch let that star eat one more byte. */
bool glob_meets(const char *pattern, struct slice text)
{
    const char *star = NULL;
    size_t at = 0, star_at = 0;
    while (at < text.len) {
        bool escaped = *pattern == '\\' && pattern[1] != '\0';
        if (!escaped && *pattern == '*') {
            star = ++pattern;
            star_at = at;
            continue;
        }
        if ((!escaped && *pattern == '?') || (pattern[escaped] == text.at[at] && *pattern)) {
            pattern += escaped + 1;
            at++;
            continue;
        }
        if (star == NULL)
            return false;
        pattern = star;
        at = ++star_at;
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool event_value(const struct event *event, const char *key, char room[32], struct slice *value)
{
    if (strcmp(key, "t") == 0) {
        snprintf(room, 32, "%lld.%09lld", (long long)(event->t_ns / 1000000000),
                 (long long)(event->t_ns % 1000000000));
    } else if (strcmp(key, "n") == 0) {
        snprintf(room, 32, "%llu", (unsigned long long)event->n);
    } else {
        const struct field *field = event_field(event, key);
        *value = field == NULL ? slice_of(NULL) : field->value;
        return field != NULL;
    }
    *value = slice_of(room);
    return true;
}

/* main#1 also goes by its name. */
static struct slice without_number(struct slice id)
{
    size_t len = id.len;
    while (len > 0 && id.at[len - 1] >= '0' && id.at[len - 1] <= '9')
        len--;
    bool numbered = len > 1 && len < id.len && id.at[len - 1] == '#';
    return (struct slice){ id.at, numbered ? len - 1 : id.len };
}

static bool meets_number(const struct match_key *key, struct slice value)
{
    char digits[32], *end;
    if (value.len == 0 || value.len >= sizeof digits)
        return false;
    memcpy(digits, value.at, value.len);
    digits[value.len] = '\0';
    double number = strtod(digits, &end);
    if (*end != '\0')
        return false;
    switch (key->kind) {
    case MATCH_LESS: return number < key->number;
    case MATCH_MORE: return number > key->number;
    case MATCH_AT_MOST: return number <= key->number;
    default: return number >= key->number;
    }
}

static bool meets_key(const struct match_key *key, const struct event *event)
{
    char room[32];
    struct slice value;
    if (!event_value(event, key->key, room, &value))
        return key->kind == MATCH_IS_NOT;
    if (key->kind != MATCH_IS && key->kind != MATCH_IS_NOT)
        return meets_number(key, value);
    bool is = glob_meets(key->pattern, value) || glob_meets(key->pattern, without_number(value));
    return is == (key->kind == MATCH_IS);
}

bool match_meets(const struct match *match, const struct event *event)
{
    if (!glob_meets(match->ev, event->ev))
        return false;
    for (size_t i = 0; i < match->n_keys; i++)
        if (!meets_key(&match->keys[i], event))
            return false;
    return true;
}

/*
 * filter - words that an event must meet.
 */
#include "filter.h"

#include <errno.h>
#include <string.h>

static unsigned char small(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_here(const char *at, struct slice word)
{
    for (size_t i = 1; i < word.len; i++)
        if (small(at[i]) != small(word.at[i]))
            return false;
    return true;
}

/* memchr() for the first letter, small and capital: most of a line is passed over at its speed. */
ptrdiff_t find_word(struct slice text, struct slice word)
{
    if (word.len == 0)
        return 0;
    if (word.len > text.len)
        return -1;
    const char *end = text.at + (text.len - word.len) + 1;
    unsigned char first = small(word.at[0]);
    bool letter = first >= 'a' && first <= 'z';
    const char *low = memchr(text.at, first, (size_t)(end - text.at));
    const char *high = letter ? memchr(text.at, first - 'a' + 'A', (size_t)(end - text.at)) : NULL;
    while (low != NULL || high != NULL) {
        bool take_low = high == NULL || (low != NULL && low < high);
        const char *at = take_low ? low : high;
        if (is_here(at, word))
            return at - text.at;
        const char **next = take_low ? &low : &high;
        *next = memchr(at + 1, *(const unsigned char *)at, (size_t)(end - at - 1));
    }
    return -1;
}

/* ---- reading a filter ------------------------------------------------------------------------ */

static int add_term(struct filter *filter, struct slice word)
{
    static const struct {
        const char *prefix;
        enum filter_kind kind;
    } kinds[] = { { "task:", FILTER_TASK }, { "ev:", FILTER_EV } };
    struct filter_term term = { .kind = FILTER_WORD };
    if (filter->n_terms == FILTER_TERMS)
        return -EINVAL;
    if (word.at[0] == '-' && word.len > 1) {
        term.is_not = true;
        word = (struct slice){ word.at + 1, word.len - 1 };
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i].prefix);
        if (!slice_begins(word, kinds[i].prefix))
            continue;
        term.kind = kinds[i].kind;
        word = (struct slice){ word.at + len, word.len - len };
        break;
    }
    if (slice_is(word, "warn"))
        term.kind = FILTER_WARN;
    if (word.len == 0 || slice_is(word, "-"))
        return -EINVAL;
    term.at = (unsigned char)(word.at - filter->text);
    term.len = (unsigned char)word.len;
    filter->terms[filter->n_terms++] = term;
    return 0;
}

int filter_set(struct filter *filter, const char *text)
{
    struct filter made = { .n_terms = 0 };
    size_t len = strlen(text);
    if (len >= sizeof made.text)
        return -EINVAL;
    memcpy(made.text, text, len + 1);
    for (const char *at = made.text; *(at += strspn(at, " ")) != '\0';) {
        size_t word = strcspn(at, " ");
        int rc = add_term(&made, (struct slice){ at, word });
        if (rc < 0)
            return rc;
        at += word;
    }
    *filter = made;
    return 0;
}

/* ---- asking it ------------------------------------------------------------------------------- */

static struct slice word_of(const struct filter *filter, const struct filter_term *term)
{
    return (struct slice){ filter->text + term->at, term->len };
}

/* "main" is main#1's name and "main#1" its id. */
static bool is_named(struct slice id, struct slice word)
{
    if (id.len < word.len || memcmp(id.at, word.at, word.len) != 0)
        return false;
    return id.len == word.len || id.at[word.len] == '#';
}

static bool names_task(const struct event *event, struct slice word)
{
    static const char *const keys[] = { "task", "call", "wakes", "by", "who", "what", "parent" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (is_named(event_text(event, keys[i]), word))
            return true;
    return false;
}

static bool is_of_kind(struct slice ev, struct slice word)
{
    if (ev.len < word.len || memcmp(ev.at, word.at, word.len) != 0)
        return false;
    return ev.len == word.len || ev.at[word.len] == ':' || word.at[word.len - 1] == ':';
}

static bool has_word(const struct event *event, struct slice word)
{
    if (find_word(event->ev, word) >= 0)
        return true;
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct field *field = &event->fields[i];
        if ((field->kind == FIELD_TEXT || field->kind == FIELD_LIST) &&
            find_word(field->value, word) >= 0)
            return true;
    }
    return false;
}

static bool meets(const struct filter *filter, const struct filter_term *term,
                  const struct event *event)
{
    struct slice word = word_of(filter, term);
    switch (term->kind) {
    case FILTER_TASK: return names_task(event, word);
    case FILTER_EV: return is_of_kind(event->ev, word);
    case FILTER_WARN: return slice_begins(event->ev, "warn:");
    default: return has_word(event, word);
    }
}

bool filter_wants(const struct filter *filter, const struct event *event)
{
    for (unsigned i = 0; i < filter->n_terms; i++)
        if (meets(filter, &filter->terms[i], event) == filter->terms[i].is_not)
            return false;
    return true;
}

bool filter_may_want(const struct filter *filter, struct slice line)
{
    for (unsigned i = 0; i < filter->n_terms; i++) {
        const struct filter_term *term = &filter->terms[i];
        struct slice word = word_of(filter, term);
        if (term->is_not || memchr(word.at, '"', word.len) != NULL ||
            memchr(word.at, '\\', word.len) != NULL || slice_find(line, slice_of("\\")) >= 0)
            continue; /* written otherwise in JSON */
        if (term->kind == FILTER_WORD ? find_word(line, word) < 0 : slice_find(line, word) < 0)
            return false;
    }
    return true;
}

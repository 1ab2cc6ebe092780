/* trace_line.h - writing one JSON line by hand.
 *
 * snprintf() takes 346 ns for a line of the trace, json-c 646 and more; memcpy() of literals and
 * our own decimals take about 30.  So a line is a pointer that walks:
 *
 *     char *p = EVENT(tr, "timer:fire");                 {"t":1.000213456,"n":31,"ev":"timer:fire"
 *     p = KEY(p, "timer", put_who, timer_who(timer));    ,"timer":"timer#6"
 *     p = KEY(p, "late", put_span, late);                ,"late":0.000213456
 *     line_end(tr, p);                                   }
 *
 * Nobody checks for room in between, because everything put here has a largest size: numbers are 20
 * digits, a name is cut at NAME_MAX_OUT bytes, a text says how much room it may take.  A line holds
 * at most LINE_MAX_BYTES without its LF; blocks of the journal have so much to spare behind the
 * place where the last line may begin.
 *
 * Text is untrusted: whatever is not printable is escaped (DEL and C1 too), and what is not UTF-8
 * becomes U+FFFD.
 */
#ifndef LOOP_TRACE_LINE_H
#define LOOP_TRACE_LINE_H

#include <string.h>

#include "inside.h"

enum {
    LINE_MAX_BYTES = 8192, /* without LF */
    NAME_MAX_OUT = 240,    /* a name within an id, as written */
    LINE_TAIL = 1024,      /* what may stand behind a long text: more keys, "hex", "cut" */
};

/* ---- literals and numbers */

#define LIT(p, text) ((char *)memcpy((p), (text), sizeof(text) - 1) + (sizeof(text) - 1))

/* ,"key":value - how is one of the put_ functions below. */
#define KEY(p, key, how, value) how(LIT(p, ",\"" key "\":"), value)

extern const char line_pairs[201]; /* "000102...99" */

static inline char *put_pair(char *p, uint32_t n)
{
    memcpy(p, line_pairs + 2 * n, 2);
    return p + 2;
}

static inline char *put_count(char *p, uint64_t n)
{
    if (n < 10) {
        *p = (char)('0' + n);
        return p + 1;
    }
    size_t len = 2;
    for (uint64_t limit = 100; n >= limit && len < 20; limit *= 10)
        len++;
    char *end = p + len;
    for (p = end; n >= 100; n /= 100)
        put_pair(p -= 2, (uint32_t)(n % 100));
    if (n >= 10)
        put_pair(p - 2, (uint32_t)n);
    else
        *--p = (char)('0' + n);
    return end;
}

static inline char *put_number(char *p, int64_t n)
{
    if (n >= 0)
        return put_count(p, (uint64_t)n);
    *p = '-';
    return put_count(p + 1, (uint64_t)0 - (uint64_t)n);
}

/* Seconds with exactly nine decimals. */
static inline char *put_time(char *p, ns t)
{
    if (UNLIKELY(t < 0)) {
        *p++ = '-';
        t = t == INT64_MIN ? INT64_MAX : -t;
    }
    uint64_t whole = (uint64_t)t / 1000000000u;
    uint32_t rest = (uint32_t)((uint64_t)t - whole * 1000000000u);
    p = LIKELY(whole < 10) ? (*p = (char)('0' + whole), p + 1) : put_count(p, whole);
    *p++ = '.';
    uint32_t high = rest / 100000; /* 4 digits; the other 5 follow */
    uint32_t low = rest - high * 100000;
    p = put_pair(p, high / 100);
    p = put_pair(p, high % 100);
    *p++ = (char)('0' + low / 10000);
    low %= 10000;
    p = put_pair(p, low / 100);
    return put_pair(p, low % 100);
}

/* A span is never negative. */
static inline char *put_span(char *p, ns span)
{
    return put_time(p, span < 0 ? 0 : span);
}

/* ---- {"t":1.000213456,"n":31 */

static inline char *put_prefix(char *p, ns t, uint64_t n)
{
    p = put_time(LIT(p, "{\"t\":"), t);
    return put_count(LIT(p, ",\"n\":"), n);
}

/* From one event to the next little of that changes: the text up to the milliseconds and that of n
 * are kept.  It is a fifth of an event's cost. */
struct prefix {
    ns ms; /* the millisecond that time[] spells */
    uint32_t time_len, n_len;
    char time[32]; /* {"t":1.000 */
    char n[32];    /* ,"n":31 */
};

void prefix_init(struct prefix *x);
void prefix_set_ms(struct prefix *x, ns t);
void prefix_set_n(struct prefix *x, uint64_t n);

/* Counts by one: n is what comes out. */
static inline void prefix_count(struct prefix *x, uint64_t n)
{
    char *last = x->n + x->n_len - 1;
    if (LIKELY(*last != '9'))
        ++*last;
    else
        prefix_set_n(x, n);
}

/* Copies 32 bytes where fewer are meant: a line has that much behind it. */
static inline char *put_kept_prefix(struct prefix *x, char *p, ns t)
{
    if (UNLIKELY((uint64_t)(t - x->ms) >= 1000000))
        prefix_set_ms(x, t);
    uint32_t rest = (uint32_t)(t - x->ms);
    memcpy(p, x->time, sizeof x->time);
    p = put_pair(p + x->time_len, rest / 10000);
    p = put_pair(p, rest / 100 % 100);
    p = put_pair(p, rest % 100);
    memcpy(p, x->n, sizeof x->n);
    return p + x->n_len;
}

static inline char *put_bool(char *p, bool yes)
{
    return yes ? LIT(p, "true") : LIT(p, "false");
}

/* ---- names and text */

/* A word of ours: printable, short, no escapes. */
static inline char *put_word(char *p, const char *word)
{
    size_t len = strlen(word);
    *p = '"';
    memcpy(p + 1, word, len);
    p[len + 1] = '"';
    return p + len + 2;
}

extern const unsigned char line_plain[256]; /* 1: a byte that needs no escape */

/* What came of escaping a text. */
struct escaped {
    size_t cut; /* bytes that had no room */
    bool bad;   /* it was not UTF-8 */
};

/* The escaped text, without quotes, in at most room bytes.  How far it came is in *how, unless
 * NULL. */
char *put_escaped(char *p, size_t room, const char *text, size_t len, struct escaped *how);

/* A name, escaped and cut at NAME_MAX_OUT, without quotes. */
char *put_name_slowly(char *p, const char *name);

static inline char *put_name(char *p, const char *name)
{
    for (int i = 0; i < NAME_MAX_OUT; i++) {
        unsigned char c = (unsigned char)name[i];
        if (UNLIKELY(!line_plain[c]))
            return c == '\0' ? p + i : put_name_slowly(p, name);
        p[i] = (char)c;
    }
    return put_name_slowly(p, name);
}

/* "main#1", or a plain word when there is no number. */
static inline char *put_who(char *p, struct who who)
{
    *p++ = '"';
    p = put_name(p, who.name);
    if (who.id != 0) {
        *p++ = '#';
        p = put_count(p, who.id);
    }
    *p++ = '"';
    return p;
}

/* Any short text, in quotes: cut at NAME_MAX_OUT. */
static inline char *put_short(char *p, const char *text)
{
    *p++ = '"';
    p = put_name(p, text);
    *p++ = '"';
    return p;
}

/* A text in quotes that may be long, with "hex" (when it was not UTF-8) and "cut" behind it as they
 * are needed; all of it in at most room bytes (room >= 64).  put_text_cut(): so many bytes of it
 * were cut before.  put_text_counting(): others of its line are cut too, so what is cut is added to
 * *cut and told later. */
char *put_text(char *p, size_t room, const char *text, size_t len);
char *put_text_cut(char *p, size_t room, const char *text, size_t len, size_t cut);
char *put_text_counting(char *p, size_t room, const char *text, size_t len, size_t *cut);

#endif

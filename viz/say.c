/*
 * say - sentences in the making, and strings that are kept.
 *
 * A sentence is written into room that the caller lends: nothing is allocated, nothing
 * overruns, and what does not fit is cut at a whole character.
 */
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- sentences ------------------------------------------------------------------------------- */

void say_init(struct say *say, char *room, size_t size)
{
    *say = (struct say){ room, 0, size, false };
    if (size > 0)
        room[0] = '\0';
}

/* Adds what is whole: `len` bytes or, when they don't fit, as many whole characters as do. */
static void say_bytes(struct say *say, const char *bytes, size_t len)
{
    size_t free = say->size > say->len ? say->size - say->len - 1 : 0;
    if (say->cut)
        return;
    if (len > free) {
        say->cut = true;
        len = free;
        while (len > 0 && ((unsigned char)bytes[len] & 0xC0u) == 0x80u)
            len--;
    }
    if (len > 0)
        memcpy(say->at + say->len, bytes, len);
    say->len += len;
    if (say->size > 0)
        say->at[say->len] = '\0';
}

void say_add(struct say *say, const char *text)
{
    say_bytes(say, text, strlen(text));
}

void say_f(struct say *say, const char *format, ...)
{
    char room[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(room, sizeof room, format, arguments);
    va_end(arguments);
    if (len > 0)
        say_bytes(say, room, (size_t)len < sizeof room ? (size_t)len : sizeof room - 1);
}

void say_clean(struct say *say, struct slice text, size_t limit)
{
    char shown[TEXT_SHOWN];
    size_t used = 0;
    for (size_t i = 0; i < text.len;) {
        int columns;
        size_t took = text_show(text.at + i, text.len - i, shown, &columns);
        bool last = i + took == text.len;
        if (used + (size_t)columns + (last ? 0 : 1) > limit) {
            say_add(say, "\xE2\x80\xA6");
            return;
        }
        say_add(say, shown);
        used += (size_t)columns;
        i += took;
    }
}

/* Three figures that matter, no more: 0.997 s, 12.3 ms, 540 us. */
static void say_scaled(struct say *say, int64_t span_ns, int64_t unit_ns, const char *unit)
{
    double value = (double)span_ns / (double)unit_ns;
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    char room[32];
    snprintf(room, sizeof room, "%.*f", decimals, value);
    if (strchr(room, '.') != NULL) {
        char *end = room + strlen(room);
        while (end[-1] == '0')
            *--end = '\0';
        if (end[-1] == '.')
            end[-1] = '\0';
    }
    say_f(say, "%s %s", room, unit);
}

/* Seconds keep a thousandth, since that is what a timer that was late by a little shows. */
static void say_seconds(struct say *say, int64_t span_ns)
{
    int64_t thousandths = (span_ns + 500000) / 1000000;
    if (thousandths % 1000 == 0)
        say_f(say, "%lld s", (long long)(thousandths / 1000));
    else
        say_f(say, "%lld.%03d s", (long long)(thousandths / 1000), (int)(thousandths % 1000));
}

void say_span(struct say *say, int64_t span_ns)
{
    const int64_t second = 1000000000;
    if (span_ns < 0) {
        say_add(say, "-");
        span_ns = span_ns == INT64_MIN ? INT64_MAX : -span_ns;
    }
    if (span_ns == 0)
        say_add(say, "0 s");
    else if (span_ns < 1000)
        say_f(say, "%d ns", (int)span_ns);
    else if (span_ns < 999500)
        say_scaled(say, span_ns, 1000, "us");
    else if (span_ns < 99500000)
        say_scaled(say, span_ns, 1000000, "ms");
    else if (span_ns < 120 * second)
        say_seconds(say, span_ns);
    else if (span_ns < 7200 * second)
        say_f(say, "%lld min %02d s", (long long)(span_ns / second / 60),
              (int)(span_ns / second % 60));
    else if (span_ns < 172800 * second)
        say_f(say, "%lld h %02d min", (long long)(span_ns / second / 3600),
              (int)(span_ns / second / 60 % 60));
    else
        say_f(say, "%lld days", (long long)(span_ns / second / 86400));
}

void say_count(struct say *say, uint64_t count, const char *noun, const char *plural)
{
    if (count == 1)
        say_f(say, "1 %s", noun);
    else if (plural != NULL)
        say_f(say, "%llu %s", (unsigned long long)count, plural);
    else
        say_f(say, "%llu %ss", (unsigned long long)count, noun);
}

/* ---- strings that are kept ------------------------------------------------------------------- */

/* Keeps so many bytes, and `text` comes behind them; it may be a part of the string itself. */
static int put(struct str *str, uint32_t keep, struct slice text)
{
    size_t len = keep + text.len;
    size_t room = str->room > 0 ? str->room : sizeof str->here;
    char *at = str->room > 0 ? str->far : str->here;
    if (len >= UINT32_MAX / 2)
        return -ENOMEM;
    if (len >= room) {
        room = len + 1;
        if ((at = malloc(room)) == NULL)
            return -ENOMEM;
        memcpy(at, str_text(str), keep);
    }
    if (text.len > 0)
        memmove(at + keep, text.at, text.len);
    at[len] = '\0';
    if (at != str_text(str)) {
        str_fini(str);
        str->far = at;
        str->room = (uint32_t)room;
    }
    str->len = (uint32_t)len;
    return 0;
}

int str_set(struct str *str, struct slice text)
{
    return put(str, 0, text);
}

int str_append(struct str *str, struct slice text)
{
    return put(str, str->len, text);
}

void str_clear(struct str *str)
{
    put(str, 0, (struct slice){ NULL, 0 });
}

void str_fini(struct str *str)
{
    if (str->room > 0)
        free(str->far);
    *str = (struct str){ 0 };
}

/*
 * text - strangers' bytes made fit to be seen.
 *
 * A trace is written by some other program; a connection's bytes by some other machine. Nothing of
 * that may reach a terminal as it is: an escape sequence in a task's name must not clear a
 * teacher's screen. So whatever is shown goes through this file, which decodes UTF-8, tells how
 * many columns a character takes, and writes what can't be shown as a visible escape (`\x1b`,
 * `\u202e`).
 *
 *      struct say say;
 *      char room[200];
 *      say_init(&say, room, sizeof room);
 *      say_f(&say, "%u bytes from ", 12u);
 *      say_clean(&say, peer);                  // escaped
 *      puts(room);                             // always NUL-terminated
 *
 * Everything here is pure: no locale, no globals.
 */
#ifndef VIZ_TEXT_H
#define VIZ_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * Some bytes that belong to somebody else. May hold NULs; not NUL-terminated. `at` is NULL where
 * there is nothing.
 */
struct slice {
    const char *at;
    size_t len;
};

/*
 * The slice of a C string (NULL gives the empty slice). These four are inline because literals'
 * lengths are then known to the compiler, in the innermost loops.
 */
static inline struct slice slice_of(const char *string)
{
    return (struct slice){ string, string != NULL ? strlen(string) : 0 };
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool slice_is(struct slice slice, const char *string)
{
    return slice_equal(slice, slice_of(string));
}

static inline bool slice_begins(struct slice slice, const char *string)
{
    size_t len = strlen(string);
    return slice.len >= len && (len == 0 || memcmp(slice.at, string, len) == 0);
}

/* Where `needle` first stands in `hay` (an index), or -1. */
ptrdiff_t slice_find(struct slice hay, struct slice needle);
/* The last such place, or -1. */
ptrdiff_t slice_find_last(struct slice hay, struct slice needle);

/*
 * Decodes the character at `at` (at least one byte there). Returns the bytes that it takes; what
 * is not UTF-8 (overlong, surrogate, cut short) takes one byte and reads as U+FFFD.
 */
size_t text_decode(const char *at, size_t len, uint32_t *code);
/* Writes `code` as UTF-8 into at most four bytes; returns how many. */
size_t text_encode(uint32_t code, char out[4]);
/* True when all of it is well-formed UTF-8. */
bool text_is_utf8(struct slice text);

/*
 * Columns a character takes on a terminal: 0 (combining), 1 or 2 (wide). Controls take 0: show
 * them escaped.
 */
int text_width(uint32_t code);
/*
 * False for what must never reach a terminal: C0, DEL, C1, line and bidi controls, what is no
 * character.
 */
bool text_is_safe(uint32_t code);
/*
 * One character as it may be shown, NUL-terminated: itself, or a visible escape such as `\x1b`.
 * `columns` (may be NULL) gets the columns it takes. Returns the bytes consumed from `at`.
 */
enum { TEXT_SHOWN = 16 };
size_t text_show(const char *at, size_t len, char shown[TEXT_SHOWN], int *columns);
/* Columns the whole takes when shown through text_show(). */
size_t text_columns(struct slice text);

/*
 * A sentence in the making, in room that the caller lends. Cut (at a whole character) when full,
 * never overrun.
 */
struct say {
    char *at;
    size_t len;
    size_t size;
    bool cut;
};

void say_init(struct say *say, char *room, size_t size);
/* Adds text of our own, as it is. */
void say_add(struct say *say, const char *text);
/* printf for text of our own and for numbers; never for strangers' bytes. */
void say_f(struct say *say, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * Adds strangers' bytes, escaped, at most `limit` columns of them (an ellipsis says that there was
 * more).
 */
void say_clean(struct say *say, struct slice text, size_t limit);
/*
 * A span for people: "0.997 s", "12.4 ms", "3.2 us", "0 s"; whole seconds up to days ("2 h 05
 * min").
 */
void say_span(struct say *say, int64_t span_ns);
/*
 * A count with its noun: "1 byte", "3 bytes", "2 entries" (plural given where it is no plain s,
 * else NULL).
 */
void say_count(struct say *say, uint64_t count, const char *noun, const char *plural);

/*
 * Strangers' bytes to a stream, escaped; with `ascii`, what is beyond ASCII reads as an escape
 * too.
 */
void text_print(FILE *stream, struct slice text, bool ascii);

/*
 * A string that is set again and again without a malloc each time; ids and places are short, and stand
 * in the struct itself. All zeros is an empty one. A struct that holds one may move, but then slices of
 * it are no longer valid.
 */
struct str {
    uint32_t len;
    uint32_t room; /* bytes at `far`; 0: it stands `here` */
    union {
        char here[24];
        char *far;
    };
};

/* Copies `text` in, which may be a part of the string itself. 0 or -ENOMEM (the old text stays). */
int str_set(struct str *str, struct slice text);
/* The same behind what is there. */
int str_append(struct str *str, struct slice text);
void str_clear(struct str *str);
void str_fini(struct str *str);
/*
 * Never NULL: "" when empty, and always NUL-terminated. Bytes are strangers' still: show them through
 * say_clean() or text_show().
 */
static inline const char *str_text(const struct str *str)
{
    return str->room > 0 ? str->far : str->here;
}
static inline struct slice str_slice(const struct str *str)
{
    return (struct slice){ str_text(str), str->len };
}
static inline bool str_is(const struct str *str, struct slice text)
{
    return slice_equal(str_slice(str), text);
}

#endif

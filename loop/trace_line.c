/* trace_line.c - the slow half of writing lines: text that must be escaped, cut, or told as hex. */
#include "trace_line.h"

const char line_pairs[201] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

#define ONES16 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
#define NONE16 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

/* 0x20 to 0x7e without the quote and the backslash. */
const unsigned char line_plain[256] = {
    NONE16, NONE16,                                                 /* 0x00 controls */
    1,      1,      0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,       /* 0x20, 0x22 is " */
    ONES16, ONES16, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, /* 0x50, 0x5c is \ */
    ONES16, 1,      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0,    /* 0x70, 0x7f is DEL */
};

/* ---- the beginning of a line */

void prefix_init(struct prefix *x)
{
    prefix_set_ms(x, 0);
    prefix_set_n(x, 0);
}

void prefix_set_ms(struct prefix *x, ns t)
{
    x->ms = t - t % 1000000;
    x->time_len = (uint32_t)(put_time(LIT(x->time, "{\"t\":"), x->ms) - x->time) - 6;
}

void prefix_set_n(struct prefix *x, uint64_t n)
{
    x->n_len = (uint32_t)(put_count(LIT(x->n, ",\"n\":"), n) - x->n);
}

/* ---- text */

/* Bytes of the well-formed UTF-8 sequence at text (Unicode's table 3-7), or 0. */
static size_t sequence_length(const unsigned char *s, size_t len)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : 4;
    if (n == 4 && (s[0] < 0xf0 || s[0] > 0xf4))
        return 0;
    if (n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)) /* overlong; surrogates */
        return 0;
    if ((s[0] == 0xf0 && s[1] < 0x90) ||
        (s[0] == 0xf4 && s[1] > 0x8f)) /* overlong; beyond U+10FFFF */
        return 0;
    return n;
}

static const char hex_digits[] = "0123456789abcdef";

/* Writes the escape for code < 0x100 into out; its length. */
static size_t escape(char *out, unsigned code)
{
    static const char letters[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const char *known = code != 0 && code < 0x80 ? strchr(letters, (int)code) : NULL;
    out[0] = '\\';
    if (known != NULL) {
        out[1] = names[known - letters];
        return 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = hex_digits[code >> 4];
    out[5] = hex_digits[code & 15];
    return 6;
}

/* One character of text into out (6 bytes of room); how many bytes of text it took is in *took. */
static size_t encode(char *out, const char *text, size_t len, size_t *took, bool *bad)
{
    const unsigned char *s = (const unsigned char *)text;
    *took = sequence_length(s, len);
    if (*took == 0) {
        *took = 1;
        *bad = true;
        memcpy(out, "\xef\xbf\xbd", 3);
        return 3;
    }
    if (*took == 1 && line_plain[s[0]]) {
        out[0] = text[0];
        return 1;
    }
    if (*took == 1)
        return escape(out, s[0]);
    if (*took == 2 && s[0] == 0xc2 && s[1] < 0xa0) /* C1 controls, U+0080 to U+009F */
        return escape(out, s[1]);
    memcpy(out, text, *took);
    return *took;
}

char *put_escaped(char *p, size_t room, const char *text, size_t len, struct escaped *how)
{
    char *end = p + room, one[6];
    size_t at = 0;
    bool bad = false;
    while (at < len) {
        size_t took, n;
        if (LIKELY(line_plain[(unsigned char)text[at]])) {
            if (p == end)
                break;
            *p++ = text[at++];
            continue;
        }
        n = encode(one, text + at, len - at, &took, &bad);
        if (n > (size_t)(end - p))
            break;
        memcpy(p, one, n);
        p += n;
        at += took;
    }
    if (how != NULL)
        *how = (struct escaped){ .cut = len - at, .bad = bad };
    return p;
}

char *put_name_slowly(char *p, const char *name)
{
    const size_t character = 4; /* the last one that begins within the limit is whole */
    return put_escaped(p, NAME_MAX_OUT, name, strnlen(name, NAME_MAX_OUT + character), NULL);
}

static char *put_hex(char *p, const char *text, size_t len)
{
    *p++ = '"';
    for (size_t i = 0; i < len; i++) {
        *p++ = hex_digits[(unsigned char)text[i] >> 4];
        *p++ = hex_digits[(unsigned char)text[i] & 15];
    }
    *p++ = '"';
    return p;
}

/* What "hex" and "cut" take at most besides the digits of hex: ,"hex":""
 * ,"cut":18446744073709551615 and the quotes. */
enum { TEXT_EXTRAS = 40 };

char *put_text_counting(char *p, size_t room, const char *text, size_t len, size_t *cut)
{
    struct escaped how;
    char *begin = p;
    room -= TEXT_EXTRAS;
    *p++ = '"';
    p = put_escaped(p, room, text, len, &how);
    if (how.bad && (size_t)(p - begin) + 2 * (len - how.cut) > room) {
        /* Not UTF-8: its hex needs room too.  A byte takes at most 6 for itself and 2 as hex. */
        *cut += len - room / 8;
        len = room / 8;
        p = put_escaped(begin + 1, room, text, len, &how);
    }
    *p++ = '"';
    *cut += how.cut;
    return how.bad ? put_hex(LIT(p, ",\"hex\":"), text, len - how.cut) : p;
}

char *put_text_cut(char *p, size_t room, const char *text, size_t len, size_t cut)
{
    p = put_text_counting(p, room, text, len, &cut);
    return cut > 0 ? KEY(p, "cut", put_count, cut) : p;
}

char *put_text(char *p, size_t room, const char *text, size_t len)
{
    return put_text_cut(p, room, text, len, 0);
}

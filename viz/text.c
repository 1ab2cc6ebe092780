/*
 * text - decoding, widths, escapes.
 *
 * Widths come from two small tables instead of wcwidth(): that one answers for the locale of
 * whoever looks, and a frame has to be the same everywhere. The tables hold what programs write in
 * practice (combining marks, East Asian wide characters, emoji), not all of Unicode; a terminal
 * that disagrees shows a ragged line, nothing worse.
 */
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- slices ---------------------------------------------------------------------------------- */

/*
 * Horspool's search: look at the end of where the needle might stand; a byte that is not in the
 * needle moves us on by all its length. Three bytes in four of a trace are never looked at.
 */
ptrdiff_t slice_find(struct slice hay, struct slice needle)
{
    unsigned char skip[256]; /* small: lines are short, and it is filled for each of them */
    if (needle.len == 0 || hay.len < needle.len)
        return needle.len == 0 ? 0 : -1;
    size_t most = needle.len < UCHAR_MAX ? needle.len : UCHAR_MAX;
    memset(skip, (int)most, sizeof skip);
    for (size_t i = needle.len - most; i + 1 < needle.len; i++)
        skip[(unsigned char)needle.at[i]] = (unsigned char)(needle.len - 1 - i);
    for (size_t at = 0; at <= hay.len - needle.len;) {
        unsigned char last = (unsigned char)hay.at[at + needle.len - 1];
        if (last == (unsigned char)needle.at[needle.len - 1] && hay.at[at] == needle.at[0] &&
            memcmp(hay.at + at, needle.at, needle.len) == 0)
            return (ptrdiff_t)at;
        at += skip[last];
    }
    return -1;
}

/* The same from the end, with the needle's first byte in the leading part. */
ptrdiff_t slice_find_last(struct slice hay, struct slice needle)
{
    size_t skip[256];
    if (needle.len == 0 || hay.len < needle.len)
        return -1;
    for (size_t i = 0; i < 256; i++)
        skip[i] = needle.len;
    for (size_t i = needle.len - 1; i > 0; i--)
        skip[(unsigned char)needle.at[i]] = i;
    for (size_t at = hay.len - needle.len;;) {
        unsigned char first = (unsigned char)hay.at[at];
        if (first == (unsigned char)needle.at[0] &&
            hay.at[at + needle.len - 1] == needle.at[needle.len - 1] &&
            memcmp(hay.at + at, needle.at, needle.len) == 0)
            return (ptrdiff_t)at;
        if (skip[first] > at)
            return -1;
        at -= skip[first];
    }
}

/* ---- UTF-8 ----------------------------------------------------------------------------------- */

/*
 * How many bytes a character with this first byte has, its bits in *code; 0 for what can't be
 * first.
 */
static size_t sequence_length(unsigned char first, uint32_t *code)
{
    if (first < 0x80) {
        *code = first;
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        *code = first & 0x1Fu;
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        *code = first & 0x0Fu;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        *code = first & 0x07u;
        return 4;
    }
    return 0;
}

/* As text_decode(), but answers 0 for what is not UTF-8. */
static size_t decode_strictly(const char *at, size_t len, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t need = sequence_length((unsigned char)at[0], code);
    if (need == 0 || need > len)
        return 0;
    for (size_t i = 1; i < need; i++) {
        unsigned char byte = (unsigned char)at[i];
        if ((byte & 0xC0u) != 0x80u)
            return 0;
        *code = *code << 6 | (byte & 0x3Fu);
    }
    if (*code < least[need] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF))
        return 0;
    return need;
}

size_t text_decode(const char *at, size_t len, uint32_t *code)
{
    size_t took = decode_strictly(at, len, code);
    if (took > 0)
        return took;
    *code = 0xFFFD;
    return 1;
}

size_t text_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0u | code >> 6);
        out[1] = (char)(0x80u | (code & 0x3Fu));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0u | code >> 12);
        out[1] = (char)(0x80u | (code >> 6 & 0x3Fu));
        out[2] = (char)(0x80u | (code & 0x3Fu));
        return 3;
    }
    out[0] = (char)(0xF0u | code >> 18);
    out[1] = (char)(0x80u | (code >> 12 & 0x3Fu));
    out[2] = (char)(0x80u | (code >> 6 & 0x3Fu));
    out[3] = (char)(0x80u | (code & 0x3Fu));
    return 4;
}

bool text_is_utf8(struct slice text)
{
    uint32_t code;
    for (size_t i = 0, took; i < text.len; i += took) {
        took = decode_strictly(text.at + i, text.len - i, &code);
        if (took == 0)
            return false;
    }
    return true;
}

/* ---- what a terminal does with a character --------------------------------------------------- */

struct range {
    uint32_t from, to;
};

static const struct range zero_width[] = {
    { 0x0300, 0x036F },   { 0x0483, 0x0489 },   { 0x0591, 0x05BD }, { 0x0610, 0x061A },
    { 0x064B, 0x065F },   { 0x06D6, 0x06DC },   { 0x0900, 0x0902 }, { 0x093C, 0x093C },
    { 0x0941, 0x0948 },   { 0x094D, 0x094D },   { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A },
    { 0x0E47, 0x0E4E },   { 0x1AB0, 0x1AFF },   { 0x1DC0, 0x1DFF }, { 0x20D0, 0x20F0 },
    { 0x302A, 0x302D },   { 0x3099, 0x309A },   { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F },
    { 0x1F3FB, 0x1F3FF }, { 0xE0100, 0xE01EF },
};

static const struct range double_width[] = {
    { 0x1100, 0x115F },   { 0x231A, 0x231B },   { 0x2329, 0x232A },   { 0x23E9, 0x23EC },
    { 0x23F0, 0x23F0 },   { 0x23F3, 0x23F3 },   { 0x25FD, 0x25FE },   { 0x2614, 0x2615 },
    { 0x2648, 0x2653 },   { 0x267F, 0x267F },   { 0x2693, 0x2693 },   { 0x26A1, 0x26A1 },
    { 0x26AA, 0x26AB },   { 0x26BD, 0x26BE },   { 0x26C4, 0x26C5 },   { 0x26CE, 0x26CE },
    { 0x26D4, 0x26D4 },   { 0x26EA, 0x26EA },   { 0x26F2, 0x26F3 },   { 0x26F5, 0x26F5 },
    { 0x26FA, 0x26FA },   { 0x26FD, 0x26FD },   { 0x2705, 0x2705 },   { 0x270A, 0x270B },
    { 0x2728, 0x2728 },   { 0x274C, 0x274C },   { 0x274E, 0x274E },   { 0x2753, 0x2755 },
    { 0x2757, 0x2757 },   { 0x2795, 0x2797 },   { 0x27B0, 0x27B0 },   { 0x27BF, 0x27BF },
    { 0x2B1B, 0x2B1C },   { 0x2B50, 0x2B50 },   { 0x2B55, 0x2B55 },   { 0x2E80, 0x303E },
    { 0x3041, 0x33FF },   { 0x3400, 0x4DBF },   { 0x4E00, 0x9FFF },   { 0xA000, 0xA4CF },
    { 0xA960, 0xA97F },   { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },   { 0xFE30, 0xFE6F },
    { 0xFF00, 0xFF60 },   { 0xFFE0, 0xFFE6 },   { 0x16FE0, 0x18CFF }, { 0x1B000, 0x1B2FF },
    { 0x1F004, 0x1F004 }, { 0x1F0CF, 0x1F0CF }, { 0x1F18E, 0x1F18E }, { 0x1F191, 0x1F19A },
    { 0x1F200, 0x1F320 }, { 0x1F32D, 0x1F335 }, { 0x1F337, 0x1F37C }, { 0x1F37E, 0x1F393 },
    { 0x1F3A0, 0x1F3CA }, { 0x1F3CF, 0x1F3D3 }, { 0x1F3E0, 0x1F3F0 }, { 0x1F3F4, 0x1F3F4 },
    { 0x1F3F8, 0x1F3FA }, { 0x1F400, 0x1F43E }, { 0x1F440, 0x1F440 }, { 0x1F442, 0x1F4FC },
    { 0x1F4FF, 0x1F53D }, { 0x1F54B, 0x1F54E }, { 0x1F550, 0x1F567 }, { 0x1F57A, 0x1F57A },
    { 0x1F595, 0x1F596 }, { 0x1F5A4, 0x1F5A4 }, { 0x1F5FB, 0x1F64F }, { 0x1F680, 0x1F6C5 },
    { 0x1F6CC, 0x1F6CC }, { 0x1F6D0, 0x1F6D2 }, { 0x1F6D5, 0x1F6D7 }, { 0x1F6DC, 0x1F6DF },
    { 0x1F6EB, 0x1F6EC }, { 0x1F6F4, 0x1F6FC }, { 0x1F7E0, 0x1F7EB }, { 0x1F90C, 0x1F93A },
    { 0x1F93C, 0x1F945 }, { 0x1F947, 0x1F9FF }, { 0x1FA70, 0x1FAFF }, { 0x20000, 0x3FFFD },
};

static bool in_ranges(uint32_t code, const struct range *ranges, size_t n)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (code > ranges[middle].to)
            low = middle + 1;
        else
            n = middle;
    }
    return code >= ranges[low].from && code <= ranges[low].to;
}

#define IN(code, table)                                                                            \
    ((code) >= (table)[0].from && (code) <= (table)[sizeof(table) / sizeof *(table)-1].to &&       \
     in_ranges((code), (table), sizeof(table) / sizeof *(table)-1))

bool text_is_safe(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7F && code < 0xA0))
        return false; /* C0, DEL, C1 */
    if (code < 0xAD)
        return true;
    if (code == 0xAD || code == 0x061C || code == 0x180E || code == 0xFEFF)
        return false; /* invisible, or they turn the line about */
    if ((code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
        (code >= 0x2060 && code <= 0x206F))
        return false;
    if ((code >= 0xD800 && code <= 0xF8FF) || (code >= 0xFDD0 && code <= 0xFDEF) ||
        (code & 0xFFFE) == 0xFFFE)
        return false; /* surrogates, private use, no characters */
    if (code >= 0xFFF0 && code <= 0xFFFB)
        return false;
    return code < 0xE0000 || (code >= 0xE0100 && code <= 0xE01EF);
}

int text_width(uint32_t code)
{
    if (code < 0x300)
        return text_is_safe(code) ? 1 : 0;
    if (!text_is_safe(code) || IN(code, zero_width))
        return 0;
    return IN(code, double_width) ? 2 : 1;
}

size_t text_show(const char *at, size_t len, char shown[TEXT_SHOWN], int *columns)
{
    uint32_t code;
    size_t took = text_decode(at, len, &code);
    int width;

    if (text_is_safe(code)) {
        size_t bytes = text_encode(code, shown);
        shown[bytes] = '\0';
        width = text_width(code);
    } else if (code < 0x80) {
        width = snprintf(shown, TEXT_SHOWN, "\\x%02x", (unsigned)code);
    } else {
        width = snprintf(shown, TEXT_SHOWN, "\\u%04x", (unsigned)code);
    }
    if (columns != NULL)
        *columns = width;
    return took;
}

size_t text_columns(struct slice text)
{
    char shown[TEXT_SHOWN];
    size_t sum = 0;
    int columns;
    for (size_t i = 0; i < text.len; sum += (size_t)columns)
        i += text_show(text.at + i, text.len - i, shown, &columns);
    return sum;
}

void text_print(FILE *stream, struct slice text, bool ascii)
{
    char shown[TEXT_SHOWN];
    for (size_t i = 0; i < text.len;) {
        i += text_show(text.at + i, text.len - i, shown, NULL);
        if (!ascii || (unsigned char)shown[0] < 0x80) {
            fputs(shown, stream);
            continue;
        }
        uint32_t code;
        text_decode(shown, strlen(shown), &code);
        fprintf(stream, "\\u%04x", (unsigned)code);
    }
}

/*
 * glyph.c - characters: UTF-8, widths, escapes, and what stands for them in ASCII
 *
 * Widths are a small table of our own: the locale's wcwidth() differs by machine, and golden frames
 * must not. It lists what is wide in practice (East Asian, emoji), not all of Unicode; screen.c
 * asks the C library too, and draws a stand-in where the two disagree.
 */
#include "glyph.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct range {
    uint32_t first, last;
};

static struct range const wide[] = {
    { 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },   { 0x23e9, 0x23ec },
    { 0x23f0, 0x23f0 },   { 0x23f3, 0x23f3 },   { 0x25fd, 0x25fe },   { 0x2614, 0x2615 },
    { 0x2648, 0x2653 },   { 0x267f, 0x267f },   { 0x2693, 0x2693 },   { 0x26a1, 0x26a1 },
    { 0x26aa, 0x26ab },   { 0x26bd, 0x26be },   { 0x26c4, 0x26c5 },   { 0x26ce, 0x26ce },
    { 0x26d4, 0x26d4 },   { 0x26ea, 0x26ea },   { 0x26f2, 0x26f3 },   { 0x26f5, 0x26f5 },
    { 0x26fa, 0x26fa },   { 0x26fd, 0x26fd },   { 0x2705, 0x2705 },   { 0x270a, 0x270b },
    { 0x2728, 0x2728 },   { 0x274c, 0x274c },   { 0x274e, 0x274e },   { 0x2753, 0x2755 },
    { 0x2757, 0x2757 },   { 0x2795, 0x2797 },   { 0x27b0, 0x27b0 },   { 0x27bf, 0x27bf },
    { 0x2b1b, 0x2b1c },   { 0x2b50, 0x2b50 },   { 0x2b55, 0x2b55 },   { 0x2e80, 0x303e },
    { 0x3041, 0x33ff },   { 0x3400, 0x4dbf },   { 0x4e00, 0x9fff },   { 0xa000, 0xa4cf },
    { 0xa960, 0xa97f },   { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe10, 0xfe19 },
    { 0xfe30, 0xfe6f },   { 0xff01, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x16fe0, 0x18aff },
    { 0x1b000, 0x1b2ff }, { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e },
    { 0x1f191, 0x1f19a }, { 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c },
    { 0x1f37e, 0x1f393 }, { 0x1f3a0, 0x1f3ca }, { 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 },
    { 0x1f3f4, 0x1f3f4 }, { 0x1f3f8, 0x1f43e }, { 0x1f440, 0x1f440 }, { 0x1f442, 0x1f4fc },
    { 0x1f4ff, 0x1f53d }, { 0x1f54b, 0x1f54e }, { 0x1f550, 0x1f567 }, { 0x1f57a, 0x1f57a },
    { 0x1f595, 0x1f596 }, { 0x1f5a4, 0x1f5a4 }, { 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 },
    { 0x1f6cc, 0x1f6cc }, { 0x1f6d0, 0x1f6d2 }, { 0x1f6d5, 0x1f6d7 }, { 0x1f6dd, 0x1f6df },
    { 0x1f6eb, 0x1f6ec }, { 0x1f6f4, 0x1f6fc }, { 0x1f7e0, 0x1f7eb }, { 0x1f7f0, 0x1f7f0 },
    { 0x1f90c, 0x1f93a }, { 0x1f93c, 0x1f945 }, { 0x1f947, 0x1f9ff }, { 0x1fa70, 0x1faff },
    { 0x20000, 0x3fffd },
};

static struct range const combining[] = {
    { 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x05bf, 0x05bf },
    { 0x05c1, 0x05c2 }, { 0x05c4, 0x05c5 }, { 0x0610, 0x061a }, { 0x064b, 0x065f },
    { 0x0670, 0x0670 }, { 0x06d6, 0x06dc }, { 0x06df, 0x06e4 }, { 0x06e7, 0x06e8 },
    { 0x06ea, 0x06ed }, { 0x0900, 0x0902 }, { 0x093a, 0x093a }, { 0x093c, 0x093c },
    { 0x0941, 0x0948 }, { 0x094d, 0x094d }, { 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a },
    { 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff },
    { 0x302a, 0x302d }, { 0x3099, 0x309a }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};

/* Not to be shown as they are: they move, hide, or reorder what stands around them. */
static struct range const hidden[] = {
    { 0x0000, 0x001f },       { 0x007f, 0x009f },   { 0x00ad, 0x00ad },   { 0x034f, 0x034f },
    { 0x061c, 0x061c },       { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
    { 0x200b, 0x200f },       { 0x2028, 0x202e },   { 0x2060, 0x206f },   { 0x3164, 0x3164 },
    { 0xd800, 0xdfff },       { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },
    { 0xfffe, 0xffff },       { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xfffff },
    { 0x100000, 0xffffffff },
};

static bool is_in(uint32_t glyph, struct range const *ranges, size_t count)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (glyph > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && glyph >= ranges[low].first;
}

#define IS_IN(glyph, table) is_in(glyph, table, sizeof(table) / sizeof((table)[0]))

int glyph_width(uint32_t glyph)
{
    if (glyph >= 0x20 && glyph < 0x7f)
        return 1;
    if (IS_IN(glyph, hidden))
        return -1;
    if (IS_IN(glyph, combining))
        return 0;
    return IS_IN(glyph, wide) ? 2 : 1;
}

/* The number of bytes that a first byte announces; 0 for one that can't begin a character. */
static int sequence_length(unsigned char byte)
{
    if (byte < 0x80)
        return 1;
    if (byte >= 0xc2 && byte <= 0xdf)
        return 2;
    if (byte >= 0xe0 && byte <= 0xef)
        return 3;
    return byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
}

uint32_t glyph_decode(char const **text)
{
    static uint32_t const least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char const *byte = (unsigned char const *)*text;
    int length = sequence_length(byte[0]);
    uint32_t glyph;

    (*text)++;
    if (length <= 1)
        return length == 1 ? byte[0] : 0xfffd;
    glyph = byte[0] & (0x7fu >> length);
    for (int i = 1; i < length; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return 0xfffd;
        glyph = glyph << 6 | (byte[i] & 0x3fu);
    }
    if (glyph < least[length] || glyph > 0x10ffff || (glyph >= 0xd800 && glyph <= 0xdfff))
        return 0xfffd;
    *text += length - 1;
    return glyph;
}

void glyph_escape(uint32_t glyph, char *text, size_t size)
{
    switch (glyph) {
    case '\n': snprintf(text, size, "\\n"); return;
    case '\t': snprintf(text, size, "\\t"); return;
    case '\r': snprintf(text, size, "\\r"); return;
    default: break;
    }
    snprintf(text, size, glyph < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)glyph);
}

int glyph_columns(char const *text)
{
    int columns = 0;

    while (*text) {
        uint32_t glyph = glyph_decode(&text);
        int width = glyph_width(glyph);
        char visible[16];

        if (width < 0) {
            glyph_escape(glyph, visible, sizeof(visible));
            width = (int)strlen(visible);
        }
        columns += width;
    }
    return columns;
}

static uint32_t const line_glyphs[16] = {
    ' ',    0x2502, 0x2502, 0x2502, 0x2500, 0x2518, 0x2510, 0x2524,
    0x2500, 0x2514, 0x250c, 0x251c, 0x2500, 0x2534, 0x252c, 0x253c,
};

unsigned glyph_line_bits(uint32_t glyph)
{
    if (glyph == 0x2502)
        return GLYPH_UP | GLYPH_DOWN;
    if (glyph == 0x2500)
        return GLYPH_LEFT | GLYPH_RIGHT;
    for (unsigned bits = 5; bits < 16; bits++)
        if (line_glyphs[bits] == glyph)
            return bits;
    return 0;
}

uint32_t glyph_line(unsigned bits)
{
    return line_glyphs[bits & 15];
}

char glyph_ascii(uint32_t glyph)
{
    static struct {
        uint32_t glyph;
        char ascii;
    } const stand_in[] = {
        { 0x2500, '-' },  { 0x2502, '|' },  { 0x2026, '~' }, { 0x2013, '-' }, { 0x2014, '-' },
        { 0x2018, '\'' }, { 0x2019, '\'' }, { 0x201c, '"' }, { 0x201d, '"' }, { 0x00b7, ':' },
        { 0x00d7, 'x' },  { 0x25b6, '>' },  { 0x25b8, '>' }, { 0x25c2, '<' }, { 0x25c0, '<' },
        { 0x25cf, '*' },  { 0x25cb, 'o' },  { 0x2588, '#' }, { 0x2593, '#' }, { 0x2592, '=' },
        { 0x2591, '.' },  { 0x258c, '#' },  { 0x2264, '<' }, { 0x2265, '>' }, { 0x2190, '<' },
        { 0x2192, '>' },  { 0x2191, '^' },  { 0x2193, 'v' }, { 0x23f8, '=' }, { 0x2713, 'v' },
        { 0x2717, 'x' },  { 0x221e, 'o' },  { 0x00b5, 'u' }, { 0x270e, '*' }, { 0x2022, '*' },
        { 0x254c, '-' },  { 0x25c6, '*' },  { 0x25c7, 'o' }, { 0x2581, '_' }, { 0x2584, '=' },
        { 0x00a0, ' ' },  { 0x2550, '=' },
    };

    if (glyph < 0x7f)
        return glyph >= 0x20 ? (char)glyph : '?';
    for (size_t i = 0; i < sizeof(stand_in) / sizeof(stand_in[0]); i++)
        if (stand_in[i].glyph == glyph)
            return stand_in[i].ascii;
    return glyph_line_bits(glyph) ? '+' : '?';
}

int glyph_encode(uint32_t glyph, char *bytes)
{
    if (glyph < 0x80) {
        bytes[0] = (char)glyph;
        return 1;
    }
    if (glyph < 0x800) {
        bytes[0] = (char)(0xc0 | glyph >> 6);
        bytes[1] = (char)(0x80 | (glyph & 0x3f));
        return 2;
    }
    if (glyph < 0x10000) {
        bytes[0] = (char)(0xe0 | glyph >> 12);
        bytes[1] = (char)(0x80 | (glyph >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (glyph & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | glyph >> 18);
    bytes[1] = (char)(0x80 | (glyph >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (glyph >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (glyph & 0x3f));
    return 4;
}

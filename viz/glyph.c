/*
 * glyph.c - characters that panes draw with: lines that join, and what stands for them in ASCII
 */
#include "glyph.h"

#include <stddef.h>

/* By arms: up 1, down 2, left 4, right 8. One arm alone is a half line, so that joining loses none. */
static uint32_t const line_glyphs[16] = {
    ' ',    0x2575, 0x2577, 0x2502, 0x2574, 0x2518, 0x2510, 0x2524,
    0x2576, 0x2514, 0x250c, 0x251c, 0x2500, 0x2534, 0x252c, 0x253c,
};

unsigned glyph_arms(uint32_t glyph)
{
    for (unsigned arms = 1; arms < 16; arms++)
        if (line_glyphs[arms] == glyph)
            return arms;
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
        { 0x00a0, ' ' },  { 0x2550, '=' },  { 0x2501, '=' }, { 0x2574, '-' }, { 0x2576, '-' },
        { 0x2575, '|' },  { 0x2577, '|' },
    };

    if (glyph < 0x7f)
        return glyph >= 0x20 ? (char)glyph : '?';
    for (size_t i = 0; i < sizeof(stand_in) / sizeof(stand_in[0]); i++)
        if (stand_in[i].glyph == glyph)
            return stand_in[i].ascii;
    return glyph_arms(glyph) ? '+' : '?';
}

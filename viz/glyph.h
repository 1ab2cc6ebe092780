/*
 * glyph.h - characters that panes draw with: lines that join, and what stands for them in ASCII
 *
 *     unsigned arms = glyph_arms(0x2502) | GLYPH_RIGHT;      a line down, and an arm to the right
 *     uint32_t tee = glyph_line(arms);                       the tee that joins them
 *     char plain = glyph_ascii(tee);                         '+'
 *
 * Pure functions without state. UTF-8, widths and escapes are text.h's.
 */
#ifndef VIZ_GLYPH_H
#define VIZ_GLYPH_H

#include <stdint.h>

/* A line character is the set of its arms. */
enum glyph_arm { GLYPH_UP = 1, GLYPH_DOWN = 2, GLYPH_LEFT = 4, GLYPH_RIGHT = 8 };

uint32_t glyph_line(unsigned arms);  /* the character with these arms */
unsigned glyph_arms(uint32_t glyph); /* its arms; 0 when it is no line character */

/* The one ASCII character that stands for a character: lines as + - |, '?' if none does. */
char glyph_ascii(uint32_t glyph);

#endif

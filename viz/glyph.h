/*
 * glyph.h - characters: UTF-8, widths, escapes, and what stands for them in ASCII
 *
 *     char const *text = "a\033[2J";
 *     while (*text) {
 *         uint32_t glyph = glyph_decode(&text);
 *         if (glyph_width(glyph) < 0)       a control character: show it as \x1b
 *             glyph_escape(glyph, visible, sizeof(visible));
 *     }
 *
 * Pure functions without state; any thread.
 */
#ifndef VIZ_GLYPH_H
#define VIZ_GLYPH_H

#include <stddef.h>
#include <stdint.h>

/* Columns of a character: 0 (combining), 1, 2 (wide), or -1 when it must not be shown as it is
 * (control characters, and invisible ones that move or reorder what stands around them). The same
 * on every machine, unlike wcwidth(). */
int glyph_width(uint32_t glyph);

/* One character of UTF-8 text; moves *text past it. Broken bytes answer U+FFFD, one at a time.
 * Must not be called at the end of the text. */
uint32_t glyph_decode(char const **text);

/* Writes the one to four bytes of a character, no NUL; answers their number. */
int glyph_encode(uint32_t glyph, char *bytes);

/* How a character of width -1 is shown: \n, \x1b, \u202e. Eleven bytes at most with the NUL. */
void glyph_escape(uint32_t glyph, char *text, size_t size);

/* The columns that a text takes when drawn, escapes included. */
int glyph_columns(char const *text);

/* The one ASCII character that stands for a character: box lines as + - |, '?' if none does. */
char glyph_ascii(uint32_t glyph);

/* A box character is the set of its arms. */
enum glyph_arm { GLYPH_UP = 1, GLYPH_DOWN = 2, GLYPH_LEFT = 4, GLYPH_RIGHT = 8 };
uint32_t glyph_line(unsigned arms);       /* the character with these arms */
unsigned glyph_line_bits(uint32_t glyph); /* its arms; 0 when it is no box character */

#endif

/*
 * canvas_text.c - a canvas as text, plain or with ANSI colours
 *
 * Trailing blanks are left out, so that golden frames stay readable in diffs. What a style looks
 * like is decided here, once: screens and ANSI text ask the same table.
 */
#include "canvas.h"

#include "glyph.h"

#include <stdio.h>
#include <stdlib.h>

struct look canvas_look(enum style style)
{
    enum { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN };
    static struct look const looks[STYLE_COUNT] = {
        [STYLE_PLAIN] = { .ink = -1, .basic = -1, .paper = -1 },
        [STYLE_FAINT] = { .ink = -1, .basic = -1, .paper = -1, .faint = true },
        [STYLE_STRONG] = { .ink = -1, .basic = -1, .paper = -1, .bold = true },
        [STYLE_FRAME] = { .ink = -1, .basic = -1, .paper = -1, .faint = true },
        [STYLE_TITLE] = { .ink = CYAN, .basic = -1, .paper = -1 },
        [STYLE_FOCUS] = { .ink = CYAN, .basic = -1, .paper = -1, .bold = true, .reverse = true },
        [STYLE_NOW] = { .ink = -1, .basic = -1, .paper = -1, .bold = true, .reverse = true },
        [STYLE_RUNNING] = { .ink = GREEN, .basic = -1, .paper = -1, .bold = true },
        [STYLE_READY] = { .ink = YELLOW, .basic = MAGENTA, .paper = -1 },
        [STYLE_WAITING] = { .ink = CYAN, .basic = -1, .paper = -1 },
        [STYLE_DONE] = { .ink = -1, .basic = -1, .paper = -1, .faint = true },
        [STYLE_WARN] = { .ink = YELLOW, .basic = RED, .paper = -1, .bold = true },
        [STYLE_BAD] = { .ink = RED, .basic = RED, .paper = -1, .bold = true },
        [STYLE_NOTE] = { .ink = MAGENTA, .basic = MAGENTA, .paper = -1 },
        [STYLE_KEY] = { .ink = -1, .basic = -1, .paper = -1, .bold = true },
        [STYLE_LIVE] = { .ink = GREEN, .basic = -1, .paper = -1, .bold = true, .reverse = true },
        [STYLE_MARK] = { .ink = -1, .basic = -1, .paper = -1, .bold = true, .underline = true },
    };

    return style < STYLE_COUNT ? looks[style] : looks[STYLE_PLAIN];
}

/* Half way between black and white, so that each stands out from both. */
int canvas_shade(int hue)
{
    static short const shades[8] = { 16, 196, 28, 130, 27, 163, 30, 231 };

    return shades[hue & 7];
}

/* A cell's characters; a wide one becomes "??" in ASCII, so that the row keeps its width. */
static size_t cell_bytes(struct cell const *cell, enum canvas_charset charset, char *bytes)
{
    size_t size = 0;

    if (charset == CANVAS_ASCII) {
        bytes[0] = cell->glyph ? glyph_ascii(cell->glyph) : '?';
        return 1;
    }
    if (cell->glyph == 0)
        return 0;
    size = text_encode(cell->glyph, bytes);
    for (int i = 0; i < 2 && cell->mark[i]; i++)
        size += text_encode(cell->mark[i], bytes + size);
    return size;
}

static size_t sgr(enum style style, char *bytes, size_t size)
{
    struct look look = canvas_look(style);
    int used =
        snprintf(bytes, size, "\033[0%s%s%s%s", look.bold ? ";1" : "", look.faint ? ";2" : "",
                 look.underline ? ";4" : "", look.reverse ? ";7" : "");

    if (look.ink >= 0)
        used += snprintf(bytes + used, size - (size_t)used, ";38;5;%d", canvas_shade(look.ink));
    if (look.paper >= 0)
        used += snprintf(bytes + used, size - (size_t)used, ";48;5;%d", canvas_shade(look.paper));
    used += snprintf(bytes + used, size - (size_t)used, "m");
    return (size_t)used;
}

static bool is_blank(struct cell const *cell, bool styled)
{
    if (cell->glyph != ' ' || cell->mark[0])
        return false;
    return !styled || !(canvas_look(cell->style).reverse || canvas_look(cell->style).underline);
}

static size_t row_bytes(struct canvas const *canvas, int row, enum canvas_charset charset,
                        bool styled, char *out)
{
    enum style style = STYLE_PLAIN;
    int last = canvas_cols(canvas);
    size_t size = 0;

    while (last > 0 && is_blank(canvas_cell(canvas, row, last - 1), styled))
        last--;
    for (int col = 0; col < last; col++) {
        struct cell const *cell = canvas_cell(canvas, row, col);

        if (styled && cell->style != style) {
            style = cell->style;
            size += sgr(style, out + size, 32);
        }
        size += cell_bytes(cell, charset, out + size);
    }
    if (style != STYLE_PLAIN)
        size += sgr(STYLE_PLAIN, out + size, 32);
    out[size++] = '\n';
    return size;
}

static char *dump(struct canvas const *canvas, enum canvas_charset charset, bool styled)
{
    /* A cell is at most 12 bytes (three characters of four) and a style of 32. */
    size_t row_max = (size_t)canvas_cols(canvas) * (styled ? 44u : 12u) + 64, size = 0;
    char *text = malloc(row_max * (size_t)canvas_rows(canvas) + 1);

    if (!text)
        return NULL;
    for (int row = 0; row < canvas_rows(canvas); row++)
        size += row_bytes(canvas, row, charset, styled, text + size);
    text[size] = '\0';
    return text;
}

char *canvas_text(struct canvas const *canvas, enum canvas_charset charset)
{
    return dump(canvas, charset, false);
}

char *canvas_ansi(struct canvas const *canvas, enum canvas_charset charset)
{
    return dump(canvas, charset, true);
}

/*
 * canvas.c - a grid of cells, and the one gate through which all drawing goes
 *
 * Everything ends in put(): it is the only function that writes a cell, so it is the only place
 * where the two promises of canvas.h have to be kept. A wide character takes two cells, the second
 * with glyph 0; overwriting one half blanks the other, so that a row always adds up to its width.
 *
 *     cells   a   ､    (0)  b          a wide character and its right half
 *     column  0   1    2    3
 *
 * Joining lines: a box character is four bits (up, down, left, right). Drawing a line over another
 * ors the bits, and out comes the tee or the cross.
 */
#include "canvas.h"

#include "glyph.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CANVAS_MAX = 1000 };

static uint32_t const ellipsis = 0x2026;

struct canvas {
    int rows, cols;
    struct cell *cells;
};

/* ---- the canvas ---------------------------------------------------------------------------- */

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

struct canvas *canvas_create(int rows, int cols)
{
    struct canvas *canvas = malloc(sizeof(*canvas));

    if (!canvas)
        return NULL;
    canvas->rows = clamp(rows, 1, CANVAS_MAX);
    canvas->cols = clamp(cols, 1, CANVAS_MAX);
    canvas->cells = malloc((size_t)canvas->rows * (size_t)canvas->cols * sizeof(struct cell));
    if (!canvas->cells) {
        free(canvas);
        errno = ENOMEM;
        return NULL;
    }
    canvas_clear(canvas);
    return canvas;
}

void canvas_destroy(struct canvas *canvas)
{
    if (!canvas)
        return;
    free(canvas->cells);
    free(canvas);
}

int canvas_rows(struct canvas const *canvas)
{
    return canvas->rows;
}

int canvas_cols(struct canvas const *canvas)
{
    return canvas->cols;
}

void canvas_clear(struct canvas *canvas)
{
    for (int i = 0; i < canvas->rows * canvas->cols; i++)
        canvas->cells[i] = (struct cell){ .glyph = ' ', .style = STYLE_PLAIN };
}

static struct cell *at(struct canvas const *canvas, int row, int col)
{
    return &canvas->cells[(size_t)row * (size_t)canvas->cols + (size_t)col];
}

struct cell const *canvas_cell(struct canvas const *canvas, int row, int col)
{
    return at(canvas, row, col);
}

void canvas_put(struct canvas *canvas, int row, int col, struct canvas const *part)
{
    int rows = part->rows < canvas->rows - row ? part->rows : canvas->rows - row;
    int cols = part->cols < canvas->cols - col ? part->cols : canvas->cols - col;

    for (int i = 0; i < rows && cols > 0; i++)
        memcpy(at(canvas, row + i, col), at(part, i, 0), (size_t)cols * sizeof(struct cell));
}

/* A wide character that loses one half loses the other one, too. */
static void break_wide(struct canvas *canvas, int row, int col)
{
    struct cell *cell = at(canvas, row, col);

    if (cell->glyph == 0 && col > 0)
        at(canvas, row, col - 1)->glyph = ' ';
    if (col + 1 < canvas->cols && at(canvas, row, col + 1)->glyph == 0)
        at(canvas, row, col + 1)->glyph = ' ';
}

/* The gate: row and col count in the box. What is not safe to show becomes U+FFFD here, whoever asks. */
static void put(struct box box, int row, int col, enum style style, uint32_t glyph)
{
    int width;

    if (!text_is_safe(glyph))
        glyph = 0xfffd;
    width = text_width(glyph);
    if (row < 0 || row >= box.rows || col < 0 || col + width > box.cols || width < 1)
        return;
    row += box.row;
    col += box.col;
    for (int i = 0; i < width; i++) {
        break_wide(box.canvas, row, col + i);
        *at(box.canvas, row, col + i) =
            (struct cell){ .glyph = i ? 0 : glyph, .style = (unsigned char)style };
    }
}

/* A combining mark joins the character before `col`; more than two on one are dropped. */
static void put_mark(struct box box, int row, int col, uint32_t glyph)
{
    struct cell *cell;

    if (row < 0 || row >= box.rows || col < 1 || col > box.cols)
        return;
    cell = at(box.canvas, box.row + row, box.col + col - 1);
    if (cell->glyph == 0 && col > 1)
        cell--;
    for (int i = 0; i < 2; i++) {
        if (cell->mark[i])
            continue;
        cell->mark[i] = glyph;
        return;
    }
}

/* ---- text in boxes ------------------------------------------------------------------------- */

struct box box_of(struct canvas *canvas)
{
    return (struct box){ canvas, 0, 0, canvas->rows, canvas->cols };
}

struct box box_within(struct box box, int row, int col, int rows, int cols)
{
    int top = clamp(row, 0, box.rows), left = clamp(col, 0, box.cols);
    int bottom = clamp(row + rows, top, box.rows), right = clamp(col + cols, left, box.cols);

    return (struct box){ box.canvas, box.row + top, box.col + left, bottom - top, right - left };
}

/* Draws text between col and end; answers the column after what was drawn, or would have been. */
static int draw(struct box box, int row, int col, int end, enum style style, struct slice text)
{
    while (text.len > 0 && col <= end) {
        char shown[TEXT_SHOWN];
        int width;
        size_t used = text_show(text.at, text.len, shown, &width);

        for (char const *at = shown; *at;) {
            uint32_t glyph;

            at += text_decode(at, strlen(at), &glyph);
            if (text_width(glyph) == 0)
                put_mark(box, row, col, glyph);
            else if (col + text_width(glyph) <= end)
                put(box, row, col, style, glyph);
            col += text_width(glyph);
        }
        text.at += used;
        text.len -= used;
    }
    return col;
}

int box_slice(struct box box, int row, int col, int cols, enum style style, struct slice text)
{
    int end = clamp(col + cols, 0, box.cols);

    if (row < 0 || row >= box.rows || col >= end)
        return col;
    col = draw(box, row, col, end, style, text);
    if (col <= end)
        return col;
    put(box, row, end - 1, style, ellipsis);
    return end;
}

int box_field(struct box box, int row, int col, int cols, enum style style, char const *text)
{
    return box_slice(box, row, col, cols, style, slice_of(text));
}

int box_text(struct box box, int row, int col, enum style style, char const *text)
{
    return box_field(box, row, col, box.cols - col, style, text);
}

int box_printf(struct box box, int row, int col, enum style style, char const *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return box_text(box, row, col, style, text);
}

int box_right(struct box box, int row, enum style style, char const *text)
{
    int col = clamp(box.cols - (int)text_columns(slice_of(text)), 0, box.cols);

    box_text(box, row, col, style, text);
    return col;
}

/* Is the word at `at` a unit that belongs to the number before the blank before it? "1 s", "64 KiB" */
static bool is_unit_of_number(struct slice text, size_t at)
{
    static char const *const units[] = {
        "s", "ms", "us", "ns", "min", "h", "B", "KiB", "MiB", "%"
    };
    size_t len = 0;

    if (at < 2 || text.at[at - 2] < '0' || text.at[at - 2] > '9')
        return false;
    while (at + len < text.len && !strchr(" .,;:)", text.at[at + len]))
        len++;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (len == strlen(units[i]) && memcmp(text.at + at, units[i], len) == 0)
            return true;
    return false;
}

/* The words that fit `cols` columns; what is left of the text is left in *text. */
static struct slice next_line(struct slice *text, int cols)
{
    struct slice line = { text->at, 0 };
    size_t used = 0, blank = 0;
    int columns = 0;

    while (used < text->len) {
        char shown[TEXT_SHOWN];
        int width;
        size_t bytes = text_show(text->at + used, text->len - used, shown, &width);

        if (text->at[used] == ' ' && !is_unit_of_number(*text, used + 1))
            blank = used;
        if (columns + width > cols && used > 0)
            break;
        columns += width;
        used += bytes;
    }
    line.len = used < text->len && blank > 0 ? blank : used;
    text->at += line.len;
    text->len -= line.len;
    while (text->len > 0 && *text->at == ' ') {
        text->at++;
        text->len--;
    }
    return line;
}

int box_wrap_rows(struct slice text, int cols)
{
    int rows = 0;

    while (text.len > 0 && cols > 0) {
        next_line(&text, cols);
        rows++;
    }
    return rows;
}

int box_wrap(struct box box, int row, int col, enum style style, struct slice text)
{
    int first = row;

    for (; text.len > 0 && row < box.rows && col < box.cols; row++) {
        struct slice line = next_line(&text, box.cols - col);
        int end = draw(box, row, col, box.cols, style, line);

        if (text.len > 0 && row == box.rows - 1)
            put(box, row, clamp(end, 0, box.cols - 1), style, ellipsis);
    }
    return row - first;
}

void box_glyph(struct box box, int row, int col, enum style style, uint32_t glyph)
{
    put(box, row, col, style, glyph);
}

void box_fill(struct box box, int row, int col, int cols, enum style style, uint32_t glyph)
{
    for (int i = 0; i < cols; i++)
        put(box, row, col + i, style, glyph);
}

void box_style(struct box box, int row, int col, int cols, enum style style)
{
    if (row < 0 || row >= box.rows)
        return;
    for (int i = clamp(col, 0, box.cols); i < clamp(col + cols, 0, box.cols); i++)
        at(box.canvas, box.row + row, box.col + i)->style = (unsigned char)style;
}

void box_gauge(struct box box, int row, int col, int cols, double share, enum style style)
{
    int full = share > 0 ? share < 1 ? (int)(share * cols + 0.5) : cols : 0;

    for (int i = 0; i < cols; i++)
        put(box, row, col + i, i < full ? style : STYLE_FAINT, i < full ? 0x2593 : 0x2591);
}

/* ---- lines --------------------------------------------------------------------------------- */

static void join(struct box box, int row, int col, unsigned bits)
{
    if (row < 0 || row >= box.rows || col < 0 || col >= box.cols)
        return;
    bits |= glyph_arms(at(box.canvas, box.row + row, box.col + col)->glyph);
    put(box, row, col, STYLE_FRAME, glyph_line(bits));
}

void box_line_across(struct box box, int row, int col, int cols)
{
    for (int i = 0; i < cols; i++)
        join(box, row, col + i,
             (i ? (unsigned)GLYPH_LEFT : 0u) | (i < cols - 1 ? (unsigned)GLYPH_RIGHT : 0u));
}

void box_line_down(struct box box, int row, int col, int rows)
{
    for (int i = 0; i < rows; i++)
        join(box, row + i, col,
             (i ? (unsigned)GLYPH_UP : 0u) | (i < rows - 1 ? (unsigned)GLYPH_DOWN : 0u));
}

void box_frame(struct box box, char const *title, enum style title_style)
{
    box_line_across(box, 0, 0, box.cols);
    box_line_across(box, box.rows - 1, 0, box.cols);
    box_line_down(box, 0, 0, box.rows);
    box_line_down(box, 0, box.cols - 1, box.rows);
    if (title)
        box_title(box, title, title_style);
}

void box_title(struct box box, char const *title, enum style style)
{
    char text[256];

    if (!*title || box.cols < 8)
        return;
    snprintf(text, sizeof(text), " %s ", title);
    box_field(box, 0, 1, box.cols - 2, style, text);
}

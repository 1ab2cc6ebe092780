/*
 * picture.c - a canvas as SVG and as HTML
 *
 * Cells of one style that stand side by side are one run of text. In the SVG each run is told how
 * wide it has to be (textLength), so that columns meet whatever font is at hand.
 */
#include "picture.h"

#include "glyph.h"

enum { CELL_W = 8, CELL_H = 17, BASELINE = 13, MARGIN = 8 };

static char const paper[] = "#16181d", ink[] = "#d6dae2";
/* The eight colours of a terminal, light enough for a dark page: contrast 4.5 and more. */
static char const *const colours[8] = { "#6b7280", "#ff7b72", "#7ee787", "#e3b341",
                                        "#79b8ff", "#d2a8ff", "#76e3ea", "#f0f3f6" };

static void put_escaped(FILE *out, char const *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        switch (bytes[i]) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: putc(bytes[i], out); break;
        }
    }
}

static void put_cell(struct cell const *cell, enum canvas_charset charset, FILE *out)
{
    char bytes[4];

    if (charset == CANVAS_ASCII) {
        bytes[0] = cell->glyph ? glyph_ascii(cell->glyph) : '?';
        put_escaped(out, bytes, 1);
        return;
    }
    if (cell->glyph == 0)
        return;
    put_escaped(out, bytes, text_encode(cell->glyph, bytes));
    for (int i = 0; i < 2 && cell->mark[i]; i++)
        put_escaped(out, bytes, text_encode(cell->mark[i], bytes));
}

/* Where the run of one style ends that begins at `col`. */
static int run_end(struct canvas const *canvas, int row, int col)
{
    unsigned char style = canvas_cell(canvas, row, col)->style;

    while (col < canvas_cols(canvas) && canvas_cell(canvas, row, col)->style == style)
        col++;
    return col;
}

static bool is_blank(struct canvas const *canvas, int row, int from, int to)
{
    for (int col = from; col < to; col++)
        if (canvas_cell(canvas, row, col)->glyph != ' ')
            return false;
    return true;
}

static char const *front_of(struct look look)
{
    char const *front = look.ink >= 0 ? colours[look.ink] : ink;

    return look.reverse ? (look.paper >= 0 ? colours[look.paper] : paper) : front;
}

/* NULL: the page's own. */
static char const *back_of(struct look look)
{
    if (look.reverse)
        return look.ink >= 0 ? colours[look.ink] : ink;
    return look.paper >= 0 ? colours[look.paper] : NULL;
}

/* ---- SVG ----------------------------------------------------------------------------------- */

static void svg_run(struct canvas const *canvas, int row, int from, int to,
                    enum canvas_charset charset, FILE *out)
{
    struct look look = canvas_look(canvas_cell(canvas, row, from)->style);
    int x = MARGIN + from * CELL_W, y = MARGIN + row * CELL_H, width = (to - from) * CELL_W;

    if (back_of(look))
        fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", x, y,
                width, CELL_H, back_of(look));
    if (is_blank(canvas, row, from, to))
        return;
    fprintf(out,
            "<text x=\"%d\" y=\"%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\" "
            "fill=\"%s\"%s%s%s>",
            x, y + BASELINE, width, front_of(look), look.bold ? " font-weight=\"bold\"" : "",
            look.faint ? " opacity=\"0.65\"" : "",
            look.underline ? " text-decoration=\"underline\"" : "");
    for (int col = from; col < to; col++)
        put_cell(canvas_cell(canvas, row, col), charset, out);
    fputs("</text>\n", out);
}

static void svg(struct canvas const *canvas, enum canvas_charset charset, FILE *out)
{
    int width = canvas_cols(canvas) * CELL_W + 2 * MARGIN;
    int height = canvas_rows(canvas) * CELL_H + 2 * MARGIN;

    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\">\n"
            "<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\"/>\n"
            "<g xml:space=\"preserve\" font-size=\"13.3\" font-family=\"ui-monospace, 'DejaVu Sans "
            "Mono', Menlo, Consolas, monospace\">\n",
            width, height, width, height, width, height, paper);
    for (int row = 0; row < canvas_rows(canvas); row++)
        for (int col = 0, next; col < canvas_cols(canvas); col = next) {
            next = run_end(canvas, row, col);
            svg_run(canvas, row, col, next, charset, out);
        }
    fputs("</g>\n</svg>\n", out);
}

/* ---- HTML ---------------------------------------------------------------------------------- */

static void html_run(struct canvas const *canvas, int row, int from, int to,
                     enum canvas_charset charset, FILE *out)
{
    enum style style = canvas_cell(canvas, row, from)->style;
    struct look look = canvas_look(style);

    if (style != STYLE_PLAIN) {
        fprintf(out, "<span style=\"color:%s", front_of(look));
        if (back_of(look))
            fprintf(out, ";background:%s", back_of(look));
        fprintf(out, "%s%s%s\">", look.bold ? ";font-weight:bold" : "",
                look.faint ? ";opacity:.65" : "",
                look.underline ? ";text-decoration:underline" : "");
    }
    for (int col = from; col < to; col++)
        put_cell(canvas_cell(canvas, row, col), charset, out);
    if (style != STYLE_PLAIN)
        fputs("</span>", out);
}

static void html(struct canvas const *canvas, enum canvas_charset charset, FILE *out)
{
    fprintf(out,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<title>loopscope</title></head>\n<body style=\"background:%s\">\n"
            "<pre style=\"color:%s;background:%s;padding:8px;font:14px/1.25 ui-monospace,"
            "'DejaVu Sans Mono',Menlo,Consolas,monospace\">\n",
            paper, ink, paper);
    for (int row = 0; row < canvas_rows(canvas); row++) {
        for (int col = 0, next; col < canvas_cols(canvas); col = next) {
            next = run_end(canvas, row, col);
            html_run(canvas, row, col, next, charset, out);
        }
        putc('\n', out);
    }
    fputs("</pre></body></html>\n", out);
}

void picture_print(struct canvas const *canvas, enum picture_kind kind, enum canvas_charset charset,
                   FILE *out)
{
    if (kind == PICTURE_SVG)
        svg(canvas, charset, out);
    else
        html(canvas, charset, out);
}

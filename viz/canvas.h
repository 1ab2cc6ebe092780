/*
 * canvas.h - a grid of character cells that the panes draw on
 *
 * Panes know no terminal: they draw on a canvas, and a canvas becomes a screen (screen.c), text
 * (`loopscope frame`, golden tests) or text with ANSI colours (`frame --color`). That is why a whole
 * screen can be compared as a string.
 *
 *     struct canvas *canvas = canvas_create(24, 80);
 *     struct box box = box_of(canvas);
 *     box_frame(box, "tasks", STYLE_FRAME);
 *     struct box inside = box_within(box, 1, 1, box.rows - 2, box.cols - 2);
 *     box_printf(inside, 0, 0, STYLE_RUNNING, "%s runs", name);
 *     char *text = canvas_text(canvas, CANVAS_UTF8);
 *     ...
 *     free(text);
 *     canvas_destroy(canvas);
 *
 * Two promises hold whatever a pane does, because every cell is written by one function:
 *  - nothing is drawn outside the box that a pane was given; what is too long ends in an ellipsis;
 *  - nothing that a program controls reaches a terminal as control: control characters, broken
 *    UTF-8, and invisible characters that reorder text are drawn as visible escapes.
 *
 * A canvas belongs to one thread. Functions that can fail say so; drawing can't.
 */
#ifndef VIZ_CANVAS_H
#define VIZ_CANVAS_H

#include "text.h"

/*
 * What a cell means. What it looks like is canvas_look()'s, the same for screens and ANSI text.
 * Colour never carries meaning alone: panes put a word or a sign beside it.
 */
enum style {
    STYLE_PLAIN,
    STYLE_FAINT,   /* there if you look for it */
    STYLE_STRONG,  /* a name, a number that matters */
    STYLE_FRAME,   /* lines between panes */
    STYLE_TITLE,   /* a pane's name */
    STYLE_FOCUS,   /* frame title of the pane that has the keys */
    STYLE_NOW,     /* the one thing that happens now */
    STYLE_RUNNING, /* states of tasks and handles */
    STYLE_READY,
    STYLE_WAITING,
    STYLE_DONE,
    STYLE_WARN, /* something to mend */
    STYLE_BAD,  /* something that failed */
    STYLE_NOTE, /* the lesson speaks */
    STYLE_KEY,  /* a key that can be pressed */
    STYLE_LIVE, /* the picture is happening now */
    STYLE_MARK, /* the selected row */
    STYLE_COUNT
};

/*
 * A look: hues 0 to 7 as ANSI numbers them, or -1 for the terminal's own. A screen is black or white, and
 * nobody tells which: canvas_shade() has a shade of each hue that can be read on both. Where there are
 * no more than eight colours most of them can't: `basic` is what such a terminal draws in place of `ink`.
 */
struct look {
    signed char ink, basic, paper;
    bool bold, faint, reverse, underline;
};

/* One cell: a character and up to two combining marks on it, or the right half of a wide one. */
struct cell {
    uint32_t glyph; /* 0: the right half of the wide character before it */
    uint32_t mark[2];
    unsigned char style; /* enum style */
};

enum canvas_charset { CANVAS_UTF8, CANVAS_ASCII };

struct canvas;

/* A rectangle of a canvas: where a pane draws. Borrowed from the canvas; passed by value. Rows and
 * columns given to the drawing functions count from the box's own upper left corner. */
struct box {
    struct canvas *canvas;
    int row, col, rows, cols;
};

/* Owned. Sizes below 1 are taken as 1, above 1000 as 1000. NULL with errno ENOMEM. */
struct canvas *canvas_create(int rows, int cols);
void canvas_destroy(struct canvas *canvas); /* NULL is fine */
int canvas_rows(struct canvas const *canvas);
int canvas_cols(struct canvas const *canvas);
void canvas_clear(struct canvas *canvas);
/* Draws another canvas on this one: its upper left corner at row, col; what has no room is left out. */
void canvas_put(struct canvas *canvas, int row, int col, struct canvas const *part);
/* The cell at row, col; borrowed until the next drawing. Both must be inside. */
struct cell const *canvas_cell(struct canvas const *canvas, int row, int col);

/* The canvas as text: exactly canvas_rows() lines, each LF-ended, without trailing blanks.
 * Owned, to be freed; NULL with errno ENOMEM. */
char *canvas_text(struct canvas const *canvas, enum canvas_charset charset);
/* The same with ANSI colours and attributes; each line ends in its plain look. */
char *canvas_ansi(struct canvas const *canvas, enum canvas_charset charset);

/* The look of a style on a colour terminal; without colours ink and paper are to be ignored. */
struct look canvas_look(enum style style);
/* The number, of 256 colours, that a hue has. */
int canvas_shade(int hue);
struct box box_of(struct canvas *canvas);
/* A box inside another one, cut to it; may come out empty (rows or cols 0), which draws nothing. */
struct box box_within(struct box box, int row, int col, int rows, int cols);

/* Each of these answers the column after what was drawn. Too long: cut with an ellipsis. */
int box_text(struct box box, int row, int col, enum style style, char const *text);
int box_printf(struct box box, int row, int col, enum style style, char const *format, ...)
    __attribute__((format(printf, 5, 6)));
/* At most `cols` columns, cut with an ellipsis within them. */
int box_field(struct box box, int row, int col, int cols, enum style style, char const *text);
int box_slice(struct box box, int row, int col, int cols, enum style style, struct slice text);
/* Ends at the box's right edge; answers the column where it begins. */
int box_right(struct box box, int row, enum style style, char const *text);
/* Fills with words, broken at blanks (but not between a number and its unit), from `row` on; answers the rows taken. The last row that fits
 * is cut with an ellipsis. */
int box_wrap(struct box box, int row, int col, enum style style, struct slice text);
/* Rows that box_wrap would like for a width. */
int box_wrap_rows(struct slice text, int cols);

void box_glyph(struct box box, int row, int col, enum style style, uint32_t glyph);
void box_fill(struct box box, int row, int col, int cols, enum style style, uint32_t glyph);
/* Changes how cells look, not what they say. */
void box_style(struct box box, int row, int col, int cols, enum style style);
/* A gauge of `cols` columns, `share` (0 to 1) of it full. */
void box_gauge(struct box box, int row, int col, int cols, double share, enum style style);

/* Lines between panes. Lines that meet join: a frame drawn over another becomes a tee or a cross. */
void box_line_across(struct box box, int row, int col, int cols);
void box_line_down(struct box box, int row, int col, int rows);
void box_frame(struct box box, char const *title, enum style title_style); /* title may be NULL */
/* A title in the upper line of a frame. */
void box_title(struct box box, char const *title, enum style style);

#endif

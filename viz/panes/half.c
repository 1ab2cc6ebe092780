/*
 * half.c - one of two traces that are compared: which file it is, where we are, what happened
 *
 *     ▸ before.jsonl   paused     t 1.000 s   turn 9   event 71/230
 *
 * The arrow stands where the keys go. The sentence is never cut: it is what is compared.
 */
#include "pane.h"

#include <inttypes.h>
#include <string.h>

enum { LEAST_ROWS = 2, NARROW_ROWS = 3, MOST_ROWS = 8, NARROW = 76 };

static void say_where(struct say *say, struct scene const *scene, bool briefly)
{
    say_f(say, "t %.3f s  turn %" PRIu64 "  %s%" PRIu64 "/%" PRIu64, (double)scene->now_ns / 1e9,
          scene->model->turn, briefly ? "" : "event ", scene->moment->n, scene->moment->n_last);
}

static void draw_more(struct box box, int col, struct scene const *scene)
{
    struct view const *view = scene->view;
    uint64_t warnings = scene->model->n_warnings;

    if (view->leads && col + 10 < box.cols)
        col = pane_header_filter(box, col, &view->filter);
    if (view->leads && col + 8 < box.cols)
        col = view->playing ? box_printf(box, 0, col + 2, STYLE_STRONG, "\xe2\x96\xb6 %g\xc3\x97",
                                         view->speed)
                            : box_text(box, 0, col + 2, STYLE_STRONG, "paused");
    if (warnings && col + 16 < box.cols)
        box_printf(box, 0, col + 2, STYLE_WARN, "! %" PRIu64 " warning%s", warnings,
                   warnings == 1 ? "" : "s");
}

void pane_half_header(struct box box, struct scene const *scene)
{
    struct view const *view = scene->view;
    enum style style = view->leads ? STYLE_STRONG : STYLE_PLAIN;
    int name_cols = (int)text_columns(slice_of(view->trace)), col, end;
    char where[96];
    struct say say;

    say_init(&say, where, sizeof(where));
    say_where(&say, scene, false);
    if (name_cols + (int)strlen(where) + 4 > box.cols || view->filter.n_terms > 0) {
        say_init(&say, where, sizeof(where));
        say_where(&say, scene, true);
    }
    end = box.cols - 1 - (int)strlen(where);
    if (view->leads)
        box_glyph(box, 0, 0, STYLE_NOW, 0x25b8);
    col = box_field(box, 0, 2, end - 3, style, view->trace);
    box_text(box, 0, end, style, where);
    draw_more(box_within(box, 0, 0, 1, end - 1), col, scene);
}

int pane_half_words_rows(struct scene const *scene, int cols)
{
    int rows = box_wrap_rows(slice_of(scene->moment->sentence), cols);
    int least = cols < NARROW ? NARROW_ROWS : LEAST_ROWS;

    if (least < scene->view->half_words)
        least = scene->view->half_words;
    return rows < least ? least : rows > MOST_ROWS ? MOST_ROWS : rows;
}

void pane_half_words(struct box box, struct scene const *scene)
{
    struct event const *event = scene->moment->event;
    bool warns = event && event->kind >= EV_WARN_SLOW_STEP && event->kind < EV_KINDS;

    box_wrap(box, 0, 0, warns ? STYLE_WARN : STYLE_STRONG, slice_of(scene->moment->sentence));
}

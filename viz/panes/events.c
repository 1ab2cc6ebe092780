/*
 * events.c - the sentences around now, the present one marked
 *
 *         5.000213456  #30  timer 6 fires, on time; it wakes main#1.
 *     ▶   5.000214022  #31  main#1 is ready ...
 *         5.000215310  #32  main#1 runs ...
 *
 * What comes after now stands there too, but for what follows a question that nobody has answered.
 */
#include "../told.h"
#include "pane.h"

#include <inttypes.h>

static enum style style_of(struct told const *told, bool is_now)
{
    if (is_now)
        return STYLE_NOW;
    if (told->kind >= EV_WARN_SLOW_STEP && told->kind < EV_KINDS)
        return STYLE_WARN;
    return told->kind >= EV_NOTE_SAY && told->kind <= EV_NOTE_ANSWERED ? STYLE_NOTE : STYLE_PLAIN;
}

static void draw_told(struct box box, int row, struct told const *told, bool is_now, bool is_past)
{
    enum style style = style_of(told, is_now);
    int col;

    if (is_now) {
        box_fill(box, row, 0, box.cols, style, ' ');
        box_text(box, row, 0, style, "\xe2\x96\xb6");
    }
    col = box_printf(box, row, 2, is_now ? style : STYLE_FAINT, "%12.6f", (double)told->t_ns / 1e9);
    col = box_printf(box, row, col + 1, is_now ? style : STYLE_FAINT, "#%-6" PRIu64, told->n);
    if (!is_past && !is_now && style == STYLE_PLAIN)
        style = STYLE_FAINT;
    box_field(box, row, col + 1, box.cols - col - 1, style, told->text);
}

void pane_events(struct box box, struct scene const *scene)
{
    struct told const *told;
    int scroll = scene->view->scroll[PANE_EVENTS], present, count, row = 0;
    int before = box.rows * 2 / 3 - scroll, after = box.rows + (scroll > 0 ? scroll : 0);
    bool halted = view_question(scene->view, scene->history) != NULL;

    if (box.rows < 1)
        return;
    count = told_around(scene->history, before > 0 ? before : 0, halted ? 0 : after, NULL, NULL,
                        &told, &present);
    if (count <= 0) {
        box_text(box, 0, 1, STYLE_FAINT, "(no event can be told here)");
        return;
    }
    for (int i = before < 0 ? -before : 0; i < count && row < box.rows; i++)
        if (told[i].wanted)
            draw_told(box, row++, &told[i], i == present, i < present);
}

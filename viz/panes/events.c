/*
 * events.c - the sentences around now, the present one marked
 *
 *         5.000213456  #30  timer 6 fires, on time; it wakes main#1.
 *     ▶   5.000214022  #31  main#1 is ready ...
 *         5.000215310  #32  main#1 runs ...
 *
 * With a filter only what it wants stands there, and now; it is looked for some hundred events around.
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

static bool is_wanted(void *context, struct event const *event)
{
    return filter_wants(context, event);
}

/* A number that differs, all but surely, where the filters do. */
static uint64_t number_of(struct filter const *filter)
{
    uint64_t number = 14695981039346656037u;

    for (char const *at = filter->text; *at; at++)
        number = (number ^ (unsigned char)*at) * 1099511628211u;
    return number;
}

/* Where to begin so that the present event stands two thirds down, or where it was scrolled to. */
static int first_row(struct told const *told, int present, int rows, int scroll)
{
    int row = rows * 2 / 3 - scroll, first = present;

    while (first > 0 && row > 0)
        row -= told[--first].wanted;
    return first;
}

void pane_events(struct box box, struct scene const *scene)
{
    struct told const *told;
    struct filter *filter = (struct filter *)&scene->view->filter;
    int scroll = scene->view->scroll[PANE_EVENTS], present, count, row = 0, first;
    bool all = filter->n_terms == 0, halted = view_question(scene->view, scene->history) != NULL;
    int far = all ? box.rows + (scroll > 0 ? scroll : -scroll) : TOLD_MAX / 3;

    if (box.rows < 1)
        return;
    count = told_around(scene->history, far, halted ? 0 : far, all ? NULL : is_wanted, filter,
                        number_of(filter), &told, &present);
    if (count <= 0) {
        box_text(box, 0, 1, STYLE_FAINT, "(no event can be told here)");
        return;
    }
    first = first_row(told, present, box.rows, scroll);
    if (scroll > box.rows * 2 / 3)
        first = present + scroll - box.rows * 2 / 3;
    for (int i = first; i < count && row < box.rows; i++)
        if (told[i].wanted || i == present)
            draw_told(box, row++, &told[i], i == present, i < present);
}

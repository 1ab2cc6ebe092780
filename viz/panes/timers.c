/*
 * timers.c - the timers that are set, the next to fire first, and how far each has come
 *
 *     timer#6  in 0.997 s  ▓▓▓▓▓▓▓▓▓▓░  wakes main#1
 */
#include "pane.h"

enum { GAUGE = 10, MILLISECOND = 1000000 };

static void draw_timer(struct box box, int row, struct timer const *timer, int64_t now_ns,
                       bool is_next)
{
    int64_t left = timer->due_ns - now_ns;
    enum style style = left <= 0 ? STYLE_NOW : is_next ? STYLE_STRONG : STYLE_PLAIN;
    char span[32];
    int col = box_slice(box, row, 1, box.cols - 1, style, str_slice(&timer->id));

    if (left > 0)
        col = box_printf(box, row, col + 2, style, "in %-8s", pane_span(span, sizeof(span), left));
    else if (left > -MILLISECOND)
        col = box_text(box, row, col + 2, style, "due now   ");
    else
        col =
            box_printf(box, row, col + 2, style, "late %-6s", pane_span(span, sizeof(span), -left));
    if (timer->delay_ns > 0 && box.cols >= 44) {
        box_gauge(box, row, col + 1, GAUGE, 1 - (double)left / (double)timer->delay_ns,
                  STYLE_WAITING);
        col += GAUGE + 1;
    }
    if (timer->wakes.len) {
        col = box_text(box, row, col + 2, STYLE_PLAIN, "wakes ");
        box_slice(box, row, col, box.cols - col, STYLE_PLAIN, str_slice(&timer->wakes));
    }
}

void pane_timers(struct box box, struct scene const *scene)
{
    int length = pane_length(PANE_TIMERS, scene), index = 0, row = 0;
    int first = pane_first(PANE_TIMERS, scene, length, box.rows);

    for (struct timer const *timer = scene->model->timers; timer && row < box.rows;
         timer = timer->next[0], index++)
        if (index >= first)
            draw_timer(box, row++, timer, scene->now_ns, index == 0);
    if (length == 0)
        box_text(box, 0, 1, STYLE_FAINT, "(none set)");
    pane_more(box, length - first - box.rows);
}

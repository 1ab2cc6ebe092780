/*
 * timers.c - the timers that are set, the next to fire first, and how far each has come
 *
 *     timer#6  in 0.997 s  ▓▓▓▓▓▓▓▓▓▓░  wakes main#1
 */
#include "pane.h"

enum { GAUGE = 10, DUE_COLS = 12, MILLISECOND = 1000000 };

/* When it is due, for people. */
static void say_due(char *text, size_t size, int64_t left_ns)
{
    char span[32];

    if (left_ns > 0)
        snprintf(text, size, "in %s", pane_span(span, sizeof(span), left_ns));
    else if (left_ns > -MILLISECOND)
        snprintf(text, size, "due now");
    else
        snprintf(text, size, "late %s", pane_span(span, sizeof(span), -left_ns));
}

static void draw_timer(struct box box, int row, struct timer const *timer, int name_cols,
                       int64_t now_ns, bool is_next)
{
    int64_t left = timer->due_ns - now_ns;
    enum style style = left <= 0 ? STYLE_NOW : is_next ? STYLE_STRONG : STYLE_PLAIN;
    char due[64];
    int col = 1 + name_cols + 2;

    say_due(due, sizeof(due), left);
    box_slice(box, row, 1, name_cols, style, str_slice(&timer->id));
    box_field(box, row, col, DUE_COLS, style, due);
    col += DUE_COLS + 1;
    if (box.cols >= 44) {
        if (timer->delay_ns > 0)
            box_gauge(box, row, col, GAUGE, 1 - (double)left / (double)timer->delay_ns,
                      STYLE_WAITING);
        col += GAUGE + 1;
    }
    if (timer->wakes.len) {
        col = box_text(box, row, col, STYLE_PLAIN, "wakes ");
        box_slice(box, row, col, box.cols - col, STYLE_PLAIN, str_slice(&timer->wakes));
    }
}

/* A timer that has just been set stays in sight. */
static int first_shown(struct scene const *scene, int length, int rows)
{
    struct event const *event = scene->moment->event;
    struct slice id = event ? event_text(event, "timer") : (struct slice){ NULL, 0 };
    int first = pane_first(PANE_TIMERS, scene, length, rows), place = 0;

    for (struct timer const *timer = scene->model->timers; timer; timer = timer->next[0], place++)
        if (id.len && str_is(&timer->id, id))
            return pane_keep(first, place, rows);
    return first;
}

void pane_timers(struct box box, struct scene const *scene)
{
    int length = pane_length(PANE_TIMERS, scene), index = 0, row = 0;
    int first = first_shown(scene, length, box.rows), cols = 0;

    for (struct timer const *timer = scene->model->timers; timer && index < first + box.rows;
         timer = timer->next[0], index++)
        if (index >= first && (int)text_columns(str_slice(&timer->id)) > cols)
            cols = (int)text_columns(str_slice(&timer->id));
    index = 0;
    for (struct timer const *timer = scene->model->timers; timer && row < box.rows;
         timer = timer->next[0], index++)
        if (index >= first)
            draw_timer(box, row++, timer, cols, scene->now_ns, index == 0);
    if (length == 0)
        box_text(box, 0, 1, STYLE_FAINT, "(none set)");
    pane_more(box, length - row);
}

/*
 * output.c - what the program has printed, the newest line at the bottom
 *
 *      5.001  Running...
 *      6.002! a line of standard error has a mark
 */
#include "pane.h"

#include <inttypes.h>

static void draw_line(struct box box, int row, struct output const *output, bool is_now)
{
    enum style style = is_now ? STYLE_NOW : output->is_stderr ? STYLE_WARN : STYLE_PLAIN;
    int col = box_printf(box, row, 1, STYLE_FAINT, "%7.3f", (double)output->t_ns / 1e9);

    box_text(box, row, col, STYLE_WARN, output->is_stderr ? "!" : " ");
    col = box_slice(box, row, col + 2, box.cols - col - 2, style, str_slice(&output->text));
    if (output->cut)
        box_printf(box, row, col, STYLE_FAINT, " (%" PRIu64 " byte%s more)", output->cut,
                   output->cut == 1 ? "" : "s");
}

void pane_output(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    int length = pane_length(PANE_OUTPUT, scene);
    int first = length - box.rows + scene->view->scroll[PANE_OUTPUT];
    bool is_now = scene->moment->event && scene->moment->event->kind == EV_OUT_LINE;

    if (first > length - box.rows)
        first = length - box.rows;
    if (first < 0)
        first = 0;
    for (int row = 0; row < box.rows && first + row < length; row++)
        draw_line(box, row, &model->outputs[ring_at(&model->outputs_ring, (size_t)(first + row))],
                  is_now && first + row == length - 1);
    if (length == 0)
        box_text(box, 0, 1, STYLE_FAINT,
                 model->from_start ? "(nothing printed yet)" : "(nothing printed lately)");
}

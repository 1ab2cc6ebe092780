/*
 * ready.c - the ready queue, first to run first, under the handle that runs now
 */
#include "pane.h"

static void draw_handle(struct box box, int row, struct task const *task, char const *mark,
                        enum style style)
{
    int col = box_text(box, row, 1, style, mark);

    col = box_slice(box, row, col + 1, box.cols - col - 1, style, str_slice(&task->id));
    if (task->is_call && task->fn.len) {
        col = box_text(box, row, col + 1, STYLE_PLAIN, "");
        col = box_slice(box, row, col, box.cols - col, STYLE_PLAIN, str_slice(&task->fn));
        col = box_text(box, row, col, STYLE_PLAIN, "()");
    }
    if (task->state == TASK_RUNNING) {
        box_text(box, row, col + 2, style, "runs");
        return;
    }
    col = box_slice(box, row, col + 2, box.cols - col - 2, STYLE_FAINT, str_slice(&task->why));
    if (task->by.len) {
        col = box_text(box, row, col, STYLE_FAINT, ", by ");
        box_slice(box, row, col, box.cols - col, STYLE_FAINT, str_slice(&task->by));
    }
}

void pane_ready(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    int length = pane_length(PANE_READY, scene);
    int first = pane_first(PANE_READY, scene, length, box.rows), index = 0, row = 0;

    if (model->running && index++ >= first)
        draw_handle(box, row++, model->running, "\xe2\x96\xb6", STYLE_RUNNING);
    for (struct task const *task = model->ready; task && row < box.rows; task = task->next_ready) {
        if (index++ < first)
            continue;
        draw_handle(box, row++, task, index == (model->running ? 2 : 1) ? "\xe2\x96\xb8" : " ",
                    STYLE_READY);
    }
    if (length == 0)
        box_text(box, 0, 1, STYLE_FAINT, "(empty)");
    pane_more(box, length - row);
}

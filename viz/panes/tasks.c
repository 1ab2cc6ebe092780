/*
 * tasks.c - every task: what it does, what it waits for, where it stands
 *
 *       #  name      state    waits for             at     steps
 *     ▸ 1  main      waiting  timer#6, 0.997 s      :17        7
 *
 * Plain callbacks that the loop knows of stand below the tasks: to the loop both are handles.
 */
#include "pane.h"

#include <inttypes.h>

/* Columns, laid out for a width: the name and "waits for" share what the others leave. */
struct columns {
    int name, state, waits, at, steps;
};

static struct columns lay_out(int cols)
{
    struct columns at;
    int name = cols >= 64 ? 16 : cols >= 48 ? 10 : 6;

    at.name = 5;
    at.state = at.name + name + 1;
    at.waits = at.state + 8;
    at.steps = cols >= 36 ? cols - 5 : cols;
    at.at = cols >= 48 ? at.steps - 6 : at.steps;
    return at;
}

static void draw_heading(struct box box, struct columns const *at)
{
    box_text(box, 0, 3, STYLE_FAINT, "#");
    box_field(box, 0, at->name, at->state - at->name, STYLE_FAINT, "name");
    box_field(box, 0, at->state, at->waits - at->state, STYLE_FAINT, "state");
    box_field(box, 0, at->waits, at->at - at->waits, STYLE_FAINT, "waits for");
    if (at->at < at->steps)
        box_field(box, 0, at->at, at->steps - at->at, STYLE_FAINT, "at");
    if (at->steps < box.cols)
        box_text(box, 0, at->steps, STYLE_FAINT, "steps");
}

static void say_waits(struct say *say, struct task const *task, int64_t now_ns)
{
    if (task->state == TASK_RUNNING) {
        say_add(say, "\xe2\x80\x93");
        return;
    }
    if (task->state == TASK_READY) {
        say_clean(say, str_slice(&task->why), 12);
        if (task->by.len) {
            say_add(say, " by ");
            say_clean(say, str_slice(&task->by), 20);
        }
        return;
    }
    if (task->what.len)
        say_clean(say, str_slice(&task->what), 24);
    else if (task->on.len)
        say_clean(say, str_slice(&task->on), 24);
    else
        say_add(say, task->is_call ? "its timer" : "\xe2\x80\x93");
    if (task->on.len && task->what.len &&
        !slice_begins(str_slice(&task->what), str_text(&task->on))) {
        say_add(say, " (");
        say_clean(say, str_slice(&task->on), 12);
        say_add(say, ")");
    }
    if (task->due_ns >= 0) {
        say_add(say, ", ");
        say_span(say, task->due_ns > now_ns ? task->due_ns - now_ns : 0);
    }
}

static void draw_task(struct box box, int row, struct task const *task, struct columns const *at,
                      struct scene const *scene)
{
    bool selected = scene->view->task && scene->view->task == task->number;
    enum style style = pane_state_style(task->state);
    enum style name_style = selected ? STYLE_MARK : task->is_call ? STYLE_PLAIN : STYLE_STRONG;
    struct slice name =
        task->is_call && task->fn.len ? str_slice(&task->fn) : id_name(str_slice(&task->id));
    uint64_t line = pane_task_line(scene, task);
    char waits[128];
    struct say say;

    say_init(&say, waits, sizeof(waits));
    say_waits(&say, task, scene->now_ns);
    if (task->state == TASK_RUNNING || selected)
        box_glyph(box, row, 0, selected ? STYLE_MARK : style, selected ? 0x25b8 : 0x25b6);
    box_printf(box, row, 1, name_style, "%3" PRIu64, task->number);
    box_slice(box, row, at->name, at->state - at->name - 1, name_style, name);
    box_field(box, row, at->state, at->waits - at->state - 1, style, task_state_name(task->state));
    box_field(box, row, at->waits, at->at - at->waits - (at->at < box.cols), STYLE_PLAIN, waits);
    if (at->at < at->steps && line > 0) {
        box_printf(box, row, at->at, STYLE_PLAIN, ":%" PRIu64, line);
        box_fill(box, row, at->steps - 1, box.cols, STYLE_PLAIN, ' ');
    }
    if (at->steps < box.cols)
        box_printf(box, row, at->steps, STYLE_PLAIN, "%5" PRIu64, task->steps);
}

/* The selected task stays in sight. */
static int first_shown(struct scene const *scene, int length, int rows)
{
    int first = pane_first(PANE_TASKS, scene, length, rows), index = 0;

    if (!scene->view->task)
        return first;
    for (struct task const *task = scene->model->tasks; task; task = task->next, index++) {
        if (task->number != scene->view->task)
            continue;
        if (index < first)
            return index;
        return index >= first + rows ? index - rows + 1 : first;
    }
    return first;
}

void pane_tasks(struct box box, struct scene const *scene)
{
    struct columns at = lay_out(box.cols);
    int length = pane_length(PANE_TASKS, scene), rows = box.rows - 1, index = 0, row = 1;
    int first = first_shown(scene, length, rows);

    draw_heading(box, &at);
    for (struct task const *task = scene->model->tasks; task && row < box.rows; task = task->next)
        if (index++ >= first)
            draw_task(box, row++, task, &at, scene);
    for (struct task const *call = scene->model->calls; call && row < box.rows; call = call->next)
        if (index++ >= first)
            draw_task(box, row++, call, &at, scene);
    if (length == 0)
        box_text(box, 1, 1, STYLE_FAINT, "(none)");
    pane_more(box, length - first - rows);
}

int pane_tasks_first(struct scene const *scene, int rows)
{
    return first_shown(scene, pane_length(PANE_TASKS, scene), rows - 1);
}

/*
 * tasks.c - every task: what it does, what it waits for, where it stands
 *
 *       #  name      state    waits for             at     steps
 *     ▸ 1  main      waiting  timer#6, 0.997 s      :17        7
 *
 * With the screen to itself it tells what each has cost, too: time inside its steps, the longest of
 * them, how long due timers stood waiting while it ran, its age, its warnings. The heading of the
 * column that it is ordered by has a mark. Plain callbacks that the loop knows of stand below the
 * tasks: to the loop both are handles.
 */
#include "../order.h"
#include "pane.h"

#include <inttypes.h>
#include <stdlib.h>

/* Where columns begin, in the order of their headings; 0: there is no room for it. */
struct columns {
    int at[ORDER_COUNT + 1]; /* and, last, the source line's */
    int end[ORDER_COUNT + 1];
    struct slice file; /* the one that the source pane shows */
};

enum { COLUMN_LINE = ORDER_COUNT, ROWS_MAX = 1000 };

static int place(struct columns *columns, int column, int at, int cols)
{
    columns->at[column] = at;
    columns->end[column] = at + cols - 1;
    return at + cols;
}

/* From the right: what each costs. Answers where they begin. */
static int lay_out_costs(struct columns *columns, int cols)
{
    static enum order const costs[] = { ORDER_WARNINGS, ORDER_AGE,     ORDER_LATE,
                                        ORDER_LONGEST,  ORDER_RUNNING, ORDER_STEPS };
    static int const widths[] = { 3, 9, 9, 9, 9, 8 };

    bool all = cols >= 96;

    for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
        if (!all && (costs[i] == ORDER_AGE || costs[i] == ORDER_RUNNING))
            continue;
        cols -= widths[i];
        place(columns, (int)costs[i], cols, widths[i]);
    }
    return cols;
}

static int name_cols(int cols, bool costs, int line)
{
    if (cols >= 100)
        return 18;
    if (cols >= 64 && !costs && line < 8)
        return 16;
    return cols >= 48 ? 12 : cols >= 36 ? 10 : 6;
}

/* The name and "waits for" share what the others leave; `line` is the width of the source line's. */
static struct columns lay_out(int cols, int line, struct slice file)
{
    struct columns columns = { { 0 }, { 0 }, file };
    bool costs = cols >= 76;
    int right = cols, name = name_cols(cols, costs, line), at;

    if (costs)
        right = lay_out_costs(&columns, cols);
    else if (cols >= 48)
        place(&columns, ORDER_STEPS, right = cols - 6, 7);
    if (cols >= 100 || (cols >= 48 && !costs))
        place(&columns, COLUMN_LINE, right -= line, line);
    at = place(&columns, ORDER_NUMBER, 2, 4);
    at = place(&columns, ORDER_NAME, at, name + 1);
    at = place(&columns, ORDER_STATE, at, 8);
    place(&columns, ORDER_WAITS, at, right - at + (right == cols));
    return columns;
}

static bool is_number(enum order order)
{
    return order >= ORDER_STEPS || order == ORDER_NUMBER;
}

/* Numbers end where their column ends, words begin where it begins. */
static void draw_cell(struct box box, int row, struct columns const *columns, int column,
                      enum style style, char const *text)
{
    int at = columns->at[column], end = columns->end[column];
    int cols = (int)text_columns(slice_of(text));

    if (at <= 0)
        return;
    if (column < ORDER_COUNT && is_number((enum order)column) && cols < end - at)
        at = end - cols;
    box_field(box, row, at, end - at, style, text);
}

static void draw_heading(struct box box, struct columns const *columns, struct view const *view)
{
    for (int order = 0; order < ORDER_COUNT; order++) {
        bool chosen = (enum order)order == view->order;
        char text[32];

        snprintf(text, sizeof(text), "%s%s", order_name((enum order)order),
                 !chosen || (order == ORDER_NUMBER && !view->order_down) ? ""
                 : view->order_down                                      ? "\xe2\x96\xbe"
                                                                         : "\xe2\x96\xb4");
        draw_cell(box, 0, columns, order, chosen && *text ? STYLE_KEY : STYLE_FAINT, text);
    }
    draw_cell(box, 0, columns, COLUMN_LINE, STYLE_FAINT, "at");
}

void pane_say_waits(struct say *say, struct task const *task, int64_t now_ns)
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
    if (task->due_ns > now_ns) {
        say_add(say, ", ");
        say_span(say, task->due_ns - now_ns);
    } else if (task->due_ns >= 0) {
        say_add(say, ", due");
    }
}

static void draw_costs(struct box box, int row, struct task const *task,
                       struct columns const *columns, int64_t now_ns)
{
    char text[32];

    draw_cell(box, row, columns, ORDER_RUNNING, STYLE_PLAIN,
              pane_span(text, sizeof(text), task->cpu_ns));
    draw_cell(box, row, columns, ORDER_LONGEST, STYLE_PLAIN,
              pane_span(text, sizeof(text), task->longest_ns));
    draw_cell(box, row, columns, ORDER_LATE, task->late_ns ? STYLE_WARN : STYLE_FAINT,
              task->late_ns ? pane_span(text, sizeof(text), task->late_ns) : "\xe2\x80\x93");
    draw_cell(box, row, columns, ORDER_AGE, STYLE_PLAIN,
              task->made_ns < 0 ? "?" : pane_span(text, sizeof(text), now_ns - task->made_ns));
    if (task->warnings) {
        snprintf(text, sizeof(text), "%" PRIu64, task->warnings);
        draw_cell(box, row, columns, ORDER_WARNINGS, STYLE_WARN, text);
    }
}

/* A plain callback is called; a task has steps. */
static void say_name(struct say *say, struct task const *task, int cols)
{
    if (!task->is_call) {
        say_clean(say, id_name(str_slice(&task->id)), 40);
        return;
    }
    say_add(say, cols > 10 || !task->fn.len ? "call " : "");
    say_clean(say, str_slice(&task->fn), 40);
    say_add(say, task->fn.len ? "()" : "");
}

static void draw_task(struct box box, int row, struct task const *task,
                      struct columns const *columns, struct scene const *scene)
{
    bool selected = scene->view->task && scene->view->task == task->number;
    enum style style = pane_state_style(task->state);
    enum style name_style = selected ? STYLE_MARK : task->is_call ? STYLE_PLAIN : STYLE_STRONG;
    int name_at = columns->at[ORDER_NAME];
    char text[128];
    struct say say;

    if (task->state == TASK_RUNNING || selected)
        box_glyph(box, row, 0, selected ? STYLE_MARK : style, selected ? 0x25b8 : 0x25b6);
    box_printf(box, row, 2, name_style, task->number < 1000 ? "%3" PRIu64 : "%" PRIu64,
               task->number);
    for (uint64_t rest = task->number / 1000; rest > 0; rest /= 10)
        name_at++;
    say_init(&say, text, sizeof(text));
    say_name(&say, task, columns->end[ORDER_NAME] - columns->at[ORDER_NAME]);
    box_field(box, row, name_at, columns->end[ORDER_NAME] - name_at, name_style, text);
    draw_cell(box, row, columns, ORDER_STATE, style, task_state_name(task->state));
    say_init(&say, text, sizeof(text));
    pane_say_waits(&say, task, scene->now_ns);
    draw_cell(box, row, columns, ORDER_WAITS, STYLE_PLAIN, text);
    if (columns->at[COLUMN_LINE])
        draw_cell(box, row, columns, COLUMN_LINE, STYLE_PLAIN,
                  pane_say_spot(text, sizeof(text), pane_task_spot(scene, task), columns->file));
    if (task->is_call)
        return;
    snprintf(text, sizeof(text), "%" PRIu64, task->steps);
    draw_cell(box, row, columns, ORDER_STEPS, STYLE_PLAIN, text);
    draw_costs(box, row, task, columns, scene->now_ns);
}

/* What is to stay in sight: the selected task, else what runs, else whom the event is about. */
static struct task const *wanted_task(struct scene const *scene)
{
    struct event const *event = scene->moment->event;
    struct task const *task = scene->task;

    if (!task && event)
        task =
            model_task(scene->model, event_text(event, event_has(event, "task") ? "task" : "call"));
    return task && !task->done ? task : NULL;
}

static int first_shown(struct scene const *scene, int length, int rows)
{
    struct view const *view = scene->view;
    struct task const *wanted = wanted_task(scene);
    int first = pane_first(PANE_TASKS, scene, length, rows);

    if (!wanted || length <= rows)
        return first;
    return pane_keep(first, (int)order_place(scene->model, view->order, view->order_down, wanted),
                     rows);
}

/* As wide as the shown places in the code are. */
static int line_cols(struct task const *const *shown, int n, struct slice file,
                     struct scene const *scene)
{
    int widest = 5;
    char text[128];

    for (int i = 0; i < n; i++) {
        pane_say_spot(text, sizeof(text), pane_task_spot(scene, shown[i]), file);
        if ((int)text_columns(slice_of(text)) > widest)
            widest = (int)text_columns(slice_of(text));
    }
    return widest + 1;
}

void pane_tasks(struct box box, struct scene const *scene)
{
    struct columns columns;
    struct task const *shown[ROWS_MAX];
    int length = pane_length(PANE_TASKS, scene), rows = box.rows - 1;
    int first = first_shown(scene, length, rows), n;
    bool is_now;
    struct slice file = pane_source_spot(scene, &is_now).file;

    if (rows < 1)
        return;
    n = (int)order_rows(scene->model, scene->view->order, scene->view->order_down, (size_t)first,
                        (size_t)rows, shown);
    columns = lay_out(box.cols, line_cols(shown, n, file, scene), file);
    draw_heading(box, &columns, scene->view);
    for (int row = 0; row < n; row++)
        draw_task(box, row + 1, shown[row], &columns, scene);
    if (length == 0)
        box_text(box, 1, 1, STYLE_FAINT, "(none)");
    pane_more(box, length - n);
}

int pane_tasks_first(struct scene const *scene, int rows)
{
    return first_shown(scene, pane_length(PANE_TASKS, scene), rows - 1);
}

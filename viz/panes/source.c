/*
 * source.c - the program's own code, with the line where each task stands
 *
 *     ▶ 17      if (await(task_sleep(1.0)) < 0)        ◂ main#1
 *
 * Which line it is about: the task that the user follows; else the task that runs; else the line
 * that the event itself names; else the selected task's; else where a task came to stand last. The window
 * moves by steps of a third of its height, so that it stands still while the loop goes around.
 */
#include "pane.h"

#include <inttypes.h>
#include <string.h>

/* Is this the line on which fn is defined?  `static int fn(void *arg)`, `async def fn():` */
static bool defines(struct slice line, struct slice fn)
{
    ptrdiff_t at = slice_find(line, fn);
    char before = at > 0 ? line.at[at - 1] : ' ';

    return at >= 0 && line.at[line.len - 1] != ';' && (before == ' ' || before == '*') &&
           (size_t)at + fn.len < line.len && line.at[(size_t)at + fn.len] == '(' &&
           (line.at[0] != ' ' || slice_find(line, slice_of("def ")) >= 0);
}

static bool is_at_head(struct task const *task)
{
    return !task->is_call && !task->expr.len && task->steps <= 1 && task->fn.len;
}

/* Where a task stands: at its last await, or, before its first, at the head of its function (the trace has
 * only told where it was made). */
uint64_t pane_task_line(struct scene const *scene, struct task const *task)
{
    struct slice src = str_slice(&task->src);
    struct source_text const *source;

    if (!is_at_head(task))
        return src_line(src);
    source = history_source(scene->history, src_file(src));
    for (size_t i = 0; source && i < source->n_lines; i++)
        if (source->lines[i].len && defines(source->lines[i], str_slice(&task->fn)))
            return i + 1;
    return src_line(src);
}

static struct slice task_src(struct task const *task)
{
    return task ? str_slice(&task->src) : (struct slice){ NULL, 0 };
}

/* Where something happened last: the task that changed its state last, else whatever has a line. */
static struct slice latest_src(struct model const *model)
{
    struct task const *latest = NULL;

    for (struct task const *task = model->tasks; task; task = task->next)
        if (task->src.len && (!latest || task->since_ns > latest->since_ns))
            latest = task;
    if (latest)
        return str_slice(&latest->src);
    for (struct task const *call = model->calls; call; call = call->next)
        if (call->src.len)
            return str_slice(&call->src);
    for (struct timer const *timer = model->timers; timer; timer = timer->next[0])
        if (timer->src.len)
            return str_slice(&timer->src);
    for (struct server const *server = model->servers; server; server = server->next)
        if (server->src.len)
            return str_slice(&server->src);
    return (struct slice){ NULL, 0 };
}

struct slice pane_source_file(struct scene const *scene, uint64_t *line)
{
    struct view const *view = scene->view;
    struct task const *task = view->follow && task_src(scene->task).len ? scene->task : NULL;
    struct slice src = { NULL, 0 };

    if (!task && scene->moment->event)
        src = event_text(scene->moment->event, "src");
    if (src.len) {
        *line = src_line(src);
        return src_file(src);
    }
    if (!task && task_src(scene->model->running).len)
        task = scene->model->running;
    else if (!task && task_src(scene->task).len)
        task = scene->task;
    src = task ? task_src(task) : latest_src(scene->model);
    *line = task ? pane_task_line(scene, task) : src_line(src);
    return src_file(src);
}

/* Before any event has named a line: the file that is called like the program, if it is there. */
static struct source_text const *likely_source(struct scene const *scene, char *name, size_t size)
{
    static char const *const ends[] = { ".c", ".py" };
    struct source_text const *source = NULL;
    struct slice program = str_slice(&scene->model->program);
    ptrdiff_t slash = slice_find_last(program, slice_of("/"));

    if (slash >= 0) {
        program.at += slash + 1;
        program.len -= (size_t)slash + 1;
    }
    if (program.len == 0 || program.len + 4 > size)
        return NULL;
    for (size_t i = 0; i < 2 && !source; i++) {
        snprintf(name, size, "%.*s%s", (int)program.len, program.at, ends[i]);
        source = history_source(scene->history, slice_of(name));
    }
    return source;
}

static int first_line(struct scene const *scene, struct source_text const *source, uint64_t line,
                      int rows)
{
    int step = rows / 3 > 0 ? rows / 3 : 1;
    int at = line > 0 && line <= source->n_lines ? (int)line - 1 : 0;
    int first = at < rows - step ? 0 : (at / step - 1) * step;
    int last = (int)source->n_lines - rows;

    if (at >= first + rows)
        first = at - rows + 1;
    first += scene->view->scroll[PANE_SOURCE];
    if (first > last)
        first = last;
    return first > 0 ? first : 0;
}

/* Tabs to blanks; what does not fit is cut. */
static struct slice expand(struct slice text, char *room, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < text.len && used + 4 < size; i++) {
        if (text.at[i] != '\t') {
            room[used++] = text.at[i];
            continue;
        }
        do
            room[used++] = ' ';
        while (used % 4 != 0);
    }
    return (struct slice){ room, used };
}

/* Who stands on each line that is shown. */
struct standing {
    struct task const *task;
    int more;
};

enum { STANDING_MAX = 1000 };

/* A function whose head was looked for last: thousands of tasks may stand there. */
struct found_head {
    struct slice fn;
    uint64_t line;
};

static void note_standing(struct standing *standing, int rows, int first, struct task const *task,
                          struct slice file, struct scene const *scene, struct found_head *head)
{
    struct slice src = str_slice(&task->src);
    struct slice fn = str_slice(&task->fn);
    int64_t row;

    if (!slice_equal(src_file(src), file))
        return;
    if (is_at_head(task) && !slice_equal(head->fn, fn))
        *head = (struct found_head){ fn, pane_task_line(scene, task) };
    row = (int64_t)(is_at_head(task) ? head->line : src_line(src)) - 1 - first;
    if (row < 0 || row >= rows)
        return;
    if (!standing[row].task || task->state == TASK_RUNNING)
        standing[row].task = task;
    standing[row].more++;
}

/* Answers the column where it begins: the line's text ends before it. */
static int draw_standing(struct box box, int row, struct standing const *standing)
{
    struct task const *task = standing->task;
    char more[32] = "";
    int cols, col;

    if (!task)
        return box.cols;
    if (standing->more > 1)
        snprintf(more, sizeof(more), " +%d", standing->more - 1);
    cols = (int)(text_columns(str_slice(&task->id)) + strlen(more)) + 3;
    if (cols > box.cols / 2)
        cols = box.cols / 2;
    box_text(box, row, box.cols - cols, pane_state_style(task->state), " \xe2\x97\x82 ");
    col = box_slice(box, row, box.cols - cols + 3, cols - 3 - (int)strlen(more),
                    pane_state_style(task->state), str_slice(&task->id));
    box_text(box, row, col, STYLE_FAINT, more);
    return box.cols - cols;
}

static void draw_line(struct box box, struct scene const *scene, struct source_text const *source,
                      int row, int index, bool is_now, struct standing const *standing)
{
    bool runs = scene->model->running && standing->task == scene->model->running;
    enum style style = is_now ? STYLE_NOW : STYLE_PLAIN;
    char room[1024], number[16];
    int end;

    snprintf(number, sizeof(number), "%4d  ", index + 1);
    if (is_now)
        box_fill(box, row, 0, box.cols, style, ' ');
    if (is_now || standing->task)
        box_glyph(box, row, 0, is_now ? style : STYLE_STRONG, runs ? 0x25b6 : 0x25b8);
    box_text(box, row, 1, is_now ? style : STYLE_FAINT, number);
    end = draw_standing(box, row, standing);
    box_slice(box, row, 7, end - 7, style, expand(source->lines[index], room, sizeof(room)));
}

static void draw_nothing(struct box box, struct slice file, struct source_text const *source)
{
    char text[512];
    struct say say;

    if (!file.len) {
        box_text(box, 0, 1, STYLE_FAINT, "No event has named a line of source yet.");
        return;
    }
    say_init(&say, text, sizeof(text));
    say_add(&say, "The trace does not carry the text of ");
    say_clean(&say, file, 60);
    if (source && source->cut) {
        say_add(&say, ": ");
        say_clean(&say, slice_of(source->cut), 200);
    }
    box_wrap(box_within(box, 0, 1, box.rows, box.cols - 2), 0, 0, STYLE_FAINT, slice_of(text));
}

void pane_source(struct box box, struct scene const *scene)
{
    struct standing standing[STANDING_MAX] = { 0 };
    struct found_head head = { { NULL, 0 }, 0 };
    char name[256];
    struct source_text const *source;
    uint64_t line;
    struct slice file = pane_source_file(scene, &line);
    int first;

    source =
        file.len ? history_source(scene->history, file) : likely_source(scene, name, sizeof(name));
    if (!source || source->n_lines == 0) {
        draw_nothing(box, file, source);
        return;
    }
    first = first_line(scene, source, line, box.rows);
    for (struct task const *task = scene->model->tasks; task; task = task->next)
        note_standing(standing, box.rows, first, task, file, scene, &head);
    for (struct task const *call = scene->model->calls; call; call = call->next)
        note_standing(standing, box.rows, first, call, file, scene, &head);
    for (int row = 0; row < box.rows && first + row < (int)source->n_lines; row++)
        draw_line(box, scene, source, row, first + row, (uint64_t)(first + row) + 1 == line,
                  &standing[row]);
}

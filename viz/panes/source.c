/*
 * source.c - the program's own code, with the line where each task stands
 *
 *     ▶ 17      if (await(task_sleep(1.0)) < 0)        ◂ main#1
 *
 * One line may be marked as the one where it happens: that of the task that the user follows; else the
 * line that the event itself names; else of the handle that runs; else of the selected task; else of
 * whom a warning is about. A plain callback stands at the head of its function, and so does a task before
 * its first await. Nothing is marked when the trace does not tell: the pane then shows where something
 * ran last. The window moves by steps of a third of its height, so that it stands still while the loop
 * goes around.
 */
#include "pane.h"

#include <inttypes.h>
#include <string.h>

enum { FAR = 8 }; /* so many are looked at for one whose place is known */

/* Is this the line on which fn is defined?  `static int fn(void *arg)`, `async def fn():` */
static bool defines(struct slice line, struct slice fn)
{
    ptrdiff_t at = slice_find(line, fn);
    char before = at > 0 ? line.at[at - 1] : ' ';

    return at >= 0 && line.at[line.len - 1] != ';' && (before == ' ' || before == '*') &&
           (size_t)at + fn.len < line.len && line.at[(size_t)at + fn.len] == '(' &&
           (line.at[0] != ' ' || slice_find(line, slice_of("def ")) >= 0);
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

/* ---- where a handle stands ----------------------------------------------------------------- */

static uint64_t line_that_defines(struct source_text const *source, struct slice fn)
{
    for (size_t i = 0; source && i < source->n_lines; i++)
        if (source->lines[i].len && defines(source->lines[i], fn))
            return i + 1;
    return 0;
}

/* The head of a function: in the file where it is likely, else in any; line 0 when it is in none. */
static struct spot definition(struct scene const *scene, struct slice fn, struct slice file)
{
    struct source_text const *source = file.len ? history_source(scene->history, file) : NULL;
    uint64_t line = fn.len ? line_that_defines(source, fn) : 0;

    for (size_t i = 0; fn.len && !line; i++) {
        if (!(source = history_source_at(scene->history, i)))
            break;
        line = line_that_defines(source, fn);
        file = slice_of(source->file);
    }
    return line ? (struct spot){ file, line } : (struct spot){ { NULL, 0 }, 0 };
}

/* It has not awaited yet: what the trace has told of is where it was made. */
static bool is_at_head(struct task const *task)
{
    return task->fn.len && !task->expr.len && !task->on.len &&
           (task->steps == 0 || (task->steps == 1 && task->state == TASK_RUNNING));
}

struct spot pane_task_spot(struct scene const *scene, struct task const *task)
{
    struct slice src = str_slice(&task->src);

    if (is_at_head(task))
        return definition(scene, str_slice(&task->fn), src_file(src));
    return (struct spot){ src_file(src), src_line(src) };
}

/* ---- which line it is about ---------------------------------------------------------------- */

static struct spot src_spot(struct slice src)
{
    return (struct spot){ src_file(src), src_line(src) };
}

/* Who did this, though he may be gone by now. */
static struct spot deed_spot(struct scene const *scene, struct deed const *deed)
{
    struct task const *task = model_doer(scene->model, deed);

    if (task && task->number == deed->number && task->is_call == deed->is_call)
        return pane_task_spot(scene, task);
    return definition(scene, slice_of(deed->fn), (struct slice){ NULL, 0 });
}

static struct spot warned_spot(struct scene const *scene)
{
    struct model const *model = scene->model;
    struct event const *event = scene->moment->event;
    struct slice id;

    if (!event || event->kind < EV_WARN_SLOW_STEP || event->kind >= EV_KINDS)
        return (struct spot){ { NULL, 0 }, 0 };
    id = event_text(event, event_has(event, "task") ? "task" : "call");
    if (id.len && model_task(model, id))
        return pane_task_spot(scene, model_task(model, id));
    for (size_t i = model->deeds_ring.count; id.len && i > 0; i--) {
        struct deed const *deed = &model->deeds[ring_at(&model->deeds_ring, i - 1)];

        if (deed->number == id_number(id))
            return deed_spot(scene, deed);
    }
    return (struct spot){ { NULL, 0 }, 0 };
}

/* Where it happens now; line 0 when that is not known. */
static struct spot present_spot(struct scene const *scene)
{
    struct event const *event = scene->moment->event;

    if (scene->view->follow && scene->task)
        return pane_task_spot(scene, scene->task);
    /* A step's begin names where its task was made, when it has not awaited yet. */
    if (event && event->kind != EV_TASK_BEGIN && event_text(event, "src").len)
        return src_spot(event_text(event, "src"));
    if (scene->model->running)
        return pane_task_spot(scene, scene->model->running);
    if (scene->task)
        return pane_task_spot(scene, scene->task);
    return warned_spot(scene);
}

/* Where something happened last: what ran last, else whatever has a line. */
static struct spot latest_spot(struct scene const *scene)
{
    struct model const *model = scene->model;
    struct ring const *deeds = &model->deeds_ring;
    struct task const *task = model->tasks;
    struct spot spot = { { NULL, 0 }, 0 };

    for (size_t i = deeds->count; i > 0 && deeds->count - i < FAR && !spot.line; i--)
        spot = deed_spot(scene, &model->deeds[ring_at(deeds, i - 1)]);
    for (int i = 0; task && i < FAR && !spot.line; task = task->next, i++)
        spot = pane_task_spot(scene, task);
    for (struct timer const *timer = model->timers; timer && !spot.line; timer = timer->next[0])
        spot = src_spot(str_slice(&timer->src));
    for (struct server const *server = model->servers; server && !spot.line; server = server->next)
        spot = src_spot(str_slice(&server->src));
    if (!spot.line && model->tasks)
        spot = src_spot(str_slice(&model->tasks->src));
    return spot;
}

struct spot pane_source_spot(struct scene const *scene, bool *is_now)
{
    struct spot spot = present_spot(scene);

    *is_now = spot.line > 0;
    return *is_now ? spot : latest_spot(scene);
}

/* ---- drawing ------------------------------------------------------------------------------- */

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
    struct spot spot;
};

static struct spot spot_of(struct scene const *scene, struct task const *task,
                           struct found_head *head)
{
    struct slice fn = str_slice(&task->fn);

    if (!is_at_head(task))
        return src_spot(str_slice(&task->src));
    if (!slice_equal(head->fn, fn))
        *head = (struct found_head){ fn, pane_task_spot(scene, task) };
    return head->spot;
}

static void note_standing(struct standing *standing, int rows, int first, struct task const *task,
                          struct spot spot, struct slice file)
{
    int64_t row = (int64_t)spot.line - 1 - first;

    if (!slice_equal(spot.file, file) || row < 0 || row >= rows)
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
    struct found_head head = { { NULL, 0 }, { { NULL, 0 }, 0 } };
    char name[256];
    struct source_text const *source;
    bool is_now;
    struct spot spot = pane_source_spot(scene, &is_now);
    int first;

    source = spot.file.len ? history_source(scene->history, spot.file)
                           : likely_source(scene, name, sizeof(name));
    if (!source || source->n_lines == 0) {
        draw_nothing(box, spot.file, source);
        return;
    }
    first = first_line(scene, source, spot.line, box.rows);
    for (struct task const *task = scene->model->tasks; task; task = task->next)
        note_standing(standing, box.rows, first, task, spot_of(scene, task, &head), spot.file);
    for (struct task const *call = scene->model->calls; call; call = call->next)
        note_standing(standing, box.rows, first, call, spot_of(scene, call, &head), spot.file);
    for (int row = 0; row < box.rows && first + row < (int)source->n_lines; row++)
        draw_line(box, scene, source, row, first + row,
                  is_now && (uint64_t)(first + row) + 1 == spot.line, &standing[row]);
}

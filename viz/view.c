/*
 * view.c - where everything stands on the screen, and the drawing of it all
 *
 *     header                                      1 row
 *     ┌ source ──────┐┌ the loop ──────┐
 *     │              │├ ready queue ───┤          two columns of panes: heights are shared out
 *     ├ tasks ───────┤├ timers ────────┤          by what each needs, the first one of a column
 *     │              │├ select ────────┤          takes what is left
 *     ├ timeline ────┤├ output ────────┤
 *     │              ││                │
 *     ├━━━━━━━━◆─────┴┴────────────────┤          how far we are in the trace
 *     │ the sentence                   │
 *     └ keys ──────────────────────────┘
 *
 * From 60x12 on there is a reduced screen: the loop, and beside it the pane that has the keys.
 */
#include "view.h"

#include "panes/pane.h"

#include <string.h>

static char const *const pane_names[PANE_COUNT] = { "source", "loop",        "ready",    "tasks",
                                                    "timers", "select",      "timeline", "output",
                                                    "task",   "connections", "events",   "tree",
                                                    "lesson" };

/* The menu's order; its last digit is 0. */
static enum pane const menu_panes[] = { PANE_LOOP,  PANE_SOURCE,   PANE_TASKS,  PANE_TASK,
                                        PANE_CONNS, PANE_TIMELINE, PANE_OUTPUT, PANE_EVENTS,
                                        PANE_TREE,  PANE_LESSON };

void view_init(struct view *view)
{
    *view = (struct view){
        .speed = 1, .focus = PANE_TASKS, .tile = PANE_TASKS, .from_ns = -1, .chain_at = -1
    };
}

void view_focus(struct view *view, enum pane pane, bool alone)
{
    view->focus = pane;
    view->maximised = alone || pane >= PANE_TILES;
    if (pane < PANE_TILES)
        view->tile = pane;
}

int view_menu_pane(int digit)
{
    return digit < 0 || digit > 9 ? -1 : (int)menu_panes[(digit + 9) % 10];
}

int view_pane_of(char const *name)
{
    for (int pane = 0; pane < PANE_COUNT; pane++)
        if (strcmp(name, pane_names[pane]) == 0)
            return pane;
    return -1;
}

char const *view_pane_name(enum pane pane)
{
    return pane_names[pane];
}

int view_answer_of(struct view const *view, uint64_t n)
{
    for (size_t i = 0; i < view->n_answers; i++)
        if (view->answers[i].n == n)
            return view->answers[i].choice;
    return -2;
}

struct note const *view_question(struct view const *view, struct history const *history)
{
    struct moment const *moment = history_moment(history);
    struct model const *model = moment->model;
    struct note const *note;

    if (view->no_questions || !moment->event || moment->event->kind != EV_NOTE_ASK ||
        model->notes_ring.count == 0)
        return NULL;
    note = &model->notes[ring_at(&model->notes_ring, model->notes_ring.count - 1)];
    if (note->kind != NOTE_ASK || note->n != moment->n || view_answer_of(view, note->n) > -2)
        return NULL;
    return note;
}

struct task const *view_task(struct view const *view, struct history const *history)
{
    struct model const *model = history_moment(history)->model;

    for (struct task const *task = model->tasks; view->task && task; task = task->next)
        if (task->number == view->task)
            return task;
    return model->running;
}

int64_t view_now(struct view const *view, struct history const *history)
{
    int64_t t_ns = history_moment(history)->t_ns;

    return view->now_ns > t_ns ? view->now_ns : t_ns;
}

static struct scene scene_of(struct view const *view, struct history const *history)
{
    struct moment const *moment = history_moment(history);

    return (struct scene){ .view = view,
                           .history = history,
                           .moment = moment,
                           .model = moment->model,
                           .task = view_task(view, history),
                           .now_ns = view_now(view, history) };
}

/* ---- layout -------------------------------------------------------------------------------- */

/* A column of panes, from top to bottom: each has a line with its title, then its rows. The first
 * takes what the others leave. */
static void stack(struct layout *layout, enum pane const *panes, int const *wanted, int count,
                  struct place column)
{
    int left = column.rows - (count - 1), row = column.row;

    for (int i = 1; i < count; i++)
        left -= wanted[i];
    for (int i = 0; i < count; i++) {
        int rows = i == 0 ? left : wanted[i];

        layout->pane[panes[i]] = (struct place){ row, column.col, rows, column.cols };
        row += rows + 1;
    }
}

static void lay_out_columns(struct layout *layout, struct place body)
{
    static enum pane const left[] = { PANE_SOURCE, PANE_TASKS, PANE_TIMELINE };
    static enum pane const right[] = { PANE_OUTPUT, PANE_LOOP, PANE_READY, PANE_TIMERS,
                                       PANE_WATCH };
    int rows = body.rows - 2, split = body.cols * 56 / 100;
    int spare = rows > 13 ? rows - 13 : 0; /* beyond one row for each list, five for the loop */
    int left_rows[] = { 0, 2 + spare * 3 / 8, 3 + spare / 5 };
    int right_rows[] = { 0, 5, 1 + spare / 8, 1 + spare / 5, 1 + spare * 3 / 8 };
    struct place column = { body.row + 1, body.col + 1, rows, split - 2 };

    stack(layout, left, left_rows, 3, column);
    column.col = body.col + split + 1;
    column.cols = body.cols - split - 2;
    /* The output takes what is left, at the bottom: the column is stacked as if it came first, and
     * then the others are moved up. */
    stack(layout, right, right_rows, 5, column);
    for (int i = 1, row = column.row; i <= 5; i++) {
        struct place *place = &layout->pane[right[i % 5]];

        place->row = row;
        row += place->rows + 1;
    }
}

static void lay_out_reduced(struct layout *layout, struct place body, enum pane focus)
{
    int split = body.cols / 2;
    enum pane other = focus == PANE_LOOP ? PANE_TASKS : focus;

    layout->pane[PANE_LOOP] = (struct place){ body.row + 1, 1, body.rows - 2, split - 2 };
    layout->pane[other] =
        (struct place){ body.row + 1, split + 1, body.rows - 2, body.cols - split - 2 };
}

/* Half a screen that is high and narrow: one column. */
static void lay_out_column(struct layout *layout, struct place body)
{
    static enum pane const panes[] = { PANE_SOURCE, PANE_LOOP,   PANE_READY,
                                       PANE_TASKS,  PANE_TIMERS, PANE_OUTPUT };
    int rows = body.rows - 2, spare = rows > 20 ? rows - 20 : 0;
    int wanted[] = { 0, 5, 1 + spare / 12, 3 + spare / 4, 2 + spare / 8, 2 + spare / 8 };

    stack(layout, panes, wanted, 6, (struct place){ body.row + 1, 1, rows, body.cols - 2 });
}

static bool fits(struct view const *view, int rows, int cols)
{
    if (view->half)
        return rows >= VIEW_HALF_ROWS && cols >= VIEW_HALF_COLS;
    return rows >= VIEW_MIN_ROWS && cols >= VIEW_MIN_COLS;
}

struct layout view_layout(struct view const *view, struct history const *history, int rows,
                          int cols)
{
    struct scene scene = scene_of(view, history);
    struct layout layout = { .kind = LAYOUT_TOO_SMALL };
    int words, top;

    if (!fits(view, rows, cols))
        return layout;
    layout.kind = rows >= VIEW_FULL_ROWS && cols >= VIEW_FULL_COLS ? LAYOUT_FULL : LAYOUT_REDUCED;
    words = view->half ? pane_half_words_rows(&scene, cols - 4)
                       : pane_words_rows(&scene, cols - 4, rows >= 30 ? rows / 3 : rows / 4);
    layout.keys_row = rows - 1;
    layout.words = (struct place){ rows - 1 - words, 2, words, cols - 4 };
    layout.progress = (struct place){ rows - 2 - words, 1, 1, cols - 2 };
    top = layout.kind == LAYOUT_FULL ? 2 : 1;
    if (top == 2)
        layout.load = (struct place){ 1, 1, 1, cols - 2 };
    layout.body = (struct place){ top, 0, rows - 1 - top - words, cols };
    if (view->maximised || view->focus >= PANE_TILES)
        layout.pane[view->focus] = (struct place){ top + 1, 1, layout.body.rows - 2, cols - 2 };
    else if (layout.kind == LAYOUT_FULL)
        lay_out_columns(&layout, layout.body);
    else if (view->half && rows >= VIEW_COLUMN_ROWS)
        lay_out_column(&layout, layout.body);
    else
        lay_out_reduced(&layout, layout.body, view->focus);
    return layout;
}

/* ---- drawing ------------------------------------------------------------------------------- */

typedef void draw_fn(struct box box, struct scene const *scene);

static draw_fn *const draw_pane[PANE_COUNT] = {
    [PANE_SOURCE] = pane_source,     [PANE_LOOP] = pane_loop,     [PANE_READY] = pane_ready,
    [PANE_TASKS] = pane_tasks,       [PANE_TIMERS] = pane_timers, [PANE_WATCH] = pane_watch,
    [PANE_TIMELINE] = pane_timeline, [PANE_OUTPUT] = pane_output, [PANE_TASK] = pane_task,
    [PANE_CONNS] = pane_conns,       [PANE_EVENTS] = pane_events, [PANE_TREE] = pane_tree,
    [PANE_LESSON] = pane_lesson,
};

static struct box frame_of(struct box screen, struct place place)
{
    return box_within(screen, place.row - 1, place.col - 1, place.rows + 2, place.cols + 2);
}

/* All frames before all titles: where two panes share a line, the later frame would run over the
 * earlier title. */
static void draw_panes(struct box screen, struct layout const *layout, struct scene const *scene)
{
    for (int pane = 0; pane < PANE_COUNT; pane++)
        if (layout->pane[pane].rows > 0)
            box_frame(frame_of(screen, layout->pane[pane]), NULL, STYLE_FRAME);
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        struct place place = layout->pane[pane];
        bool focused = scene->view->focus == (enum pane)pane;
        char title[256];

        if (place.rows < 1)
            continue;
        pane_title((enum pane)pane, scene, title, sizeof(title));
        box_title(frame_of(screen, place), title, focused ? STYLE_FOCUS : STYLE_TITLE);
        draw_pane[pane](box_within(screen, place.row, place.col, place.rows, place.cols), scene);
    }
}

static void draw_progress(struct box screen, struct place place, struct moment const *moment)
{
    double share = moment->size > 0 ? (double)moment->next / (double)moment->size : 0;
    int knob = (int)(share * (place.cols - 1) + 0.5);

    if (!moment->event || place.rows < 1)
        return;
    for (int i = 0; i < knob; i++)
        if (canvas_cell(screen.canvas, place.row, place.col + i)->glyph == 0x2500)
            box_glyph(screen, place.row, place.col + i, STYLE_TITLE, 0x2501);
    box_glyph(screen, place.row, place.col + knob, STYLE_TITLE, 0x25c6);
}

static void draw_help(struct box screen, struct layout const *layout, struct scene const *scene)
{
    struct place body = layout->body;
    struct box box = box_within(screen, body.row, body.col, body.rows, body.cols);

    for (int row = 0; row < box.rows; row++)
        box_fill(box, row, 0, box.cols, STYLE_PLAIN, ' ');
    box_frame(box, "help \xc2\xb7 Esc closes it", STYLE_FOCUS);
    pane_help(box_within(box, 1, 1, box.rows - 2, box.cols - 2), scene);
}

static void draw_menu(struct box screen, struct layout const *layout, struct view const *view)
{
    enum { COLS = 44, ROWS = 14 };
    struct place body = layout->body;
    struct box box = box_within(screen, body.row + (body.rows - ROWS) / 2 * (body.rows > ROWS),
                                body.col + (body.cols - COLS) / 2, ROWS, COLS);

    for (int row = 0; row < box.rows; row++)
        box_fill(box, row, 0, box.cols, STYLE_PLAIN, ' ');
    box_frame(box, "views \xc2\xb7 a digit shows one, Esc closes", STYLE_FOCUS);
    for (int i = 0; i < 10 && i + 1 < box.rows - 1; i++) {
        bool now = view->focus == menu_panes[i];

        box_printf(box, i + 2, 3, STYLE_KEY, "%d", (i + 1) % 10);
        box_text(box, i + 2, 6, now ? STYLE_MARK : STYLE_STRONG, pane_names[menu_panes[i]]);
        box_text(box, i + 2, 19, STYLE_PLAIN, pane_about(menu_panes[i]));
    }
}

static void draw_too_small(struct box screen)
{
    char text[128];

    snprintf(text, sizeof(text), "loopscope needs %d columns and %d rows; here are %d and %d.",
             VIEW_MIN_COLS, VIEW_MIN_ROWS, screen.cols, screen.rows);
    box_wrap(screen, 0, 0, STYLE_STRONG, slice_of(text));
}

void view_draw(struct canvas *canvas, struct view const *view, struct history const *history)
{
    struct scene scene = scene_of(view, history);
    struct box screen = box_of(canvas);
    struct layout layout = view_layout(view, history, screen.rows, screen.cols);

    canvas_clear(canvas);
    if (layout.kind == LAYOUT_TOO_SMALL) {
        draw_too_small(screen);
        return;
    }
    (view->trace ? pane_half_header : pane_header)(box_within(screen, 0, 0, 1, screen.cols),
                                                   &scene);
    pane_load(
        box_within(screen, layout.load.row, layout.load.col, layout.load.rows, layout.load.cols),
        &scene);
    box_frame(
        box_within(screen, layout.progress.row, 0, screen.rows - layout.progress.row, screen.cols),
        NULL, STYLE_FRAME);
    draw_panes(screen, &layout, &scene);
    if (view->help)
        draw_help(screen, &layout, &scene);
    else if (view->menu)
        draw_menu(screen, &layout, view);
    draw_progress(screen, layout.progress, scene.moment);
    (view->half ? pane_half_words
                : pane_words)(box_within(screen, layout.words.row, layout.words.col,
                                         layout.words.rows, layout.words.cols),
                              &scene);
    if (!view->half)
        pane_keys(box_within(screen, layout.keys_row, 1, 1, screen.cols - 2), &scene);
}

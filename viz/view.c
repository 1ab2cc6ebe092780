/*
 * view.c - where everything stands on the screen, and the drawing of it all
 *
 *     header                                      1 row
 *     ┌ source ──────┐┌ the loop ──────┐
 *     │              │├ ready queue ───┤          two columns of panes: heights are shared out
 *     ├ tasks ───────┤├ timers ────────┤          by what each needs; the source and the output
 *     │              │├ select ────────┤          take what is left
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
    for (struct task const *call = model->calls; view->task && call; call = call->next)
        if (call->number == view->task)
            return call;
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

/* What a pane gets of a column. */
struct share {
    enum pane pane;
    int rows;
    int rank; /* the greatest goes first when there is not room for all; 0 takes what is left */
};

static int share_rows(struct share const *shares, int count)
{
    int rows = -1;

    for (int i = 0; i < count; i++)
        rows += shares[i].rows > 0 ? shares[i].rows + 1 : 0;
    return rows;
}

static struct share *lowest(struct share *shares, int count, int sign)
{
    struct share *found = NULL;

    for (int i = 0; i < count; i++)
        if (shares[i].rows > 0 && (!found || sign * shares[i].rank > sign * found->rank))
            found = &shares[i];
    return found;
}

/* A column of panes, from top to bottom: each has a line with its title, then its rows. */
static void stack(struct layout *layout, struct share *shares, int count, struct place column)
{
    int row = column.row;

    while (share_rows(shares, count) > column.rows && lowest(shares, count, 1)->rank > 0)
        lowest(shares, count, 1)->rows = 0;
    lowest(shares, count, -1)->rows += column.rows - share_rows(shares, count);
    for (int i = 0; i < count; i++) {
        if (shares[i].rows < 1)
            continue;
        layout->pane[shares[i].pane] =
            (struct place){ row, column.col, shares[i].rows, column.cols };
        row += shares[i].rows + 1;
    }
}

static int at_least(int least, int rows)
{
    return rows > least ? rows : least;
}

static void lay_out_columns(struct layout *layout, struct place body)
{
    int rows = body.rows - 2, split = body.cols * 56 / 100;
    int spare = rows > 13 ? rows - 13 : 0; /* beyond one row for each list, five for the loop */
    struct share left[] = { { PANE_SOURCE, 3, 0 },
                            { PANE_TASKS, at_least(4, 2 + spare * 3 / 8), 1 },
                            { PANE_TIMELINE, 3 + spare / 5, 2 } };
    struct share right[] = { { PANE_LOOP, 5, 1 },
                             { PANE_READY, 1 + (spare > 0) + spare / 8, 2 },
                             { PANE_TIMERS, 1 + spare / 5, 3 },
                             { PANE_WATCH, 1 + spare * 3 / 8, 4 },
                             { PANE_OUTPUT, 1, 0 } };
    struct place column = { body.row + 1, body.col + 1, rows, split - 2 };

    if (rows < 1)
        return;
    stack(layout, left, 3, column);
    column.col = body.col + split + 1;
    column.cols = body.cols - split - 2;
    stack(layout, right, 5, column);
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
    int rows = body.rows - 2, spare = rows > 20 ? rows - 20 : 0;
    struct share shares[] = { { PANE_SOURCE, 1, 0 },
                              { PANE_LOOP, 5, 1 },
                              { PANE_READY, 1 + spare / 12, 3 },
                              { PANE_TASKS, 3 + spare / 4, 2 },
                              { PANE_TIMERS, 2 + spare / 8, 4 },
                              { PANE_OUTPUT, 2 + spare / 8, 5 } };

    if (rows >= 1)
        stack(layout, shares, 6, (struct place){ body.row + 1, 1, rows, body.cols - 2 });
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
    int words, top, most = rows / 3;

    if (!fits(view, rows, cols))
        return layout;
    layout.kind = rows >= VIEW_FULL_ROWS && cols >= VIEW_FULL_COLS ? LAYOUT_FULL : LAYOUT_REDUCED;
    top = layout.kind == LAYOUT_FULL ? 2 : 1;
    if (pane_words_asks(&scene)) /* with its choices, whatever else has to go */
        most = rows - 2 - top;
    words = view->half ? pane_half_words_rows(&scene, cols - 4)
                       : pane_words_rows(&scene, cols - 4, most);
    layout.keys_row = rows - 1;
    layout.words = (struct place){ rows - 1 - words, 2, words, cols - 4 };
    layout.progress = (struct place){ rows - 2 - words, 1, 1, cols - 2 };
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
    int knob = (int)(moment->share * (place.cols - 1) + 0.5);

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

enum { MENU_COLS = 44, MENU_VIEWS = 10 };

/* One column of views, or two where the body is low. */
static struct place menu_place(struct place body, int *columns)
{
    int blank = body.rows >= MENU_VIEWS + 4, rows;

    *columns = body.rows < MENU_VIEWS + 2 ? 2 : 1;
    rows = MENU_VIEWS / *columns + 2 + 2 * blank;
    return (struct place){ body.row + (body.rows - rows) / 2 * (body.rows > rows),
                           body.col + (body.cols - MENU_COLS) / 2, rows, MENU_COLS };
}

struct place view_menu_item(struct place body, int digit)
{
    int columns, item = (digit + 9) % 10;
    struct place menu = menu_place(body, &columns);
    int in_column = MENU_VIEWS / columns, cols = MENU_COLS / columns;

    return (struct place){ menu.row + (menu.rows - in_column) / 2 + item % in_column,
                           menu.col + item / in_column * cols + 1, 1, cols - 2 };
}

static void draw_menu(struct box screen, struct layout const *layout, struct view const *view)
{
    int columns;
    struct place menu = menu_place(layout->body, &columns);
    struct box box = box_within(screen, menu.row, menu.col, menu.rows, menu.cols);

    for (int row = 0; row < box.rows; row++)
        box_fill(box, row, 0, box.cols, STYLE_PLAIN, ' ');
    box_frame(box, "views \xc2\xb7 a digit shows one, Esc closes", STYLE_FOCUS);
    for (int digit = 0; digit < MENU_VIEWS; digit++) {
        struct place place = view_menu_item(layout->body, digit);
        struct box item = box_within(screen, place.row, place.col, place.rows, place.cols);
        enum pane pane = (enum pane)view_menu_pane(digit);

        box_printf(item, 0, 2, STYLE_KEY, "%d", digit);
        box_text(item, 0, 5, view->focus == pane ? STYLE_MARK : STYLE_STRONG, pane_names[pane]);
        if (columns == 1)
            box_text(item, 0, 18, STYLE_PLAIN, pane_about(pane));
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
    draw_progress(screen, layout.progress, scene.moment);
    (view->half ? pane_half_words
                : pane_words)(box_within(screen, layout.words.row, layout.words.col,
                                         layout.words.rows, layout.words.cols),
                              &scene);
    if (view->menu && !view->help)
        draw_menu(screen, &layout, view);
    if (!view->half)
        pane_keys(box_within(screen, layout.keys_row, 1, 1, screen.cols - 2), &scene);
}

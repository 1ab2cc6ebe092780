/*
 * timeline.c - a lane for the loop and for each task: when it ran, was ready, waited
 *
 *       loop   ░░░░█░░░░█░░░░█           ░ inside select()   █ runs handles
 *     ▸ main#1 ────█────█────█           ─ waits   ▒ ready   █ runs
 *            s 0    1    2    3
 *
 * With the screen to itself it says in the lanes what was waited for, and beside each the totals of
 * the stretch that is shown: zoomed and moved to what one wants to know of, that is its account.
 *
 * The window is chosen from the moment's own time alone, never from how long the trace is: so a live
 * picture and its replay are the same. What is shorter than a column is drawn as a column all the
 * same: a step of 10 us would else be invisible, and steps are what one looks for.
 */
#include "pane.h"

#include <string.h>

enum { LANES_MAX = 128, NAME_COL = 2, NAME_LEAST = 6, NAMES_MAX = 1000 };
enum { COLS_MAX = 1000, TOTALS_COLS = 30 };

struct lane_row {
    uint64_t number; /* 0: the loop; CALLS: all plain callbacks */
    char const *name;
    struct task const *task; /* NULL for what has ended */
};

#define CALLS UINT64_MAX

struct window {
    int64_t from_ns, to_ns;
    int col, cols;
};

int64_t pane_round_span(int64_t span_ns)
{
    static int const steps[] = { 1, 2, 5 };

    for (int64_t unit = 1000; unit <= INT64_C(100000000000); unit *= 10)
        for (int i = 0; i < 3; i++)
            if (unit * steps[i] >= span_ns)
                return unit * steps[i];
    return span_ns;
}

/* From 0 while it fits ten seconds, then the last ten, moved on by fifths; or as was asked for. */
struct stretch pane_timeline_stretch(struct scene const *scene)
{
    int64_t const longest = INT64_C(10000000000), least = 100000;
    int64_t now_ns = scene->now_ns > least ? scene->now_ns : least, span = scene->view->span_ns;
    int64_t from_ns = scene->view->from_ns, step, to;

    if (span <= 0)
        span = now_ns < longest ? pane_round_span(now_ns) : longest;
    if (from_ns >= 0)
        return (struct stretch){ from_ns, from_ns + span };
    step = span / 5;
    to = now_ns <= span ? span : (now_ns + step - 1) / step * step;
    return (struct stretch){ to - span, to };
}

static bool tells_totals(struct scene const *scene, int cols)
{
    return scene->view->maximised && cols >= 76;
}

/* Hardly a name has more columns than bytes: few have to be looked through. */
static int wider(int widest, struct slice name)
{
    int cols = (int)name.len > widest ? (int)text_columns(name) : 0;

    return cols > widest ? cols : widest;
}

/* As wide as the names of now and of the recent past, up to a third. */
static int name_cols(int cols, struct model const *model)
{
    int widest = NAME_LEAST, seen = 0;

    for (struct task const *task = model->tasks; task && seen < NAMES_MAX;
         task = task->next, seen++)
        widest = wider(widest, str_slice(&task->id));
    for (size_t i = 0; i < model->segments_ring.count; i++) {
        struct segment const *segment = &model->segments[ring_at(&model->segments_ring, i)];

        if (!segment->is_call)
            widest = wider(widest, slice_of(segment->name));
    }
    return widest < cols / 3 - NAME_COL ? widest : cols / 3 - NAME_COL;
}

static struct window choose_window(int cols, struct scene const *scene)
{
    struct stretch stretch = pane_timeline_stretch(scene);
    int totals = tells_totals(scene, cols) ? TOTALS_COLS : 0;
    int col = NAME_COL + name_cols(cols, scene->model) + 1;

    return (struct window){ stretch.from_ns, stretch.to_ns, col, cols - col - 1 - totals };
}

static int lane_rank(enum lane lane)
{
    return lane == LANE_RUNNING ? 3 : lane == LANE_READY ? 2 : 1;
}

struct strip {
    unsigned char rank[COLS_MAX];
};

/* The column of a moment, from 0 to cols: a trace may claim any time. */
static int column_of(struct window const *window, int64_t t_ns)
{
    if (t_ns <= window->from_ns)
        return 0;
    if (t_ns >= window->to_ns)
        return window->cols;
    return (int)((double)(t_ns - window->from_ns) / (double)(window->to_ns - window->from_ns) *
                 window->cols);
}

static void paint(struct strip *strip, struct window const *window, int64_t from_ns, int64_t to_ns,
                  enum lane lane)
{
    int first = column_of(window, from_ns), last = column_of(window, to_ns);

    if (to_ns < window->from_ns || from_ns > window->to_ns)
        return;
    if (first >= window->cols) /* the window's very end: now, often */
        first = window->cols - 1;
    for (int col = first; col <= last && col < window->cols && col < COLS_MAX; col++)
        if (strip->rank[col] < lane_rank(lane))
            strip->rank[col] = (unsigned char)lane_rank(lane);
}

static bool is_of(struct segment const *segment, uint64_t number)
{
    if (number == CALLS)
        return segment->is_call && segment->lane == LANE_RUNNING;
    return !segment->is_call && segment->number == number;
}

/* What has not ended yet is in no segment: since when, and what; -1 for nothing. */
static int64_t present_since(struct lane_row const *lane, struct model const *model,
                             enum lane *what)
{
    static enum lane const lanes[] = { LANE_WAITING, LANE_READY, LANE_RUNNING };
    bool runs_call = model->running && model->running->is_call;

    *what = LANE_RUNNING;
    if (lane->number == CALLS)
        return runs_call ? model->begun_ns : -1;
    if (lane->number == 0) {
        if (model->select.inside)
            *what = LANE_WAITING;
        return model->select.inside || model->phase != PHASE_OUTSIDE ? model->loop_since_ns : -1;
    }
    if (!lane->task)
        return -1;
    *what = lanes[lane->task->state];
    return lane->task->since_ns;
}

/* ---- the account of the window ------------------------------------------------------------- */

struct totals_of {
    int64_t lane[LANE_RUNNING + 1];
};

static void add_total(struct totals_of *totals, struct window const *window, int64_t from_ns,
                      int64_t to_ns, enum lane lane)
{
    int64_t from = from_ns > window->from_ns ? from_ns : window->from_ns;
    int64_t to = to_ns < window->to_ns ? to_ns : window->to_ns;

    if (to > from)
        totals->lane[lane] += to - from;
}

static void draw_totals(struct box box, int row, struct totals_of const *totals)
{
    static enum style const styles[] = { STYLE_WAITING, STYLE_READY, STYLE_RUNNING };
    static enum lane const order[] = { LANE_RUNNING, LANE_READY, LANE_WAITING };
    int col = box.cols - TOTALS_COLS + 2;
    char span[32];

    for (int i = 0; i < 3; i++, col += 9)
        box_field(box, row, col, 9, totals->lane[order[i]] ? styles[order[i]] : STYLE_FAINT,
                  totals->lane[order[i]] ? pane_span(span, sizeof(span), totals->lane[order[i]])
                                         : "\xe2\x80\x93");
}

/* What a wait was for, in the middle of its line, where there is room for the word. */
static void draw_label(struct box box, int row, struct window const *window,
                       struct strip const *strip, struct segment const *segment)
{
    int from = column_of(window, segment->from_ns), to = column_of(window, segment->to_ns);
    int size = (int)strlen(segment->on);

    if (size == 0 || segment->lane == LANE_RUNNING || segment->to_ns < window->from_ns ||
        to - from < size + 4)
        return;
    from += (to - from - size) / 2;
    for (int col = from; col < from + size; col++)
        if (col < 0 || col >= COLS_MAX || strip->rank[col] != strip->rank[from])
            return;
    box_slice(box, row, window->col + from, size, STYLE_PLAIN, slice_of(segment->on));
}

static void draw_strip(struct box box, int row, struct window const *window,
                       struct strip const *strip, bool is_loop)
{
    static uint32_t const glyphs[] = { ' ', 0x2500, 0x2592, 0x2588 };
    static enum style const styles[] = { STYLE_PLAIN, STYLE_WAITING, STYLE_READY, STYLE_RUNNING };

    for (int col = 0; col < window->cols && col < COLS_MAX; col++) {
        int rank = strip->rank[col];

        box_glyph(box, row, window->col + col, styles[rank],
                  is_loop && rank == 1 ? 0x2591 : glyphs[rank]);
    }
}

static void draw_labels(struct box box, int row, struct window const *window,
                        struct strip const *strip, uint64_t number, struct model const *model)
{
    for (size_t i = 0; i < model->segments_ring.count; i++) {
        struct segment const *segment = &model->segments[ring_at(&model->segments_ring, i)];

        if (is_of(segment, number) && !segment->is_call)
            draw_label(box, row, window, strip, segment);
    }
}

static void draw_lane(struct box box, int row, struct window const *window,
                      struct lane_row const *lane, struct scene const *scene)
{
    struct model const *model = scene->model;
    bool selected = lane->number && lane->number == scene->view->task;
    struct strip strip = { { 0 } };
    struct totals_of totals = { { 0 } };
    enum lane what;
    int64_t since_ns = present_since(lane, model, &what);

    for (size_t i = 0; i < model->segments_ring.count; i++) {
        struct segment const *segment = &model->segments[ring_at(&model->segments_ring, i)];

        if (!is_of(segment, lane->number))
            continue;
        paint(&strip, window, segment->from_ns, segment->to_ns, segment->lane);
        add_total(&totals, window, segment->from_ns, segment->to_ns, segment->lane);
    }
    if (since_ns >= 0) {
        paint(&strip, window, since_ns, scene->now_ns, what);
        add_total(&totals, window, since_ns, scene->now_ns, what);
    }
    if (selected)
        box_glyph(box, row, 0, STYLE_MARK, 0x25b8);
    box_field(box, row, NAME_COL, window->col - NAME_COL - 1, selected ? STYLE_MARK : STYLE_PLAIN,
              lane->name);
    draw_strip(box, row, window, &strip, lane->number == 0);
    if (!tells_totals(scene, box.cols))
        return;
    draw_labels(box, row, window, &strip, lane->number, model);
    draw_totals(box, row, &totals);
}

/* ---- the axis ------------------------------------------------------------------------------ */

/* The unit stands once, beside the axis: so every label is a number alone. */
static int64_t unit_of(int64_t step_ns, char const **name)
{
    if (step_ns >= 1000000000)
        return *name = "s", 1000000000;
    if (step_ns >= 1000000)
        return *name = "ms", 1000000;
    return *name = "us", 1000;
}

/* A label at the column of its time, or, at the right edge, ending there. Answers where it begins. */
static int place_label(struct window const *window, int64_t t_ns, int width)
{
    int col = window->col + column_of(window, t_ns), last = window->col + window->cols - width + 1;

    return col < last ? col : last;
}

/* Labels at round times, as dense as they can be read. */
static void draw_axis(struct box box, int row, struct window const *window)
{
    int64_t span_ns = window->to_ns - window->from_ns, step_ns = 0, first_ns;
    int64_t wanted_ns = span_ns / 5 > 1000 ? span_ns / 5 : 1000;
    char const *unit;
    int width = 0, unit_col;
    char text[32];

    do {
        step_ns = pane_round_span(step_ns > 0 ? step_ns + 1 : wanted_ns);
        width = snprintf(text, sizeof(text), "%.10g",
                         (double)window->to_ns / (double)unit_of(step_ns, &unit));
    } while (step_ns < span_ns &&
             (double)step_ns / (double)span_ns * window->cols < (double)(2 * width + 1));
    unit_of(step_ns, &unit);
    unit_col = window->col - 1 - (int)strlen(unit);
    box_text(box, row, unit_col > 0 ? unit_col : 0, STYLE_FAINT, unit);
    first_ns = (window->from_ns + step_ns - 1) / step_ns * step_ns;
    for (int64_t t_ns = first_ns; t_ns <= window->to_ns; t_ns += step_ns) {
        width =
            snprintf(text, sizeof(text), "%.10g", (double)t_ns / (double)unit_of(step_ns, &unit));
        box_text(box, row, place_label(window, t_ns, width), STYLE_FAINT, text);
    }
}

/* ---- which lanes --------------------------------------------------------------------------- */

static bool has_lane(struct lane_row const *lanes, int count, uint64_t number)
{
    for (int i = 0; i < count; i++)
        if (lanes[i].number == number)
            return true;
    return false;
}

static struct lane_row lane_of(struct task const *task)
{
    return (struct lane_row){ task->number, str_text(&task->id), task };
}

/* The task that is to stay in sight: the selected one, else the one that runs. */
static struct task const *wanted_task(struct scene const *scene)
{
    return scene->task && !scene->task->is_call && !scene->task->done ? scene->task : NULL;
}

/* The first live task to be shown, in so many rows: as scrolled, with the wanted one among them. */
static int first_task(struct scene const *scene, int rows)
{
    struct task const *wanted = wanted_task(scene);
    int first = pane_first_of(scene->view->scroll[PANE_TIMELINE], (int)scene->model->n_tasks, rows);
    int place = 0;

    if (!wanted)
        return first;
    for (struct task const *task = scene->model->tasks; task && task != wanted; task = task->next)
        place++;
    return pane_keep(first, place, rows);
}

static int add_calls(struct lane_row *lanes, int count, struct model const *model)
{
    bool calls = model->running && model->running->is_call;

    for (size_t i = model->segments_ring.count; i > 0 && !calls; i--) {
        struct segment const *segment = &model->segments[ring_at(&model->segments_ring, i - 1)];

        calls = segment->is_call && segment->lane == LANE_RUNNING;
    }
    if (calls)
        lanes[count++] = (struct lane_row){ CALLS, "calls", NULL };
    return count;
}

/* Tasks that live, as scrolled, and the one whose last step still runs; then, while there is room,
 * callbacks and tasks that have ended. */
static int choose_lanes(struct lane_row *lanes, int most, struct scene const *scene)
{
    struct model const *model = scene->model;
    bool ends = model->running && model->running->done && !model->running->is_call && most > 1;
    int count = 0, skip = first_task(scene, most - 1 - ends);

    lanes[count++] = (struct lane_row){ 0, "loop", NULL };
    for (struct task const *task = model->tasks; task && count < most - ends; task = task->next)
        if (skip-- <= 0)
            lanes[count++] = lane_of(task);
    if (ends)
        lanes[count++] = lane_of(model->running);
    if (count < most)
        count = add_calls(lanes, count, model);
    for (size_t i = model->segments_ring.count; i > 0 && count < most; i--) {
        struct segment const *segment = &model->segments[ring_at(&model->segments_ring, i - 1)];

        if (!segment->is_call && segment->number && !has_lane(lanes, count, segment->number))
            lanes[count++] = (struct lane_row){ segment->number, segment->name, NULL };
    }
    return count;
}

static int hidden_tasks(struct lane_row const *lanes, int count, struct model const *model)
{
    int shown = 0;

    for (int i = 0; i < count; i++)
        shown += lanes[i].task && !lanes[i].task->done;
    return (int)model->n_tasks - shown;
}

/* The head of the totals, and what can't be told because it is too long ago. */
static void draw_account(struct box box, struct window const *window, struct scene const *scene)
{
    struct ring const *ring = &scene->model->segments_ring;
    int col = box.cols - TOTALS_COLS + 2;
    char span[32];

    box_text(box, 0, col, STYLE_FAINT, "ran      ready    waited");
    col = box_printf(box, 0, window->col, STYLE_FAINT, "%.6g s and %s on",
                     (double)window->from_ns / 1e9,
                     pane_span(span, sizeof(span), window->to_ns - window->from_ns));
    if (ring->dropped && scene->model->segments[ring_at(ring, 0)].to_ns > window->from_ns)
        box_printf(box, 0, col, STYLE_WARN, "; not kept: before %.6g s",
                   (double)scene->model->segments[ring_at(ring, 0)].to_ns / 1e9);
}

static void draw_legend(struct box box, int row, struct window const *window)
{
    static struct {
        enum style style;
        char const *sign, *word;
    } const signs[] = { { STYLE_RUNNING, "\xe2\x96\x88", "runs" },
                        { STYLE_READY, "\xe2\x96\x92", "ready" },
                        { STYLE_WAITING, "\xe2\x94\x80", "waits" },
                        { STYLE_WAITING, "\xe2\x96\x91", "inside select()" } };
    int col = window->col;

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        col = box_text(box, row, col, signs[i].style, signs[i].sign);
        col = box_text(box, row, col + 1, STYLE_FAINT, signs[i].word) + 3;
    }
}

void pane_timeline(struct box box, struct scene const *scene)
{
    struct lane_row lanes[LANES_MAX];
    struct window window = choose_window(box.cols, scene);
    bool alone = tells_totals(scene, box.cols);
    int most = box.rows - 1 - alone < LANES_MAX ? box.rows - 1 - alone : LANES_MAX, count;

    if (window.cols < 5 || most < 1)
        return;
    if (alone)
        draw_account(box, &window, scene);
    count = choose_lanes(lanes, most, scene);
    for (int i = 0; i < count; i++)
        draw_lane(box, i + alone, &window, &lanes[i], scene);
    draw_axis(box, count + alone, &window);
    if (alone)
        draw_legend(box, count + alone + 2, &window);
    pane_more(box, hidden_tasks(lanes, count, scene->model));
}

int64_t pane_timeline_time(struct scene const *scene, int cols, int col)
{
    struct window window = choose_window(cols, scene);
    double share;

    if (window.cols < 5 || col < window.col || col >= window.col + window.cols)
        return -1;
    share = (double)(col - window.col) / (double)window.cols;
    return window.from_ns + (int64_t)(share * (double)(window.to_ns - window.from_ns));
}

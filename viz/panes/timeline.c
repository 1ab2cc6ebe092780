/*
 * timeline.c - a lane for the loop and for each task: when it ran, was ready, waited
 *
 *     loop   ░░░░█░░░░█░░░░█           ░ inside select()   █ runs handles
 *     main#1 ────█────█────█           ─ waits   ▒ ready   █ runs
 *            0    1    2    3 s
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

enum { LANES_MAX = 128, NAME_COLS = 9, COLS_MAX = 1000, TOTALS_COLS = 30 };

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

static struct window choose_window(int cols, struct scene const *scene)
{
    struct stretch stretch = pane_timeline_stretch(scene);
    int totals = tells_totals(scene, cols) ? TOTALS_COLS : 0;

    return (struct window){ stretch.from_ns, stretch.to_ns, NAME_COLS + 1,
                            cols - NAME_COLS - 2 - totals };
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

/* What has not ended yet is in no segment: it goes until now. */
static void paint_present(struct strip *strip, struct window const *window,
                          struct lane_row const *lane, struct scene const *scene)
{
    struct model const *model = scene->model;
    struct task const *task = lane->task;

    if (lane->number == 0) {
        if (model->select.inside && model->select.entered_ns >= 0)
            paint(strip, window, model->select.entered_ns, scene->now_ns, LANE_WAITING);
        if (model->running && model->begun_ns >= 0)
            paint(strip, window, model->begun_ns, scene->now_ns, LANE_RUNNING);
        return;
    }
    if (task && task->since_ns >= 0)
        paint(strip, window, task->since_ns, scene->now_ns,
              task->state == TASK_RUNNING ? LANE_RUNNING
              : task->state == TASK_READY ? LANE_READY
                                          : LANE_WAITING);
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

static void add_present(struct totals_of *totals, struct window const *window,
                        struct lane_row const *lane, struct scene const *scene)
{
    static enum lane const lanes[] = { LANE_WAITING, LANE_READY, LANE_RUNNING };
    struct task const *task = lane->task;

    if (task && task->since_ns >= 0)
        add_total(totals, window, task->since_ns, scene->now_ns, lanes[task->state]);
    if (lane->number == 0 && scene->model->select.inside)
        add_total(totals, window, scene->model->select.entered_ns, scene->now_ns, LANE_WAITING);
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

static void draw_lane(struct box box, int row, struct window const *window,
                      struct lane_row const *lane, struct scene const *scene)
{
    struct model const *model = scene->model;
    bool selected = lane->number && lane->number == scene->view->task;
    bool alone = tells_totals(scene, box.cols);
    struct strip strip = { { 0 } };
    struct totals_of totals = { { 0 } };

    for (size_t i = 0; i < model->segments_ring.count; i++) {
        struct segment const *segment = &model->segments[ring_at(&model->segments_ring, i)];

        if (!is_of(segment, lane->number))
            continue;
        paint(&strip, window, segment->from_ns, segment->to_ns, segment->lane);
        add_total(&totals, window, segment->from_ns, segment->to_ns, segment->lane);
    }
    paint_present(&strip, window, lane, scene);
    if (selected)
        box_glyph(box, row, 0, STYLE_MARK, 0x25b8);
    box_field(box, row, 1, NAME_COLS - 1, selected ? STYLE_MARK : STYLE_PLAIN, lane->name);
    draw_strip(box, row, window, &strip, lane->number == 0);
    if (!alone)
        return;
    for (size_t i = 0; i < model->segments_ring.count; i++) {
        struct segment const *segment = &model->segments[ring_at(&model->segments_ring, i)];

        if (is_of(segment, lane->number) && !segment->is_call)
            draw_label(box, row, window, &strip, segment);
    }
    add_present(&totals, window, lane, scene);
    draw_totals(box, row, &totals);
}

static void draw_axis(struct box box, int row, struct window const *window)
{
    int64_t step = (window->to_ns - window->from_ns) / 5;
    int64_t unit_ns = step >= 1000000000 ? 1000000000 : step >= 1000000 ? 1000000 : 1000;
    char const *unit = unit_ns == 1000000000 ? "s" : unit_ns == 1000000 ? "ms" : "us";

    int end = window->col + window->cols + 1; /* where the label to the right begins */

    for (int i = 5; i >= 0; i--) {
        char text[32];
        int width = snprintf(text, sizeof(text), i == 5 ? "%g %s" : "%g",
                             (double)(window->from_ns + step * i) / (double)unit_ns, unit);
        int col =
            i == 5 ? window->col + window->cols + 1 - width : window->col + window->cols * i / 5;

        if (col + width >= end && i < 5)
            continue;
        box_text(box, row, col, STYLE_FAINT, text);
        end = col;
    }
}

static bool has_lane(struct lane_row const *lanes, int count, uint64_t number)
{
    for (int i = 0; i < count; i++)
        if (lanes[i].number == number)
            return true;
    return false;
}

/* Tasks that live, as scrolled; then, while there is room, callbacks and tasks that have ended. */
static int choose_lanes(struct lane_row *lanes, int most, struct scene const *scene)
{
    struct model const *model = scene->model;
    int count = 0, skip = scene->view->scroll[PANE_TIMELINE];
    bool calls = false;

    lanes[count++] = (struct lane_row){ 0, "loop", NULL };
    for (struct task const *task = model->tasks; task && count < most; task = task->next)
        if (skip-- <= 0)
            lanes[count++] = (struct lane_row){ task->number, str_text(&task->id), task };
    for (size_t i = model->segments_ring.count; i > 0 && count < most; i--) {
        struct segment const *segment = &model->segments[ring_at(&model->segments_ring, i - 1)];

        if (segment->is_call && segment->lane == LANE_RUNNING)
            calls = true;
    }
    if (calls && count < most)
        lanes[count++] = (struct lane_row){ CALLS, "calls", NULL };
    for (size_t i = model->segments_ring.count; i > 0 && count < most; i--) {
        struct segment const *segment = &model->segments[ring_at(&model->segments_ring, i - 1)];

        if (!segment->is_call && segment->number && !has_lane(lanes, count, segment->number))
            lanes[count++] = (struct lane_row){ segment->number, segment->name, NULL };
    }
    return count;
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
    draw_axis(box, box.rows - 1, &window);
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

/*
 * task.c - one task: where it stands, its last steps, how long they took, who woke it, whom it woke
 *
 *     waiting for timer#6, 0.997 s    at 01_while_loop.c:17   fn heartbeat   made by the program
 *     7 steps   running 0.21 ms   longest 0.09 ms   lateness caused: none
 *
 *     step  began      waited    took              because             then
 *        7  6.002134   1.3 us    8.6 us  ▓░░░░░    timer by timer#6    waits: timer
 *
 *     how long its steps took        woken by           it woke
 *     under 10 us    ▓▓▓▓▓▓▓ 6       timer#6  timer     worker#3
 *
 * All of it is from the model's recent past: the last thousand steps of all tasks together.
 */
#include "pane.h"

#include <inttypes.h>
#include <string.h>

enum { BINS = 7, TALLY_MAX = 64 };

static char const *const bin_names[BINS] = { "under 1 us", "1 - 10 us", "10 - 100 us",
                                             "0.1 - 1 ms", "1 - 10 ms", "10 - 100 ms",
                                             "over 100 ms" };

static int bin_of(int64_t took_ns)
{
    int bin = 0;

    for (int64_t limit = 1000; bin < BINS - 1 && took_ns >= limit; limit *= 10)
        bin++;
    return bin;
}

/* ---- where it stands ----------------------------------------------------------------------- */

static void draw_state(struct box box, struct scene const *scene, struct task const *task)
{
    bool is_now;
    struct slice shown = pane_source_spot(scene, &is_now).file;
    char text[160], span[32];
    struct say say;
    int col;

    say_init(&say, text, sizeof(text));
    pane_say_waits(&say, task, scene->now_ns);
    col = box_text(box, 0, 1, pane_state_style(task->state), task_state_name(task->state));
    if (task->state != TASK_RUNNING)
        col = box_text(
            box, 0,
            box_text(box, 0, col + 1, STYLE_PLAIN, task->state == TASK_READY ? "because:" : "for") +
                1,
            STYLE_STRONG, text);
    if (task->cancelling)
        col = box_text(box, 0, col + 2, STYLE_WARN, "being cancelled");
    if (task->expr.len) {
        col = box_text(box, 0, col + 2, STYLE_FAINT, "in");
        col = box_slice(box, 0, col + 1, box.cols - col - 12, STYLE_PLAIN, str_slice(&task->expr));
    }
    box_text(box, 0, col + 2, STYLE_PLAIN,
             pane_say_spot(text, sizeof(text), pane_task_spot(scene, task), shown));
    col = box_printf(box, 1, 1, STYLE_PLAIN, "%" PRIu64 " step%s", task->steps,
                     task->steps == 1 ? "" : "s");
    col = box_printf(box, 1, col, STYLE_PLAIN, "   running %s",
                     pane_span(span, sizeof(span), task->cpu_ns));
    col = box_printf(box, 1, col, STYLE_PLAIN, "   longest %s",
                     pane_span(span, sizeof(span), task->longest_ns));
    col = box_printf(box, 1, col, task->late_ns ? STYLE_WARN : STYLE_PLAIN, "   lateness caused %s",
                     task->late_ns ? pane_span(span, sizeof(span), task->late_ns) : "none");
    if (task->parent.len) {
        col = box_text(box, 1, col, STYLE_PLAIN, "   made by ");
        box_slice(box, 1, col, box.cols - col, STYLE_PLAIN, str_slice(&task->parent));
    }
}

/* ---- its steps ----------------------------------------------------------------------------- */

/* Where columns begin; the gauge is as wide as it says. */
struct columns {
    int began, waited, took, gauge, gauge_cols, why, then;
};

static struct columns lay_out(int cols)
{
    if (cols < 100)
        return (struct columns){ 6, 17, 26, 34, 4, 39, 55 };
    return (struct columns){ 8, 20, 30, 39, 6, 47, 76 };
}

static void draw_then(struct box box, struct deed const *deed, enum style style)
{
    int col = box_slice(box, 0, 0, box.cols, style, slice_of(deed->next));

    if (deed->kept_waiting)
        box_printf(box, 0, col + 1, STYLE_WARN, "(%" PRIu64 " stood ready)", deed->kept_waiting);
}

static void draw_deed(struct box box, int row, struct deed const *deed, int64_t longest_ns,
                      int64_t now_ns)
{
    struct columns at = lay_out(box.cols);
    bool runs = deed->took_ns < 0;
    int64_t took_ns = runs ? now_ns - deed->begun_ns : deed->took_ns;
    enum style style = runs ? STYLE_RUNNING : STYLE_PLAIN;
    char span[32];
    int col;

    box_printf(box, row, 0, style, "%*" PRIu64, at.began - 2, deed->step);
    box_printf(box, row, at.began, style, "%.6f", (double)deed->begun_ns / 1e9);
    box_field(box, row, at.waited, at.took - at.waited - 1, style,
              deed->waited_ns < 0 ? "?" : pane_span(span, sizeof(span), deed->waited_ns));
    box_field(box, row, at.took, at.gauge - at.took, style, pane_span(span, sizeof(span), took_ns));
    if (longest_ns > 0)
        box_gauge(box, row, at.gauge, at.gauge_cols, (double)took_ns / (double)longest_ns,
                  STYLE_RUNNING);
    col = box_slice(box, row, at.why, 10, style, slice_of(deed->why)) + 1;
    box_slice(box, row, col, at.then - col - 1, STYLE_FAINT, slice_of(deed->by));
    if (runs)
        box_text(box, row, at.then, style, "runs");
    else
        draw_then(box_within(box, row, at.then, 1, box.cols), deed, style);
}

static bool is_its(struct deed const *deed, struct task const *task)
{
    return deed->number == task->number && deed->is_call == task->is_call;
}

static void draw_steps(struct box box, struct scene const *scene, struct task const *task)
{
    struct model const *model = scene->model;
    struct columns at = lay_out(box.cols);
    int skip = scene->view->scroll[PANE_TASK], row = 1;

    box_text(box, 0, at.began - 6, STYLE_FAINT, "step");
    box_text(box, 0, at.began, STYLE_FAINT, "began");
    box_text(box, 0, at.waited, STYLE_FAINT, "waited");
    box_text(box, 0, at.took, STYLE_FAINT, "took");
    box_text(box, 0, at.why, STYLE_FAINT, "because, by");
    box_text(box, 0, at.then, STYLE_FAINT, "then");
    for (size_t i = model->deeds_ring.count; i > 0 && row < box.rows; i--) {
        struct deed const *deed = &model->deeds[ring_at(&model->deeds_ring, i - 1)];

        if (is_its(deed, task) && skip-- <= 0)
            draw_deed(box, row++, deed, task->longest_ns, scene->now_ns);
    }
    if (row == 1)
        box_text(box, 1, 2, STYLE_FAINT, "(no step of it in the recent past)");
}

static void draw_histogram(struct box box, struct model const *model, struct task const *task)
{
    unsigned bins[BINS] = { 0 }, most = 1;

    for (size_t i = 0; i < model->deeds_ring.count; i++) {
        struct deed const *deed = &model->deeds[ring_at(&model->deeds_ring, i)];

        if (is_its(deed, task) && deed->took_ns >= 0)
            bins[bin_of(deed->took_ns)]++;
    }
    for (int bin = 0; bin < BINS; bin++)
        most = bins[bin] > most ? bins[bin] : most;
    box_text(box, 0, 1, STYLE_TITLE, "how long its steps took");
    for (int bin = 0; bin < BINS; bin++) {
        int room = box.cols - 20 > 0 ? box.cols - 20 : 0;
        int cols = bins[bin] ? 1 + (int)((unsigned)(room - 1) * bins[bin] / most) : 0;

        box_text(box, bin + 1, 1, STYLE_PLAIN, bin_names[bin]);
        box_fill(box, bin + 1, 13, cols, bin == BINS - 1 ? STYLE_WARN : STYLE_RUNNING, 0x2593);
        if (bins[bin])
            box_printf(box, bin + 1, 13 + cols + 1, STYLE_STRONG, "%u", bins[bin]);
    }
}

/* ---- who woke whom ------------------------------------------------------------------------- */

struct tally {
    char const *name, *why;
    unsigned count;
};

static int add_tally(struct tally *tallies, int count, char const *name, char const *why)
{
    for (int i = 0; i < count; i++)
        if (strcmp(tallies[i].name, name) == 0 && strcmp(tallies[i].why, why) == 0) {
            tallies[i].count++;
            return count;
        }
    if (count < TALLY_MAX)
        tallies[count++] = (struct tally){ name, why, 1 };
    return count;
}

static void draw_tallies(struct box box, char const *title, struct tally const *tallies, int count)
{
    box_text(box, 0, 1, STYLE_TITLE, title);
    for (int i = 0; i < count && i + 1 < box.rows; i++) {
        int col = box_slice(box, i + 1, 1, 16, STYLE_STRONG, slice_of(tallies[i].name));

        col = box_slice(box, i + 1, col + 1, 8, STYLE_FAINT, slice_of(tallies[i].why));
        if (tallies[i].count > 1)
            box_printf(box, i + 1, col + 1, STYLE_PLAIN, "\xc3\x97%u", tallies[i].count);
    }
    if (count == 0)
        box_text(box, 1, 1, STYLE_FAINT, "(nobody lately)");
    pane_more(box_within(box, 1, 0, box.rows - 1, box.cols), count + 1 - box.rows);
}

static void draw_wakings(struct box woken, struct box woke, struct model const *model,
                         struct task const *task)
{
    struct tally by[TALLY_MAX], whom[TALLY_MAX];
    int n_by = 0, n_whom = 0;

    for (size_t i = model->wakings_ring.count; i > 0; i--) {
        struct waking const *waking = &model->wakings[ring_at(&model->wakings_ring, i - 1)];

        if (waking->number == task->number && waking->is_call == task->is_call)
            n_by = add_tally(by, n_by, waking->by[0] ? waking->by : "?", waking->why);
        if (task->number > 0 && waking->by_number == task->number)
            n_whom = add_tally(whom, n_whom, waking->whom, waking->why);
    }
    draw_tallies(woken, "woken by", by, n_by);
    draw_tallies(woke, "it woke", whom, n_whom);
}

void pane_task(struct box box, struct scene const *scene)
{
    struct task const *task = pane_subject(scene);
    int foot = box.rows >= 16 ? BINS + 1 : 0, top = box.rows - foot - 3, third = box.cols / 3;

    if (!task) {
        box_text(box, 0, 1, STYLE_FAINT, "(no task lives at this moment)");
        return;
    }
    draw_state(box, scene, task);
    draw_steps(box_within(box, 3, 0, top - (foot > 0), box.cols), scene, task);
    if (!foot)
        return;
    draw_histogram(box_within(box, box.rows - foot, 0, foot, third + 4), scene->model, task);
    draw_wakings(box_within(box, box.rows - foot, third + 6, foot, third - 4),
                 box_within(box, box.rows - foot, 2 * third + 4, foot, third - 4), scene->model,
                 task);
}

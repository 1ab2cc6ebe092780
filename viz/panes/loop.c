/*
 * loop.c - the five phases of a turn, the present one marked: the heart of the picture
 *
 *       1 timeout 0.997 s, until timer#6
 *     ▶ 2 select  1 fd, waiting ≤ 0.997 s ▓▓░
 *       3 I/O     –
 *       4 timers  –
 *       5 ready   –
 *
 * The rows are always there, in the order in which a turn goes through them: what is to be learned
 * is that the mark goes down this list and around again. Where there are fewer rows, the present one is
 * among them.
 */
#include "pane.h"

#include <inttypes.h>

static char const *const names[] = { "timeout", "select", "I/O", "timers", "ready" };
enum { WORDS_COL = 12, GAUGE_LEAST = 7 };

static char const nothing[] = "\xe2\x80\x93";

/* How much is said: as much of it as there is room for, the numbers to the last. */
enum wording { ALL, FEWER, SHORT, NUMBERS };

/* What it has worked out for this turn. */
static void say_asked(struct say *say, struct select_call const *call, enum wording wording)
{
    if (call->entered_ns < 0) {
        say_add(say, "not seen");
    } else if (call->forever) {
        say_add(say, "none, wait for ever");
    } else if (call->timeout_ns == 0) {
        say_add(say, str_is(&call->until, slice_of("stop"))   ? "0: asked to stop"
                     : id_number(str_slice(&call->until)) > 0 ? "0: a timer is due"
                                                              : "0: work is ready");
    } else {
        say_span(say, call->timeout_ns);
        if (call->until.len && wording < NUMBERS) {
            say_add(say, wording < SHORT ? ", until " : " to ");
            say_clean(say, str_slice(&call->until), 16);
        }
    }
}

/* What it is about to work out. */
static void say_timeout(struct say *say, struct scene const *scene, enum wording wording)
{
    struct model const *model = scene->model;

    if (model->phase == PHASE_OUTSIDE) {
        say_add(say, nothing);
    } else if (model->phase != PHASE_TIMEOUT) {
        say_asked(say, &model->select, wording);
    } else if (model->stopping) {
        say_add(say, "0: asked to stop");
    } else if (model->n_ready > 0) {
        say_f(say, "0: %zu ready", model->n_ready);
    } else if (!model->timers) {
        say_add(say, "none: no timer is set");
    } else if (model->timers->due_ns <= scene->now_ns) {
        say_add(say, "0: a timer is due");
    } else {
        say_add(say, wording < SHORT ? "next deadline in " : "due in ");
        say_span(say, model->timers->due_ns - scene->now_ns);
    }
}

/* A call that was begun before the trace: what it waits for follows from what the loop holds. */
static void say_unseen_select(struct say *say, struct model const *model)
{
    say_count(say, model_fds_of(model, model->n_watches), "fd", NULL);
    if (model->stopping || model->n_ready > 0) {
        say_add(say, ", only looking");
    } else if (!model->timers) {
        say_add(say, ", waits for any");
    } else {
        say_add(say, ", until ");
        say_clean(say, str_slice(&model->timers->id), 16);
    }
}

static void say_select(struct say *say, struct model const *model, enum wording wording)
{
    struct select_call const *call = &model->select;

    if (call->inside && call->entered_ns < 0) {
        say_unseen_select(say, model);
        return;
    }
    if (call->inside) {
        say_count(say, model_fds_of(model, call->reads + call->writes), "fd", NULL);
        if (wording == ALL && call->nfds)
            say_f(say, " (nfds %" PRIu64 ")", call->nfds);
        if (call->forever) {
            say_add(say, ", waits for any");
        } else if (call->timeout_ns == 0) {
            say_add(say, ", only looking");
        } else {
            say_add(say, wording < SHORT ? ", waiting \xe2\x89\xa4 " : ", \xe2\x89\xa4 ");
            say_span(say, call->timeout_ns);
        }
        return;
    }
    if (call->entered_ns < 0 || call->took_ns < 0 || model->phase < PHASE_SELECT) {
        say_add(say, nothing);
        return;
    }
    say_add(say, wording < SHORT ? "waited " : "");
    say_span(say, call->took_ns);
    if (call->error.len) {
        say_add(say, ", ");
        say_clean(say, str_slice(&call->error), 20);
    } else {
        say_f(say, ", %" PRIu64 " ready", call->ready);
    }
}

static void say_io(struct say *say, struct model const *model)
{
    struct select_call const *call = &model->select;
    size_t total = call->n_read_fds + call->n_write_fds;

    if (call->inside || model->phase < PHASE_IO || total == 0) {
        say_add(say, nothing);
        return;
    }
    say_add(say, total == 1 ? "ready: fd" : "ready: fds");
    for (size_t i = 0; i < call->n_read_fds && i < 8; i++)
        say_f(say, " %d", call->read_fds[i]);
    for (size_t i = 0; i < call->n_write_fds && i < 8; i++)
        say_f(say, " %d(write)", call->write_fds[i]);
    if (total > 8)
        say_add(say, " \xe2\x80\xa6");
}

/* Handles in the queue that a timer put there. */
static void say_timers(struct say *say, struct model const *model)
{
    uint64_t fired = 0;

    for (struct task const *task = model->ready; task; task = task->next_ready)
        if (str_is(&task->why, slice_of("timer")))
            fired++;
    if (model->phase < PHASE_TIMERS || (fired == 0 && model->phase != PHASE_TIMERS))
        say_add(say, nothing);
    else if (fired == 0)
        say_add(say, "a timer fires");
    else
        say_f(say, "%" PRIu64 " made ready", fired);
}

static void say_ready(struct say *say, struct model const *model, enum wording wording)
{
    if (model->phase == PHASE_OUTSIDE) {
        say_add(say, model->ended ? "the program has ended" : nothing);
    } else if (model->running) {
        say_add(say, wording < SHORT ? "running " : "");
        say_clean(say, str_slice(&model->running->id), 24);
        if (model->batch > 1)
            say_f(say, ", %" PRIu64 " of %" PRIu64, model->batch_done + 1, model->batch);
    } else if (model->phase == PHASE_READY && model->batch > 0) {
        say_f(say, "%" PRIu64 " of %" PRIu64 " done", model->batch_done, model->batch);
    } else if (model->n_ready > 0) {
        say_f(say, "%zu to run", model->n_ready);
    } else {
        say_add(say, nothing);
    }
}

/* How much of the wait is over. */
static void draw_wait(struct box box, int row, int col, struct scene const *scene, enum style style)
{
    struct select_call const *call = &scene->model->select;
    int cols = box.cols - col - 2;

    if (!call->inside || call->forever || call->timeout_ns <= 0 || cols < 3)
        return;
    box_gauge(box, row, col + 1, cols < 10 ? cols : 10,
              (double)(scene->now_ns - call->entered_ns) / (double)call->timeout_ns, style);
}

static void say_phase(struct say *say, enum phase phase, struct scene const *scene,
                      enum wording wording)
{
    switch (phase) {
    case PHASE_TIMEOUT: say_timeout(say, scene, wording); break;
    case PHASE_SELECT: say_select(say, scene->model, wording); break;
    case PHASE_IO: say_io(say, scene->model); break;
    case PHASE_TIMERS: say_timers(say, scene->model); break;
    case PHASE_READY: say_ready(say, scene->model, wording); break;
    case PHASE_OUTSIDE: break;
    }
}

static void draw_phase(struct box box, int row, enum phase phase, struct scene const *scene)
{
    bool is_now = scene->model->phase == phase;
    enum style style = is_now ? STYLE_NOW : STYLE_PLAIN;
    char text[160];
    struct say say;
    int col;

    for (int wording = ALL; wording <= NUMBERS; wording++) {
        say_init(&say, text, sizeof(text));
        say_phase(&say, phase, scene, (enum wording)wording);
        if ((int)text_columns(slice_of(text)) + (wording == ALL ? GAUGE_LEAST : 0) <=
            box.cols - WORDS_COL)
            break;
    }
    if (is_now)
        box_fill(box, row, 0, box.cols, style, ' ');
    box_text(box, row, 0, style, is_now ? "\xe2\x96\xb6" : " ");
    box_printf(box, row, 2, style, "%d %-8s ", (int)phase, names[phase - PHASE_TIMEOUT]);
    col = box_text(box, row, WORDS_COL, style, text);
    if (phase == PHASE_SELECT)
        draw_wait(box, row, col, scene, style);
}

void pane_phases(struct box box, struct scene const *scene)
{
    int first = pane_keep(0, (int)scene->model->phase - PHASE_TIMEOUT, box.rows);

    if (first < 0) /* outside of a turn */
        first = 0;
    for (int row = 0; row < box.rows && first + row < 5; row++)
        draw_phase(box, row, (enum phase)(PHASE_TIMEOUT + first + row), scene);
}

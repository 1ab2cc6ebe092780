/*
 * header.c - the first line: which program, live or not, playing or not, where we are
 *
 *     01_while_loop   LIVE   ▶ 1×     t 6.002134 s   turn 13   event 87/87     tasks 1  timers 1  fds 1
 */
#include "pane.h"

#include <inttypes.h>
#include <string.h>

static struct slice base_name(struct slice path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.at[i - 1] == '/' && i < path.len)
            return (struct slice){ path.at + i, path.len - i };
    return path;
}

/* What the program itself does, when that is not to run at its own pace. True when it was said. */
static bool draw_program(struct box box, int *col, struct scene const *scene)
{
    struct view const *view = scene->view;
    bool waits = view->at_edge && scene->model->phase == PHASE_SELECT;

    if (view->has_paused)
        *col = box_text(box, 0, *col + 1, STYLE_WARN,
                        !view->is_stepping ? "PROGRAM PAUSED"
                        : waits            ? "STEPPING: in select()"
                                           : "STEPPING");
    else if (view->program_speed > 0 && view->program_speed != 1 && view->source == VIEW_LIVE)
        *col =
            box_printf(box, 0, *col + 1, STYLE_WARN, "program at %g\xc3\x97", view->program_speed);
    else
        return false;
    return true;
}

static int draw_mode(struct box box, int col, struct scene const *scene)
{
    struct view const *view = scene->view;

    if (view->source == VIEW_LIVE && view->at_edge)
        col = box_text(box, 0, col, STYLE_LIVE, " LIVE ");
    else if (view->source == VIEW_LIVE)
        col = box_text(box, 0, col, STYLE_WARN, "BEHIND LIVE");
    else
        col = box_text(box, 0, col, STYLE_TITLE, view->source == VIEW_OVER ? "ENDED" : "REPLAY");
    if (draw_program(box, &col, scene) && view->at_edge && view->playing)
        return col;    /* the picture goes as the program does */
    if (view->playing) /* at the edge nothing is faster than the program */
        return box_printf(box, 0, col + 2, STYLE_STRONG, "\xe2\x96\xb6 %g\xc3\x97",
                          view->at_edge ? 1 : view->speed);
    if (view->speed != 1)
        return box_printf(box, 0, col + 2, STYLE_STRONG, "paused (%g\xc3\x97)", view->speed);
    return box_text(box, 0, col + 2, STYLE_STRONG, "paused");
}

/* Events that . and , pass over are not seen to be passed over. */
int pane_header_filter(struct box box, int col, struct filter const *filter)
{
    enum { LEAST = 12 };
    int limit = box.cols / 7 < LEAST ? LEAST : box.cols / 7;
    if (filter->n_terms == 0)
        return col;
    col = box_text(box, 0, col + 2, STYLE_WARN, "only ");
    return box_slice(box, 0, col, limit, STYLE_WARN, slice_of(filter->text));
}

static void say_where(struct say *say, struct scene const *scene, bool briefly)
{
    struct moment const *moment = scene->moment;
    double t_s = (double)scene->now_ns / 1e9;

    say_f(say, briefly ? "t %.3f s  turn %" PRIu64 "  " : "t %.6f s   turn %" PRIu64 "   event ",
          t_s, scene->model->turn);
    say_f(say, "%" PRIu64 "/%" PRIu64, moment->n, moment->n_last);
}

static void say_counts(struct say *say, struct model const *model)
{
    say_f(say, "tasks %zu  timers %zu  fds %" PRIu64, model->n_tasks, model->n_timers,
          model_fds_of(model, model->n_watches));
    if (model->n_conns)
        say_f(say, "  conns %zu", model->n_conns);
}

void pane_header(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    struct slice name = model->program.len ? base_name(str_slice(&model->program))
                                           : base_name(slice_of(history_name(scene->history)));
    char where[128], counts[128];
    struct say say;
    int col = box_slice(box, 0, 1, box.cols / 4, STYLE_STRONG, name), end = box.cols - 1, room;

    col = draw_mode(box, col + 2, scene);
    col = pane_header_filter(box, col, &scene->view->filter);
    if (model->n_warnings)
        col = box_printf(box, 0, col + 2, STYLE_WARN, "! %" PRIu64 " warning%s", model->n_warnings,
                         model->n_warnings == 1 ? "" : "s");
    say_init(&say, where, sizeof(where));
    say_where(&say, scene, false);
    if (col + 2 + (int)strlen(where) > end) {
        say_init(&say, where, sizeof(where));
        say_where(&say, scene, true);
    }
    say_init(&say, counts, sizeof(counts));
    say_counts(&say, model);
    room = end - col - (int)strlen(where);
    if (room >= (int)strlen(counts) + 6) {
        end -= (int)strlen(counts);
        box_text(box, 0, end, STYLE_PLAIN, counts);
        room -= (int)strlen(counts);
    }
    box_text(box, 0, room > 4 ? col + room / 2 : col + 2, STYLE_STRONG, where);
}

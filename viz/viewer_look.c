/*
 * viewer_look.c - keys and clicks that change what is looked at
 */
#include "viewer_inside.h"

#include <string.h>

static int page(struct viewer const *viewer, enum pane pane)
{
    struct layout layout = view_layout(&viewer->view, viewer->history, viewer->rows, viewer->cols);

    return layout.pane[pane].rows > 1 ? layout.pane[pane].rows : 1;
}

/* The task so many rows below the selected one (or above it), tasks before callbacks. */
static struct task const *task_from(struct model const *model, uint64_t number, int rows)
{
    struct task const *task = model->tasks, *first = task;

    while (task && task->number != number)
        task = task->next;
    if (!task)
        return rows < 0 ? model->tasks_last : first;
    for (; rows > 0 && task->next; rows--)
        task = task->next;
    for (; rows < 0 && task->prev; rows++)
        task = task->prev;
    return task;
}

static void select_task(struct viewer *viewer, int rows)
{
    struct task const *task =
        task_from(history_moment(viewer->history)->model, viewer->view.task, rows);

    if (task)
        viewer->view.task = task->number;
    else
        viewer_tell(viewer, "No task lives at this moment");
}

static void scroll(struct viewer *viewer, enum pane pane, int rows)
{
    struct view *view = &viewer->view;
    struct scene scene = viewer_scene(viewer);
    int length = pane_length(pane, &scene), least = 0, most = length - page(viewer, pane);

    if (view->help) {
        most = pane_help_rows() - 1;
        view->help_scroll += rows;
        view->help_scroll = view->help_scroll > most ? most : view->help_scroll;
        view->help_scroll = view->help_scroll < 0 ? 0 : view->help_scroll;
        return;
    }
    if (pane == PANE_TASKS) {
        select_task(viewer, rows);
        return;
    }
    if (pane == PANE_OUTPUT || pane == PANE_SOURCE)
        least = -length; /* they begin somewhere else than at their top */
    if (pane == PANE_OUTPUT)
        most = 0;
    if (pane == PANE_SOURCE)
        most = length;
    view->scroll[pane] += rows;
    if (view->scroll[pane] > most)
        view->scroll[pane] = most;
    if (view->scroll[pane] < least)
        view->scroll[pane] = least;
}

static void focus(struct viewer *viewer, int direction)
{
    struct view *view = &viewer->view;

    view->focus = (enum pane)(((int)view->focus + direction + PANE_COUNT) % PANE_COUNT);
}

static void follow(struct viewer *viewer)
{
    struct view *view = &viewer->view;

    if (!view->follow && !view->task)
        select_task(viewer, 0);
    view->follow = !view->follow && view->task;
    if (view->follow)
        viewer_tell(viewer, "The source stays with task %llu; F again lets go",
                    (unsigned long long)view->task);
    else if (view->task)
        viewer_tell(viewer, "The source goes where the loop goes");
}

/* What lies over the picture goes first. False when nothing did. */
bool viewer_leave(struct viewer *viewer)
{
    struct view *view = &viewer->view;

    if (view->help)
        view->help = false;
    else if (view->maximised)
        view->maximised = false;
    else
        return false;
    return true;
}

static void unselect(struct viewer *viewer)
{
    viewer->view.task = 0;
    viewer->view.follow = false;
    memset(viewer->view.scroll, 0, sizeof(viewer->view.scroll));
}

void viewer_look(struct viewer *viewer, enum action action)
{
    struct view *view = &viewer->view;

    switch (action) {
    case ACTION_DOWN: scroll(viewer, view->focus, 1); break;
    case ACTION_UP: scroll(viewer, view->focus, -1); break;
    case ACTION_PAGE_DOWN: scroll(viewer, view->focus, page(viewer, view->focus)); break;
    case ACTION_PAGE_UP: scroll(viewer, view->focus, -page(viewer, view->focus)); break;
    case ACTION_SELECT:
        if (view->task)
            follow(viewer);
        else
            select_task(viewer, 0);
        break;
    case ACTION_FOCUS_NEXT: focus(viewer, 1); break;
    case ACTION_FOCUS_PREVIOUS: focus(viewer, -1); break;
    case ACTION_MAXIMISE: view->maximised = !view->maximised; break;
    case ACTION_FOLLOW: follow(viewer); break;
    case ACTION_HELP: view->help = !view->help; break;
    case ACTION_LEAVE:
        if (!viewer_leave(viewer))
            unselect(viewer);
        break;
    default: break;
    }
}

/* ---- the mouse ----------------------------------------------------------------------------- */

static bool is_inside(struct place const *place, int row, int col)
{
    return row >= place->row - 1 && row < place->row + place->rows && col >= place->col &&
           col < place->col + place->cols && place->rows > 0;
}

/* Which task stands in a row of the tasks pane: draw it as text would be drawn, and read it off the
 * same order. Rows count from the heading. */
static void click_task(struct viewer *viewer, int row)
{
    struct scene scene = viewer_scene(viewer);
    int first = pane_tasks_first(&scene, page(viewer, PANE_TASKS));
    struct task const *task = scene.model->tasks;

    for (int skip = first + row - 1; task && skip > 0; skip--)
        task = task->next;
    if (task && row > 0)
        viewer->view.task = task->number;
}

static void click(struct viewer *viewer, struct layout const *layout, int row, int col,
                  int64_t wall_ns)
{
    struct place const *line = &layout->progress;
    int64_t t_ns;

    if (row == line->row && col >= line->col && col < line->col + line->cols) {
        player_seek_share(&viewer->player, (double)(col - line->col) / (line->cols - 1), wall_ns);
        return;
    }
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        struct place const *place = &layout->pane[pane];

        if (!is_inside(place, row, col))
            continue;
        viewer->view.focus = (enum pane)pane;
        if (pane == PANE_TASKS)
            click_task(viewer, row - place->row);
        if (pane == PANE_TIMELINE && row >= place->row) {
            struct scene scene = viewer_scene(viewer);

            t_ns = pane_timeline_time(&scene, place->cols, col - place->col);
            if (t_ns >= 0)
                player_seek(&viewer->player, t_ns - view_now(&viewer->view, viewer->history),
                            wall_ns);
        }
        return;
    }
}

void viewer_mouse(struct viewer *viewer, int row, int col, enum viewer_button button,
                  int64_t wall_ns)
{
    struct layout layout = view_layout(&viewer->view, viewer->history, viewer->rows, viewer->cols);

    viewer->view.message[0] = '\0';
    if (viewer->view.help && button == BUTTON_CLICK) {
        viewer->view.help = false;
        return;
    }
    if (button == BUTTON_CLICK) {
        click(viewer, &layout, row, col, wall_ns);
        return;
    }
    for (int pane = 0; pane < PANE_COUNT; pane++)
        if (is_inside(&layout.pane[pane], row, col) || viewer->view.help) {
            scroll(viewer, (enum pane)pane, button == BUTTON_WHEEL_UP ? -3 : 3);
            return;
        }
}

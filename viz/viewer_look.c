/*
 * viewer_look.c - keys and clicks that change what is looked at
 */
#include "viewer_inside.h"

#include "order.h"

#include <string.h>

enum { EVENTS_FAR = 300 };

static int page(struct viewer const *viewer, enum pane pane)
{
    struct layout layout = view_layout(&viewer->view, viewer->history, viewer->rows, viewer->cols);

    if (viewer->view.help)
        return layout.body.rows > 3 ? layout.body.rows - 2 : 1;
    return layout.pane[pane].rows > 1 ? layout.pane[pane].rows : 1;
}

/* The task so many rows below the selected one (or above it), as they stand in the table. */
static void select_task(struct viewer *viewer, int rows)
{
    struct view *view = &viewer->view;
    struct model const *model = history_moment(viewer->history)->model;
    struct task const *task = view_task(view, viewer->history);
    int last = (int)(model->n_tasks + model->n_calls) - 1, place = 0;

    if (last < 0) {
        viewer_tell(viewer, "No task lives at this moment");
        return;
    }
    if (view->task && task && task->number == view->task)
        place = (int)order_place(model, view->order, view->order_down, task) + rows;
    else if (rows < 0)
        place = last;
    place = place < 0 ? 0 : place > last ? last : place;
    if (order_rows(model, view->order, view->order_down, (size_t)place, 1, &task) == 1)
        view->task = task->number;
}

/* By another column: what one looks for in numbers are the great ones, so those come first. */
static void sort_by(struct viewer *viewer, int direction)
{
    struct view *view = &viewer->view;
    int order = (int)view->order + direction;

    if (view->focus != PANE_TASKS)
        view_focus(view, PANE_TASKS, view->maximised);
    view->order = (enum order)((order + ORDER_COUNT) % ORDER_COUNT);
    view->order_down = view->order >= ORDER_STEPS;
    viewer_tell(viewer, "The tasks stand by %s%s",
                view->order == ORDER_NUMBER     ? "number"
                : view->order == ORDER_WAITS    ? "what they wait for"
                : view->order == ORDER_LATE     ? "the lateness that they caused"
                : view->order == ORDER_WARNINGS ? "warnings"
                                                : order_name(view->order),
                view->order_down ? ", the greatest first; i turns it around" : "");
}

static void scroll(struct viewer *viewer, enum pane pane, int rows)
{
    struct view *view = &viewer->view;
    struct scene scene = viewer_scene(viewer);
    int length = pane_length(pane, &scene), least = 0, most = length - page(viewer, pane);

    if (view->help) {
        most = pane_help_rows() - page(viewer, pane);
        view->help_scroll += rows;
        view->help_scroll = view->help_scroll > most ? most : view->help_scroll;
        view->help_scroll = view->help_scroll < 0 ? 0 : view->help_scroll;
        return;
    }
    if (pane == PANE_TASKS) {
        select_task(viewer, rows);
        return;
    }
    if (pane == PANE_OUTPUT || pane == PANE_SOURCE || pane == PANE_LESSON)
        least = -length; /* they begin somewhere else than at their top */
    if (pane == PANE_OUTPUT || pane == PANE_LESSON)
        most = 0;
    if (pane == PANE_EVENTS)
        most = -(least = -EVENTS_FAR);
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

    int count = view->maximised ? PANE_COUNT : PANE_TILES;

    view_focus(view, (enum pane)(((int)view->focus + direction + count) % count), view->maximised);
}

static void follow(struct viewer *viewer)
{
    struct view *view = &viewer->view;
    struct task const *task;
    char name[100];
    struct say say;

    if (!view->follow && !view->task)
        select_task(viewer, 0);
    view->follow = !view->follow && view->task;
    task = view_task(view, viewer->history);
    say_init(&say, name, sizeof(name));
    if (task && task->number == view->task)
        say_clean(&say, str_slice(&task->id), 40);
    else
        say_f(&say, "task %llu", (unsigned long long)view->task);
    if (view->follow)
        viewer_tell(viewer, "The source stays with %s; F again lets go", name);
    else if (view->task)
        viewer_tell(viewer, "The source goes where the loop goes");
}

/* What lies over the picture goes first. False when nothing did. */
bool viewer_leave(struct viewer *viewer)
{
    struct view *view = &viewer->view;

    if (view->help)
        view->help = false;
    else if (view->menu)
        view->menu = false;
    else if (view->maximised)
        view_focus(view, view->tile, false);
    else
        return false;
    return true;
}

/* Half as long, twice as long: of 1, 2, 5, 10 ... Now stays in sight if it is. */
static void zoom(struct viewer *viewer, int direction)
{
    struct view *view = &viewer->view;
    struct scene scene = viewer_scene(viewer);
    struct stretch old = pane_timeline_stretch(&scene);
    int64_t span = old.to_ns - old.from_ns, middle = old.from_ns + span / 2;
    bool has_now = scene.now_ns >= old.from_ns && scene.now_ns <= old.to_ns;

    span = direction > 0 ? pane_round_span(span / 3) : pane_round_span(span + 1);
    if (span < 1000 || span > 100000 * SECOND)
        return;
    view->span_ns = span;
    if (has_now)
        middle = scene.now_ns;
    view->from_ns = middle - span / 2 > 0 ? middle - span / 2 : 0;
}

static void pan(struct viewer *viewer, int direction)
{
    struct view *view = &viewer->view;
    struct scene scene = viewer_scene(viewer);
    struct stretch old = pane_timeline_stretch(&scene);
    int64_t span = old.to_ns - old.from_ns, from = old.from_ns + direction * span / 4;

    view->span_ns = span;
    view->from_ns = from > 0 ? from : 0;
}

/* The timeline comes into sight with its keys. */
static void look_at_time(struct viewer *viewer, enum action action)
{
    if (viewer->view.focus != PANE_TIMELINE)
        view_focus(&viewer->view, PANE_TIMELINE, viewer->view.maximised);
    switch (action) {
    case ACTION_ZOOM_IN: zoom(viewer, 1); break;
    case ACTION_ZOOM_OUT: zoom(viewer, -1); break;
    case ACTION_PAN_LEFT: pan(viewer, -1); break;
    default: pan(viewer, 1); break;
    }
}

static void unselect(struct viewer *viewer)
{
    viewer->view.task = 0;
    viewer->view.follow = false;
    viewer->view.span_ns = 0;
    viewer->view.from_ns = -1;
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
            view_focus(view, PANE_TASK, true);
        else
            select_task(viewer, 0);
        break;
    case ACTION_FOCUS_NEXT: focus(viewer, 1); break;
    case ACTION_FOCUS_PREVIOUS: focus(viewer, -1); break;
    case ACTION_MAXIMISE:
        view_focus(view, view->maximised ? view->tile : view->focus, !view->maximised);
        break;
    case ACTION_MENU: view->menu = !view->menu; break;
    case ACTION_TREE:
        if (view->focus == PANE_TREE)
            view_focus(view, view->tile, false);
        else
            view_focus(view, PANE_TREE, true);
        break;
    case ACTION_ZOOM_IN:
    case ACTION_ZOOM_OUT:
    case ACTION_PAN_LEFT:
    case ACTION_PAN_RIGHT: look_at_time(viewer, action); break;
    case ACTION_SORT_LEFT: sort_by(viewer, -1); break;
    case ACTION_SORT_RIGHT: sort_by(viewer, 1); break;
    case ACTION_SORT_INVERT: view->order_down = !view->order_down; break;
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
    struct task const *task;

    if (row > 0 && order_rows(scene.model, viewer->view.order, viewer->view.order_down,
                              (size_t)(first + row - 1), 1, &task) == 1)
        viewer->view.task = task->number;
}

/* The menu takes every click: on a view, that is shown; elsewhere, nothing is but the menu is gone. */
static void click_menu(struct viewer *viewer, struct layout const *layout, int row, int col)
{
    viewer->view.menu = false;
    for (int digit = 0; digit <= 9; digit++) {
        struct place item = view_menu_item(layout->body, digit);

        if (row == item.row && col >= item.col && col < item.col + item.cols)
            view_focus(&viewer->view, (enum pane)view_menu_pane(digit), true);
    }
}

/* The row of a question's choice is as good as its digit. */
static void click_choice(struct viewer *viewer, struct place const *words, int row)
{
    struct note const *note = view_question(&viewer->view, viewer->history);
    int choice = note ? pane_words_choice(note, words->cols, row - words->row) : -1;

    if (choice >= 0)
        viewer_answer(viewer, choice);
}

static void click(struct viewer *viewer, struct layout const *layout, int row, int col,
                  int64_t wall_ns)
{
    struct place const *line = &layout->progress;
    int64_t t_ns;

    if (viewer->view.menu) {
        click_menu(viewer, layout, row, col);
        return;
    }
    if (row >= layout->words.row && row < layout->words.row + layout->words.rows) {
        click_choice(viewer, &layout->words, row);
        return;
    }
    if (row == line->row && col >= line->col && col < line->col + line->cols) {
        player_seek_share(&viewer->player, (double)(col - line->col) / (line->cols - 1), wall_ns);
        return;
    }
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        struct place const *place = &layout->pane[pane];

        if (!is_inside(place, row, col))
            continue;
        view_focus(&viewer->view, (enum pane)pane, viewer->view.maximised);
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

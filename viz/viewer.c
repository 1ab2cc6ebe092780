/*
 * viewer.c - what the keys and the mouse do: the viewer without its terminal
 *
 * Three chapters: what happens by itself (bytes come, time passes, the program answers), what the
 * keys do, what the mouse does. Everything that a key says to the user goes to view.message, which
 * the next key takes away.
 */
#include "viewer.h"

#include "keys.h"
#include "panes/pane.h"
#include "source.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

enum { ANSWER_S = 2, MESSAGE_S = 8, LOOK_MS = 30 };

static void tell(struct viewer *viewer, char const *format, ...)
    __attribute__((format(printf, 2, 3)));

static void tell(struct viewer *viewer, char const *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(viewer->view.message, sizeof(viewer->view.message), format, arguments);
    va_end(arguments);
}

static struct model const *model_of(struct viewer const *viewer)
{
    return history_moment(viewer->history)->model;
}

int viewer_init(struct viewer *viewer, struct source *source, bool play, double speed,
                int64_t wall_ns)
{
    int fd = dup(source_trace_fd(source)), rc;

    memset(viewer, 0, sizeof(*viewer));
    if (fd < 0)
        return -errno;
    rc = history_open(&viewer->history, fd, source_name(source));
    if (rc < 0)
        return rc;
    viewer->source = source;
    viewer->answer_from = -1;
    view_init(&viewer->view);
    viewer->view.speed = speed > 0 ? speed : 1;
    viewer->view.source = source_is_live(source) ? VIEW_LIVE : VIEW_SAVED;
    viewer->view.takes_control = source_takes_control(source);
    player_init(&viewer->player, viewer->history, &viewer->view, wall_ns);
    if (play)
        player_play(&viewer->player, wall_ns);
    return 0;
}

void viewer_fini(struct viewer *viewer)
{
    clients_close(&viewer->clients);
    history_close(viewer->history);
    viewer->history = NULL;
}

/* ---- what happens by itself ---------------------------------------------------------------- */

static int take_bytes(struct viewer *viewer)
{
    struct view *view = &viewer->view;
    ssize_t taken = source_pump(viewer->source);
    int grown, changed = taken > 0;
    char text[160];

    if (taken < 0)
        tell(viewer, "The trace can't be taken any further: %s", strerror((int)-taken));
    if (view->source == VIEW_LIVE && source_has_ended(viewer->source)) {
        view->source = VIEW_OVER;
        view->takes_control = view->has_paused = false;
        source_describe(viewer->source, text, sizeof(text));
        if (taken >= 0)
            tell(viewer, "%s", text);
        changed = 1;
    }
    grown = taken != 0 ? history_poll(viewer->history) : 0;
    if (grown < 0)
        tell(viewer, "The trace can't be read any further: %s", strerror(-grown));
    return changed;
}

/* What the program did with a control line stands in its trace, wherever the picture is: look for
 * it in the bytes that came since. */
static int read_answer(struct viewer *viewer)
{
    struct trace trace;
    struct event event;
    struct line line;
    int64_t at;
    int found = 0, fd = dup(source_trace_fd(viewer->source));

    if (fd < 0 || trace_open_fd(&trace, fd, "answers") < 0)
        return 0;
    event_init(&event);
    at = trace_find_next(&trace, viewer->answer_from, trace.size, "\"ev\":\"trace:control\"");
    if (at >= 0 && trace_line_at(&trace, at, &line) > 0 && line.whole &&
        event_parse(&event, line.text) == 0) {
        struct slice error = event_text(&event, "error");
        struct say say;

        say_init(&say, viewer->view.message, sizeof(viewer->view.message));
        say_add(&say, error.len ? "The program refused " : "The program answered ");
        say_clean(&say, event_text(&event, "line"), 60);
        say_add(&say, error.len ? ": " : ": ok");
        say_clean(&say, error, 120);
        if (!error.len && strcmp(viewer->asked, "pause") == 0)
            viewer->view.has_paused = true;
        if (!error.len && strcmp(viewer->asked, "resume") == 0)
            viewer->view.has_paused = false;
        viewer->answer_from = -1;
        found = 1;
    }
    event_fini(&event);
    trace_close(&trace);
    return found;
}

static int await_answer(struct viewer *viewer, bool grown, int64_t wall_ns)
{
    if (viewer->answer_from < 0)
        return 0;
    if (grown && read_answer(viewer))
        return 1;
    if (wall_ns - viewer->asked_ns < ANSWER_S * SECOND)
        return 0;
    tell(viewer, "No answer to %s yet: a program hears it when its handle is done", viewer->asked);
    viewer->asked_ns = INT64_MAX / 2;
    return 1;
}

/* A message gives the keys their line back after a while. */
static int let_message_pass(struct viewer *viewer, int64_t wall_ns)
{
    if (!*viewer->view.message) {
        viewer->said_ns = 0;
        return 0;
    }
    if (viewer->said_ns == 0)
        viewer->said_ns = wall_ns;
    if (wall_ns - viewer->said_ns < MESSAGE_S * SECOND)
        return 0;
    viewer->view.message[0] = '\0';
    return 1;
}

int viewer_tick(struct viewer *viewer, int64_t wall_ns)
{
    int changed = take_bytes(viewer), played;

    changed |= await_answer(viewer, changed > 0, wall_ns);
    changed |= let_message_pass(viewer, wall_ns);
    clients_poll(&viewer->clients);
    viewer->view.clients = viewer->clients.count;
    played = player_tick(&viewer->player, wall_ns);
    if (played < 0) {
        player_pause(&viewer->player);
        tell(viewer, "The trace can't be read here: %s", strerror(-played));
    }
    return changed || played != 0 || viewer->view.playing;
}

int viewer_timeout_ms(struct viewer const *viewer, int64_t wall_ns)
{
    int wait_ms = player_timeout_ms(&viewer->player, wall_ns);

    if (wait_ms < 0 || wait_ms > 1000)
        wait_ms = 1000;
    if (viewer->view.source == VIEW_LIVE && wait_ms > LOOK_MS &&
        (source_poll_fd(viewer->source) < 0 || viewer->answer_from >= 0))
        wait_ms = LOOK_MS;
    return wait_ms > 200 && viewer->view.source == VIEW_LIVE ? 200 : wait_ms;
}

/* ---- the program --------------------------------------------------------------------------- */

static void control(struct viewer *viewer, char const *line, int64_t wall_ns)
{
    int rc = source_control(viewer->source, line);

    if (rc == 0) {
        snprintf(viewer->asked, sizeof(viewer->asked), "%s", line);
        viewer->answer_from = source_bytes(viewer->source);
        viewer->asked_ns = wall_ns;
        tell(viewer, "Asked the program: %s", line);
    } else if (rc == -ENOTSUP) {
        tell(viewer, "Only a program that runs now, under run or attached over a Unix socket, can "
                     "be told anything");
    } else {
        tell(viewer, "The program can't be told to %s: %s", line, strerror(-rc));
    }
}

static void pause_program(struct viewer *viewer, int64_t wall_ns)
{
    control(viewer, viewer->view.has_paused ? "resume" : "pause", wall_ns);
}

static void cancel_task(struct viewer *viewer, int64_t wall_ns)
{
    struct task const *task = viewer->view.task ? view_task(&viewer->view, viewer->history) : NULL;
    char line[64];

    if (!task || task->number != viewer->view.task) {
        tell(viewer, "Select a task first: j and k in the tasks pane");
        return;
    }
    if (task->id.len + 8 > sizeof(line) || strcspn(str_text(&task->id), "\n\r") < task->id.len) {
        tell(viewer, "This task's name can't be sent");
        return;
    }
    snprintf(line, sizeof(line), "cancel %s", str_text(&task->id));
    control(viewer, line, wall_ns);
}

static void connect_client(struct viewer *viewer)
{
    struct server const *server = model_of(viewer)->servers;

    if (viewer->view.source != VIEW_LIVE)
        tell(viewer, "Only a program that runs now can be connected to");
    else if (!server)
        tell(viewer, "No server listens here");
    else
        clients_connect(&viewer->clients, str_slice(&server->addr), viewer->view.message,
                        sizeof(viewer->view.message));
}

/* ---- moving -------------------------------------------------------------------------------- */

/* Says why nothing moved, when nothing did. */
static void moved(struct viewer *viewer, int rc, char const *otherwise)
{
    if (rc < 0)
        tell(viewer, "The trace can't be read there: %s", strerror(-rc));
    else if (rc == 0)
        tell(viewer, "%s", otherwise);
}

static void move_in_trace(struct viewer *viewer, enum action action, int code, int64_t wall_ns)
{
    struct player *player = &viewer->player;
    char const *edge =
        viewer->view.source == VIEW_LIVE ? "That is all there is so far" : "The trace ends here";
    struct moment const *moment = history_moment(viewer->history);
    double share = moment->size > 0 ? (double)moment->offset / (double)moment->size : 0;

    switch (action) {
    case ACTION_NEXT_EVENT: moved(viewer, player_step(player, 1), edge); break;
    case ACTION_PREVIOUS_EVENT:
        moved(viewer, player_step(player, -1), "This is the first event");
        break;
    case ACTION_NEXT_TURN: moved(viewer, player_step_turn(player, 1), edge); break;
    case ACTION_PREVIOUS_TURN:
        moved(viewer, player_step_turn(player, -1), "No turn begins before this");
        break;
    case ACTION_NEXT_NOTE: moved(viewer, player_step_note(player, 1), "No note after this"); break;
    case ACTION_PREVIOUS_NOTE:
        moved(viewer, player_step_note(player, -1), "No note before this");
        break;
    case ACTION_FORWARD: player_seek(player, 5 * SECOND, wall_ns); break;
    case ACTION_BACK: player_seek(player, -5 * SECOND, wall_ns); break;
    case ACTION_FORWARD_FAR:
        player_seek_share(player, share + 0.1 < 1 ? share + 0.1 : 1, wall_ns);
        break;
    case ACTION_BACK_FAR: player_seek_share(player, share > 0.1 ? share - 0.1 : 0, wall_ns); break;
    case ACTION_TENTH: player_seek_share(player, (code - '0') / 10.0, wall_ns); break;
    case ACTION_START: player_seek_start(player, wall_ns); break;
    case ACTION_END: player_seek_end(player, wall_ns); break;
    default: break;
    }
}

static void who_woke(struct viewer *viewer)
{
    struct task const *task = view_task(&viewer->view, viewer->history);
    struct event const *event = history_moment(viewer->history)->event;
    struct slice id = task ? str_slice(&task->id) : (struct slice){ NULL, 0 };

    if (viewer->view.task && (!task || task->number != viewer->view.task)) {
        tell(viewer, "The selected task does not live at this moment; Esc selects none");
        return;
    }
    if (!id.len && event)
        id = event_text(event, "task").len ? event_text(event, "task") : event_text(event, "call");
    if (!id.len && model_of(viewer)->tasks)
        id = str_slice(&model_of(viewer)->tasks->id);
    if (!id.len)
        tell(viewer, "No task here: select one with j and k");
    else
        moved(viewer, player_who_woke(&viewer->player, id),
              "Nothing before this in the trace woke it");
}

static void toggle_play(struct viewer *viewer, int64_t wall_ns)
{
    struct moment const *moment = history_moment(viewer->history);

    if (viewer->view.playing) {
        player_pause(&viewer->player);
        return;
    }
    if (moment->at_end && viewer->view.source != VIEW_LIVE) {
        tell(viewer, "The trace ends here: Home goes to its beginning");
        return;
    }
    player_play(&viewer->player, wall_ns);
}

/* ---- looking ------------------------------------------------------------------------------- */

static struct scene scene_of(struct viewer const *viewer)
{
    struct moment const *moment = history_moment(viewer->history);

    return (struct scene){ .view = &viewer->view,
                           .history = viewer->history,
                           .moment = moment,
                           .model = moment->model,
                           .task = view_task(&viewer->view, viewer->history),
                           .now_ns = view_now(&viewer->view, viewer->history) };
}

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
    struct task const *task = task_from(model_of(viewer), viewer->view.task, rows);

    if (task)
        viewer->view.task = task->number;
    else
        tell(viewer, "No task lives at this moment");
}

static void scroll(struct viewer *viewer, enum pane pane, int rows)
{
    struct view *view = &viewer->view;
    struct scene scene = scene_of(viewer);
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
        tell(viewer, "The source stays with task %llu; F again lets go",
             (unsigned long long)view->task);
    else if (view->task)
        tell(viewer, "The source goes where the loop goes");
}

/* What lies over the picture goes first. False when nothing did. */
static bool leave(struct viewer *viewer)
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

/* ---- questions and the prompt --------------------------------------------------------------- */

static void answer(struct viewer *viewer, int choice)
{
    struct view *view = &viewer->view;
    struct note const *note = view_question(view, viewer->history);

    if (!note || choice >= (int)note->n_choices)
        return;
    if (view->n_answers == VIEW_ANSWERS) {
        memmove(view->answers, view->answers + 1, sizeof(view->answers[0]) * (VIEW_ANSWERS - 1));
        view->n_answers--;
    }
    view->answers[view->n_answers++] = (struct view_answer){ note->n, choice };
    tell(viewer, "Space plays on, . goes on by one event");
}

static void type(struct viewer *viewer, int code, int64_t wall_ns)
{
    struct view *view = &viewer->view;
    size_t size = strlen(view->prompt);

    if (code == KEYS_ESCAPE || (code == KEYS_BACKSPACE && size == 0)) {
        view->prompting = false;
    } else if (code == KEYS_BACKSPACE) {
        view->prompt[size - 1] = '\0';
    } else if (code == KEYS_ENTER) {
        int rc = player_go_to(&viewer->player, view->prompt, wall_ns);

        view->prompting = false;
        if (rc == -EINVAL)
            tell(viewer, "Not a place: %s. Places are 12.5 s, event 40, turn 7, 50%%, +10%%, -2",
                 view->prompt);
        else
            moved(viewer, rc, "No such place: this is the nearest");
    } else if (code >= ' ' && code < 0x7f && size + 1 < sizeof(view->prompt)) {
        view->prompt[size] = (char)code;
        view->prompt[size + 1] = '\0';
    }
}

/* ---- the keys ------------------------------------------------------------------------------ */

static void look(struct viewer *viewer, enum action action)
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
        if (!leave(viewer))
            unselect(viewer);
        break;
    default: break;
    }
}

static void act(struct viewer *viewer, enum action action, int code, int64_t wall_ns)
{
    switch (action) {
    case ACTION_PAUSE: toggle_play(viewer, wall_ns); break;
    case ACTION_FASTER: player_change_speed(&viewer->player, 1, wall_ns); break;
    case ACTION_SLOWER: player_change_speed(&viewer->player, -1, wall_ns); break;
    case ACTION_SPEED_ONE: player_change_speed(&viewer->player, 0, wall_ns); break;
    case ACTION_GO_TO:
        viewer->view.prompting = true;
        viewer->view.prompt[0] = '\0';
        break;
    case ACTION_WHO_WOKE: who_woke(viewer); break;
    case ACTION_PAUSE_PROGRAM: pause_program(viewer, wall_ns); break;
    case ACTION_STEP_PROGRAM: control(viewer, "step turn", wall_ns); break;
    case ACTION_CONNECT: connect_client(viewer); break;
    case ACTION_CANCEL: cancel_task(viewer, wall_ns); break;
    case ACTION_ANSWER: answer(viewer, keys_choice(code)); break;
    case ACTION_SKIP: answer(viewer, -1); break;
    case ACTION_QUIT:
        if (!leave(viewer))
            viewer->wants_quit = true;
        break;
    case ACTION_QUIT_NOW: viewer->wants_quit = true; break;
    case ACTION_SUSPEND: viewer->wants_suspend = true; break;
    case ACTION_REDRAW: viewer->wants_redraw = true; break;
    case ACTION_NONE: tell(viewer, "That key does nothing here; ? lists those that do"); break;
    default:
        move_in_trace(viewer, action, code, wall_ns);
        look(viewer, action);
        break;
    }
}

void viewer_key(struct viewer *viewer, int code, int64_t wall_ns)
{
    bool asked = view_question(&viewer->view, viewer->history) != NULL;
    enum action action = keys_action(code, asked);

    viewer->view.message[0] = '\0';
    viewer->said_ns = 0;
    if (viewer->view.prompting && action != ACTION_QUIT_NOW && action != ACTION_SUSPEND &&
        action != ACTION_REDRAW)
        type(viewer, code, wall_ns);
    else
        act(viewer, action, code, wall_ns);
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
    struct scene scene = scene_of(viewer);
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
            struct scene scene = scene_of(viewer);

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

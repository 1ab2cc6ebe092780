/*
 * viewer_program.c - what the keys tell the program: control lines, connections
 */
#include "viewer_inside.h"

#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_S = 2 };

/* The program has obeyed: what that means from here on. */
static void obeyed(struct viewer *viewer, char const *asked, struct event const *answer)
{
    struct view *view = &viewer->view;
    bool is_step = strncmp(asked, "step ", 5) == 0;

    if (is_step || strcmp(asked, "pause") == 0 || strcmp(asked, "resume") == 0) {
        view->has_paused = strcmp(asked, "resume") != 0;
        view->is_stepping = is_step;
        snprintf(viewer->step, sizeof(viewer->step), "%.15s", is_step ? asked + 5 : "");
        viewer->stepped_from = answer->n;
    }
    if (is_step)
        viewer_tell(viewer, "The program goes on by one %s, then it is held again", asked + 5);
    else if (strcmp(asked, "pause") == 0)
        viewer_tell(viewer, "The program is held, and its clock: S makes a step, P goes on");
    else if (strcmp(asked, "resume") == 0)
        viewer_tell(viewer, "The program goes on");
    else
        viewer_tell(viewer, "The program answered %s: ok", asked);
    if (strncmp(asked, "speed ", 6) == 0)
        view->program_speed = strtod(asked + 6, NULL);
}

static void refused(struct viewer *viewer, char const *asked, struct event const *answer)
{
    struct say say;

    say_init(&say, viewer->view.message, sizeof(viewer->view.message));
    say_f(&say, "The program refused %s: ", asked);
    say_clean(&say, event_text(answer, "error"), 120);
}

/* True when it is the one that was awaited: what was asked before is answered before. */
static bool take_answer(struct viewer *viewer, struct event const *answer)
{
    struct slice line = event_text(answer, "line");
    char asked[sizeof(viewer->asked)];

    snprintf(asked, sizeof(asked), "%.*s", (int)line.len, line.len ? line.at : "");
    if (event_has(answer, "error"))
        refused(viewer, asked, answer);
    else
        obeyed(viewer, asked, answer);
    return strcmp(asked, viewer->asked) == 0;
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
    while (viewer->answer_from >= 0) {
        at = trace_find_next(&trace, viewer->answer_from, trace.size, "\"ev\":\"trace:control\"");
        if (at < 0 || trace_line_at(&trace, at, &line) <= 0 || !line.whole ||
            event_parse(&event, line.text) != 0)
            break;
        viewer->answer_from = take_answer(viewer, &event) ? -1 : line.next;
        found = 1;
    }
    event_fini(&event);
    trace_close(&trace);
    return found;
}

int viewer_await_answer(struct viewer *viewer, bool grown, int64_t wall_ns)
{
    if (viewer->answer_from < 0)
        return 0;
    if (grown && read_answer(viewer))
        return 1;
    if (wall_ns - viewer->asked_ns < ANSWER_S * SECOND)
        return 0;
    viewer_tell(viewer,
                viewer->view.is_stepping
                    ? "No answer to %s yet: the step before it is not done"
                    : "No answer to %s yet: a program hears it when its handle is done",
                viewer->asked);
    viewer->asked_ns = INT64_MAX / 2;
    return 1;
}

/* A step that waits, or computes: the trace tells that a hold is over, never that one begins. */
static bool is_under_way(struct viewer const *viewer)
{
    struct moment const *moment = history_moment(viewer->history);

    if (strcmp(viewer->step, "event") == 0)
        return moment->n_last == viewer->stepped_from;
    return moment->model->phase == PHASE_SELECT || moment->model->running;
}

int viewer_watch_step(struct viewer *viewer)
{
    struct view *view = &viewer->view;
    bool was_stepping = view->is_stepping;

    if (!view->has_paused || !*viewer->step)
        view->is_stepping = false;
    else if (view->at_edge)
        view->is_stepping = is_under_way(viewer);
    return view->is_stepping != was_stepping;
}

void viewer_control(struct viewer *viewer, char const *line, int64_t wall_ns)
{
    int rc = source_control(viewer->source, line);

    if (rc == 0) {
        snprintf(viewer->asked, sizeof(viewer->asked), "%s", line);
        if (viewer->answer_from < 0) /* else what was asked before is to be answered yet */
            viewer->answer_from = source_bytes(viewer->source);
        viewer->asked_ns = wall_ns;
        viewer_tell(viewer, "Asked the program: %s", line);
    } else if (viewer->view.source == VIEW_OVER || rc == -EPIPE || rc == -ECONNRESET) {
        viewer_tell(viewer, "The program has ended");
    } else if (rc == -ENOTSUP) {
        viewer_tell(viewer,
                    viewer->view.source == VIEW_LIVE
                        ? "Only under run, or attached over a Unix socket, can it be told anything"
                        : "Only a program that runs now can be told anything");
    } else {
        viewer_tell(viewer, "The program can't be told to %s: %s", line, strerror(-rc));
    }
}

void viewer_pause_program(struct viewer *viewer, int64_t wall_ns)
{
    viewer_control(viewer, viewer->view.has_paused ? "resume" : "pause", wall_ns);
}

bool viewer_command(struct viewer *viewer, char const *line, int64_t wall_ns)
{
    static char const *const words[] = { "stop",  "pause",  "resume", "state",
                                         "step ", "speed ", "cancel " };
    size_t size = strlen(line);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i]);
        bool has_argument = words[i][len - 1] == ' ';

        if (strncmp(line, words[i], len) != 0 || (has_argument ? size == len : size != len))
            continue;
        if (size < sizeof(viewer->asked))
            viewer_control(viewer, line, wall_ns);
        else
            viewer_tell(viewer, "That is too long for a control line");
        return true;
    }
    return false;
}

/* A second of the program takes ten: the class sees what a loop does in it. */
void viewer_change_speed(struct viewer *viewer, int direction, int64_t wall_ns)
{
    static char const *const ladder[] = { "0.01", "0.02", "0.05", "0.1", "0.2",
                                          "0.5",  "1",    "2",    "5",   "10" };
    struct view const *view = &viewer->view;
    int at = 0, last = (int)(sizeof(ladder) / sizeof(ladder[0])) - 1;
    char line[32];

    if (!view->at_edge || !view->takes_control) {
        player_change_speed(&viewer->player, direction, wall_ns);
        return;
    }
    while (at < last && strtod(ladder[at], NULL) <
                            (direction == 0 || view->program_speed <= 0 ? 1 : view->program_speed))
        at++;
    at = at + direction < 0 ? 0 : at + direction > last ? last : at + direction;
    snprintf(line, sizeof(line), "speed %s", ladder[at]);
    viewer_control(viewer, line, wall_ns);
}

static char const *const units[] = { "turn", "handle", "event" };

void viewer_step_program(struct viewer *viewer, int64_t wall_ns)
{
    char line[32];

    snprintf(line, sizeof(line), "step %s", units[viewer->step_by]);
    viewer_control(viewer, line, wall_ns);
}

void viewer_step_by(struct viewer *viewer)
{
    viewer->step_by = (viewer->step_by + 1) % 3;
    viewer_tell(viewer, "S lets the program run by one %s now", units[viewer->step_by]);
}

void viewer_cancel_task(struct viewer *viewer, int64_t wall_ns)
{
    struct task const *task = viewer->view.task ? view_task(&viewer->view, viewer->history) : NULL;
    char line[64];

    if (!task || task->number != viewer->view.task || task->is_call) {
        viewer_tell(viewer, "Select a task first: j and k in the tasks pane");
        return;
    }
    if (task->id.len + 8 > sizeof(line) || strcspn(str_text(&task->id), "\n\r") < task->id.len) {
        viewer_tell(viewer, "This task's name can't be sent");
        return;
    }
    snprintf(line, sizeof(line), "cancel %s", str_text(&task->id));
    viewer_control(viewer, line, wall_ns);
}

void viewer_connect_client(struct viewer *viewer)
{
    struct server const *server = history_moment(viewer->history)->model->servers;

    if (viewer->view.source != VIEW_LIVE)
        viewer_tell(viewer, "Only a program that runs now can be connected to");
    else if (!server)
        viewer_tell(viewer, "No server listens here");
    else
        clients_connect(&viewer->clients, str_slice(&server->addr), viewer->view.message,
                        sizeof(viewer->view.message));
}

void viewer_send_line(struct viewer *viewer, char const *line)
{
    int rc = clients_send(&viewer->clients, line);

    if (rc < 0)
        viewer_tell(viewer, "The line can't be sent: %s", strerror(-rc));
    else
        viewer_tell(viewer, "Sent: %.200s", line);
}

int viewer_tell_reply(struct viewer *viewer)
{
    struct say say;

    if (viewer->clients.n_reply == 0)
        return 0;
    say_init(&say, viewer->view.message, sizeof(viewer->view.message));
    say_add(&say, "The server sent: ");
    say_clean(&say, (struct slice){ viewer->clients.reply, viewer->clients.n_reply }, 120);
    viewer->clients.n_reply = 0;
    viewer->said_ns = 0;
    return 1;
}

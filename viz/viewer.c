/*
 * viewer.c - what the keys and the mouse do: the viewer without its terminal
 *
 * Here is what happens by itself (bytes come, time passes, the program answers), and which key does
 * what; viewer_move.c, viewer_look.c and viewer_program.c do it. Everything that a key has to say
 * goes to view.message, which the next key takes away.
 */
#include "viewer_inside.h"

#include "source.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_S = 8, LOOK_MS = 30 };

void viewer_tell(struct viewer *viewer, char const *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(viewer->view.message, sizeof(viewer->view.message), format, arguments);
    va_end(arguments);
}

struct scene viewer_scene(struct viewer const *viewer)
{
    struct moment const *moment = history_moment(viewer->history);

    return (struct scene){ .view = &viewer->view,
                           .history = viewer->history,
                           .moment = moment,
                           .model = moment->model,
                           .task = view_task(&viewer->view, viewer->history),
                           .now_ns = view_now(&viewer->view, viewer->history) };
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
    viewer->view.invitation = source_invitation(source);
    viewer->view.takes_control = source_takes_control(source);
    player_init(&viewer->player, viewer->history, &viewer->view, wall_ns);
    if (play)
        player_play(&viewer->player, wall_ns);
    return 0;
}

void viewer_fini(struct viewer *viewer)
{
    clients_close(&viewer->clients);
    if (viewer->can_find)
        find_end(&viewer->find);
    history_close(viewer->history);
    viewer->history = NULL;
}

static int take_bytes(struct viewer *viewer)
{
    struct view *view = &viewer->view;
    ssize_t taken = source_pump(viewer->source);
    int grown, changed = taken > 0;
    char text[160];

    if (taken < 0)
        viewer_tell(viewer, "The trace can't be taken any further: %s", trace_problem((int)taken));
    if (view->source == VIEW_LIVE && source_has_ended(viewer->source)) {
        view->source = VIEW_OVER;
        view->takes_control = view->has_paused = view->is_stepping = false;
        source_describe(viewer->source, text, sizeof(text));
        if (taken >= 0)
            viewer_tell(viewer, "%s", text);
        changed = 1;
    }
    grown = taken != 0 ? history_poll(viewer->history) : 0;
    if (grown < 0)
        viewer_tell(viewer, "The trace can't be read any further: %s", trace_problem(grown));
    return changed;
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

/* A source that was scrolled goes back to its line when that moves. */
static void follow_line(struct viewer *viewer)
{
    struct scene scene = viewer_scene(viewer);
    bool is_now;
    uint64_t line = pane_source_spot(&scene, &is_now).line;

    if (line != viewer->stood_at)
        viewer->view.scroll[PANE_SOURCE] = 0;
    viewer->stood_at = line;
}

int viewer_tick(struct viewer *viewer, int64_t wall_ns)
{
    int changed = take_bytes(viewer), played;

    changed |= viewer_await_answer(viewer, changed > 0, wall_ns);
    changed |= let_message_pass(viewer, wall_ns);
    clients_poll(&viewer->clients);
    changed |= viewer_tell_reply(viewer);
    viewer->view.clients = viewer->clients.count;
    changed |= viewer_look_on(viewer);
    played = player_tick(&viewer->player, wall_ns);
    changed |= viewer_watch_step(viewer);
    follow_line(viewer);
    if (played < 0) {
        player_pause(&viewer->player);
        viewer_tell(viewer, "The trace can't be read here: %s", trace_problem(played));
    }
    return changed || played != 0 || viewer->view.playing;
}

int viewer_timeout_ms(struct viewer const *viewer, int64_t wall_ns)
{
    int wait_ms = player_timeout_ms(&viewer->player, wall_ns);

    if (viewer->finding)
        return 0;
    if (wait_ms < 0 || wait_ms > 1000)
        wait_ms = 1000;
    if (viewer->view.source == VIEW_LIVE && wait_ms > LOOK_MS &&
        (source_poll_fd(viewer->source) < 0 || viewer->answer_from >= 0))
        wait_ms = LOOK_MS;
    return wait_ms > 200 && viewer->view.source == VIEW_LIVE ? 200 : wait_ms;
}

/* A digit chooses from the menu; any other key closes it and does what it does. */
static bool choose_view(struct viewer *viewer, int code)
{
    if (!viewer->view.menu)
        return false;
    if (code < '0' || code > '9') {
        viewer->view.menu = code == 'v' || code == 'q' || code == KEYS_ESCAPE;
        return false;
    }
    viewer->view.menu = false;
    view_focus(&viewer->view, (enum pane)view_menu_pane(code - '0'), true);
    return true;
}

static void act(struct viewer *viewer, enum action action, int code, int64_t wall_ns)
{
    switch (action) {
    case ACTION_PAUSE: viewer_toggle_play(viewer, wall_ns); break;
    case ACTION_FASTER: viewer_change_speed(viewer, 1, wall_ns); break;
    case ACTION_SLOWER: viewer_change_speed(viewer, -1, wall_ns); break;
    case ACTION_SPEED_ONE: viewer_change_speed(viewer, 0, wall_ns); break;
    case ACTION_GO_TO: viewer_prompt(viewer, ':'); break;
    case ACTION_FIND: viewer_prompt(viewer, '/'); break;
    case ACTION_FILTER: viewer_prompt(viewer, '\\'); break;
    case ACTION_DIFFERENCE: /* of two traces; of one: + without its Shift */
        viewer_change_speed(viewer, 1, wall_ns);
        break;
    case ACTION_OTHER_TRACE:
    case ACTION_ALONE:
        viewer_tell(viewer, "That is for two traces: loopscope replay FILE FILE2");
        break;
    case ACTION_FIND_NEXT:
    case ACTION_FIND_PREVIOUS:
    case ACTION_MARK:
    case ACTION_TO_MARK: viewer_find(viewer, action); break;
    case ACTION_WHO_WOKE: viewer_who_woke(viewer); break;
    case ACTION_PAUSE_PROGRAM: viewer_pause_program(viewer, wall_ns); break;
    case ACTION_STEP_PROGRAM: viewer_step_program(viewer, wall_ns); break;
    case ACTION_STEP_BY: viewer_step_by(viewer); break;
    case ACTION_CONNECT: viewer_connect_client(viewer); break;
    case ACTION_TYPE_LINE:
        if (viewer->clients.count)
            viewer_prompt(viewer, '>');
        else
            viewer_tell(viewer, "No client of ours is connected: c connects one");
        break;
    case ACTION_REVEAL: viewer_reveal(viewer); break;
    case ACTION_CANCEL: viewer_cancel_task(viewer, wall_ns); break;
    case ACTION_ANSWER: viewer_answer(viewer, keys_choice(code)); break;
    case ACTION_SKIP: viewer_answer(viewer, -1); break;
    case ACTION_QUIT:
        if (!viewer_leave(viewer))
            viewer->wants_quit = true;
        break;
    case ACTION_QUIT_NOW: viewer->wants_quit = true; break;
    case ACTION_SUSPEND: viewer->wants_suspend = true; break;
    case ACTION_REDRAW: viewer->wants_redraw = true; break;
    case ACTION_NONE:
        viewer_tell(viewer, "That key does nothing here; ? lists those that do");
        break;
    default:
        viewer_move(viewer, action, code, wall_ns);
        viewer_look(viewer, action);
        break;
    }
}

void viewer_key(struct viewer *viewer, int code, int64_t wall_ns)
{
    bool asked = view_question(&viewer->view, viewer->history) != NULL;
    enum action action = keys_action(code, asked);

    viewer->view.message[0] = '\0';
    viewer->said_ns = 0;
    if (viewer->finding) {
        viewer_stop_looking(viewer);
        if (code == KEYS_ESCAPE)
            return;
        viewer->view.message[0] = '\0';
    }
    if (viewer->view.prompting && action != ACTION_QUIT_NOW && action != ACTION_SUSPEND &&
        action != ACTION_REDRAW)
        viewer_type(viewer, code, wall_ns);
    else if (!choose_view(viewer, code))
        act(viewer, action, code, wall_ns);
}

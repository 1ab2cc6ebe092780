/*
 * viewer_move.c - keys that move through the trace, the prompt, the lesson's questions
 */
#include "viewer_inside.h"

#include "chain.h"

#include <errno.h>
#include <string.h>

/* Says why nothing moved, when nothing did. */
void viewer_moved(struct viewer *viewer, int rc, char const *otherwise)
{
    if (rc < 0)
        viewer_tell(viewer, "The trace can't be read there: %s", trace_problem(rc));
    else if (rc == 0)
        viewer_tell(viewer, "%s", otherwise);
}

void viewer_move(struct viewer *viewer, enum action action, int code, int64_t wall_ns)
{
    struct player *player = &viewer->player;
    char const *edge =
        viewer->view.source == VIEW_LIVE ? "That is all there is so far" : "The trace ends here";

    switch (action) {
    case ACTION_NEXT_EVENT:
        if (viewer_step_filtered(viewer, 1))
            break;
        viewer_moved(viewer, player_step(player, 1), edge);
        break;
    case ACTION_PREVIOUS_EVENT:
        if (viewer_step_filtered(viewer, -1))
            break;
        viewer_moved(viewer, player_step(player, -1), "This is the first event");
        break;
    case ACTION_NEXT_TURN: viewer_moved(viewer, player_step_turn(player, 1), edge); break;
    case ACTION_PREVIOUS_TURN:
        viewer_moved(viewer, player_step_turn(player, -1), "No turn begins before this");
        break;
    case ACTION_NEXT_NOTE: viewer_step_note(viewer, 1); break;
    case ACTION_PREVIOUS_NOTE: viewer_step_note(viewer, -1); break;
    case ACTION_FORWARD:
        viewer_moved(viewer, player_seek(player, 5 * SECOND, wall_ns), edge);
        break;
    case ACTION_BACK: player_seek(player, -5 * SECOND, wall_ns); break;
    case ACTION_FORWARD_FAR: player_seek_by_share(player, 0.1, wall_ns); break;
    case ACTION_BACK_FAR: player_seek_by_share(player, -0.1, wall_ns); break;
    case ACTION_TENTH: player_seek_share(player, (code - '0') / 10.0, wall_ns); break;
    case ACTION_START: player_seek_start(player, wall_ns); break;
    case ACTION_END: player_seek_end(player, wall_ns); break;
    default: break;
    }
}

/* The handle that the key is about, where no chain goes on: the selected task, the one that runs, or
 * the one that the event shown is about; empty when there is none. */
static struct slice handle_here(struct viewer const *viewer)
{
    struct task const *task = view_task(&viewer->view, viewer->history);
    struct event const *event = history_moment(viewer->history)->event;
    struct slice id = task ? str_slice(&task->id) : (struct slice){ NULL, 0 };

    if (!id.len && event)
        id = event_text(event, "task");
    if (!id.len && event)
        id = event_text(event, "call");
    return id;
}

/* The event shown may be the very one: then the chain begins here, not at an earlier one. */
static void look_from_behind(struct viewer *viewer, char const *id)
{
    struct event const *event = history_moment(viewer->history)->event;
    bool is_ready = event->kind == EV_TASK_READY || event->kind == EV_CALL_READY;

    if (is_ready &&
        (slice_is(event_text(event, "task"), id) || slice_is(event_text(event, "call"), id)))
        player_step(&viewer->player, 1);
}

static void begin_chain(struct viewer *viewer, struct slice handle)
{
    char id[256], name[200];
    struct say say;
    int rc;

    say_init(&say, name, sizeof(name));
    say_clean(&say, handle, 40);
    snprintf(id, sizeof(id), "%.*s", (int)handle.len, handle.at);
    viewer->view.chain[0] = '\0';
    look_from_behind(viewer, id);
    rc = chain_back(&viewer->player, slice_of(id));
    viewer_tell(viewer,
                rc > 0 ? "This woke %s; u again: what caused that"
                       : "Nothing before this in the trace woke %s",
                name);
    viewer_moved(viewer, rc < 0 ? rc : 1, "");
}

void viewer_who_woke(struct viewer *viewer)
{
    struct view const *view = &viewer->view;
    struct task const *task = view_task(view, viewer->history);
    struct slice id = handle_here(viewer);

    if (chain_is_here(view, viewer->history))
        viewer_moved(viewer, chain_back(&viewer->player, (struct slice){ NULL, 0 }),
                     "That is the root: nothing before it in this trace");
    else if (view->task && (!task || task->number != view->task))
        viewer_tell(viewer, "The selected task does not live at this moment; Esc selects none");
    else if (!id.len)
        viewer_tell(viewer, "This event is about no task: select one with j and k");
    else
        begin_chain(viewer, id);
}

void viewer_toggle_play(struct viewer *viewer, int64_t wall_ns)
{
    struct moment const *moment = history_moment(viewer->history);

    if (viewer->view.playing) {
        player_pause(&viewer->player);
        return;
    }
    if (moment->at_end && viewer->view.source != VIEW_LIVE) {
        viewer_tell(viewer, "The trace ends here: Home goes to its beginning");
        return;
    }
    player_play(&viewer->player, wall_ns);
}

void viewer_answer(struct viewer *viewer, int choice)
{
    struct view *view = &viewer->view;
    struct note const *note = view_question(view, viewer->history);

    if (!note)
        return;
    if (choice >= (int)note->n_choices) {
        viewer_tell(viewer,
                    note->n_choices == 1 ? "There is %d choice here; Esc skips the question"
                                         : "There are %d choices here; Esc skips the question",
                    (int)note->n_choices);
        return;
    }
    if (view->n_answers == VIEW_ANSWERS) {
        memmove(view->answers, view->answers + 1, sizeof(view->answers[0]) * (VIEW_ANSWERS - 1));
        view->n_answers--;
    }
    view->answers[view->n_answers++] = (struct view_answer){ note->n, choice };
    viewer_tell(viewer, "Space plays on, . goes on by one event");
}

void viewer_reveal(struct viewer *viewer)
{
    struct moment const *moment = history_moment(viewer->history);

    if (!viewer->view.hides_answers)
        viewer_tell(viewer, "Answers are shown already: --class hides them until R");
    else if (view_answer_of(&viewer->view, moment->n) < -1)
        viewer_tell(viewer, "R shows the answer of a question that was answered");
    else
        viewer->view.revealed = moment->n;
}

/* A character in UTF-8: its bytes, at most four. */
static size_t encode(int code, char *bytes)
{
    static unsigned char const lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = size; i-- > 0; code >>= 6)
        bytes[i] = (char)(i > 0 ? 0x80 | (code & 0x3f) : size > 1 ? lead[size] | code : code);
    return size;
}

static void type_character(struct view *view, int code)
{
    size_t size = strlen(view->prompt);
    char bytes[5] = "";

    if (!text_is_safe((uint32_t)code) || size + encode(code, bytes) >= sizeof(view->prompt))
        return;
    memcpy(view->prompt + size, bytes, strlen(bytes) + 1);
}

static void take_back(struct view *view)
{
    size_t size = strlen(view->prompt);

    while (size > 0 && (view->prompt[--size] & 0xc0) == 0x80)
        ;
    view->prompt[size] = '\0';
}

void viewer_type(struct viewer *viewer, int code, int64_t wall_ns)
{
    struct view *view = &viewer->view;

    if (code == KEYS_ESCAPE || (code == KEYS_BACKSPACE && !*view->prompt)) {
        view->prompting = false;
    } else if (code == KEYS_BACKSPACE) {
        take_back(view);
    } else if (code == KEYS_ENTER) {
        view->prompting = false;
        viewer_submit(viewer, wall_ns);
    } else if (code >= ' ' && code < KEYS_LEFT) {
        type_character(view, code);
    }
}

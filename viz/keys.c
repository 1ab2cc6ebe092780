/*
 * keys.c - the one table of keys: it makes the dispatch, the help and the bottom line
 *
 * The order is the help's. Hints stand in the bottom line in this order, too, as many as there is
 * room for: a lower rank stays longer, so that a beginner's first way (play, pause, step back, who
 * woke it, help, quit) is shown on the smallest screen.
 */
#include "keys.h"

static struct key const table[] = {
    { ' ', ' ', ACTION_PAUSE, GROUP_PLAY, "Space", "pause, play on", "Space", "pause", 1 },
    { '.', '.', ACTION_NEXT_EVENT, GROUP_PLAY, ".  ,", "one event forward, back", ", .", "event",
      2 },
    { ',', ',', ACTION_PREVIOUS_EVENT, GROUP_PLAY, NULL, NULL, NULL, NULL, 0 },
    { '}', '}', ACTION_NEXT_TURN, GROUP_PLAY, "}  {", "one turn of the loop forward, back", "{ }",
      "turn", 5 },
    { '{', '{', ACTION_PREVIOUS_TURN, GROUP_PLAY, NULL, NULL, NULL, NULL, 0 },
    { ']', ']', ACTION_NEXT_NOTE, GROUP_PLAY, "]  [", "next, previous note or question", "[ ]",
      "note", 6 },
    { '[', '[', ACTION_PREVIOUS_NOTE, GROUP_PLAY, NULL, NULL, NULL, NULL, 0 },
    { '+', '+', ACTION_FASTER, GROUP_PLAY, "+  -", "faster, slower; live: the program's own clock",
      "+ -", "speed", 8 },
    { '-', '-', ACTION_SLOWER, GROUP_PLAY, NULL, NULL, NULL, NULL, 0 },
    { KEYS_BACKSPACE, KEYS_BACKSPACE, ACTION_SPEED_ONE, GROUP_PLAY, "Backspace", "play at 1x", NULL,
      NULL, 0 },
    { KEYS_RIGHT, KEYS_RIGHT, ACTION_FORWARD, GROUP_MOVE, "Left  Right", "5 s back, forward",
      "\xe2\x86\x90\xe2\x86\x92", "5 s", 7 },
    { KEYS_LEFT, KEYS_LEFT, ACTION_BACK, GROUP_MOVE, NULL, NULL, NULL, NULL, 0 },
    { KEYS_SHIFT_RIGHT, KEYS_SHIFT_RIGHT, ACTION_FORWARD_FAR, GROUP_MOVE, "Shift-Left, -Right",
      "a tenth of the trace back, forward", NULL, NULL, 0 },
    { KEYS_SHIFT_LEFT, KEYS_SHIFT_LEFT, ACTION_BACK_FAR, GROUP_MOVE, NULL, NULL, NULL, NULL, 0 },
    { '0', '9', ACTION_TENTH, GROUP_MOVE, "0 ... 9", "to the start, one tenth, ... nine tenths",
      NULL, NULL, 0 },
    { ':', ':', ACTION_GO_TO, GROUP_MOVE, ":", "go to 12.5 s, event 40, turn 7, 50%, +10%, mark 2",
      ":", "go to", 9 },
    { 0, -1, ACTION_NONE, GROUP_MOVE, ":next  :previous",
      "accept, warning, failure, ev:timer, task:main ...", NULL, NULL, 0 },
    { 0, -1, ACTION_NONE, GROUP_MOVE, ":first  :last", "the same, from an end of the trace", NULL,
      NULL, 0 },
    { '/', '/', ACTION_FIND, GROUP_MOVE, "/", "find words, names, text, source; Esc stops", "/",
      "find", 10 },
    { 'n', 'n', ACTION_FIND_NEXT, GROUP_MOVE, "n  N", "find the next, the previous", NULL, NULL,
      0 },
    { 'N', 'N', ACTION_FIND_PREVIOUS, GROUP_MOVE, NULL, NULL, NULL, NULL, 0 },
    { '\\', '\\', ACTION_FILTER, GROUP_MOVE, "\\",
      "only task:main, ev:timer, warn, a word; empty: all", NULL, NULL, 0 },
    { '=', '=', ACTION_DIFFERENCE, GROUP_MOVE, "=",
      "two traces: to where they first part; one: play faster", "=", "difference", 3 },
    { 'o', 'o', ACTION_OTHER_TRACE, GROUP_MOVE, "o",
      "two traces: move in the other one, this one follows", "o", "other", 3 },
    { 'f', 'f', ACTION_ALONE, GROUP_MOVE, "f",
      "two traces: this one has the whole screen, and back", NULL, NULL, 0 },
    { 'm', 'm', ACTION_MARK, GROUP_MOVE, "m  '", "mark this place; ' goes back to the marks", NULL,
      NULL, 0 },
    { '\'', '\'', ACTION_TO_MARK, GROUP_MOVE, NULL, NULL, NULL, NULL, 0 },
    { KEYS_HOME, KEYS_HOME, ACTION_START, GROUP_MOVE, "Home", "to the first event", NULL, NULL, 0 },
    { KEYS_END, KEYS_END, ACTION_END, GROUP_MOVE, "End", "to the last event; live: to now", "End",
      "now", 4 },
    { 'u', 'u', ACTION_WHO_WOKE, GROUP_MOVE, "u",
      "to what woke this task; again: to what caused that", "u", "why", 4 },
    { KEYS_TAB, KEYS_TAB, ACTION_FOCUS_NEXT, GROUP_LOOK, "Tab  Shift-Tab", "next, previous pane",
      "Tab", "pane", 10 },
    { KEYS_SHIFT_TAB, KEYS_SHIFT_TAB, ACTION_FOCUS_PREVIOUS, GROUP_LOOK, NULL, NULL, NULL, NULL,
      0 },
    { 'O', 'O', ACTION_MAXIMISE, GROUP_LOOK, "O", "this pane alone, and back", NULL, NULL, 0 },
    { 'j', 'j', ACTION_DOWN, GROUP_LOOK, "j  k  Down  Up", "a row down, up; in tasks: select",
      "j k", "select", 11 },
    { 'k', 'k', ACTION_UP, GROUP_LOOK, NULL, NULL, NULL, NULL, 0 },
    { KEYS_DOWN, KEYS_DOWN, ACTION_DOWN, GROUP_LOOK, NULL, NULL, NULL, NULL, 0 },
    { KEYS_UP, KEYS_UP, ACTION_UP, GROUP_LOOK, NULL, NULL, NULL, NULL, 0 },
    { KEYS_PAGE_DOWN, KEYS_PAGE_DOWN, ACTION_PAGE_DOWN, GROUP_LOOK, "PgDn  PgUp", "a page down, up",
      NULL, NULL, 0 },
    { KEYS_PAGE_UP, KEYS_PAGE_UP, ACTION_PAGE_UP, GROUP_LOOK, NULL, NULL, NULL, NULL, 0 },
    { KEYS_ENTER, KEYS_ENTER, ACTION_SELECT, GROUP_LOOK, "Enter",
      "select the first task; all about the selected one", NULL, NULL, 0 },
    { 'v', 'v', ACTION_MENU, GROUP_LOOK, "v", "the menu of views: a digit shows one alone", "v",
      "views", 7 },
    { 't', 't', ACTION_TREE, GROUP_LOOK, "t", "the tree of awaits: who waits for whom, and back",
      NULL, NULL, 0 },
    { '<', '<', ACTION_SORT_LEFT, GROUP_LOOK, "<  >  i",
      "order the tasks by another column; turn it around", NULL, NULL, 0 },
    { '>', '>', ACTION_SORT_RIGHT, GROUP_LOOK, NULL, NULL, NULL, NULL, 0 },
    { 'i', 'i', ACTION_SORT_INVERT, GROUP_LOOK, NULL, NULL, NULL, NULL, 0 },
    { 'w', 'w', ACTION_ZOOM_IN, GROUP_LOOK, "w  s", "zoom the timeline in, out", NULL, NULL, 0 },
    { 's', 's', ACTION_ZOOM_OUT, GROUP_LOOK, NULL, NULL, NULL, NULL, 0 },
    { 'a', 'a', ACTION_PAN_LEFT, GROUP_LOOK, "a  d", "move the timeline left, right; Esc: to now",
      NULL, NULL, 0 },
    { 'd', 'd', ACTION_PAN_RIGHT, GROUP_LOOK, NULL, NULL, NULL, NULL, 0 },
    { 'F', 'F', ACTION_FOLLOW, GROUP_LOOK, "F", "the source stays with the selected task", NULL,
      NULL, 0 },
    { 'P', 'P', ACTION_PAUSE_PROGRAM, GROUP_PROGRAM, "P", "pause the program itself, resume it",
      NULL, NULL, 0 },
    { 'S', 'S', ACTION_STEP_PROGRAM, GROUP_PROGRAM, "S", "let the paused program make one step",
      NULL, NULL, 0 },
    { 'B', 'B', ACTION_STEP_BY, GROUP_PROGRAM, "B", "what S steps by: a turn, a handle or an event",
      NULL, NULL, 0 },
    { 'c', 'c', ACTION_CONNECT, GROUP_PROGRAM, "c", "connect a client to the server; again: more",
      "c", "connect", 6 },
    { 'l', 'l', ACTION_TYPE_LINE, GROUP_PROGRAM, "l", "type a line that the client sends", NULL,
      NULL, 0 },
    { 'x', 'x', ACTION_CANCEL, GROUP_PROGRAM, "x", "cancel the selected task", NULL, NULL, 0 },
    { 0, -1, ACTION_NONE, GROUP_PROGRAM, ":pause  :resume", "as P", NULL, NULL, 0 },
    { 0, -1, ACTION_NONE, GROUP_PROGRAM, ":step turn", "as S; also :step handle, :step event", NULL,
      NULL, 0 },
    { 0, -1, ACTION_NONE, GROUP_PROGRAM, ":speed 0.1", "its clock at a tenth of its pace", NULL,
      NULL, 0 },
    { 0, -1, ACTION_NONE, GROUP_PROGRAM, ":cancel main#1", "cancel this task", NULL, NULL, 0 },
    { 0, -1, ACTION_NONE, GROUP_PROGRAM, ":stop", "stop its loop, as loop_stop() does", NULL, NULL,
      0 },
    { 0, -1, ACTION_NONE, GROUP_PROGRAM, ":state", "have it write a state record into the trace",
      NULL, NULL, 0 },
    { 'R', 'R', ACTION_REVEAL, GROUP_VIEWER, "R", "show the answer that --class hides", NULL, NULL,
      0 },
    { '?', '?', ACTION_HELP, GROUP_VIEWER, "?  F1  h", "this help", "?", "help", 2 },
    { 'h', 'h', ACTION_HELP, GROUP_VIEWER, NULL, NULL, NULL, NULL, 0 },
    { KEYS_F1, KEYS_F1, ACTION_HELP, GROUP_VIEWER, NULL, NULL, NULL, NULL, 0 },
    { KEYS_ESCAPE, KEYS_ESCAPE, ACTION_LEAVE, GROUP_VIEWER, "Esc",
      "close what lies over the picture; select nothing", NULL, NULL, 0 },
    { 'q', 'q', ACTION_QUIT, GROUP_VIEWER, "q", "close what lies over the picture, then quit", "q",
      "quit", 3 },
    { KEYS_CTRL_C, KEYS_CTRL_C, ACTION_QUIT_NOW, GROUP_VIEWER, "Ctrl-C", "quit", NULL, NULL, 0 },
    { KEYS_CTRL_Z, KEYS_CTRL_Z, ACTION_SUSPEND, GROUP_VIEWER, "Ctrl-Z",
      "to the shell; fg comes back", NULL, NULL, 0 },
    { KEYS_CTRL_L, KEYS_CTRL_L, ACTION_REDRAW, GROUP_VIEWER, "Ctrl-L", "draw the screen anew", NULL,
      NULL, 0 },
    { '0', '9', ACTION_ANSWER, GROUP_QUESTION, "1 2 3", "answer an open question", "1 2 3",
      "answer", 1 },
    { KEYS_ESCAPE, KEYS_ESCAPE, ACTION_SKIP, GROUP_QUESTION, "Esc", "skip it", "Esc", "skip", 1 },
};

size_t keys_count(void)
{
    return sizeof(table) / sizeof(table[0]);
}

struct key const *keys_at(size_t index)
{
    return &table[index];
}

char const *keys_group_name(enum key_group group)
{
    static char const *const names[] = { "Play",        "Move",       "Look",
                                         "The program", "The viewer", "A question" };

    return names[group];
}

enum action keys_action(int code, bool question_is_open)
{
    enum action action = ACTION_NONE;

    for (size_t i = 0; i < keys_count(); i++) {
        struct key const *key = &table[i];
        bool is_answer = key->group == GROUP_QUESTION;

        if (code < key->first || code > key->last || (is_answer && !question_is_open))
            continue;
        if (is_answer)
            return key->action;
        if (action == ACTION_NONE)
            action = key->action;
    }
    return action;
}

int keys_choice(int code)
{
    return code == '0' ? 9 : code >= '1' && code <= '9' ? code - '1' : -1;
}

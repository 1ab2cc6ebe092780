/*
 * keys.h - the one table of keys: it makes the dispatch, the help and the bottom line
 *
 *     enum action action = keys_action(code, question_is_open);
 *     for (size_t i = 0; i < keys_count(); i++)
 *         show(keys_at(i)->label, keys_at(i)->help);
 *
 * A key that is not in the table does nothing, and one that is has its line in the help: there is no
 * other place where a key could be named. Pure data; any thread.
 */
#ifndef VIZ_KEYS_H
#define VIZ_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* What a key press is, whatever the terminal sends for it: a character, or one of these. */
enum key_code {
    KEYS_LEFT = 0x110000,
    KEYS_RIGHT,
    KEYS_SHIFT_LEFT,
    KEYS_SHIFT_RIGHT,
    KEYS_UP,
    KEYS_DOWN,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_HOME,
    KEYS_END,
    KEYS_ENTER,
    KEYS_ESCAPE,
    KEYS_BACKSPACE,
    KEYS_TAB,
    KEYS_SHIFT_TAB,
    KEYS_F1,
    KEYS_CTRL_C,
    KEYS_CTRL_L,
    KEYS_CTRL_Z
};

enum action {
    ACTION_NONE,
    ACTION_PAUSE,
    ACTION_NEXT_EVENT,
    ACTION_PREVIOUS_EVENT,
    ACTION_NEXT_TURN,
    ACTION_PREVIOUS_TURN,
    ACTION_NEXT_NOTE,
    ACTION_PREVIOUS_NOTE,
    ACTION_FORWARD,
    ACTION_BACK,
    ACTION_FORWARD_FAR,
    ACTION_BACK_FAR,
    ACTION_TENTH, /* which one: code - '0' */
    ACTION_FASTER,
    ACTION_SLOWER,
    ACTION_SPEED_ONE,
    ACTION_GO_TO,
    ACTION_FIND,
    ACTION_FIND_NEXT,
    ACTION_FIND_PREVIOUS,
    ACTION_FILTER,
    ACTION_DIFFERENCE,
    ACTION_OTHER_TRACE,
    ACTION_ALONE,
    ACTION_MARK,
    ACTION_TO_MARK,
    ACTION_START,
    ACTION_END,
    ACTION_DOWN,
    ACTION_UP,
    ACTION_PAGE_DOWN,
    ACTION_PAGE_UP,
    ACTION_SELECT,
    ACTION_FOCUS_NEXT,
    ACTION_FOCUS_PREVIOUS,
    ACTION_MAXIMISE,
    ACTION_FOLLOW,
    ACTION_MENU,
    ACTION_TREE,
    ACTION_SORT_LEFT,
    ACTION_SORT_RIGHT,
    ACTION_SORT_INVERT,
    ACTION_PAN_LEFT,
    ACTION_PAN_RIGHT,
    ACTION_ZOOM_IN,
    ACTION_ZOOM_OUT,
    ACTION_WHO_WOKE,
    ACTION_PAUSE_PROGRAM,
    ACTION_STEP_PROGRAM,
    ACTION_STEP_BY,
    ACTION_CONNECT,
    ACTION_TYPE_LINE,
    ACTION_CANCEL,
    ACTION_HELP,
    ACTION_LEAVE, /* Escape: close what lies over the picture */
    ACTION_QUIT,  /* q: close what lies over the picture, then quit */
    ACTION_QUIT_NOW,
    ACTION_SUSPEND,
    ACTION_REDRAW,
    ACTION_REVEAL,
    ACTION_ANSWER, /* which one: keys_choice(code) */
    ACTION_SKIP,
    ACTION_COUNT
};

enum key_group { GROUP_PLAY, GROUP_MOVE, GROUP_LOOK, GROUP_PROGRAM, GROUP_VIEWER, GROUP_QUESTION };

struct key {
    int first, last; /* codes, both included; last < first: no key, a command that is typed */
    enum action action;
    enum key_group group;
    char const *label; /* "Space"; NULL: told with the key before it */
    char const *help;
    char const *hint_label, *hint; /* in the bottom line: ", ." and "event"; NULL for none */
    int rank;                      /* of the hint: 1 stays longest where there is little room */
};

size_t keys_count(void);
struct key const *keys_at(size_t index);
char const *keys_group_name(enum key_group group);

/* What a key does. An open question takes its answers first. */
enum action keys_action(int code, bool question_is_open);
/* The choice that a digit stands for, from 0 on: 0 is the tenth. -1 for other keys. */
int keys_choice(int code);

#endif

/*
 * viewer.h - what the keys and the mouse do: the viewer without its terminal
 *
 * Source, history, view and player together. The screen hands in keys, clicks and the wall clock,
 * and draws viewer.view when told that the picture has changed; tests do the same without a screen.
 *
 *     struct viewer viewer;
 *     viewer_init(&viewer, source, play, speed, wall_ns);
 *     while (!viewer.wants_quit) {
 *         viewer_key(&viewer, code, wall_ns);
 *         if (viewer_tick(&viewer, wall_ns) > 0)
 *             view_draw(canvas, &viewer.view, viewer.history);
 *     }
 *     viewer_fini(&viewer);
 */
#ifndef VIZ_VIEWER_H
#define VIZ_VIEWER_H

#include "clients.h"
#include "find.h"
#include "player.h"
#include "view.h"

struct source;

enum { VIEWER_MARKS = 26 };

struct viewer {
    struct source *source; /* borrowed */
    struct history *history;
    struct view view;
    struct player player;
    struct clients clients;
    int rows, cols;    /* of the screen; for pages and clicks */
    uint64_t stood_at; /* the line of the source that the picture was about */
    int64_t said_ns;   /* when the message was first seen to stand; 0: none stands */

    /* A control line that waits for the program's answer: where in the file to look for it. */
    int64_t answer_from;
    char asked[64];
    int64_t asked_ns;
    unsigned step_by;      /* what S steps by: 0 turns, 1 handles, 2 events */
    char step[16];         /* the step that was asked for last: "turn"; "" for none */
    uint64_t stepped_from; /* the last event before it */

    /* What is looked for (keys / n N \\ and `:next ...`), and the places that m marked. */
    struct find find;
    bool can_find, finding;
    char sought[FIND_TEXT], wanted[FILTER_TEXT + 2]; /* the text; what messages call it */
    int64_t marks[VIEWER_MARKS];
    unsigned n_marks, mark;

    bool wants_quit, wants_suspend, wants_redraw;
};

/* 0 or a negative errno (the trace can't be read; no memory). */
int viewer_init(struct viewer *viewer, struct source *source, bool play, double speed,
                int64_t wall_ns);
void viewer_fini(struct viewer *viewer);

/* Takes what has come and plays what is due. 1 when the picture has changed, 0 not. Trouble is said
 * in the bottom line, not returned: the rest of the trace can still be looked at. */
int viewer_tick(struct viewer *viewer, int64_t wall_ns);
/* How long one may sleep when no descriptor is ready: 0 to 1000 ms. */
int viewer_timeout_ms(struct viewer const *viewer, int64_t wall_ns);

/* A key: a character, or an enum key_code. */
void viewer_key(struct viewer *viewer, int code, int64_t wall_ns);

enum viewer_button { BUTTON_CLICK, BUTTON_WHEEL_UP, BUTTON_WHEEL_DOWN };
void viewer_mouse(struct viewer *viewer, int row, int col, enum viewer_button button,
                  int64_t wall_ns);

#endif

/*
 * viewer_pair.h - two viewers side by side: two traces, compared
 *
 *     ▸ before.jsonl       event 71/230 │   after.jsonl        event 72/231
 *       its panes                       │   its panes
 *       its sentence                    │   its sentence
 *     They part here, in turn 9: the 70 events before are the same.
 *     Space play   = difference   o other ...
 *
 * Keys go to one of them, which leads; the other one stands at the place that corresponds (align.h),
 * and shows the same panes. Where there is no room for two, and when asked to, the one that leads has
 * the whole screen.
 *
 *     struct pair pair;
 *     pair_init(&pair, sources, &difference, align, 1, wall_ns);
 *     pair_fit(&pair, 36, 120);
 *     pair_key(&pair, '=', wall_ns);
 *     pair_draw(canvas, &pair);
 *     pair_fini(&pair);
 */
#ifndef VIZ_VIEWER_PAIR_H
#define VIZ_VIEWER_PAIR_H

#include "compare.h"
#include "viewer.h"

struct pair {
    struct viewer viewers[COMPARE_SIDES];
    struct difference const *difference; /* borrowed, as is the next one */
    struct align *align;
    int lead;         /* the one that has the keys */
    bool alone;       /* it was asked to have the whole screen */
    int64_t followed; /* where it stood when the other one followed it; -1: look again */
    int rows, cols;   /* of the screen */
};

/* The sources must have ended. 0 or a negative errno, as viewer_init(). */
int pair_init(struct pair *pair, struct source *const sources[COMPARE_SIDES],
              struct difference const *difference, struct align *align, double speed,
              int64_t wall_ns);
void pair_fini(struct pair *pair);

/* The screen has this size now. */
void pair_fit(struct pair *pair, int rows, int cols);
struct viewer *pair_leader(struct pair *pair);
/* Lets the other one stand where it corresponds; for moves that were no keys. */
void pair_follow(struct pair *pair);

/* As the viewer's, for the one that leads. */
int pair_tick(struct pair *pair, int64_t wall_ns);
void pair_key(struct pair *pair, int code, int64_t wall_ns);
void pair_mouse(struct pair *pair, int row, int col, enum viewer_button button, int64_t wall_ns);
void pair_draw(struct canvas *canvas, struct pair const *pair);

#endif

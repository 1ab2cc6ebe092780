/*
 * player.h - moving through the trace: by its clock, by hand, and at the live edge
 *
 * The history knows where we are; the player knows when to go on. Playing, the picture's clock runs
 * with the wall clock times the speed, and each event is shown when its time has come. At the live
 * edge events are shown as they arrive. Nobody but the caller asks the wall clock: it is handed in,
 * so tests play hours in no time.
 *
 *     struct player player;
 *     player_init(&player, history, &view, wall_ns);
 *     player_play(&player, wall_ns);
 *     for (;;) {
 *         poll(fds, n, player_timeout_ms(&player, wall_ns));
 *         history_poll(history);
 *         if (player_tick(&player, wall_ns) > 0)
 *             view_draw(canvas, &view, history);
 *     }
 *
 * It writes view->playing, speed, at_edge and now_ns, and reads view->source and the answers given.
 */
#ifndef VIZ_PLAYER_H
#define VIZ_PLAYER_H

#include "view.h"

/* What a place that was asked for, and that there is not, was told by. */
enum player_missing { MISSING_NONE, MISSING_TURN, MISSING_EVENT, MISSING_TIME, MISSING_SHARE };

struct player {
    struct history *history;     /* borrowed */
    struct view *view;           /* borrowed */
    int64_t wall_ns;             /* the wall clock ... */
    int64_t trace_ns;            /* ... when the picture's clock said this */
    int64_t grown_wall_ns;       /* the wall clock when the trace grew last ... */
    int64_t grown_size;          /* ... to so many bytes */
    enum player_missing missing; /* after player_go_to() answered 0 */
    uint64_t asked;              /* the turn or event that is missing */
};

void player_init(struct player *player, struct history *history, struct view *view,
                 int64_t wall_ns);

void player_play(struct player *player, int64_t wall_ns);
void player_pause(struct player *player);

/* Shows what is due. 1 when the picture has changed, 0 not, or a negative errno. Never takes long:
 * what is too much for one call is left to the next one. */
int player_tick(struct player *player, int64_t wall_ns);

/* How long one may sleep before the next tick: 0 to 1000; -1 when nothing is due at all. Between two
 * events the clock of the picture still runs, so a playing screen wakes every 100 ms. */
int player_timeout_ms(struct player const *player, int64_t wall_ns);

/* Doubles or halves the speed, from 1/64 to 64; 0 sets it to 1. */
void player_change_speed(struct player *player, int direction, int64_t wall_ns);

/* Each of these moves there and answers as history's moves do; by hand means paused, but for
 * seeking, which plays on from there. */
int player_step(struct player *player, int direction);
int player_step_turn(struct player *player, int direction);
/* Forward never lands before, back never after where it began; 0 when the trace ends before that. */
int player_seek(struct player *player, int64_t span_ns, int64_t wall_ns);
int player_seek_share(struct player *player, double share, int64_t wall_ns);
/* Such a part of the whole on, or back: one event at least. */
int player_seek_by_share(struct player *player, double part, int64_t wall_ns);
int player_seek_start(struct player *player, int64_t wall_ns);
/* To the last event; live, to the edge, where it plays. */
int player_seek_end(struct player *player, int64_t wall_ns);

/* "12.5", "12.5 s", "1:30", "event 40", "#40", "turn 7", "50%", "+10%", "-3", "start", "end".
 * 1; 0 when there is no such place, and it stands at the nearest; -EINVAL when it is none of these. */
int player_go_to(struct player *player, char const *place, int64_t wall_ns);

/* To the last event before this one that is wanted; paused there. 1, 0 when there is none (it stays
 * where it is), or -errno. */
int player_step_back_to(struct player *player, history_want_fn *want, void *context);

#endif

/*
 * viewer_inside.h - what the files of the viewer share; for viewer*.c alone
 */
#ifndef VIZ_VIEWER_INSIDE_H
#define VIZ_VIEWER_INSIDE_H

#include "keys.h"
#include "panes/pane.h"
#include "viewer.h"

#define SECOND INT64_C(1000000000)

/* Says something in the bottom line. */
void viewer_tell(struct viewer *viewer, char const *format, ...)
    __attribute__((format(printf, 2, 3)));
struct scene viewer_scene(struct viewer const *viewer);

/* viewer_program.c: what can be told to the program, and what it answered. */
int viewer_await_answer(struct viewer *viewer, bool grown, int64_t wall_ns);
/* Whether a step is still being made. 1 when that has changed. */
int viewer_watch_step(struct viewer *viewer);
void viewer_control(struct viewer *viewer, char const *line, int64_t wall_ns);
void viewer_pause_program(struct viewer *viewer, int64_t wall_ns);
void viewer_step_program(struct viewer *viewer, int64_t wall_ns);
void viewer_step_by(struct viewer *viewer);
void viewer_cancel_task(struct viewer *viewer, int64_t wall_ns);
void viewer_connect_client(struct viewer *viewer);
void viewer_send_line(struct viewer *viewer, char const *line);
/* Says what a server has sent to a client of ours. 1 when it did. */
int viewer_tell_reply(struct viewer *viewer);
/* Of the playing; at the live edge, of the program's own clock. */
void viewer_change_speed(struct viewer *viewer, int direction, int64_t wall_ns);
/* "stop", "speed 0.1", "cancel main#1": false when it is no control line. */
bool viewer_command(struct viewer *viewer, char const *line, int64_t wall_ns);

/* viewer_move.c: keys that move through the trace, the prompt, the lesson's questions. */
void viewer_move(struct viewer *viewer, enum action action, int code, int64_t wall_ns);
void viewer_moved(struct viewer *viewer, int rc, char const *otherwise);
void viewer_who_woke(struct viewer *viewer);
void viewer_toggle_play(struct viewer *viewer, int64_t wall_ns);
void viewer_answer(struct viewer *viewer, int choice);
void viewer_reveal(struct viewer *viewer);
void viewer_type(struct viewer *viewer, int code, int64_t wall_ns);

/* viewer_find.c: search, filter, marks. */
void viewer_prompt(struct viewer *viewer, char sign);
void viewer_submit(struct viewer *viewer, int64_t wall_ns);
void viewer_find(struct viewer *viewer, enum action action);
/* Steps to the next event that the filter wants; false when there is no filter. */
bool viewer_step_filtered(struct viewer *viewer, int direction);
void viewer_step_note(struct viewer *viewer, int direction);
/* Looks on for some milliseconds. 1 when the picture has changed. */
int viewer_look_on(struct viewer *viewer);
void viewer_stop_looking(struct viewer *viewer);

/* viewer_look.c: keys and clicks that change what is looked at. */
void viewer_look(struct viewer *viewer, enum action action);
bool viewer_leave(struct viewer *viewer); /* false when nothing lay over the picture */

#endif

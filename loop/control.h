/* control.h - what viewers ask the program to do: pause, resume, step, speed, cancel, stop, state.
 *
 * The feeder cuts what viewers send into lines and queues them; the loop's thread does what they
 * say at its next checkpoint, and answers each with trace:control.  A held program does nothing but
 * wait for more; its clock stands.  Who paused or stepped last holds it, and lets it go by going away.
 *
 * Lines that stand behind a step wait until it is made, so that five steps are five.  But what comes
 * while the loop itself waits in select() is obeyed at once, unless it is one more step.
 *
 * Holding after one event (step event) happens in the middle of things, where nothing may be
 * changed: what does change something (cancel, stop), and state, lets the program go on to its next
 * checkpoint first.
 */
#ifndef LOOP_CONTROL_H
#define LOOP_CONTROL_H

#include "sink.h"

struct control_queue *control_create(void);
void control_destroy(struct control_queue *queue);

/* ---- the feeder's side */

/* Takes what s has sent, so much of it that nobody waits long for the lock, which is held.  False: it has gone. */
bool control_receive(struct tracer *tr, struct sink *s);
/* Room for more lines? */
bool control_has_room(const struct tracer *tr);
/* A viewer that had sent lines has gone: the program goes on if that one held it. */
void control_viewer_gone(struct tracer *tr);

/* ---- the loop's side */

/* Lines that are there already are queued: a viewer that starts the program paused has written
 * before it starts. */
void control_receive_early(struct tracer *tr);

#endif

/*
 * explain - one plain sentence for each event.
 *
 * For a beginner who looks at the screen and asks: what has just happened, and why? The sentence
 * names the things of this event and its numbers; it is true at this event, of whatever trace.
 *
 *      char sentence[EXPLAIN_SIZE];
 *      explain(sentence, sizeof sentence, event, model);
 *      // Nothing is ready, so the loop asks select() to wait until timer 6 is due,
 *      // 0.997 s from now.
 *
 * Clean: what the program named or wrote is escaped and clipped, so the sentence may go to a
 * terminal as it is.
 */
#ifndef VIZ_EXPLAIN_H
#define VIZ_EXPLAIN_H

#include "model.h"

enum { EXPLAIN_SIZE = 512 };

/*
 * Writes the sentence for `event`, given the loop just after it. Returns its length. Never fails.
 */
size_t explain(char *out, size_t size, const struct event *event, const struct model *after);

/* An id for people: "timer 6", "connection 9", "the loop"; a task keeps its "main#1". */
void say_id(struct say *say, struct slice id);

/* A heading of one to three words for the kind ("timer fires"), for lists and titles. */
const char *explain_title(enum event_kind kind);

#endif

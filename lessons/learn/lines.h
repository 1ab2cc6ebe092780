/*
 * lines - a lesson played by lines alone: for a screen reader, a pipe, a terminal that can't do more.
 *
 * The recorded trace is told in sentences; at its question it stops, reads an answer from standard
 * input, and goes on: what follows gives the answer, and only then is it said whether it was right.
 */
#ifndef LEARN_LINES_H
#define LEARN_LINES_H

#include <stdbool.h>

/*
 * Plays the trace. `pauses`: waits for Enter after each note. *answer gets the choice, or stays when
 * the question was skipped. 0 or a negative errno.
 */
int lines_play(const char *trace, bool pauses, int *answer);

#endif

/* watch_inside - what the machines of watch.c, watch_each.c and watch_run.c share. */
#ifndef LEARN_WATCH_INSIDE_H
#define LEARN_WATCH_INSIDE_H

#include "watch.h"
#include "words.h"

/* Fails at a moment; what was expected and what was seen are then added to the two sentences. */
void watch_fail(struct watch *watch, const struct moment *at, struct say *expected,
                struct say *seen);
/* The statement's first filter. */
const struct match *watch_first(const struct watch *watch);
/* Copies as much of a text as fits, NUL-terminated. */
void watch_keep(char *room, size_t size, struct slice text);

int each_event(struct watch *watch, const struct event *event);
void each_end(struct watch *watch);
int output_event(struct watch *watch, const struct event *event);
void output_end(struct watch *watch, const struct ended *ended);
void ends_end(struct watch *watch, const struct ended *ended);

#endif

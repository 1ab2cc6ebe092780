/* words - pieces of the sentences that a verdict is told in. */
#ifndef LEARN_WORDS_H
#define LEARN_WORDS_H

#include "match.h"

/* The filter as its file has it. */
void say_match(struct say *say, const struct match *match);
/* The event's kind, with the keys that the filter asks for and what is telling of its kind. */
void say_event(struct say *say, const struct event *event, const struct match *match);
/* "0.300 s"; with as many decimals as it takes, three at least. */
void say_time(struct say *say, int64_t t_ns);
/* "exit status 0", "an end by SIGINT". */
void say_ending(struct say *say, bool by_signal, int status);
/* The task (or call) that an event tells of, or the empty slice. */
struct slice event_task(const struct event *event);

#endif

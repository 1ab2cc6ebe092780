/*
 * speak - a source told in sentences as it comes: what run, attach and
 * replay do without a terminal.
 */
#ifndef VIZ_SPEAK_H
#define VIZ_SPEAK_H

#include <stdbool.h>

struct source;
struct print;
struct range;

/* Tells the source (of `range` not NULL, that part) until it has ended or a signal asks to leave; then source_finish() has been
 * called. The exit status: 0, or 1 when the trace is at fault (said). */
int speak_source(struct source *source, const struct range *range, bool ascii);

/* The same for a file that grows, `print --follow`. */
int speak_follow(struct print *print, const char *path);

/* True where standard output is a terminal that can't show more than ASCII; files and pipes get
 * UTF-8, as the trace is. */
bool speak_is_ascii(void);

/* Says that something can't be read, and answers the exit status. */
int speak_error(const char *name, int error);

#endif

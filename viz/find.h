/*
 * find - looks through a trace for events, piece by piece, so that whoever waits can stop.
 *
 *      struct find find;
 *      find_begin(&find, fd, "lesson.jsonl");
 *      find_for(&find, "cancelled", NULL, from, 1);
 *      while ((rc = find_more(&find, 4 << 20)) == -EAGAIN)
 *          if (a_key_was_pressed())
 *              break;
 *      if (rc > 0)
 *          history_go_offset(history, find.found);
 *      find_end(&find);
 *
 * What is sought may stand in an event's sentence, in its names and texts, in its kind, in the
 * name of its source line ("server.c:40") or in that line of the program itself; capitals count
 * for nothing. Sentences are looked at as the event alone tells them: what they add about the rest
 * of the loop ("two handles are ahead of it") is not.
 */
#ifndef VIZ_FIND_H
#define VIZ_FIND_H

#include "filter.h"
#include "model.h"

enum { FIND_TEXT = 128, FIND_WORDS = 8, FIND_SOURCES = 256 };

struct history;

struct find {
    struct trace trace; /* its own window: the history's stays where it is */
    struct event event;
    struct model *model; /* an empty loop, for sentences */

    char text[FIND_TEXT]; /* "" when only the filter decides */
    struct slice words[FIND_WORDS];
    unsigned n_words;
    uint32_t said[EV_KINDS];    /* words that sentences of the kind were seen to hold */
    uint32_t sampled[EV_KINDS]; /* events of the kind that were come across */
    struct str *srcs;           /* "file.c:17" of source lines in which the text stands */
    size_t n_srcs;
    struct filter filter;

    int direction;
    int64_t at, began; /* where it looks next, and where it began */
    int64_t found;     /* the event's line, after find_more() answered 1 */
};

/* Takes `fd`, also when it fails. 0 or a negative errno. */
int find_begin(struct find *find, int fd, const char *name);
void find_end(struct find *find);

/*
 * What to look for: a text (NULL or "": any event) and a filter (NULL: none), from the line at
 * `offset` on (direction 1), or backwards from the line that ends there (-1). Borrows nothing.
 * `sources`, if not NULL, tells in which source lines the text stands. 0 or a negative errno.
 */
int find_for(struct find *find, const char *text, const struct filter *filter, int64_t offset,
             int direction, const struct history *sources);
/*
 * Looks through about so many bytes: 1 found, 0 there is none, -EAGAIN not yet, or another
 * negative errno.
 */
int find_more(struct find *find, int64_t bytes);
/* How much of the way is done, 0 to 1. */
double find_share(const struct find *find);

#endif

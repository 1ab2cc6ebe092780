/*
 * history - where am I in the trace, and what did the loop look like there.
 *
 * A history is a trace and a cursor that stands on one of its events; history_moment() is the loop
 * just after that event. The same place always shows the same moment, whatever way one came there:
 * forward, back, or by a jump. That holds by construction. State records cut the trace into
 * chunks, and the moment at an event is always made from the record one chunk before the event's
 * own, so that there is a recent past to show; snapshots kept on the way are copies of models that
 * were made like that.
 *
 *      struct history *history;
 *      history_open(&history, fd, "lesson.jsonl");     // opens 1 GB at once
 *      history_go_end(history);
 *      history_step(history, -1);
 *      puts(history_moment(history)->sentence);
 *      history_close(history);
 *
 * The cursor stops at every event and at what sinks tell (gap, hold, control, end, head);
 * trace:source and trace:state lines belong to the moment before them. The file may grow:
 * history_poll() takes the new bytes in; the cursor stays where it is.
 *
 * Moves return 1 when the cursor moved, 0 when it could not (already at the end, no such place: it
 * then stands at the nearest place that there is), or a negative errno. Threads: one at a time.
 */
#ifndef VIZ_HISTORY_H
#define VIZ_HISTORY_H

#include "model.h"

struct history;

enum { SENTENCE_BYTES = 512 }; /* room for a sentence and its NUL */

/* What there is to be shown at the cursor. Borrowed: valid until the next call on the history. */
struct moment {
    const struct model *model; /* after the event and what the trace tells of it; never NULL */
    const struct event *event; /* NULL while the trace has none at all */
    const char *sentence;      /* what happened and why, in one clean line; "" without an event */

    int64_t offset, next;    /* the event's line in the file */
    int64_t size;            /* of the file */
    int64_t t_ns, t_last_ns; /* time of this event and of the trace's last one */
    uint64_t n, n_last;      /* number of this event and of the last one */
    double share;            /* how far through the trace it is, by events: 0 first, 1 last */
    bool at_end;             /* nothing stands after it (yet) */
    bool complete;           /* the trace's last line is trace:end */
};

/*
 * Takes `fd` (a file, growing or not) also when it fails. 0 or a negative errno. An empty file is
 * fine.
 */
int history_open(struct history **history, int fd, const char *name);
void history_close(struct history *history);

const struct moment *history_moment(const struct history *history);

/* Looks for new bytes. 1 there are, 0 not, or a negative errno (-ESTALE: the file has shrunk). */
int history_poll(struct history *history);

/* ---- moves ----------------------------------------------------------------------------------- */

int history_go_start(struct history *history);
int history_go_end(struct history *history);
/* The moment after event n = N: nearest before it when there is none. */
int history_go_event(struct history *history, uint64_t n);
/* The moment after the last event with t <= T. */
int history_go_time(struct history *history, int64_t t_ns);
/* The same, in that one of joined traces where the cursor is; 0 when it ends before T. */
int history_go_time_here(struct history *history, int64_t t_ns);
/* The loop:turn that begins the turn. */
int history_go_turn(struct history *history, uint64_t turn);
/* A part of the whole, as moment.share counts it: 0 the start, 1 the end. */
int history_go_fraction(struct history *history, double fraction);
/* The event whose line begins at `offset` (from a moment). */
int history_go_offset(struct history *history, int64_t offset);

/* So many events on (or back, when negative). */
int history_step(struct history *history, int64_t events);
/* To the next loop:turn (direction 1) or the one before (-1). */
int history_step_turn(struct history *history, int direction);

/* To the next or previous event that is wanted. */
typedef bool history_want_fn(void *context, const struct event *event);
int history_step_to(struct history *history, int direction, history_want_fn *want, void *context);

/*
 * For playing: the event that comes next, without moving there. 1 with its time and kind, 0 at the
 * end. note:ask is the place to halt at before its answer shows.
 */
int history_peek(struct history *history, int64_t *t_ns, enum event_kind *kind);

/* ---- what the trace carries along ------------------------------------------------------------ */

/* The program's source. Lines are borrowed until history_close(). */
struct source_text {
    char *file;
    char *cut;           /* why there is no text (or not all), or NULL */
    struct slice *lines; /* strangers' bytes, without LF */
    size_t n_lines;
    char *text;
    int64_t offset; /* of its trace:source line */
};
/*
 * The text of `file` as it was for the program at the cursor, or NULL when the trace doesn't carry
 * it.
 */
const struct source_text *history_source(const struct history *history, struct slice file);
/* Each of those found so far, by its index; NULL beyond the last. */
const struct source_text *history_source_at(const struct history *history, size_t index);
/*
 * Goes on looking for sources further into a large file, for at most `bytes` of it. 1 there is
 * more to look at, 0 done.
 */
int history_look_for_sources(struct history *history, int64_t bytes);

/* Whether the cursor stops at events of this kind. */
bool history_stops_at(enum event_kind kind);

/* ---- faults ---------------------------------------------------------------------------------- */

/* Told once for each bad line that was come across: its number and what is wrong, clean. */
typedef void history_fault_fn(void *context, int64_t line, const char *what);
void history_on_fault(struct history *history, history_fault_fn *fault, void *context);
/* Bad lines come across so far. */
uint64_t history_faults(const struct history *history);
/* The name given to history_open(), clean. */
const char *history_name(const struct history *history);

#endif

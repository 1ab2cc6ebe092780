/*
 * history_inside.h - what the history's rooms know of each other: history.c and history_jump.c move
 * the cursor, history_place.c makes the model of a place, history_carry.c finds what the trace
 * carries along (heads and sources). For nobody else.
 */
#ifndef VIZ_HISTORY_INSIDE_H
#define VIZ_HISTORY_INSIDE_H

#include "history.h"

/* The events of one of the traces that are joined in the file. */
struct run {
    uint64_t n_first;
    uint64_t before; /* events of all runs before it */
};

/* A model kept on the way: as it is after the line that ends at `next`, made from `base`. */
struct snapshot {
    struct model *model;
    int64_t base, next;
    size_t bytes;
};

struct history {
    struct trace trace;
    struct moment moment;
    char sentence[SENTENCE_BYTES];

    /* The cursor's line, copied: the trace's window moves. */
    struct str text;
    struct event event;
    bool whole; /* the line had its LF */

    /* The model at the cursor, and what it was made from. */
    struct model *model;
    int64_t taken;              /* end of the last line that it knows */
    int64_t key;                /* offset of the state record whose chunk holds the cursor, or 0 */
    int64_t base;               /* the one before: where the model was begun */
    struct snapshot *snapshots; /* by base, then next */
    size_t n_snapshots;
    size_t snapshot_bytes;

    struct event scan; /* for lines that are only passed over */

    /* What is carried along. */
    int64_t carried_to; /* looked at so far */
    int64_t *heads;
    size_t n_heads;
    struct run *runs; /* those that were counted: all but what has come since */
    size_t n_runs;
    struct source_text *sources;
    size_t n_sources;
    struct str part_text, part_file; /* of a source that comes in parts */
    uint64_t part, parts;
    int64_t part_offset;

    struct teller *teller; /* told.c: a second cursor, for the sentences around this one */

    history_fault_fn *fault;
    void *fault_context;
    int64_t *faults; /* offsets of the bad lines that were told */
    size_t n_faults;
};

/*
 * The first line at or after `offset` (direction 1), or the last that ends at or before it (-1),
 * that is an event; bad lines are told and passed over. 1, 0 when there is none, or a negative
 * errno. The event is read into history->scan.
 */
int history_event_near(struct history *history, int64_t offset, int direction, struct line *line);
void history_tell_bad_line(struct history *history, const struct line *line, const char *what);

/* The next line that the cursor stops at, from `offset` on (or before it). As above. */
int history_stop_near(struct history *history, int64_t offset, int direction, struct line *line);
/* Puts the cursor on the event whose line this is. 1 or a negative errno. */
int history_land(struct history *history, const struct line *line);

/* ---- history_jump.c */

/* Works out moment.share. 0 or a negative errno. */
int history_measure(struct history *history);

/* ---- history_place.c */

/*
 * Makes history->model the loop after the event whose line begins at `offset`, and history->taken
 * that line's end. 0 or a negative errno.
 */
int history_place(struct history *history, int64_t offset);
void history_place_fini(struct history *history);

/* ---- history_carry.c */

/*
 * Looks for heads and sources in at most so many bytes more. 1 there is more, 0 done, or a
 * negative errno.
 */
int history_carry_on(struct history *history, int64_t bytes);
/* The last head at or before `offset`, or -1. */
int64_t history_head_before(const struct history *history, int64_t offset);
void history_carry_fini(struct history *history);

#endif

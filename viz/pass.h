/*
 * pass - once through a whole trace, event by event: what stats, export and find do.
 *
 *      struct pass pass;
 *      int rc = pass_open(&pass, "lesson.jsonl", "reading");
 *      while (rc >= 0 && (rc = pass_next(&pass)) > 0)
 *          count(pass.event);
 *      rc = pass_close(&pass, rc);
 *
 * Bad lines are told on stderr as `FILE:LINE: what`, counted and passed over; a cut last line is
 * told and is no fault. On a terminal what takes over half a second shows how far it is. Constant
 * memory. Ctrl-C ends the program, as it does any other: nothing is left to be tidied up.
 */
#ifndef VIZ_PASS_H
#define VIZ_PASS_H

#include "ahead.h"

/* How far something long is, on stderr, if that is a terminal. All zeros but for `what` begins. */
struct progress {
    const char *what;
    int64_t began_ns, shown_ns, asked_at;
    bool shown;
};

/* Says it when it is time to; cheap to be called for each line. */
void progress_show(struct progress *progress, int64_t done, int64_t whole);
/* Takes the words away again. */
void progress_end(struct progress *progress);

struct pass {
    const char *path; /* borrowed */
    struct trace trace;
    struct ahead *ahead;
    const struct event *event; /* the present one */
    struct slice text;         /* of its line */
    int64_t offset;
    int64_t number;  /* of its line, from 1 */
    uint64_t faults; /* bad lines so far */
    bool any;        /* an event has come */
    struct progress progress;
};

/* `path` may be "-". 0 or a negative errno. */
int pass_open(struct pass *pass, const char *path, const char *what);
/* The same over a descriptor (taken). */
int pass_open_fd(struct pass *pass, int fd, const char *path, const char *what);
/*
 * The next event: 1; 0 at the end; -EPROTONOSUPPORT for a newer version (told already); other
 * negative errno.
 */
int pass_next(struct pass *pass);
/* Tells a fault at the present line, on stderr, and counts it. */
void pass_fault(struct pass *pass, const char *what);
/*
 * Ends it, after pass_next() answered `rc`: says when there was no event at all, or why it can't
 * be read. The exit status: 0 good, 1 at fault.
 */
int pass_close(struct pass *pass, int rc);

#endif

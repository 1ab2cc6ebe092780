/*
 * pages - a trace read event by event, whatever its lines hold.
 *
 *     struct pages pages;
 *     int rc = pages_open(&pages, path);
 *     while (rc >= 0 && (rc = pages_next(&pages)) > 0)
 *         look_at(&pages.event);
 *     pages_close(&pages);            // unless pages_open() failed
 */
#ifndef LEARN_PAGES_H
#define LEARN_PAGES_H

#include "trace.h"

struct pages {
    struct trace trace;
    struct event event; /* the present one: valid until the next */
    int64_t at;         /* where the next line begins; 0 begins anew */
};

/* 0, or a negative errno: then there is nothing to close. */
int pages_open(struct pages *pages, const char *path);
/* 1 and the next event, 0 at the end, or a negative errno. Lines that are no event are passed over. */
int pages_next(struct pages *pages);
void pages_close(struct pages *pages);

#endif

/*
 * compare - where do two traces first part ways?
 *
 *      struct difference difference;
 *      compare_traces(traces, &difference, NULL);
 *      compare_print(traces, stdout);
 *      // The first 33 events are the same. In turn 6 they part:
 *      //   before.jsonl   t 1.000000 s, event 34: Timer 6 is due and fires ...
 *      //   after.jsonl    t 1.000000 s, event 34: main#1 is cancelled ...
 *
 * Two runs of one program never take the same time to the nanosecond. So what is compared is what
 * happened, in its order: kinds of events, who and why, texts and counts; not times and spans,
 * process numbers, descriptors and addresses. Nor where that stands in the source: a program that
 * was repaired has other lines from its first change on. Turns and notes, which both traces have,
 * say where that was.
 */
#ifndef VIZ_COMPARE_H
#define VIZ_COMPARE_H

#include "align.h"

#include <stdio.h>

enum { COMPARE_A = ALIGN_A, COMPARE_B = ALIGN_B, COMPARE_SIDES = ALIGN_SIDES, COMPARE_TEXT = 120 };

/* A file that will not grow any more. All is borrowed. */
struct compared {
    int fd;
    const char *path; /* for messages */
};

/* One side of a difference. */
struct difference_side {
    bool ended;     /* it has no event any more; the rest is then about its last one */
    int64_t offset; /* where the cursor stops there */
    uint64_t n;
};

struct difference {
    bool any;
    uint64_t same;          /* events that are the same before it */
    uint64_t turn;          /* in which it lies; 0 before the first */
    char note[120];         /* the last note before it, clean; "" for none */
    char key[COMPARE_TEXT]; /* where both have an event of one kind: the key that differs, clean */
    char value[COMPARE_SIDES][COMPARE_TEXT];
    struct difference_side sides[COMPARE_SIDES];
};

/*
 * The first difference of two traces. With `align` (fresh) both are read to their ends, and it then
 * knows which places correspond. 0 or 1 as an exit status: 1 when one can't be read (said).
 */
int compare_traces(const struct compared traces[COMPARE_SIDES], struct difference *difference,
                   struct align *align);
/* The same in words, on `out`. The exit status: 0 both are the same, 1 they differ or can't be read. */
int compare_print(const struct compared traces[COMPARE_SIDES], FILE *out);

#endif

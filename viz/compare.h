/*
 * compare - where do two traces first part ways?
 *
 *      struct difference difference;
 *      compare_print("before.jsonl", "after.jsonl", stdout);
 *      // The first 33 events are the same. In turn 6 they part:
 *      //   before.jsonl   n 33    1.000 s  Timer 6 is due and fires ...
 *      //   after.jsonl    n 33    1.000 s  main#1 is cancelled ...
 *
 * Two runs of one program never take the same time to the nanosecond. So what is compared is what
 * happened, in its order: kinds of events, who and why, texts and counts; not times and spans,
 * process numbers, descriptors and addresses. Turns and notes, which both traces have, say where
 * that was. Constant memory.
 */
#ifndef VIZ_COMPARE_H
#define VIZ_COMPARE_H

#include "explain.h"

enum { COMPARE_A, COMPARE_B, COMPARE_SIDES };

/* One side of a difference. */
struct difference_side {
    bool ended; /* it has no event any more */
    int64_t t_ns, offset;
    uint64_t n;
    char sentence[EXPLAIN_SIZE];
};

struct difference {
    bool any;
    uint64_t same;  /* events that are the same before it */
    uint64_t turn;  /* in which it lies; 0 before the first */
    char note[120]; /* the last note before it, clean; "" for none */
    struct difference_side sides[COMPARE_SIDES];
};

/* The first difference of two files. 0 or 1 as an exit status: 1 when one can't be read (said). */
int compare_files(const char *a, const char *b, struct difference *difference);
/* The same in words, on `out`. The exit status: 0 both are the same, 1 they differ or can't be read. */
int compare_print(const char *a, const char *b, FILE *out);

#endif

/*
 * check - is this trace true?
 *
 * Reads a trace line by line, rebuilds the loop from the events alone, and compares it at every
 * state record with what the loop said of itself. What else a trace promises is held too: numbers
 * without holes, time that never goes back, ids made once, handles in their order, timers never
 * early.
 *
 *      struct check_result result;
 *      check_file("lesson.jsonl", stdout, &result);
 *      // lesson.jsonl:33: n 33 task:begin: expected main#1 to begin, as the first in the ready
 *      // queue; found worker#2
 *
 * Constant memory, but for what the loop itself holds.
 */
#ifndef VIZ_CHECK_H
#define VIZ_CHECK_H

#include <stdint.h>
#include <stdio.h>

struct check_result {
    uint64_t events;  /* the program's own, as far as they came */
    uint64_t records; /* state records that were compared */
    uint64_t runs;    /* trace:heads, at least 1 when there is an event */
    uint64_t lost;    /* by gaps */
    uint64_t unknown; /* events of unknown kinds */
    uint64_t faults;
};

/*
 * Checks a file ("-": standard input), telling each fault as `FILE:LINE: what` on `out`, then how
 * it went. 0 whether or not there are faults (result->faults counts them), or a negative errno
 * when the file can't be read.
 */
int check_file(const char *path, FILE *out, struct check_result *result);

#endif

/*
 * align - which place of one trace corresponds to a place of another one
 *
 *     A    ... note "two" . . turn . . . turn . x
 *     B    ... note "two" . . . turn . turn . x        the second turn after that note, event 2
 *
 * Notes that both traces have, in the same order, hold them together. From the last such note on it
 * is the same number of turns, and in that turn the same number of events: up to the next such note,
 * and not beyond the turn. So until two traces part it is simply the same event; behind that, those
 * that have the same part in the story stand side by side. The answer depends on the place alone,
 * never on the way there, and it only grows with it.
 *
 *     struct align *align = align_create(fds);
 *     ... align_take(align, side, event, offset)      each event of the program's own, in its order
 *     align_match(align);
 *     align_part(align, ...);                         where they part
 *     align_to(align, ALIGN_A, offset, &other);
 *     align_destroy(align);
 *
 * Some places of each trace are noted down (every 16 KiB, wider apart in large ones); from there a
 * place is found by reading on. One thread.
 */
#ifndef VIZ_ALIGN_H
#define VIZ_ALIGN_H

#include "trace.h"

enum { ALIGN_A, ALIGN_B, ALIGN_SIDES };

struct align;

/* The descriptors are borrowed for this call. Owned; NULL and errno. */
struct align *align_create(const int fds[ALIGN_SIDES]);
void align_destroy(struct align *align); /* NULL is fine */

/* The next event of the program's own on a side. 0 or -ENOMEM. */
int align_take(struct align *align, int side, const struct event *event, int64_t offset);
/* Pairs the notes, when all events have been taken. 0 or -ENOMEM. */
int align_match(struct align *align);
/* These two places correspond, whatever turns and notes say: what is before one is before the other. */
void align_part(struct align *align, const int64_t offsets[ALIGN_SIDES]);
/* These two too: the ends of both. */
void align_end(struct align *align, const int64_t offsets[ALIGN_SIDES]);

/* The event of the other side that corresponds to the one at `offset` of `side`. 0 or -errno. */
int align_to(struct align *align, int side, int64_t offset, int64_t *other);

#endif

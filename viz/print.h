/*
 * print - a trace told in sentences, one line an event: for pipes, screen readers and grep.
 *
 *          1.000213456     31  Timer 6 is due and fires, 213 us late: it makes main#1 ready.
 *
 * Time, number, sentence. Lines are only ever appended, and all of it is clean text.
 */
#ifndef VIZ_PRINT_H
#define VIZ_PRINT_H

#include "range.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>

struct print; /* a reader of lines and the loop as it goes along */

/*
 * Over an open file or pipe (`fd` is taken); sentences go to `out`, faults to `err`. 0 or a
 * negative errno.
 */
int print_open(struct print **opened, int fd, const char *name, FILE *out, FILE *err, bool ascii);
void print_close(struct print *print);
/* Only this part of the trace is told; what stands before is taken in. */
void print_only(struct print *print, const struct range *range);
/* No further line is told once `*stop` is set, however many there are. */
void print_until(struct print *print, const volatile sig_atomic_t *stop);
/* Follows a file that grows, until its trace:end, the end of the range, or until it is stopped. As
 * print_more(). */
int print_follow(struct print *print);

/*
 * Prints what there is, up to the end of the file; of a pipe, until it is closed. `final`: nothing
 * more will come, so a last line without LF is told as well. Bad lines are told on `err` as
 * `FILE:LINE: what` and passed over. 0; -EPROTONOSUPPORT for a newer version (told already); or
 * another negative errno: of reading or, when ferror(out), of writing (-EPIPE: the reader is gone).
 */
int print_more(struct print *print, bool final);
/* Lines printed, and lines that were bad. */
uint64_t print_events(const struct print *print);
uint64_t print_faults(const struct print *print);

#endif

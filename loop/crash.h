/* crash.h - the ends that come without loop_close(): a fatal signal, exit(), a stack that
 * overflowed, fork().
 *
 * A traced program's fatal signals are caught where the program leaves them to the system: what is
 * buffered is handed over, trace:end says "signal", and the signal strikes again with its own
 * action (so a core is dumped and the shell sees what it would have seen).  Traced or not, a task
 * that runs over its stack is named on stderr.
 */
#ifndef LOOP_CRASH_H
#define LOOP_CRASH_H

#include <signal.h>
#include <stdbool.h>

/* loop_new(), also untraced: a stack for signal handlers of this thread, and the report of
 * overflows. */
void crash_init(void);

/* trace_open() and trace_close(). */
void crash_open(void);
void crash_close(void);

/* Is this action of sig the system's own, as far as the program is concerned? */
bool crash_is_default(int sig, const struct sigaction *action);

/* Ends the process by sig, after what is buffered was handed over.  From signal handlers, too. */
_Noreturn void crash_die(int sig);

#endif

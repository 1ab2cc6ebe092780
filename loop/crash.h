/* crash.h - the ends that come without loop_close(): a fatal signal, exit(), a stack that
 * overflowed, fork().
 *
 * A traced program's fatal signals are caught where the program leaves them to the system: what is
 * buffered is handed over, trace:end says "signal", and the signal strikes again with its own
 * action (so a core is dumped and the shell sees what it would have seen).  Traced or not, who runs
 * over its stack is named on stderr: a task, or a callback or job that runs on its thread's own.
 */
#ifndef LOOP_CRASH_H
#define LOOP_CRASH_H

#include <signal.h>
#include <stdbool.h>

/* loop_new(), also untraced: this thread as below, and the report of overflows. */
void crash_init(void);

/* Any thread of ours: a stack for its signal handlers.  owner (a literal) is who runs on it, for the
 * report when no callback of a loop does. */
void crash_init_thread(const char *owner);

/* trace_open() and trace_close(). */
void crash_open(void);
void crash_close(void);

/* loop_close() in one thread, exit() or fork() in another: the tracer stays as it is in between. */
void crash_lock_end(void);
void crash_unlock_end(void);

/* Is this action of sig the system's own, as far as the program is concerned? */
bool crash_is_default(int sig, const struct sigaction *action);

/* Ends the process by sig, after what is buffered was handed over.  From signal handlers, too. */
_Noreturn void crash_die(int sig);

#endif

/* launch.h - a new process: its program, its descriptors, its environment. */
#ifndef LOOP_LAUNCH_H
#define LOOP_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

enum { PIPES = 3 }; /* stdin, stdout, stderr */

/* Our ends of the pipes, and the child's; -1: none. */
struct launch_ends {
    int ours[PIPES], theirs[PIPES];
};

/* Opens the pipes that are wanted (enum process_wanted).  0 or a negative errno. */
int ends_open(struct launch_ends *e, unsigned wanted);
void ends_close(int fds[PIPES]); /* one side */

/* Starts the program; is_traced: LOOP_TRACE is not for it.  Its process number, or a negative errno. */
pid_t launch(const char *const argv[], const struct launch_ends *e, unsigned wanted,
             bool is_traced);

#endif

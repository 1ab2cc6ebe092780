/*
 * program.h - the program that `loopscope run` starts, and its end
 *
 *     struct program program;
 *     int rc = program_start(&program, argv, NULL);
 *     if (rc < 0)
 *         ... argv[0] could not be started: strerror(-rc) says why
 *     read the trace from program.trace_fd, write control lines to it ...
 *     program_interrupt(&program);                   as Ctrl-C would
 *     while (!program_has_ended(&program)) ...       after 2 s: program_kill(&program)
 *     program_replay_output(&program);               what it wrote goes where it was going
 *     program_fini(&program);
 *
 * The program gets PYTHONPATH (python.h) and LOOP_TRACE=...,fd:N with one end of a socket pair, a process group of its own (so
 * that a key pressed at the viewer is the viewer's), nothing on standard input, and files in place
 * of standard output and error, so that it can't garble the screen.
 */
#ifndef VIZ_PROGRAM_H
#define VIZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct program {
    pid_t pid;
    int trace_fd; /* our end of the socket pair; non-blocking */
    int out_fd;   /* what it wrote on standard output */
    int err_fd;   /* and on standard error; the same as out_fd when ours are the same */
    int status;   /* as waitpid() gives it, once has_ended */
    bool has_ended;
    char name[64]; /* argv[0] without its directories */
};

/* Starts argv[0], found on PATH as a shell would; `share` is one more place for LOOP_TRACE, or NULL. Answers 0 or a negative errno: -ENOENT and the
 * like when it can't be executed, as learned from the child itself. */
int program_start(struct program *program, char *const argv[], char const *share);

/* Asks, never waits. True once the program is dead; its status is known then. */
bool program_has_ended(struct program *program);

void program_interrupt(struct program *program); /* SIGINT to its process group */
void program_kill(struct program *program);      /* SIGKILL to its process group */

/* Copies what the program wrote to our own standard output and error. 0 or a negative errno. */
int program_replay_output(struct program *program);

/* How it ended, in words: "01_while_loop ended with status 0", "... ended by signal 2 (Interrupt)". */
void program_describe_end(struct program const *program, char *text, size_t size);
/* Its status as a shell would give it: 128 + N for signal N. */
int program_exit_status(struct program const *program);

/* Closes the descriptors; kills and reaps the program if it still runs. */
void program_fini(struct program *program);

#endif

/*
 * source.h - where a trace comes from: a program started, one attached to, a file, a pipe
 *
 * Everything live is written to a file as it comes (the spool), and readers read that file: so
 * watching live is replaying a trace whose end still grows, pausing and rewinding lose nothing, and
 * there is one code path. `--record FILE` makes that file the recording.
 *
 *     struct source *source = source_run(argv, "trace.jsonl", NULL, message, sizeof(message));
 *     if (!source)
 *         ... message says what failed, on what, and what to do
 *     while (!source_has_ended(source)) {
 *         poll() source_poll_fd(source) with your own descriptors
 *         source_pump(source);                       looks what came into the spool, never waits
 *         read source_trace_fd(source) with pread() up to source_bytes(source)
 *     }
 *     source_finish(source);                         ends a program that was started; waits 2 s at most
 *     exit_status = source_exit_status(source);
 *     source_close(source);
 *
 * For one thread; what comes is moved by another (pump.h). No function but source_wait() and source_finish() waits.
 */
#ifndef VIZ_SOURCE_H
#define VIZ_SOURCE_H

#include "share.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct source;

/* Each constructor answers NULL after having written what failed and what to do into `message`.
 * `record` is the file that is to hold the trace, or NULL for an unnamed temporary one. */

/* Starts argv[0] (found on PATH), its trace coming over an inherited socket; `share` is where others
 * may watch, or NULL. */
struct source *source_run(char *const argv[], char const *record, struct share const *share,
                          char *message, size_t size);
/* "unix:PATH", "tcp:HOST:PORT" (TCP programs can only be watched), or a path of a socket. */
struct source *source_attach(char const *address, char const *record, char *message, size_t size);
/* A saved trace; `follow` when it may still grow. "-" is standard input, until its end. */
struct source *source_file(char const *path, bool follow, char *message, size_t size);
/* Takes NULL. Kills a program that still runs; see source_finish() for the gentle way. */
void source_close(struct source *source);

/* What to call it on screen and in messages: program name, address or path. Borrowed. */
char const *source_name(struct source const *source);
/* The path to name in "FILE:LINE: what"; "-" for standard input, the name for what has no path. */
char const *source_path(struct source const *source);
/* What others type to watch it too, or "". Borrowed. */
char const *source_invitation(struct source const *source);
/* The file with the trace: read it with pread(), don't close it. */
int source_trace_fd(struct source const *source);
/* How much of it there is now. */
off_t source_bytes(struct source const *source);

/* A source whose end may still grow. */
bool source_is_live(struct source const *source);
/* Nothing more will come: not live any more, and all that came is in the file. */
bool source_has_ended(struct source const *source);
/* How it stands, in words: "runs", "01_while_loop ended with status 0", "connection closed". */
void source_describe(struct source const *source, char *text, size_t size);

/* The descriptor to poll for input, or -1 when there is none (a file that is followed: look every
 * 30 ms). */
int source_poll_fd(struct source const *source);
/* Looks what has come. Answers the bytes that the
 * trace grew by, 0 for none, or a negative errno: the spool can't be written (disk full), or the
 * followed file has shrunk (-ESTALE). After an error the source has ended. */
ssize_t source_pump(struct source *source);
/* source_pump() once something came, waiting at most so many milliseconds. */
ssize_t source_wait(struct source *source, int timeout_ms);
/* Waits until it has ended: all that comes is in the file. 0, or as source_pump(), which is said on stderr. */
int source_take_all(struct source *source);
/* Says on stderr that a trace can't be kept: what source_pump() answered. */
void source_say_lost(struct source const *source, ssize_t error);

/* True where control lines can be sent: a program started, or attached over a Unix socket. */
bool source_takes_control(struct source const *source);
/* Sends "pause", "step turn" ...; the answer comes in the trace as trace:control. 0, -ENOTSUP where
 * none can be sent, -EPIPE when the program is gone, -EAGAIN when it does not read them. */
int source_control(struct source *source, char const *line);

/* Ends a started program as Ctrl-C would, and kills it after 2 s; takes all that it still wrote.
 * For the other sources nothing more than a last pump. */
void source_finish(struct source *source);
/* What a program started wrote on its outputs, copied to ours. 0 or a negative errno. */
int source_replay_output(struct source *source);
/* The program's status when it ended by itself, 0 when source_finish() ended it. */
int source_exit_status(struct source const *source);

/* The one thing that a signal handler may ask: the program to kill when the viewer dies, or 0. */
pid_t source_pid(struct source const *source);

#endif

/* sink.h - where the trace goes: files, inherited descriptors, viewers at a Unix socket or a TCP port.
 *
 * The tracer's thread (the feeder) carries lines from the journal to the sinks.  It wakes up when
 * the loop is about to wait (trace_hand_over()), at most 100 times a second, and every 50 ms by
 * itself, so that a step that blocks is seen while it blocks.  It blocks all signals, so no
 * SIGPIPE, and nothing that it waits for holds the program up.
 *
 * All these descriptors stand where the program may close them, or put its own files in their
 * place.  Before one is used, it is asked whether it is still ours (one fstat() a batch, not an
 * event); one that isn't is told on stderr, once, and left to the program.
 *
 *     file      loses nothing: when it is 4 MiB behind, the loop waits for it (trace:hold "disk");
 *               while it can't be written (no space left), it is treated as a viewer that doesn't
 *               read, until it can be again
 *     viewer    a pipe or socket: takes what it takes; when it is 4 MiB behind, it has been lapped
 *
 * A sink that was lapped (SINK_LAPPED) or has just come (SINK_NEW) is silent until the loop's
 * thread has made a snapshot of the loop for it; it gets a trace:gap, or head and sources, then the
 * snapshot, and follows from there.  While a step blocks, no snapshot is made: a newcomer begins with the
 * last one then, or with the program's first event, and gets all that has happened since.
 *
 * To add another kind: open it in sinks_open(), and if viewers come and go at it, as a struct door.
 */
#ifndef LOOP_SINK_H
#define LOOP_SINK_H

#include "tracer.h"

enum { CONTROL_LINE_MAX = 256, VIEWERS_MAX = 64 };

enum sink_state { SINK_FOLLOWS, SINK_NEW, SINK_LAPPED };

struct sink {
    struct sink *next;
    char *name; /* as LOOP_TRACE had it */
    int fd;     /* -1: it has gone */
    struct file_id file;
    bool is_socket; /* sent to, not written to */
    bool may_block; /* a pipe or terminal that stayed blocking: asked first, given little */
    bool is_terminal;
    bool is_file;      /* loses nothing */
    bool is_viewer;    /* a socket's other end, that comes and goes: nobody is told */
    bool may_control;  /* its lines are obeyed */
    unsigned controls; /* its number among those that have sent some; 0: it has not */
    bool deaf;         /* its half of the conversation is over; it may still read */

    enum sink_state state;
    uint64_t wants; /* SINK_NEW, SINK_LAPPED: the number of a snapshot that is fresh enough */
    ns waits_since; /* for it; real time */
    struct place at;
    uint64_t last_n, lost;

    char *out; /* whole lines on their way */
    size_t out_len, out_sent, out_room;
    /* LOOP_TRACE_LIMIT (sink_file.c) */
    char *path;     /* absolute; NULL: it has no limit */
    uint64_t piece; /* how long this one is, without its beginning */

    int error;   /* a file's: why it can't be written now */
    bool blamed; /* and it was said */
    ns retry;    /* not before */

    char input[CONTROL_LINE_MAX];
    size_t input_len;
    size_t input_cut; /* bytes of the line that had no room */
};

/* A place where viewers come in. */
struct door {
    struct door *next;
    int fd; /* -1: the program took it */
    struct file_id file;
    char *path; /* a Unix socket's, to be removed at the end if it is still ours; NULL: TCP */
    dev_t device;
    ino_t inode;
    bool blamed; /* it was said that nobody can come in */
    ns retry;    /* accept() failed: not before */
};

/* The loop as it was at one moment. */
struct snapshot {
    char *lines;
    size_t len;
    uint64_t n, number;
    ns t;
    struct place at; /* what follows it */
};

/* How the trace ends. */
struct ending {
    const char *how;
    int status;
    bool has_status;
};

/* The tracer's thread and what it has. */
struct feeder {
    pthread_t thread;
    bool started;
    atomic_int poke[2]; /* by which the loop's thread wakes it; -1: lost, it looks every 50 ms */
    struct file_id poke_file, control_file;
    atomic_bool idle;    /* it sleeps until it is poked, or for 50 ms */
    atomic_bool quit;    /* it should stop, and finish() if ending.how is set */
    atomic_bool stopped; /* it has */
    struct ending ending;
    struct door *doors;
    struct snapshot snapshot; /* the latest; number 0: no lines, and all events follow */
    uint64_t wanted;          /* snapshots asked for */
    size_t n_sinks;
};

/* ---- opening (sink.c) */

/* Opens all that LOOP_TRACE names.  0, or a negative errno with *which pointing to what failed and
 * *why in words or NULL. */
int sinks_open(struct tracer *tr, const char *spec, char *which, size_t size, const char **why);
void sinks_close(struct tracer *tr);

/* Is there a sink already that writes to what fd is? */
bool sinks_have(const struct tracer *tr, int fd);
/* A sink for fd, which is taken.  NULL: no memory. */
struct sink *sink_add(struct tracer *tr, int fd, const char *name);

/* The one opener of each kind; name is what LOOP_TRACE says.  0, a negative errno: -EEXIST when it is open already,
 * -EBUSY when another process writes there. */
int sink_file_open(struct tracer *tr, const char *path, const char **why);
int sink_fd_open(struct tracer *tr, const char *number, const char *name);
int sink_unix_open(struct tracer *tr, const char *path, const char **why);
int sink_tcp_open(struct tracer *tr, const char *text, const char **why);

/* One line on stderr, after "loop: ": in one piece, and past the captured stderr. */
__attribute__((format(printf, 1, 2))) void sink_say(const char *format, ...);

/* What a viewer that only watches has sent is dropped.  False: it has gone. */
bool sink_ignore_input(struct sink *s);

/* Listens at fd, a socket of which bind() has answered bound (0, or why it is not): the descriptor, moved out of the way,
 * or a negative errno, and fd is closed. */
int door_listen(int fd, int bound);

/* Viewers come in at fd, a listening socket (taken, also when it fails); path: of a Unix socket, whose viewers may
 * control, or NULL.  0, -ENOMEM. */
int door_open(struct tracer *tr, int fd, const char *path);
void door_accept(struct tracer *tr, struct door *door);
/* Its descriptor is the program's now. */
void door_lost(struct door *door);
void door_close(struct door *door);
void door_unlink(const struct door *door); /* also from a signal handler */

/* fd, moved out of the program's way (900 and up) and closed on exec; the old one is closed.  Or a
 * negative errno. */
int fd_move_high(int fd);
/* The terminal fd opened anew, so that it doesn't block; -1: it can't be. */
int fd_reopen_terminal(int fd);
/* A pipe whose ends don't block, high up. */
int fd_pipe_high(atomic_int pipe_fd[2]);
/* Looks at what fd is (file, pipe, socket) and sets the sink's flags. */
void sink_judge(struct sink *s);

/* ---- feeding (sink_feed.c) */

/* Before the feeder runs: files have their head at once, if the program leaves early by _exit(). */
void sinks_begin(struct tracer *tr);

/* Carries lines to s as far as it takes them.  True: some went. */
bool sink_feed(struct tracer *tr, struct sink *s);
/* FILE becomes FILE.1, and s->fd an empty FILE.  False (errno): it can't, and the old one goes on. */
bool sink_file_rotate(struct sink *s);
/* Gives up on s.  EBADF: its descriptor is the program's now, and is not closed. */
void sink_gone(struct tracer *tr, struct sink *s, int error);
/* Does any file still need the block that would be used next?  With the lock held. */
bool sinks_need_oldest(const struct tracer *tr);
/* The rest and trace:end to every sink: to files all of it, to viewers as long as they take
 * something, for 2 s at most. With the lock held, or in a dying process.  Allocates nothing. */
void sinks_finish(struct tracer *tr, struct ending ending);

/* ---- the thread (feeder.c) */

int feeder_start(struct tracer *tr); /* 0 or a negative errno */
/* Stops the thread, which finishes first. */
void feeder_stop(struct tracer *tr, struct ending ending);
/* There are new lines; now: a held program, which will tell no more for long. */
void feeder_wake(struct tracer *tr, bool now);
/* The loop's thread makes the snapshot that sinks wait for. */
void feeder_snapshot(struct tracer *tr);
/* Asks the loop's thread to look up. */
void tracer_ask(struct tracer *tr, unsigned what);

#endif

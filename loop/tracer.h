/* tracer.h - what the tracer's rooms know of each other.  The loop's rooms include trace.h.
 *
 *     the loop's thread                              the tracer's thread
 *
 *     trace_timer_fire() ... a line                  feeder_run(): for each sink,
 *        |                                             take whole lines from the journal,
 *        v                                             write what its descriptor takes
 *     journal: a ring of 64 blocks of 64 KiB  ----->   a file loses nothing; a viewer that
 *        ^                                             is too slow is lapped: gap, state
 *        |                                             |
 *     trace_checkpoint(): pause, step ...     <-----   control lines that viewers wrote
 *
 *     trace_events.c   one function for each event
 *     trace_warn.c     what the tracer notices by itself
 *     trace_line.h     writing a line
 *     journal.h        where lines stand
 *     sink.h           where they go, and the thread
 *     control.h        what viewers ask for
 *     state.c          the whole loop as a line
 *     source_text.c    the program's code as lines
 *     output.c         stdout and stderr as lines
 *     trace_owner.c    who else has LOOP_TRACE, and must not write
 *     crash.h          the end by a signal, or by exit()
 *
 * A process has one tracer at most: standard output, signals and LOOP_TRACE are the process's, too.
 */
#ifndef LOOP_TRACER_H
#define LOOP_TRACER_H

#include <pthread.h>
#include <stdatomic.h>

#include "journal.h"
#include "trace.h"
#include "trace_line.h"

struct sink;
struct source_table;

/* Times above which the tracer warns: asyncio's slow_callback_duration. */
#define SLOW_STEP (NS_PER_S / 10)
#define SPINNING_TURNS 1000

/* Why the loop's thread should look up at its next checkpoint. */
enum { ASKED_CONTROL = 1, ASKED_STATE = 2, ASKED_OUTPUT = 4, ASKED_HOLD = 8 };

/* What trace_warn.c remembers between events. */
struct warnings {
    ns turn_began, turn_ended; /* of the running batch: its first begin and last end */
    uint64_t turn_steps;
    bool slow_step, starved; /* told already in this turn */
    bool zero_timeout, something_came;
    int fds_alarm; /* descriptors from this one on are near the limit; 0: not asked yet */
    bool fds_told;
    uint64_t idle_turns; /* turns in a row that asked for no wait and got nothing */
};

/* A viewer's hold on the program (control.c); the loop's thread alone uses it. */
struct hold {
    enum hold_until { GO_ON, HOLD, UNTIL_EVENT, UNTIL_HANDLE, UNTIL_TURN, UNTIL_PEACE } until;
    bool handle_ran; /* since UNTIL_HANDLE was asked */
    bool over;       /* nothing runs any more: lines are answered, and change nothing */
    /* viewers by their numbers, 0: none */
    unsigned heard; /* whose line is being obeyed: what it causes doesn't count as a step */
    unsigned by;    /* who paused or stepped last */
    unsigned pacer; /* who set the clock's speed */
};

struct tracer {
    /* the loop's thread alone */
    struct loop *loop;
    char *at;   /* where the next line begins, in the current block */
    char *full; /* where a line may no longer begin */
    struct prefix prefix;
    uint64_t n; /* events so far */
    ns t;       /* of the last line */
    ns stamp;   /* trace_stamp(): the next line's time; NS_NEVER: none */
    struct warnings warnings;
    struct hold hold;
    struct source_table *sources;
    uint64_t state_after; /* bytes of the journal at the last trace:state */
    size_t state_size;    /* of the last one */
    uint64_t piece_max;   /* LOOP_TRACE_LIMIT: how long a piece may get; 0: as long as it likes */
    uint64_t piece_due;   /* bytes of the journal at which the next one begins */
    pthread_t loop_thread;
    bool goes_on; /* this process has written to the same place before */

    /* both threads */
    struct journal journal;
    atomic_uint asked;        /* ASKED_ bits */
    atomic_int control_fd[2]; /* wakes the loop's select(): [0] stands in its read set, untold; -1:
                                 the program took it, and what viewers send is dropped */
    atomic_bool ended;        /* trace:end was written: nothing is handed over any more */

    /* the tracer's thread and whoever holds journal.lock */
    struct sink *sinks;
    struct feeder *feeder;
    struct control_queue *control;
    char *head; /* the rest of trace:head, from ,"ev" on, with LF */
};

/* The process's tracer, or NULL.  For signal handlers, fork and output of other threads. */
extern _Atomic(struct tracer *) the_tracer;

/* ---- lines (trace.c) */

/* Begins an event's line: counts it, gives it its time and its name.  EVENT(tr, "timer:fire")
 * answers where to go on. */
#define EVENT(tr, name) LIT(line_begin((tr)), ",\"ev\":\"" name "\"")

/* Begins a line of the tracer's own, which repeats the last event's number. */
#define OWN_LINE(tr, name) LIT(own_line_begin((tr)), ",\"ev\":\"" name "\"")

void tracer_next_block(struct tracer *tr, size_t at_least);
void tracer_event_told(struct tracer *tr); /* a viewer steps by events: hold here */

static inline ns line_time(struct tracer *tr)
{
    ns stamp = tr->stamp;
    if (stamp == NS_NEVER)
        return clock_now(&tr->loop->clock);
    tr->stamp = NS_NEVER;
    return stamp;
}

static inline char *line_begin(struct tracer *tr)
{
    if (UNLIKELY(tr->at >= tr->full))
        tracer_next_block(tr, 0);
    tr->t = line_time(tr);
    prefix_count(&tr->prefix, ++tr->n);
    return put_kept_prefix(&tr->prefix, tr->at, tr->t);
}

/* Now, or what trace_stamp() promised the next event: lines are never older than those before them.
 */
static inline ns own_time(const struct tracer *tr)
{
    return tr->stamp == NS_NEVER ? clock_now(&tr->loop->clock) : tr->stamp;
}

static inline char *own_line_begin(struct tracer *tr)
{
    if (tr->at >= tr->full)
        tracer_next_block(tr, 0);
    return put_prefix(tr->at, tr->t = own_time(tr), tr->n);
}

/* Closes the object and the line, and lets the other thread see it. */
static inline void own_line_end(struct tracer *tr, char *p)
{
    tr->at = LIT(p, "}\n");
    journal_publish(&tr->journal, tr->at);
}

static inline void line_end(struct tracer *tr, char *p)
{
    own_line_end(tr, p);
    if (UNLIKELY(tr->hold.until == UNTIL_EVENT))
        tracer_event_told(tr);
}

/* Room that is left for a long text which begins at p, when LINE_TAIL is kept for what follows it.
 */
static inline size_t line_room(const struct tracer *tr, const char *p)
{
    return LINE_MAX_BYTES - LINE_TAIL - (size_t)(p - tr->at);
}

/* Whole lines that were made elsewhere, of any length. */
void tracer_add_lines(struct tracer *tr, const char *lines, size_t len);

/* ---- the program's code (source_text.c) */

struct source {
    const char *file;        /* as __FILE__ said: a literal */
    char base[NAME_MAX_OUT]; /* its last part, escaped */
    size_t base_len;
    struct source *next;
    char *lines; /* what trace:source said, from ,"ev" on, each line ended by LF */
    uint64_t n;  /* after which event it was told */
};

struct source_table *source_table_create(void); /* NULL: no memory */
void source_table_destroy(struct source_table *table);
const struct source *source_table_first(const struct source_table *table);

/* The source of this name (file may be NULL: NULL); the first time, trace:source is written.  Call
 * it before EVENT(). */
const struct source *source_of(struct tracer *tr, const char *file);

/* ,"src":"01_while_loop.c:17", or nothing when source is NULL. */
static inline char *put_src(char *p, const struct source *source, long line)
{
    if (source == NULL)
        return p;
    p = LIT(p, ",\"src\":\"");
    memcpy(p, source->base, source->base_len);
    p += source->base_len;
    *p++ = ':';
    p = put_number(p, line);
    *p++ = '"';
    return p;
}

/* ---- the whole loop (state.c) */

/* trace:state as lines of time t, in memory that the caller frees; NULL: no memory. */
char *state_lines(struct tracer *tr, ns t, size_t *len);
/* About how long they will be. */
size_t state_estimate(const struct loop *loop);
/* Writes one into the journal. */
void state_tell(struct tracer *tr);
void state_tell_if_due(struct tracer *tr);
const char *conn_state_word(enum conn_state state);

/* ---- warnings (trace_warn.c) */

void warn_at_begin(struct tracer *tr, struct who who, ns began, ns waited, bool is_task);
void warn_at_end(struct tracer *tr, struct who who, ns ended, ns took, bool is_task);
void warn_at_suspend(struct tracer *tr, struct task *task);
void warn_at_watch(struct tracer *tr, int fd);
void warn_at_turn(struct tracer *tr);
void warn_at_timer(struct tracer *tr, const struct timer *t, ns late);

/* ---- one trace, one process (trace_owner.c) */

/* True: what LOOP_TRACE names is for this loop, until owner_release(); goes_on: this process has had it before.  False:
 * somebody else has it, which was said. */
bool owner_claim(const char *spec, bool *goes_on);
void owner_release(void);
/* The places are open: what this process starts is told whose they are. */
void owner_mark(const char *spec);
/* "loop: not traced: ..." on stderr, once a process. */
__attribute__((format(printf, 1, 2))) void owner_say(const char *format, ...);

/* ---- stdout and stderr (output.c) */

void output_open(struct tracer *tr);
void output_finish(struct tracer *tr); /* tells partial lines */
void output_close(struct tracer *tr);
void output_tell_others(struct tracer *tr); /* what other threads wrote */
void output_in_child(struct tracer *tr);

#endif

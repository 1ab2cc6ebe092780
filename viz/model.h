/*
 * model - the whole event loop as one event leaves it.
 *
 * A pure reducer: model_apply(model, event) turns the loop as it was before the event into the
 * loop as it is after it, from the trace alone. It never asks a clock or a file, so the same
 * events give the same model. A trace:state record replaces what was rebuilt by what the loop says
 * of itself; what such a record can't tell (names of functions, recent output, the timeline) is
 * kept from the events before it.
 *
 *      struct model *model = model_create();
 *      while (read_event(&event))
 *          model_apply(model, &event);
 *      for (struct task *task = model->tasks; task; task = task->next)
 *          show(str_text(&task->id), task->state);
 *      model_destroy(model);
 *
 * Everything is open for reading: panes draw straight from these structs. All strings are
 * strangers' bytes: show them through text.h. Times are nanoseconds on the loop's clock; -1 where
 * there is none.
 */
#ifndef VIZ_MODEL_H
#define VIZ_MODEL_H

#include "trace.h"

/* Where in its turn the loop stands. The order is the order of a turn. */
enum phase {
    PHASE_OUTSIDE, /* not inside run(): before it, or after it */
    PHASE_TIMEOUT, /* works out how long it may wait */
    PHASE_SELECT,  /* inside select() */
    PHASE_IO,      /* makes handles of ready fds ready */
    PHASE_TIMERS,  /* makes handles of due timers ready */
    PHASE_READY    /* runs exactly the batch that was ready */
};
const char *phase_name(enum phase phase);

enum task_state { TASK_WAITING, TASK_READY, TASK_RUNNING };
const char *task_state_name(enum task_state state);

/* A task, or a plain call: whatever can stand in the ready queue. */
struct task {
    struct str id; /* "main#1" */
    uint64_t number;
    bool is_call;

    enum task_state state;
    int64_t since_ns; /* in this state since; -1 when from a state record */

    /* Tasks: what it awaits (kept while ready and running: what it last awaited). */
    struct str on, what, expr;
    int64_t due_ns; /* -1: no deadline */
    struct str src; /* "file.c:17", where it stands */
    struct str fn, parent;
    struct str by, why; /* who made it ready last, and why */
    uint64_t steps;     /* begun */
    int64_t cpu_ns;     /* of finished steps */
    int64_t longest_ns; /* its longest step seen */
    int64_t late_ns;    /* how long timers that were due stood waiting while it ran */
    uint64_t warnings;  /* that name it */
    uint64_t cancelling;
    int64_t made_ns; /* -1 when it was made before the trace (or the record) began */

    struct task *next, *prev;             /* all tasks (or all calls), by number */
    struct task *next_ready, *prev_ready; /* the ready queue, first to run first */
    bool in_ready;
    bool done; /* task:done came; only model->running may still point here */
};

struct timer {
    struct str id;
    uint64_t number;
    struct str wakes;
    struct str src;
    int64_t due_ns;
    int64_t delay_ns; /* -1 unknown */
    int64_t set_ns;   /* -1 unknown */
    unsigned levels;
    struct timer *next[]; /* next[0]: the timer that fires after this one */
};

struct watch {
    int fd;
    bool write; /* else read */
    struct str who;
};

/* One listening fd; a server with several addresses has several of these with one id. */
struct server {
    struct str id;
    uint64_t number;
    int fd;
    struct str addr, src;
    uint64_t backlog;
    uint64_t accepted; /* by the server, over all its fds */
    uint64_t refused;
    struct server *next;
};

/* Bytes of the second that runs and of the one before it: what a rate is worked out from. */
struct flow {
    int64_t second;
    uint64_t now, before;
};
/* Bytes a second around this time, over about one second. */
double flow_rate(const struct flow *flow, int64_t now_ns);

struct conn {
    struct str id;
    uint64_t number;
    int fd;
    struct str peer, state; /* "connecting" "connected" "half-closed" "closing" */
    struct str server;      /* empty for outgoing ones */
    uint64_t in, out, queued, queued_most;
    struct flow in_flow, out_flow;
    int64_t made_ns;
    struct conn *next, *prev; /* by number */
};

struct totals {
    uint64_t turns, steps, calls, timers, accepted, in, out;
    int64_t late_max_ns, busy_ns, waited_ns;
};

/* The last (or present) call of select(). */
struct select_call {
    bool inside;
    bool forever;       /* no timeout */
    int64_t timeout_ns; /* asked for; valid unless forever */
    struct str until;   /* a timer's id, "ready", "stop", or empty */
    uint64_t nfds, reads, writes;
    int64_t entered_ns; /* -1: none yet */
    int64_t took_ns;    /* -1 while inside */
    uint64_t ready;
    int *read_fds, *write_fds; /* what was ready, valid after it returned */
    size_t n_read_fds, n_write_fds;
    struct str error;
};

/* ---- the recent past: rings, oldest first through ring_at() ---------------------------------- */

enum { MODEL_OUTPUT = 256, MODEL_NOTES = 64, MODEL_WARNINGS = 64, MODEL_SEGMENTS = 4096 };
enum { MODEL_DEEDS = 1024, MODEL_WAKINGS = 1024, MODEL_TURNS = 256 };
enum { NAME_CLIP = 24, WORD_CLIP = 12 }; /* room for ids and words in the rings, with their NUL */
enum { OUTPUT_CLIP = 1024 };             /* bytes of a line of output that the model keeps */

struct output {
    int64_t t_ns;
    uint64_t n;
    bool is_stderr;
    struct str text, task;
    uint64_t cut; /* bytes left out by the loop or by us */
};

enum note_kind { NOTE_SAY, NOTE_MARK, NOTE_ASK, NOTE_ANSWERED };

struct note {
    int64_t t_ns;
    uint64_t n;
    enum note_kind kind;
    struct str text; /* of a mark, its name */
    struct str src, lesson;
    struct str *choices, *whys; /* of questions */
    size_t n_choices, n_whys;
    int64_t answer; /* index into choices, or -1 */
    int64_t choice; /* NOTE_ANSWERED: what was chosen, or -1 */
};

struct warning {
    int64_t t_ns;
    uint64_t n;
    enum event_kind kind;
    struct str text; /* the whole sentence, clean */
};

/* A stretch of the past of one task (or of the loop: number 0), in one state. */
enum lane { LANE_WAITING, LANE_READY, LANE_RUNNING };

struct segment {
    uint64_t number; /* the task's or call's; 0 is the loop: waiting in select(), else running */
    enum lane lane;
    bool is_call;
    int64_t from_ns, to_ns;
    char name[NAME_CLIP]; /* the id, clipped: the task may be gone */
    char on[WORD_CLIP];   /* what it waited for ("timer"), or who made it ready ("wake") */
};

/* One step of a task, or one run of a call. */
struct deed {
    uint64_t number, step, turn, n; /* whose, its which (0 of calls), when, and its :begin's n */
    bool is_call;
    int64_t begun_ns;
    int64_t took_ns;       /* -1 while it runs */
    int64_t waited_ns;     /* in the ready queue before; -1 unknown */
    uint64_t kept_waiting; /* handles that stood in the ready queue when it ended */
    char name[NAME_CLIP];
    char fn[NAME_CLIP];   /* the function that it runs; "" unknown */
    char why[WORD_CLIP];  /* it was made ready */
    char by[NAME_CLIP];   /* who made it ready */
    char next[WORD_CLIP]; /* "await" "yield" "done", or what it then waited for */
};

/* Somebody made a handle ready. */
struct waking {
    uint64_t number, n; /* who was woken; the event */
    uint64_t by_number; /* who did it; 0: the loop, the program */
    bool is_call;
    int64_t t_ns;
    char whom[NAME_CLIP], by[NAME_CLIP], why[WORD_CLIP];
};

/* The account of one turn. */
struct turn {
    uint64_t turn;
    int64_t began_ns;
    bool asked, forever;
    int64_t timeout_ns;    /* asked of select(), if `asked` and not `forever` */
    int64_t waited_ns;     /* inside select() */
    int64_t busy_ns;       /* inside handles */
    uint64_t ready, fired; /* handles in its batch, timers that fired in it */
    uint64_t handles, fds; /* handles run, fds found ready */
};

/* Counts of one ring: items live at [(first + i) % room]. */
struct ring {
    size_t first, count, room;
    uint64_t dropped; /* how many fell out */
};
size_t ring_at(const struct ring *ring, size_t index);

/* ---- the model ------------------------------------------------------------------------------- */

struct model {
    /* The event that it stands after. */
    int64_t t_ns;
    uint64_t n;
    enum event_kind last_kind;

    /* trace:head */
    bool has_head;
    struct str program, loop_name, started, argv; /* argv joined by spaces, for show */
    int64_t pid;
    bool virtual_clock;

    /* The loop. */
    enum phase phase;
    uint64_t turn;
    struct str how, run_for; /* loop:run */
    bool looping;            /* inside loop:run ... loop:stopped */
    bool stopping;
    struct str stop_by;
    struct task *running;       /* the handle that runs now, or NULL */
    int64_t begun_ns;           /* when it began */
    uint64_t batch, batch_done; /* of this turn's snapshot: size, and handles finished of it */
    int64_t turn_began_ns;
    int64_t loop_since_ns; /* it waits in select(), or runs, since then; -1 unknown */
    struct select_call select;
    struct totals totals;

    struct task *tasks, *tasks_last;
    size_t n_tasks;
    struct task *calls, *calls_last; /* ready, running, or woken by a timer that is set */
    size_t n_calls;
    struct task *ready, *ready_last;
    size_t n_ready;
    struct timer *timers; /* in firing order; walk by next[0] */
    size_t n_timers;
    struct watch *watches; /* by fd, read before write */
    size_t n_watches, room_watches;
    struct server *servers; /* in the order of listening */
    size_t n_servers;
    struct conn *conns, *conns_last;
    size_t n_conns;

    /* The recent past. */
    struct ring outputs_ring, notes_ring, warnings_ring, segments_ring;
    struct ring deeds_ring, wakings_ring, turns_ring;
    struct output *outputs;
    struct note *notes;
    struct warning *warnings;
    struct segment *segments;
    struct deed *deeds;
    struct waking *wakings;
    struct turn *turns;
    uint64_t n_warnings; /* all so far, since the base of this model */

    /* What else the trace told. */
    bool unsure;      /* events were lost and no state record has come since */
    bool from_start;  /* made from the program's first event, nothing left out */
    uint64_t lost;    /* by gaps so far */
    uint64_t unknown; /* events of kinds that we don't know */
    int64_t held_ns;  /* trace:hold, summed */
    bool ended;       /* trace:end seen */
    struct str end_how;
    int64_t end_status;
    bool no_memory; /* an allocation failed: what is shown may miss things */

    struct model_inside *inside; /* hash tables, heads of lists, the state record being gathered */
};

/* NULL and errno when there is no memory. */
struct model *model_create(void);
void model_destroy(struct model *model);
/* A deep copy, equal in everything; NULL and errno. */
struct model *model_copy(const struct model *model);
/* A rough count of the bytes that it holds. */
size_t model_bytes(const struct model *model);

/*
 * Applies one event: 0, or -ENOMEM. Events that make no sense (a task that was never made ...) do
 * what can be done.
 */
int model_apply(struct model *model, const struct event *event);

/*
 * What is wrong with an event in this state of the loop, told while it is applied; `what` is clean
 * text.
 */
typedef void model_fault_fn(void *context, const char *expected, const char *found);
/*
 * Asks to be told of faults in what model_apply() is given: events that can't be in this state,
 * and at each complete state record every difference between what was rebuilt and what the loop
 * says. NULL: nobody asks (the default).
 */
void model_on_fault(struct model *model, model_fault_fn *fault, void *context);

/* Things by id; NULL when there is none. */
struct task *model_task(const struct model *model, struct slice id); /* tasks and calls */
struct timer *model_timer(const struct model *model, struct slice id);
struct conn *model_conn(const struct model *model, struct slice id);
struct server *model_server(const struct model *model, struct slice id);
/* Who did it, when he lives still: by his number where the name is clipped. */
struct task *model_doer(const struct model *model, const struct deed *deed);
const struct watch *model_watch(const struct model *model, int fd, bool write);
/* How many descriptors so many watches stand for: one that is watched for both is one. */
uint64_t model_fds_of(const struct model *model, uint64_t n_watches);

/*
 * The name and the number of an id: "main#1" is "main" and 1. A plain word is its own name with
 * number 0.
 */
struct slice id_name(struct slice id);
uint64_t id_number(struct slice id);

/* "file.c:17" apart. The line is 0 when there is none. */
struct slice src_file(struct slice src);
uint64_t src_line(struct slice src);

#endif

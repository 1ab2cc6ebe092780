/* inside.h - what the loop's rooms know of each other.  Programs include loop.h; this is for loop/ alone.
 *
 *     handle    whatever stands in the ready queue: a task's next step, or a plain callback
 *     waiter    a task's (or callback's) place in the list of those who wait for one thing
 *     timer     a deadline in the heap, and the handle that it makes ready
 *     watch     one descriptor that select() looks at for reading, one for writing
 *     who       a name and a number: how the trace speaks of anything (main#1, conn#9)
 *
 * Nothing in here allocates to wait: waiters and a sleeper's timer live on the stack of the task that waits.
 */
#ifndef LOOP_INSIDE_H
#define LOOP_INSIDE_H

#include "loop.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include "address.h"
#include "bytes.h"
#include "coro.h"
#include "own_fd.h"

typedef int64_t ns; /* nanoseconds: a moment on the loop's clock, or a span */
#define NS_PER_S INT64_C(1000000000)
#define NS_NEVER INT64_MAX

#if defined(__GNUC__)
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE __attribute__((always_inline))
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define LIKELY(x) (x)
#define UNLIKELY(x) (x)
#define ALWAYS_INLINE
#define PREFETCH(address) ((void)(address))
#endif

/* 142 years, or INFINITY: "never", and so far from what an ns holds that no sum overflows. */
#define NS_FAR (INT64_C(4503599627) * NS_PER_S)

/* Between -NS_FAR and NS_FAR.  Here, since a call would take 2.5 of the 40 ns of arming and cancelling. */
static inline ns seconds_to_ns(double seconds)
{
    const double most = (double)(NS_FAR / NS_PER_S);
    if (!(seconds > -most))
        return -NS_FAR;
    if (seconds > most)
        return NS_FAR;
    return (ns)(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5));
}

#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* ---- names */

/* id 0: name is one of the plain words "loop", "program", "viewer", or NULL for nobody. */
struct who {
    const char *name;
    uint64_t id;
};

/* A place in the source; file NULL: not known.  A line is no narrower than the rest: the whole is copied a moment
 * after it was stored, which would cost 5 ns. */
struct src {
    const char *file;
    const char *expr;
    long line;
};

/* ---- lists (circular, with a head; a node alone points to itself) */

struct link {
    struct link *prev, *next;
};

static inline void list_init(struct link *head)
{
    head->prev = head->next = head;
}
static inline bool list_is_empty(const struct link *head)
{
    return head->next == head;
}
static inline void list_append(struct link *head, struct link *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}
static inline void list_remove(struct link *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* ---- the ready queue (ready.c) */

enum handle_kind { HANDLE_TASK, HANDLE_CALL };

struct handle {
    uint64_t id;
    ns ready_since; /* kept only when traced */
    uint32_t slot;  /* where in the ready queue, while queued */
    uint8_t kind;   /* enum handle_kind */
    bool queued;
    bool keep;    /* a callback that belongs to a watch or a signal: not freed after it ran */
    bool at_hand; /* a task that has a guarded stack: another may switch right to it (step.h) */
};

/* A ring of handles.  head and tail grow (and wrap around as unsigned do) until the queue is empty; slot i lives at
 * ring[i & mask].  A handle that is cancelled in the queue leaves a NULL behind. */
struct ready {
    struct handle **ring;
    uint32_t mask, head, tail, holes; /* mask: its size - 1 */
    uint32_t batch_end;               /* the running turn goes no further */
    uint32_t owners;                  /* handles that live: the ring has room for all of them */
};

static inline uint32_t ready_count(const struct ready *q)
{
    return q->tail - q->head - q->holes;
}

/* ---- timers (timer.c): a heap ordered by due, then by arming order */

enum timer_kind { TIMER_CALL, TIMER_SLEEP };

/* Lives inside what it fires: a struct callback, or the struct sleeper on a sleeping task's stack. */
struct timer {
    uint64_t id;
    uint32_t at;   /* place in the heap, counted from 1; 0: not armed */
    uint32_t kind; /* enum timer_kind */
};

/* Where the timer stands in the heap.  Equal deadlines fire in the order of arming, which is that of their numbers, so
 * a cancelled one, which is swept later, leaves its number behind. */
struct timer_slot {
    ns due;
    uint64_t timer; /* its address, which is even; of a cancelled one, twice its number and one */
};

/* NULL: it was cancelled. */
static inline struct timer *slot_timer(struct timer_slot slot)
{
    return (slot.timer & 1) != 0 ? NULL : (struct timer *)(uintptr_t)slot.timer;
}

static inline bool slot_is_before(struct timer_slot a, struct timer_slot b)
{
    if (a.due != b.due)
        return a.due < b.due;
    uint64_t a_number = (a.timer & 1) != 0 ? a.timer >> 1 : slot_timer(a)->id;
    uint64_t b_number = (b.timer & 1) != 0 ? b.timer >> 1 : slot_timer(b)->id;
    return a_number < b_number;
}

struct timers {
    struct timer_slot *heap; /* heap[0] is unused */
    uint32_t count, cancelled, capacity;
};

/* ---- what select() watches (watch.c) */

/* Embedded in whatever wants to know: ready() is called in the I/O phase of each turn in which select()
 * found the descriptor ready.  It must not run foreign code: it makes handles ready. */
struct watch {
    void (*ready)(struct watch *watch);
    struct who who;
    int fd;
    bool armed;
};

struct watch_pair {
    struct watch *read, *write;
};

/* Registered sets apart from the result sets, as arrays of words: bit fd % 64 of word fd / 64.  select() takes
 * such arrays of any length; the FD_* macros, which stop at FD_SETSIZE, are never used. */
struct watches {
    struct watch_pair *pair; /* by descriptor */
    unsigned long *read, *write, *got_read, *got_write;
    int capacity; /* descriptors that the arrays have room for */
    int top;      /* highest watched descriptor, or -1 */
    int n_read, n_write;
    bool busy;           /* the last select() found more than one ready */
    bool control_called; /* and a viewer's control line */
};

/* ---- the clock (clock.c) */

struct clock {
    ns base_real, base_loop; /* the loop's time was base_loop at the monotonic clock's base_real */
    double speed;            /* 1.0, unless a viewer slows it */
    bool is_virtual;
    bool held; /* a viewer holds the program: the clock stands at base_loop */
};

/* ---- tasks (task.c) */

enum task_state { TASK_WAITING, TASK_READY, TASK_RUNNING };

/* One who waits.  A task waits with a waiter on its stack: task_wait().  A callback (done callbacks) has its own
 * in memory.  wake() is called once, when the thing has come, and is expected to make a handle ready. */
struct waiter {
    struct link link; /* in the list of all who wait for it, or alone */
    struct task *task;
    const char *on;  /* trace: "timer", "task", "read" ... */
    struct who what; /* trace: the thing waited for */
    ns due;          /* trace: deadline, or NS_NEVER */
    void (*wake)(struct waiter *w, struct who by);
    void (*cancel)(
        struct waiter *w); /* somebody cancels the waiting task; NULL: leave the list and wake */
    /* The i-th future without which it can't go on, NULL: no more.  NULL: it may go on without any. */
    struct future *(*needs)(const struct waiter *w, size_t i);
    int result; /* what task_wait() answers */
    bool woken;
};

/* What may be waited for and has one result: a future by itself, or the inner part of a task.  It is done once, by
 * future_finish(). */
struct future {
    struct loop *loop;
    struct link done; /* who waits for it */
    int result;
    int holds; /* who needs it, released or not: done callbacks that are still to run, who gathers */
    bool is_task;
    bool is_done;
    bool looked_at; /* somebody asked for the result */
    bool released;
};

/* Three cache lines, of which a step needs two: with many tasks a switch costs what it touches of them.  What is
 * seldom needed comes behind. */
struct task {
    struct handle handle; /* first */
    struct src src;       /* where it stands, as the trace has told */
    struct waiter *waits; /* NULL while ready or running */
    bool must_cancel;     /* deliver -ECANCELED at the next chance */
    uint8_t state;        /* enum task_state, until it is done; kept only when traced */
    bool got_cancel : 1;  /* -ECANCELED was delivered */
    bool yields : 1;      /* this step ended by task_yield() */
    bool leftover : 1;    /* main is done: the runner waits for this one */
    bool deep : 1;        /* that its stack is nearly full was told */
    bool renamed : 1;     /* it has an own_name */
    bool of_conn : 1;     /* its arg is the connection that it handles, which ends with it */
    int cancelling;

    struct coro coro;
    struct link all; /* loop->tasks, or loop->done_tasks */

    struct future future;
    task_fn *fn;
    void *arg;
    const char
        *name; /* its function's, a literal: the trace's ids are made of it and never change */

    char *own_name;    /* task_set_name(); only if renamed */
    struct who parent; /* this and the next four: kept only when traced */
    uint64_t steps;
    struct src yields_at; /* where it will stand when its next step begins, if it yields */
    ns cpu;
    ns begin;               /* of the running step */
    uint64_t looked;        /* future_is_ring(): in which search it was found, */
    struct task *next_look; /* and who is to be looked at after it */
};

/* A sleeping task's own: on its stack. */
struct sleeper {
    struct waiter waiter;
    struct timer timer;
};

/* ---- plain callbacks (call.c) */

struct callback {
    struct handle handle; /* first */
    struct loop *loop;
    call_fn *fn; /* NULL: cancelled or free */
    void *arg;
    const char *name; /* the function's name, for the trace */
    struct timer timer;
};

/* ---- servers and connections (server.c, conn.c) */

struct server_socket {
    struct watch watch;
    struct server *server;
    char addr[ADDRESS_TEXT];
};

struct server {
    struct loop *loop;
    uint64_t id;
    struct link all;
    struct server_socket *sockets;
    int n_sockets;
    int backlog;
    int port; /* of the first socket */
    bool serving;
    conn_fn *handler;
    void *arg;
    const char *handler_name;
    struct src src;
    char *unix_path;
    struct file_id unix_file; /* what it bound there */
    int n_conns;
    uint64_t accepted;
    struct waiter *forever; /* the task in server_serve_forever() */
    struct link closed;
    struct callback *resume; /* accepting again, after EMFILE */
};

enum conn_state { CONN_CONNECTING, CONN_CONNECTED, CONN_HALF_CLOSED, CONN_CLOSING, CONN_CLOSED };

struct conn {
    struct loop *loop;
    uint64_t id;
    struct link all;
    struct server *server; /* NULL: outgoing */
    struct task *task;     /* the handler's, or NULL */
    struct watch reading, writing;
    int fd;
    enum conn_state state;
    char peer[ADDRESS_TEXT];
    struct bytes in, out;
    size_t high, low, read_limit;
    size_t overrun; /* conn_overrun() */
    uint64_t total_in, total_out;
    int error; /* what broke it: a negative errno */
    bool eof;
    bool eof_asked, eof_sent; /* conn_write_eof() */
    bool paused;              /* more than high is queued */
    bool released;
    struct waiter *reader; /* the task that waits for input */
    char *read_into;       /* where that task wants it, or NULL: into `in` */
    size_t read_size;
    struct link drained, closed;
    int local_port;
    uint64_t buried;      /* in which turn it went to loop->graves */
    struct conn *partner; /* the other end, when it is in this loop too (settle.c) */
    bool partner_closed;
    struct server *awaits;   /* our own server, which has not accepted it yet */
    struct process *process; /* whose stdin, stdout or stderr it is, or NULL */
    bool is_pipe;            /* one direction only; not a socket */
    bool keeps_all;          /* receives without limit (communicate.c) */
};

/* ---- signals (signals.c) */

struct signal_slot {
    call_fn *fn; /* NULL: caught for the runner's Ctrl-C */
    void *arg;
    const char *name;
    struct sigaction before;
};

/* ---- the loop */

enum phase { PHASE_NONE, PHASE_TIMEOUT, PHASE_SELECT, PHASE_IO, PHASE_TIMERS, PHASE_READY };

struct totals {
    uint64_t steps, calls, timers, accepted, in, out;
    ns late_max, busy, waited; /* busy is kept only when traced */
};

/* Virtual time: for which threads and children the clock no longer stands still (settle_world.c). */
enum heed {
    NOTHING,
    UNHEEDED,
    AWAITED
}; /* none runs; nobody, or somebody, waits for one that does */

struct world {
    enum heed gave_up_jobs; /* this and less */
};

struct tracer;
struct jobs;

struct loop {
    /* read by all, written by loop.c */
    bool running, stopping, closing;
    enum phase phase;
    uint64_t turns;
    struct handle *current; /* the handle that runs, or NULL */
    struct who acting;      /* in the I/O phase: on whose behalf; else name NULL */
    bool direct;            /* nobody watches each step: tasks may switch to each other (step.h) */
    struct totals totals;

    /* each written by its own room */
    struct tracer *tracer; /* NULL: not traced */
    struct clock clock;
    struct ready ready;
    struct timers timers;
    struct watches watches;
    uint64_t last_id;
    struct link tasks, done_tasks, futures, servers, conns;
    struct link graves; /* connections that are closed and released: freed a turn later */
    size_t n_tasks;     /* live ones */
    uint64_t searches;  /* future_is_ring() */

    char *scratch; /* where connections receive (conn_read.c) */

    /* callbacks are carved from chunks and recycled */
    struct callback *free_calls;
    struct call_chunk *call_chunks;
    struct link done_calls;
    struct link belongings; /* of tasks that gather (belongings.c) */
    struct task *free_tasks;
    struct task_chunk *task_chunks;

    /* waking up from outside: signals, threads (wake.c) */
    struct watch wake_watch;
    unsigned short_waits; /* that ended by themselves */
    int wake_fd[2];
    struct file_id wake_file;
    pthread_mutex_t threadsafe_lock;
    struct threadsafe_call *threadsafe_first, *threadsafe_last;
    struct signal_slot *signals[NSIG]; /* those that it catches */
    ns interrupt_at; /* LOOP_INTERRUPT_AT: a Ctrl-C in virtual time, or NS_NEVER */

    struct jobs *jobs; /* of to_thread(); NULL until the first */
    struct link processes;
    struct link syncs; /* locks, queues and their like, which their makers free */
    struct world world;

    /* who is told of errors that nobody looked at (report.c) */
    loop_error_fn *error_fn; /* NULL: stderr */
    void *error_arg;

    /* what runner_run() needs of the loop (runner.c) */
    struct task *main_task;
    bool interrupted; /* the first SIGINT came */
    bool leave_now;   /* the second, or loop_leave() */
    bool finishing;   /* its runner ends what is left over: others neither run nor close it */
    int leave_error;
    size_t n_leftover;

    /* debug mode (debug.c) */
    bool debug;
    ns slow_limit;
    pthread_t home; /* the thread that runs it, or did last */
};

/* coarse helpers used everywhere */

static inline struct who who_plain(const char *word)
{
    return (struct who){ word, 0 };
}
static inline struct who task_who(const struct task *t)
{
    return (struct who){ t->name, t->handle.id };
}
static inline struct who call_who(const struct callback *c)
{
    return (struct who){ "call", c->handle.id };
}
static inline struct who timer_who(const struct timer *t)
{
    return (struct who){ "timer", t->id };
}
static inline struct who conn_who(const struct conn *c)
{
    return (struct who){ "conn", c->id };
}
static inline struct who server_who(const struct server *s)
{
    return (struct who){ "server", s->id };
}
struct who handle_who(const struct handle *h);

/* The loop that runs in this thread, or NULL.  Where every step passes, it is read from here and not from the task,
 * whose third cache line would be needed for that. */
extern _Thread_local struct loop *loop_here NEAR_TLS;

/* The task that runs, or NULL: each coroutine is a task's. */
static inline struct task *task_running(void)
{
    struct coro *c = coro_running();
    return c == NULL ? NULL : CONTAINER_OF(c, struct task, coro);
}

static inline void future_init(struct future *f, struct loop *loop, bool is_task)
{
    *f = (struct future){ .loop = loop, .is_task = is_task };
    list_init(&f->done);
}

static inline struct task *future_task(struct future *f)
{
    return CONTAINER_OF(f, struct task, future);
}

struct who future_who(const struct future *f);

/* Who does what happens now: the running handle; in the I/O phase the thing that select() found ready; "loop"
 * in between; "program" outside of a run. */
struct who loop_actor(const struct loop *loop);

static inline uint64_t loop_new_id(struct loop *loop)
{
    return ++loop->last_id;
}

/* The place noted by the last macro of loop.h, forgotten by the call; and that of the last await(). */
struct src src_take(void);
struct src src_take_await(void);
/* Puts it back, for an await further inside. */
static inline void await_at(struct src src)
{
    loop_at(src.file, (int)src.line, src.expr);
}

/* loop.c */
void loop_turn(struct loop *loop);
void loop_run_leftovers(struct loop *loop); /* until loop->n_leftover is 0, or a second Ctrl-C */
void loop_run_jobs(struct loop *loop);      /* until no thread works for it, or as above */

/* debug.c */
void debug_init(struct loop *loop);
void debug_run(struct loop *loop, struct handle *h, void (*run)(struct handle *h));
int debug_refuse(const struct loop *loop); /* -EPERM when this is not its thread, else 0 */
static inline int debug_check(const struct loop *loop)
{
    return UNLIKELY(loop->debug) ? debug_refuse(loop) : 0;
}

/* report.c: tells of e, whose text is made of format */
void report(struct loop *loop, const struct loop_error *e, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* server.c */
void server_conn_gone(struct server *s);
void server_handler_ended(struct task *t);
void servers_forget_tasks(struct loop *loop); /* their stacks go */
void servers_fini(struct loop *loop);

/* conn.c */
struct conn *conn_new(struct loop *loop, int fd,
                      enum conn_state state); /* takes fd, also on failure; NULL: no memory */
int conn_start(struct conn *c);               /* begins to read */
void conn_fail(struct conn *c, const char *op, int error);
void conns_bury(struct loop *loop);
void conns_forget_readers(struct loop *loop); /* their stacks go */
void conns_fini(struct loop *loop);

/* conn_read.c */
void conn_on_readable(struct watch *w);

/* settle.c: virtual time */
void net_settle(struct loop *loop); /* what is on its way between two of our own ends arrives now */
void conn_pair(struct conn *c, int peer_port);               /* c was accepted: who of us called? */
void conn_called(struct conn *c, const struct sockaddr *to); /* c connects: to a server of ours? */
void conn_unpair(struct conn *c);

/* settle_world.c: virtual time */
void world_settle(struct loop *loop); /* threads and children do now what they have to do */

/* wake.c: waking the loop from signal handlers and threads */
int wake_init(struct loop *loop);
void wake_fini(struct loop *loop);
/* Could anything come, or be heard of?  False: another file stands in the place of the pipe, as
 * stderr was told; the loop ends, and what threads have brought meanwhile is there. */
bool wake_is_ours(struct loop *loop);

/* runner.c */
void runner_on_interrupt(struct loop *loop);

/* signals.c */
void signals_dispatch(struct loop *loop, int sig);
void signals_dispatch_missed(struct loop *loop); /* those that found the pipe full */
int signals_catch(struct loop *loop, int sig);   /* 0 or a negative errno */
void signals_release(struct loop *loop, int sig);
void signals_fini(struct loop *loop);

/* ready.c; push and pop are here because every step of every task goes through them */
int ready_grow(struct ready *q); /* 0 or -ENOMEM */
void ready_squeeze(struct ready *q);
void ready_drop(struct ready *q, struct handle *h);

static inline struct handle **ready_slot(const struct ready *q, uint32_t i)
{
    return &q->ring[i & q->mask];
}

/* Room for one more handle that lives: 0 or -ENOMEM. */
static inline int ready_reserve(struct ready *q)
{
    if (UNLIKELY(q->ring == NULL || q->owners > q->mask) && ready_grow(q) < 0)
        return -ENOMEM;
    q->owners++;
    return 0;
}

static inline void ready_unreserve(struct ready *q)
{
    q->owners--;
}

/* Never fails, thanks to ready_reserve(). */
static inline void ready_push(struct ready *q, struct handle *h)
{
    if (UNLIKELY(q->holes > 0) && q->tail - q->head > q->mask)
        ready_squeeze(q);
    h->slot = q->tail;
    h->queued = true;
    *ready_slot(q, q->tail++) = h;
}

/* An empty queue begins again where the ring does.  MEASURED with 100,000 timers: otherwise each call came to memory
 * that none had used yet, for 3 % of the time and the latest hundredth 2 us later. */
static inline void ready_rewind(struct ready *q)
{
    if (q->head == q->tail)
        q->head = q->tail = q->batch_end = 0;
}

/* NULL for a hole. */
static inline struct handle *ready_pop(struct ready *q)
{
    struct handle *h = *ready_slot(q, q->head++);
    if (h == NULL)
        q->holes--;
    else
        h->queued = false;
    return h;
}

/* timer.c */
int timer_arm(struct loop *loop, struct timer *t, ns delay,
              struct src src); /* due: now + delay; 0 or -ENOMEM */
int timer_arm_at(struct loop *loop, struct timer *t, ns due, struct src src);
ns timer_due(const struct loop *loop, const struct timer *t); /* t is armed */
struct who timer_wakes(const struct timer *t);
bool timer_disarm(struct loop *loop, struct timer *t); /* tells the trace; false: not armed */
void timers_sweep(struct loop *loop);
ns timers_next(const struct loop *loop, struct timer **first); /* NS_NEVER: none */
void timers_fire(struct loop *loop);

/* watch.c */
int watch_arm_read(struct loop *loop, struct watch *w);
int watch_arm_write(struct loop *loop, struct watch *w);
void watch_disarm_read(struct loop *loop, struct watch *w);
void watch_disarm_write(struct loop *loop, struct watch *w);
bool watch_is_ready(const unsigned long *set, int fd);
int watch_next_ready(const unsigned long *set, int fd, int top); /* from fd to top, or -1 */
int watch_select(struct loop *loop,
                 ns timeout); /* NS_NEVER: no limit; as select(), or a negative errno */
void watch_dispatch(struct loop *loop);
int watch_find_closed(struct loop *loop); /* after -EBADF: how many; marks them ready */
bool watch_is_open(int fd);
bool watch_is_taken(const struct loop *loop, int fd); /* somebody watches it */

/* clock.c */
void clock_init(struct clock *c);
ns clock_now(const struct clock *c);
void clock_advance(struct clock *c, ns to); /* virtual time only, never backwards */
void clock_hold(struct clock *c);           /* a viewer holds the program */
void clock_release(struct clock *c);
void clock_set_speed(struct clock *c, double speed);

/* task.c */
void task_make_ready(struct task *task, const char *why, struct who by);
int task_wait(struct waiter *w, struct link *list); /* list may be NULL */
void waiter_init(struct waiter *w, const char *on, struct who what);
void wake_one(struct waiter *w, int result, const char *why, struct who by);
void wake_all(struct link *list, int result, const char *why, struct who by);
void task_report_unseen(struct task *task);
void task_free(struct task *task); /* future_free() does it */

/* future.c */
void future_finish(struct future *f, int result); /* wakes all who wait */
void future_free(struct future *f); /* done or not; tells of an error that nobody saw */
void future_free_if_unwanted(struct future *f);
void futures_fini(struct loop *loop);
/* 0 if the running task may wait for f; -EINVAL: there is none, or it is another loop's. */
int future_check(const struct future *f);
/* Would me, waiting for these, wait for itself in the end? */
bool future_is_ring(struct future *const futures[], size_t n, const struct task *me);
struct task *future_task_joined(const struct waiter *w); /* whose end w waits for, or NULL */

/* A done callback that can be taken back until it runs, also when it is queued already.  NULL: no memory. */
struct done_call *future_follow(struct future *f, future_done_fn *fn, void *arg);
void future_unfollow(struct done_call *d);
#define future_follow(f, fn, arg) (LOOP_HERE(#fn), future_follow(f, fn, arg))
struct task *task_new(struct loop *loop, task_fn *fn, void *arg, const char *name,
                      struct who parent, struct src src);
void tasks_fini(struct loop *loop); /* drops what is left, as it stands */

/* belongings.c: zeroed, NULL: no memory.  To free NULL is harmless. */
void *belonging_new(struct loop *loop, size_t n, size_t size);
void belonging_free(void *bytes);
void belongings_fini(struct loop *loop);

/* step.c */
void run_batch(struct loop *loop);

/* call.c */
struct callback *callback_new(struct loop *loop, call_fn *fn, void *arg, const char *name);
void callback_free(struct callback *c);
void callback_make_ready(struct callback *c, const char *why, struct who by);
void callback_run(struct callback *c);
void callbacks_fini(struct loop *loop);
void fd_calls_fini(struct loop *loop);
bool fd_is_taken(const struct loop *loop, int fd); /* a connection's or a server's */

#endif

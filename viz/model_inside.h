/*
 * model_inside.h - what the model's rooms know of each other: model.c keeps the things,
 * model_timers.c the timers; model_apply.c, model_handles.c and model_net.c let events change them;
 * model_state.c reads state records, model_differ.c compares them; model_recent.c and model_deeds.c
 * keep the recent past, model_copy.c copies it all, model_fault.c tells what can't be. For nobody else.
 */
#ifndef VIZ_MODEL_INSIDE_H
#define VIZ_MODEL_INSIDE_H

#include "model.h"
#include "table.h"

enum { SKIP_LEVELS = 16 };

struct model_inside {
    struct table tasks; /* and calls */
    struct table timers;
    struct table conns;
    struct timer *timer_heads[SKIP_LEVELS]; /* the skip list: level 0 is model->timers */

    int64_t lanes_ns; /* where the timeline begins: nothing is known of before; -1: nothing yet */

    struct model *record;  /* a state record that is being gathered from its parts */
    uint64_t record_parts; /* how many it has, and how many have come */
    uint64_t record_part;
    struct event item; /* a record's own: what is being read of it */

    bool begun;     /* an event was applied */
    bool has_phase; /* of a record: it told the phase */

    model_fault_fn *fault;
    void *fault_context;
};

/* ---- model.c: things come and go. NULL without memory (model->no_memory is set). */

struct task *task_add(struct model *model, struct slice id, bool is_call);
void task_remove(struct model *model,
                 struct task *task); /* out of every list; freed unless it runs */
void task_free(struct task *task);
void ready_append(struct model *model, struct task *task);
void ready_remove(struct model *model, struct task *task);
struct timer *timer_add(struct model *model, struct slice id, int64_t due_ns);
void timer_remove(struct model *model, struct timer *timer);
struct watch *watch_put(struct model *model, int fd, bool write);
void watch_remove(struct model *model, const struct watch *watch);
struct server *server_add(struct model *model, struct slice id, int fd);
void server_remove(struct model *model, struct slice id); /* all its fds */
struct conn *conn_add(struct model *model, struct slice id);
void conn_remove(struct model *model, struct conn *conn);
/* Sets a string of the model; remembers when there was no memory. */
void model_set(struct model *model, struct str *str, struct slice text);
/* A model of the loop alone, for what a state record tells: no event may be applied to it. */
struct model *model_without_past(void);
/* Empties the loop: what a fresh one is. The recent past and the head stay. */
void loop_reset(struct model *model);
/* Back to before the first call. */
void select_forget(struct select_call *call);
/* Memory of zeros, or NULL. */
void *model_zeroed(struct model *model, size_t size);
/* The listening of a server at this fd, or NULL. */
const struct server *server_at_fd(const struct model *model, struct slice id, int fd);
/* A fd as the trace has it; -1 for what is none. */
int fd_of(int64_t number);

/* ---- model_apply.c, model_handles.c, model_net.c: events by group */

void apply_task(struct model *model, const struct event *event);
void apply_call(struct model *model, const struct event *event);
void apply_timer(struct model *model, const struct event *event);
void apply_watch(struct model *model, const struct event *event);
void apply_server(struct model *model, const struct event *event);
void apply_conn(struct model *model, const struct event *event);
/* The task comes into another state: the stretch that ends goes to the timeline. */
void model_change_state(struct model *model, struct task *task, enum task_state state);
/* Nothing runs any more; what ran last goes where it belongs. */
void model_stop_running(struct model *model);

/* ---- model_recent.c */

int recent_init(struct model *model);
void recent_fini(struct model *model);
int recent_copy(struct model *to, const struct model *from);
size_t recent_bytes(const struct model *model);
void recent_output(struct model *model, const struct event *event);
void recent_note(struct model *model, const struct event *event, enum note_kind kind);
void recent_warning(struct model *model, const struct event *event);
void recent_segment(struct model *model, const struct segment *segment, struct slice id,
                    struct slice on);
/* Room for one more, at the index returned; the oldest goes when it is full. */
size_t ring_push(struct ring *ring);
/* Into an array, cut before a character, not in it, and NUL-terminated. */
void clip_into(char *room, size_t size, struct slice text);

/* ---- model_deeds.c: who ran, who woke whom, the account of each turn */

int deeds_init(struct model *model);
void deeds_fini(struct model *model);
void deeds_copy(struct model *to, const struct model *from);
size_t deeds_bytes(void);
void deed_begin(struct model *model, const struct task *task, const struct event *event);
void deed_end(struct model *model, const struct task *task, const struct event *event);
void deed_waking(struct model *model, const struct task *task);
void deed_late_timer(struct model *model, int64_t due_ns);
void turn_begin(struct model *model);
/* The account of the present turn; NULL before the first one. */
struct turn *turn_now(struct model *model);
void flow_add(struct flow *flow, int64_t t_ns, uint64_t bytes);

/* ---- model_state.c */

/*
 * Takes a trace:state line in; when it was the last part, compares and makes it the truth. 0 or
 * -ENOMEM.
 */
int state_apply(struct model *model, const struct event *event);
void state_drop(struct model *model);
/* The sums of an object of a record. */
void totals_take(struct totals *totals, const struct event *from);

/* ---- model_same.c */

/*
 * A record in one part says what the model holds: to compare and to adopt it would change nothing
 * that a check looks at.
 */
bool model_is_told(const struct model *model, const struct event *state);

/* ---- model_differ.c */

/* Tells each difference between the model and a record of it. */
void model_differ(struct model *model, const struct model *record);

/* ---- model_fault.c */

bool model_is_checked(const struct model *model);
/* Tells a fault: clean words for what was expected and what was found. */
void model_fault(struct model *model, const char *expected, const char *found);
/* "ID expected": found. */
void model_fault_id(struct model *model, struct slice id, const char *expected, const char *found);
/* "EXPECTED what": FOUND, both ids. */
void model_fault_ids(struct model *model, const char *what, struct slice expected,
                     struct slice found);
/* "what NUMBER", "what SECONDS", when the two are not equal. */
void model_fault_counts(struct model *model, const char *what, uint64_t expected, uint64_t found);
void model_fault_ns(struct model *model, const char *what, int64_t expected, int64_t found);

#endif

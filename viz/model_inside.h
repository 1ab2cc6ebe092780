/*
 * model_inside.h - what the model's rooms know of each other: model.c keeps the things,
 * model_apply.c lets events change them, model_state.c reads and compares state records,
 * model_recent.c keeps the recent past.
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
    int64_t loop_since_ns; /* the loop's lane: waits in select() or runs since */

    struct model *record;  /* a state record that is being gathered from its parts */
    uint64_t record_parts; /* how many it has, and how many have come */
    uint64_t record_part;

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
/* Empties the loop: what a fresh one is. The recent past and the head stay. */
void loop_reset(struct model *model);
/* A fd as the trace has it; -1 for what is none. */
int fd_of(int64_t number);

/* ---- model_recent.c */

int recent_init(struct model *model);
void recent_fini(struct model *model);
int recent_copy(struct model *to, const struct model *from);
size_t recent_bytes(const struct model *model);
void recent_output(struct model *model, const struct event *event);
void recent_note(struct model *model, const struct event *event, enum note_kind kind);
void recent_warning(struct model *model, const struct event *event);
void recent_segment(struct model *model, uint64_t number, bool is_call, struct slice id,
                    enum lane lane, int64_t from_ns);

/* ---- model_state.c */

/*
 * Takes a trace:state line in; when it was the last part, compares and makes it the truth. 0 or
 * -ENOMEM.
 */
int state_apply(struct model *model, const struct event *event);
void state_drop(struct model *model);

/* ---- faults */

bool model_is_checked(const struct model *model);
/* Tells a fault: words of our own and numbers, with %-formats for both. */
void model_fault(struct model *model, const char *expected, const char *found);

#endif

/*
 * model_handles - what events do to handles: tasks, calls, and the timers that wake them.
 */
#include "model_inside.h"

/* ---- the timeline ---------------------------------------------------------------------------- */

/* The task comes into another state: the stretch that ends goes to the timeline. */
void model_change_state(struct model *model, struct task *task, enum task_state state)
{
    static const enum lane lanes[] = { LANE_WAITING, LANE_READY, LANE_RUNNING };
    struct segment stretch = { .number = task->number,
                               .is_call = task->is_call,
                               .lane = lanes[task->state],
                               .from_ns = task->since_ns };
    recent_segment(model, &stretch, str_slice(&task->id),
                   task->state == TASK_WAITING ? str_slice(&task->on)
                   : task->state == TASK_READY ? str_slice(&task->why)
                                               : (struct slice){ 0 });
    task->state = state;
    task->since_ns = model->t_ns;
}

void model_stop_running(struct model *model)
{
    struct task *running = model->running;
    model->running = NULL;
    model->begun_ns = -1;
    if (running == NULL)
        return;
    if (running->state == TASK_RUNNING)
        model_change_state(model, running, running->in_ready ? TASK_READY : TASK_WAITING);
    if (running->done)
        task_free(running);
    else if (running->is_call && !running->in_ready)
        task_remove(model, running);
}

/* ---- handles: what tasks and calls have in common -------------------------------------------- */

static void make_ready(struct model *model, struct task *task, const struct event *event)
{
    if (task->done) { /* it still runs, to its task:end */
        model_fault_id(model, str_slice(&task->id), "to be made ready before it is done",
                       "it is done");
        return;
    }
    model_set(model, &task->by, event_text(event, "by"));
    model_set(model, &task->why, event_text(event, "why"));
    deed_waking(model, task);
    if (task->in_ready) {
        model_fault_id(model, str_slice(&task->id), "to be made ready once",
                       "it is in the ready queue already");
        return;
    }
    if (task->state != TASK_RUNNING)
        model_change_state(model, task, TASK_READY);
    ready_append(model, task);
}

/* The first handle to run after the loop's other phases: what is ready now is this turn's batch. */
static void enter_batch(struct model *model)
{
    if (model->phase == PHASE_READY && model->batch > 0)
        return;
    model->phase = PHASE_READY;
    model->batch = model->n_ready;
    model->batch_done = 0;
    if (turn_now(model) != NULL)
        turn_now(model)->ready = model->n_ready;
}

static void begin(struct model *model, struct task *task, const struct event *event)
{
    if (model->running != NULL)
        model_fault_ids(model, "to end before another handle begins",
                        str_slice(&model->running->id), str_slice(&task->id));
    if (model->running != task)
        model_stop_running(model);
    enter_batch(model);
    if (!task->in_ready)
        model_fault_id(model, str_slice(&task->id), "in the ready queue when it begins",
                       "it is not");
    else if (model->ready != task)
        model_fault_ids(model, "to begin, as the first in the ready queue",
                        str_slice(&model->ready->id), str_slice(&task->id));
    if (task->in_ready)
        ready_remove(model, task);
    model_change_state(model, task, TASK_RUNNING);
    model->running = task;
    model->begun_ns = model->t_ns;
    deed_begin(model, task, event);
}

static void end(struct model *model, struct task *task, const struct event *event)
{
    int64_t took = event_ns(event, "took", 0);
    if (took < 0)
        took = 0;
    if (model->totals.busy_ns < INT64_MAX - took)
        model->totals.busy_ns = ns_sum(model->totals.busy_ns, took);
    if (task->cpu_ns < INT64_MAX - took)
        task->cpu_ns = ns_sum(task->cpu_ns, took);
    if (took > task->longest_ns)
        task->longest_ns = took;
    model->batch_done++;
    deed_end(model, task, event);
    model_change_state(model, task, task->in_ready ? TASK_READY : TASK_WAITING);
    model_stop_running(model);
}

/* The running handle when it has this id: a task that is done is found in no table any more. */
static struct task *running_or_known(const struct model *model, struct slice id)
{
    if (model->running != NULL && str_is(&model->running->id, id))
        return model->running;
    return model_task(model, id);
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static void task_new(struct model *model, const struct event *event, struct slice id)
{
    struct task *task = model_task(model, id);
    if (task != NULL) {
        model_fault_id(model, id, "to be made once", "it is there already");
        return;
    }
    task = task_add(model, id, false);
    if (task == NULL)
        return;
    model_set(model, &task->parent, event_text(event, "parent"));
    model_set(model, &task->fn, event_text(event, "fn"));
    model_set(model, &task->src, event_text(event, "src"));
    task->state = TASK_WAITING;
    task->made_ns = task->since_ns = model->t_ns;
}

static void task_begin(struct model *model, struct task *task, const struct event *event)
{
    uint64_t step = event_count(event, "step", task->steps + 1);
    model_fault_counts(model, "step", task->steps + 1, step);
    begin(model, task, event);
    task->steps = step;
    model->totals.steps++;
    if (event_has(event, "src"))
        model_set(model, &task->src, event_text(event, "src"));
}

static void task_await(struct model *model, struct task *task, const struct event *event)
{
    if (model->running != task)
        model_fault_id(model, str_slice(&task->id), "running when it awaits", "it does not run");
    model_set(model, &task->on, event_text(event, "on"));
    model_set(model, &task->what, event_text(event, "what"));
    model_set(model, &task->expr, event_text(event, "expr"));
    if (event_has(event, "src"))
        model_set(model, &task->src, event_text(event, "src"));
    task->due_ns = event_ns(event, "due", -1);
}

static void task_end(struct model *model, struct task *task, const struct event *event)
{
    struct slice next = event_text(event, "next");
    if (model->running != task)
        model_fault_id(model, str_slice(&task->id), "running when its step ends",
                       "it does not run");
    if (slice_is(next, "done") != task->done)
        model_fault_id(model, str_slice(&task->id),
                       task->done ? "to end with next done, after task:done"
                                  : "task:done before it ends with next done",
                       task->done ? "next is another" : "none");
    if (slice_is(next, "yield")) {
        str_clear(&task->on);
        str_clear(&task->what);
        str_clear(&task->expr);
        task->due_ns = -1;
    }
    end(model, task, event);
}

static void task_done(struct model *model, struct task *task, const struct event *event)
{
    uint64_t steps = event_count(event, "steps", task->steps);
    model_fault_counts(model, "steps", task->steps, steps);
    if (model->running != task) {
        /* Cancelled before its first step: it goes when its turn in the queue comes. */
        if (task->steps > 0)
            model_fault_id(model, str_slice(&task->id), "running when it is done",
                           "it does not run");
        else if (task->in_ready && model->ready != task)
            model_fault_id(model, str_slice(&task->id), "first in the ready queue when it is done",
                           "another one is");
        if (task->in_ready && model->looping) {
            enter_batch(model);
            model->batch_done++;
        }
        model_change_state(model, task, TASK_WAITING);
    }
    task_remove(model, task);
}

void apply_task(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "task");
    if (event->kind == EV_TASK_NEW) {
        task_new(model, event, id);
        return;
    }
    struct task *task = running_or_known(model, id);
    if (task != NULL && task->is_call && task == model->running) {
        /*
         * A state record named it as what runs but listed no such task: it is done, its step is
         * not.
         */
        task_remove(model, task);
        task->is_call = false;
    }
    if (task == NULL || task->is_call) {
        model_fault_id(model, id, "a live task", "no task of this id is alive");
        if (task != NULL || event->kind == EV_TASK_DONE || event->kind == EV_TASK_END ||
            id.len == 0)
            return;
        if ((task = task_add(model, id, false)) == NULL)
            return;
    }
    switch (event->kind) {
    case EV_TASK_READY: make_ready(model, task, event); break;
    case EV_TASK_BEGIN: task_begin(model, task, event); break;
    case EV_TASK_AWAIT: task_await(model, task, event); break;
    case EV_TASK_END: task_end(model, task, event); break;
    case EV_TASK_CANCEL: task->cancelling++; break;
    default:
        if (task->done)
            model_fault_id(model, id, "to be done once", "it is done already");
        else
            task_done(model, task, event);
        break;
    }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void call_end(struct model *model, struct task *call, const struct event *event)
{
    if (model->running != call) {
        model_fault_id(model, str_slice(&call->id), "running when it ends", "it does not run");
        return;
    }
    end(model, call, event);
}

void apply_call(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "call");
    struct task *call = running_or_known(model, id);
    if (id.len == 0)
        return;
    if (event->kind == EV_CALL_CANCEL) {
        /* It may have waited for a timer only; then there is nothing in the queue to take away. */
        if (call == NULL || !call->is_call)
            return;
        if (call->in_ready)
            ready_remove(model, call);
        if (call != model->running)
            task_remove(model, call);
        return;
    }
    if (call == NULL) {
        if (event->kind != EV_CALL_READY)
            model_fault_id(model, id, "made ready before it begins", "no call of this id is ready");
        if (event->kind == EV_CALL_END || (call = task_add(model, id, true)) == NULL)
            return;
    }
    switch (event->kind) {
    case EV_CALL_READY:
        if (event_has(event, "fn"))
            model_set(model, &call->fn, event_text(event, "fn"));
        make_ready(model, call, event);
        break;
    case EV_CALL_BEGIN:
        begin(model, call, event);
        model->totals.calls++;
        break;
    default: call_end(model, call, event); break;
    }
}

/* ---- timers ---------------------------------------------------------------------------------- */

static void timer_set(struct model *model, const struct event *event, struct slice id)
{
    int64_t due = event_ns(event, "due", model->t_ns);
    if (model_timer(model, id) != NULL) {
        model_fault_id(model, id, "to be set once", "it is set already");
        return;
    }
    struct timer *timer = timer_add(model, id, due);
    if (timer == NULL)
        return;
    timer->delay_ns = event_ns(event, "delay", -1);
    timer->set_ns = model->t_ns;
    model_set(model, &timer->wakes, event_text(event, "wakes"));
    model_set(model, &timer->src, event_text(event, "src"));
}

/* Of equal deadlines libloop fires the one armed first; asyncio's heap promises nothing. */
static bool may_fire(const struct model *model, const struct timer *timer)
{
    return timer == model->timers || (timer->due_ns == model->timers->due_ns &&
                                      slice_is(str_slice(&model->loop_name), "asyncio"));
}

static void timer_fire(struct model *model, const struct event *event, struct timer *timer)
{
    int64_t late = event_ns(event, "late", 0);
    if (!may_fire(model, timer))
        model_fault_ids(model, "to fire, as the first in firing order",
                        str_slice(&model->timers->id), str_slice(&timer->id));
    if (late < 0 || timer->due_ns > model->t_ns)
        model_fault_id(model, str_slice(&timer->id), "to fire when it is due, or later",
                       "it fires early");
    if (event_has(event, "wakes") && !str_is(&timer->wakes, event_text(event, "wakes")))
        model_fault_ids(model, "to be woken", str_slice(&timer->wakes), event_text(event, "wakes"));
    model->totals.timers++;
    if (late > model->totals.late_max_ns)
        model->totals.late_max_ns = late;
    model->phase = PHASE_TIMERS;
    if (turn_now(model) != NULL)
        turn_now(model)->fired++;
    deed_late_timer(model, timer->due_ns);
    timer_remove(model, timer);
}

void apply_timer(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "timer");
    if (id.len == 0)
        return;
    if (event->kind == EV_TIMER_SET) {
        timer_set(model, event, id);
        return;
    }
    struct timer *timer = model_timer(model, id);
    if (timer == NULL)
        model_fault_id(model, id, "set", "no timer of this id is set");
    else if (event->kind == EV_TIMER_FIRE)
        timer_fire(model, event, timer);
    else
        timer_remove(model, timer);
}

/*
 * chain.c - why does this run
 *
 *     a handle runs            <- it was made ready, by somebody
 *     a timer made it ready    <- the timer fired <- it was set, in some handle's step
 *     another handle did       <- what it did, or its step <- it was made ready, by somebody ...
 *     the loop did, after      <- select() found a descriptor ready: the root, as far as a trace
 *     select()                    that knows one end of it can tell
 *
 * Whatever is made ready while a handle runs, that handle did, whoever the trace names: the
 * connection that it closed, the task that it ended.
 */
#include "chain.h"
#include "cause.h"
#include "explain.h"

#include <string.h>

enum { ID_MAX = 256 };

/* What to look for, backwards. */
struct cause_sought {
    history_want_fn *want; /* NULL: there is none */
    char const *root;      /* then, why; also when it is found in no turn of its own */
    char id[ID_MAX];       /* who did it */
    char whom[ID_MAX];     /* to whom, where that is a handle */
    char runs[ID_MAX];     /* in whose step */
    bool by_fd, write;     /* select() may have found it */
};

static bool is(struct event const *event, char const *key, char const *id)
{
    return slice_is(event_text(event, key), id);
}

static bool made_ready(void *context, struct event const *event)
{
    struct cause_sought const *sought = context;

    return (event->kind == EV_TASK_READY && is(event, "task", sought->id)) ||
           (event->kind == EV_CALL_READY && is(event, "call", sought->id));
}

static bool was_set(void *context, struct event const *event)
{
    struct cause_sought const *sought = context;

    return event->kind == EV_TIMER_SET && is(event, "timer", sought->id);
}

static bool was_started(void *context, struct event const *event)
{
    struct cause_sought const *sought = context;

    return (event->kind == EV_THREAD_START && is(event, "job", sought->id)) ||
           (event->kind == EV_CHILD_START && is(event, "child", sought->id));
}

static bool was_cancelled(void *context, struct event const *event)
{
    struct cause_sought const *sought = context;

    return event->kind == EV_TASK_CANCEL && is(event, "task", sought->whom);
}

static bool began(struct event const *event, char const *id)
{
    return (event->kind == EV_TASK_BEGIN && is(event, "task", id)) ||
           (event->kind == EV_CALL_BEGIN && is(event, "call", id));
}

/* What made the handle ready, and not only the one who says so. */
static bool did_it(void *context, struct event const *event)
{
    struct cause_sought const *sought = context;

    switch (event->kind) {
    case EV_TIMER_FIRE: return is(event, "timer", sought->id);
    case EV_TASK_DONE: return is(event, "task", sought->id);
    case EV_CONN_CLOSE: return is(event, "conn", sought->id);
    case EV_SERVER_CLOSE: return is(event, "server", sought->id);
    case EV_CHILD_EXIT: return is(event, "child", sought->id);
    case EV_THREAD_DONE: return is(event, "job", sought->id);
    case EV_TASK_CANCEL: return is(event, "task", sought->whom);
    default: return began(event, sought->runs);
    }
}

/* What made the loop do it, in this turn: no further back than to where the turn began. */
static bool loop_did_it(void *context, struct event const *event)
{
    struct cause_sought const *sought = context;

    switch (event->kind) {
    case EV_SELECT_LEAVE:
    case EV_LOOP_TURN: return true;
    case EV_SIGNAL_GOT: return !sought->by_fd;
    case EV_TASK_CANCEL: return is(event, "task", sought->whom);
    case EV_SERVER_ACCEPT: return is(event, "server", sought->id) || is(event, "conn", sought->id);
    default: return false;
    }
}

static void keep_id(char room[ID_MAX], struct slice id)
{
    size_t len = id.len < ID_MAX ? id.len : 0;

    if (len)
        memcpy(room, id.at, len);
    room[len] = '\0';
}

static void look_for(struct cause_sought *sought, history_want_fn *want, struct slice id,
                     char const *root)
{
    keep_id(sought->id, id);
    sought->want = sought->id[0] ? want : NULL;
    sought->root = root;
}

static bool is_fd_owner(struct slice id)
{
    return slice_is(id_name(id), "conn") || slice_is(id_name(id), "server");
}

/* Who made the handle of this task:ready or call:ready ready. */
static void look_for_waker(struct cause_sought *sought, struct moment const *moment)
{
    struct event const *event = moment->event;
    struct slice by = event_text(event, "by"), why = event_text(event, "why");
    struct task const *running = moment->model->running;

    keep_id(sought->whom, event_text(event, event->kind == EV_TASK_READY ? "task" : "call"));
    sought->write = slice_is(why, "write");
    sought->by_fd = is_fd_owner(by) || sought->write || slice_is(why, "read");
    keep_id(sought->runs, running ? str_slice(&running->id) : by);
    if (slice_is(by, "viewer"))
        sought->root = "somebody did it from the viewer";
    else if (slice_is(by, "program"))
        sought->root = "the program did it outside of any handle";
    else if (!running && (slice_is(by, "loop") || is_fd_owner(by)))
        look_for(sought, loop_did_it, by, "the loop did it by itself");
    else
        look_for(sought, did_it, by.len > 0 ? by : slice_of(sought->runs),
                 "the trace does not say who did it");
}

/* What stands behind a descriptor that select() found ready. */
static char const *fd_root(struct view const *view, struct model const *model)
{
    struct watch const *watch = model_watch(model, view->chain_fd, view->chain_fd_write);
    struct slice who = watch ? str_slice(&watch->who) : (struct slice){ NULL, 0 };

    if (!watch)
        return "what made it ready, the trace does not say";
    if (slice_is(who, "loop"))
        return "somebody woke the loop";
    if (slice_is(id_name(who), "server"))
        return "a client asked to connect";
    if (!slice_is(id_name(who), "conn"))
        return view->chain_fd_write ? "there was room to write"
                                    : "bytes had come, or the end of them";
    return view->chain_fd_write ? "its other end had answered, or had taken what was sent"
                                : "its other end had sent something, or closed";
}

/* Who asked for this cancellation. */
static void look_for_canceller(struct cause_sought *sought, struct moment const *moment)
{
    struct slice by = event_text(moment->event, "by");
    struct task const *running = moment->model->running;

    if (slice_is(by, "viewer"))
        sought->root = "somebody did it from the viewer";
    else if (running)
        look_for(sought, made_ready, str_slice(&running->id), "?");
    else if (slice_is(by, "loop"))
        look_for(sought, loop_did_it, by, "the loop did it by itself");
    else
        sought->root = "the program did it outside of any handle";
}

/* What caused the event where the cursor stands. */
static struct cause_sought cause_of(struct view const *view, struct moment const *moment)
{
    struct event const *event = moment->event;
    struct task const *running = moment->model->running;
    struct cause_sought sought = { .want = NULL };

    switch (event->kind) {
    case EV_TASK_READY:
    case EV_CALL_READY: look_for_waker(&sought, moment); break;
    case EV_TIMER_FIRE:
        look_for(&sought, was_set, event_text(event, "timer"), "the trace does not say");
        break;
    case EV_TASK_BEGIN: look_for(&sought, made_ready, event_text(event, "task"), "?"); break;
    case EV_CALL_BEGIN: look_for(&sought, made_ready, event_text(event, "call"), "?"); break;
    case EV_SERVER_ACCEPT:
        sought.by_fd = true;
        look_for(&sought, loop_did_it, event_text(event, "server"), "the trace does not say");
        break;
    case EV_TASK_CANCEL: look_for_canceller(&sought, moment); break;
    case EV_SELECT_LEAVE: sought.root = fd_root(view, moment->model); break;
    case EV_SIGNAL_GOT: sought.root = "who sent it, the trace does not say"; break;
    case EV_CHILD_EXIT:
        look_for(&sought, was_started, event_text(event, "child"), "the trace does not say");
        break;
    case EV_THREAD_DONE:
        look_for(&sought, was_started, event_text(event, "job"), "the trace does not say");
        break;
    default:
        if (running) {
            look_for(&sought, made_ready, str_slice(&running->id), "?");
        } else if (event->kind == EV_TASK_DONE) { /* cancelled before its first step */
            keep_id(sought.whom, event_text(event, "task"));
            look_for(&sought, was_cancelled, event_text(event, "task"), "?");
        } else {
            sought.root = "the program did it outside of any handle";
        }
        break;
    }
    return sought;
}

static void say_src(struct say *say, struct event const *event)
{
    if (event_text(event, "src").len == 0)
        return;
    say_add(say, ", at ");
    say_clean(say, event_text(event, "src"), 40);
}

/* "main#1 closed", "the program closed": whoever runs did it. */
static void say_doer(struct say *say, struct moment const *moment, char const *deed)
{
    struct task const *running = moment->model->running;

    say_id(say, running ? str_slice(&running->id) : slice_of("program"));
    say_add(say, deed);
}

static void say_select(struct say *say, struct view const *view, struct model const *model)
{
    struct watch const *watch = model_watch(model, view->chain_fd, view->chain_fd_write);

    if (!watch) {
        say_add(say, "select() found a descriptor ready");
        return;
    }
    say_add(say, "select() found that ");
    cause_say_fd(say, model, view->chain_fd, view->chain_fd_write);
    if (slice_is(id_name(str_slice(&watch->who)), "server"))
        say_add(say, " has a client waiting");
    else
        say_add(say, view->chain_fd_write ? " can be written to" : " has something to read");
}

/* A link of the chain: what the event where we are now says of itself. */
static void say_link(struct say *say, struct view const *view, struct moment const *moment)
{
    struct event const *event = moment->event;
    struct slice handle = event_text(event, "task");

    if (handle.len == 0)
        handle = event_text(event, "call");
    switch (event->kind) {
    case EV_TASK_READY:
    case EV_CALL_READY:
        say_id(say, handle);
        say_add(say, " was made ready (");
        cause_say_why(say, moment->model, event);
        say_add(say, ")");
        break;
    case EV_TASK_BEGIN:
    case EV_CALL_BEGIN:
        say_id(say, handle);
        say_add(say, " ran");
        break;
    case EV_TASK_DONE:
        say_id(say, handle);
        say_add(say, " was done");
        break;
    case EV_TASK_CANCEL:
        say_id(say, event_text(event, "by"));
        say_add(say, " cancelled ");
        say_id(say, handle);
        say_src(say, event);
        break;
    case EV_TIMER_FIRE:
        say_id(say, event_text(event, "timer"));
        say_add(say, " fired");
        break;
    case EV_TIMER_SET:
        say_doer(say, moment, " had set it");
        say_src(say, event);
        break;
    case EV_CONN_CLOSE:
    case EV_SERVER_CLOSE:
        say_doer(say, moment, " closed ");
        say_id(say, event_text(event, event->kind == EV_CONN_CLOSE ? "conn" : "server"));
        break;
    case EV_THREAD_START: say_doer(say, moment, " had given it the work"); break;
    case EV_CHILD_START: say_doer(say, moment, " had started it"); break;
    case EV_SELECT_LEAVE: say_select(say, view, moment->model); break;
    case EV_SERVER_ACCEPT:
        say_id(say, event_text(event, "server"));
        say_add(say, " accepted a client");
        break;
    case EV_SIGNAL_GOT: say_add(say, "a signal came"); break;
    case EV_CHILD_EXIT: say_add(say, "a child process ended"); break;
    case EV_THREAD_DONE: say_add(say, "a thread was done"); break;
    default: say_clean(say, slice_of(moment->sentence), 60); break;
    }
}

bool chain_is_here(struct view const *view, struct history const *history)
{
    return view->chain[0] && view->chain_at == history_moment(history)->offset;
}

/* The end of it: once, however often one asks. */
static void end_chain(struct say *say, char const *root)
{
    if (say->len > 0 && say->at[say->len - 1] == '.')
        return;
    say_add(say, "; there it begins: ");
    say_add(say, root);
    say_add(say, ".");
}

/* True when what was found is the cause, and not the place where looking for it ends. */
static bool is_cause(struct cause_sought const *sought, struct moment const *moment)
{
    struct select_call const *call = &moment->model->select;

    if (sought->want != loop_did_it)
        return true;
    if (moment->event->kind == EV_SELECT_LEAVE)
        return sought->by_fd && call->n_read_fds + call->n_write_fds > 0;
    return moment->event->kind != EV_LOOP_TURN;
}

/* To the cause: 1, or 0 and it stays where it was when there is none; or a negative errno. */
static int go_to_cause(struct player *player, struct cause_sought *sought)
{
    int64_t here = history_moment(player->history)->offset;
    int rc = player_step_back_to(player, sought->want, sought);

    if (rc <= 0 || is_cause(sought, history_moment(player->history)))
        return rc;
    sought->want = NULL;
    rc = history_go_offset(player->history, here);
    return rc < 0 ? rc : 0;
}

int chain_back(struct player *player, struct slice id)
{
    struct view *view = player->view;
    struct say say = { view->chain, 0, sizeof(view->chain), false };
    bool goes_on = chain_is_here(view, player->history);
    struct cause_sought sought = { .want = NULL };
    struct moment const *moment;
    int rc = 0;

    if (goes_on)
        sought = cause_of(view, history_moment(player->history));
    else
        look_for(&sought, made_ready, id, "nothing before this woke it");
    if (sought.want)
        rc = go_to_cause(player, &sought);
    if (rc < 0)
        return rc;
    say.len = goes_on ? strlen(view->chain) : 0;
    moment = history_moment(player->history);
    if (rc > 0) {
        if (goes_on)
            say_add(&say, ", because ");
        else
            view->chain[0] = '\0';
        view->chain_fd =
            cause_fd(moment->model, slice_of(sought.whom), slice_of(sought.id), sought.write);
        view->chain_fd_write = sought.write;
        say_link(&say, view, moment);
    } else if (goes_on) {
        end_chain(&say, sought.want ? "what caused it is not in this trace" : sought.root);
    }
    view->chain_at = moment->offset;
    return rc;
}

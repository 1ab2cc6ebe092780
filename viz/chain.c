/*
 * chain.c - why does this run
 *
 *     a handle runs            <- it was made ready, by somebody
 *     a timer made it ready    <- the timer fired <- it was set, in some handle's step
 *     a task made it ready     <- that task's step began <- it was made ready, by somebody ...
 *     a connection did         <- select() found it ready: from outside, the root
 */
#include "chain.h"

#include <string.h>

enum { ID_MAX = 256 };

/* What to look for, backwards. */
struct cause {
    history_want_fn *want; /* NULL: there is none */
    char const *root;      /* then, why */
    char id[ID_MAX];
};

static bool is(struct event const *event, char const *key, void *id)
{
    return slice_is(event_text(event, key), id);
}

static bool made_ready(void *id, struct event const *event)
{
    return (event->kind == EV_TASK_READY && is(event, "task", id)) ||
           (event->kind == EV_CALL_READY && is(event, "call", id));
}

static bool was_set(void *id, struct event const *event)
{
    return event->kind == EV_TIMER_SET && is(event, "timer", id);
}

static bool began(void *id, struct event const *event)
{
    return (event->kind == EV_TASK_BEGIN && is(event, "task", id)) ||
           (event->kind == EV_CALL_BEGIN && is(event, "call", id));
}

/* What somebody who made a handle ready did to cause it. */
static bool did_it(void *id, struct event const *event)
{
    switch (event->kind) {
    case EV_TIMER_FIRE: return is(event, "timer", id);
    case EV_TASK_BEGIN:
    case EV_CALL_BEGIN: return began(id, event);
    case EV_SERVER_ACCEPT: return is(event, "conn", id);
    case EV_SELECT_LEAVE:
        return strcmp(id, "loop") == 0 || strncmp(id, "conn#", 5) == 0 ||
               strncmp(id, "server#", 7) == 0;
    case EV_SIGNAL_GOT: return strcmp(id, "signal") == 0 || strcmp(id, "loop") == 0;
    case EV_CHILD_EXIT: return is(event, "child", id);
    case EV_THREAD_DONE: return is(event, "job", id);
    default: return false;
    }
}

static void look_for(struct cause *cause, history_want_fn *want, struct slice id, char const *root)
{
    cause->want = id.len > 0 && id.len < ID_MAX ? want : NULL;
    cause->root = root;
    if (cause->want)
        memcpy(cause->id, id.at, id.len);
    cause->id[cause->want ? id.len : 0] = '\0';
}

/* What caused the event where the cursor stands. */
static struct cause cause_of(struct moment const *moment)
{
    struct event const *event = moment->event;
    struct task const *running = moment->model->running;
    struct slice none = { NULL, 0 }, by = event_text(event, "by");
    struct cause cause = { NULL, NULL, "" };

    switch (event->kind) {
    case EV_TASK_READY:
    case EV_CALL_READY:
        if (slice_is(by, "program") || slice_is(by, "viewer"))
            look_for(&cause, NULL, none,
                     slice_is(by, "viewer") ? "somebody did it from the viewer"
                                            : "the program did it outside of any handle");
        else
            look_for(&cause, did_it, by, "the trace does not say who did it");
        break;
    case EV_TIMER_FIRE:
        look_for(&cause, was_set, event_text(event, "timer"), "the trace does not say");
        break;
    case EV_TASK_BEGIN: look_for(&cause, made_ready, event_text(event, "task"), "?"); break;
    case EV_CALL_BEGIN: look_for(&cause, made_ready, event_text(event, "call"), "?"); break;
    case EV_SERVER_ACCEPT: look_for(&cause, did_it, slice_of("loop"), "?"); break;
    case EV_SELECT_LEAVE:
    case EV_SIGNAL_GOT:
    case EV_CHILD_EXIT:
    case EV_THREAD_DONE: cause.root = "it came from outside the loop"; break;
    default:
        if (running)
            look_for(&cause, made_ready, str_slice(&running->id), "?");
        else
            cause.root = "the program did it outside of any handle";
        break;
    }
    return cause;
}

static void say_src(struct say *say, struct event const *event)
{
    if (event_text(event, "src").len == 0)
        return;
    say_add(say, ", at ");
    say_clean(say, event_text(event, "src"), 40);
}

/* A link of the chain: what the event where we are now says of itself. */
static void say_link(struct say *say, struct moment const *moment)
{
    struct event const *event = moment->event;
    struct task const *running = moment->model->running;
    struct slice handle = event_text(event, "task");

    if (handle.len == 0)
        handle = event_text(event, "call");
    switch (event->kind) {
    case EV_TASK_READY:
    case EV_CALL_READY:
        say_clean(say, handle, 24);
        say_add(say, " was made ready (");
        say_clean(say, event_text(event, "why"), 12);
        say_add(say, ")");
        break;
    case EV_TASK_BEGIN:
    case EV_CALL_BEGIN:
        say_clean(say, handle, 24);
        say_add(say, " ran");
        break;
    case EV_TIMER_FIRE:
        say_clean(say, event_text(event, "timer"), 24);
        say_add(say, " fired");
        break;
    case EV_TIMER_SET:
        if (running)
            say_clean(say, str_slice(&running->id), 24);
        else
            say_add(say, "the program");
        say_add(say, " had set it");
        say_src(say, event);
        break;
    case EV_SELECT_LEAVE: say_add(say, "select() found a descriptor ready"); break;
    case EV_SERVER_ACCEPT: say_add(say, "a client was accepted"); break;
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

int chain_back(struct player *player, struct slice id)
{
    struct view *view = player->view;
    struct say say = { view->chain, 0, sizeof(view->chain), false };
    bool goes_on = chain_is_here(view, player->history);
    struct cause cause = { NULL, NULL, "" };
    int rc = 0;

    if (goes_on)
        cause = cause_of(history_moment(player->history));
    else
        look_for(&cause, made_ready, id, "nothing before this woke it");
    if (cause.want)
        rc = player_step_back_to(player, cause.want, cause.id);
    if (rc < 0)
        return rc;
    say.len = goes_on ? strlen(view->chain) : 0;
    if (rc > 0) {
        if (goes_on)
            say_add(&say, ", because ");
        else
            view->chain[0] = '\0';
        say_link(&say, history_moment(player->history));
    } else if (goes_on) {
        end_chain(&say, cause.want ? "what caused it is not in this trace" : cause.root);
    }
    view->chain_at = history_moment(player->history)->offset;
    return rc;
}

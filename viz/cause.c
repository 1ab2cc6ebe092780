/*
 * cause - the model asked for what an event leaves out.
 */
#include "cause.h"
#include "explain.h"

static bool is_gone(const struct model *model, struct slice id)
{
    if (model->unsure || id_number(id) == 0)
        return false;
    if (slice_is(id_name(id), "conn"))
        return model_conn(model, id) == NULL;
    return slice_is(id_name(id), "server") && model_server(model, id) == NULL;
}

static bool is_at_its_end(const struct model *model, struct slice id)
{
    const struct conn *conn = model_conn(model, id);
    return conn != NULL && str_is(&conn->state, slice_of("half-closed"));
}

/* The running handle did it, and what was waited for is another thing. */
static bool is_messenger(const struct model *model, struct slice by, struct slice why)
{
    if (model->running == NULL || !str_is(&model->running->id, by))
        return false;
    return slice_is(why, "timer") || slice_is(why, "read") || slice_is(why, "write") ||
           (slice_is(why, "done") && !model->running->done);
}

enum cause cause_of_ready(const struct model *after, const struct event *event)
{
    struct slice by = event_text(event, "by"), why = event_text(event, "why");
    bool reads = slice_is(why, "read"), writes = slice_is(why, "write");
    if (is_messenger(after, by, why))
        return CAUSE_MESSENGER;
    if ((reads || writes) && slice_is(by, "loop"))
        return CAUSE_FD;
    if ((reads || writes || slice_is(why, "done")) && is_gone(after, by))
        return CAUSE_CLOSED;
    return reads && is_at_its_end(after, by) ? CAUSE_END : CAUSE_PLAIN;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

int cause_fd(const struct model *model, struct slice handle, struct slice by, bool write)
{
    const struct select_call *call = &model->select;
    const int *fds = write ? call->write_fds : call->read_fds;
    size_t n = write ? call->n_write_fds : call->n_read_fds;
    for (size_t i = 0; i < n; i++) {
        const struct watch *watch = model_watch(model, fds[i], write);
        if (watch == NULL || watch->who.len == 0)
            continue;
        if (str_is(&watch->who, handle) || (!slice_is(by, "loop") && str_is(&watch->who, by)))
            return fds[i];
    }
    return n == 1 && slice_is(by, "loop") ? fds[0] : -1;
}

void cause_say_fd(struct say *say, const struct model *model, int fd, bool write)
{
    const struct watch *watch = model_watch(model, fd, write);
    struct slice who = watch != NULL ? str_slice(&watch->who) : (struct slice){ 0 };
    struct slice name = id_name(who);
    if (slice_is(who, "loop"))
        say_add(say, "the loop's own wake-up descriptor");
    else if (slice_is(name, "conn") || slice_is(name, "server"))
        say_id(say, who);
    else
        say_f(say, "fd %d", fd);
}

/* ---- words ----------------------------------------------------------------------------------- */

void cause_say_why(struct say *say, const struct model *after, const struct event *event)
{
    static const struct {
        const char *why, *words;
    } all[] = {
        { "new", "to run for the first time" },
        { "timer", "its time was up" },
        { "read", "there was something to read" },
        { "write", "it could write" },
        { "done", "what it waited for was done" },
        { "wake", "it was woken" },
        { "yield", "it had given way to others" },
        { "cancel", "it was cancelled" },
        { "soon", "to run soon" },
        { "signal", "a signal came" },
    };
    enum cause cause = cause_of_ready(after, event);
    struct slice why = event_text(event, "why");
    if (cause == CAUSE_CLOSED) {
        say_id(say, event_text(event, "by"));
        say_add(say, " was closed");
        return;
    }
    if (cause == CAUSE_END) {
        say_add(say, "nothing more was to come");
        return;
    }
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (slice_is(why, all[i].why)) {
            say_add(say, all[i].words);
            return;
        }
    }
    say_clean(say, why, 40);
}

/*
 * explain_words - sentences about what is said (output, notes, questions) and about what is wrong
 * (warnings: what, why it matters, what to do).
 */
#include "explain_inside.h"

/* ---- output and notes ------------------------------------------------------------------------ */

void explain_out_line(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_id_of(say, event, "task", "The program");
    say_add(say,
            slice_is(event_text(event, "stream"), "stderr") ? " prints on stderr: " : " prints: ");
    say_text_of(say, event, "text", 200, "an empty line");
    if (event_count(event, "cut", 0) > 0) {
        say_add(say, " (");
        say_count(say, event_count(event, "cut", 0), "byte", NULL);
        say_add(say, " more)");
    }
}

void explain_note_say(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Note: ");
    say_text_of(say, event, "text", 440, "(without words)");
}

void explain_note_mark(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "The program marks this place: ");
    say_text_of(say, event, "name", 100, "no name");
    say_add(say, ".");
}

void explain_note_ask(struct say *say, const struct event *event, const struct model *after)
{
    struct items choices = event_items(event, "choices");
    struct field choice;
    unsigned number = 1;
    (void)after;
    say_add(say, "Question: ");
    say_text_of(say, event, "text", 200, "?");
    while (number < 10 && items_next(&choices, &choice)) {
        say_f(say, "  %u) ", number++);
        say_clean(say, choice.value, 60);
    }
}

void explain_note_answered(struct say *say, const struct event *event, const struct model *after)
{
    int64_t choice = event_number(event, "choice", -1);
    (void)after;
    say_add(say, "The question was answered");
    if (choice >= 0)
        say_f(say, " with choice %lld", (long long)choice + 1);
    else if (event_text(event, "choice").len > 0) {
        say_add(say, " with ");
        say_text_of(say, event, "choice", 60, "");
    }
    if (event_has(event, "took")) {
        say_add(say, " after ");
        say_span(say, event_ns(event, "took", 0));
    }
    say_add(say, ".");
}

/* ---- warnings: what is wrong, why it matters, what to do ------------------------------------- */

static void say_limit(struct say *say, const struct event *event)
{
    if (event_has(event, "took")) {
        say_add(say, " for ");
        say_span(say, event_ns(event, "took", 0));
    }
    if (event_has(event, "limit")) {
        say_add(say, " (the limit is ");
        say_span(say, event_ns(event, "limit", 0));
        say_add(say, ")");
    }
}

void explain_warn_slow_step(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Slow step: ");
    say_id_of(say, event, "task", "a handle");
    say_add(say, " kept the thread");
    say_limit(say, event);
    say_add(say, ". Nobody else could run: await in between, or give the work to a thread.");
}

void explain_warn_slow_turn(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Slow turn: ");
    if (event_has(event, "steps")) {
        say_count(say, event_count(event, "steps", 0), "step", NULL);
        say_add(say, " ran");
    } else {
        say_add(say, "handles ran");
    }
    say_limit(say, event);
    say_add(say, " before the loop could look at timers and descriptors again.");
}

void explain_warn_late_timer(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Late timer: ");
    say_id_of(say, event, "timer", "a timer");
    say_add(say, " fired ");
    say_span(say, event_ns(event, "late", 0));
    say_add(say, " after it was due. Look for the step that kept the thread just before.");
}

void explain_warn_spinning(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Spinning: the loop took ");
    say_count(say, event_count(event, "turns", 0), "turn", NULL);
    say_add(
        say,
        " without ever waiting. Something is always ready: a loop without an await that waits?");
}

void explain_warn_starving(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Starving: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " stood in the ready queue for ");
    say_span(say, event_ns(event, "waited", 0));
    say_add(say, " before it could run: others kept the thread.");
}

void explain_warn_lost_task(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Lost task: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " was dropped before it was done. Keep hold of it and wait for it, or cancel it.");
}

void explain_warn_swallowed(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Swallowed cancel: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " was told that it is cancelled and went on. Clean up, then let the cancel pass.");
}

void explain_warn_unread(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Unread failure: ");
    say_id_of(say, event, "task", "a task");
    say_add(say, " failed");
    if (event_has(event, "error")) {
        say_add(say, " with ");
        say_number_of(say, event, "error");
    }
    say_add(say, ", and nobody looked at its result. Await it, or ask for its error.");
}

void explain_warn_not_closed(struct say *say, const struct event *event, const struct model *after)
{
    struct slice id = event_text(event, "conn");
    (void)after;
    say_add(say, "Not closed: ");
    say_id(say, id.len > 0 ? id : event_text(event, "server"));
    say_add(say, " was still open when the loop was closed. Close what you open.");
}

void explain_warn_grows(struct say *say, const struct event *event, const struct model *after)
{
    (void)after;
    say_add(say, "Queue grows: ");
    say_count(say, event_count(event, "queued", 0), "byte waits", "bytes wait");
    say_add(say, " to be sent on ");
    say_id_of(say, event, "conn", "a connection");
    say_add(say, ", faster than its peer reads. Await drain before writing more.");
}

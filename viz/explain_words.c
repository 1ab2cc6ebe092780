/*
 * explain_words - sentences about what is said: output, notes, questions.
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

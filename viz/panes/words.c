/*
 * words.c - what explains: the sentence of the event, what the lesson says, its questions
 *
 *     Nothing is ready, so the loop asks select() to wait until timer#6 is due, 0.997 s from now.
 *
 *     Lesson: The loop runs one task, main.
 *
 * After `u` it is not the lesson's words but the chain of causes that stands there: why this runs.
 *
 * A question takes the place of both until the cursor goes on: what follows it may be its answer.
 */
#include "../chain.h"
#include "pane.h"

#include <string.h>

static struct note const *latest_note(struct model const *model)
{
    for (size_t i = model->notes_ring.count; i > 0; i--) {
        struct note const *note = &model->notes[ring_at(&model->notes_ring, i - 1)];

        if (note->kind == NOTE_SAY)
            return note;
    }
    return NULL;
}

/* The note whose event the cursor stands on, or NULL. */
static struct note const *present_note(struct scene const *scene, enum note_kind kind)
{
    struct model const *model = scene->model;
    struct note const *note;

    if (!scene->moment->event || model->notes_ring.count == 0)
        return NULL;
    note = &model->notes[ring_at(&model->notes_ring, model->notes_ring.count - 1)];
    if (note->kind != kind || note->n != scene->moment->n ||
        scene->moment->event->kind != (kind == NOTE_ASK ? EV_NOTE_ASK : EV_NOTE_SAY))
        return NULL;
    return note;
}

static bool is_choice(struct note const *note, int64_t choice)
{
    return choice >= 0 && (size_t)choice < note->n_choices;
}

/* Right or wrong, and why. */
static int draw_verdict(struct box box, int row, struct note const *note, int choice)
{
    bool right = choice >= 0 && choice == note->answer;
    char text[1024];
    struct say say;

    say_init(&say, text, sizeof(text));
    if (choice < 0)
        say_add(&say, "Skipped.");
    else if (note->answer < 0)
        say_f(&say, "You said %d.", choice + 1);
    else
        say_f(&say, right ? "Right, %d." : "Not %d.", choice + 1);
    if (choice >= 0 && (size_t)choice < note->n_whys) {
        say_add(&say, " ");
        say_clean(&say, str_slice(&note->whys[choice]), 400);
    }
    if (!right && is_choice(note, note->answer)) {
        say_f(&say, " It is %d: ", (int)note->answer + 1);
        say_clean(&say, str_slice(&note->choices[note->answer]), 120);
        say_add(&say, ".");
    }
    return row + box_wrap(box, row, 0, right ? STYLE_RUNNING : STYLE_WARN, slice_of(text));
}

static void draw_question(struct box box, struct scene const *scene, struct note const *note)
{
    int choice = view_answer_of(scene->view, note->n);
    int row = box_wrap(box, 0, 0, STYLE_NOTE, str_slice(&note->text));

    if (choice > -1 && scene->view->hides_answers && scene->view->revealed != note->n) {
        box_printf(box, row, 0, STYLE_STRONG, "You said %d.", choice + 1);
        box_text(box, row, 14, STYLE_KEY, "R shows whether that is right.");
        return;
    }
    if (choice > -2) {
        draw_verdict(box, row, note, choice);
        return;
    }
    for (size_t i = 0; i < note->n_choices && i < 9; i++, row++) {
        box_printf(box, row, 2, STYLE_KEY, "%d", (int)i + 1);
        box_slice(box, row, 5, box.cols - 5, STYLE_PLAIN, str_slice(&note->choices[i]));
    }
    if (!scene->view->no_questions)
        box_text(box, row, 2, STYLE_FAINT, "What do you think? Press its number; Esc skips.");
}

static enum style sentence_style(struct event const *event)
{
    if (event && event->kind >= EV_WARN_SLOW_STEP && event->kind < EV_KINDS)
        return STYLE_WARN;
    return STYLE_STRONG;
}

static char const *no_event(struct scene const *scene)
{
    switch (scene->view->source) {
    case VIEW_LIVE:
        return "Waiting for the program's first event. A program without an event loop of this "
               "kind never sends one.";
    case VIEW_OVER: return "It has ended without an event: it does not seem to write a trace.";
    case VIEW_SAVED: break;
    }
    return "This trace holds no event at all.";
}

void pane_words(struct box box, struct scene const *scene)
{
    struct moment const *moment = scene->moment;
    struct note const *question = present_note(scene, NOTE_ASK), *say;

    if (question) {
        draw_question(box, scene, question);
        return;
    }
    if (!moment->event) {
        box_wrap(box, 0, 0, STYLE_STRONG, slice_of(no_event(scene)));
        return;
    }
    say = present_note(scene, NOTE_SAY);
    if (say) {
        box_text(box, 0, 0, STYLE_TITLE, "Lesson:");
        box_wrap(box, 0, 8, STYLE_NOTE, str_slice(&say->text));
        return;
    }
    if (chain_is_here(scene->view, scene->history) && box.rows > 2) {
        box_text(box, 2, 0, STYLE_TITLE, "Why:");
        box_wrap(box, 2, 5, STYLE_STRONG, slice_of(scene->view->chain));
        box_wrap(box_within(box, 0, 0, 2, box.cols), 0, 0, sentence_style(moment->event),
                 slice_of(moment->sentence));
        return;
    }
    say = box.rows > 2 ? latest_note(scene->model) : NULL;
    if (say) {
        box_text(box, 2, 0, STYLE_FAINT, "Lesson:");
        box_wrap(box, 2, 8, STYLE_NOTE, str_slice(&say->text));
        box = box_within(box, 0, 0, 2, box.cols);
    }
    box_wrap(box, 0, 0, sentence_style(moment->event), slice_of(moment->sentence));
}

int pane_words_rows(struct scene const *scene, int cols, int most)
{
    struct note const *question = present_note(scene, NOTE_ASK), *say;
    int rows = 2;

    if (question) {
        rows = box_wrap_rows(str_slice(&question->text), cols) + 1;
        if (view_answer_of(scene->view, question->n) == -2)
            rows += (int)(question->n_choices < 9 ? question->n_choices : 9);
        else
            rows += 2;
        return rows < most ? rows : most;
    }
    say = latest_note(scene->model);
    if (chain_is_here(scene->view, scene->history))
        rows += box_wrap_rows(slice_of(scene->view->chain), cols - 5);
    else if (say)
        rows += 2;
    return rows < most ? rows : most;
}

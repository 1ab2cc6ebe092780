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

enum { NOTE_COL = 8, WHY_COL = 5, CHOICE_COL = 5 };

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
static bool say_verdict(struct say *say, struct note const *note, int choice)
{
    bool right = choice >= 0 && choice == note->answer;

    if (choice < 0)
        say_add(say, "Skipped.");
    else if (note->answer < 0)
        say_f(say, "You said %d.", choice + 1);
    else
        say_f(say, right ? "Right, %d." : "Not %d.", choice + 1);
    if (choice >= 0 && (size_t)choice < note->n_whys) {
        say_add(say, " ");
        say_clean(say, str_slice(&note->whys[choice]), 400);
    }
    if (!right && is_choice(note, note->answer)) {
        say_f(say, " It is %d: ", (int)note->answer + 1);
        say_clean(say, str_slice(&note->choices[note->answer]), 120);
        say_add(say, ".");
    }
    return right;
}

static bool hides_verdict(struct scene const *scene, struct note const *note)
{
    return view_answer_of(scene->view, note->n) > -2 && scene->view->hides_answers &&
           scene->view->revealed != note->n;
}

static size_t choices_of(struct note const *note)
{
    return note->n_choices < 9 ? note->n_choices : 9;
}

int pane_words_choice(struct note const *note, int cols, int row)
{
    row -= box_wrap_rows(str_slice(&note->text), cols);
    for (size_t i = 0; row >= 0 && i < choices_of(note); i++) {
        row -= box_wrap_rows(str_slice(&note->choices[i]), cols - CHOICE_COL);
        if (row < 0)
            return (int)i;
    }
    return -1;
}

static void draw_question(struct box box, struct scene const *scene, struct note const *note)
{
    int choice = view_answer_of(scene->view, note->n);
    int row = box_wrap(box, 0, 0, STYLE_NOTE, str_slice(&note->text));
    char text[1024];
    struct say say;
    bool right;

    if (hides_verdict(scene, note)) {
        if (choice < 0)
            box_text(box, row, 0, STYLE_STRONG, "Skipped.");
        else
            box_printf(box, row, 0, STYLE_STRONG, "You said %d.", choice + 1);
        box_text(box, row, 14, STYLE_KEY,
                 choice < 0 ? "R shows the answer." : "R shows whether that is right.");
        return;
    }
    if (choice > -2) {
        say_init(&say, text, sizeof(text));
        right = say_verdict(&say, note, choice);
        box_wrap(box, row, 0, right ? STYLE_RUNNING : STYLE_WARN, slice_of(text));
        return;
    }
    for (size_t i = 0; i < choices_of(note); i++) {
        if (scene->view->no_questions)
            box_text(box, row, 2, STYLE_KEY, "\xc2\xb7");
        else
            box_printf(box, row, 2, STYLE_KEY, "%d", (int)i + 1);
        row += box_wrap(box, row, CHOICE_COL, STYLE_PLAIN, str_slice(&note->choices[i]));
    }
    if (!scene->view->no_questions)
        box_text(box, row, 2, STYLE_FAINT, "What do you think? Press its number; Esc skips.");
}

static int question_rows(struct scene const *scene, struct note const *note, int cols)
{
    int choice = view_answer_of(scene->view, note->n);
    int rows = box_wrap_rows(str_slice(&note->text), cols);
    char text[1024];
    struct say say;

    if (hides_verdict(scene, note))
        return rows + 1;
    if (choice > -2) {
        say_init(&say, text, sizeof(text));
        say_verdict(&say, note, choice);
        return rows + box_wrap_rows(slice_of(text), cols);
    }
    for (size_t i = 0; i < choices_of(note); i++)
        rows += box_wrap_rows(str_slice(&note->choices[i]), cols - CHOICE_COL);
    return rows + !scene->view->no_questions;
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

/* The row of what stands below the sentence: always the same one, unless the sentence is long. */
static int below_sentence(struct scene const *scene, int cols)
{
    int rows = box_wrap_rows(slice_of(scene->moment->sentence), cols);

    return rows > 2 ? rows : 2;
}

static void draw_sentence(struct box box, struct scene const *scene)
{
    struct note const *say = latest_note(scene->model);
    int row = below_sentence(scene, box.cols);

    box_wrap(box, 0, 0, sentence_style(scene->moment->event), slice_of(scene->moment->sentence));
    if (row >= box.rows)
        return;
    if (chain_is_here(scene->view, scene->history)) {
        box_text(box, row, 0, STYLE_TITLE, "Why:");
        box_wrap(box, row, WHY_COL, STYLE_STRONG, slice_of(scene->view->chain));
    } else if (say) {
        box_text(box, row, 0, STYLE_FAINT, "Lesson:");
        box_wrap(box, row, NOTE_COL, STYLE_NOTE, str_slice(&say->text));
    }
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
        box_wrap(box, 0, NOTE_COL, STYLE_NOTE, str_slice(&say->text));
        return;
    }
    draw_sentence(box, scene);
}

bool pane_words_asks(struct scene const *scene)
{
    return present_note(scene, NOTE_ASK) && !scene->view->help && !scene->view->menu;
}

int pane_words_rows(struct scene const *scene, int cols, int most)
{
    struct note const *question = present_note(scene, NOTE_ASK);
    struct note const *say = present_note(scene, NOTE_SAY);
    bool tells_why = !say && chain_is_here(scene->view, scene->history);
    int least = latest_note(scene->model) ? 4 : 2, rows;

    if (least > most * 3 / 4)
        least = most * 3 / 4; /* a short screen keeps its rows for the loop's phases */

    if (question)
        rows = question_rows(scene, question, cols);
    else if (say)
        rows = box_wrap_rows(str_slice(&say->text), cols - NOTE_COL);
    else if (tells_why)
        rows = below_sentence(scene, cols) +
               box_wrap_rows(slice_of(scene->view->chain), cols - WHY_COL);
    else
        rows = box_wrap_rows(slice_of(scene->moment->sentence), cols);
    if (!question && !tells_why && rows < least)
        rows = least;
    return rows < most ? rows : most;
}

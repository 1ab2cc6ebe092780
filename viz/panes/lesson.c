/*
 * lesson.c - what the lesson has said and asked up to now, and what was answered; then the warnings
 *
 *        0.000  The loop runs one task, main.
 *        3.000  ? What does the loop do while main sleeps?
 *              you said 2  It waits inside select()
 *
 * The newest stands at the bottom.
 */
#include "pane.h"

#include <inttypes.h>

static bool is_choice(struct note const *note, int choice)
{
    return choice >= 0 && (size_t)choice < note->n_choices;
}

/* Right or wrong, unless that is still to be told. */
static enum style said_style(struct view const *view, struct note const *note, int choice)
{
    if (view->hides_answers && view->revealed != note->n)
        return STYLE_PLAIN;
    return choice == note->answer ? STYLE_RUNNING : STYLE_WARN;
}

/* What is to be said below a question that no choice was taken for; "" for nothing. */
static char const *answer_of(struct note const *note, struct scene const *scene)
{
    struct note const *open = view_question(scene->view, scene->history);

    if (note->kind != NOTE_ASK || scene->view->no_questions)
        return "";
    if (view_answer_of(scene->view, note->n) == -1)
        return "skipped";
    return open && open->n == note->n ? "press its number to answer; Esc skips"
                                      : "not answered: [ goes back to it";
}

static int draw_note(struct box box, int row, struct note const *note, struct scene const *scene)
{
    char const *answer = answer_of(note, scene);
    int choice = view_answer_of(scene->view, note->n), rows;
    bool is_question = note->kind == NOTE_ASK;

    box_printf(box, row, 0, STYLE_FAINT, "%9.3f", (double)note->t_ns / 1e9);
    if (note->kind == NOTE_MARK)
        box_text(box, row, 10, STYLE_KEY, "=");
    if (note->kind == NOTE_ANSWERED) {
        if (note->choice < 0)
            box_text(box, row, 12, STYLE_PLAIN, "answered in this trace");
        else
            box_printf(box, row, 12, STYLE_PLAIN, "answered %" PRId64 " in this trace",
                       note->choice + 1);
        return row + 1;
    }
    box_text(box, row, 10, STYLE_KEY, is_question ? "?" : " ");
    rows = box_wrap(box, row, 12, is_question ? STYLE_STRONG : STYLE_NOTE, str_slice(&note->text));
    row += rows > 0 ? rows : 1;
    if (is_question && is_choice(note, choice)) {
        box_printf(box, row, 14, said_style(scene->view, note, choice), "you said %d", choice + 1);
        box_slice(box, row++, 26, box.cols - 26, STYLE_PLAIN, str_slice(&note->choices[choice]));
    } else if (*answer) {
        box_text(box, row++, 14, STYLE_FAINT, answer);
    }
    return row;
}

static int note_rows(struct note const *note, int cols, struct scene const *scene)
{
    int rows = note->kind == NOTE_ANSWERED ? 1 : box_wrap_rows(str_slice(&note->text), cols - 12);

    if (note->kind == NOTE_ASK &&
        (is_choice(note, view_answer_of(scene->view, note->n)) || *answer_of(note, scene)))
        rows++;
    return rows > 0 ? rows : 1;
}

/* Warnings stand below the notes, as many as there is room for. */
static void draw_warnings(struct box box, int row, struct model const *model)
{
    for (size_t i = model->warnings_ring.count; i > 0 && row < box.rows; i--) {
        struct warning const *warning = &model->warnings[ring_at(&model->warnings_ring, i - 1)];

        box_printf(box, row, 0, STYLE_FAINT, "%9.3f", (double)warning->t_ns / 1e9);
        box_text(box, row, 10, STYLE_WARN, "!");
        row += box_wrap(box, row, 12, STYLE_WARN, str_slice(&warning->text));
    }
}

void pane_lesson(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    size_t count = model->notes_ring.count, first = count;
    int scroll = scene->view->scroll[PANE_LESSON], rows = 0, row = 0;

    for (; first > 0; first--) {
        int more =
            note_rows(&model->notes[ring_at(&model->notes_ring, first - 1)], box.cols, scene);

        if (rows + more > box.rows - (model->n_warnings ? box.rows / 3 : 0))
            break;
        rows += more;
    }
    for (; scroll < 0 && first > 0; scroll++)
        first--;
    for (size_t i = first; i < count && row < box.rows; i++)
        row = draw_note(box, row, &model->notes[ring_at(&model->notes_ring, i)], scene);
    if (count == 0)
        box_text(box, row++, 1, STYLE_FAINT,
                 model->from_start ? "(no note and no question yet)"
                                   : "(no note and no question lately)");
    if (model->n_warnings && row + 1 < box.rows) {
        box_printf(box, row + 1, 1, STYLE_TITLE, "warnings, the newest first: %" PRIu64,
                   model->n_warnings);
        draw_warnings(box, row + 2, model);
    }
}

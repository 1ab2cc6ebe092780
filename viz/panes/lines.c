/*
 * lines.c - the lines around the panes: the header, the words that explain, the keys, the help
 */
#include "../keys.h"
#include "pane.h"

#include <inttypes.h>
#include <string.h>

/* ---- the header ---------------------------------------------------------------------------- */

static struct slice base_name(struct slice path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.at[i - 1] == '/' && i < path.len)
            return (struct slice){ path.at + i, path.len - i };
    return path;
}

static int draw_mode(struct box box, int col, struct view const *view)
{
    if (view->source == VIEW_LIVE && view->at_edge)
        col = box_text(box, 0, col, STYLE_LIVE, " LIVE ");
    else if (view->source == VIEW_LIVE)
        col = box_text(box, 0, col, STYLE_WARN, "BEHIND LIVE");
    else
        col = box_text(box, 0, col, STYLE_TITLE, view->source == VIEW_OVER ? "ENDED" : "REPLAY");
    if (view->has_paused)
        col = box_text(box, 0, col + 1, STYLE_WARN, "PROGRAM PAUSED");
    if (!view->playing)
        return box_text(box, 0, col + 2, STYLE_STRONG, "paused");
    return box_printf(box, 0, col + 2, STYLE_STRONG, "\xe2\x96\xb6 %g\xc3\x97", view->speed);
}

static void say_where(struct say *say, struct scene const *scene, bool briefly)
{
    struct moment const *moment = scene->moment;
    double t_s = (double)scene->now_ns / 1e9;

    say_f(say, briefly ? "t %.3f s  turn %" PRIu64 "  " : "t %.6f s   turn %" PRIu64 "   event ",
          t_s, scene->model->turn);
    say_f(say, "%" PRIu64 "/%" PRIu64, moment->n, moment->n_last);
}

static void say_counts(struct say *say, struct model const *model)
{
    say_f(say, "tasks %zu  timers %zu  fds %zu", model->n_tasks, model->n_timers, model->n_watches);
    if (model->n_conns)
        say_f(say, "  conns %zu", model->n_conns);
}

void pane_header(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    struct slice name = model->program.len ? base_name(str_slice(&model->program))
                                           : base_name(slice_of(history_name(scene->history)));
    char where[128], counts[128];
    struct say say;
    int col = box_slice(box, 0, 1, box.cols / 4, STYLE_STRONG, name), end = box.cols - 1, room;

    col = draw_mode(box, col + 2, scene->view);
    if (model->n_warnings)
        col = box_printf(box, 0, col + 2, STYLE_WARN, "! %" PRIu64 " warning%s", model->n_warnings,
                         model->n_warnings == 1 ? "" : "s");
    say_init(&say, where, sizeof(where));
    say_where(&say, scene, false);
    if (col + 2 + (int)strlen(where) > end) {
        say_init(&say, where, sizeof(where));
        say_where(&say, scene, true);
    }
    say_init(&say, counts, sizeof(counts));
    say_counts(&say, model);
    room = end - col - (int)strlen(where);
    if (room >= (int)strlen(counts) + 6) {
        end -= (int)strlen(counts);
        box_text(box, 0, end, STYLE_PLAIN, counts);
        room -= (int)strlen(counts);
    }
    box_text(box, 0, room > 4 ? col + room / 2 : col + 2, STYLE_STRONG, where);
}

/* ---- the words ----------------------------------------------------------------------------- */

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
        say_f(&say, "You said %c.", 'a' + choice);
    else
        say_f(&say, right ? "Right, %c." : "Not %c.", 'a' + choice);
    if (choice >= 0 && (size_t)choice < note->n_whys) {
        say_add(&say, " ");
        say_clean(&say, str_slice(&note->whys[choice]), 400);
    }
    if (!right && is_choice(note, note->answer)) {
        say_f(&say, " It is %c: ", 'a' + (int)note->answer);
        say_clean(&say, str_slice(&note->choices[note->answer]), 120);
        say_add(&say, ".");
    }
    return row + box_wrap(box, row, 0, right ? STYLE_RUNNING : STYLE_WARN, slice_of(text));
}

static void draw_question(struct box box, struct scene const *scene, struct note const *note)
{
    int choice = view_answer_of(scene->view, note->n);
    int row = box_wrap(box, 0, 0, STYLE_NOTE, str_slice(&note->text));

    if (choice > -2) {
        draw_verdict(box, row, note, choice);
        return;
    }
    for (size_t i = 0; i < note->n_choices && i < 9; i++, row++) {
        box_printf(box, row, 2, STYLE_KEY, "%c", 'a' + (int)i);
        box_slice(box, row, 5, box.cols - 5, STYLE_PLAIN, str_slice(&note->choices[i]));
    }
    box_text(box, row, 2, STYLE_FAINT, "What do you think? Press the letter; Esc skips.");
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
    if (say)
        rows += most > 8 ? 2 : 1;
    return rows < most ? rows : most;
}

/* ---- the keys ------------------------------------------------------------------------------ */

static char const *hint_of(struct key const *key, struct view const *view)
{
    bool live = view->source == VIEW_LIVE;

    if (!key->hint || (!live && (key->action == ACTION_CONNECT || key->action == ACTION_END)))
        return NULL;
    if (key->action == ACTION_PAUSE && !view->playing)
        return "play";
    return key->hint;
}

static int hint_cols(struct key const *key, char const *hint)
{
    return (int)(text_columns(slice_of(key->hint_label)) + strlen(hint)) + 3;
}

/* The greatest rank up to which all hints fit. */
static int least_rank(struct box box, struct view const *view)
{
    int rank, cols = 0;

    for (rank = 1; rank < 20; rank++) {
        for (size_t i = 0; i < keys_count(); i++)
            if (keys_at(i)->rank == rank && hint_of(keys_at(i), view))
                cols += hint_cols(keys_at(i), hint_of(keys_at(i), view));
        if (cols > box.cols)
            break;
    }
    return rank - 1;
}

static void draw_hints(struct box box, struct view const *view)
{
    int rank = least_rank(box, view), col = 0;

    for (size_t i = 0; i < keys_count(); i++) {
        struct key const *key = keys_at(i);
        char const *hint = hint_of(key, view);

        if (!hint || key->rank > rank)
            continue;
        box_fill(box, 0, col, hint_cols(key, hint) + 1, STYLE_PLAIN, ' ');
        col = box_text(box, 0, col + 1, STYLE_KEY, key->hint_label);
        col = box_text(box, 0, col + 1, STYLE_PLAIN, hint) + 1;
    }
}

void pane_keys(struct box box, struct scene const *scene)
{
    struct view const *view = scene->view;
    int col;

    if (view->prompting) {
        box_fill(box, 0, 0, box.cols, STYLE_PLAIN, ' ');
        col = box_text(box, 0, 1, STYLE_KEY, "go to: ");
        col = box_text(box, 0, col, STYLE_STRONG, view->prompt);
        box_glyph(box, 0, col, STYLE_NOW, ' ');
        box_text(box, 0, col + 2, STYLE_FAINT, "12.5 s, event 40, turn 7, 50%, +10%; Enter, Esc");
    } else if (view->help && !*view->message) {
        box_text(box, 0, 0, STYLE_PLAIN, " j k scroll  Esc close  q close, then quit ");
    } else if (*view->message) {
        col = (int)text_columns(slice_of(view->message));
        box_fill(box, 0, 0, col + 2, STYLE_PLAIN, ' ');
        box_text(box, 0, 1, STYLE_WARN, view->message);
    } else {
        draw_hints(box, view);
    }
}

/* ---- the help ------------------------------------------------------------------------------ */

int pane_help_rows(void)
{
    int rows = 1;

    for (size_t i = 0; i < keys_count(); i++) {
        if (i == 0 || keys_at(i)->group != keys_at(i - 1)->group)
            rows += 2;
        if (keys_at(i)->label)
            rows++;
    }
    return rows;
}

void pane_help(struct box box, struct scene const *scene)
{
    int last = pane_help_rows() - box.rows;
    int row = -(scene->view->help_scroll < last ? scene->view->help_scroll : last > 0 ? last : 0);

    if (last <= 0)
        row = 0;
    for (size_t i = 0; i < keys_count(); i++) {
        struct key const *key = keys_at(i);

        if (i == 0 || key->group != keys_at(i - 1)->group) {
            row += i > 0;
            box_text(box, row++, 2, STYLE_TITLE, keys_group_name(key->group));
        }
        if (!key->label)
            continue;
        box_text(box, row, 4, STYLE_KEY, key->label);
        box_text(box, row++, 24, STYLE_PLAIN, key->help);
    }
    pane_more(box, row > box.rows ? row - box.rows : 0);
}

/*
 * hints.c - the keys: the bottom line, and the help that lies over the picture
 *
 * Both are read off the one table of keys.h.
 */
#include "../keys.h"
#include "pane.h"

#include <string.h>

/* What can be done here; NULL for the hint of what can't. */
static char const *hint_of(struct key const *key, struct scene const *scene)
{
    struct view const *view = scene->view;
    bool live = view->source == VIEW_LIVE;

    if (!key->hint || (key->action == ACTION_END && (!live || view->at_edge)) ||
        (key->action == ACTION_CONNECT && !(live && scene->model->servers)) ||
        (key->group == GROUP_QUESTION && !view_question(view, scene->history)))
        return NULL;
    if (!view->trace && (key->action == ACTION_DIFFERENCE || key->action == ACTION_OTHER_TRACE))
        return NULL; /* those are for two traces */
    if (key->action == ACTION_PAUSE && !view->playing)
        return "play";
    return key->hint;
}

static int hint_cols(struct key const *key, char const *hint)
{
    return (int)(text_columns(slice_of(key->hint_label)) + strlen(hint)) + 3;
}

/* The greatest rank up to which all hints fit. */
static int least_rank(struct box box, struct scene const *scene)
{
    int rank, cols = 0;

    for (rank = 1; rank < 20; rank++) {
        for (size_t i = 0; i < keys_count(); i++)
            if (keys_at(i)->rank == rank && hint_of(keys_at(i), scene))
                cols += hint_cols(keys_at(i), hint_of(keys_at(i), scene));
        if (cols > box.cols)
            break;
    }
    return rank - 1;
}

static void draw_hints(struct box box, struct scene const *scene)
{
    int rank = least_rank(box, scene), col = 0;

    for (size_t i = 0; i < keys_count(); i++) {
        struct key const *key = keys_at(i);
        char const *hint = hint_of(key, scene);

        if (!hint || key->rank > rank)
            continue;
        box_fill(box, 0, col, hint_cols(key, hint) + 1, STYLE_PLAIN, ' ');
        col = box_text(box, 0, col + 1, STYLE_KEY, key->hint_label);
        col = box_text(box, 0, col + 1, STYLE_PLAIN, hint) + 1;
    }
}

static char const *prompt_for(char sign)
{
    return sign == '/' ? "find: " : sign == '\\' ? "only: " : sign == '>' ? "send: " : "go to: ";
}

static char const *prompt_help(char sign)
{
    return sign == '>'    ? "a line that our client sends to the server; Enter, Esc"
           : sign == '/'  ? "words of a sentence, a name, text, source; Enter, Esc"
           : sign == '\\' ? "task:main, ev:timer, warn, -ev:select; empty: all"
                          : "12.5 s, event 40, turn 7, 50%, next accept, first warning";
}

/* As much of what is typed as there is room for: its end is where one types. */
static char const *prompt_end(char const *text, int cols)
{
    while (*text && (int)text_columns(slice_of(text)) > cols)
        do
            text++;
        while ((*text & 0xc0) == 0x80);
    return text;
}

void pane_keys(struct box box, struct scene const *scene)
{
    struct view const *view = scene->view;
    int col;

    if (view->prompting) {
        box_fill(box, 0, 0, box.cols, STYLE_PLAIN, ' ');
        col = box_text(box, 0, 1, STYLE_KEY, prompt_for(view->sign));
        col = box_text(box, 0, col, STYLE_STRONG, prompt_end(view->prompt, box.cols - col - 2));
        box_glyph(box, 0, col, STYLE_NOW, ' ');
        box_text(box, 0, col + 2, STYLE_FAINT, prompt_help(view->sign));
    } else if (view->help && !*view->message) {
        box_text(box, 0, 0, STYLE_PLAIN, " j k scroll  Esc close  q close, then quit ");
    } else if (*view->message) {
        col = (int)text_columns(slice_of(view->message));
        box_fill(box, 0, 0, col + 2, STYLE_PLAIN, ' ');
        box_text(box, 0, 1, STYLE_WARN, view->message);
    } else {
        draw_hints(box, scene);
    }
}

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

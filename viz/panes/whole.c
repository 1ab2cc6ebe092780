/*
 * whole.c - the loop with the screen to itself: phases, accounts, queue, timers, select's sets
 *
 *     phases of this turn            │ ready queue
 *                                    ├ timers
 *     the account of each turn       ├ select sets
 *
 * An account says what a turn asked of select() and what it got, what ran, and who kept the others
 * waiting: the numbers that a program for ever is judged by.
 */
#include "pane.h"

#include <inttypes.h>

enum { PHASES = 5, LEAST_ROWS = 14, LEAST_COLS = 76 };

/* The longest step of a turn, as far as it is remembered. */
static struct deed const *longest_of(struct model const *model, uint64_t turn)
{
    struct deed const *longest = NULL;

    for (size_t i = model->deeds_ring.count; i > 0; i--) {
        struct deed const *deed = &model->deeds[ring_at(&model->deeds_ring, i - 1)];

        if (deed->turn < turn)
            break;
        if (deed->turn == turn && deed->took_ns >= 0 &&
            (!longest || deed->took_ns >= longest->took_ns))
            longest = deed;
    }
    return longest;
}

static void say_asked(struct say *say, struct turn const *turn)
{
    if (!turn->asked)
        say_add(say, "\xe2\x80\x93");
    else if (turn->forever)
        say_add(say, "for ever");
    else
        say_span(say, turn->timeout_ns);
}

static void draw_longest(struct box box, int row, int col, struct deed const *deed)
{
    char span[32];

    if (!deed)
        return;
    col = box_slice(box, row, col, 12, STYLE_PLAIN, slice_of(deed->name));
    col = box_text(box, row, col + 1, STYLE_PLAIN, pane_span(span, sizeof(span), deed->took_ns));
    if (deed->kept_waiting)
        box_printf(box, row, col, STYLE_WARN, ", %" PRIu64 " behind", deed->kept_waiting);
}

static void draw_turn(struct box box, int row, struct turn const *turn, int64_t until_ns,
                      struct scene const *scene)
{
    double share =
        until_ns > turn->began_ns ? (double)turn->busy_ns / (double)(until_ns - turn->began_ns) : 0;
    enum style style = share > 0.8 ? STYLE_WARN : STYLE_RUNNING;
    char text[32];
    struct say say;

    say_init(&say, text, sizeof(text));
    say_asked(&say, turn);
    box_printf(box, row, 0, turn->turn == scene->model->turn ? STYLE_MARK : STYLE_PLAIN,
               "%6" PRIu64, turn->turn);
    box_field(box, row, 8, 9, STYLE_PLAIN, text);
    box_field(box, row, 18, 9, STYLE_PLAIN, pane_span(text, sizeof(text), turn->waited_ns));
    box_printf(box, row, 28, STYLE_PLAIN, "%4" PRIu64, turn->handles);
    box_field(box, row, 34, 9, STYLE_PLAIN, pane_span(text, sizeof(text), turn->busy_ns));
    box_printf(box, row, 43, share > 0 ? style : STYLE_PLAIN, "%3.0f %%",
               100 * (share < 1 ? share : 1));
    draw_longest(box, row, 50, longest_of(scene->model, turn->turn));
}

/* The account of the last turns, this one first. */
void pane_turns(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    int64_t until_ns = scene->now_ns;
    int skip = scene->view->scroll[PANE_LOOP], row = 1;

    box_text(box, 0, 2, STYLE_FAINT, "turn  asked     waited    ran   running  busy   longest");
    for (size_t i = model->turns_ring.count; i > 0 && row < box.rows; i--) {
        struct turn const *turn = &model->turns[ring_at(&model->turns_ring, i - 1)];

        if (skip-- <= 0)
            draw_turn(box, row++, turn, until_ns, scene);
        until_ns = turn->began_ns;
    }
    if (row == 1)
        box_text(box, 1, 1, STYLE_FAINT, "(no turn yet)");
}

static struct box part(struct box box, int row, int rows, char const *title)
{
    box_text(box, row, 1, STYLE_TITLE, title);
    return box_within(box, row + 1, 0, rows - 1, box.cols);
}

static void draw_right(struct box box, struct scene const *scene)
{
    int list = (box.rows - 4) / 4 > 2 ? (box.rows - 4) / 4 : 2;

    pane_ready(part(box, 0, list + 1, "ready queue"), scene);
    pane_timers(part(box, list + 1, list + 1, "timers"), scene);
    pane_select_sets(part(box, 2 * list + 2, box.rows - 2 * list - 2, "select sets"), scene);
}

void pane_loop(struct box box, struct scene const *scene)
{
    int split = box.cols * (box.cols >= 140 ? 55 : 62) / 100;

    if (!scene->view->maximised || box.rows < LEAST_ROWS || box.cols < LEAST_COLS) {
        pane_phases(box, scene);
        return;
    }
    if (box.cols < 110)
        split = 49;
    pane_phases(box_within(box, 0, 0, PHASES, split), scene);
    pane_turns(part(box_within(box, 0, 0, box.rows, split), PHASES + 1, box.rows - PHASES - 1,
                    "the account of each turn"),
               scene);
    draw_right(box_within(box, 0, split + 2, box.rows, box.cols - split - 2), scene);
}

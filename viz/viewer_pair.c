/*
 * viewer_pair.c - two viewers side by side: who leads, how the other one follows, and the screen
 */
#include "viewer_pair.h"

#include "source.h"
#include "viewer_inside.h"

#include <errno.h>
#include <string.h>

enum split { SPLIT_NONE, SPLIT_BESIDE, SPLIT_BELOW };

/* The last two rows are for both: how far they are the same, and the keys. */
enum { COMMON = 2, LEAST_COLS = 100, GOOD_COLS = 120 };

struct viewer *pair_leader(struct pair *pair)
{
    return &pair->viewers[pair->lead];
}

/* ---- where they stand ---------------------------------------------------------------------- */

static enum split split_of(struct pair const *pair)
{
    struct view const *view = &pair->viewers[pair->lead].view;

    if (pair->alone || view->help || view->menu)
        return SPLIT_NONE;
    if (pair->rows >= VIEW_MIN_ROWS + COMMON &&
        (pair->cols >= GOOD_COLS ||
         (pair->cols >= LEAST_COLS && pair->rows >= VIEW_COLUMN_ROWS + COMMON)))
        return SPLIT_BESIDE;
    if (pair->rows >= 2 * VIEW_HALF_ROWS + COMMON && pair->cols >= VIEW_MIN_COLS)
        return SPLIT_BELOW;
    return SPLIT_NONE;
}

static struct place place_of(struct pair const *pair, int side)
{
    struct place place = { 0, 0, pair->rows, pair->cols };
    enum split split = split_of(pair);

    if (split == SPLIT_NONE)
        return place;
    place.rows -= COMMON;
    if (split == SPLIT_BESIDE) {
        place.col = side * (place.cols / 2);
        place.cols = side ? place.cols - place.col : place.cols / 2;
    } else {
        place.row = side * (place.rows / 2);
        place.rows = side ? place.rows - place.row : place.rows / 2;
    }
    return place;
}

/* What the screen and the keys have made of the one that leads holds for the other one, too. */
static void look_alike(struct pair *pair)
{
    struct view const *view = &pair_leader(pair)->view;
    struct view *other = &pair->viewers[!pair->lead].view;

    other->focus = view->focus;
    other->maximised = view->maximised;
    other->tile = view->tile;
    other->order = view->order;
    other->order_down = view->order_down;
    other->task = view->task;
    other->follow = view->follow;
    other->span_ns = view->span_ns;
    other->from_ns = view->from_ns;
    other->filter = view->filter;
    other->speed = view->speed;
    memcpy(other->scroll, view->scroll, sizeof(other->scroll));
}

static int words_rows(struct pair const *pair, int side)
{
    struct scene scene = viewer_scene(&pair->viewers[side]);

    return pane_half_words_rows(&scene, place_of(pair, side).cols - 4);
}

/* Panes that are compared stand at the same height. */
static void arrange(struct pair *pair)
{
    bool half = split_of(pair) != SPLIT_NONE;

    for (int side = 0; side < COMPARE_SIDES; side++) {
        struct viewer *viewer = &pair->viewers[side];
        struct place place = place_of(pair, side);

        viewer->view.half = half;
        viewer->view.half_words = 0;
        viewer->view.leads = side == pair->lead;
        viewer->rows = place.rows;
        viewer->cols = place.cols;
    }
    if (split_of(pair) == SPLIT_BESIDE) {
        int a = words_rows(pair, COMPARE_A), b = words_rows(pair, COMPARE_B);

        for (int side = 0; side < COMPARE_SIDES; side++)
            pair->viewers[side].view.half_words = a > b ? a : b;
    }
}

void pair_fit(struct pair *pair, int rows, int cols)
{
    pair->rows = rows;
    pair->cols = cols;
    arrange(pair);
}

static void follow(struct pair *pair)
{
    struct viewer *viewer = pair_leader(pair);
    struct history *other = pair->viewers[!pair->lead].history;
    int64_t here = history_moment(viewer->history)->offset, there;
    int rc;

    if (here == pair->followed)
        return;
    pair->followed = here;
    rc = align_to(pair->align, pair->lead, here, &there);
    if (rc == 0 && there != history_moment(other)->offset)
        rc = history_go_offset(other, there);
    if (rc < 0)
        viewer_tell(viewer, "The other trace can't be read there: %s", trace_problem(rc));
}

void pair_follow(struct pair *pair)
{
    follow(pair);
    look_alike(pair);
    arrange(pair);
}

/* ---- beginning and end --------------------------------------------------------------------- */

static char const *base_name(char const *path)
{
    char const *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

int pair_init(struct pair *pair, struct source *const sources[COMPARE_SIDES],
              struct difference const *difference, struct align *align, double speed,
              int64_t wall_ns)
{
    *pair = (struct pair){ .difference = difference, .align = align, .followed = -1 };
    for (int side = 0; side < COMPARE_SIDES; side++) {
        struct viewer *viewer = &pair->viewers[side];
        int rc = viewer_init(viewer, sources[side], false, speed, wall_ns);

        if (rc < 0) {
            if (side > 0)
                viewer_fini(&pair->viewers[0]);
            return rc;
        }
        viewer->view.trace = base_name(source_name(sources[side]));
        viewer->view.no_questions = true; /* who compares is not asked */
    }
    pair_follow(pair);
    return 0;
}

void pair_fini(struct pair *pair)
{
    for (int side = 0; side < COMPARE_SIDES; side++)
        viewer_fini(&pair->viewers[side]);
}

/* ---- how far they are the same ------------------------------------------------------------- */

static char const *which(struct pair const *pair, int side)
{
    switch (split_of(pair)) {
    case SPLIT_BESIDE: return side ? "the right one" : "the left one";
    case SPLIT_BELOW: return side ? "the lower one" : "the upper one";
    case SPLIT_NONE: break;
    }
    return side == pair->lead ? "this one" : "the other one";
}

static void say_turn(struct say *say, struct difference const *difference)
{
    if (difference->turn > 0)
        say_f(say, ", in turn %llu", (unsigned long long)difference->turn);
    else
        say_add(say, ", before the first turn");
}

static void say_here(struct say *say, struct pair const *pair)
{
    struct difference const *difference = pair->difference;
    unsigned long long same = difference->same;

    say_add(say, "They part here");
    if (difference->sides[COMPARE_A].ended || difference->sides[COMPARE_B].ended)
        say_f(say, ", where %s ends", which(pair, difference->sides[COMPARE_B].ended));
    else
        say_turn(say, difference);
    if (difference->key[0] != '\0')
        say_f(say, ", in \"%s\"", difference->key);
    if (same == 0)
        say_add(say, ": no event is the same.");
    else
        say_f(say, ", after %llu equal event%s.", same, same == 1 ? "" : "s");
}

/* The cursor stands before the difference, on it, or behind it. */
static void say_state(struct say *say, struct pair const *pair)
{
    struct difference const *difference = pair->difference;
    struct difference_side const *here = &difference->sides[pair->lead];
    int64_t offset = history_moment(pair->viewers[pair->lead].history)->offset;

    if (!difference->any) {
        say_f(say, "Both tell the same: %llu event%s, whatever time %s took.",
              (unsigned long long)difference->same, difference->same == 1 ? "" : "s",
              difference->same == 1 ? "it" : "they");
        return;
    }
    if (offset == here->offset) {
        say_here(say, pair);
        return;
    }
    say_add(say, offset < here->offset ? "The same so far; they part " : "They parted ");
    if (here->ended)
        say_f(say, "where %s ends", which(pair, pair->lead));
    else
        say_f(say, "at event %llu", (unsigned long long)here->n);
    say_turn(say, difference);
    say_add(say, " (= goes there).");
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void go_to_difference(struct pair *pair)
{
    struct viewer *viewer = pair_leader(pair);
    struct say say;

    player_pause(&viewer->player);
    viewer->view.now_ns = 0;
    if (pair->difference->any)
        viewer_moved(viewer,
                     history_go_offset(viewer->history, pair->difference->sides[pair->lead].offset),
                     "The trace can't be read there");
    if (pair->difference->any && split_of(pair) != SPLIT_NONE)
        return; /* it is said there as long as we stand there */
    say_init(&say, viewer->view.message, sizeof(viewer->view.message));
    say_state(&say, pair);
}

static void let_other_lead(struct pair *pair)
{
    struct viewer *before = pair_leader(pair), *viewer = &pair->viewers[!pair->lead];

    player_pause(&before->player);
    before->view.now_ns = viewer->view.now_ns = 0;
    memcpy(viewer->sought, before->sought, sizeof(viewer->sought));
    pair->lead = !pair->lead;
    pair->followed = -1;
}

/* What there is to be done with two. False: the key is for the one that leads. */
static bool act(struct pair *pair, enum action action)
{
    struct view *view = &pair_leader(pair)->view;

    if (view->prompting ||
        (action != ACTION_DIFFERENCE && action != ACTION_OTHER_TRACE && action != ACTION_ALONE))
        return false;
    viewer_stop_looking(pair_leader(pair));
    view->message[0] = '\0';
    view->help = view->menu = false;
    if (action == ACTION_DIFFERENCE)
        go_to_difference(pair);
    else if (action == ACTION_OTHER_TRACE)
        let_other_lead(pair);
    else
        pair->alone = !pair->alone;
    return true;
}

void pair_key(struct pair *pair, int code, int64_t wall_ns)
{
    if (!act(pair, keys_action(code, false)))
        viewer_key(pair_leader(pair), code, wall_ns);
    pair_follow(pair);
}

static bool is_inside(struct place place, int row, int col)
{
    return row >= place.row && row < place.row + place.rows && col >= place.col &&
           col < place.col + place.cols;
}

void pair_mouse(struct pair *pair, int row, int col, enum viewer_button button, int64_t wall_ns)
{
    struct place place = place_of(pair, !pair->lead);

    if (split_of(pair) != SPLIT_NONE && is_inside(place, row, col)) {
        let_other_lead(pair);
        arrange(pair);
    }
    place = place_of(pair, pair->lead);
    if (is_inside(place, row, col))
        viewer_mouse(pair_leader(pair), row - place.row, col - place.col, button, wall_ns);
    pair_follow(pair);
}

int pair_tick(struct pair *pair, int64_t wall_ns)
{
    int changed = viewer_tick(pair_leader(pair), wall_ns);

    pair_follow(pair);
    return changed;
}

/* ---- the screen ---------------------------------------------------------------------------- */

static void draw_side(struct canvas *canvas, struct pair const *pair, int side)
{
    struct viewer const *viewer = &pair->viewers[side];
    struct place place = place_of(pair, side);
    struct canvas *part = canvas_create(place.rows, place.cols);

    if (!part)
        return;
    view_draw(part, &viewer->view, viewer->history);
    canvas_put(canvas, place.row, place.col, part);
    canvas_destroy(part);
}

void pair_draw(struct canvas *canvas, struct pair const *pair)
{
    struct viewer const *viewer = &pair->viewers[pair->lead];
    struct box screen = box_of(canvas);
    struct scene scene = viewer_scene(viewer);
    char state[VIEW_TEXT];
    struct say say;

    if (split_of(pair) == SPLIT_NONE) {
        view_draw(canvas, &viewer->view, viewer->history);
        return;
    }
    canvas_clear(canvas);
    draw_side(canvas, pair, COMPARE_A);
    draw_side(canvas, pair, COMPARE_B);
    say_init(&say, state, sizeof(state));
    say_state(&say, pair);
    box_text(screen, screen.rows - 2, 2, STYLE_NOW, state);
    pane_keys(box_within(screen, screen.rows - 1, 1, 1, screen.cols - 2), &scene);
}

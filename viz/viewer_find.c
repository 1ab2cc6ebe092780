/*
 * viewer_find.c - search, filter, marks: moves that may have to look through the whole trace
 *
 * Nothing here keeps the keys waiting. A search is begun by a key and goes on in viewer_tick(), some
 * milliseconds at a time; the next key ends it (Escape does nothing else), and what was found is
 * gone to at once.
 */
#include "viewer_inside.h"

#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 128 << 10, LOOK_FOR_MS = 20, SOURCES_AHEAD = 64 << 20 };

/* ---- looking ------------------------------------------------------------------------------- */

static int open_find(struct viewer *viewer)
{
    int fd, rc;

    if (viewer->can_find)
        return 0;
    fd = dup(source_trace_fd(viewer->source));
    if (fd < 0)
        return -errno;
    rc = find_begin(&viewer->find, fd, source_name(viewer->source));
    viewer->can_find = rc == 0;
    return rc;
}

/* What is looked for as messages call it: a word of ours as it is, what was typed in quotes. */
static void call_it(struct viewer *viewer, char const *word, char const *text)
{
    if (word)
        snprintf(viewer->wanted, sizeof(viewer->wanted), "%s", word);
    else
        snprintf(viewer->wanted, sizeof(viewer->wanted), "\"%s\"", text);
}

/* Begins to look for an event with `text` in it that `filter` wants, beyond the cursor or from an
 * end of the trace. `word` is what messages call it, or NULL. */
static void look_for(struct viewer *viewer, char const *text, struct filter const *filter,
                     char const *word, int64_t offset, int direction)
{
    int rc = open_find(viewer);

    call_it(viewer, word, *text ? text : filter->text);
    if (rc == 0 && *text)
        history_look_for_sources(viewer->history, SOURCES_AHEAD);
    if (rc == 0)
        rc = find_for(&viewer->find, text, filter, offset, direction, viewer->history);
    if (rc < 0) {
        viewer_tell(viewer, "The trace can't be searched: %s", trace_problem(rc));
        return;
    }
    player_pause(&viewer->player);
    viewer->view.now_ns = 0;
    viewer->finding = true;
    viewer_look_on(viewer); /* what is near is found before the picture is drawn */
}

static int64_t beyond_cursor(struct viewer const *viewer, int direction)
{
    struct moment const *moment = history_moment(viewer->history);

    return direction > 0 ? moment->next : moment->offset;
}

/* Where it was looked for: a search from an end has seen all there is. */
static char const *where_looked(struct viewer const *viewer)
{
    struct find const *find = &viewer->find;

    if (find->direction > 0 ? find->began == 0 : find->began >= find->trace.size)
        return "in this trace";
    return find->direction > 0 ? "after this" : "before this";
}

static void found(struct viewer *viewer, int rc)
{
    bool is_live = viewer->find.direction > 0 && viewer->view.source == VIEW_LIVE;

    viewer->finding = false;
    viewer->view.message[0] = '\0';
    if (rc > 0)
        rc = history_go_offset(viewer->history, viewer->find.found);
    if (rc < 0)
        viewer_tell(viewer, "The trace can't be read there: %s", trace_problem(rc));
    else if (rc == 0)
        viewer_tell(viewer, "%s %s %s", is_live ? "So far, no" : "No", viewer->wanted,
                    where_looked(viewer));
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

int viewer_look_on(struct viewer *viewer)
{
    int64_t until_ms = clock_ms() + LOOK_FOR_MS;
    int rc;

    if (!viewer->finding)
        return 0;
    do {
        rc = find_more(&viewer->find, PIECE);
    } while (rc == -EAGAIN && clock_ms() < until_ms);
    if (rc != -EAGAIN)
        found(viewer, rc);
    else
        viewer_tell(viewer, "Looking for %s: %d %%; Esc stops", viewer->wanted,
                    (int)(100 * find_share(&viewer->find)));
    return 1;
}

void viewer_stop_looking(struct viewer *viewer)
{
    if (!viewer->finding)
        return;
    viewer->finding = false;
    viewer_tell(viewer, "Stopped looking for %s at %d %%", viewer->wanted,
                (int)(100 * find_share(&viewer->find)));
}

bool viewer_step_filtered(struct viewer *viewer, int direction)
{
    if (viewer->view.filter.n_terms == 0)
        return false;
    look_for(viewer, "", &viewer->view.filter, NULL, beyond_cursor(viewer, direction), direction);
    return true;
}

/* To the next or previous note:say, note:mark or note:ask. */
void viewer_step_note(struct viewer *viewer, int direction)
{
    struct filter notes;

    filter_set(&notes, "ev:note -ev:note:answered");
    look_for(viewer, "", &notes, "note", beyond_cursor(viewer, direction), direction);
}

/* ---- marks --------------------------------------------------------------------------------- */

static void mark(struct viewer *viewer)
{
    if (viewer->n_marks == VIEWER_MARKS) {
        memmove(viewer->marks, viewer->marks + 1, sizeof(viewer->marks[0]) * (VIEWER_MARKS - 1));
        viewer->n_marks--;
    }
    viewer->marks[viewer->n_marks++] = history_moment(viewer->history)->offset;
    viewer->mark = viewer->n_marks;
    viewer_tell(viewer, "Mark %u is here: ' comes back to it, :mark %u too", viewer->n_marks,
                viewer->n_marks);
}

static void go_to_mark(struct viewer *viewer, unsigned which)
{
    if (which < 1 || which > viewer->n_marks) {
        viewer_tell(viewer,
                    viewer->n_marks == 0   ? "No place is marked: m marks"
                    : viewer->n_marks == 1 ? "There is 1 mark"
                                           : "There are %u marks",
                    viewer->n_marks);
        return;
    }
    player_pause(&viewer->player);
    viewer->view.now_ns = 0;
    viewer->mark = which;
    viewer_moved(viewer, history_go_offset(viewer->history, viewer->marks[which - 1]),
                 "The mark's place is gone");
    viewer_tell(viewer, "Mark %u of %u", which, viewer->n_marks);
}

/* The last one; from a mark, the one before it, and round again. */
static void go_back_to_mark(struct viewer *viewer)
{
    int64_t here = history_moment(viewer->history)->offset;
    unsigned which = viewer->n_marks;

    if (viewer->mark > 0 && viewer->mark <= viewer->n_marks &&
        viewer->marks[viewer->mark - 1] == here)
        which = viewer->mark > 1 ? viewer->mark - 1 : viewer->n_marks;
    go_to_mark(viewer, which);
}

void viewer_find(struct viewer *viewer, enum action action)
{
    int direction = action == ACTION_FIND_PREVIOUS ? -1 : 1;

    if (action == ACTION_MARK)
        mark(viewer);
    else if (action == ACTION_TO_MARK)
        go_back_to_mark(viewer);
    else if (!*viewer->sought)
        viewer_tell(viewer, "Nothing was looked for yet: / does");
    else
        look_for(viewer, viewer->sought, &viewer->view.filter, NULL,
                 beyond_cursor(viewer, direction), direction);
}

/* ---- what was typed ------------------------------------------------------------------------ */

void viewer_prompt(struct viewer *viewer, char sign)
{
    struct view *view = &viewer->view;

    view->prompting = true;
    view->sign = sign;
    view->prompt[0] = '\0';
    if (sign == '\\' && view->filter.n_terms > 0) /* a word that is typed now is one more */
        snprintf(view->prompt, sizeof(view->prompt), "%s ", view->filter.text);
}

/* Words for what is looked for, and the filters that they stand for. */
static char const *const words[][2] = {
    { "accept", "ev:server:accept" }, { "warning", "warn" },
    { "turn", "ev:loop:turn" },       { "note", "ev:note" },
    { "question", "ev:note:ask" },    { "output", "ev:out" },
    { "signal", "ev:signal" },        { "gap", "ev:trace:gap" },
    { "timer", "ev:timer:fire" },     { "task", "ev:task:new" },
    { "cancel", "ev:task:cancel" },   { "failure", "ev:task:done failed" },
    { "select", "ev:select:enter" },
};

/* "accepts" is the word "accept", whose filter is "ev:server:accept"; NULL for a word of no meaning. */
static char const *const *word_for(char const *typed)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i][0]);

        if (strncmp(typed, words[i][0], len) == 0 && (!typed[len] || strcmp(typed + len, "s") == 0))
            return words[i];
    }
    return NULL;
}

/* "next accept", "previous warning", "first note", "last ev:conn": false when it is none of them. */
static bool look_by_words(struct viewer *viewer, char const *place)
{
    static char const *const ways[] = { "next ", "previous ", "first ", "last " };
    struct moment const *moment = history_moment(viewer->history);
    char const *const *word;
    struct filter filter;

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        size_t len = strlen(ways[i]);
        int direction = i % 2 == 0 ? 1 : -1;
        int64_t from = i < 2 ? beyond_cursor(viewer, direction) : i == 2 ? 0 : moment->size;

        if (strncmp(place, ways[i], len) != 0)
            continue;
        place += len + strspn(place + len, " ");
        word = word_for(place);
        if (filter_set(&filter, word ? word[1] : place) < 0 || filter.n_terms == 0)
            viewer_tell(viewer, "%sof what? accept, warning, note, failure, ev:timer, task:main",
                        ways[i]);
        else
            look_for(viewer, "", &filter, word ? word[0] : NULL, from, direction);
        return true;
    }
    return false;
}

/* Says something of what was typed, so that it fits into 80 columns. */
static void tell_about(struct viewer *viewer, char const *before, char const *typed,
                       char const *after)
{
    struct say say;

    say_init(&say, viewer->view.message, sizeof(viewer->view.message));
    say_add(&say, before);
    say_clean(&say, slice_of(typed), 28);
    say_add(&say, after);
}

/* Why it does not stand where it was asked to go, and what there is. */
static void say_missing(struct viewer *viewer)
{
    struct moment const *moment = history_moment(viewer->history);
    struct player const *player = &viewer->player;
    bool is_turn = player->missing == MISSING_TURN, is_live = viewer->view.source == VIEW_LIVE;
    bool is_last = is_turn ? moment->at_end : moment->n == moment->n_last;
    char end[32];

    switch (player->missing) {
    case MISSING_TURN:
    case MISSING_EVENT:
        viewer_tell(viewer, "No %s %" PRIu64 " %s: the %s is %" PRIu64, is_turn ? "turn" : "event",
                    player->asked, is_live && is_last ? "so far" : "in this trace",
                    is_last ? "last" : "nearest", is_turn ? moment->model->turn : moment->n);
        break;
    case MISSING_TIME:
        viewer_tell(viewer, is_live ? "So far the trace goes to %s" : "The trace ends at %s",
                    pane_span(end, sizeof(end), moment->t_ns));
        break;
    case MISSING_SHARE: viewer_tell(viewer, "100 %% is the end of the trace"); break;
    case MISSING_NONE: break;
    }
}

static void go_to(struct viewer *viewer, char const *place, int64_t wall_ns)
{
    unsigned which;
    int rc, end = 0;

    place += strspn(place, " ");
    if (look_by_words(viewer, place))
        return;
    if (sscanf(place, "mark %3u%n", &which, &end) == 1 && !place[end]) {
        go_to_mark(viewer, which);
        return;
    }
    rc = player_go_to(&viewer->player, place, wall_ns);
    if (rc == -EINVAL)
        tell_about(viewer, "Not a place: ", *place ? place : "an empty line",
                   ". Try 12.5 s, event 40, turn 7, 50%");
    else if (rc < 0)
        viewer_moved(viewer, rc, "");
    else if (rc == 0)
        say_missing(viewer);
}

static void set_filter(struct viewer *viewer, char *text)
{
    struct view *view = &viewer->view;
    size_t size = strlen(text);

    while (size > 0 && text[size - 1] == ' ')
        text[--size] = '\0';
    if (filter_set(&view->filter, text) < 0)
        tell_about(viewer, "Not a filter: ", text, ". Try task:main, ev:timer, warn");
    else if (view->filter.n_terms == 0)
        viewer_tell(viewer, "All events count again");
    else
        tell_about(viewer, "Only ", view->filter.text, " counts: . and , pass over the rest");
}

void viewer_submit(struct viewer *viewer, int64_t wall_ns)
{
    struct view *view = &viewer->view;
    char text[VIEW_TEXT];

    memcpy(text, view->prompt, sizeof(text));
    if (view->sign == '\\') {
        set_filter(viewer, text);
    } else if (view->sign == '/') {
        if (strlen(text) >= sizeof(viewer->sought)) {
            viewer_tell(viewer, "That is too long to look for: %d letters at most", FIND_TEXT - 1);
            return;
        }
        if (*text)
            memcpy(viewer->sought, text, strlen(text) + 1);
        viewer_find(viewer, ACTION_FIND_NEXT);
    } else if (view->sign == '>') {
        viewer_send_line(viewer, text);
    } else if (!viewer_command(viewer, text, wall_ns)) {
        go_to(viewer, text, wall_ns);
    }
}

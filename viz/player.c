/*
 * player.c - moving through the trace: by its clock, by hand, and at the live edge
 *
 * The clock of the picture is a line through one anchor:
 *
 *     picture's time = trace_ns + (wall - wall_ns) * speed
 *
 * Every jump, pause and change of speed drops a new anchor; nothing is ever added up, so nothing
 * drifts. At the live edge the anchor is the last event, when it came: between two events the
 * picture's clock runs on from it, so that a wait is seen to pass, and who comes back to the edge in
 * the middle of a wait finds the program's time there.
 *
 * A question (note:ask) halts: what follows it may give the answer away.
 */
#include "player.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_A_TICK = 2000, FRAME_MS = 100 };

static double const speed_most = 64, speed_least = 1.0 / 64;

static void drop_anchor(struct player *player, int64_t wall_ns)
{
    player->wall_ns = wall_ns;
    player->trace_ns = view_now(player->view, player->history);
}

/* The same, at the live edge, where it is the program's clock. */
static void drop_anchor_at_edge(struct player *player, int64_t wall_ns)
{
    struct moment const *moment = history_moment(player->history);

    drop_anchor(player, wall_ns);
    if (!moment->at_end)
        return; /* there is more to be shown, at once */
    player->wall_ns = player->grown_wall_ns;
    player->trace_ns = moment->t_ns;
}

/* When the trace's last event came, wherever the picture is. */
static void note_growth(struct player *player, int64_t wall_ns)
{
    int64_t size = history_moment(player->history)->size;

    if (size != player->grown_size)
        player->grown_wall_ns = wall_ns;
    player->grown_size = size;
}

static int64_t clock_at(struct player const *player, int64_t wall_ns)
{
    double passed = (double)(wall_ns - player->wall_ns) * player->view->speed;

    return player->trace_ns + (int64_t)passed;
}

void player_init(struct player *player, struct history *history, struct view *view, int64_t wall_ns)
{
    *player = (struct player){ .history = history, .view = view };
    if (view->speed <= 0)
        view->speed = 1;
    player->grown_wall_ns = wall_ns;
    player->grown_size = history_moment(history)->size;
    drop_anchor(player, wall_ns);
}

void player_play(struct player *player, int64_t wall_ns)
{
    struct view *view = player->view;

    view->playing = true;
    view->at_edge =
        view->source == VIEW_LIVE && view->speed >= 1 && history_moment(player->history)->at_end;
    if (view->at_edge)
        drop_anchor_at_edge(player, wall_ns);
    else
        drop_anchor(player, wall_ns);
}

void player_pause(struct player *player)
{
    player->view->playing = false;
    player->view->at_edge = false;
}

void player_change_speed(struct player *player, int direction, int64_t wall_ns)
{
    struct view *view = player->view;

    drop_anchor(player, wall_ns);
    if (direction == 0)
        view->speed = 1;
    else if (direction > 0 && view->speed < speed_most)
        view->speed *= 2;
    else if (direction < 0 && view->speed > speed_least)
        view->speed /= 2;
    view->at_edge = view->at_edge && view->speed >= 1;
}

/* ---- playing ------------------------------------------------------------------------------- */

/* A question that nobody has answered yet. */
static bool must_halt(struct player const *player)
{
    return view_question(player->view, player->history) != NULL;
}

/* Shows events up to the picture's time, or all there are. 1 when any was shown. */
static int show_due(struct player *player, int64_t until_ns, bool all)
{
    int shown = 0, rc = 0;

    while (shown < EVENTS_A_TICK) {
        enum event_kind kind;
        int64_t t_ns;

        rc = history_peek(player->history, &t_ns, &kind);
        if (rc <= 0 || (!all && t_ns > until_ns))
            break;
        rc = history_step(player->history, 1);
        if (rc <= 0)
            break;
        shown++;
        if (must_halt(player)) {
            player_pause(player);
            break;
        }
    }
    if (shown > 0)
        player->view->now_ns = 0;
    return rc < 0 ? rc : shown > 0;
}

/* Does time pass while nothing happens? Not under a virtual clock, which jumps, and not while the
 * program is held. */
static bool time_passes(struct player const *player)
{
    struct model const *model = history_moment(player->history)->model;
    bool is_held = player->view->has_paused && !player->view->is_stepping;

    return !model->virtual_clock && !is_held && !model->ended && model->looping;
}

/* The time at the live edge. */
static int64_t edge_clock(struct player const *player, int64_t wall_ns)
{
    if (!time_passes(player))
        return 0;
    if (player->view->program_speed > 0)
        return player->trace_ns +
               (int64_t)((double)(wall_ns - player->wall_ns) * player->view->program_speed);
    return player->trace_ns + (wall_ns - player->wall_ns);
}

static int tick_at_edge(struct player *player, int64_t wall_ns)
{
    int rc = show_due(player, 0, true);

    if (rc > 0)
        drop_anchor_at_edge(player, wall_ns);
    if (player->view->playing)
        player->view->now_ns = edge_clock(player, wall_ns);
    return rc;
}

static int tick_by_clock(struct player *player, int64_t wall_ns)
{
    struct view *view = player->view;
    int64_t now_ns = clock_at(player, wall_ns), next_ns;
    int rc = show_due(player, now_ns, false);
    enum event_kind kind;

    if (rc < 0 || !view->playing)
        return rc;
    if (history_peek(player->history, &next_ns, &kind) > 0) {
        view->now_ns = now_ns < next_ns ? now_ns : next_ns;
        return rc;
    }
    if (view->source == VIEW_LIVE && view->speed < 1 && time_passes(player)) {
        view->now_ns = now_ns; /* slower than the program: its next event finds us on the way */
    } else if (view->source == VIEW_LIVE) {
        view->at_edge = view->speed >= 1;
        if (view->at_edge)
            drop_anchor_at_edge(player, wall_ns);
        else
            drop_anchor(player, wall_ns); /* as long as the program is held, its time stands */
    } else {
        player_pause(player);
        rc = 1;
    }
    return rc;
}

int player_tick(struct player *player, int64_t wall_ns)
{
    struct view *view = player->view;

    note_growth(player, wall_ns);
    if (!view->playing)
        return 0;
    if (view->at_edge && view->source != VIEW_LIVE)
        view->at_edge = false; /* it has ended: play out what is left, at once */
    return view->at_edge ? tick_at_edge(player, wall_ns) : tick_by_clock(player, wall_ns);
}

int player_timeout_ms(struct player const *player, int64_t wall_ns)
{
    struct view const *view = player->view;
    enum event_kind kind;
    int64_t next_ns;
    double wait_ms;

    if (!view->playing)
        return -1;
    if (history_peek(player->history, &next_ns, &kind) <= 0)
        return view->source == VIEW_LIVE ? FRAME_MS : 0;
    if (view->at_edge)
        return 0;
    wait_ms = (double)(next_ns - clock_at(player, wall_ns)) / view->speed / 1e6;
    if (wait_ms <= 0)
        return 0;
    return wait_ms < FRAME_MS ? (int)wait_ms + 1 : FRAME_MS;
}

/* ---- by hand ------------------------------------------------------------------------------- */

static void stand(struct player *player)
{
    player_pause(player);
    player->view->now_ns = 0;
}

int player_step(struct player *player, int direction)
{
    stand(player);
    return history_step(player->history, direction);
}

int player_step_turn(struct player *player, int direction)
{
    stand(player);
    return history_step_turn(player->history, direction);
}

int player_step_back_to(struct player *player, history_want_fn *want, void *context)
{
    int64_t here = history_moment(player->history)->offset;
    int rc;

    stand(player);
    rc = history_step_to(player->history, -1, want, context);
    if (rc == 0)
        history_go_offset(player->history, here);
    return rc;
}

/* After a jump: where we are now is where the clock goes on from. */
static int landed(struct player *player, int rc, int64_t now_ns, int64_t wall_ns)
{
    struct view *view = player->view;

    view->at_edge = false;
    view->now_ns = now_ns;
    if (must_halt(player))
        player_pause(player);
    drop_anchor(player, wall_ns);
    return rc;
}

/* Between two events the clock stands where it was asked to, so that seeking again moves on. */
static int seek_time(struct player *player, int64_t t_ns, int64_t wall_ns)
{
    int64_t last_ns = history_moment(player->history)->t_last_ns;

    if (t_ns <= 0)
        return player_seek_start(player, wall_ns);
    if (t_ns <= last_ns)
        return landed(player, history_go_time(player->history, t_ns), t_ns, wall_ns);
    player->missing = MISSING_TIME;
    return landed(player, history_go_end(player->history), 0, wall_ns) < 0 ? -EIO : 0;
}

/* When a move has not gone the way that was asked for: one event that way. */
static int move_on(struct player *player, int64_t from, int direction)
{
    int64_t here = history_moment(player->history)->offset;

    if (direction > 0 ? here > from : here < from)
        return 1;
    if (here != from && history_go_offset(player->history, from) < 0)
        return -EIO;
    return history_step(player->history, direction);
}

int player_seek(struct player *player, int64_t span_ns, int64_t wall_ns)
{
    int64_t from = history_moment(player->history)->offset;
    int64_t to_ns = ns_sum(view_now(player->view, player->history), span_ns);
    int rc = history_go_time_here(player->history, to_ns > 0 ? to_ns : -1);
    bool is_edge = rc == 0 || to_ns <= 0;

    if (rc < 0)
        return rc;
    if (is_edge || (span_ns <= 0 && history_moment(player->history)->offset > from))
        move_on(player, from, span_ns > 0 ? 1 : -1);
    if (rc == 0)
        player->missing = MISSING_TIME;
    return landed(player, rc, is_edge ? 0 : to_ns, wall_ns);
}

int player_seek_share(struct player *player, double share, int64_t wall_ns)
{
    return landed(player, history_go_fraction(player->history, share), 0, wall_ns);
}

int player_seek_by_share(struct player *player, double part, int64_t wall_ns)
{
    struct moment const *moment = history_moment(player->history);
    int64_t from = moment->offset;
    int rc = history_go_fraction(player->history, moment->share + part);

    if (rc > 0)
        rc = move_on(player, from, part > 0 ? 1 : -1);
    return landed(player, rc, 0, wall_ns);
}

int player_seek_start(struct player *player, int64_t wall_ns)
{
    return landed(player, history_go_start(player->history), 0, wall_ns);
}

int player_seek_end(struct player *player, int64_t wall_ns)
{
    int rc = landed(player, history_go_end(player->history), 0, wall_ns);

    if (player->view->source == VIEW_LIVE)
        player_play(player, wall_ns);
    else
        player_pause(player);
    return rc;
}

/* ---- go to --------------------------------------------------------------------------------- */

static bool is_word(char const *text, char const *word, char const **rest)
{
    size_t size = strlen(word);

    if (strncmp(text, word, size) != 0)
        return false;
    *rest = text + size + strspn(text + size, " ");
    return true;
}

static bool read_whole(char const *text, uint64_t *number)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && end[strspn(end, " ")] == '\0';
}

/* A number that strtod() takes, but none of base 16: its end is then its beginning. */
static double read_decimal(char const *text, char **end)
{
    double number = strtod(text, end);

    if (memchr(text, 'x', (size_t)(*end - text)) || memchr(text, 'X', (size_t)(*end - text)))
        *end = (char *)text;
    return number;
}

/* "12.5", "12.5 s", "300 ms", "1:30", "50 %": the number, and what it is a number of. */
static bool read_amount(char const *text, double *amount, char const **unit)
{
    char *end;
    double minutes = 0;

    if (*text != '.' && (*text < '0' || *text > '9'))
        return false;
    *amount = read_decimal(text, &end);
    if (*end == ':' && end[1] >= '0' && end[1] <= '9') {
        minutes = *amount;
        *amount = minutes * 60 + read_decimal(end + 1, &end);
    }
    *unit = end + strspn(end, " ");
    return isfinite(*amount) && *amount < 1e9;
}

static int go_by_amount(struct player *player, int sign, char const *text, int64_t wall_ns)
{
    double amount;
    char const *unit;

    if (!read_amount(text, &amount, &unit))
        return -EINVAL;
    if (strcmp(unit, "%") == 0) {
        if (sign)
            return player_seek_by_share(player, sign * amount / 100, wall_ns);
        player->missing = MISSING_SHARE;
        return player_seek_share(player, amount / 100, wall_ns) < 0 ? -EIO : amount <= 100;
    }
    if (strcmp(unit, "ms") == 0)
        amount /= 1000;
    else if (*unit && strcmp(unit, "s") != 0)
        return -EINVAL;
    if (sign)
        return player_seek(player, (int64_t)(sign * amount * 1e9), wall_ns);
    return seek_time(player, (int64_t)llround(amount * 1e9), wall_ns);
}

static int go_by_number(struct player *player, char const *text, enum player_missing what,
                        int64_t wall_ns)
{
    if (!read_whole(text, &player->asked))
        return -EINVAL;
    player->missing = what;
    return landed(player,
                  what == MISSING_TURN ? history_go_turn(player->history, player->asked)
                                       : history_go_event(player->history, player->asked),
                  0, wall_ns);
}

int player_go_to(struct player *player, char const *place, int64_t wall_ns)
{
    char const *rest;

    place += strspn(place, " ");
    player->missing = MISSING_NONE;
    if (strcmp(place, "start") == 0)
        return player_seek_start(player, wall_ns);
    if (strcmp(place, "end") == 0 || strcmp(place, "now") == 0)
        return player_seek_end(player, wall_ns);
    if (is_word(place, "turn", &rest))
        return go_by_number(player, rest, MISSING_TURN, wall_ns);
    if (is_word(place, "event", &rest) || is_word(place, "#", &rest) || is_word(place, "n", &rest))
        return go_by_number(player, rest, MISSING_EVENT, wall_ns);
    if (*place == '+' || *place == '-')
        return go_by_amount(player, *place == '+' ? 1 : -1, place + 1, wall_ns);
    return go_by_amount(player, 0, place, wall_ns);
}

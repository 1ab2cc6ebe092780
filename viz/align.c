/*
 * align - positions are counted: (turn, event), the turns begun so far and the events since then
 *
 *      marks    |-----------|-----------|-----------|         places whose position is known
 *      notes       *      *                     *
 *      pairs       *----------------------------*             notes that the other side has, too
 *
 * From a place to its position: the last mark before it, and on from there, counting. From a
 * position to its place: the same.
 */
#include "align.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { MARKS = 1 << 15, NOTES = 1 << 15, APART = 16 << 10, NOTES_AHEAD = 64 };

struct position {
    uint64_t turn, event;
};

struct mark {
    int64_t offset;
    struct position at;
    uint64_t text; /* of a note: what is the same when its text is */
};

struct marks {
    struct mark *list;
    size_t n, room;
};

struct side {
    struct trace trace;
    struct event event;
    struct position now;
    struct marks marks, notes;
    int64_t apart; /* bytes from one mark to the next, at least */
};

struct pair {
    struct mark of[ALIGN_SIDES];
};

struct align {
    struct side sides[ALIGN_SIDES];
    struct pair *pairs; /* the first one is the beginning */
    size_t n_pairs;
    int64_t part[ALIGN_SIDES], end[ALIGN_SIDES]; /* -1: none */
};

struct align *align_create(const int fds[ALIGN_SIDES])
{
    struct align *align = calloc(1, sizeof *align);
    int rc = 0;
    if (align == NULL)
        return NULL;
    for (int i = 0; i < ALIGN_SIDES; i++) {
        struct side *side = &align->sides[i];
        event_init(&side->event);
        side->apart = APART;
        align->part[i] = align->end[i] = side->trace.fd = -1;
        if (rc == 0)
            rc = trace_open_fd(&side->trace, dup(fds[i]), "");
    }
    if (rc == 0)
        return align;
    align_destroy(align);
    errno = -rc;
    return NULL;
}

void align_destroy(struct align *align)
{
    if (align == NULL)
        return;
    for (int i = 0; i < ALIGN_SIDES; i++) {
        struct side *side = &align->sides[i];
        trace_close(&side->trace);
        event_fini(&side->event);
        free(side->marks.list);
        free(side->notes.list);
    }
    free(align->pairs);
    free(align);
}

/* ---- what is noted down ---------------------------------------------------------------------- */

static int add(struct marks *marks, struct mark mark)
{
    if (marks->n == marks->room) {
        size_t room = marks->room > 0 ? 2 * marks->room : 64;
        struct mark *list = realloc(marks->list, room * sizeof *list);
        if (list == NULL)
            return -ENOMEM;
        marks->list = list;
        marks->room = room;
    }
    marks->list[marks->n++] = mark;
    return 0;
}

/* Every second one goes. */
static void thin_out(struct side *side)
{
    struct marks *marks = &side->marks;
    for (size_t i = 0; i < marks->n / 2; i++)
        marks->list[i] = marks->list[2 * i];
    marks->n /= 2;
    side->apart *= 2;
}

static uint64_t mix(uint64_t sum, struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        sum = (sum ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static bool is_note(enum event_kind kind)
{
    return kind == EV_NOTE_SAY || kind == EV_NOTE_MARK || kind == EV_NOTE_ASK;
}

static struct position after(struct position position, enum event_kind kind)
{
    if (kind == EV_LOOP_TURN)
        return (struct position){ position.turn + 1, 0 };
    return (struct position){ position.turn, position.event + 1 };
}

int align_take(struct align *align, int number, const struct event *event, int64_t offset)
{
    struct side *side = &align->sides[number];
    struct mark mark = { .offset = offset, .at = side->now = after(side->now, event->kind) };
    int rc = 0;
    if (side->marks.n == 0 || offset - side->marks.list[side->marks.n - 1].offset >= side->apart)
        rc = add(&side->marks, mark);
    if (side->marks.n == MARKS)
        thin_out(side);
    if (rc == 0 && is_note(event->kind) && side->notes.n < NOTES) {
        bool is_mark = event->kind == EV_NOTE_MARK;
        mark.text = mix(mix(0, event->ev), event_text(event, is_mark ? "name" : "text"));
        rc = add(&side->notes, mark);
    }
    return rc;
}

/*
 * Notes a[i] and b[j] differ: the nearest two that don't, as few as possible passed over. False when
 * there are none near.
 */
static bool next_same(const struct marks *a, const struct marks *b, size_t *i, size_t *j)
{
    for (size_t far = 1; far < NOTES_AHEAD; far++)
        for (size_t skip = 0; skip <= far; skip++) {
            size_t x = *i + skip, y = *j + far - skip;
            if (x < a->n && y < b->n && a->list[x].text == b->list[y].text) {
                *i = x;
                *j = y;
                return true;
            }
        }
    return false;
}

int align_match(struct align *align)
{
    const struct marks *a = &align->sides[ALIGN_A].notes, *b = &align->sides[ALIGN_B].notes;
    align->pairs = calloc((a->n < b->n ? a->n : b->n) + 1, sizeof *align->pairs);
    if (align->pairs == NULL)
        return -ENOMEM;
    align->n_pairs = 1;
    for (size_t i = 0, j = 0; i < a->n && j < b->n; i++, j++)
        if (a->list[i].text == b->list[j].text || next_same(a, b, &i, &j))
            align->pairs[align->n_pairs++] = (struct pair){ { a->list[i], b->list[j] } };
    return 0;
}

void align_part(struct align *align, const int64_t offsets[ALIGN_SIDES])
{
    memcpy(align->part, offsets, sizeof align->part);
}

void align_end(struct align *align, const int64_t offsets[ALIGN_SIDES])
{
    memcpy(align->end, offsets, sizeof align->end);
}

/* ---- places and positions -------------------------------------------------------------------- */

static bool is_behind(struct position one, struct position other)
{
    return one.turn != other.turn ? one.turn > other.turn : one.event > other.event;
}

/* The last mark that is before `offset` and not behind the position; before all: the beginning. */
static struct mark mark_before(const struct side *side, int64_t offset, struct position position)
{
    size_t low = 0, high = side->marks.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct mark *mark = &side->marks.list[middle];
        if (mark->offset < offset && !is_behind(mark->at, position))
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? side->marks.list[low - 1] : (struct mark){ 0 };
}

/*
 * From a mark on to the last event that is before `offset` and not behind the position: its place
 * and position. 0 or a negative errno.
 */
static int walk(struct side *side, int64_t offset, struct position position, struct mark *place)
{
    struct line line;
    int rc;
    *place = mark_before(side, offset, position);
    bool known = place->at.turn > 0 || place->at.event > 0; /* its own line counts already */
    for (int64_t at = place->offset; (rc = trace_line_at(&side->trace, at, &line)) > 0;
         at = line.next) {
        if (line.offset >= offset)
            break;
        if (line.too_long || (known && line.offset == place->offset) ||
            event_parse(&side->event, line.text) < 0 || event_kind_is_sink(side->event.kind))
            continue;
        struct position here = after(place->at, side->event.kind);
        if (is_behind(here, position))
            break;
        *place = (struct mark){ .offset = line.offset, .at = here };
    }
    return rc < 0 ? rc : 0;
}

/* The last pair that is not behind the place. */
static size_t pair_before(const struct align *align, int side, int64_t offset)
{
    size_t low = 1, high = align->n_pairs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (align->pairs[middle].of[side].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static int by_notes_and_turns(struct align *align, int from, int64_t offset, int64_t *other)
{
    static const struct position last = { UINT64_MAX, UINT64_MAX };
    size_t pair = pair_before(align, from, offset);
    struct position here = align->pairs[pair].of[from].at, there = align->pairs[pair].of[!from].at;
    struct mark place;
    int rc = walk(&align->sides[from], offset + 1, last, &place);
    if (rc < 0)
        return rc;
    there.event =
        place.at.turn == here.turn ? there.event + place.at.event - here.event : place.at.event;
    there.turn += place.at.turn - here.turn;
    int64_t until = pair + 1 < align->n_pairs ? align->pairs[pair + 1].of[!from].offset : INT64_MAX;
    rc = walk(&align->sides[!from], until, there, &place);
    *other = place.offset;
    return rc;
}

int align_to(struct align *align, int side, int64_t offset, int64_t *other)
{
    const int64_t *part = align->part, *end = align->end;
    if (part[side] >= 0 && offset == part[side]) {
        *other = part[!side];
        return 0;
    }
    if (end[side] >= 0 && offset == end[side]) {
        *other = end[!side];
        return 0;
    }
    int rc = by_notes_and_turns(align, side, offset, other);
    if (part[side] >= 0 && offset > part[side] && *other < part[!side])
        *other = part[!side];
    return rc;
}

/*
 * compare - two passes side by side, an event of each at a time.
 *
 * What sinks write for themselves (heads, sources, state records) depends on bytes and viewers, not
 * on the program: it is passed over on both sides.
 */
#include "compare.h"
#include "history.h"
#include "pass.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Keys whose values differ from run to run, or as the source is edited, without meaning anything. */
static bool is_volatile(struct slice key)
{
    static const char *const keys[] = { "took", "waited", "late",    "due",  "delay", "left",
                                        "cpu",  "limit",  "timeout", "pid",  "fd",    "addr",
                                        "peer", "pause",  "nfds",    "read", "write", "src" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (slice_is(key, keys[i]))
            return true;
    return false;
}

static size_t next_that_counts(const struct event *event, size_t at)
{
    while (at < event->n_fields && is_volatile(event->fields[at].key))
        at++;
    return at;
}

/* The first field that counts and that the other event doesn't have, or not so; NULL: each is there. */
static const struct field *first_without(const struct event *event, const struct event *other)
{
    for (size_t i = next_that_counts(event, 0); i < event->n_fields;
         i = next_that_counts(event, i + 1)) {
        const struct field *one = &event->fields[i], *its = event_find(other, one->code, one->key);
        if (its == NULL || one->kind != its->kind || !slice_equal(one->value, its->value))
            return one;
    }
    return NULL;
}

static void keep_value(char value[COMPARE_TEXT], const struct event *event, const struct field *key)
{
    const struct field *its = event_find(event, key->code, key->key);
    struct say say;
    say_init(&say, value, COMPARE_TEXT);
    if (its == NULL)
        say_add(&say, "(none)");
    else
        say_clean(&say, its->value, COMPARE_TEXT / 2);
}

static bool same_event(const struct event *a, const struct event *b, struct difference *difference)
{
    if (!slice_equal(a->ev, b->ev))
        return false;
    const struct field *key = first_without(a, b);
    if (key == NULL)
        key = first_without(b, a);
    if (key == NULL)
        return true;
    struct say say;
    say_init(&say, difference->key, sizeof difference->key);
    say_clean(&say, key->key, sizeof difference->key / 2);
    keep_value(difference->value[COMPARE_A], a, key);
    keep_value(difference->value[COMPARE_B], b, key);
    return false;
}

/* Both passes, and where they are. */
struct sides {
    struct pass passes[COMPARE_SIDES];
    int rc[COMPARE_SIDES];       /* pass_next()'s answers */
    int64_t stop[COMPARE_SIDES]; /* the last place so far at which a cursor stops */
    uint64_t stop_n[COMPARE_SIDES];
    bool complete[COMPARE_SIDES]; /* that is its trace:end */
    struct align *align;
};

/* The next event of the program's own, 1, or 0 at the end. */
static int next_own(struct sides *sides, int side)
{
    struct pass *pass = &sides->passes[side];
    int rc;
    while ((rc = pass_next(pass)) > 0) {
        enum event_kind kind = pass->event->kind;
        if (history_stops_at(kind)) {
            sides->stop[side] = pass->offset;
            sides->stop_n[side] = pass->event->n;
            sides->complete[side] = kind == EV_TRACE_END;
        }
        if (event_kind_is_sink(kind))
            continue;
        if (sides->align != NULL)
            rc = align_take(sides->align, side, pass->event, pass->offset);
        if (rc >= 0)
            rc = 1;
        break;
    }
    return sides->rc[side] = rc;
}

static void keep_place(struct difference *difference, const struct event *event)
{
    struct say say;
    difference->same++;
    if (event->kind == EV_LOOP_TURN)
        difference->turn = event_count(event, "turn", difference->turn);
    if (event->kind != EV_NOTE_SAY && event->kind != EV_NOTE_MARK && event->kind != EV_NOTE_ASK)
        return;
    say_init(&say, difference->note, sizeof difference->note);
    say_clean(&say, event_text(event, event->kind == EV_NOTE_MARK ? "name" : "text"), 80);
}

/* As far as both are the same. False when one can't be read. */
static bool look(struct sides *sides, struct difference *difference)
{
    const struct pass *a = &sides->passes[COMPARE_A], *b = &sides->passes[COMPARE_B];
    const int *rc = sides->rc;
    for (;;) {
        if (next_own(sides, COMPARE_A) < 0 || next_own(sides, COMPARE_B) < 0)
            return false;
        if (!rc[COMPARE_A] && !rc[COMPARE_B])
            return true;
        difference->any =
            !rc[COMPARE_A] || !rc[COMPARE_B] || !same_event(a->event, b->event, difference);
        if (difference->any)
            break;
        keep_place(difference, a->event);
    }
    for (int side = 0; side < COMPARE_SIDES; side++)
        difference->sides[side] = (struct difference_side){ .ended = !rc[side],
                                                            .offset = sides->stop[side],
                                                            .n = sides->stop_n[side] };
    return true;
}

/* The rest, so that all turns and notes are known. */
static int read_on(struct sides *sides, const struct difference *difference)
{
    for (int side = 0; side < COMPARE_SIDES; side++)
        while (sides->rc[side] > 0)
            next_own(sides, side);
    if (sides->rc[COMPARE_A] < 0 || sides->rc[COMPARE_B] < 0)
        return 0; /* is said when the passes end */
    if (difference->any)
        align_part(sides->align, (int64_t[]){ difference->sides[COMPARE_A].offset,
                                              difference->sides[COMPARE_B].offset });
    if (sides->complete[COMPARE_A] && sides->complete[COMPARE_B])
        align_end(sides->align, sides->stop);
    return align_match(sides->align);
}

static int open_pass(struct pass *pass, const struct compared *trace)
{
    return pass_open_fd(pass, dup(trace->fd), trace->path, "comparing");
}

int compare_traces(const struct compared traces[COMPARE_SIDES], struct difference *difference,
                   struct align *align)
{
    struct sides sides = { .align = align };
    int status = 0;
    *difference = (struct difference){ .any = false };
    for (int side = 0; side < COMPARE_SIDES; side++)
        sides.rc[side] = open_pass(&sides.passes[side], &traces[side]);
    if (sides.rc[COMPARE_A] >= 0 && sides.rc[COMPARE_B] >= 0 && look(&sides, difference) &&
        align != NULL)
        sides.rc[COMPARE_A] = read_on(&sides, difference) < 0 ? -ENOMEM : sides.rc[COMPARE_A];
    for (int side = 0; side < COMPARE_SIDES; side++)
        status |= pass_close(&sides.passes[side], sides.rc[side]);
    return status;
}

/* ---- in words -------------------------------------------------------------------------------- */

/* What the viewer says of it at its place: a sentence needs the loop as it is there. */
static int print_side(const struct difference_side *side, const struct compared *trace, FILE *out,
                      char sentence[SENTENCE_BYTES])
{
    struct history *history;
    sentence[0] = '\0';
    int rc = history_open(&history, dup(trace->fd), trace->path);
    if (rc < 0)
        return rc;
    if (!side->ended)
        rc = history_go_offset(history, side->offset);
    const struct moment *moment = history_moment(history);
    snprintf(sentence, SENTENCE_BYTES, "%s", moment->sentence);
    fputs("  ", out);
    text_print(out, slice_of(trace->path), false);
    if (side->ended)
        fputs("  has no event any more\n", out);
    else
        fprintf(out, "  t %.6f s, event %llu: %s\n", (double)moment->t_ns / 1e9,
                (unsigned long long)moment->n, sentence);
    history_close(history);
    return rc < 0 ? rc : 0;
}

static void print_same(const struct difference *difference, FILE *out)
{
    unsigned long long same = difference->same;
    if (same == 1)
        fputs("The first event is the same. ", out);
    else if (same > 1)
        fprintf(out, "The first %llu events are the same. ", same);
    if (difference->turn > 0)
        fprintf(out, "In turn %llu they part", (unsigned long long)difference->turn);
    else
        fputs("Before the first turn they part", out);
    if (difference->note[0] != '\0')
        fprintf(out, ", after the note \"%s\"", difference->note);
    fputs(":\n", out);
}

int compare_print(const struct compared traces[COMPARE_SIDES], FILE *out)
{
    struct difference difference;
    int status = compare_traces(traces, &difference, NULL);
    if (status != 0)
        return status;
    if (!difference.any) {
        fprintf(out, "Both traces tell the same: %llu event%s, whatever time %s took.\n",
                (unsigned long long)difference.same, difference.same == 1 ? "" : "s",
                difference.same == 1 ? "it" : "they");
        return 0;
    }
    print_same(&difference, out);
    char sentences[COMPARE_SIDES][SENTENCE_BYTES];
    for (int side = 0; side < COMPARE_SIDES; side++) {
        int rc = print_side(&difference.sides[side], &traces[side], out, sentences[side]);
        if (rc < 0)
            fprintf(stderr, "loopscope: %s can't be read: %s\n", traces[side].path,
                    trace_problem(rc));
    }
    if (difference.key[0] != '\0' && strcmp(sentences[COMPARE_A], sentences[COMPARE_B]) == 0)
        fprintf(out,
                "The sentences don't tell it: \"%s\" is %s in the first and %s in the second.\n",
                difference.key, difference.value[COMPARE_A], difference.value[COMPARE_B]);
    return 1;
}

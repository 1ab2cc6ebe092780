/*
 * compare - two passes side by side, an event of each at a time.
 *
 * What sinks write for themselves (heads, sources, state records) depends on bytes and viewers, not
 * on the program: it is passed over on both sides.
 */
#include "compare.h"
#include "pass.h"

#include <string.h>

/* Keys whose values differ from run to run without meaning anything. */
static bool is_volatile(struct slice key)
{
    static const char *const keys[] = { "took", "waited", "late",    "due",  "delay", "left",
                                        "cpu",  "limit",  "timeout", "pid",  "fd",    "addr",
                                        "peer", "pause",  "nfds",    "read", "write" };
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

static bool same_event(const struct event *a, const struct event *b)
{
    size_t i = next_that_counts(a, 0), j = next_that_counts(b, 0);
    if (!slice_equal(a->ev, b->ev))
        return false;
    while (i < a->n_fields && j < b->n_fields) {
        const struct field *one = &a->fields[i], *other = event_find(b, one->code, one->key);
        if (other == NULL || one->kind != other->kind || !slice_equal(one->value, other->value))
            return false;
        i = next_that_counts(a, i + 1);
        j = next_that_counts(b, j + 1);
    }
    return i == a->n_fields && j == b->n_fields;
}

/* The next event of the program's own. As pass_next(). */
static int next_own(struct pass *pass)
{
    int rc;
    do {
        rc = pass_next(pass);
    } while (rc > 0 && event_kind_is_sink(pass->event->kind));
    return rc;
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

static void keep_side(struct difference_side *side, const struct pass *pass, bool there,
                      struct model *model)
{
    side->ended = !there;
    side->sentence[0] = '\0';
    if (!there)
        return;
    side->t_ns = pass->event->t_ns;
    side->n = pass->event->n;
    side->offset = pass->offset;
    model->t_ns = side->t_ns;
    explain(side->sentence, sizeof side->sentence, pass->event, model);
}

static void look(struct pass *passes, int rc[COMPARE_SIDES], struct difference *difference,
                 struct model *model)
{
    for (;;) {
        for (int side = 0; side < COMPARE_SIDES; side++)
            if ((rc[side] = next_own(&passes[side])) < 0)
                return;
        if (!rc[COMPARE_A] && !rc[COMPARE_B])
            return;
        if (!rc[COMPARE_A] || !rc[COMPARE_B] ||
            !same_event(passes[COMPARE_A].event, passes[COMPARE_B].event))
            break;
        keep_place(difference, passes[COMPARE_A].event);
    }
    difference->any = true;
    for (int side = 0; side < COMPARE_SIDES; side++)
        keep_side(&difference->sides[side], &passes[side], rc[side] > 0, model);
}

int compare_files(const char *a, const char *b, struct difference *difference)
{
    struct pass passes[COMPARE_SIDES];
    struct model *model = model_create();
    int rc[COMPARE_SIDES], status = 0;
    *difference = (struct difference){ .any = false };
    rc[COMPARE_A] = pass_open(&passes[COMPARE_A], a, "comparing");
    rc[COMPARE_B] = pass_open(&passes[COMPARE_B], b, "comparing");
    if (model == NULL)
        status = 1;
    else if (rc[COMPARE_A] >= 0 && rc[COMPARE_B] >= 0)
        look(passes, rc, difference, model);
    for (int side = 0; side < COMPARE_SIDES; side++)
        status |= pass_close(&passes[side], rc[side]);
    model_destroy(model);
    return status;
}

static void print_side(const struct difference_side *side, const char *path, FILE *out)
{
    fputs("  ", out);
    text_print(out, slice_of(path), false);
    if (side->ended)
        fputs("  has no event any more\n", out);
    else
        fprintf(out, "  t %.6f s, event %llu: %s\n", (double)side->t_ns / 1e9,
                (unsigned long long)side->n, side->sentence);
}

int compare_print(const char *a, const char *b, FILE *out)
{
    struct difference difference;
    int status = compare_files(a, b, &difference);
    if (status != 0)
        return status;
    if (!difference.any) {
        fprintf(out, "Both traces tell the same: %llu event%s, whatever time %s took.\n",
                (unsigned long long)difference.same, difference.same == 1 ? "" : "s",
                difference.same == 1 ? "it" : "they");
        return 0;
    }
    if (difference.same == 1)
        fputs("The first event is the same. ", out);
    else if (difference.same > 1)
        fprintf(out, "The first %llu events are the same. ", (unsigned long long)difference.same);
    if (difference.turn > 0)
        fprintf(out, "In turn %llu they part", (unsigned long long)difference.turn);
    else
        fputs("Before the first turn they part", out);
    if (difference.note[0] != '\0')
        fprintf(out, ", after the note \"%s\"", difference.note);
    fputs(":\n", out);
    print_side(&difference.sides[COMPARE_A], a, out);
    print_side(&difference.sides[COMPARE_B], b, out);
    return 1;
}

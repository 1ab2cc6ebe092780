/*
 * model_recent - the recent past: output, notes, warnings, and the stretches of the timeline.
 *
 * Four rings of fixed room: the newest items push out the oldest, so a loop that runs for ever is
 * watched in constant memory, and what is kept depends on the events alone.
 */
#include "model_inside.h"
#include "explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t ring_at(const struct ring *ring, size_t index)
{
    return (ring->first + index) % ring->room;
}

/* Room for one more, at the index returned; the oldest goes when it is full. */
size_t ring_push(struct ring *ring)
{
    if (ring->count < ring->room)
        return ring_at(ring, ring->count++);
    size_t oldest = ring->first;
    ring->first = (ring->first + 1) % ring->room;
    ring->dropped++;
    return oldest;
}

int recent_init(struct model *model)
{
    model->outputs_ring.room = MODEL_OUTPUT;
    model->notes_ring.room = MODEL_NOTES;
    model->warnings_ring.room = MODEL_WARNINGS;
    model->segments_ring.room = MODEL_SEGMENTS;
    model->outputs = calloc(MODEL_OUTPUT, sizeof *model->outputs);
    model->notes = calloc(MODEL_NOTES, sizeof *model->notes);
    model->warnings = calloc(MODEL_WARNINGS, sizeof *model->warnings);
    model->segments = calloc(MODEL_SEGMENTS, sizeof *model->segments);
    bool all = model->outputs != NULL && model->notes != NULL && model->warnings != NULL &&
               model->segments != NULL;
    return all ? deeds_init(model) : -ENOMEM;
}

/* ---- lists of texts: the choices of a question ----------------------------------------------- */

static void texts_free(struct str **texts, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        str_fini(&(*texts)[i]);
    free(*texts);
    *texts = NULL;
    *n = 0;
}

static int texts_add(struct str **texts, size_t *n, struct slice text)
{
    struct str *more = realloc(*texts, (*n + 1) * sizeof *more);
    if (more == NULL)
        return -ENOMEM;
    *texts = more;
    more[*n] = (struct str){ 0 };
    return str_set(&more[(*n)++], text);
}

static int texts_copy(struct str **to, size_t *n_to, const struct str *from, size_t n_from)
{
    for (size_t i = 0; i < n_from; i++)
        if (texts_add(to, n_to, str_slice(&from[i])) < 0)
            return -ENOMEM;
    return 0;
}

static void texts_take(struct model *model, const struct event *event, const char *key,
                       struct str **texts, size_t *n)
{
    enum { MOST = 64 };
    struct items items = event_items(event, key);
    struct field item;
    while (*n < MOST && items_next(&items, &item))
        if (texts_add(texts, n, item.value) < 0)
            model->no_memory = true;
}

/* ---- freeing and copying --------------------------------------------------------------------- */

static void note_clear(struct note *note)
{
    str_fini(&note->text);
    str_fini(&note->src);
    str_fini(&note->lesson);
    texts_free(&note->choices, &note->n_choices);
    texts_free(&note->whys, &note->n_whys);
}

void recent_fini(struct model *model)
{
    for (size_t i = 0; model->outputs != NULL && i < MODEL_OUTPUT; i++) {
        str_fini(&model->outputs[i].text);
        str_fini(&model->outputs[i].task);
    }
    for (size_t i = 0; model->notes != NULL && i < MODEL_NOTES; i++)
        note_clear(&model->notes[i]);
    for (size_t i = 0; model->warnings != NULL && i < MODEL_WARNINGS; i++)
        str_fini(&model->warnings[i].text);
    free(model->outputs);
    free(model->notes);
    free(model->warnings);
    free(model->segments);
    deeds_fini(model);
}

static int copy_output(struct output *to, const struct output *from)
{
    *to = *from;
    to->text = to->task = (struct str){ 0 };
    return str_set(&to->text, str_slice(&from->text)) < 0 ||
           str_set(&to->task, str_slice(&from->task)) < 0;
}

static int copy_note(struct note *to, const struct note *from)
{
    *to = *from;
    to->text = to->src = to->lesson = (struct str){ 0 };
    to->choices = to->whys = NULL;
    to->n_choices = to->n_whys = 0;
    return str_set(&to->text, str_slice(&from->text)) < 0 ||
           str_set(&to->src, str_slice(&from->src)) < 0 ||
           str_set(&to->lesson, str_slice(&from->lesson)) < 0 ||
           texts_copy(&to->choices, &to->n_choices, from->choices, from->n_choices) < 0 ||
           texts_copy(&to->whys, &to->n_whys, from->whys, from->n_whys) < 0;
}

int recent_copy(struct model *to, const struct model *from)
{
    int failed = 0;
    to->outputs_ring = from->outputs_ring;
    to->notes_ring = from->notes_ring;
    to->warnings_ring = from->warnings_ring;
    to->segments_ring = from->segments_ring;
    for (size_t i = 0; i < from->outputs_ring.count; i++) {
        size_t at = ring_at(&from->outputs_ring, i);
        failed |= copy_output(&to->outputs[at], &from->outputs[at]);
    }
    for (size_t i = 0; i < from->notes_ring.count; i++) {
        size_t at = ring_at(&from->notes_ring, i);
        failed |= copy_note(&to->notes[at], &from->notes[at]);
    }
    for (size_t i = 0; i < from->warnings_ring.count; i++) {
        size_t at = ring_at(&from->warnings_ring, i);
        to->warnings[at] = from->warnings[at];
        to->warnings[at].text = (struct str){ 0 };
        failed |= str_set(&to->warnings[at].text, str_slice(&from->warnings[at].text)) < 0;
    }
    memcpy(to->segments, from->segments, from->segments_ring.count * sizeof *to->segments);
    deeds_copy(to, from);
    return failed ? -ENOMEM : 0;
}

size_t recent_bytes(const struct model *model)
{
    return MODEL_SEGMENTS * sizeof *model->segments + MODEL_OUTPUT * sizeof *model->outputs +
           MODEL_NOTES * sizeof *model->notes + model->outputs_ring.count * 80 +
           model->notes_ring.count * 512 + deeds_bytes();
}

/* ---- what events add ------------------------------------------------------------------------- */

/* At most `most` bytes, cut before a character, not in it. */
static struct slice clip(struct slice text, size_t most)
{
    if (text.len > most) {
        text.len = most;
        while (text.len > 0 && ((unsigned char)text.at[text.len] & 0xC0u) == 0x80u)
            text.len--;
    }
    return text;
}

void clip_into(char *room, size_t size, struct slice text)
{
    struct slice kept = clip(text, size - 1);
    if (kept.len > 0)
        memcpy(room, kept.at, kept.len);
    room[kept.len] = '\0';
}

void recent_output(struct model *model, const struct event *event)
{
    struct output *output = &model->outputs[ring_push(&model->outputs_ring)];
    struct slice text = event_text(event, "text");
    struct slice kept = clip(text, OUTPUT_CLIP);
    output->t_ns = event->t_ns;
    output->n = event->n;
    output->is_stderr = slice_is(event_text(event, "stream"), "stderr");
    output->cut = event_count(event, "cut", 0) + (text.len - kept.len);
    model_set(model, &output->text, kept);
    model_set(model, &output->task, event_text(event, "task"));
}

void recent_note(struct model *model, const struct event *event, enum note_kind kind)
{
    struct note *note = &model->notes[ring_push(&model->notes_ring)];
    note_clear(note);
    *note = (struct note){ .t_ns = event->t_ns, .n = event->n, .kind = kind };
    note->answer = event_number(event, "answer", -1);
    note->choice = event_number(event, "choice", -1);
    model_set(model, &note->text, event_text(event, kind == NOTE_MARK ? "name" : "text"));
    model_set(model, &note->src, event_text(event, "src"));
    model_set(model, &note->lesson, event_text(event, "lesson"));
    if (kind == NOTE_ASK) {
        texts_take(model, event, "choices", &note->choices, &note->n_choices);
        texts_take(model, event, "why", &note->whys, &note->n_whys);
    }
}

void recent_warning(struct model *model, const struct event *event)
{
    char sentence[EXPLAIN_SIZE];
    struct warning *warning = &model->warnings[ring_push(&model->warnings_ring)];
    explain(sentence, sizeof sentence, event, model);
    warning->t_ns = event->t_ns;
    warning->n = event->n;
    warning->kind = event->kind;
    model_set(model, &warning->text, slice_of(sentence));
    model->n_warnings++;
}

void recent_segment(struct model *model, const struct segment *told, struct slice id,
                    struct slice on)
{
    int64_t from_ns = told->from_ns < 0 ? model->inside->lanes_ns : told->from_ns;
    if (from_ns < 0 || from_ns > model->t_ns)
        return;
    struct segment *segment = &model->segments[ring_push(&model->segments_ring)];
    *segment = *told;
    segment->from_ns = from_ns;
    segment->to_ns = model->t_ns;
    clip_into(segment->name, sizeof segment->name, id);
    clip_into(segment->on, sizeof segment->on, on);
}

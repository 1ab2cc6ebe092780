/* state.c - trace:state: the whole loop as it is, read from its own structures.
 *
 * As the key frames of a film: a reader can begin at one, a viewer that lost lines is right again
 * after one, and a checker holds what it has rebuilt from events against each.  So nothing in here
 * looks at the trace's own past.
 *
 * A record of more than 1 MiB (some 8,000 tasks) comes in parts.  Each part is a line with all the
 * keys; the lists of the parts, one behind the other, are the lists of the loop.
 */
#include "tracer.h"

#include <stdlib.h>

#include "sink.h"

enum { PART_BYTES = 1 << 20, ITEM_BYTES = 4 << 10 };

/* The record's lists, in order. */
enum section { TASKS, READY, TIMERS, WATCH, SERVERS, CONNS, N_SECTIONS };
static const char *const section_names[N_SECTIONS] = { "tasks", "ready",   "timers",
                                                       "watch", "servers", "conns" };

/* The parts so far, each from ,"turn" on and ended by LF.  Once memory fails, text is NULL and
 * nothing more happens. */
struct record {
    const struct loop *loop;
    char *text, *p;
    size_t room, part; /* where the current part begins */
    enum section section;
    bool first; /* the next item is its section's first in this part */
};

static bool make_room(struct record *r, size_t bytes)
{
    if (r->text == NULL)
        return false;
    size_t len = (size_t)(r->p - r->text);
    if (r->room - len >= bytes)
        return true;
    size_t room = 2 * r->room + bytes;
    char *bigger = realloc(r->text, room);
    if (bigger == NULL) {
        free(r->text);
        r->text = NULL;
        return false;
    }
    r->text = bigger;
    r->p = bigger + len;
    r->room = room;
    return true;
}

/* ---- parts */

static const char *phase_word(enum phase phase)
{
    static const char *const words[] = { "outside", "timeout", "select", "io", "timers", "ready" };
    return words[phase];
}

static void put_scalars(struct record *r)
{
    const struct loop *loop = r->loop;
    char *p = KEY(r->p, "turn", put_count, loop->turns);
    p = KEY(p, "phase", put_word, phase_word(loop->phase));
    if (loop->current != NULL)
        p = KEY(p, "running", put_who, handle_who(loop->current));
    r->p = KEY(p, "stopping", put_bool, loop->stopping);
}

static void put_totals(struct record *r)
{
    const struct totals *t = &r->loop->totals;
    char *p = LIT(r->p, ",\"totals\":{\"turns\":");
    p = put_count(p, r->loop->turns);
    p = KEY(p, "steps", put_count, t->steps);
    p = KEY(p, "calls", put_count, t->calls);
    p = KEY(p, "timers", put_count, t->timers);
    p = KEY(p, "late_max", put_span, t->late_max);
    p = KEY(p, "accepted", put_count, t->accepted);
    p = KEY(p, "in", put_count, t->in);
    p = KEY(p, "out", put_count, t->out);
    p = KEY(p, "busy", put_span, t->busy);
    p = KEY(p, "waited", put_span, t->waited);
    r->p = LIT(p, "}}\n");
}

static void section_open(struct record *r, enum section section)
{
    char *p = LIT(r->p, ",");
    p = put_word(p, section_names[section]);
    r->p = LIT(p, ":[");
    r->section = section;
    r->first = true;
}

static void section_close(struct record *r)
{
    *r->p++ = ']';
}

/* Up to and with the given section's opening bracket. */
static void part_open(struct record *r, enum section section)
{
    r->part = (size_t)(r->p - r->text);
    put_scalars(r);
    for (enum section s = TASKS; s < section; s++) {
        section_open(r, s);
        section_close(r);
    }
    section_open(r, section);
}

static void part_close(struct record *r)
{
    section_close(r);
    for (enum section s = r->section + 1; s < N_SECTIONS; s++) {
        section_open(r, s);
        section_close(r);
    }
    put_totals(r);
}

/* Where the next item may be written, or NULL: no memory. */
static char *item_begin(struct record *r)
{
    if (!make_room(r, 2 * ITEM_BYTES))
        return NULL;
    if ((size_t)(r->p - r->text) - r->part > PART_BYTES - 2 * ITEM_BYTES) {
        enum section section = r->section;
        part_close(r);
        part_open(r, section);
        make_room(r, 2 * ITEM_BYTES);
        if (r->text == NULL)
            return NULL;
    }
    if (!r->first)
        *r->p++ = ',';
    r->first = false;
    return r->p;
}

static bool section_begin(struct record *r, enum section section)
{
    if (!make_room(r, ITEM_BYTES))
        return false;
    section_close(r);
    section_open(r, section);
    return true;
}

/* ---- the lists */

static char *put_place(struct tracer *tr, char *p, struct src src)
{
    return put_src(p, source_of(tr, src.file), src.line);
}

static char *put_task(struct tracer *tr, char *p, const struct task *t)
{
    static const char *const words[] = { "waiting", "ready", "running", "done" };
    const struct waiter *w = t->state == TASK_WAITING ? t->waits : NULL;
    p = put_who(LIT(p, "{\"task\":"), task_who(t));
    p = KEY(p, "state", put_word, words[t->state]);
    if (w != NULL) {
        p = KEY(p, "on", put_word, w->on);
        if (w->what.name != NULL)
            p = KEY(p, "what", put_who, w->what);
        if (w->due != NS_NEVER)
            p = KEY(p, "due", put_time, w->due);
    }
    p = put_place(tr, p, t->src);
    p = KEY(p, "steps", put_count, t->steps);
    p = KEY(p, "cpu", put_span, t->cpu);
    if (t->parent.name != NULL)
        p = KEY(p, "parent", put_who, t->parent);
    if (t->cancelling > 0)
        p = KEY(p, "cancelling", put_number, t->cancelling);
    return LIT(p, "}");
}

static void put_tasks(struct tracer *tr, struct record *r)
{
    const struct link *head = &r->loop->tasks;
    for (struct link *l = head->next; l != head; l = l->next) {
        const struct task *t = CONTAINER_OF(l, struct task, all);
        char *p;
        if (!t->future.is_done && (p = item_begin(r)) != NULL)
            r->p = put_task(tr, p, t);
    }
}

static void put_ready(struct record *r)
{
    const struct ready *q = &r->loop->ready;
    for (uint32_t i = q->head; i != q->tail; i++) {
        const struct handle *h = q->ring[i & q->mask];
        char *p;
        if (h != NULL && (p = item_begin(r)) != NULL)
            r->p = put_who(p, handle_who(h));
    }
}

static int by_firing(const void *a, const void *b)
{
    const struct timer_slot *x = a, *y = b;
    return slot_is_before(*x, *y) ? -1 : slot_is_before(*y, *x);
}

static void put_timers(struct record *r)
{
    const struct timers *heap = &r->loop->timers;
    if (heap->count == 0)
        return;
    struct timer_slot *sorted = malloc(heap->count * sizeof *sorted);
    if (sorted == NULL) {
        free(r->text);
        r->text = NULL;
        return;
    }
    memcpy(sorted, heap->heap + 1, heap->count * sizeof *sorted);
    qsort(sorted, heap->count, sizeof *sorted, by_firing);
    for (uint32_t i = 0; i < heap->count; i++) {
        const struct timer *t = slot_timer(sorted[i]);
        char *p;
        if (t == NULL || (p = item_begin(r)) == NULL)
            continue;
        p = put_who(LIT(p, "{\"timer\":"), timer_who(t));
        p = KEY(p, "due", put_time, sorted[i].due);
        p = KEY(p, "wakes", put_who, timer_wakes(t));
        r->p = LIT(p, "}");
    }
    free(sorted);
}

static void put_watch(struct record *r, const struct watch *w, const char *how)
{
    char *p;
    if (w == NULL || (p = item_begin(r)) == NULL)
        return;
    p = put_number(LIT(p, "{\"fd\":"), w->fd);
    p = KEY(p, "for", put_word, how);
    if (w->who.name != NULL)
        p = KEY(p, "who", put_who, w->who);
    r->p = LIT(p, "}");
}

static void put_watches(struct record *r)
{
    const struct watches *w = &r->loop->watches;
    for (int fd = 0; fd <= w->top; fd++) {
        put_watch(r, w->pair[fd].read, "read");
        put_watch(r, w->pair[fd].write, "write");
    }
}

/* A server that listens at several addresses stands here once for each, as in server:listen. */
static void put_servers(struct record *r)
{
    const struct link *head = &r->loop->servers;
    for (struct link *l = head->next; l != head; l = l->next) {
        const struct server *s = CONTAINER_OF(l, struct server, all);
        for (int i = 0; s->serving && i < s->n_sockets; i++) {
            char *p = item_begin(r);
            if (p == NULL)
                return;
            p = put_who(LIT(p, "{\"server\":"), server_who(s));
            p = KEY(p, "fd", put_number, s->sockets[i].watch.fd);
            p = KEY(p, "addr", put_short, s->sockets[i].addr);
            p = KEY(p, "accepted", put_count, s->accepted);
            r->p = LIT(p, "}");
        }
    }
}

const char *conn_state_word(enum conn_state state)
{
    static const char *const words[] = { "connecting", "connected", "half-closed", "closing",
                                         "closed" };
    return words[state];
}

static void put_conns(struct record *r)
{
    const struct link *head = &r->loop->conns;
    for (struct link *l = head->next; l != head; l = l->next) {
        const struct conn *c = CONTAINER_OF(l, struct conn, all);
        char *p;
        if (c->state == CONN_CLOSED || (p = item_begin(r)) == NULL)
            continue;
        p = put_who(LIT(p, "{\"conn\":"), conn_who(c));
        p = KEY(p, "fd", put_number, c->fd);
        p = KEY(p, "peer", put_short, c->peer);
        p = KEY(p, "state", put_word, conn_state_word(c->state));
        p = KEY(p, "in", put_count, c->total_in);
        p = KEY(p, "out", put_count, c->total_out);
        p = KEY(p, "queued", put_count, c->out.end - c->out.start);
        r->p = LIT(p, "}");
    }
}

/* ---- the record */

static void put_record(struct tracer *tr, struct record *r)
{
    part_open(r, TASKS);
    put_tasks(tr, r);
    if (section_begin(r, READY))
        put_ready(r);
    if (section_begin(r, TIMERS))
        put_timers(r);
    if (section_begin(r, WATCH))
        put_watches(r);
    if (section_begin(r, SERVERS))
        put_servers(r);
    if (section_begin(r, CONNS))
        put_conns(r);
    if (make_room(r, ITEM_BYTES))
        part_close(r);
}

/* Puts in front of each part what was not known before: how many there are. */
static char *with_prefixes(struct tracer *tr, const struct record *r, ns t, size_t *len)
{
    size_t n_parts = 0, part = 0;
    for (const char *p = r->text; p < r->p; p++)
        n_parts += *p == '\n';
    char *lines = malloc((size_t)(r->p - r->text) + n_parts * 256), *p = lines;
    if (lines == NULL)
        return NULL;
    for (const char *at = r->text, *end; at < r->p; at = end) {
        end = (const char *)memchr(at, '\n', (size_t)(r->p - at)) + 1;
        p = put_prefix(p, t, tr->n);
        p = LIT(p, ",\"ev\":\"trace:state\"");
        if (n_parts > 1) {
            p = KEY(p, "part", put_count, ++part);
            p = KEY(p, "of", put_count, n_parts);
        }
        memcpy(p, at, (size_t)(end - at));
        p += end - at;
    }
    *len = (size_t)(p - lines);
    return lines;
}

char *state_lines(struct tracer *tr, ns t, size_t *len)
{
    struct record r = { .loop = tr->loop, .room = state_estimate(tr->loop) + 2 * ITEM_BYTES };
    r.text = r.p = malloc(r.room);
    if (r.text == NULL)
        return NULL;
    put_record(tr, &r);
    if (r.text == NULL)
        return NULL;
    char *lines = with_prefixes(tr, &r, t, len);
    free(r.text);
    return lines;
}

size_t state_estimate(const struct loop *loop)
{
    size_t watches = (size_t)(loop->watches.n_read + loop->watches.n_write);
    return 512 + 160 * loop->n_tasks + 16 * (size_t)ready_count(&loop->ready) +
           80 * (size_t)loop->timers.count + 100 * watches;
}

void state_tell(struct tracer *tr)
{
    size_t len = 0;
    char *lines = state_lines(tr, own_time(tr), &len);
    if (lines != NULL)
        for (char *at = lines, *end; at < lines + len; at = end) {
            end = (char *)memchr(at, '\n', len - (size_t)(at - lines)) + 1;
            tracer_add_lines(tr, at, (size_t)(end - at));
        }
    free(lines);
    tr->stamp = NS_NEVER; /* that took a while */
    tr->state_size = len;
    tr->state_after = journal_bytes(&tr->journal);
}

/* What a piece has before the state that it begins with. */
static size_t beginning_bytes(struct tracer *tr)
{
    size_t bytes = strlen(tr->head);
    for (const struct source *s = source_table_first(tr->sources); s != NULL; s = s->next)
        bytes += s->lines != NULL ? strlen(s->lines) : 0;
    return bytes;
}

/* Here, between two turns, a file that is kept in pieces may be cut.  A state that is no shorter than a piece would make
 * pieces of nothing else: they get longer then. */
static void begin_piece(struct tracer *tr)
{
    uint64_t began = journal_bytes(&tr->journal), beginning = beginning_bytes(tr);
    tr->journal.piece_is_next = true;
    tr->full = tr->at; /* it begins a block */
    state_tell(tr);
    uint64_t least = 2 * (uint64_t)tr->state_size;
    uint64_t most = tr->piece_max > beginning ? tr->piece_max - beginning : 0;
    tr->piece_due = began + (least > most ? least : most);
}

void state_tell_if_due(struct tracer *tr)
{
    if (UNLIKELY(tr->piece_max > 0) && journal_bytes(&tr->journal) >= tr->piece_due) {
        begin_piece(tr);
        return;
    }
    uint64_t since = journal_bytes(&tr->journal) - tr->state_after;
    if (LIKELY(since <= 1 << 20))
        return;
    size_t size = state_estimate(tr->loop);
    size = tr->state_size > size ? tr->state_size : size;
    if (since > 33 * (uint64_t)size)
        state_tell(tr);
}

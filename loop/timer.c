/* timer.c - deadlines, in a heap ordered by time and, among equals, by the order of arming.
 *
 * Each slot has eight children: to move a timer by one level costs a write to its own memory (it knows its place),
 * and eight children, which lie in two cache lines, need a third of the levels of two (MEASURED with 100,000 timers:
 * a twentieth less time than with four).  To cancel is to empty a slot: it stays where it is until it comes to the top
 * or, as the last one, until another timer is armed; or until, as in asyncio, there are more than 100 slots and more
 * than half of them are empty: then all of those are swept out at once.  A timer that is cancelled soon after it was
 * armed, as most timeouts are, mostly is the last in the heap still, and the next takes its slot (MEASURED: a tenth
 * less time for both).
 */
#include "inside.h"

#include <assert.h>
#include <stdlib.h>

#include "trace.h"

enum { SWEEP_ABOVE = 100, FIRST_CAPACITY = 64, ARITY = 8 };

static void place(struct timers *heap, uint32_t at, struct timer_slot slot)
{
    struct timer *t = slot_timer(slot);
    heap->heap[at] = slot;
    if (t != NULL)
        t->at = at;
}

static uint32_t parent_of(uint32_t at)
{
    return (at - 2) / ARITY + 1;
}

static uint32_t first_child_of(uint32_t at)
{
    return (at - 1) * ARITY + 2;
}

static void sift_up(struct timers *heap, uint32_t at, struct timer_slot slot)
{
    for (; at > 1 && slot_is_before(slot, heap->heap[parent_of(at)]); at = parent_of(at))
        place(heap, at, heap->heap[parent_of(at)]);
    place(heap, at, slot);
}

/* Of equal ones the first that was armed. */
static uint32_t least_of_equals(const struct timers *heap, uint32_t first, uint32_t n)
{
    uint32_t least = first;
    for (uint32_t i = first + 1; i < first + n; i++)
        if (slot_is_before(heap->heap[i], heap->heap[least]))
            least = i;
    return least;
}

/* Without a branch that depends on the deadlines, which no processor foresees (MEASURED: 50 of 1,420 ns a timer). */
static uint32_t least_child(const struct timers *heap, uint32_t first)
{
    uint32_t n = heap->count + 1 - first, least = 0;
    const struct timer_slot *slots = &heap->heap[first];
    ns soonest = slots[0].due;
    bool equals = false;
    if (n > ARITY)
        n = ARITY;
    for (uint32_t i = 1; i < n; i++) {
        ns due = slots[i].due;
        equals |= due == soonest;
        least = due < soonest ? i : least;
        soonest = due < soonest ? due : soonest;
    }
    return UNLIKELY(equals) ? least_of_equals(heap, first, n) : first + least;
}

static void sift_down(struct timers *heap, uint32_t at, struct timer_slot slot)
{
    for (uint32_t child; (child = first_child_of(at)) <= heap->count; at = child) {
        child = least_child(heap, child);
        if (!slot_is_before(heap->heap[child], slot))
            break;
        place(heap, at, heap->heap[child]);
    }
    if (heap->heap[at].timer !=
        slot.timer) /* a timer that stays is not touched: its memory may be far */
        place(heap, at, slot);
}

static void remove_first(struct timers *heap)
{
    struct timer_slot last = heap->heap[heap->count--];
    if (heap->count > 0)
        sift_down(heap, 1, last);
}

static int reserve(struct timers *heap)
{
    if (heap->count + 1 < heap->capacity)
        return 0;
    uint32_t capacity = heap->capacity == 0 ? FIRST_CAPACITY : heap->capacity * 2;
    struct timer_slot *bigger = realloc(heap->heap, capacity * sizeof *bigger);
    if (bigger == NULL)
        return -ENOMEM;
    heap->heap = bigger;
    heap->capacity = capacity;
    return 0;
}

struct who timer_wakes(const struct timer *t)
{
    if (t->kind == TIMER_SLEEP)
        return task_who(CONTAINER_OF(t, struct sleeper, timer)->waiter.task);
    return call_who(CONTAINER_OF(t, struct callback, timer));
}

static int arm(struct loop *loop, struct timer *t, ns due, ns delay, struct src src)
{
    struct timers *heap = &loop->timers;
    if (heap->count > 0 && slot_timer(heap->heap[heap->count]) == NULL)
        heap->cancelled--; /* its slot is taken */
    else if (LIKELY(reserve(heap) == 0))
        heap->count++;
    else
        return -ENOMEM;
    t->id = loop_new_id(loop);
    sift_up(heap, heap->count, (struct timer_slot){ due, (uintptr_t)t });
    TRACE(loop, timer_set, loop, t, due, delay, src);
    return 0;
}

/* LESSON 07: a delay counts from now, the moment of this call; timer_arm_at() takes the deadline itself. */
int timer_arm(struct loop *loop, struct timer *t, ns delay, struct src src)
{
    return arm(loop, t, clock_now(&loop->clock) + delay, delay, src);
}

int timer_arm_at(struct loop *loop, struct timer *t, ns due, struct src src)
{
    return arm(loop, t, due, due - clock_now(&loop->clock), src);
}

ns timer_due(const struct loop *loop, const struct timer *t)
{
    return loop->timers.heap[t->at].due;
}

bool timer_disarm(struct loop *loop, struct timer *t)
{
    struct timers *heap = &loop->timers;
    if (t->at == 0)
        return false;
    struct timer_slot *slot = &heap->heap[t->at];
    assert(slot_timer(*slot) == t);
    slot->timer = t->id << 1 | 1;
    heap->cancelled++;
    t->at = 0;
    TRACE(loop, timer_cancel, loop, t, slot->due - clock_now(&loop->clock));
    return true;
}

/* The last slots, as long as they are empty. */
static void drop_empty_end(struct timers *heap)
{
    for (; heap->count > 0 && slot_timer(heap->heap[heap->count]) == NULL; heap->count--)
        heap->cancelled--;
}

/* The last ones move into the empty slots, so that most timers stay where they are. */
static void sweep_all(struct timers *heap)
{
    drop_empty_end(heap);
    for (uint32_t i = 1; i < heap->count; i++)
        if (slot_timer(heap->heap[i]) == NULL) {
            place(heap, i, heap->heap[heap->count--]);
            heap->cancelled--;
            drop_empty_end(heap);
        }
    for (uint32_t i = heap->count < 2 ? 0 : parent_of(heap->count); i >= 1; i--)
        sift_down(heap, i, heap->heap[i]);
}

/* Before each turn. */
void timers_sweep(struct loop *loop)
{
    struct timers *heap = &loop->timers;
    if (heap->count > SWEEP_ABOVE && heap->cancelled > heap->count / 2)
        sweep_all(heap);
    while (heap->count > 0 && slot_timer(heap->heap[1]) == NULL) {
        remove_first(heap);
        heap->cancelled--;
    }
}

ns timers_next(const struct loop *loop, struct timer **first)
{
    const struct timers *heap = &loop->timers;
    if (heap->count == 0)
        return NS_NEVER;
    *first = slot_timer(heap->heap[1]);
    return heap->heap[1].due;
}

static void fire(struct loop *loop, struct timer *t, ns late)
{
    t->at = 0;
    loop->totals.timers++;
    if (late > loop->totals.late_max)
        loop->totals.late_max = late;
    TRACE(loop, timer_fire, loop, t, late);
    if (t->kind == TIMER_SLEEP) {
        struct waiter *w = &CONTAINER_OF(t, struct sleeper, timer)->waiter;
        if (!w->woken) /* with a timeout: what it limits came in the turn before, and the task is on its way */
            wake_one(w, 0, "timer", timer_who(t));
    } else {
        callback_make_ready(CONTAINER_OF(t, struct callback, timer), "timer", timer_who(t));
    }
}

/* MEASURED with 100,000 timers: a callback's record, which is far, comes while the heap is put in order, and what the
 * program hangs on it (callback_make_ready()) while others are: 7 % of the time. */
static void fetch(const struct timer *t)
{
    if (t == NULL || t->kind == TIMER_SLEEP)
        return;
    const struct callback *c = CONTAINER_OF(t, const struct callback, timer);
    PREFETCH(&c->handle);
    PREFETCH(&c->arg);
}

/* Step 4: makes ready all that is due, in the order of deadlines.  The time is read once: what falls due meanwhile waits
 * for the next turn.  LESSON 01: a task that sleeps is a timer in this heap; it is due, so the task becomes ready. */
void timers_fire(struct loop *loop)
{
    struct timers *heap = &loop->timers;
    ns now = clock_now(&loop->clock);
    while (heap->count > 0 && heap->heap[1].due <= now) {
        struct timer_slot slot = heap->heap[1];
        fetch(slot_timer(slot));
        remove_first(heap);
        if (slot_timer(slot) == NULL)
            heap->cancelled--;
        else
            fire(loop, slot_timer(slot), now - slot.due);
    }
}

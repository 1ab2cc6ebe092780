/* control.c - control lines: queued by the feeder, obeyed by the loop's thread at its checkpoints.
 */
#define _GNU_SOURCE
#include "control.h"
#include "ticks.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    QUEUE = 64,
    GULP = QUEUE * CONTROL_LINE_MAX, /* bytes taken from one viewer before others have their turn */
};

struct control_line {
    char text[CONTROL_LINE_MAX + 1];
    size_t len;
    size_t cut;    /* bytes of it that had no room */
    unsigned from; /* the viewer's number */
};

/* A ring, under journal.lock. */
struct control_queue {
    struct control_line line[QUEUE];
    unsigned head, tail;
    unsigned viewers; /* that have sent lines so far */
};

struct control_queue *control_create(void)
{
    return calloc(1, sizeof(struct control_queue));
}

void control_destroy(struct control_queue *queue)
{
    free(queue);
}

/* ---- the feeder's side */

static bool is_full(const struct control_queue *q)
{
    return q->tail - q->head == QUEUE;
}

bool control_has_room(const struct tracer *tr)
{
    return !is_full(tr->control);
}

static void enqueue(struct tracer *tr, struct sink *s)
{
    struct control_queue *q = tr->control;
    struct control_line *line = &q->line[q->tail++ % QUEUE];
    memset(line, 0, sizeof *line);
    memcpy(line->text, s->input, s->input_len);
    line->len = s->input_len;
    line->cut = s->input_cut;
    s->input_len = s->input_cut = 0;
    if (s->controls == 0)
        s->controls = ++q->viewers;
    line->from = s->controls;
}

/* A line's LF and what is before it; more than fits is dropped and counted. */
static void take_byte(struct tracer *tr, struct sink *s, char c)
{
    if (c != '\n' && s->input_len < sizeof s->input)
        s->input[s->input_len++] = c;
    else if (c != '\n')
        s->input_cut++;
    else
        enqueue(tr, s);
}

static void take_bytes(struct tracer *tr, struct sink *s, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        take_byte(tr, s, bytes[i]);
    if (memchr(bytes, '\n', len) != NULL)
        tracer_ask(tr, ASKED_CONTROL);
}

bool control_receive(struct tracer *tr, struct sink *s)
{
    char bytes[64];
    for (size_t taken = 0; taken < GULP && control_has_room(tr);) {
        /* No more than the queue surely holds: each byte may end a line. */
        size_t room = QUEUE - (tr->control->tail - tr->control->head);
        ssize_t n = recv(s->fd, bytes, room < sizeof bytes ? room : sizeof bytes, MSG_DONTWAIT);
        if (n == 0)
            s->deaf = true; /* it may only have ended its own sending */
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 || errno == EAGAIN || errno == EWOULDBLOCK;
        take_bytes(tr, s, bytes, (size_t)n);
        taken += (size_t)n;
    }
    return true;
}

void control_viewer_gone(struct tracer *tr)
{
    tracer_ask(tr, ASKED_CONTROL);
}

void control_receive_early(struct tracer *tr)
{
    for (struct sink *s = tr->sinks; s != NULL; s = s->next)
        if (s->may_control)
            control_receive(tr, s);
}

/* ---- what the lines say */

static bool next_line(struct tracer *tr, struct control_line *line, bool peek)
{
    struct control_queue *q = tr->control;
    pthread_mutex_lock(&tr->journal.lock);
    bool some = q->head != q->tail;
    if (some) {
        *line = q->line[q->head % QUEUE];
        q->head += !peek;
    }
    pthread_mutex_unlock(&tr->journal.lock);
    return some;
}

/* A number without exponent, as the locale can't change it; -1: none. */
static double parse_factor(const char *text)
{
    double value = 0, place = 1;
    bool digits = false, point = false;
    for (; *text != '\0'; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9')
            return -1;
        digits = true;
        place = point ? place / 10 : place;
        value = point ? value + (*text - '0') * place : value * 10 + (*text - '0');
    }
    return digits ? value : -1;
}

static const char *do_speed(struct tracer *tr, const char *text)
{
    double factor = parse_factor(text);
    if (!(factor >= 0.001 && factor <= 1000))
        return "the factor is a number from 0.001 to 1000";
    if (tr->loop->clock.is_virtual)
        return "the clock is virtual: it has no speed";
    clock_set_speed(&tr->loop->clock, factor);
    tr->hold.pacer = tr->hold.heard;
    return NULL;
}

/* The number in these digits; 0: it is none. */
static uint64_t parse_id(const char *digits)
{
    uint64_t id = 0;
    for (; *digits >= '0' && *digits <= '9' && id < UINT64_MAX / 16; digits++)
        id = id * 10 + (uint64_t)(*digits - '0');
    return *digits == '\0' ? id : 0;
}

/* Is this the name that the trace gives the task?  It may be cut or mended there: compared is what is written. */
static bool is_called(const struct task *task, const char *name)
{
    char told[NAME_MAX_OUT], given[NAME_MAX_OUT];
    size_t len = (size_t)(put_name(told, task_who(task).name) - told);
    return (size_t)(put_name(given, name) - given) == len && memcmp(told, given, len) == 0;
}

/* The task that main#1, or 1, means; NULL: none. */
static struct task *find_task(struct loop *loop, const char *text)
{
    char name[CONTROL_LINE_MAX];
    const char *hash = strrchr(text, '#');
    uint64_t id = parse_id(hash != NULL ? hash + 1 : text);
    snprintf(name, sizeof name, "%.*s", hash != NULL ? (int)(hash - text) : 0, text);
    for (struct link *l = loop->tasks.next; id != 0 && l != &loop->tasks; l = l->next) {
        struct task *task = CONTAINER_OF(l, struct task, all);
        if (task->handle.id == id)
            return hash == NULL || is_called(task, name) ? task : NULL;
    }
    return NULL;
}

static const char *do_cancel(struct tracer *tr, const char *text)
{
    struct task *task = find_task(tr->loop, text);
    if (task == NULL)
        return "there is no such task";
    return (task_cancel)(task) ? NULL : "the task is done already";
}

static const char *do_stop(struct tracer *tr, const char *unused)
{
    (void)unused;
    (loop_stop)(tr->loop);
    return NULL;
}

static const char *do_state(struct tracer *tr, const char *unused)
{
    (void)unused;
    state_tell(tr);
    return NULL;
}

static void set_hold(struct tracer *tr, enum hold_until until)
{
    tr->hold.until = until;
    tr->hold.handle_ran = false;
    if (until == GO_ON)
        atomic_fetch_and(&tr->asked, ~(unsigned)ASKED_HOLD);
    else
        atomic_fetch_or(&tr->asked, ASKED_HOLD);
}

static const char *do_pause(struct tracer *tr, const char *unused)
{
    (void)unused;
    set_hold(tr, HOLD);
    tr->hold.by = tr->hold.heard;
    return NULL;
}

static const char *do_resume(struct tracer *tr, const char *unused)
{
    (void)unused;
    set_hold(tr, GO_ON);
    return NULL;
}

/* How far a step goes; HOLD: there is no such step. */
static enum hold_until read_step(const char *what)
{
    static const struct {
        const char *name;
        enum hold_until until;
    } steps[] = { { "event", UNTIL_EVENT }, { "handle", UNTIL_HANDLE }, { "turn", UNTIL_TURN } };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strcmp(what, steps[i].name) == 0)
            return steps[i].until;
    return HOLD;
}

static const char *do_step(struct tracer *tr, const char *what)
{
    enum hold_until until = read_step(what);
    if (until == HOLD)
        return "a step is one event, handle or turn";
    set_hold(tr, until);
    tr->hold.by = tr->hold.heard;
    return NULL;
}

static const struct command {
    const char *name;
    const char *(*run)(struct tracer *tr, const char *argument); /* NULL: done; else why not */
    bool has_argument;
    bool needs_peace; /* not in the middle of things */
} commands[] = {
    { "pause", do_pause, false, false }, { "resume", do_resume, false, false },
    { "step", do_step, true, false },    { "speed", do_speed, true, false },
    { "cancel", do_cancel, true, true }, { "stop", do_stop, false, true },
    { "state", do_state, false, true },
};

/* The command that a line begins with, and where its argument stands; NULL: no such command. */
static const struct command *find_command(const struct control_line *line, const char **argument)
{
    if (line->cut > 0 || memchr(line->text, '\0', line->len) != NULL)
        return NULL;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        size_t len = strlen(commands[i].name);
        if (strncmp(line->text, commands[i].name, len) != 0)
            continue;
        const char *rest = line->text + len;
        if (commands[i].has_argument ? *rest != ' ' : *rest != '\0')
            continue;
        *argument = commands[i].has_argument ? rest + 1 : rest;
        return &commands[i];
    }
    return NULL;
}

static void answer(struct tracer *tr, const struct control_line *line, const char *error)
{
    char *p = OWN_LINE(tr, "trace:control");
    p = put_text_cut(LIT(p, ",\"line\":"), line_room(tr, p), line->text, line->len, line->cut);
    p = error == NULL ? LIT(p, ",\"ok\":true") : KEY(p, "error", put_word, error);
    own_line_end(tr, p);
}

static const char *run_command(struct tracer *tr, const struct control_line *line)
{
    const char *argument = NULL;
    const struct command *command = find_command(line, &argument);
    if (command != NULL && tr->hold.over && command->run != do_state)
        return "the loop has ended";
    if (command == NULL)
        return "not understood: pause, resume, step event|handle|turn, speed FACTOR, cancel ID, "
               "stop, state";
    struct who acting = tr->loop->acting;
    tr->loop->acting = who_plain("viewer");
    tr->hold.heard = line->from;
    const char *error = command->run(tr, argument);
    tr->hold.heard = 0;
    tr->loop->acting = acting;
    return error;
}

static bool needs_peace(const struct control_line *line)
{
    const char *argument;
    const struct command *command = find_command(line, &argument);
    return command != NULL && command->needs_peace;
}

static bool is_step(const struct control_line *line)
{
    const char *what;
    const struct command *command = find_command(line, &what);
    return command != NULL && command->run == do_step && read_step(what) != HOLD;
}

/* ---- who has gone */

static bool is_here(struct tracer *tr, unsigned viewer)
{
    bool here = false;
    pthread_mutex_lock(&tr->journal.lock);
    for (const struct sink *s = tr->sinks; s != NULL; s = s->next)
        here = here || (s->fd >= 0 && s->controls == viewer);
    pthread_mutex_unlock(&tr->journal.lock);
    return here;
}

/* What a viewer that has gone had asked for is over.  True: it had held the program. */
static bool forget_gone(struct tracer *tr)
{
    struct hold *hold = &tr->hold;
    if (hold->pacer != 0 && !is_here(tr, hold->pacer)) {
        clock_set_speed(&tr->loop->clock, 1.0);
        hold->pacer = 0;
    }
    if (hold->by == 0 || is_here(tr, hold->by))
        return false;
    hold->by = 0;
    set_hold(tr, GO_ON);
    return true;
}

/* ---- obeying */

static bool is_stepping(const struct hold *hold)
{
    return hold->until == UNTIL_EVENT || hold->until == UNTIL_HANDLE || hold->until == UNTIL_TURN;
}

/* How many lines don't wait for the step that is under way.  While the loop waits in select(), a step may take for ever:
 * all up to the last that is no step itself. */
static unsigned count_urgent(struct tracer *tr, bool in_select)
{
    struct control_queue *q = tr->control;
    unsigned n = 0;
    if (!in_select)
        return 0;
    pthread_mutex_lock(&tr->journal.lock);
    for (unsigned i = q->head; i != q->tail; i++)
        if (!is_step(&q->line[i % QUEUE]))
            n = i + 1 - q->head;
    pthread_mutex_unlock(&tr->journal.lock);
    return n;
}

/* Obeys what is queued, up to the first step, and when not in peace up to the first line that needs it; true then. */
static bool obey_lines(struct tracer *tr, bool in_peace, bool in_select)
{
    struct control_line line;
    unsigned urgent = count_urgent(tr, in_select);
    while ((urgent > 0 || !is_stepping(&tr->hold)) && next_line(tr, &line, true)) {
        if (!in_peace && needs_peace(&line)) {
            atomic_fetch_or(&tr->asked, ASKED_CONTROL);
            return true;
        }
        next_line(tr, &line, false);
        answer(tr, &line, run_command(tr, &line));
        urgent -= urgent > 0;
    }
    return false;
}

static bool serve_lines(struct tracer *tr, bool in_peace, bool in_select)
{
    bool later;
    atomic_fetch_and(&tr->asked, ~(unsigned)ASKED_CONTROL);
    do
        later = obey_lines(tr, in_peace, in_select);
    while (forget_gone(tr)); /* lines may have waited for its step */
    return later;
}

/* ---- holding */

static void drain_calls(struct tracer *tr)
{
    char bytes[64];
    while (trace_control_holds(tr->loop) && read(tr->control_fd[0], bytes, sizeof bytes) > 0)
        ;
    tr->loop->watches.control_called = false;
}

/* All that was asked, but holding itself.  In the middle of things: true when something must wait
 * for peace. */
static bool serve(struct tracer *tr, bool in_peace, bool in_select)
{
    bool later = false;
    unsigned asked = atomic_load(&tr->asked);
    if ((asked & ASKED_OUTPUT) != 0) {
        atomic_fetch_and(&tr->asked, ~(unsigned)ASKED_OUTPUT);
        output_tell_others(tr);
    }
    if ((asked & (ASKED_CONTROL | ASKED_HOLD)) != 0) /* held: lines may have waited for a step */
        later = serve_lines(tr, in_peace, in_select);
    if ((asked & ASKED_STATE) != 0 && in_peace) {
        atomic_fetch_and(&tr->asked, ~(unsigned)ASKED_STATE);
        feeder_snapshot(tr);
    }
    return later || ((asked & ASKED_STATE) != 0 && !in_peace);
}

static void wait_for_lines(struct tracer *tr)
{
    struct pollfd p = { .fd = tr->control_fd[0], .events = POLLIN };
    feeder_wake(tr, true);
    if (poll(&p, 1, -1) < 0 && errno != EINTR)
        set_hold(tr, GO_ON);
}

/* The program stands still here until a viewer lets it go on. */
static void hold_here(struct tracer *tr, bool in_peace)
{
    struct clock *clock = &tr->loop->clock;
    ns began = clock_real();
    clock_hold(clock);
    for (;;) {
        drain_calls(tr);
        if (tr->control_fd[0] < 0)
            set_hold(tr, GO_ON); /* the program took it: nobody could let it go on */
        if (serve(tr, in_peace, false) && tr->hold.until == HOLD)
            set_hold(tr, UNTIL_PEACE);
        if (tr->hold.until != HOLD || atomic_load(&tr->ended))
            break;
        wait_for_lines(tr);
    }
    clock_release(clock);
    char *p = OWN_LINE(tr, "trace:hold");
    p = KEY(p, "took", put_span, clock_real() - began);
    own_line_end(tr, KEY(p, "by", put_word, "viewer"));
}

/* Has the step that a viewer asked for been made? */
static bool step_is_over(const struct hold *hold, enum checkpoint at)
{
    switch (hold->until) {
    case GO_ON: return false;
    case UNTIL_EVENT: return false; /* tracer_event_told() sees to it */
    case UNTIL_TURN: return at == BEFORE_TURN;
    case UNTIL_HANDLE: return hold->handle_ran;
    case UNTIL_PEACE: return true;
    case HOLD: return true;
    }
    return false;
}

/* The call of what comes during a step stands until the loop would wait, or the step is over. */
static bool look_up(struct tracer *tr, enum checkpoint at)
{
    bool called = tr->loop->watches.control_called, in_select = at == BEFORE_SELECT;
    if (step_is_over(&tr->hold, at))
        set_hold(tr, HOLD);
    if (in_select || !is_stepping(&tr->hold))
        drain_calls(tr);
    if (tr->hold.until != HOLD)
        serve(tr, true, in_select);
    if (tr->hold.until == HOLD)
        hold_here(tr, true);
    tr->hold.handle_ran =
        at == BEFORE_HANDLE; /* the one that runs now, if a step by handles was asked for */
    return called;
}

bool trace_checkpoint(struct loop *loop, enum checkpoint at)
{
    struct tracer *tr = loop->tracer;
    if (tr == NULL)
        return false;
#ifdef TRACE_STATE_ALWAYS /* for `loopscope check`: are states true wherever they may be asked for? */
    state_tell(tr);
#endif
    if (at == BEFORE_TURN)
        state_tell_if_due(tr);
    if (LIKELY(atomic_load_explicit(&tr->asked, memory_order_acquire) == 0) &&
        !loop->watches.control_called)
        return false;
    return look_up(tr, at);
}

/* After the trace's end (exit() still runs what atexit() was told) no viewer could let it go on. */
void tracer_event_told(struct tracer *tr)
{
    if (tr->hold.heard != 0 || atomic_load(&tr->ended))
        return;
    set_hold(tr, HOLD);
    hold_here(tr, false);
}

/* ---- the end */

void trace_control_over(struct loop *loop)
{
    struct tracer *tr = loop->tracer;
    if (tr == NULL || atomic_load(&tr->ended))
        return;
    set_hold(tr, GO_ON);
    tr->hold.over = true;
    for (struct control_line line; next_line(tr, &line, false);)
        answer(tr, &line, run_command(tr, &line));
}

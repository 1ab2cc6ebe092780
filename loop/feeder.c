/* feeder.c - the tracer's thread: it feeds the sinks, lets viewers in, and hears what they ask for.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "pipe.h"
#include "sink.h"
#include "ticks.h"

enum { PACE_MS = 10, TICK_MS = 50, DOORS_MAX = 16, STACK_BYTES = 256 << 10 };

/* ---- called by the loop's thread */

static void poke(int fd, struct file_id file)
{
    if (fd_is_still(fd, file))
        (void)!pipe_write(fd, "", 1); /* a full pipe wakes as well */
}

static void drain(int fd)
{
    char bytes[64];
    while (read(fd, bytes, sizeof bytes) > 0)
        ;
}

void feeder_wake(struct tracer *tr, bool now)
{
    struct feeder *f = tr->feeder;
    if (now ||
        (atomic_load_explicit(&f->idle, memory_order_relaxed) && atomic_exchange(&f->idle, false)))
        poke(f->poke[1], f->poke_file);
}

void feeder_snapshot(struct tracer *tr)
{
    struct feeder *f = tr->feeder;
    struct snapshot now = { .lines = NULL };
    pthread_mutex_lock(&tr->journal.lock);
    now.number = f->wanted;
    pthread_mutex_unlock(&tr->journal.lock);
    now.n = tr->n;
    now.t = own_time(tr);
    now.lines = state_lines(tr, now.t, &now.len);
    if (now.lines == NULL)
        return; /* no memory: the sinks ask again */
    pthread_mutex_lock(&tr->journal.lock);
    now.at = journal_end(&tr->journal);
    free(f->snapshot.lines);
    f->snapshot = now;
    pthread_mutex_unlock(&tr->journal.lock);
    feeder_wake(tr, true);
}

/* ---- what the program took from us */

/* The end of a pipe that it took, or -1. */
static int lost_end(int out, int in, struct file_id file)
{
    return !fd_is_still(out, file) ? out : !fd_is_still(in, file) ? in : -1;
}

/* The end that is left stays open: another thread may be about to use its number. */
static bool control_holds(struct tracer *tr)
{
    int out = tr->control_fd[0], in = tr->control_fd[1];
    int lost = out < 0 ? -1 : lost_end(out, in, tr->feeder->control_file);
    if (lost < 0)
        return out >= 0;
    tr->control_fd[1] = -1;
    if (atomic_exchange(&tr->control_fd[0], -1) >= 0)
        sink_say("fd %d, by which viewers command the loop, was closed or replaced by the program; "
                 "they can only watch now",
                 lost);
    return false;
}

bool trace_control_holds(struct loop *loop)
{
    return control_holds(loop->tracer);
}

static void look_after_poke(struct feeder *f)
{
    int lost = f->poke[0] < 0 ? -1 : lost_end(f->poke[0], f->poke[1], f->poke_file);
    if (lost < 0)
        return;
    sink_say("fd %d, by which the loop wakes its tracer, was closed or replaced by the program; "
             "viewers see things up to %d ms later now",
             lost, TICK_MS);
    f->poke[0] = f->poke[1] = -1;
}

static void look_after_ours(struct tracer *tr)
{
    control_holds(tr);
    look_after_poke(tr->feeder);
    for (struct door *d = tr->feeder->doors; d != NULL; d = d->next)
        if (d->fd >= 0 && !fd_is_still(d->fd, d->file))
            door_lost(d);
    for (struct sink *s = tr->sinks; s != NULL; s = s->next)
        if (s->fd >= 0 && !fd_is_still(s->fd, s->file))
            sink_gone(tr, s, EBADF);
}

/* ---- the thread */

void tracer_ask(struct tracer *tr, unsigned what)
{
    bool heard = control_holds(tr); /* before the loop looks up, which empties the pipe */
    if ((atomic_fetch_or(&tr->asked, what) & what) == 0 && heard)
        poke(tr->control_fd[1], tr->feeder->control_file);
}

static bool obeys(const struct tracer *tr, const struct sink *s)
{
    return s->may_control && tr->control_fd[0] >= 0;
}

static void forget_gone(struct tracer *tr)
{
    for (struct sink **at = &tr->sinks; *at != NULL;) {
        struct sink *s = *at;
        if (s->fd >= 0) {
            at = &s->next;
            continue;
        }
        pthread_mutex_lock(&tr->journal.lock);
        *at = s->next;
        tr->feeder->n_sinks--;
        pthread_mutex_unlock(&tr->journal.lock);
        free(s->name);
        free(s->path);
        free(s->out);
        free(s);
    }
}

/* A file that is kept in pieces is cut while it is fed: what the end adds belongs to the last piece.  Only up to here:
 * the loop may run on in another thread, faster than the disk. */
static void feed_pieces(struct tracer *tr)
{
    pthread_mutex_lock(&tr->journal.lock);
    uint64_t last = tr->journal.number;
    pthread_mutex_unlock(&tr->journal.lock);
    for (struct sink *s = tr->sinks; s != NULL; s = s->next)
        while (s->fd >= 0 && s->path != NULL && s->at.block <= last && sink_feed(tr, s))
            continue;
}

static bool feed_all(struct tracer *tr)
{
    bool some = false;
    for (struct sink *s = tr->sinks; s != NULL; s = s->next)
        if (s->fd >= 0 && sink_feed(tr, s))
            some = true;
    return some;
}

/* What poll() should look at for this sink. */
static short interests(const struct tracer *tr, const struct sink *s)
{
    short events = 0;
    if (s->out_len > 0 && s->error == 0)
        events |= POLLOUT;
    if (s->is_viewer && !s->deaf && (!obeys(tr, s) || control_has_room(tr)))
        events |= POLLIN;
    return events;
}

static void look_at(struct tracer *tr, struct sink *s, short revents)
{
    if ((revents & (POLLIN | POLLHUP | POLLERR)) == 0 || s->is_file || s->fd < 0)
        return;
    bool there = true;
    if (obeys(tr, s) && !s->deaf) {
        pthread_mutex_lock(&tr->journal.lock);
        there = control_receive(tr, s);
        pthread_mutex_unlock(&tr->journal.lock);
    } else if (s->is_viewer && !s->deaf) {
        there = sink_ignore_input(s);
    }
    if (!there || (revents & (POLLHUP | POLLERR)) != 0)
        sink_gone(tr, s, EPIPE);
}

static void wait_and_look(struct tracer *tr, int timeout_ms)
{
    struct pollfd polled[1 + DOORS_MAX + VIEWERS_MAX + 16];
    struct sink *sinks[VIEWERS_MAX + 16];
    struct door *doors[DOORS_MAX];
    nfds_t n = 0, n_doors = 0, n_sinks = 0;
    polled[n++] = (struct pollfd){ .fd = tr->feeder->poke[0], .events = POLLIN };
    for (struct door *d = tr->feeder->doors; d != NULL && n_doors < DOORS_MAX; d = d->next) {
        doors[n_doors++] = d;
        polled[n++] =
            (struct pollfd){ .fd = clock_real() < d->retry ? -1 : d->fd, .events = POLLIN };
    }
    for (struct sink *s = tr->sinks; s != NULL && n_sinks < VIEWERS_MAX + 16; s = s->next) {
        sinks[n_sinks++] = s;
        polled[n++] = (struct pollfd){ .fd = s->is_file ? -1 : s->fd, .events = interests(tr, s) };
    }
    int ready = poll(polled, n, timeout_ms);
    look_after_ours(tr);
    if (ready <= 0)
        return;
    if (polled[0].revents != 0 && tr->feeder->poke[0] >= 0)
        drain(tr->feeder->poke[0]);
    for (nfds_t i = 0; i < n_sinks; i++)
        look_at(tr, sinks[i], polled[1 + n_doors + i].revents);
    for (nfds_t i = 0; i < n_doors; i++)
        if (polled[1 + i].revents != 0 && doors[i]->fd >= 0)
            door_accept(tr, doors[i]);
}

/* After something went, at most PACE_MS pass without a look; else it sleeps until it is woken,
 * TICK_MS at most. */
static void *feeder_run(void *arg)
{
    struct tracer *tr = arg;
    struct feeder *f = tr->feeder;
    while (!atomic_load(&f->quit)) {
        bool some = feed_all(tr);
        if (!some) {
            atomic_store(&f->idle, true);
            some = feed_all(tr); /* what came before the loop's thread could see that */
        }
        forget_gone(tr);
        wait_and_look(tr, some ? PACE_MS : TICK_MS);
        atomic_store(&f->idle, false);
    }
    look_after_ours(tr);
    feed_pieces(tr);
    if (f->ending.how != NULL) {
        pthread_mutex_lock(&tr->journal.lock);
        sinks_finish(tr, f->ending);
        pthread_mutex_unlock(&tr->journal.lock);
    }
    atomic_store(&f->stopped, true);
    return NULL;
}

/* ---- its life */

int feeder_start(struct tracer *tr)
{
    struct feeder *f = tr->feeder;
    sigset_t all, before;
    pthread_attr_t attr;
    f->control_file = fd_id(tr->control_fd[0]);
    int err = fd_pipe_high(f->poke);
    if (err < 0)
        return err;
    f->poke_file = fd_id(f->poke[0]);
    f->snapshot = (struct snapshot){ .lines = strdup(""),
                                     .t = own_time(tr),
                                     .at = journal_end(&tr->journal) };
    if (f->snapshot.lines == NULL)
        return -ENOMEM;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all,
                    &before); /* inherited: the program's signals are not for this thread */
    err = pthread_create(&f->thread, &attr, feeder_run, tr);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    f->started = err == 0;
    return -err;
}

void feeder_stop(struct tracer *tr, struct ending ending)
{
    struct feeder *f = tr->feeder;
    f->ending = ending;
    atomic_store(&f->quit, true);
    poke(f->poke[1], f->poke_file);
    if (f->started)
        pthread_join(f->thread, NULL);
    f->started = false;
}

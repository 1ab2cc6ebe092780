/* feeder.c - the tracer's thread: it feeds the sinks, lets viewers in, and hears what they ask for.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "sink.h"

enum { PACE_MS = 10, TICK_MS = 50, DOORS_MAX = 16, STACK_BYTES = 256 << 10 };

/* ---- called by the loop's thread */

static void poke(int fd)
{
    (void)!write(fd, "", 1); /* a full pipe wakes as well */
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
        poke(f->poke[1]);
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

/* ---- the thread */

void tracer_ask(struct tracer *tr, unsigned what)
{
    if ((atomic_fetch_or(&tr->asked, what) & what) == 0)
        poke(tr->control_fd[1]);
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
    if (s->is_viewer && !s->deaf && (!s->may_control || control_has_room(tr)))
        events |= POLLIN;
    return events;
}

static void look_at(struct tracer *tr, struct sink *s, short revents)
{
    if ((revents & (POLLIN | POLLHUP | POLLERR)) == 0 || s->is_file)
        return;
    bool there = true;
    if (s->may_control && !s->deaf) {
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
        polled[n++] = (struct pollfd){ .fd = d->fd, .events = POLLIN };
    }
    for (struct sink *s = tr->sinks; s != NULL && n_sinks < VIEWERS_MAX + 16; s = s->next) {
        sinks[n_sinks++] = s;
        polled[n++] = (struct pollfd){ .fd = s->is_file ? -1 : s->fd, .events = interests(tr, s) };
    }
    if (poll(polled, n, timeout_ms) <= 0)
        return;
    if (polled[0].revents != 0)
        drain(tr->feeder->poke[0]);
    for (nfds_t i = 0; i < n_sinks; i++)
        look_at(tr, sinks[i], polled[1 + n_doors + i].revents);
    for (nfds_t i = 0; i < n_doors; i++)
        if (polled[1 + i].revents != 0)
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
    int err = fd_pipe_high(f->poke);
    if (err < 0)
        return err;
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
    poke(f->poke[1]);
    if (f->started)
        pthread_join(f->thread, NULL);
    f->started = false;
}

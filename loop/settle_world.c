/* settle_world.c - under the virtual clock, threads and children take no time of the kernel's.
 *
 * They run for real, while virtual time stands still: before each virtual select() the loop waits until the threads'
 * jobs have ended, and until children have said what they have to say and are quiet.  So what comes of them comes at a
 * defined virtual time, and in a defined order.
 *
 * That can't be for ever: a job may wait for something that only the loop will do, a child may sleep until it is
 * killed.  So the loop waits for them in real time only so long, longer when a task awaits them, and then lets the
 * clock go on without them, until they are heeded anew.
 */
#include "inside.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>

#include "jobs.h"
#include "process.h"
#include "trace.h"

enum { AWAITED_MS = 2000, UNHEEDED_MS = 200, QUIET_MS = 10, MOST_FDS = 128 };

/* What is watched meanwhile; the first two are the wake-up pipe and a viewer's control line. */
struct outlook {
    struct pollfd fds[MOST_FDS];
    nfds_t n;
};

static void look_at(struct outlook *o, int fd, short events)
{
    if (o->n < MOST_FDS)
        o->fds[o->n++] = (struct pollfd){ .fd = fd, .events = events };
}

static void outlook_init(struct outlook *o, struct loop *loop)
{
    o->n = 0;
    look_at(o, loop->wake_fd[0], POLLIN);
    look_at(o, trace_control_fd(loop), POLLIN); /* poll() passes over -1 */
}

/* As poll(); a signal that is not the loop's doesn't end it. */
static int look(struct outlook *o, ns until)
{
    int n;
    do {
        ns left = until - clock_real();
        n = poll(o->fds, o->n, left < 0 ? 0 : (int)(left / 1000000 + 1));
    } while (n < 0 && errno == EINTR);
    return n;
}

static bool is_called(const struct outlook *o)
{
    return o->fds[0].revents != 0 || o->fds[1].revents != 0;
}

static ns patience_for(enum heed heed)
{
    return clock_real() + (ns)(heed == AWAITED ? AWAITED_MS : UNHEEDED_MS) * 1000000;
}

/* ---- threads */

/* True: no job runs any more.  False: somebody else calls, or it took too long. */
static bool wait_for_jobs(struct loop *loop, enum heed heed)
{
    struct outlook o;
    ns until = patience_for(heed);
    outlook_init(&o, loop);
    look_at(&o, jobs_done_fd(loop), POLLIN);
    jobs_keep_together(loop, true);
    while (jobs_heed(loop) != NOTHING) {
        int n = look(&o, until);
        if (is_called(&o))
            return false;
        if (n == 0) {
            loop->world.gave_up_jobs = heed;
            jobs_keep_together(loop, false);
            return false;
        }
    }
    return true;
}

static void settle_threads(struct loop *loop)
{
    enum heed heed = jobs_heed(loop);
    if (heed > loop->world.gave_up_jobs && wait_for_jobs(loop, heed))
        heed = NOTHING;
    if (heed != NOTHING)
        return;
    loop->world.gave_up_jobs = NOTHING;
    jobs_keep_together(loop, true);
}

/* ---- children */

static bool is_awaited(const struct process *p)
{
    bool awaited = !list_is_empty(&p->waiters);
    for (int i = 0; i < PIPES; i++) {
        const struct conn *c = p->pipe[i];
        awaited |= c != NULL && (c->reader != NULL || !list_is_empty(&c->drained));
    }
    return awaited;
}

static void look_at_child(struct outlook *o, const struct process *p)
{
    if (p->exiting.armed)
        look_at(o, p->exiting.fd, POLLIN);
    for (int i = 0; i < PIPES; i++) {
        const struct conn *c = p->pipe[i];
        if (c != NULL && c->reading.armed)
            look_at(o, c->fd, POLLIN);
        if (c != NULL && c->writing.armed)
            look_at(o, c->fd, POLLOUT);
    }
}

static enum heed look_at_children(struct outlook *o, struct loop *loop, uint64_t *told)
{
    enum heed heed = NOTHING;
    *told = 0;
    for (struct link *l = loop->processes.next; l != &loop->processes; l = l->next) {
        const struct process *p = CONTAINER_OF(l, struct process, all);
        nfds_t before = o->n;
        look_at_child(o, p);
        if (o->n > before && heed != AWAITED)
            heed = is_awaited(p) ? AWAITED : UNHEEDED;
        if (p->pipe[0] != NULL)
            *told += p->pipe[0]->total_out;
    }
    return heed;
}

/* How much is there: it stays the same when all children have ended, or wait for something. */
static int amount(const struct outlook *o)
{
    int sum = 0, bytes;
    for (nfds_t i = 2; i < o->n; i++) {
        sum += o->fds[i].revents != 0;
        if (ioctl(o->fds[i].fd, FIONREAD, &bytes) == 0)
            sum += bytes;
    }
    return sum;
}

static void wait_until_quiet(struct outlook *o, ns until)
{
    int before = -1, now;
    while ((now = amount(o)) != before && clock_real() < until) {
        before = now;
        nanosleep(&(struct timespec){ .tv_nsec = QUIET_MS * 1000000 }, NULL);
        look(o, 0);
    }
}

static void settle_children(struct loop *loop)
{
    struct outlook o;
    uint64_t told;
    if (list_is_empty(&loop->processes))
        return;
    outlook_init(&o, loop);
    enum heed heed = look_at_children(&o, loop, &told);
    if (heed == NOTHING || told != loop->world.told)
        loop->world.gave_up_children = NOTHING;
    loop->world.told = told;
    if (heed == NOTHING || heed <= loop->world.gave_up_children)
        return;
    ns until = patience_for(heed);
    if (look(&o, until) == 0)
        loop->world.gave_up_children = heed;
    else if (!is_called(&o))
        wait_until_quiet(&o, until);
}

void world_settle(struct loop *loop)
{
    settle_threads(loop);
    settle_children(loop);
}

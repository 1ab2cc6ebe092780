/* settle_world.c - under the virtual clock, threads and children take no time of the kernel's.
 *
 * They run for real, while virtual time stands still: before each virtual select() the loop waits until the threads'
 * jobs have ended, and until the children have.  So what comes of them comes at a defined virtual time, and in a defined
 * order.  A child whose stdin is still open, or whose output fills a pipe, may wait for the loop: it is waited for until
 * it has said something and then nothing more for 10 ms of real time, so there the machine's speed may show.
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
#include "ticks.h"

enum {
    AWAITED_MS = 2000,
    UNHEEDED_MS = 200,
    QUIET_MS = 10,
    MAY_BE_FULL = 16 * 1024, /* in a pipe: some systems' hold no more */
    MOST_FDS = 128
};

/* What is watched meanwhile; the first two are the wake-up pipe and a viewer's control line. */
struct outlook {
    struct pollfd fds[MOST_FDS];
    nfds_t n;
    int calls; /* bytes in the pipe that the loop has yet to see, and that can wait */
};

static void look_at(struct outlook *o, int fd, short events)
{
    if (o->n < MOST_FDS)
        o->fds[o->n++] = (struct pollfd){ .fd = fd, .events = events };
}

static void outlook_init(struct outlook *o, struct loop *loop, int calls)
{
    o->n = 0;
    o->calls = calls;
    look_at(o, loop->wake_fd[0], calls > 0 ? 0 : POLLIN);
    look_at(o, trace_control_fd(loop), POLLIN); /* poll() passes over -1 */
}

static int bytes_in(int fd)
{
    int bytes;
    return ioctl(fd, FIONREAD, &bytes) == 0 ? bytes : 0;
}

static bool is_called(const struct outlook *o)
{
    return o->fds[1].revents != 0 ||
           (o->calls > 0 ? bytes_in(o->fds[0].fd) > o->calls : o->fds[0].revents != 0);
}

/* As poll(); a signal that is not the loop's doesn't end it. */
static int look(struct outlook *o, ns until)
{
    int n;
    ns left;
    do {
        left = until - clock_real();
        left = o->calls > 0 && left > QUIET_MS * 1000000 ? QUIET_MS * 1000000 : left;
        n = poll(o->fds, o->n, left < 0 ? 0 : (int)(left / 1000000 + 1));
    } while ((n < 0 && errno == EINTR) || (n == 0 && clock_real() < until && !is_called(o)));
    return n;
}

static ns patience_for(enum heed heed)
{
    return (ns)(heed == AWAITED ? AWAITED_MS : UNHEEDED_MS) * 1000000;
}

/* ---- threads */

/* True: no job runs any more.  False: somebody else calls, or it took too long. */
static bool wait_for_jobs(struct loop *loop, enum heed heed)
{
    struct outlook o;
    ns until = clock_real() + patience_for(heed);
    outlook_init(&o, loop, 0);
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

/* True: no job runs. */
static bool settle_threads(struct loop *loop)
{
    enum heed heed = jobs_heed(loop);
    if (heed > loop->world.gave_up_jobs && wait_for_jobs(loop, heed))
        heed = NOTHING;
    if (heed != NOTHING)
        return false;
    loop->world.gave_up_jobs = NOTHING;
    jobs_keep_together(loop, true);
    return true;
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

/* What p was told: after more, or the end of it, it may go on. */
static uint64_t told(const struct process *p)
{
    const struct conn *c = p->pipe[0];
    return c == NULL ? 0 : c->total_out + (c->state == CONN_CLOSED ? 1 : 0);
}

/* How much p is heeded, if that is more than when the loop waited for it in vain. */
static enum heed heed_anew(struct process *p, bool watched)
{
    enum heed heed = !watched ? NOTHING : is_awaited(p) ? AWAITED : UNHEEDED;
    if (heed == NOTHING || told(p) != p->told)
        p->gave_up = NOTHING;
    p->told = told(p);
    return heed > p->gave_up ? heed : NOTHING;
}

static enum heed look_at_children(struct outlook *o, struct loop *loop)
{
    enum heed most = NOTHING;
    for (struct link *l = loop->processes.next; l != &loop->processes; l = l->next) {
        struct process *p = CONTAINER_OF(l, struct process, all);
        nfds_t before = o->n;
        look_at_child(o, p);
        enum heed heed = heed_anew(p, o->n > before);
        most = heed > most ? heed : most;
    }
    return most;
}

/* Its pipe is so full that it may wait for us. */
static bool is_full(const struct conn *c)
{
    return c != NULL && c->state != CONN_CLOSED && bytes_in(c->fd) >= MAY_BE_FULL;
}

/* It waits for nothing of ours: neither for input nor for room.  So it will end. */
static bool is_at_work(const struct process *p)
{
    const struct conn *in = p->pipe[0];
    struct pollfd end = { .fd = p->exiting.fd, .events = POLLIN };
    return p->exiting.armed && (in == NULL || in->state == CONN_CLOSED) && !is_full(p->pipe[1]) &&
           !is_full(p->pipe[2]) && poll(&end, 1, 0) == 0;
}

static void wait_for_end(struct process *p, int calls, ns began)
{
    enum heed heed = is_awaited(p) ? AWAITED : UNHEEDED;
    ns until = began + patience_for(heed), now;
    if (heed <= p->gave_up)
        return;
    while (is_at_work(p)) {
        struct outlook o;
        outlook_init(&o, p->loop, calls);
        look_at(&o, p->exiting.fd, POLLIN);
        if ((now = clock_real()) >= until) {
            p->gave_up = heed;
            return;
        }
        look(&o, now + QUIET_MS * 1000000);
        if (is_called(&o))
            return;
    }
}

/* How much is there: it stays the same when all children have ended, or wait for something. */
static int amount(const struct outlook *o)
{
    int sum = 0;
    for (nfds_t i = 2; i < o->n; i++)
        sum += (o->fds[i].revents != 0) + bytes_in(o->fds[i].fd);
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

static void give_up_children(struct loop *loop)
{
    for (struct link *l = loop->processes.next; l != &loop->processes; l = l->next) {
        struct process *p = CONTAINER_OF(l, struct process, all);
        p->gave_up = is_awaited(p) ? AWAITED : UNHEEDED;
    }
}

/* First for those that will end whatever we do, so that all that they say comes at once, in the order of descriptors;
 * then for those that may want more from us, as long as they go on saying something. */
static void settle_children(struct loop *loop, int calls)
{
    struct outlook o;
    ns began = clock_real();
    if (list_is_empty(&loop->processes))
        return;
    outlook_init(&o, loop, calls);
    enum heed heed = look_at_children(&o, loop);
    if (heed == NOTHING)
        return;
    for (struct link *l = loop->processes.next; l != &loop->processes; l = l->next)
        wait_for_end(CONTAINER_OF(l, struct process, all), calls, began);
    int n = look(&o, began + patience_for(heed));
    if (is_called(&o))
        return;
    if (n == 0)
        give_up_children(loop);
    else
        wait_until_quiet(&o, began + patience_for(heed));
}

/* What the threads have called for is due in this turn, and can wait for the children's. */
void world_settle(struct loop *loop)
{
    int calls = settle_threads(loop) ? bytes_in(loop->wake_fd[0]) : 0;
    settle_children(loop, calls);
}

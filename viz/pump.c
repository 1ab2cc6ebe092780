/*
 * pump - the thread waits for input without the lock, and moves it with the lock held: so who has the lock
 * finds all that was taken in the file.
 */
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 256 << 10, PIECES_A_LOOK = 4 };

struct pump {
    int in_fd, file_fd;
    int bell[2]; /* the thread rings, whoever polls hears it */
    bool has_thread;
    pthread_t thread;

    pthread_mutex_t lock; /* of all that follows */
    struct pump_sight sight;
    bool has_rung;
    char piece[PIECE];
};

/* ---- moving, with the lock held ------------------------------------------------------------- */

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

    return poll(&poll_fd, 1, timeout_ms) > 0;
}

static void append(struct pump *pump, char const *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = pwrite(pump->file_fd, bytes, size, pump->sight.bytes);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            pump->sight.error = -errno;
            return;
        }
        pump->sight.bytes += n;
        bytes += n;
        size -= (size_t)n;
    }
}

/* What there is of a piece. False: there is nothing, or never will be. */
static bool move_piece(struct pump *pump)
{
    ssize_t n;

    if (pump->sight.has_ended || pump->sight.error < 0 || !is_readable(pump->in_fd, 0))
        return false;
    n = read(pump->in_fd, pump->piece, PIECE);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (n > 0)
        append(pump, pump->piece, (size_t)n);
    else /* a reset connection is an end, too */
        pump->sight.has_ended = true;
    return pump->sight.error == 0 && !pump->sight.has_ended;
}

static void ring(struct pump *pump)
{
    if (!pump->has_rung)
        pump->has_rung = write(pump->bell[1], "", 1) == 1;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void *run(void *arg)
{
    struct pump *pump = arg;
    bool goes_on = true;
    int state;

    while (goes_on) {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
        is_readable(pump->in_fd, -1); /* pump_stop() ends it here */
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
        pthread_mutex_lock(&pump->lock);
        move_piece(pump);
        goes_on = !pump->sight.has_ended && pump->sight.error == 0;
        ring(pump);
        pthread_mutex_unlock(&pump->lock);
    }
    return NULL;
}

/* Signals are for the thread that draws. */
static bool start_thread(struct pump *pump)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&pump->thread, NULL, run, pump);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0;
}

/* ---- from outside ---------------------------------------------------------------------------- */

struct pump *pump_start(int in_fd, int file_fd)
{
    struct pump *pump = malloc(sizeof(*pump));

    if (!pump)
        return NULL;
    pump->in_fd = in_fd;
    pump->file_fd = file_fd;
    pump->sight = (struct pump_sight){ .bytes = 0 };
    pump->has_rung = false;
    if (pipe(pump->bell) < 0) {
        free(pump);
        return NULL;
    }
    for (int i = 0; i < 2; i++) {
        fcntl(pump->bell[i], F_SETFD, FD_CLOEXEC);
        fcntl(pump->bell[i], F_SETFL, O_NONBLOCK);
    }
    pthread_mutex_init(&pump->lock, NULL);
    pump->has_thread = start_thread(pump);
    return pump;
}

int pump_fd(struct pump const *pump)
{
    return pump->has_thread ? pump->bell[0] : pump->in_fd;
}

void pump_look(struct pump *pump, struct pump_sight *sight)
{
    char byte;

    pthread_mutex_lock(&pump->lock);
    for (int i = 0; !pump->has_thread && i < PIECES_A_LOOK && move_piece(pump); i++)
        continue;
    if (pump->has_rung && read(pump->bell[0], &byte, 1) == 1)
        pump->has_rung = false;
    *sight = pump->sight;
    sight->is_empty = sight->has_ended || !is_readable(pump->in_fd, 0);
    pthread_mutex_unlock(&pump->lock);
}

void pump_stop(struct pump *pump)
{
    if (!pump)
        return;
    if (pump->has_thread) {
        pthread_cancel(pump->thread);
        pthread_join(pump->thread, NULL);
    }
    pthread_mutex_destroy(&pump->lock);
    close(pump->bell[0]);
    close(pump->bell[1]);
    free(pump);
}

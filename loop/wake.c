/* wake.c - the loop's own wake-up pipe, for what happens outside of select(): signals and other threads (LESSON 13).
 *
 * select() sleeps on descriptors and knows nothing else.  So the loop watches a pipe of its own, and whoever wants
 * it awake writes a byte into it: a signal handler its signal's number, a thread a zero.  In the I/O phase the
 * loop empties the pipe and does in peace what could not be done inside of a signal handler.
 */
#define _GNU_SOURCE /* pipe2() */
#include "inside.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "jobs.h"
#include "trace.h"

struct threadsafe_call {
    struct threadsafe_call *next;
    call_fn *fn;
    void *arg;
    const char *name;
};

/* Not inherited by children, and never waited for. */
static int make_pipe(int fd[2])
{
#if defined(__linux__)
    return pipe2(fd, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
#else
    if (pipe(fd) < 0)
        return -errno;
    for (int i = 0; i < 2; i++)
        if (fcntl(fd[i], F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd[i], F_SETFL, O_NONBLOCK) < 0)
            return -errno;
    return 0;
#endif
}

/* What a program prints into a stdout that it hasn't got may not arrive here, as signals that nobody sent. */
static int open_pipe(int fd[2])
{
    int err = make_pipe(fd);
    for (int i = 0; i < 2 && err == 0; i++)
        err = fd_above_stdio(&fd[i]);
    return err;
}

static void take_threadsafe_calls(struct loop *loop)
{
    pthread_mutex_lock(&loop->threadsafe_lock);
    struct threadsafe_call *t = loop->threadsafe_first;
    loop->threadsafe_first = loop->threadsafe_last = NULL;
    pthread_mutex_unlock(&loop->threadsafe_lock);
    while (t != NULL) {
        struct threadsafe_call *next = t->next;
        struct callback *c = callback_new(loop, t->fn, t->arg, t->name);
        if (c == NULL) { /* no memory: it stays where it is, and another byte tries again */
            pthread_mutex_lock(&loop->threadsafe_lock);
            struct threadsafe_call *last = t;
            while (last->next != NULL)
                last = last->next;
            last->next = loop->threadsafe_first;
            loop->threadsafe_first = t;
            if (loop->threadsafe_last == NULL)
                loop->threadsafe_last = last;
            pthread_mutex_unlock(&loop->threadsafe_lock);
            (void)!write(loop->wake_fd[1], "", 1);
            return;
        }
        TRACE(loop, wake_sent, loop, "thread");
        callback_make_ready(c, "soon", who_plain("program"));
        free(t);
        t = next;
    }
}

/* The program closed all that it didn't know, or put another file in its place.  Signals and threads could not wake
 * the loop any more, and select() would never wait again: better an end that says why. */
static void wake_lost(struct loop *loop)
{
    fprintf(stderr,
            "loop: fd %d, the loop's own wake-up pipe, was closed or replaced by the program; the "
            "loop ends\n",
            loop->wake_fd[0]);
    watch_disarm_read(loop, &loop->wake_watch);
    loop->wake_watch.fd = loop->wake_fd[0] = loop->wake_fd[1] = -1; /* no longer ours to close */
    loop_leave(loop, -EBADF);
}

/* What a job called comes before its result: jobs that have ended are taken first, then the calls, then results
 * told. */
static void collect(struct loop *loop)
{
    struct link done;
    jobs_take(loop, &done);
    take_threadsafe_calls(loop);
    jobs_collect(loop, &done);
}

static void read_wake(struct loop *loop)
{
    unsigned char bytes[256];
    ssize_t n;
    do {
        n = read(loop->wake_fd[0], bytes, sizeof bytes);
        for (ssize_t i = 0; i < n; i++)
            if (bytes[i] != 0)
                signals_dispatch(loop, bytes[i]);
    } while (n == sizeof bytes); /* fewer: it is empty */
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        wake_lost(loop);
    signals_dispatch_missed(loop);
}

static void on_wake(struct watch *w)
{
    struct loop *loop = CONTAINER_OF(w, struct loop, wake_watch);
    if (fd_is_still(w->fd, loop->wake_file))
        read_wake(loop);
    else
        wake_lost(loop);
    collect(loop);
}

bool wake_is_ours(struct loop *loop)
{
    if (fd_is_still(loop->wake_fd[0], loop->wake_file))
        return true;
    if (loop->wake_watch.armed)
        wake_lost(loop);
    collect(loop);
    return false;
}

int wake_init(struct loop *loop)
{
    loop->wake_watch = (struct watch){ .ready = on_wake, .who = who_plain("loop"), .fd = -1 };
    loop->wake_fd[0] = loop->wake_fd[1] = -1;
    pthread_mutex_init(&loop->threadsafe_lock, NULL);
    int err = open_pipe(loop->wake_fd);
    loop->wake_file = fd_id(loop->wake_fd[0]);
    loop->wake_watch.fd = loop->wake_fd[0];
    return err < 0 ? err : watch_arm_read(loop, &loop->wake_watch);
}

void wake_fini(struct loop *loop)
{
    watch_disarm_read(loop, &loop->wake_watch);
    for (int i = 0; i < 2; i++)
        if (fd_is_still(loop->wake_fd[i], loop->wake_file))
            close(loop->wake_fd[i]);
    while (loop->threadsafe_first != NULL) {
        struct threadsafe_call *t = loop->threadsafe_first;
        loop->threadsafe_first = t->next;
        free(t);
    }
    pthread_mutex_destroy(&loop->threadsafe_lock);
}

int(loop_call_soon_threadsafe)(struct loop *loop, call_fn *fn, void *arg)
{
    if (loop == NULL || fn == NULL)
        return -EINVAL;
    struct src src = src_take();
    struct threadsafe_call *t = malloc(sizeof *t);
    if (t == NULL)
        return -ENOMEM;
    *t = (struct threadsafe_call){ .fn = fn, .arg = arg, .name = src.expr };
    pthread_mutex_lock(&loop->threadsafe_lock);
    if (loop->threadsafe_last != NULL)
        loop->threadsafe_last->next = t;
    else
        loop->threadsafe_first = t;
    loop->threadsafe_last = t;
    pthread_mutex_unlock(&loop->threadsafe_lock);
    (void)!write(loop->wake_fd[1], "", 1); /* a full pipe will wake the loop as well */
    return 0;
}

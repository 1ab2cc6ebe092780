/* call.c - plain callbacks: call_soon, call_later, call_at, and readers and writers of descriptors.
 *
 * Their records are carved from chunks and recycled, and never leave the loop before it is closed: so a struct call
 * (pointer and id) may be kept as long as one likes: when the id is another's, the callback has gone.
 */
#include "inside.h"

#include <math.h>
#include <stdlib.h>

#include "trace.h"

enum { CALLS_PER_CHUNK = 48 };

struct call_chunk {
    struct call_chunk *next;
    unsigned used;
    struct callback calls[CALLS_PER_CHUNK];
};

/* One more record, and memory that is not touched before it is needed. */
static SELDOM int add_record(struct loop *loop)
{
    struct call_chunk *chunk = loop->call_chunks;
    if (chunk == NULL || chunk->used == CALLS_PER_CHUNK) {
        chunk = malloc(sizeof *chunk);
        if (chunk == NULL)
            return -ENOMEM;
        chunk->next = loop->call_chunks;
        chunk->used = 0;
        loop->call_chunks = chunk;
    }
    struct callback *c = &chunk->calls[chunk->used++];
    c->arg = NULL; /* a free record's arg is the next free one */
    c->handle.id = 0;
    loop->free_calls = c;
    return 0;
}

struct callback *callback_new(struct loop *loop, call_fn *fn, void *arg, const char *name)
{
    if ((loop->free_calls == NULL && add_record(loop) < 0) || ready_reserve(&loop->ready) < 0) {
        errno = ENOMEM;
        return NULL;
    }
    struct callback *c = loop->free_calls;
    loop->free_calls = c->arg;
    *c = (struct callback){ .handle = { .id = loop_new_id(loop), .kind = HANDLE_CALL },
                            .loop = loop,
                            .fn = fn,
                            .arg = arg,
                            .name = name };
    return c;
}

void callback_free(struct callback *c)
{
    ready_unreserve(&c->loop->ready);
    c->handle.id = 0;
    c->arg = c->loop->free_calls;
    c->loop->free_calls = c;
}

void callbacks_fini(struct loop *loop)
{
    while (loop->call_chunks != NULL) {
        struct call_chunk *chunk = loop->call_chunks;
        loop->call_chunks = chunk->next;
        free(chunk);
    }
}

void callback_make_ready(struct callback *c, const char *why, struct who by)
{
    if (c->handle.queued)
        return;
    ready_push(&c->loop->ready, &c->handle);
    PREFETCH(c->arg);
    TRACE(c->loop, call_ready, c, why, by);
}

void callback_run(struct callback *c)
{
    struct loop *loop = c->loop;
    loop->current = &c->handle;
    loop->totals.calls++;
    TRACE(loop, call_begin, c);
    c->fn(c->arg);
    loop->current = NULL;
    TRACE(loop, call_end, c);
    if (!c->handle.keep)
        callback_free(c);
}

static const struct call NO_CALL = { NULL, 0 };

/* A callback of the program's. */
static struct callback *called_new(struct loop *loop, call_fn *fn, void *arg, const char *name)
{
    int err = loop == NULL || fn == NULL ? -EINVAL : debug_check(loop);
    if (UNLIKELY(err < 0)) {
        errno = -err;
        return NULL;
    }
    return callback_new(loop, fn, arg, name);
}

struct call(loop_call_soon)(struct loop *loop, call_fn *fn, void *arg)
{
    struct callback *c = called_new(loop, fn, arg, src_take().expr);
    if (c == NULL)
        return NO_CALL;
    callback_make_ready(c, "soon", loop_actor(loop));
    return (struct call){ c, c->handle.id };
}

struct call(loop_call_later)(struct loop *loop, double delay, call_fn *fn, void *arg)
{
    struct src src = src_take();
    struct callback *c = called_new(loop, fn, arg, src.expr);
    if (c == NULL)
        return NO_CALL;
    if (timer_arm(loop, &c->timer, seconds_to_ns(delay), src) < 0) {
        callback_free(c);
        errno = ENOMEM;
        return NO_CALL;
    }
    return (struct call){ c, c->handle.id };
}

struct call(loop_call_at)(struct loop *loop, double when, call_fn *fn, void *arg)
{
    struct src src = src_take();
    struct callback *c = called_new(loop, fn, arg, src.expr);
    if (c == NULL)
        return NO_CALL;
    if (timer_arm_at(loop, &c->timer, seconds_to_ns(when), src) < 0) {
        callback_free(c);
        errno = ENOMEM;
        return NO_CALL;
    }
    return (struct call){ c, c->handle.id };
}

/* Out of the queue and off the heap; its record is free again.  Not while it runs. */
static void forget(struct callback *c)
{
    struct loop *loop = c->loop;
    timer_disarm(loop, &c->timer);
    if (c->handle.queued) {
        ready_drop(&loop->ready, &c->handle);
        TRACE(loop, call_cancel, c);
    }
    callback_free(c);
}

bool call_cancel(struct call call)
{
    struct callback *c = call.at;
    if (c == NULL || c->handle.id != call.id || c->loop->current == &c->handle)
        return false;
    forget(c);
    return true;
}

double call_when(struct call call)
{
    struct callback *c = call.at;
    if (c == NULL || c->handle.id != call.id || c->timer.at == 0)
        return INFINITY;
    return (double)timer_due(c->loop, &c->timer) / 1e9;
}

/* ---- readers and writers of the program's own descriptors */

/* A callback that stays, and the watch that makes it ready. */
struct fd_call {
    struct watch watch;
    struct callback *call;
    bool write;
};

static void fd_call_drop(struct fd_call *f)
{
    struct loop *loop = f->call->loop;
    if (f->write)
        watch_disarm_write(loop, &f->watch);
    else
        watch_disarm_read(loop, &f->watch);
    if (loop->current == &f->call->handle)
        f->call->handle.keep = false; /* it removes itself: callback_run() frees it */
    else
        forget(f->call);
    free(f);
}

static void fd_call_ready(struct watch *w)
{
    struct fd_call *f = CONTAINER_OF(w, struct fd_call, watch);
    if (!watch_is_open(w->fd)) {
        fprintf(stderr,
                "loop: fd %d was closed while it was watched: remove the %s before closing it\n",
                w->fd, f->write ? "writer" : "reader");
        fd_call_drop(f);
        return;
    }
    callback_make_ready(f->call, f->write ? "write" : "read", who_plain("loop"));
}

static struct fd_call *fd_call_find(struct loop *loop, int fd, bool write)
{
    struct watches *all = &loop->watches;
    if (fd < 0 || fd >= all->capacity)
        return NULL;
    struct watch *w = write ? all->pair[fd].write : all->pair[fd].read;
    return w != NULL && w->ready == fd_call_ready ? CONTAINER_OF(w, struct fd_call, watch) : NULL;
}

/* A connection's or a server's, also when it looks away just now. */
bool fd_is_taken(const struct loop *loop, int fd)
{
    for (const struct link *l = loop->conns.next; l != &loop->conns; l = l->next) {
        const struct conn *c = CONTAINER_OF(l, const struct conn, all);
        if (c->fd == fd && c->state != CONN_CLOSED)
            return true;
    }
    for (const struct link *l = loop->servers.next; l != &loop->servers; l = l->next) {
        const struct server *s = CONTAINER_OF(l, const struct server, all);
        for (int i = 0; i < s->n_sockets; i++)
            if (s->sockets[i].watch.fd == fd)
                return true;
    }
    return false;
}

static int fd_call_add(struct loop *loop, int fd, bool write, call_fn *fn, void *arg)
{
    struct src src = src_take();
    if (loop == NULL || fn == NULL)
        return -EINVAL;
    if (!watch_is_open(fd))
        return -EBADF;
    if (fd_is_taken(loop, fd))
        return -EBUSY;
    struct fd_call *f = malloc(sizeof *f), *old = fd_call_find(loop, fd, write);
    struct callback *c = callback_new(loop, fn, arg, src.expr);
    int err = -ENOMEM;
    if (f == NULL || c == NULL)
        goto fail;
    c->handle.keep = true;
    *f = (struct fd_call){ .watch = { .ready = fd_call_ready, .who = call_who(c), .fd = fd },
                           .call = c,
                           .write = write };
    if (old != NULL)
        fd_call_drop(old); /* from here on nothing fails: the arrays have room for fd */
    err = write ? watch_arm_write(loop, &f->watch) : watch_arm_read(loop, &f->watch);
    if (err < 0)
        goto fail;
    return 0;
fail:
    if (c != NULL)
        callback_free(c);
    free(f);
    return err;
}

static bool fd_call_remove(struct loop *loop, int fd, bool write)
{
    struct fd_call *f = loop == NULL ? NULL : fd_call_find(loop, fd, write);
    if (f == NULL)
        return false;
    fd_call_drop(f);
    return true;
}

void fd_calls_fini(struct loop *loop)
{
    for (int fd = 0; fd < loop->watches.capacity; fd++) {
        fd_call_remove(loop, fd, false);
        fd_call_remove(loop, fd, true);
    }
}

int(loop_add_reader)(struct loop *loop, int fd, call_fn *fn, void *arg)
{
    return fd_call_add(loop, fd, false, fn, arg);
}

int(loop_add_writer)(struct loop *loop, int fd, call_fn *fn, void *arg)
{
    return fd_call_add(loop, fd, true, fn, arg);
}

bool loop_remove_reader(struct loop *loop, int fd)
{
    return fd_call_remove(loop, fd, false);
}

bool loop_remove_writer(struct loop *loop, int fd)
{
    return fd_call_remove(loop, fd, true);
}

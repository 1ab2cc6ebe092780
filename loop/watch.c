/* watch.c - the descriptors that select() looks at, and who is told when one is ready.
 *
 * select() takes three arrays of bits and writes its answer over them, so the registered sets are kept apart from
 * the result sets and copied before each call.  The arrays are our own words, grown by doubling: the FD_* macros stop
 * at FD_SETSIZE (1024), and with a larger descriptor they corrupt memory without a word.  The kernel has no
 * such limit: it reads as many words as the first argument says.
 *
 * A descriptor has at most one reader and one writer.
 */
#if defined(__APPLE__)
#define _DARWIN_UNLIMITED_SELECT 1
#endif
#include "inside.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "trace.h"

enum { WORD_BITS = (int)(sizeof(unsigned long) * CHAR_BIT), FIRST_CAPACITY = 64 };

static unsigned long bit(int fd)
{
    return 1UL << (fd % WORD_BITS);
}
static void set_bit(unsigned long *set, int fd)
{
    set[fd / WORD_BITS] |= bit(fd);
}
static void clear_bit(unsigned long *set, int fd)
{
    set[fd / WORD_BITS] &= ~bit(fd);
}
static size_t words_for(int n_fds)
{
    return (size_t)((n_fds + WORD_BITS - 1) / WORD_BITS);
}

bool watch_is_ready(const unsigned long *set, int fd)
{
    return (set[fd / WORD_BITS] & bit(fd)) != 0;
}

static unsigned lowest_bit(unsigned long word)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzl(word);
#else
    unsigned n = 0;
    while ((word >> n & 1) == 0)
        n++;
    return n;
#endif
}

int watch_next_ready(const unsigned long *set, int fd, int top)
{
    for (; fd <= top; fd = (fd / WORD_BITS + 1) * WORD_BITS) {
        unsigned long word = set[fd / WORD_BITS] >> fd % WORD_BITS;
        if (word != 0)
            return fd + (int)lowest_bit(word);
    }
    return -1;
}

static int grow_set(unsigned long **set, int from, int to)
{
    unsigned long *bigger = realloc(*set, words_for(to) * sizeof *bigger);
    if (bigger == NULL)
        return -ENOMEM;
    memset(bigger + words_for(from), 0, (words_for(to) - words_for(from)) * sizeof *bigger);
    *set = bigger;
    return 0;
}

static int make_room(struct watches *w, int fd)
{
    if (fd < w->capacity)
        return 0;
    int capacity = w->capacity == 0 ? FIRST_CAPACITY : w->capacity;
    while (capacity <= fd)
        capacity *= 2;
    struct watch_pair *pair = realloc(w->pair, (size_t)capacity * sizeof *pair);
    if (pair == NULL)
        return -ENOMEM;
    memset(pair + w->capacity, 0, (size_t)(capacity - w->capacity) * sizeof *pair);
    w->pair = pair;
    if (grow_set(&w->read, w->capacity, capacity) < 0 ||
        grow_set(&w->write, w->capacity, capacity) < 0 ||
        grow_set(&w->got_read, w->capacity, capacity) < 0 ||
        grow_set(&w->got_write, w->capacity, capacity) < 0)
        return -ENOMEM; /* the larger sets do no harm: capacity stays what it was */
    w->capacity = capacity;
    return 0;
}

bool watch_is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int check(struct loop *loop, int fd)
{
    if (fd < 0)
        return -EBADF;
    return make_room(&loop->watches, fd);
}

bool watch_is_taken(const struct loop *loop, int fd)
{
    const struct watches *all = &loop->watches;
    return fd >= 0 && fd < all->capacity &&
           (all->pair[fd].read != NULL || all->pair[fd].write != NULL);
}

static void lower_top(struct watches *w)
{
    while (w->top >= 0 && w->pair[w->top].read == NULL && w->pair[w->top].write == NULL)
        w->top--;
}

int watch_arm_read(struct loop *loop, struct watch *w)
{
    struct watches *all = &loop->watches;
    if (w->armed)
        return 0;
    int err = check(loop, w->fd);
    if (err == 0 && all->pair[w->fd].read != NULL)
        err = -EBUSY;
    if (err < 0)
        return err;
    all->pair[w->fd].read = w;
    set_bit(all->read, w->fd);
    all->n_read++;
    all->top = w->fd > all->top ? w->fd : all->top;
    w->armed = true;
    TRACE(loop, watch_add, loop, w, "read");
    return 0;
}

int watch_arm_write(struct loop *loop, struct watch *w)
{
    struct watches *all = &loop->watches;
    if (w->armed)
        return 0;
    int err = check(loop, w->fd);
    if (err == 0 && all->pair[w->fd].write != NULL)
        err = -EBUSY;
    if (err < 0)
        return err;
    all->pair[w->fd].write = w;
    set_bit(all->write, w->fd);
    all->n_write++;
    all->top = w->fd > all->top ? w->fd : all->top;
    w->armed = true;
    TRACE(loop, watch_add, loop, w, "write");
    return 0;
}

/* Clearing the result bit too keeps a removal in the I/O phase effective at once. */
void watch_disarm_read(struct loop *loop, struct watch *w)
{
    struct watches *all = &loop->watches;
    if (!w->armed)
        return;
    w->armed = false;
    all->pair[w->fd].read = NULL;
    clear_bit(all->read, w->fd);
    clear_bit(all->got_read, w->fd);
    all->n_read--;
    lower_top(all);
    TRACE(loop, watch_drop, loop, w, "read");
}

void watch_disarm_write(struct loop *loop, struct watch *w)
{
    struct watches *all = &loop->watches;
    if (!w->armed)
        return;
    w->armed = false;
    all->pair[w->fd].write = NULL;
    clear_bit(all->write, w->fd);
    clear_bit(all->got_write, w->fd);
    all->n_write--;
    lower_top(all);
    TRACE(loop, watch_drop, loop, w, "write");
}

/* A viewer's control lines arrive on a descriptor that nobody is told of.  Its bit goes into the set after those of the
 * program, and out again before anybody looks.  -1: none. */
static int add_control(struct loop *loop)
{
    struct watches *w = &loop->watches;
    int fd = trace_control_fd(loop);
    if (fd < 0 || make_room(w, fd) < 0)
        return -1;
    return fd;
}

static int take_control(struct loop *loop, int fd, int n)
{
    struct watches *w = &loop->watches;
    w->control_called = n > 0 && fd >= 0 && watch_is_ready(w->got_read, fd);
    if (!w->control_called)
        return n;
    clear_bit(w->got_read, fd);
    w->control_called = trace_control_holds(loop);
    return n - 1;
}

/* Most programs' descriptors fit into the first word: no call for that. */
static inline void copy_set(unsigned long *to, const unsigned long *from, size_t n_words)
{
    to[0] = from[0];
    if (UNLIKELY(n_words > 1))
        memcpy(to + 1, from + 1, (n_words - 1) * sizeof *to);
}

/* LESSON 12: one select() over the registered sets, arrays of our own, as long as the highest descriptor needs. */
static int select_sets(struct loop *loop, ns timeout)
{
    struct watches *w = &loop->watches;
    int control = add_control(loop), top = control > w->top ? control : w->top;
    size_t n_words = words_for(top + 1);
    struct timeval limit, *limit_ptr = NULL;
    if (timeout != NS_NEVER) {
        ns up =
            timeout +
            999; /* select() counts microseconds: round up, or a timer would be woken for in vain */
        limit.tv_sec = (time_t)(up / NS_PER_S);
        limit.tv_usec = (suseconds_t)(up % NS_PER_S / 1000);
        limit_ptr = &limit;
    }
    fd_set *writers = w->n_write > 0 ? (fd_set *)(void *)w->got_write : NULL; /* 8 % less */
    copy_set(w->got_read, w->read, n_words);
    if (writers != NULL)
        copy_set(w->got_write, w->write, n_words);
    if (control >= 0)
        set_bit(w->got_read, control);
    int n = select(top + 1, (fd_set *)(void *)w->got_read, writers, NULL, limit_ptr);
    int err = errno;
    n = take_control(loop, control, n);
    if (n >= 0)
        return n; /* the sets are empty when nothing is ready */
    memset(w->got_read, 0, n_words * sizeof(unsigned long));
    if (writers != NULL)
        memset(w->got_write, 0, n_words * sizeof(unsigned long));
    return -err;
}

/* The answer is select()'s, or a negative errno; timeout is real time.
 *
 * A select() that may wait enters the process into the list of waiters of one descriptor after the other, until it comes
 * to one that is ready; one that may not wait doesn't.  So where many are watched, and several were ready last time, it
 * looks first (MEASURED with 900 idle connections and 10 busy ones: a third less time; if none of the 10 is in a hurry,
 * so that most looks are in vain, a twentieth more). */
int watch_select(struct loop *loop, ns timeout)
{
    enum { MANY = 64 };
    struct watches *w = &loop->watches;
    int n = 0;
    w->control_called = false;
    if (w->busy && timeout != 0 && w->n_read + w->n_write >= MANY)
        n = select_sets(loop, 0);
    if (n == 0 && !w->control_called)
        n = select_sets(loop, timeout);
    w->busy = n > 1;
    return n;
}

static void tell(struct loop *loop, struct watch *w)
{
    loop->acting = w->who;
    w->ready(w);
}

/* The I/O phase: tells who waits for each ready descriptor, in ascending order, reader before writer. */
void watch_dispatch(struct loop *loop)
{
    struct watches *w = &loop->watches;
    size_t n_words = words_for(w->top + 1);
    for (size_t i = 0; i < n_words; i++) {
        unsigned long word;
        while ((word = w->got_read[i] | w->got_write[i]) != 0) {
            int fd = (int)i * WORD_BITS + (int)lowest_bit(word);
            bool read = watch_is_ready(w->got_read, fd);
            clear_bit(read ? w->got_read : w->got_write, fd);
            struct watch *who = read ? w->pair[fd].read : w->pair[fd].write;
            if (who != NULL)
                tell(loop, who);
        }
    }
    loop->acting = who_plain(NULL);
}

/* select() answered EBADF: somebody closed a descriptor that is watched.  Which one it was select() does not say:
 * ask for each.  Its watchers are told, as if it were ready: their own call then fails and they let go of it. */
int watch_find_closed(struct loop *loop)
{
    struct watches *w = &loop->watches;
    int found = 0;
    for (int fd = 0; fd <= w->top; fd++) {
        if ((w->pair[fd].read == NULL && w->pair[fd].write == NULL) || watch_is_open(fd))
            continue;
        if (w->pair[fd].read != NULL)
            set_bit(w->got_read, fd);
        if (w->pair[fd].write != NULL)
            set_bit(w->got_write, fd);
        found++;
    }
    if (trace_control_fd(loop) >= 0)
        trace_control_holds(loop); /* or not any more: then select() is spared it */
    return found;
}

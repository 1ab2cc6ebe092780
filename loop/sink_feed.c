/* sink_feed.c - carrying lines from the journal into one sink, and what happens when it doesn't
 * take them. */
#define _GNU_SOURCE
#include "sink.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "control.h"
#include "ticks.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS: the feeder blocks SIGPIPE anyway */
#endif

enum { CHUNK = 64 << 10, ROUNDS = 16, PIECE = 4 << 10 };
#define RETRY NS_PER_S          /* how often a file that failed is tried again */
#define PATIENCE (2 * NS_PER_S) /* at the end, with a viewer that reads */
#define STUCK (NS_PER_S / 5)    /* and with one that doesn't */
#define BLOCKS (NS_PER_S / 25)  /* the loop's thread didn't look up for so long */

/* ---- writing */

static bool can_take(int fd, int timeout_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    return poll(&p, 1, timeout_ms) > 0;
}

/* As write(), without ever waiting for a viewer, and never into a file of the program's. */
static ssize_t sink_write(const struct sink *s, const char *bytes, size_t len)
{
    if (!fd_is_still(s->fd, s->file)) {
        errno = EBADF;
        return -1;
    }
    if (s->is_socket)
        return send(s->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (s->may_block) {
        /* A pipe that polls writable takes this much at once; a terminal only what is left. */
        size_t most = s->is_terminal ? 1 : _POSIX_PIPE_BUF;
        if (!can_take(s->fd, 0)) {
            errno = EAGAIN;
            return -1;
        }
        len = len < most ? len : most;
    }
    return write(s->fd, bytes, len);
}

static bool would_wait(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

/* ---- failing */

static void say(const struct sink *s, const char *what, const char *more)
{
    sink_say("trace %s: %s%s", s->name, what, more);
}

void sink_gone(struct tracer *tr, struct sink *s, int error)
{
    if (s->fd < 0)
        return;
    if (error == EBADF)
        sink_say("trace %s: fd %d was closed or replaced by the program, which goes on without it",
                 s->name, s->fd);
    else if (error != 0 && !s->is_viewer)
        say(s, strerror(error), "; the program goes on without it");
    if (error != EBADF)
        close(s->fd);
    pthread_mutex_lock(&tr->journal.lock);
    s->fd = -1;
    s->is_file = false;
    pthread_cond_signal(&tr->journal.moved);
    if (s->controls)
        control_viewer_gone(tr);
    pthread_mutex_unlock(&tr->journal.lock);
}

/* A file keeps what it could not write and tries again; meanwhile the loop doesn't wait for it. */
static void file_failed(struct tracer *tr, struct sink *s, int error)
{
    if (!s->blamed)
        say(s, strerror(error), "; the program goes on, the trace may lack events");
    s->blamed = true;
    s->retry = clock_real() + RETRY;
    pthread_mutex_lock(&tr->journal.lock);
    s->error = error;
    pthread_cond_signal(&tr->journal.moved);
    pthread_mutex_unlock(&tr->journal.lock);
}

/* Sends what is on its way.  True: all of it went. */
static bool flush(struct tracer *tr, struct sink *s)
{
    while (s->out_sent < s->out_len) {
        ssize_t n = sink_write(s, s->out + s->out_sent, s->out_len - s->out_sent);
        if (n > 0) {
            s->out_sent += (size_t)n;
            s->error = 0;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && would_wait(errno)) {
            return false;
        } else if (s->is_file && errno != EBADF) {
            file_failed(tr, s, n < 0 ? errno : ENOSPC);
            return false;
        } else {
            sink_gone(tr, s, n < 0 ? errno : EPIPE);
            return false;
        }
    }
    s->out_len = s->out_sent = 0;
    return true;
}

/* ---- taking lines */

/* Adds to what is on its way; false: no memory. */
static bool put_out(struct sink *s, const char *bytes, size_t len)
{
    if (s->out_room - s->out_len < len) {
        size_t room = s->out_len + len + CHUNK;
        char *bigger = realloc(s->out, room);
        if (bigger == NULL)
            return false;
        s->out = bigger;
        s->out_room = room;
    }
    memcpy(s->out + s->out_len, bytes, len);
    s->out_len += len;
    return true;
}

/* Lines kept without their beginning get one with this time and number. */
static bool put_kept(struct sink *s, const char *lines, ns t, uint64_t n)
{
    char prefix[64];
    size_t len = (size_t)(put_prefix(prefix, t, n) - prefix);
    for (const char *end; *lines != '\0'; lines = end) {
        end = strchr(lines, '\n') + 1;
        if (!put_out(s, prefix, len) || !put_out(s, lines, (size_t)(end - lines)))
            return false;
    }
    return true;
}

/* The sources that were told from event `since` to event n. */
static bool put_sources(struct tracer *tr, struct sink *s, uint64_t since, ns t, uint64_t n)
{
    for (const struct source *src = source_table_first(tr->sources); src != NULL; src = src->next)
        if (src->n >= since && src->n <= n && src->lines != NULL && !put_kept(s, src->lines, t, n))
            return false;
    return true;
}

static size_t make_gap(char *line, const struct sink *s, ns t, uint64_t to)
{
    char *p = put_prefix(line, t, to);
    p = LIT(p, ",\"ev\":\"trace:gap\"");
    p = KEY(p, "lost", put_count, to - s->last_n);
    p = KEY(p, "from", put_count, s->last_n + 1);
    p = KEY(p, "to", put_count, to);
    p = LIT(p, "}\n");
    return (size_t)(p - line);
}

/* Head, sources and the whole loop: with these a trace begins. */
static bool put_whole_beginning(struct tracer *tr, struct sink *s, const struct snapshot *now)
{
    if (put_kept(s, tr->head, now->t, now->n) && put_sources(tr, s, 0, now->t, now->n) &&
        put_out(s, now->lines, now->len))
        return true;
    s->out_len = 0; /* no memory: later, perhaps */
    return false;
}

/* What a sink gets before it follows (again). */
static bool put_beginning(struct tracer *tr, struct sink *s, const struct snapshot *now)
{
    char gap[256];
    if (s->state == SINK_NEW)
        return put_whole_beginning(tr, s, now);
    if (now->n > s->last_n && !put_out(s, gap, make_gap(gap, s, now->t, now->n)))
        return false;
    return put_out(s, now->lines, now->len) && put_sources(tr, s, s->last_n, now->t, now->n);
}

/* Is all there from this snapshot on, and is it fresh enough, or can none be had since a step blocks? */
static bool may_begin(const struct tracer *tr, const struct sink *s, const struct snapshot *now)
{
    bool blocks = s->state == SINK_NEW && clock_real() - s->waits_since >= BLOCKS;
    return journal_holds(&tr->journal, now->at) && (now->number >= s->wants || blocks);
}

/* Waits for such a snapshot, and goes on from there. */
static void begin_again(struct tracer *tr, struct sink *s)
{
    struct feeder *f = tr->feeder;
    const struct snapshot *now = &f->snapshot;
    if (s->wants == 0) {
        s->wants = ++f->wanted;
        s->waits_since = clock_real();
    }
    if (!may_begin(tr, s, now)) {
        if (now->number >= s->wants)
            s->wants = ++f->wanted; /* too old already */
        tracer_ask(tr, ASKED_STATE);
        return;
    }
    if (!put_beginning(tr, s, now)) {
        s->out_len = s->out_sent = 0; /* no memory: later, perhaps */
        return;
    }
    if (s->state == SINK_LAPPED)
        s->lost += now->n - s->last_n;
    s->state = SINK_FOLLOWS;
    s->wants = 0;
    s->last_n = now->n;
    s->at = now->at;
}

/* The next lines on their way; with the lock held, and nothing on its way. */
static void take(struct tracer *tr, struct sink *s)
{
    const char *lines;
    if (s->state == SINK_FOLLOWS && !journal_holds(&tr->journal, s->at))
        s->state = SINK_LAPPED;
    if (s->state != SINK_FOLLOWS) {
        begin_again(tr, s);
        return;
    }
    if (s->is_file)
        return; /* lines that came since write_through() are for its next time: they may begin a piece */
    size_t len = journal_peek(&tr->journal, &s->at, &lines);
    if (len == 0)
        return;
    if (!put_out(s, lines, len))
        return;
    s->at.offset += len;
    s->last_n = lines_last_n(lines, len);
    pthread_cond_signal(&tr->journal.moved);
}

/* Time and number of the trace:state that begins a piece, or of the trace:hold before it (the loop has waited for this
 * file); false: no memory was left for a state. */
static bool read_begin(const char *lines, size_t len, ns *t, uint64_t *n)
{
    char line[96], type[8];
    long long seconds, nanoseconds;
    unsigned long long number;
    len = len < sizeof line - 1 ? len : sizeof line - 1;
    memcpy(line, lines, len);
    line[len] = '\0';
    if (sscanf(line, "{\"t\":%lld.%9lld,\"n\":%llu,\"ev\":\"trace:%7[a-z]\"", &seconds,
               &nanoseconds, &number, type) < 4)
        return false;
    *t = (ns)(seconds * NS_PER_S + nanoseconds);
    *n = number;
    return strcmp(type, "state") == 0 || strcmp(type, "hold") == 0;
}

/* A file with a limit goes on in a new piece where the loop's thread says so, and has put a state.  True: what stands
 * before that is on its way.  With the lock held. */
static bool begin_piece(struct tracer *tr, struct sink *s, const char *lines, size_t len)
{
    ns t;
    uint64_t n;
    if (len == 0 || s->path == NULL || s->piece == 0 || s->at.offset > 0 ||
        !tr->journal.ring[s->at.block % JOURNAL_BLOCKS].begins_piece ||
        !read_begin(lines, len, &t, &n))
        return false;
    if (put_kept(s, tr->head, t, n) && put_sources(tr, s, 0, t, n))
        return true;
    s->out_len = 0; /* no memory: the next one, perhaps */
    return false;
}

static void rotate(struct sink *s)
{
    s->piece = 0;
    if (sink_file_rotate(s))
        return;
    say(s, strerror(errno), "; no new piece can be begun, so it grows beyond LOOP_TRACE_LIMIT");
    free(s->path);
    s->path = NULL;
    s->out_len = 0;
}

/* A file that follows is written straight from the journal: the loop doesn't use a block again
 * while one stands in it. What can't be written is kept, from the middle of a line on.  False:
 * nothing went. */
static bool write_through(struct tracer *tr, struct sink *s)
{
    const char *lines = NULL;
    pthread_mutex_lock(&tr->journal.lock);
    s->error = 0;
    size_t len =
        journal_holds(&tr->journal, s->at) ? journal_peek(&tr->journal, &s->at, &lines) : 0;
    bool new_piece = begin_piece(tr, s, lines, len);
    pthread_mutex_unlock(&tr->journal.lock);
    if (new_piece)
        rotate(s);
    if (len == 0 || new_piece)
        return new_piece;
    ssize_t n = sink_write(s, lines, len);
    int error = n > 0 ? 0 : n < 0 ? errno : ENOSPC;
    if (error == EINTR)
        return true;
    pthread_mutex_lock(&tr->journal.lock);
    uint64_t last_n = lines_last_n(lines, len);
    s->last_n = last_n > 0 ? last_n : s->last_n; /* 0: no more than the end of a line */
    s->piece += error == 0 ? (uint64_t)n : len;
    s->at.offset += error == 0 ? (size_t)n : put_out(s, lines, len) ? len : 0;
    pthread_cond_signal(&tr->journal.moved);
    pthread_mutex_unlock(&tr->journal.lock);
    if (error == EBADF)
        sink_gone(tr, s, error);
    else if (error != 0)
        file_failed(tr, s, error);
    return error == 0;
}

bool sink_feed(struct tracer *tr, struct sink *s)
{
    bool some = false;
    if (s->error != 0 && clock_real() < s->retry)
        return false;
    for (int i = 0; i < ROUNDS && s->fd >= 0 && flush(tr, s); i++) {
        if (s->is_file && s->state == SINK_FOLLOWS && write_through(tr, s)) {
            some = true;
            continue;
        }
        pthread_mutex_lock(&tr->journal.lock);
        take(tr, s);
        pthread_mutex_unlock(&tr->journal.lock);
        if (s->out_len == 0)
            break;
        some = true;
    }
    return some;
}

void sinks_begin(struct tracer *tr)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur != RLIM_INFINITY)
        return; /* SIGXFSZ is blocked in the feeder, not here */
    for (struct sink *s = tr->sinks; s != NULL; s = s->next)
        if (s->is_file)
            sink_feed(tr, s);
}

bool sinks_need_oldest(const struct tracer *tr)
{
    uint64_t oldest = tr->journal.number + 1 - JOURNAL_BLOCKS;
    if (tr->journal.number + 1 < JOURNAL_BLOCKS)
        return false;
    for (const struct sink *s = tr->sinks; s != NULL; s = s->next)
        if (s->is_file && s->error == 0 && s->state == SINK_FOLLOWS && s->at.block == oldest)
            return true; /* what stands before it is lost to the file already */
    return false;
}

/* ---- the end */

/* The last event and the place behind its line: nothing that comes later is told, for the loop may still write. */
struct last {
    struct place end;
    uint64_t n;
    ns t;
    ns enough;   /* no viewer gets more events after this moment, but ... */
    ns deadline; /* ... until this one what it needs to read them */
};

/* All of it, if fd takes it: as long as it takes something at least every 200 ms, until the
 * deadline.  To files always. */
static bool send_all(struct sink *s, const char *bytes, size_t len, ns deadline)
{
    while (len > 0) {
        ssize_t n = sink_write(s, bytes, len);
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n == 0 || !would_wait(errno)) {
            return false;
        } else {
            ns left = deadline - clock_real();
            left = left < STUCK ? left : STUCK;
            if (left <= 0 || !can_take(s->fd, (int)(left / 1000000)))
                return false;
        }
    }
    return true;
}

static bool send_kept(struct sink *s, const char *lines, ns t, uint64_t n, ns deadline)
{
    char prefix[64];
    size_t len = (size_t)(put_prefix(prefix, t, n) - prefix);
    for (const char *end; *lines != '\0'; lines = end) {
        end = strchr(lines, '\n') + 1;
        if (!send_all(s, prefix, len, deadline) ||
            !send_all(s, lines, (size_t)(end - lines), deadline))
            return false;
    }
    return true;
}

static bool send_gap(struct sink *s, ns t, uint64_t to, ns deadline)
{
    char gap[256];
    size_t len = make_gap(gap, s, t, to);
    s->lost += to - s->last_n;
    s->last_n = to;
    return send_all(s, gap, len, deadline);
}

/* A sink that waits for a snapshot: there may be one. */
static bool send_beginning(struct tracer *tr, struct sink *s, const struct last *last)
{
    const struct snapshot *now = &tr->feeder->snapshot;
    bool fresh = journal_holds(&tr->journal, now->at) && now->n >= s->last_n;
    ns t = fresh ? now->t : last->t, deadline = last->deadline;
    uint64_t n = fresh ? now->n : last->n;
    if (s->state == SINK_NEW && !send_kept(s, tr->head, t, n, deadline))
        return false;
    for (const struct source *src = source_table_first(tr->sources); s->state == SINK_NEW && src;
         src = src->next)
        if (src->n <= n && src->lines != NULL && !send_kept(s, src->lines, t, n, deadline))
            return false;
    if (s->state == SINK_LAPPED && n > s->last_n && !send_gap(s, t, n, deadline))
        return false;
    s->last_n = n;
    s->at = fresh ? now->at : last->end;
    s->state = SINK_FOLLOWS;
    return !fresh || send_all(s, now->lines, now->len, deadline);
}

/* As journal_peek(), up to the last event. */
static size_t peek(struct journal *j, struct place *at, const struct last *last, const char **lines)
{
    size_t len = journal_peek(j, at, lines), left = last->end.offset;
    if (at->block < last->end.block)
        return len;
    left = at->block == last->end.block && at->offset < left ? left - at->offset : 0;
    return len < left ? len : left;
}

/* Bytes of as many whole lines as a piece holds, one at least. */
static size_t whole_lines(const char *lines, size_t len)
{
    if (len <= PIECE)
        return len;
    const char *end = lines + PIECE;
    while (end > lines && end[-1] != '\n')
        end--;
    if (end == lines)
        end = (const char *)memchr(lines, '\n', len) + 1;
    return (size_t)(end - lines);
}

/* Whole lines while there is time; *sent says how many bytes of them went. */
static bool send_lines(struct sink *s, const char *lines, size_t len, const struct last *last,
                       size_t *sent)
{
    for (*sent = 0; *sent < len && (s->is_file || clock_real() < last->enough);) {
        size_t piece = whole_lines(lines + *sent, len - *sent);
        if (!send_all(s, lines + *sent, piece, last->deadline))
            return false;
        *sent += piece;
    }
    return true;
}

static bool send_rest(struct tracer *tr, struct sink *s, const struct last *last)
{
    const char *lines;
    size_t len, sent = 0;
    if (!send_all(s, s->out + s->out_sent, s->out_len - s->out_sent, last->deadline))
        return false;
    s->out_len = s->out_sent = 0;
    if (s->state == SINK_FOLLOWS && !journal_holds(&tr->journal, s->at))
        s->state = SINK_LAPPED;
    if (s->state != SINK_FOLLOWS && !send_beginning(tr, s, last))
        return false;
    while ((len = peek(&tr->journal, &s->at, last, &lines)) > 0) {
        if (!send_lines(s, lines, len, last, &sent))
            return false;
        s->at.offset += sent;
        s->last_n = sent > 0 ? lines_last_n(lines, sent) : s->last_n;
        if (sent < len)
            return s->last_n >= last->n || send_gap(s, last->t, last->n, last->deadline);
    }
    return true;
}

static bool send_end(struct sink *s, struct ending ending, const struct last *last)
{
    char line[512], *p = put_prefix(line, last->t, last->n);
    p = LIT(p, ",\"ev\":\"trace:end\"");
    p = KEY(p, "events", put_count, last->n);
    p = KEY(p, "lost", put_count, s->lost);
    p = KEY(p, "how", put_word, ending.how);
    if (ending.has_status)
        p = KEY(p, "status", put_number, ending.status);
    p = LIT(p, "}\n");
    return send_all(s, line, (size_t)(p - line), last->deadline);
}

/* Not tr->n, which may count an event whose line is unfinished. */
static uint64_t last_event(struct journal *j, const struct last *last)
{
    for (uint64_t back = 0; back < JOURNAL_BLOCKS && back <= last->end.block; back++) {
        struct place at = { last->end.block - back, 0 };
        const char *lines;
        size_t len = peek(j, &at, last, &lines);
        if (len > 0)
            return lines_last_n(lines, len);
    }
    return 0;
}

void sinks_finish(struct tracer *tr, struct ending ending)
{
    if (atomic_exchange(&tr->ended, true))
        return;
    struct last last = { .end = journal_end(&tr->journal) };
    last.n = last_event(&tr->journal, &last);
    last.t =
        clock_now(&tr->loop->clock); /* after its end was fixed: no line before that is newer */
    last.deadline = clock_real() + PATIENCE;
    last.enough = last.deadline - STUCK;
    for (struct sink *s = tr->sinks; s != NULL; s = s->next) {
        if (s->fd < 0)
            continue;
        if (!send_rest(tr, s, &last) || !send_end(s, ending, &last)) {
            if (s->is_file && !s->blamed)
                say(s, strerror(errno), "; its end is missing");
        }
        if (s->is_viewer && !s->may_control)
            sink_ignore_input(s);
    }
}

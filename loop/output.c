/* output.c - the program's own stdout and stderr, told line by line (out:line).
 *
 *     printf() -> stdout -> our stream: stream_write() -> descriptor 1, at once and as it is
 *                                            |
 *                                            +-> out:line for each line that is complete
 *
 * The event stands where the line was printed, since it is told from inside of that printf().  The
 * stream is line-buffered (stderr: not at all, if it wasn't before), so what a program prints comes
 * out no later than before.  The one that it stands for becomes line-buffered too: whoever kept that
 * one prints between our lines, in the right order.
 *
 * Streams of ours are made once and stay when the loop is closed: the program may have kept a
 * stdout of ours, or be printing in another thread.  Between loops they only pass on.  fclose() of
 * one closes the program's, too.
 *
 * Not seen: write(1, ...), children, wide characters, a stream kept from before the first loop, and
 * stdout after a freopen() inside of a loop.  Those reach the descriptor as ever.
 *
 * Another thread's lines are set aside under a lock, and told by the loop's thread when it looks
 * up.  The printing thread can't wait for that: the loop's thread may be waiting for it, or for its
 * stream.  So there is a limit, and what is beyond it is counted.
 */
#define _GNU_SOURCE
#include "tracer.h"

#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

#include "sink.h"

#if defined(__GLIBC__) || defined(__APPLE__) || defined(__FreeBSD__)

#ifdef __GLIBC__
#include <stdio_ext.h>
#endif

enum { KEPT_MAX = LINE_MAX_BYTES, SET_ASIDE_MAX = 1 << 20 };

struct stream {
    const char *name;
    FILE **stdio; /* stdout or stderr */
    FILE *ours;   /* NULL: not made yet, or closed by the program */
    FILE *before; /* what it stands for */
    int fd;
    /* under the lock of ours */
    char line[KEPT_MAX]; /* the line so far */
    size_t len, cut;     /* cut: bytes of it that had no room */
    /* under output.lock */
    size_t lost; /* bytes of other threads' lines that were not set aside */
};

/* A line from another thread. */
struct aside {
    struct aside *next;
    const char *stream;
    size_t len, cut;
    char text[];
};

static struct output {
    struct stream out, err;
    pthread_mutex_t lock; /* what follows */
    struct tracer *tr;    /* NULL: nobody listens */
    struct aside *first, *last;
    size_t aside_bytes;
} output = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- telling */

static void tell(struct tracer *tr, const char *stream, const char *text, size_t len, size_t cut,
                 bool in_task)
{
    const struct handle *running = in_task ? tr->loop->current : NULL;
    char *p = EVENT(tr, "out:line");
    p = KEY(p, "stream", put_word, stream);
    p = put_text_cut(LIT(p, ",\"text\":"), line_room(tr, p), text, len, cut);
    if (running != NULL && running->kind == HANDLE_TASK)
        p = KEY(p, "task", put_who, handle_who(running));
    line_end(tr, p);
}

static void set_aside(struct stream *s)
{
    size_t size = sizeof(struct aside) + s->len;
    struct aside *a = output.aside_bytes < SET_ASIDE_MAX ? malloc(size) : NULL;
    if (a == NULL) {
        s->lost += s->len + s->cut + 1;
        return;
    }
    *a = (struct aside){ .stream = s->name, .len = s->len, .cut = s->cut };
    memcpy(a->text, s->line, s->len);
    if (output.last != NULL)
        output.last->next = a;
    else
        output.first = a;
    output.last = a;
    output.aside_bytes += size;
    tracer_ask(output.tr, ASKED_OUTPUT);
}

static void tell_lost(struct tracer *tr, const struct stream *s, size_t lost)
{
    if (lost > 0)
        tell(tr, s->name, "", 0, lost, false);
}

static size_t take(size_t *n)
{
    size_t taken = *n;
    *n = 0;
    return taken;
}

void output_tell_others(struct tracer *tr)
{
    pthread_mutex_lock(&output.lock);
    struct aside *a = output.first;
    output.first = output.last = NULL;
    output.aside_bytes = 0;
    size_t lost_out = take(&output.out.lost), lost_err = take(&output.err.lost);
    pthread_mutex_unlock(&output.lock);
    while (a != NULL) {
        struct aside *next = a->next;
        tell(tr, a->stream, a->text, a->len, a->cut, false);
        free(a);
        a = next;
    }
    tell_lost(tr, &output.out, lost_out);
    tell_lost(tr, &output.err, lost_err);
}

/* ---- the stream under stdio */

/* Who is to be told in this thread; another thread's line is set aside.  The lock is left alone when
 * nobody listens: then no fork() can leave it locked. */
static struct tracer *listener(struct stream *s)
{
    if (atomic_load(&the_tracer) == NULL)
        return NULL;
    pthread_mutex_lock(&output.lock);
    struct tracer *tr = output.tr;
    if (tr != NULL && !pthread_equal(pthread_self(), tr->loop_thread)) {
        set_aside(s);
        tr = NULL;
    }
    pthread_mutex_unlock(&output.lock);
    return tr;
}

/* Told without the lock: in there a viewer may hold the program, and ask for other threads' lines.
 * The loop's thread alone ends the tracer, so it doesn't go away meanwhile. */
static void line_is_over(struct stream *s)
{
    struct tracer *tr = listener(s);
    if (tr != NULL)
        tell(tr, s->name, s->line, s->len, s->cut, true);
    s->len = s->cut = 0;
}

static void collect_line(struct stream *s, const char *bytes, size_t len)
{
    while (len > 0) {
        const char *lf = memchr(bytes, '\n', len);
        size_t n = lf != NULL ? (size_t)(lf - bytes) : len;
        size_t room = KEPT_MAX - s->len;
        size_t kept = n < room ? n : room;
        memcpy(s->line + s->len, bytes, kept);
        s->len += kept;
        s->cut += n - kept;
        if (lf != NULL)
            line_is_over(s);
        n += lf != NULL;
        bytes += n;
        len -= n;
    }
}

/* To where it was going anyway.  How many bytes went. */
static size_t pass_on(int fd, const char *bytes, size_t len)
{
    size_t sent = 0;
    while (sent < len) {
        ssize_t n = write(fd, bytes + sent, len - sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    return sent;
}

static size_t stream_write(struct stream *s, const char *bytes, size_t len)
{
    size_t sent = pass_on(s->fd, bytes, len);
    int saved = errno;
    collect_line(s, bytes, sent);
    errno = saved;
    return sent;
}

/* The program's fclose(): what it sees is closed as it would have been without us. */
static int stream_close(void *cookie)
{
    struct stream *s = cookie;
#ifdef __GLIBC__
    /* Ours is freed now.  Elsewhere it is not, and freopen() closes and goes on with it. */
    if (*s->stdio == s->ours)
        *s->stdio = s->before;
#endif
    s->ours = NULL;
    return fclose(s->before);
}

#ifdef __GLIBC__
/* Less than len is an error; never negative, or fwrite() loses count. */
static ssize_t cookie_write(void *cookie, const char *bytes, size_t len)
{
    return (ssize_t)stream_write(cookie, bytes, len);
}

static int cookie_seek(void *cookie, off64_t *offset, int whence)
{
    const struct stream *s = cookie;
    off64_t at = lseek64(s->fd, *offset, whence);
    if (at < 0)
        return -1;
    *offset = at;
    return 0;
}

/* A stream of fopencookie() has no descriptor and no wide half: fileno() and isatty() would answer
 * otherwise, wprintf() would fail and freopen() crash.  Ours has both; before has its wide half to
 * spare.  Once it prints wide characters or is reopened, glibc uses the descriptor without us. */
static FILE *stream_file(struct stream *s)
{
    FILE *f = fopencookie(s, "w",
                          (cookie_io_functions_t){
                              .write = cookie_write,
                              .seek = cookie_seek,
                              .close = stream_close,
                          });
    if (f == NULL)
        return NULL;
    f->_fileno = s->fd;
    f->_wide_data = s->before->_wide_data;
    f->_mode = 0;
    return f;
}

/* stderr has no buffer before its first use either; stdout gets one then, unless it was told not
 * to. */
static bool was_unbuffered(FILE *f)
{
    return f == stderr ? __fbufsize(f) <= 1 : __fbufsize(f) == 1;
}
#else
static int cookie_write(void *cookie, const char *bytes, int len)
{
    size_t sent = stream_write(cookie, bytes, (size_t)len);
    return sent == 0 && len > 0 ? -1 : (int)sent;
}

static fpos_t cookie_seek(void *cookie, fpos_t offset, int whence)
{
    const struct stream *s = cookie;
    return lseek(s->fd, offset, whence);
}

static FILE *stream_file(struct stream *s)
{
    return funopen(s, NULL, cookie_write, cookie_seek, stream_close);
}

static bool was_unbuffered(FILE *f)
{
    return f == stderr;
}
#endif

/* Not when the program has closed it, made it a stream without descriptor, or prints wide. */
static bool can_be_told(FILE *f)
{
    return f != NULL && fileno(f) >= 0 && fwide(f, 0) <= 0;
}

static void capture(struct stream *s, FILE **stdio, const char *name)
{
    if (*stdio == s->ours || !can_be_told(*stdio))
        return; /* still in place, or not to be had */
    bool unbuffered = was_unbuffered(*stdio);
    fflush(*stdio);
    s->name = name;
    s->stdio = stdio;
    s->before = *stdio;
    s->fd = fileno(*stdio);
    if (s->ours == NULL)
        s->ours = stream_file(s);
    if (s->ours == NULL)
        return; /* the trace lacks these lines; the program does not */
    setvbuf(s->ours, NULL, unbuffered ? _IONBF : _IOLBF, unbuffered ? 0 : BUFSIZ);
    if (!unbuffered)
        setvbuf(s->before, NULL, _IOLBF, BUFSIZ);
    *stdio = s->ours;
}

static void listen_for(struct tracer *tr)
{
    pthread_mutex_lock(&output.lock);
    output.tr = tr;
    pthread_mutex_unlock(&output.lock);
}

void output_open(struct tracer *tr)
{
    capture(&output.out, &stdout, "stdout");
    capture(&output.err, &stderr, "stderr");
    listen_for(tr);
}

static void finish_line(struct stream *s)
{
    FILE *ours = s->ours;
    if (ours != NULL) {
        flockfile(ours);
        fflush(ours);
    }
    if (s->len > 0)
        line_is_over(s);
    if (ours != NULL)
        funlockfile(ours);
}

void output_finish(struct tracer *tr)
{
    finish_line(&output.out);
    finish_line(&output.err);
    output_tell_others(tr);
}

void output_close(struct tracer *tr)
{
    output_finish(tr);
    listen_for(NULL);
    output_tell_others(tr); /* what came between */
}

/* Nobody listens there, and who held the lock is not there any more. */
void output_in_child(struct tracer *tr)
{
    (void)tr;
    pthread_mutex_init(&output.lock, NULL);
    output.tr = NULL;
    output.first = output.last = NULL;
    output.aside_bytes = 0;
    output.out.lost = output.err.lost = 0;
    output.out.len = output.err.len = 0;
    output.out.cut = output.err.cut = 0;
}

#else /* stdout can't be assigned to: the program runs, its lines are not told */

void output_open(struct tracer *tr)
{
    (void)tr;
}

void output_finish(struct tracer *tr)
{
    (void)tr;
}

void output_close(struct tracer *tr)
{
    (void)tr;
}

void output_in_child(struct tracer *tr)
{
    (void)tr;
}

void output_tell_others(struct tracer *tr)
{
    (void)tr;
}

#endif

/* output.c - the program's own stdout and stderr, told line by line (out:line).
 *
 * A stream of ours is set under stdio: stdout is made to be one whose write function passes the
 * bytes on to descriptor 1 at once, as they are, and tells each line that is complete, in order
 * with the events around it.  So printf(), puts() and perror() are seen; write(1, ...) and what
 * children print are not.  The stream is line-buffered (stderr: not at all, if it wasn't before),
 * so what a program prints comes out no later than before.
 *
 * Another thread's lines are set aside under a lock, and told by the loop's thread when it looks
 * up.
 */
#define _GNU_SOURCE
#include "tracer.h"

#include <stdlib.h>
#include <unistd.h>

#include "sink.h"

#if defined(__GLIBC__)
#include <stdio_ext.h>
#define CAN_CAPTURE 1
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
#define CAN_CAPTURE 1
#else
#define CAN_CAPTURE 0 /* stdout can't be assigned to: the program runs, its lines are not told */
#endif

enum { KEPT_MAX = LINE_MAX_BYTES, SET_ASIDE_MAX = 1 << 20 };

struct stream {
    struct output *output;
    const char *name;
    int fd;
    FILE *ours, *before;
    char line[KEPT_MAX]; /* the line so far */
    size_t len, cut;     /* cut: bytes of it that had no room */
};

/* A line from another thread. */
struct aside {
    struct aside *next;
    const char *stream;
    size_t len, cut;
    char text[];
};

struct output {
    struct tracer *tr;
    struct stream out, err;
    pthread_mutex_t lock; /* lines, and those set aside */
    struct aside *first, *last;
    size_t aside_bytes, aside_lost;
};

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

static void set_aside(struct output *o, const struct stream *s)
{
    struct aside *a = o->aside_bytes < SET_ASIDE_MAX ? malloc(sizeof *a + s->len) : NULL;
    if (a == NULL) {
        o->aside_lost++;
        return;
    }
    *a = (struct aside){ .stream = s->name, .len = s->len, .cut = s->cut };
    memcpy(a->text, s->line, s->len);
    if (o->last != NULL)
        o->last->next = a;
    else
        o->first = a;
    o->last = a;
    o->aside_bytes += s->len;
    tracer_ask(o->tr, ASKED_OUTPUT);
}

void output_tell_others(struct tracer *tr)
{
    struct output *o = tr->output;
    if (o == NULL)
        return;
    pthread_mutex_lock(&o->lock);
    struct aside *a = o->first;
    o->first = o->last = NULL;
    o->aside_bytes = 0;
    pthread_mutex_unlock(&o->lock);
    while (a != NULL) {
        struct aside *next = a->next;
        tell(tr, a->stream, a->text, a->len, a->cut, false);
        free(a);
        a = next;
    }
}

/* ---- the stream under stdio */

static void line_is_over(struct stream *s)
{
    struct tracer *tr = s->output->tr;
    if (atomic_load(&the_tracer) != tr)
        return;
    if (pthread_equal(pthread_self(), tr->loop_thread))
        tell(tr, s->name, s->line, s->len, s->cut, true);
    else
        set_aside(s->output, s);
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

static ssize_t stream_write(void *cookie, const char *bytes, size_t len)
{
    struct stream *s = cookie;
    size_t sent = pass_on(s->fd, bytes, len);
    int saved = errno;
    collect_line(s, bytes, sent);
    errno = saved;
    return sent == 0 && len > 0 ? -1 : (ssize_t)sent;
}

#if CAN_CAPTURE

#ifdef __GLIBC__
static FILE *stream_file(struct stream *s)
{
    FILE *f = fopencookie(s, "w", (cookie_io_functions_t){ .write = stream_write });
    if (f != NULL)
        f->_fileno = s->fd; /* so that fileno(stdout), isatty(fileno(stdout)) answer as before */
    return f;
}

/* glibc closes what fileno() names, which is still the program's. */
static void stream_close(FILE *f)
{
    f->_fileno = -2; /* what fopencookie() sets */
    fclose(f);
}

/* stderr has no buffer before its first use either; stdout gets one then, unless it was told not
 * to. */
static bool was_unbuffered(FILE *f)
{
    return f == stderr ? __fbufsize(f) <= 1 : __fbufsize(f) == 1;
}
#else
static int stream_write_int(void *cookie, const char *bytes, int len)
{
    return (int)stream_write(cookie, bytes, (size_t)len);
}

static FILE *stream_file(struct stream *s)
{
    return funopen(s, NULL, stream_write_int, NULL, NULL);
}

static void stream_close(FILE *f)
{
    fclose(f);
}

static bool was_unbuffered(FILE *f)
{
    return f == stderr;
}
#endif

static void capture(struct output *o, struct stream *s, FILE **stdio, int fd, const char *name)
{
    *s = (struct stream){ .output = o, .name = name, .fd = fd, .before = *stdio };
    bool unbuffered = was_unbuffered(*stdio);
    fflush(*stdio);
    s->ours = stream_file(s);
    if (s->ours == NULL)
        return;
    setvbuf(s->ours, NULL, unbuffered ? _IONBF : _IOLBF, unbuffered ? 0 : BUFSIZ);
    *stdio = s->ours;
}

static void give_back(struct stream *s, FILE **stdio)
{
    if (s->ours == NULL)
        return;
    fflush(s->ours);
    if (*stdio == s->ours)
        *stdio = s->before;
}

void output_open(struct tracer *tr)
{
    struct output *o = calloc(1, sizeof *o);
    if (o == NULL)
        return; /* the trace lacks these lines; the program does not */
    o->tr = tr;
    pthread_mutex_init(&o->lock, NULL);
    tr->output = o;
    capture(o, &o->out, &stdout, STDOUT_FILENO, "stdout");
    capture(o, &o->err, &stderr, STDERR_FILENO, "stderr");
}

void output_finish(struct tracer *tr)
{
    struct output *o = tr->output;
    if (o == NULL)
        return;
    for (struct stream *s = &o->out;; s = &o->err) {
        if (s->ours != NULL)
            fflush(s->ours);
        if (s->len > 0)
            line_is_over(s);
        if (s == &o->err)
            break;
    }
    output_tell_others(tr);
}

void output_close(struct tracer *tr)
{
    struct output *o = tr->output;
    if (o == NULL)
        return;
    give_back(&o->out, &stdout);
    give_back(&o->err, &stderr);
    output_finish(tr);
    tr->output = NULL;
    if (o->out.ours != NULL)
        stream_close(o->out.ours);
    if (o->err.ours != NULL)
        stream_close(o->err.ours);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

void output_in_child(struct tracer *tr)
{
    struct output *o = tr->output;
    if (o == NULL)
        return;
    if (stdout == o->out.ours)
        stdout = o->out.before;
    if (stderr == o->err.ours)
        stderr = o->err.before;
}

#else

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

#endif

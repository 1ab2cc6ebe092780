/*
 * trace - finding lines in a file that may be large, growing, or a pipe.
 *
 *      file    ........[ window ]...............|size
 *                      base     base+len
 *
 * All reading goes through one window that is moved to where bytes are wanted and grown when a
 * line doesn't fit (to TRACE_LINE_MAX, so that a line without end can't take all memory). On a
 * pipe the window only moves forward. `size` is what was there at the last look: a line that grows
 * while we read it is not seen half, then whole, by two parts of the viewer in the same moment.
 */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 256 << 10, BACK = 64 << 10 };

/* ---- opening --------------------------------------------------------------------------------- */

static char *clean_copy(const char *name)
{
    char room[PATH_MAX];
    struct say say;
    say_init(&say, room, sizeof room);
    say_clean(&say, slice_of(name), 1000);
    return strdup(room);
}

int trace_open_fd(struct trace *trace, int fd, const char *name)
{
    *trace = (struct trace){ .fd = fd };
    trace->name = clean_copy(name);
    struct stat about;
    int error = trace->name == NULL ? ENOMEM : 0;
    if (error == 0 && fstat(fd, &about) != 0)
        error = errno;
    if (error == 0 && S_ISDIR(about.st_mode))
        error = EISDIR;
    if (error != 0) {
        trace_close(trace);
        return -error;
    }
    trace->seekable = S_ISREG(about.st_mode);
    trace->size = trace->seekable ? about.st_size : INT64_MAX;
    return 0;
}

int trace_open(struct trace *trace, const char *path)
{
    if (strcmp(path, "-") == 0) {
        int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        return fd < 0 ? -errno : trace_open_fd(trace, fd, "<stdin>");
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? -errno : trace_open_fd(trace, fd, path);
}

void trace_close(struct trace *trace)
{
    if (trace->fd >= 0)
        close(trace->fd);
    free(trace->name);
    free(trace->window);
    *trace = (struct trace){ .fd = -1 };
}

int trace_poll(struct trace *trace)
{
    struct stat about;
    if (!trace->seekable)
        return 0;
    if (fstat(trace->fd, &about) != 0)
        return -errno;
    if (about.st_size < trace->size)
        return -ESTALE;
    bool grown = about.st_size > trace->size;
    trace->size = about.st_size;
    return grown;
}

const char *trace_problem(int error)
{
    return error == -ESTALE ? "it has become shorter, open it anew" : strerror(-error);
}

/* ---- the window ------------------------------------------------------------------------------ */

static int window_room(struct trace *trace, size_t room)
{
    if (room <= trace->room)
        return 0;
    char *window = realloc(trace->window, room);
    if (window == NULL)
        return -ENOMEM;
    trace->window = window;
    trace->room = room;
    return 0;
}

/* Reads up to `room` bytes that stand at `offset`. The count, 0 at the end, or a negative errno. */
static ssize_t read_at(struct trace *trace, char *into, size_t room, int64_t offset)
{
    ssize_t got;
    if (trace->seekable) {
        int64_t there = trace->size - offset;
        if (there <= 0)
            return 0;
        room = (int64_t)room < there ? room : (size_t)there;
    }
    do {
        got = trace->seekable ? pread(trace->fd, into, room, offset) : read(trace->fd, into, room);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

/* Adds bytes at the window's end. As read_at(). */
static ssize_t window_more(struct trace *trace)
{
    int rc = window_room(trace, trace->len + BLOCK);
    if (rc < 0)
        return rc;
    ssize_t got =
        read_at(trace, trace->window + trace->len, BLOCK, trace->base + (int64_t)trace->len);
    if (got > 0)
        trace->len += (size_t)got;
    return got;
}

/* Makes the window begin at or before `offset`, close to it when it has to be moved. */
static int window_at(struct trace *trace, int64_t offset)
{
    int64_t end = trace->base + (int64_t)trace->len;
    if (offset >= trace->base && offset < end)
        return 0;
    if (!trace->seekable) {
        if (offset < trace->base || offset > end)
            return -ESPIPE;
    }
    trace->base = offset;
    trace->len = 0;
    return 0;
}

/* Drops what stands before `offset`, which lies in the window. */
static void window_drop(struct trace *trace, int64_t offset)
{
    size_t gone = (size_t)(offset - trace->base);
    if (gone == 0)
        return;
    memmove(trace->window, trace->window + gone, trace->len - gone);
    trace->len -= gone;
    trace->base = offset;
}

/* ---- lines forward --------------------------------------------------------------------------- */

/* Passes over the rest of a line without end: where the next one begins. Keeps no bytes. */
static int64_t skip_line(struct trace *trace, int64_t offset, bool *whole)
{
    ssize_t got;
    for (;;) {
        trace->base = offset;
        trace->len = 0;
        if ((got = window_more(trace)) <= 0)
            break;
        const char *lf = memchr(trace->window, '\n', trace->len);
        if (lf != NULL) {
            *whole = true;
            return offset + (lf - trace->window) + 1;
        }
        offset += (int64_t)trace->len;
    }
    *whole = false;
    return got < 0 ? got : offset;
}

static int too_long_line(struct trace *trace, int64_t offset, struct line *line)
{
    static const char nothing[] = "";
    *line = (struct line){ .offset = offset, .text = { nothing, 0 }, .too_long = true };
    line->next = skip_line(trace, trace->base + (int64_t)trace->len, &line->whole);
    return line->next < 0 ? (int)line->next : 1;
}

int trace_line_at(struct trace *trace, int64_t offset, struct line *line)
{
    int rc = window_at(trace, offset);
    if (rc < 0)
        return rc;
    size_t looked = 0;
    for (;;) {
        size_t from = (size_t)(offset - trace->base);
        const char *text = trace->window != NULL ? trace->window + from : "";
        size_t there = trace->len - from;
        const char *lf = there > looked ? memchr(text + looked, '\n', there - looked) : NULL;
        if (lf != NULL) {
            size_t len = (size_t)(lf - text);
            *line = (struct line){ offset, offset + (int64_t)len + 1, { text, len }, true, false };
            return 1;
        }
        if (there > TRACE_LINE_MAX)
            return too_long_line(trace, offset, line);
        looked = there;
        if (trace->len > 0)
            window_drop(trace, offset);
        ssize_t got = window_more(trace);
        if (got < 0)
            return (int)got;
        if (got == 0) {
            *line = (struct line){
                offset, offset + (int64_t)there, { trace->window, there }, false, false
            };
            return there > 0;
        }
    }
}

/* ---- lines backward -------------------------------------------------------------------------- */

/* Where the line begins that holds the byte before `offset`; lines of any length. */
static int64_t line_start(struct trace *trace, int64_t offset)
{
    int64_t end = offset;
    while (end > 0) {
        int64_t inside = trace->base + (int64_t)trace->len;
        if (end <= trace->base || end > inside) {
            trace->base = end > BACK ? end - BACK : 0;
            trace->len = 0;
            ssize_t got = window_more(trace);
            if (got < 0)
                return got;
            if (trace->base + got < end)
                return -ESTALE;
        }
        for (size_t i = (size_t)(end - trace->base); i > 0; i--)
            if (trace->window[i - 1] == '\n')
                return trace->base + (int64_t)i;
        end = trace->base;
    }
    return 0;
}

int trace_line_before(struct trace *trace, int64_t offset, struct line *line)
{
    if (!trace->seekable)
        return -ESPIPE;
    if (offset <= 0)
        return 0;
    if (offset > trace->size)
        offset = trace->size;
    /*
     * The byte before is that line's own LF (or, at the end, the last byte of a line without one).
     */
    int64_t start = line_start(trace, offset - 1);
    return start < 0 ? (int)start : trace_line_at(trace, start, line);
}

int trace_line_from(struct trace *trace, int64_t offset, struct line *line)
{
    if (!trace->seekable)
        return -ESPIPE;
    if (offset <= 0)
        return trace_line_at(trace, 0, line);
    if (offset >= trace->size)
        return 0;
    /*
     * A line begins at the offset itself when the byte before it is an LF; else pass over the
     * rest.
     */
    int rc = trace_line_at(trace, offset - 1, line);
    return rc <= 0 ? rc : trace_line_at(trace, line->next, line);
}

/* ---- searching ------------------------------------------------------------------------------- */

static ssize_t read_block(struct trace *trace, char *block, int64_t from, int64_t to)
{
    size_t have = 0;
    while (from + (int64_t)have < to) {
        ssize_t got =
            read_at(trace, block + have, (size_t)(to - from) - have, from + (int64_t)have);
        if (got < 0)
            return got;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

int64_t trace_find_back(struct trace *trace, int64_t offset, int64_t limit, const char *needle)
{
    struct slice what = slice_of(needle);
    char *block = malloc(BLOCK);
    int64_t found = block == NULL ? -ENOMEM : -1;
    int64_t end = offset < trace->size ? offset : trace->size;

    while (found == -1 && end > limit) {
        int64_t from = end - limit > BLOCK ? end - BLOCK : limit;
        ssize_t got = read_block(trace, block, from, end);
        if (got < 0) {
            found = got;
            break;
        }
        ptrdiff_t hit = slice_find_last((struct slice){ block, (size_t)got }, what);
        if (hit >= 0)
            found = line_start(trace, from + hit);
        else if (from == limit)
            break;
        else
            end = from + (int64_t)what.len - 1; /* it may stand across the border */
    }
    free(block);
    return found;
}

int64_t trace_find_next(struct trace *trace, int64_t offset, int64_t limit, const char *needle)
{
    struct slice what = slice_of(needle);
    char *block = malloc(BLOCK);
    int64_t found = block == NULL ? -ENOMEM : -1;
    int64_t end = limit < trace->size ? limit : trace->size;

    while (found == -1 && offset < end) {
        int64_t to = end - offset > BLOCK ? offset + BLOCK : end;
        ssize_t got = read_block(trace, block, offset, to);
        if (got < 0) {
            found = got;
            break;
        }
        ptrdiff_t hit = slice_find((struct slice){ block, (size_t)got }, what);
        if (hit >= 0)
            found = line_start(trace, offset + hit);
        else if (to == end || got < (ssize_t)what.len)
            break;
        else
            offset = to - (int64_t)what.len + 1;
    }
    free(block);
    return found;
}

int64_t trace_line_number(struct trace *trace, int64_t offset)
{
    int64_t number = 1;
    char *block = malloc(BLOCK);
    if (block == NULL)
        return -ENOMEM;
    for (int64_t from = 0; from < offset;) {
        int64_t to = offset - from > BLOCK ? from + BLOCK : offset;
        ssize_t got = read_block(trace, block, from, to);
        if (got <= 0)
            break;
        for (const char *at = block; (at = memchr(at, '\n', (size_t)(block + got - at))) != NULL;
             at++)
            number++;
        from += got;
    }
    free(block);
    return number;
}

/* sink_file.c - LOOP_TRACE=FILE, and LOOP_TRACE_LIMIT.
 *
 * Begun anew by the first loop of the process; a loop that is made after that one was closed adds to it, and so does
 * a program that this one becomes by exec().  It is locked as long as it is open: another process that would write to
 * it stays untraced.  What is not a regular file is allowed too: a FIFO is a viewer that nobody waits for (but opening
 * it waits for the reader), /dev/stderr is whatever that is.
 *
 * What runs for ever writes for ever.  With LOOP_TRACE_LIMIT=64M the file is kept in two pieces of half that, and at
 * most one turn of the loop more:
 *
 *     FILE.1  [head sources state ...............]     the piece before; replaced when FILE is full
 *     FILE    [head sources state ........           and FILE goes on where FILE.1 ends
 *
 * Each is a whole trace, and so are both, one behind the other.  The loop's thread says where a piece ends, by the
 * bytes that it has written (state_tell_if_due()), so that it doesn't matter how far behind the feeder is.  A piece
 * has at least 64 KiB, and twice the state that it begins with.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#if __has_include(<sys/file.h>)
#include <sys/file.h>
#endif
#include <sys/stat.h>
#include <unistd.h>

#include "sink.h"

enum { FLAGS = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_APPEND };

/* "64M" as bytes; 0: it is no such size. */
static uint64_t size_of(const char *text)
{
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    unsigned long long size = strtoull(text, &end, 10);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    int shift = unit != NULL ? 10 * (int)(unit - units + 1) : 0;
    if (*text < '0' || *text > '9' || errno != 0 || size > UINT64_MAX >> shift)
        return 0;
    return end[unit != NULL] == '\0' ? size << shift : 0;
}

/* FILE.1, or the file's own path made absolute: the program may change its directory. */
static bool path_of(const char *path, const char *ending, char out[PATH_MAX])
{
    char here[PATH_MAX] = "";
    if (path[0] != '/' && getcwd(here, sizeof here) == NULL)
        return false;
    int n = snprintf(out, PATH_MAX, "%s%s%s%s", here, path[0] == '/' ? "" : "/", path, ending);
    return n > 0 && n < PATH_MAX;
}

/* Opened by us, a FIFO doesn't share the flag with anybody; a terminal may (/dev/stderr). */
static int without_waiting(int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
        fcntl(fd, F_SETFL, O_WRONLY | O_NONBLOCK);
    int anew = isatty(fd) ? fd_reopen_terminal(fd) : -1;
    if (anew < 0)
        return fd;
    close(fd);
    return anew;
}

/* LOOP_TRACE_LIMIT; 0: there is none.  Looked at before the file: a wrong one costs no older trace. */
static int limit_of(uint64_t *size, const char **why)
{
    const char *text = getenv("LOOP_TRACE_LIMIT");
    *size = text != NULL ? size_of(text) : 0;
    if (*size >= 2 || text == NULL || *text == '\0')
        return 0;
    *why = "LOOP_TRACE_LIMIT is a number of bytes, 2 or more, as 64M, 500K or 1G";
    return -EINVAL;
}

static int limit(struct tracer *tr, struct sink *s, const char *path, uint64_t size, bool anew)
{
    char whole[PATH_MAX], before[PATH_MAX];
    struct stat st;
    if (size == 0 || fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    if (!path_of(path, "", whole) || !path_of(path, ".1", before))
        return -ENAMETOOLONG;
    s->path = strdup(whole);
    if (s->path == NULL)
        return -ENOMEM;
    if (anew)
        unlink(before); /* an older run's: it would not go together with this one */
    s->piece = (uint64_t)st.st_size;
    tr->piece_max = size / 2 > BLOCK_BYTES ? size / 2 : BLOCK_BYTES;
    tr->piece_due = tr->piece_max > s->piece ? tr->piece_max - s->piece : 0;
    return 0;
}

/* The process whose head the file begins with; 0: not found. */
static long writer_of(const char *path)
{
    char line[LINE_MAX_BYTES];
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return 0;
    const char *pid = fgets(line, sizeof line, f) != NULL ? strstr(line, ",\"pid\":") : NULL;
    fclose(f);
    return pid != NULL ? strtol(pid + 7, NULL, 10) : 0;
}

/* False: another process has it.  A file system without locks has none to tell of. */
static bool lock(int fd)
{
#ifdef LOCK_EX
    return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
#else
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    return fcntl(fd, F_SETLK, &whole) == 0 || (errno != EAGAIN && errno != EACCES);
#endif
}

/* Nothing of it is lost before it is ours. */
static int make_ours(const struct tracer *tr, int fd, const char *path, const char **why)
{
    static char busy[64];
    struct stat st;
    if (sinks_have(tr, fd))
        return -EEXIST;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return 0;
    if (!lock(fd)) {
        snprintf(busy, sizeof busy, "process %ld writes there", writer_of(path));
        *why = busy;
        return -EBUSY;
    }
    return !tr->goes_on && ftruncate(fd, 0) < 0 ? -errno : 0;
}

int sink_file_open(struct tracer *tr, const char *path, const char **why)
{
    uint64_t size;
    int err = limit_of(&size, why);
    if (err < 0)
        return err;
    int fd = open(path, FLAGS, 0666);
    if (fd < 0)
        return -errno;
    fd = fd_move_high(without_waiting(fd));
    if (fd < 0)
        return fd;
    err = make_ours(tr, fd, path, why);
    struct sink *s = err < 0 ? NULL : sink_add(tr, fd, path);
    if (s == NULL) {
        close(fd);
        return err < 0 ? err : -ENOMEM;
    }
    return limit(tr, s, path, size, !tr->goes_on);
}

bool sink_file_rotate(struct sink *s)
{
    char before[PATH_MAX];
    snprintf(before, sizeof before, "%s.1", s->path);
    if (rename(s->path, before) < 0)
        return false;
    int fd = open(s->path, FLAGS | O_EXCL, 0666);
    if (fd >= 0)
        fd = fd_move_high(fd);
    if (fd >= 0)
        lock(fd);
    if (fd < 0) {
        (void)!rename(before, s->path);
        return false;
    }
    if (fd_is_still(s->fd, s->file))
        close(s->fd);
    s->fd = fd;
    s->file = fd_id(fd);
    s->piece = 0;
    return true;
}

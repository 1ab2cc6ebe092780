/* sink.c - LOOP_TRACE taken apart, and what all sinks have in common. */
#define _GNU_SOURCE
#include "sink.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- descriptors out of the program's way */

/* Programs see 3, 4, 5 ... as if nobody traced.  Below 1024 even where that much is not allowed. */
static int high_from(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur > 1000)
        return 900;
    return limit.rlim_cur > 64 ? (int)limit.rlim_cur - 32 : (int)limit.rlim_cur / 2;
}

int fd_move_high(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, high_from());
    if (high < 0 && (errno == EMFILE || errno == EINVAL)) /* none left up there: any will do */
        high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int err = high < 0 ? -errno : high;
    close(fd);
    return err;
}

static int make_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int fd_pipe_high(atomic_int pipe_fd[2])
{
    int low[2];
    if (pipe(low) < 0)
        return -errno;
    int err = 0;
    for (int i = 0; i < 2; i++) {
        pipe_fd[i] = fd_move_high(low[i]);
        if (pipe_fd[i] < 0)
            err = pipe_fd[i];
        else if (err == 0)
            err = make_nonblocking(pipe_fd[i]);
    }
    return err;
}

/* ---- what is said */

void sink_say(const char *format, ...)
{
    char line[512] = "loop: ";
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line + 6, sizeof line - 7, format, args);
    va_end(args);
    size_t size = len < 0 ? 6 : (size_t)len < sizeof line - 7 ? 6 + (size_t)len : sizeof line - 2;
    line[size++] = '\n';
    if (write(STDERR_FILENO, line, size) < 0)
        return; /* there is nobody left to tell */
}

/* ---- one sink */

struct sink *sink_add(struct tracer *tr, int fd, const char *name)
{
    struct sink *s = calloc(1, sizeof *s), **last = &tr->sinks;
    if (s == NULL || (s->name = strdup(name)) == NULL) {
        free(s);
        return NULL;
    }
    s->fd = fd;
    sink_judge(s);
    pthread_mutex_lock(
        &tr->journal.lock); /* the loop's thread looks at the list when it wants a block */
    while (*last != NULL)
        last = &(*last)->next;
    *last = s;
    tr->feeder->n_sinks++;
    pthread_mutex_unlock(&tr->journal.lock);
    return s;
}

void sink_judge(struct sink *s)
{
    struct stat st;
    s->file = fd_id(s->fd);
    if (fstat(s->fd, &st) < 0)
        return;
    s->is_terminal = isatty(s->fd);
    s->is_socket = S_ISSOCK(st.st_mode);
    s->is_file =
        S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && !s->is_terminal);
    s->may_block = !s->is_socket && !s->is_file && (fcntl(s->fd, F_GETFL) & O_NONBLOCK) == 0;
}

static void sink_destroy(struct sink *s)
{
    if (fd_is_still(s->fd, s->file))
        close(s->fd);
    free(s->name);
    free(s->path);
    free(s->out);
    free(s);
}

/* ---- LOOP_TRACE */

/* Two openings of one place would write into each other's lines. */
bool sinks_have(const struct tracer *tr, int fd)
{
    struct stat st, other;
    if (fstat(fd, &st) < 0)
        return false;
    for (const struct sink *s = tr->sinks; s != NULL; s = s->next)
        if (fstat(s->fd, &other) == 0 && st.st_dev == other.st_dev && st.st_ino == other.st_ino)
            return true;
    return false;
}

/* Does the list up to `end` name it? */
static bool is_named(const char *spec, const char *end, const char *name)
{
    size_t len = strlen(name);
    for (; spec < end; spec += strcspn(spec, ",") + 1)
        if (strncmp(spec, name, len) == 0 && spec[len] == ',')
            return true;
    return false;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int open_one(struct tracer *tr, const char *name, const char **why)
{
    if (starts_with(name, "unix:"))
        return sink_unix_open(tr, name + 5, why);
    if (starts_with(name, "fd:"))
        return sink_fd_open(tr, name + 3, name);
    if (starts_with(name, "tcp:"))
        return sink_tcp_open(tr, name + 4, why);
    return sink_file_open(tr, name, why);
}

int sinks_open(struct tracer *tr, const char *spec, char *which, size_t size, const char **why)
{
    tr->feeder = calloc(1, sizeof *tr->feeder);
    if (tr->feeder == NULL)
        return -ENOMEM;
    tr->feeder->poke[0] = tr->feeder->poke[1] = -1;
    const char *list = spec;
    while (*spec != '\0') {
        size_t len = strcspn(spec, ",");
        snprintf(which, size, "%.*s", (int)len, spec);
        if (len >= size) {
            *why = "the name is too long";
            return -ENAMETOOLONG;
        }
        int err = len == 0 ? 0 : is_named(list, spec, which) ? -EEXIST : open_one(tr, which, why);
        if (err == -EEXIST)
            *why = "it is named twice";
        if (err < 0)
            return err;
        spec += spec[len] == ',' ? len + 1 : len;
    }
    return 0;
}

void sinks_close(struct tracer *tr)
{
    struct feeder *f = tr->feeder;
    while (tr->sinks != NULL) {
        struct sink *s = tr->sinks;
        tr->sinks = s->next;
        sink_destroy(s);
    }
    if (f == NULL)
        return;
    while (f->doors != NULL) {
        struct door *door = f->doors;
        f->doors = door->next;
        door_close(door);
    }
    for (int i = 0; i < 2; i++)
        if (fd_is_still(f->poke[i], f->poke_file))
            close(f->poke[i]);
    free(f->snapshot.lines);
    free(f);
}

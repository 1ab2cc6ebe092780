/*
 * source.c - where a trace comes from: a program started, one attached to, a file, a pipe
 *
 *     program ----\
 *     socket  -----+--> in_fd --pump--> spool file --pread--> trace, model, panes
 *     stdin   ----/                        ^
 *     saved or growing file ---------------'   (is its own spool)
 *
 * Only pump() and what it calls touch the spool, and only at its end. That a program has died is
 * not enough for the end of its trace: what it wrote may still lie in the socket, so the end is
 * when the socket says so, or when the program is dead and the socket is empty (a child that it
 * left behind may keep the other end open for ever).
 */
#include "source.h"

#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PUMP_MAX = 1 << 20, FOLLOW_MS = 30, GRACE_MS = 2000 };

enum kind { FROM_PROGRAM, FROM_SOCKET, FROM_PIPE, FROM_FILE };

struct source {
    enum kind kind;
    int in_fd;    /* what is pumped; -1 for files and after the end */
    int trace_fd; /* the spool */
    off_t bytes;  /* in the spool */
    bool follow, takes_control, has_ended, user_ended;
    struct program program; /* FROM_PROGRAM only */
    char *name, *path;
    char buffer[65536];
};

/* ---- making one ---------------------------------------------------------------------------- */

static int say(char *message, size_t size, char const *what, char const *on, int problem)
{
    snprintf(message, size, "%s %s: %s", what, on, strerror(problem));
    return -problem;
}

/* The spool: the recording that was asked for, or an unnamed temporary file. */
static int open_spool(char const *record, char *message, size_t size)
{
    char const *dir = getenv("TMPDIR");
    char path[1024];
    int fd;

    if (record) {
        fd = open(record, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        return fd < 0 ? say(message, size, "can't write the recording", record, errno) : fd;
    }
    snprintf(path, sizeof(path), "%s/loopscope-XXXXXX", dir && *dir ? dir : "/tmp");
    fd = mkstemp(path);
    if (fd < 0)
        return say(message, size, "can't make a temporary file (set TMPDIR)", path, errno);
    unlink(path);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

static struct source *make(enum kind kind, char const *name, char const *path)
{
    struct source *source = calloc(1, sizeof(*source));

    if (!source)
        return NULL;
    source->kind = kind;
    source->in_fd = source->trace_fd = -1;
    source->program.pid = source->program.trace_fd = -1;
    source->program.out_fd = source->program.err_fd = -1;
    source->name = strdup(name);
    source->path = strdup(path);
    if (source->name && source->path)
        return source;
    source_close(source);
    return NULL;
}

struct source *source_run(char *const argv[], char const *record, char *message, size_t size)
{
    struct source *source = make(FROM_PROGRAM, argv[0], record ? record : argv[0]);
    int rc;

    if (!source) {
        say(message, size, "can't start", argv[0], ENOMEM);
        return NULL;
    }
    source->trace_fd = open_spool(record, message, size);
    if (source->trace_fd < 0)
        goto fail;
    rc = program_start(&source->program, argv);
    if (rc < 0) {
        say(message, size, "can't start", argv[0], -rc);
        goto fail;
    }
    source->in_fd = source->program.trace_fd;
    source->takes_control = true;
    free(source->name);
    source->name = strdup(source->program.name);
    if (source->name)
        return source;
    say(message, size, "can't start", argv[0], ENOMEM);
fail:
    source_close(source);
    return NULL;
}

static int connect_unix(char const *path, char *message, size_t size)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof(address.sun_path))
        return say(message, size, "can't attach to", path, ENAMETOOLONG);
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return say(message, size, "can't attach to", path, errno);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    say(message, size, "can't attach to", path, errno);
    if (errno == ECONNREFUSED || errno == ENOENT)
        snprintf(message + strlen(message), size - strlen(message),
                 " (is the program running, started with LOOP_TRACE=unix:%s ?)", path);
    close(fd);
    return -errno;
}

static int connect_tcp(char const *address, char *message, size_t size)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found, *one;
    char const *colon = strrchr(address, ':');
    char host[256];
    int fd = -1, rc;

    if (!colon || colon == address || !colon[1] || (size_t)(colon - address) >= sizeof(host)) {
        snprintf(message, size, "tcp:%s is not tcp:HOST:PORT", address);
        return -EINVAL;
    }
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = '\0';
    rc = getaddrinfo(host, colon + 1, &hints, &found);
    if (rc != 0) {
        snprintf(message, size, "can't attach to tcp:%s: %s", address, gai_strerror(rc));
        return -EINVAL;
    }
    rc = ECONNREFUSED;
    for (one = found; one; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) == 0)
            break;
        rc = errno;
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd >= 0 ? fd : say(message, size, "can't attach to tcp", address, rc);
}

struct source *source_attach(char const *address, char const *record, char *message, size_t size)
{
    struct source *source = make(FROM_SOCKET, address, record ? record : address);

    if (!source) {
        say(message, size, "can't attach to", address, ENOMEM);
        return NULL;
    }
    if (strncmp(address, "tcp:", 4) == 0)
        source->in_fd = connect_tcp(address + 4, message, size);
    else
        source->in_fd =
            connect_unix(strncmp(address, "unix:", 5) == 0 ? address + 5 : address, message, size);
    if (source->in_fd < 0)
        goto fail;
    fcntl(source->in_fd, F_SETFD, FD_CLOEXEC);
    fcntl(source->in_fd, F_SETFL, O_NONBLOCK);
    source->takes_control = strncmp(address, "tcp:", 4) != 0;
    source->trace_fd = open_spool(record, message, size);
    if (source->trace_fd >= 0)
        return source;
fail:
    source_close(source);
    return NULL;
}

/* Standard input keeps its flags (they are shared with whoever else holds it): poll() before each
 * read() keeps us from waiting. */
static int open_stdin(struct source *source, char *message, size_t size)
{
    source->in_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (source->in_fd < 0)
        return say(message, size, "can't read", "standard input", errno);
    source->trace_fd = open_spool(NULL, message, size);
    return source->trace_fd < 0 ? source->trace_fd : 0;
}

static int open_saved(struct source *source, char const *path, char *message, size_t size)
{
    struct stat status;

    source->trace_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (source->trace_fd < 0 || fstat(source->trace_fd, &status) < 0)
        return say(message, size, "can't open", path, errno);
    if (S_ISDIR(status.st_mode))
        return say(message, size, "can't read", path, EISDIR);
    if (!S_ISREG(status.st_mode)) { /* a named pipe, a device: read as a stream */
        source->kind = FROM_PIPE;
        source->in_fd = source->trace_fd;
        source->trace_fd = open_spool(NULL, message, size);
        return source->trace_fd < 0 ? source->trace_fd : 0;
    }
    source->bytes = status.st_size;
    source->has_ended = !source->follow;
    return 0;
}

struct source *source_file(char const *path, bool follow, char *message, size_t size)
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct source *source =
        make(is_stdin ? FROM_PIPE : FROM_FILE, is_stdin ? "standard input" : path, path);
    int rc;

    if (!source) {
        say(message, size, "can't open", path, ENOMEM);
        return NULL;
    }
    source->follow = follow;
    rc = is_stdin ? open_stdin(source, message, size) : open_saved(source, path, message, size);
    if (rc == 0)
        return source;
    source_close(source);
    return NULL;
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->in_fd >= 0 && source->kind != FROM_PROGRAM)
        close(source->in_fd);
    if (source->trace_fd >= 0)
        close(source->trace_fd);
    if (source->kind == FROM_PROGRAM)
        program_fini(&source->program);
    free(source->name);
    free(source->path);
    free(source);
}

/* ---- asking -------------------------------------------------------------------------------- */

char const *source_name(struct source const *source)
{
    return source->name;
}

char const *source_path(struct source const *source)
{
    return source->path;
}

int source_trace_fd(struct source const *source)
{
    return source->trace_fd;
}

off_t source_bytes(struct source const *source)
{
    return source->bytes;
}

bool source_is_live(struct source const *source)
{
    return !source->has_ended;
}

bool source_has_ended(struct source const *source)
{
    return source->has_ended;
}

void source_describe(struct source const *source, char *text, size_t size)
{
    if (source->kind == FROM_PROGRAM)
        program_describe_end(&source->program, text, size);
    else if (!source->has_ended)
        snprintf(text, size, "%s is open", source->name);
    else
        snprintf(text, size,
                 source->kind == FROM_SOCKET ? "%s closed the connection" : "%s ends here",
                 source->name);
}

int source_poll_fd(struct source const *source)
{
    return source->in_fd;
}

bool source_takes_control(struct source const *source)
{
    return source->takes_control && !source->has_ended;
}

pid_t source_pid(struct source const *source)
{
    bool runs = source->kind == FROM_PROGRAM && !source->program.has_ended;

    return runs ? source->program.pid : 0;
}

/* ---- pumping ------------------------------------------------------------------------------- */

/* A program may close its trace and live on: the input's end is not the source's. */
static void close_input(struct source *source)
{
    if (source->in_fd >= 0 && source->kind != FROM_PROGRAM)
        close(source->in_fd);
    source->in_fd = -1;
}

static void end(struct source *source)
{
    source->has_ended = true;
    close_input(source);
}

static int append(struct source *source, char const *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = pwrite(source->trace_fd, bytes, size, source->bytes);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        source->bytes += n;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

    return poll(&poll_fd, 1, timeout_ms) > 0;
}

/* A followed file grows by itself; all there is to do is to look. */
static ssize_t look_at_file(struct source *source)
{
    struct stat status;
    off_t before = source->bytes;

    if (source->has_ended)
        return 0;
    if (fstat(source->trace_fd, &status) < 0)
        return -errno;
    if (status.st_size < before) {
        end(source);
        return -ESTALE;
    }
    source->bytes = status.st_size;
    return (ssize_t)(status.st_size - before);
}

ssize_t source_pump(struct source *source)
{
    ssize_t taken = 0;
    bool program_is_dead;

    if (source->kind == FROM_FILE)
        return look_at_file(source);
    program_is_dead = source->kind == FROM_PROGRAM && program_has_ended(&source->program);
    while (source->in_fd >= 0 && taken < PUMP_MAX && is_readable(source->in_fd, 0)) {
        ssize_t n;
        int rc;

        n = read(source->in_fd, source->buffer, sizeof(source->buffer));
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0) { /* the end; a reset connection is an end, too */
            close_input(source);
            break;
        }
        rc = append(source, source->buffer, (size_t)n);
        if (rc < 0) {
            end(source);
            return rc;
        }
        taken += n;
    }
    if (taken == 0 && (source->kind == FROM_PROGRAM ? program_is_dead : source->in_fd < 0))
        end(source);
    return taken;
}

ssize_t source_wait(struct source *source, int timeout_ms)
{
    ssize_t n = source_pump(source);

    if (n != 0 || source->has_ended)
        return n;
    if (source->in_fd < 0)
        poll(NULL, 0, timeout_ms < FOLLOW_MS ? timeout_ms : FOLLOW_MS);
    else
        is_readable(source->in_fd, timeout_ms);
    return source_pump(source);
}

int source_control(struct source *source, char const *line)
{
    char text[256];
    int size = snprintf(text, sizeof(text), "%s\n", line);
    ssize_t sent;

    if (!source->takes_control)
        return -ENOTSUP;
    if (source->in_fd < 0)
        return -EPIPE;
    if (size < 0 || (size_t)size >= sizeof(text))
        return -EMSGSIZE;
    do
        sent = send(source->in_fd, text, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return -errno;
    return sent == size ? 0 : -EAGAIN;
}

/* ---- the end ------------------------------------------------------------------------------- */

static int milliseconds_since(struct timespec const *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000);
}

void source_finish(struct source *source)
{
    struct timespec start;
    bool killed = false;

    clock_gettime(CLOCK_MONOTONIC, &start);
    if (source->kind != FROM_PROGRAM) {
        source_pump(source);
        return;
    }
    source->user_ended = !program_has_ended(&source->program);
    program_interrupt(&source->program);
    while (!source->has_ended || !program_has_ended(&source->program)) {
        int spent = milliseconds_since(&start);

        if (spent > GRACE_MS && !killed) {
            program_kill(&source->program);
            killed = true;
        }
        if (source_pump(source) == 0)
            poll(NULL, 0, 5);
    }
}

int source_replay_output(struct source *source)
{
    return source->kind == FROM_PROGRAM ? program_replay_output(&source->program) : 0;
}

int source_exit_status(struct source const *source)
{
    if (source->kind != FROM_PROGRAM || source->user_ended)
        return 0;
    return program_exit_status(&source->program);
}

/*
 * source_open.c - the ways to come by a source; each says what failed, on what, and what to do
 */
#include "source_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int say(char *message, size_t size, char const *what, char const *on, int problem)
{
    snprintf(message, size, "%s %s: %s", what, on, strerror(problem));
    return -problem;
}

/* A recording is read back while it grows: a pipe or a device would never give what it took. */
static int open_recording(char const *record, char *message, size_t size)
{
    int fd = open(record, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
    struct stat status;

    if (fd < 0)
        return say(message, size, "can't write the recording", record, errno);
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    close(fd);
    snprintf(message, size, "can't write the recording %s: it is no regular file", record);
    return -EINVAL;
}

/* The spool: the recording that was asked for, or an unnamed temporary file. */
static int open_spool(char const *record, char *message, size_t size)
{
    char const *dir = getenv("TMPDIR");
    char path[1024];
    int fd;

    if (record)
        return open_recording(record, message, size);
    snprintf(path, sizeof(path), "%s/loopscope-XXXXXX", dir && *dir ? dir : "/tmp");
    fd = mkstemp(path);
    if (fd < 0)
        return say(message, size, "can't make a temporary file (set TMPDIR)", path, errno);
    unlink(path);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

static int start_pump(struct source *source, char *message, size_t size)
{
    source->pump = pump_start(source->in_fd, source->trace_fd);
    return source->pump ? 0 : say(message, size, "can't read", source->name, errno);
}

static struct source *make(enum source_kind kind, char const *name, char const *path)
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

struct source *source_run(char *const argv[], char const *record, struct share const *share,
                          char *message, size_t size)
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
    rc = program_start(&source->program, argv, share ? share->trace : NULL);
    if (rc < 0) {
        say(message, size, "can't start", argv[0], -rc);
        goto fail;
    }
    source->in_fd = source->program.trace_fd;
    source->takes_control = true;
    if (share)
        memcpy(source->invitation, share->invitation, sizeof(source->invitation));
    free(source->name);
    source->name = strdup(source->program.name);
    if (!source->name)
        say(message, size, "can't start", argv[0], ENOMEM);
    else if (start_pump(source, message, size) == 0)
        return source;
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
    if (source->trace_fd >= 0 && start_pump(source, message, size) == 0)
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
    return source->trace_fd < 0 ? source->trace_fd : start_pump(source, message, size);
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
        return source->trace_fd < 0 ? source->trace_fd : start_pump(source, message, size);
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

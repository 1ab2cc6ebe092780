/*
 * source.c - where a trace comes from: a program started, one attached to, a file, a pipe
 *
 *     program ----\
 *     socket  -----+--> in_fd --pump--> spool file --pread--> trace, model, panes
 *     stdin   ----/                        ^
 *     saved or growing file ---------------'   (is its own spool)
 *
 * Only the pump (pump.c) touches the spool, and only at its end. That a program has died is
 * not enough for the end of its trace: what it wrote may still lie in the socket, so the end is
 * when the socket says so, or when the program is dead and the socket is empty (a child that it
 * left behind may keep the other end open for ever).
 */
#include "source_inside.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FOLLOW_MS = 30, GRACE_MS = 2000 };

/* A program may close its trace and live on: the input's end is not the source's. */
static void close_input(struct source *source)
{
    pump_stop(source->pump);
    source->pump = NULL;
    if (source->in_fd >= 0 && source->kind != FROM_PROGRAM)
        close(source->in_fd);
    source->in_fd = -1;
}

void source_close(struct source *source)
{
    if (!source)
        return;
    close_input(source);
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

char const *source_invitation(struct source const *source)
{
    return source->invitation;
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
    return source->pump ? pump_fd(source->pump) : -1;
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

static void end(struct source *source)
{
    source->has_ended = true;
    close_input(source);
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
    struct pump_sight sight = { .bytes = source->bytes, .is_empty = true };
    bool program_is_dead;
    off_t taken;

    if (source->kind == FROM_FILE)
        return look_at_file(source);
    program_is_dead = source->kind == FROM_PROGRAM && program_has_ended(&source->program);
    if (source->pump)
        pump_look(source->pump, &sight);
    taken = sight.bytes - source->bytes;
    source->bytes = sight.bytes;
    if (sight.has_ended)
        close_input(source);
    if (sight.error < 0) {
        end(source);
        return sight.error;
    }
    if (taken == 0 && sight.is_empty &&
        (source->kind == FROM_PROGRAM ? program_is_dead : source->in_fd < 0))
        end(source);
    return (ssize_t)taken;
}

ssize_t source_wait(struct source *source, int timeout_ms)
{
    ssize_t n = source_pump(source);
    struct pollfd input = { .fd = source_poll_fd(source), .events = POLLIN };

    if (n != 0 || source->has_ended)
        return n;
    if (input.fd < 0 && timeout_ms > FOLLOW_MS)
        timeout_ms = FOLLOW_MS;
    poll(&input, 1, timeout_ms);
    return source_pump(source);
}

void source_say_lost(struct source const *source, ssize_t error)
{
    fprintf(
        stderr,
        "loopscope: the trace of %s can't be kept: %s (TMPDIR, or --record, says where it goes)\n",
        source->name, strerror((int)-error));
}

int source_take_all(struct source *source)
{
    ssize_t n = 0;

    while (n >= 0 && !source->has_ended)
        n = source_wait(source, 1000);
    if (n < 0)
        source_say_lost(source, n);
    return n < 0 ? (int)n : 0;
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

/*
 * fault.h - the N-th allocation fails, or the N-th call of the system
 *
 * The linker hands all of a program's calls of malloc(), select(), send() ... to the __wrap_ functions here
 * (-Wl,--wrap, see the Makefile): they count those of the kind that is planned, let the one fail that is meant, and pass
 * on the rest.  Calls inside of libc or a sanitizer are not touched.
 *
 *     fault_plan(FAULT_SEND, 3, EPIPE, 1);      the third send() fails with EPIPE, once
 *     ... run something ...
 *     if (!fault_end())                         false: there was no third one
 *
 * Memory is counted too: fault_live() is what is allocated and not yet freed, mappings included.
 */
#ifndef FAULT_H
#define FAULT_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_MEMORY,
    FAULT_SELECT,
    FAULT_POLL,
    FAULT_ACCEPT,
    FAULT_RECV,
    FAULT_SEND,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_CONNECT,
    FAULT_SOCKET,
    FAULT_BIND,
    FAULT_LISTEN,
    FAULT_PIPE,
    FAULT_FCNTL,
    FAULT_OPEN,
    FAULT_DUP,
    FAULT_GETSOCKOPT,
    FAULT_THREAD,
    FAULT_SPAWN,
    FAULT_WAITPID,
};

enum { FAULT_SHORT = 0 }; /* instead of an errno: it does less than was asked for */

static struct {
    enum fault_kind kind;
    long at, times;
    int error;
    atomic_long seen;
} fault;
static atomic_long fault_memory;

static inline void fault_plan(enum fault_kind kind, long at, int error, long times)
{
    fault.at = at;
    fault.times = times;
    fault.error = error;
    atomic_store(&fault.seen, 0);
    fault.kind = kind;
}

/* No more faults; did it strike? */
static inline bool fault_end(void)
{
    fault.kind = FAULT_NONE;
    return atomic_load(&fault.seen) >= fault.at;
}

static inline long fault_live(void)
{
    return atomic_load(&fault_memory);
}

static bool fault_strikes(enum fault_kind kind)
{
    if (fault.kind != kind)
        return false;
    long n = atomic_fetch_add(&fault.seen, 1) + 1;
    if (n < fault.at || n >= fault.at + fault.times)
        return false;
    errno = fault.error;
    return true;
}

/* A call that fails as a whole. */
static bool fault_fails(enum fault_kind kind)
{
    return fault.error != FAULT_SHORT && fault_strikes(kind);
}

/* One that may also be cut. */
static bool fault_cuts(enum fault_kind kind, size_t *size)
{
    if (!fault_strikes(kind))
        return false;
    if (fault.error != FAULT_SHORT)
        return true;
    *size = *size > 1 ? *size / 2 : *size;
    return false;
}

/* ---- memory */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
int __real_posix_memalign(void **memory, size_t alignment, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *memory);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t size);

static void *fault_counted(void *memory)
{
    if (memory != NULL)
        atomic_fetch_add(&fault_memory, 1);
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fault_fails(FAULT_MEMORY) ? NULL : fault_counted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fault_fails(FAULT_MEMORY) ? NULL : fault_counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fault_fails(FAULT_MEMORY))
        return NULL;
    void *memory = __real_realloc(old, size);
    return old == NULL ? fault_counted(memory) : memory;
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (fault_fails(FAULT_MEMORY))
        return ENOMEM;
    int err = __real_posix_memalign(memory, alignment, size);
    if (err == 0)
        fault_counted(*memory);
    return err;
}

char *__wrap_strdup(const char *text)
{
    return fault_fails(FAULT_MEMORY) ? NULL : fault_counted(__real_strdup(text));
}

void __wrap_free(void *memory)
{
    if (memory != NULL)
        atomic_fetch_sub(&fault_memory, 1);
    __real_free(memory);
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
    if (fault_fails(FAULT_MEMORY))
        return MAP_FAILED;
    void *memory = __real_mmap(at, size, prot, flags, fd, offset);
    if (memory != MAP_FAILED)
        fault_counted(memory);
    return memory;
}

int __wrap_munmap(void *at, size_t size)
{
    atomic_fetch_sub(&fault_memory, 1);
    return __real_munmap(at, size);
}

/* ---- calls */

#define FAULT_CALL(kind, result, name, parameters, arguments)                                      \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters                                                                \
    {                                                                                              \
        return fault_fails(kind) ? -1 : __real_##name arguments;                                   \
    }

FAULT_CALL(FAULT_SELECT, int, select,
           (int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *timeout), (n, r, w, e, timeout))
FAULT_CALL(FAULT_POLL, int, poll, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))
FAULT_CALL(FAULT_ACCEPT, int, accept, (int fd, struct sockaddr *sa, socklen_t *length),
           (fd, sa, length))
FAULT_CALL(FAULT_ACCEPT, int, accept4, (int fd, struct sockaddr *sa, socklen_t *length, int flags),
           (fd, sa, length, flags))
FAULT_CALL(FAULT_SOCKET, int, socket, (int domain, int type, int protocol),
           (domain, type, protocol))
FAULT_CALL(FAULT_BIND, int, bind, (int fd, const struct sockaddr *sa, socklen_t length),
           (fd, sa, length))
FAULT_CALL(FAULT_LISTEN, int, listen, (int fd, int backlog), (fd, backlog))
FAULT_CALL(FAULT_PIPE, int, pipe, (int fds[2]), (fds))
FAULT_CALL(FAULT_PIPE, int, pipe2, (int fds[2], int flags), (fds, flags))
FAULT_CALL(FAULT_DUP, int, dup, (int fd), (fd))
FAULT_CALL(FAULT_GETSOCKOPT, int, getsockopt,
           (int fd, int level, int name, void *value, socklen_t *size),
           (fd, level, name, value, size))
FAULT_CALL(FAULT_WAITPID, pid_t, waitpid, (pid_t pid, int *status, int options),
           (pid, status, options))

/* An interrupted connect() goes on behind the scenes. */
int __real_connect(int fd, const struct sockaddr *sa, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *sa, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *sa, socklen_t length)
{
    if (!fault_fails(FAULT_CONNECT))
        return __real_connect(fd, sa, length);
    if (fault.error == EINTR)
        __real_connect(fd, sa, length);
    errno = fault.error;
    return -1;
}

#define FAULT_TRANSFER(kind, name, parameters, arguments)                                          \
    ssize_t __real_##name parameters;                                                              \
    ssize_t __wrap_##name parameters;                                                              \
    ssize_t __wrap_##name parameters                                                               \
    {                                                                                              \
        return fault_cuts(kind, &size) ? -1 : __real_##name arguments;                             \
    }

FAULT_TRANSFER(FAULT_RECV, recv, (int fd, void *into, size_t size, int flags),
               (fd, into, size, flags))
FAULT_TRANSFER(FAULT_SEND, send, (int fd, const void *data, size_t size, int flags),
               (fd, data, size, flags))
FAULT_TRANSFER(FAULT_READ, read, (int fd, void *into, size_t size), (fd, into, size))

/* One byte alone wakes somebody: that fails only where the pipe is full, and he is awake then. */
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    if (size > 1 && fd != STDERR_FILENO && fault_cuts(FAULT_WRITE, &size))
        return -1;
    return __real_write(fd, data, size);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    void *arg = command == F_GETFD || command == F_GETFL ? NULL : va_arg(args, void *);
    va_end(args);
    return fault_fails(FAULT_FCNTL) ? -1 : __real_fcntl(fd, command, arg);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    unsigned mode = (flags & O_CREAT) != 0 ? va_arg(args, unsigned) : 0;
    va_end(args);
    return fault_fails(FAULT_OPEN) ? -1 : __real_open(path, flags, mode);
}

/* Those that answer the error itself. */
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg)
{
    return fault_fails(FAULT_THREAD) ? fault.error : __real_pthread_create(thread, attr, run, arg);
}

int __real_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attr, char *const argv[], char *const env[]);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attr, char *const argv[], char *const env[]);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attr, char *const argv[], char *const env[])
{
    return fault_fails(FAULT_SPAWN) ? fault.error
                                    : __real_posix_spawn(pid, path, actions, attr, argv, env);
}

#endif

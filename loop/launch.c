/* launch.c - starting a program: posix_spawn(3), which copies no page tables and runs none of our code in the child. */
#define _GNU_SOURCE /* posix_spawn_file_actions_addclosefrom_np() */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"
#include "pipe.h"

extern char **environ;

/* ---- its descriptors */

void ends_close(int fds[PIPES])
{
    for (int i = 0; i < PIPES; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

int ends_open(struct launch_ends *e, unsigned wanted)
{
    int err = 0;
    for (int i = 0; i < PIPES; i++)
        e->ours[i] = e->theirs[i] = -1;
    for (int i = 0; i < PIPES && err == 0; i++)
        if ((wanted & (unsigned)PROCESS_STDIN << i) != 0)
            err = pipe_open(i != STDIN_FILENO, &e->ours[i], &e->theirs[i]);
    if (err < 0) {
        ends_close(e->ours);
        ends_close(e->theirs);
    }
    return err;
}

/* The child has its three descriptors and, where the system can do that in one go, no others of ours. */
static int describe_fds(posix_spawn_file_actions_t *actions, const struct launch_ends *e,
                        unsigned wanted)
{
    int err = 0;
    for (int i = 0; i < PIPES && err == 0; i++)
        if (e->theirs[i] >= 0)
            err = posix_spawn_file_actions_adddup2(actions, e->theirs[i], i);
        else if ((wanted & (unsigned)PROCESS_NULL_STDIN << i) != 0)
            err = posix_spawn_file_actions_addopen(actions, i, "/dev/null", O_RDWR, 0);
    if (err == 0 && (wanted & PROCESS_STDERR_TO_STDOUT) != 0)
        err = posix_spawn_file_actions_adddup2(actions, STDOUT_FILENO, STDERR_FILENO);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    if (err == 0)
        err = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#endif
    return -err;
}

/* ---- its environment and signals */

/* A trace is one program's: two writers would spoil it.  NULL: no memory. */
static char **environment_for_child(bool is_traced)
{
    size_t n = 0, kept = 0;
    while (environ != NULL && environ[n] != NULL)
        n++;
    char **copy = malloc((n + 1) * sizeof *copy);
    for (size_t i = 0; i < n && copy != NULL; i++)
        if (!is_traced || (strncmp(environ[i], "LOOP_TRACE=", 11) != 0 &&
                           strncmp(environ[i], "LOOP_TRACE_OWNER=", 17) != 0))
            copy[kept++] = environ[i];
    if (copy != NULL)
        copy[kept] = NULL;
    return copy;
}

/* What we caught is the default again in the child; SIGPIPE also when we ignore it. */
static int describe_signals(posix_spawnattr_t *attr)
{
    sigset_t reset;
    sigemptyset(&reset);
    sigaddset(&reset, SIGPIPE);
    int err = posix_spawnattr_setsigdefault(attr, &reset);
    if (err == 0)
        err = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF);
    return -err;
}

/* ---- its program */

/* A directory may be "executed" too, and is no program. */
static int check_program(const char *path)
{
    struct stat st;
    if (access(path, X_OK) < 0 || stat(path, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) ? 0 : -EACCES;
}

/* As execvp(3) looks for it.  posix_spawnp() would do the same, but what it finds out comes back through memory that it
 * shares with the child, and emulators of a CPU or of memory (qemu, valgrind) don't share. */
static int find_program(const char *name, char path[PATH_MAX])
{
    const char *at = getenv("PATH"), *end;
    int answer = -ENOENT;
    if (*name == '\0')
        return -ENOENT;
    if (strchr(name, '/') != NULL) {
        int n = snprintf(path, PATH_MAX, "%s", name);
        return n >= PATH_MAX ? -ENAMETOOLONG : check_program(path);
    }
    for (at = at != NULL ? at : "/bin:/usr/bin"; at != NULL; at = *end == ':' ? end + 1 : NULL) {
        end = at + strcspn(at, ":");
        int n =
            snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - at), at, end > at ? "/" : "", name);
        int err = n >= PATH_MAX ? -ENAMETOOLONG : check_program(path);
        if (err == 0)
            return 0;
        if (err == -EACCES)
            answer = err;
    }
    return answer;
}

pid_t launch(const char *const argv[], const struct launch_ends *e, unsigned wanted, bool is_traced)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    char path[PATH_MAX];
    pid_t pid = 0;
    int err = find_program(argv[0], path);
    if (err < 0)
        return err;
    char **env = environment_for_child(is_traced);
    if (env == NULL)
        return -ENOMEM;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    err = describe_fds(&actions, e, wanted);
    if (err == 0)
        err = describe_signals(&attr);
    if (err == 0)
        err = -posix_spawn(&pid, path, &actions, &attr, (char *const *)(uintptr_t)argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    free(env);
    return err < 0 ? err : pid;
}

/* exit_fd.c - the end of a child as something that select() can see.
 *
 * Linux has a descriptor for a process (pidfd_open(2), since 5.3), readable once it has ended.  Elsewhere a thread for
 * each child waits in waitid(2) and then closes its end of a pipe.  Neither needs SIGCHLD, which belongs to the program;
 * neither reaps: the loop does, so that a process number stays the child's until the program has been told.
 */
#include "process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

/* LOOP_NO_PIDFD: as if there were none, for tests. */
static int pidfd_of(pid_t pid)
{
#ifdef SYS_pidfd_open
    if (getenv("LOOP_NO_PIDFD") != NULL)
        return -ENOSYS;
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
#else
    (void)pid;
    return -ENOSYS;
#endif
}

struct vigil {
    pid_t pid;
    int fd;
};

static void *keep_vigil(void *arg)
{
    struct vigil v = *(struct vigil *)arg;
    siginfo_t info;
    free(arg);
    while (waitid(P_PID, (id_t)v.pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        continue;
    close(v.fd); /* select() sees the end of the pipe */
    return NULL;
}

static int start_vigil(struct process *p, int fd)
{
    sigset_t all, before;
    struct vigil *v = malloc(sizeof *v);
    if (v == NULL)
        return -ENOMEM;
    *v = (struct vigil){ p->pid, fd };
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&p->waiting, NULL, keep_vigil, v);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err != 0)
        free(v);
    p->has_thread = err == 0;
    return -err;
}

int exit_fd_open(struct process *p)
{
    int fd[2];
    p->exiting.fd = pidfd_of(p->pid);
    if (p->exiting.fd >= 0)
        return 0;
    if (pipe(fd) < 0)
        return -errno;
    fcntl(fd[0], F_SETFD, FD_CLOEXEC);
    fcntl(fd[1], F_SETFD, FD_CLOEXEC);
    p->exiting.fd = fd[0];
    int err = start_vigil(p, fd[1]);
    if (err < 0) {
        close(fd[0]);
        close(fd[1]);
        p->exiting.fd = -1;
    }
    return err;
}

void exit_fd_close(struct process *p)
{
    if (p->exiting.fd >= 0)
        close(p->exiting.fd);
    p->exiting.fd = -1;
    if (p->has_thread)
        pthread_join(p->waiting, NULL);
    p->has_thread = false;
}

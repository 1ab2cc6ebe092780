/* process.c - child processes, as asyncio has them: started, spoken to through pipes, waited for, signalled.
 *
 *     program                                 child
 *     process_stdin(p)   conn  ---------> 0
 *     process_stdout(p)  conn  <--------- 1
 *     process_stderr(p)  conn  <--------- 2
 *     process_wait(p)    <-- readable descriptor (exit_fd.c), then waitpid() in the I/O phase
 *
 * A child that has ended may have left output in its pipes: process_wait() goes on when it has ended and both of them are
 * at their end.  Until it is reaped its number can't be another's; afterwards signals are refused (-ESRCH), for by then
 * it can.
 */
#include "process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"
#include "trace.h"

/* ---- its pipes */

static int add_pipe(struct process *p, int i, int *fd)
{
    static const char *const names[PIPES] = { "stdin", "stdout", "stderr" };
    struct conn *c = conn_new(p->loop, *fd, CONN_CONNECTED);
    *fd = -1; /* conn_new() took it */
    if (c == NULL)
        return -ENOMEM;
    snprintf(c->peer, sizeof c->peer, "%s of child#%llu", names[i], (unsigned long long)p->id);
    c->process = p;
    c->is_pipe = true;
    c->eof = i == STDIN_FILENO; /* one direction has ended before it began */
    c->eof_asked = !c->eof;
    p->pipe[i] = c;
    TRACE(p->loop, conn_open, c);
    return i == STDIN_FILENO ? 0 : watch_arm_read(p->loop, &c->reading);
}

static int add_pipes(struct process *p, struct launch_ends *e)
{
    int err = 0;
    for (int i = 0; i < PIPES && err == 0; i++)
        if (e->ours[i] >= 0)
            err = add_pipe(p, i, &e->ours[i]);
    return err;
}

static void drop_pipes(struct process *p)
{
    for (int i = 0; i < PIPES; i++) {
        if (p->pipe[i] == NULL)
            continue;
        p->pipe[i]->process = NULL;
        conn_release(p->pipe[i]);
        p->pipe[i] = NULL;
    }
}

/* ---- its end */

static bool is_over(const struct process *p)
{
    for (int i = STDOUT_FILENO; i < PIPES; i++)
        if (p->pipe[i] != NULL && p->pipe[i]->state != CONN_CLOSED)
            return false;
    return p->returncode != PROCESS_RUNNING;
}

static void process_free(struct process *p)
{
    list_remove(&p->all);
    free(p->name);
    free(p);
}

void process_pipe_closed(struct process *p)
{
    if (is_over(p))
        wake_all(&p->waiters, 0, "done", process_who(p));
}

/* Somebody else reaped it (SIGCHLD is ignored, or a waitpid() for any child): how it ended can't be known. */
enum { LOST_RETURNCODE = 255 };

/* True: it has ended, and its number is free for others. */
static bool reap(struct process *p, int options)
{
    int status;
    pid_t got;
    do
        got = waitpid(p->pid, &status, options);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return false;
    p->returncode = got < 0               ? LOST_RETURNCODE
                    : WIFSIGNALED(status) ? -WTERMSIG(status)
                                          : WEXITSTATUS(status);
    return true;
}

static void on_exit_seen(struct watch *w)
{
    struct process *p = CONTAINER_OF(w, struct process, exiting);
    if (!reap(p, WNOHANG))
        return;
    watch_disarm_read(p->loop, w);
    exit_fd_close(p);
    TRACE(p->loop, child_exit, p->loop, process_who(p), p->returncode);
    process_pipe_closed(p);
    if (p->released)
        process_free(p);
}

/* It runs, but can't be watched: as if it had never been started. */
static void undo(struct process *p)
{
    kill(p->pid, SIGKILL);
    reap(p, 0);
    watch_disarm_read(p->loop, &p->exiting);
    exit_fd_close(p);
}

/* The record, or NULL and errno. */
static struct process *process_new(struct loop *loop, const char *name)
{
    struct process *p = calloc(1, sizeof *p);
    char *copy = strdup(name);
    if (p == NULL || copy == NULL) {
        free(p);
        free(copy);
        errno = ENOMEM;
        return NULL;
    }
    p->loop = loop;
    p->id = loop_new_id(loop);
    p->name = copy;
    p->returncode = PROCESS_RUNNING;
    p->exiting = (struct watch){ .ready = on_exit_seen, .who = process_who(p), .fd = -1 };
    list_init(&p->waiters);
    list_append(&loop->processes, &p->all);
    return p;
}

struct process *process_start(const char *const argv[], unsigned wanted)
{
    struct loop *loop = loop_current();
    struct launch_ends ends;
    if (loop == NULL || argv == NULL || argv[0] == NULL) {
        errno = EINVAL;
        return NULL;
    }
    struct process *p = process_new(loop, argv[0]);
    if (p == NULL)
        return NULL;
    int err = ends_open(&ends, wanted);
    if (err < 0)
        goto fail;
    p->pid = launch(argv, &ends, wanted, loop->tracer != NULL);
    ends_close(ends.theirs);
    err = p->pid < 0 ? (int)p->pid : 0;
    if (err < 0)
        goto fail_ends;
    TRACE(loop, child_start, loop, process_who(p), p->pid, argv);
    err = exit_fd_open(p);
    if (err == 0)
        err = watch_arm_read(loop, &p->exiting);
    if (err == 0)
        err = add_pipes(p, &ends);
    if (err == 0)
        return p;
    drop_pipes(p);
    undo(p);
    TRACE(loop, child_exit, loop, process_who(p), p->returncode);
fail_ends:
    ends_close(ends.ours);
fail:
    process_free(p);
    errno = -err;
    return NULL;
}

/* ---- using it */

struct conn *process_stdin(const struct process *p)
{
    return p->pipe[STDIN_FILENO];
}

struct conn *process_stdout(const struct process *p)
{
    return p->pipe[STDOUT_FILENO];
}

struct conn *process_stderr(const struct process *p)
{
    return p->pipe[STDERR_FILENO];
}

pid_t process_pid(const struct process *p)
{
    return p->pid;
}

int process_returncode(const struct process *p)
{
    return p->returncode;
}

int process_wait(struct process *p)
{
    struct waiter w;
    if (is_over(p))
        return 0;
    if (task_current() == NULL)
        return -EINVAL;
    waiter_init(&w, "child", process_who(p));
    return task_wait(&w, &p->waiters);
}

int process_send_signal(struct process *p, int sig)
{
    if (p->returncode != PROCESS_RUNNING)
        return -ESRCH;
    p->gave_up = NOTHING;
    return kill(p->pid, sig) < 0 ? -errno : 0;
}

int process_terminate(struct process *p)
{
    return process_send_signal(p, SIGTERM);
}

int process_kill(struct process *p)
{
    return process_send_signal(p, SIGKILL);
}

void process_release(struct process *p)
{
    if (p == NULL)
        return;
    drop_pipes(p);
    process_pipe_closed(p);
    p->released = true;
    if (p->returncode != PROCESS_RUNNING)
        process_free(p);
}

/* ---- the end of the loop */

/* Its pipes are the loop's connections, which are closed after this. */
void processes_fini(struct loop *loop)
{
    while (!list_is_empty(&loop->processes)) {
        struct process *p = CONTAINER_OF(loop->processes.next, struct process, all);
        for (int i = 0; i < PIPES; i++)
            if (p->pipe[i] != NULL)
                p->pipe[i]->process = NULL;
        if (p->returncode == PROCESS_RUNNING) {
            fprintf(stderr, "loop: child#%llu (%s, process %ld) still ran and was killed\n",
                    (unsigned long long)p->id, p->name, (long)p->pid);
            undo(p);
            TRACE(loop, child_exit, loop, process_who(p), p->returncode);
        }
        process_free(p);
    }
}

/* process.h - children: what the loop's other rooms need of them. */
#ifndef LOOP_PROCESS_H
#define LOOP_PROCESS_H

#include "inside.h"
#include "launch.h"

struct process {
    struct loop *loop;
    uint64_t id;
    struct link all; /* loop->processes */
    pid_t pid;
    char *name;               /* argv[0] */
    struct conn *pipe[PIPES]; /* ours to its stdin, stdout, stderr; NULL: none */
    struct watch exiting;     /* readable once it has ended */
    pthread_t waiting;        /* without pidfds: the thread that waits for it */
    bool has_thread;
    int returncode; /* PROCESS_RUNNING until it was reaped */
    bool released;
    enum heed
        gave_up;   /* virtual time: the clock no longer stands still for it, if heeded so or less */
    uint64_t told; /* what it had been told then */
    struct link waiters; /* tasks in process_wait() */
};

static inline struct who process_who(const struct process *p)
{
    return (struct who){ "child", p->id };
}

/* exit_fd.c: a descriptor that becomes readable when the child has ended, in p->exiting.fd.  0 or a negative errno. */
int exit_fd_open(struct process *p);
void exit_fd_close(struct process *p); /* the child has ended */

/* One of its pipes has closed (conn.c). */
void process_pipe_closed(struct process *p);

/* Children that still run are killed, which is said on stderr. */
void processes_fini(struct loop *loop);

#endif

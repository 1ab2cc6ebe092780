/*
 * sandbox - runs a program that nobody trusts, so that it hurts nobody.
 *
 *     struct sandbox box = { .seconds = 10, .memory = 512 << 20, .file_bytes = 16 << 20,
 *                            .tree_bytes = 64 << 20, .fds = 2048, .processes = 64,
 *                            .directory = work, .readable = (const char *[]){ library, NULL } };
 *     if (fork() == 0) {
 *         if (sandbox_enter(&box, report) == 0)
 *             execv(program, argv);
 *         _exit(127);
 *     }
 *     waitpid() as ever; then report->end and report->guards
 *
 * Three processes stand between the caller and the program:
 *
 *     caller ── outer ── keeper ── the program and all that it starts
 *
 * The outer one asks the kernel for namespaces of its own, in which the next process is number 1.
 * That is the keeper: it watches time, memory and files, and when it ends, the kernel ends all the
 * rest. Inside, the program sees a file system of its own (read-only, what a program
 * needs to start; and its directory), a network that is nothing but a loopback, and no other processes. If the
 * caller dies, all die.
 *
 * Not every system allows all of that. What can't be had is left out, and report.guards says
 * what stands: a caller tells its user. Elsewhere than on Linux it is limits, a session of its own
 * and a watchdog.
 */
#ifndef LEARN_SANDBOX_H
#define LEARN_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct sandbox {
    double seconds;          /* of real time */
    size_t memory;           /* bytes, of all its processes together */
    size_t file_bytes;       /* the longest file; its output too */
    size_t tree_bytes;       /* all that stands below its directory */
    unsigned fds, processes; /* at once; threads count as processes */
    const char *directory;   /* absolute. Where it runs, the only place where it may write */
    const char *const
        *readable; /* files and directories that it may read besides; NULL ends them */
    bool network;  /* true: the host's, else only a loopback of its own */
};

enum sandbox_guard {
    SANDBOX_LIMITS = 1,    /* setrlimit(): CPU, address space, descriptors, processes, files */
    SANDBOX_NOT_ROOT = 2,  /* it does not run as root */
    SANDBOX_PROCESSES = 4, /* it can neither see nor signal others, and none of it survives */
    SANDBOX_NETWORK = 8,   /* a loopback of its own */
    SANDBOX_WRITES = 16,   /* files are written below its directory only */
    SANDBOX_READS = 32,    /* and read only where a program must */
    SANDBOX_MEMORY = 64,   /* memory is counted over all its processes */
    SANDBOX_ALL = 127,
};

enum sandbox_end {
    SANDBOX_LOST,      /* the child was killed from outside, and all with it */
    SANDBOX_NOT_BEGUN, /* report.error, report.what: what failed */
    SANDBOX_ENDED,     /* by itself, or of a signal: report.status */
    SANDBOX_NO_TIME,   /* the rest: it was ended */
    SANDBOX_NO_MEMORY,
    SANDBOX_NO_SPACE,
};

struct sandbox_report {
    unsigned guards; /* enum sandbox_guard, those that stood */
    enum sandbox_end end;
    int status;     /* as from waitpid() */
    int error;      /* errno of what failed */
    char what[160]; /* on what: a call, a path */
    bool crowded;   /* run by root: whatever else "nobody" runs counts towards its processes */
    int pid;        /* its own, as it sees it */
};

/*
 * For a child between fork() and exec(): enters the sandbox. Answers 0 in a grandchild, which is
 * in it; the child itself stays outside, passes SIGINT on, and ends as the grandchild does. Or a
 * negative errno: not entered, the report says why. `report` must be in shared memory, all zeros.
 * Descriptors from 3 on are kept by the grandchild alone. Run by root, the directory is given to
 * the user "nobody", whom the program runs as.
 */
int sandbox_enter(const struct sandbox *box, struct sandbox_report *report);

/* Says in lines what guards stand and what does not, each line after `prefix`. */
void sandbox_tell(unsigned guards, const char *prefix, FILE *out);

#endif

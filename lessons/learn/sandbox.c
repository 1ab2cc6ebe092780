/*
 * sandbox.c - the sandbox that any POSIX system can have: limits, a session, a watchdog.
 *
 * What only Linux has is in sandbox_linux.c. The order of the steps matters, and is
 * all in sandbox_enter(): namespaces before the keeper, its furniture while it still may mount,
 * root dropped before the limits that count by user, Landlock last.
 */
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox_inside.h"

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
}

static int not_begun(struct sandbox_report *report, const char *what)
{
    report->error = errno;
    report->end = SANDBOX_NOT_BEGUN;
    snprintf(report->what, sizeof report->what, "%s", what);
    return -report->error;
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* Never above what stands already: root's child could, and must not. */
static bool limit(int resource, size_t most)
{
    struct rlimit now_limit;
    if (getrlimit(resource, &now_limit) < 0)
        return false;
    rlim_t value = (rlim_t)most;
    if (now_limit.rlim_max != RLIM_INFINITY && now_limit.rlim_max < value)
        value = now_limit.rlim_max;
    return setrlimit(resource, &(struct rlimit){ value, value }) == 0;
}

/* Each process by itself. CPU time is the second net, below the keeper's clock. */
static unsigned put_limits(const struct sandbox *box)
{
    bool good = limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, (size_t)ceil(box->seconds) + 1) &&
                limit(RLIMIT_NOFILE, box->fds) && limit(RLIMIT_FSIZE, box->file_bytes);
#ifdef RLIMIT_NPROC
    good = limit(RLIMIT_NPROC, box->processes) && good;
#endif
#if defined(RLIMIT_AS) &&                                                                          \
    !defined(__SANITIZE_ADDRESS__) /* which reserves terabytes, and uses few of them */
    good = limit(RLIMIT_AS, 2 * box->memory) && good;
#endif
    return good ? SANDBOX_LIMITS : 0;
}

static unsigned drop_root(struct sandbox_report *report)
{
    if (geteuid() != 0)
        return SANDBOX_NOT_ROOT;
    if (setgroups(0, NULL) < 0 || setgid(SANDBOX_NOBODY) < 0 || setuid(SANDBOX_NOBODY) < 0)
        return 0;
    sandbox_hide(false); /* a change of user had hidden it */
    report->crowded = !sandbox_count_apart();
    return SANDBOX_NOT_ROOT;
}

/* ---- signals --------------------------------------------------------------------------------- */

static volatile sig_atomic_t next;     /* the process that stands inside of this one */
static volatile sig_atomic_t orphaned; /* the keeper: the outer process is no more */

static void pass_on(int number)
{
    if (next > 0)
        kill((pid_t)next, number);
}

static void note_orphaned(int number)
{
    (void)number;
    orphaned = 1;
}

static void signals_as_at_first(void)
{
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        if (number != SIGKILL && number != SIGSTOP)
            signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What our caller opened is not for the processes that only wait. */
static void close_the_rest(void)
{
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
}

/* ---- the keeper ------------------------------------------------------------------------------ */

enum { DEEPEST = 32 };

/*
 * What stands below a directory, at least a page a file; no further than to `most`, which a tree
 * too deep passes as well. Links are not followed.
 */
static size_t tree_bytes(int parent, const char *name, size_t most, int depth)
{
    size_t sum = 0;
    if (depth == DEEPEST)
        return most + 1;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    const struct dirent *entry;
    while (sum <= most && (entry = readdir(dir)) != NULL) {
        struct stat stat;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dirfd(dir), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        sum += 4096 + (size_t)stat.st_blocks * 512;
        if (S_ISDIR(stat.st_mode))
            sum += tree_bytes(dirfd(dir), entry->d_name, sum < most ? most - sum : 0, depth + 1);
    }
    closedir(dir);
    return sum;
}

/* Why it must end now; SANDBOX_ENDED: it need not. */
static enum sandbox_end trouble(const struct sandbox *box, double began, unsigned look)
{
    if (orphaned)
        return SANDBOX_LOST;
    if (now() - began > box->seconds)
        return SANDBOX_NO_TIME;
    if (look % 3 == 0 && sandbox_memory() > box->memory)
        return SANDBOX_NO_MEMORY;
    if (look % 10 == 0 &&
        tree_bytes(AT_FDCWD, box->directory, box->tree_bytes, 0) > box->tree_bytes)
        return SANDBOX_NO_SPACE;
    return SANDBOX_ENDED;
}

/* Ends all that is left: in a namespace the kernel does so when we exit. */
static void sweep(pid_t program, unsigned guards)
{
    if ((guards & SANDBOX_PROCESSES) != 0) {
        kill(-1, SIGKILL);
        return;
    }
    for (int round = 0; round < 200; round++) {
        kill(-program, SIGKILL);
        sandbox_kill_children();
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
            return;
        nap();
    }
}

/* The keeper's life: it waits for the program, watches, sweeps, reports, and ends. */
static void keep(const struct sandbox *box, pid_t program, struct sandbox_report *report)
{
    double began = now();
    enum sandbox_end end = SANDBOX_ENDED;
    int status = 0;
    next = (sig_atomic_t)program;
    signal(SIGINT, pass_on);
    close_the_rest();
    for (unsigned look = 1; true; look++) {
        int any;
        pid_t ended = waitpid(-1, &any, WNOHANG); /* orphans too */
        if (ended == program) {
            status = any;
            break;
        }
        if (ended > 0)
            continue;
        end = trouble(box, began, look);
        if (end != SANDBOX_ENDED)
            break;
        nap();
    }
    sweep(program, report->guards);
    if (report->end != SANDBOX_NOT_BEGUN) {
        report->status = status;
        report->end = end;
    }
    _exit(0);
}

/* ---- entering -------------------------------------------------------------------------------- */

static void end_alike(const struct sandbox_report *report)
{
    int status = report->status;
    if (report->end != SANDBOX_ENDED)
        _exit(127);
    if (!WIFSIGNALED(status))
        _exit(WEXITSTATUS(status));
    limit(RLIMIT_CORE, 0);
    signal(WTERMSIG(status), SIG_DFL);
    kill(getpid(), WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

/* The outer process: waits for the keeper, and ends as the program did. */
static void stand_outside(pid_t keeper, const struct sandbox_report *report)
{
    next = (sig_atomic_t)keeper;
    signal(SIGINT, pass_on);
    close_the_rest();
    while (waitpid(keeper, NULL, 0) < 0 && errno == EINTR)
        continue;
    end_alike(report);
}

/* The last steps, in what is to be the program. */
static int become_program(const struct sandbox *box, struct sandbox_report *report)
{
    setsid();
    signals_as_at_first();
    if (chdir(box->directory) < 0)
        return not_begun(report, box->directory);
    sandbox_hide(false);
    report->guards |= drop_root(report);
    if ((report->guards & SANDBOX_NOT_ROOT) == 0)
        return not_begun(report, "setuid: a stranger's program must not run as root");
    sandbox_bind_to_parent(SIGKILL);
    sandbox_offer();
    report->guards |= sandbox_lock(box, report->guards);
    report->guards |= put_limits(box);
    report->pid = (int)getpid();
    return 0;
}

int sandbox_enter(const struct sandbox *box, struct sandbox_report *report)
{
    pid_t child;
    sandbox_bind_to_parent(SIGKILL);
    signals_as_at_first();
    if (geteuid() == 0 && chown(box->directory, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0)
        return not_begun(report, box->directory);
    report->guards = sandbox_split(box);
    if ((child = fork()) < 0)
        return not_begun(report, "fork");
    if (child > 0)
        stand_outside(child, report);

    setsid(); /* this is the keeper; it must outlive its parent long enough to sweep */
    signal(SIGTERM, note_orphaned);
    sandbox_bind_to_parent(SIGTERM);
    sandbox_adopt();
    report->guards |= sandbox_furnish(box, report->guards);
    sandbox_hide(true);
    if ((child = fork()) < 0)
        return not_begun(report, "fork");
    if (child > 0)
        keep(box, child, report);
    return become_program(box, report);
}

/* ---- telling ----------------------------------------------------------------------------------- */

void sandbox_tell(unsigned guards, const char *prefix, FILE *out)
{
    static const struct {
        unsigned guard;
        const char *there, *missing;
    } words[] = {
        { SANDBOX_LIMITS, "limits of CPU time, memory, descriptors, processes and file size",
          "not all limits of CPU time, memory, descriptors, processes and file size" },
        { SANDBOX_NOT_ROOT, "an ordinary user, not root", "it would run as root" },
        { SANDBOX_PROCESSES, "it sees no other process, and none of it survives",
          "it may see and signal other processes of its user" },
        { SANDBOX_NETWORK, "a network of its own: nothing but a loopback",
          "it can use the network of this machine" },
        { SANDBOX_WRITES, "files are written below its own directory only",
          "it can write wherever its user can" },
        { SANDBOX_READS, "files are read only where a program must",
          "it can read whatever its user can" },
        { SANDBOX_MEMORY, "memory is counted over all its processes",
          "memory is limited for each process, not for all together" },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        bool stands = (guards & words[i].guard) != 0;
        fprintf(out, "%s%s %s\n", prefix, stands ? "yes" : "NO ",
                stands ? words[i].there : words[i].missing);
    }
}

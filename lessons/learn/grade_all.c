/*
 * grade_all - a class graded: a process for each submission, some at a time.
 *
 * A process, not a thread: child_run() watches one program at a time, and should judging a
 * stranger's trace ever kill the judge, one grade is lost and no more. The grades lie in memory
 * that the processes share; each writes its own only.
 */
#include "grade.h"

#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AT_ONCE_MAX = 16 };

/* ---- Ctrl-C ---------------------------------------------------------------------------------- */

static volatile sig_atomic_t asked_to_end;

static void on_end(int number)
{
    (void)number;
    asked_to_end = 1;
}

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
enum { N_ENDING = sizeof ending / sizeof *ending };

static void guard_begin(struct sigaction before[N_ENDING])
{
    struct sigaction action = { .sa_handler = on_end }; /* no SA_RESTART: waitpid() shall return */
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < N_ENDING; i++)
        sigaction(ending[i], &action, &before[i]);
}

static void guard_end(const struct sigaction before[N_ENDING])
{
    for (int i = 0; i < N_ENDING; i++)
        sigaction(ending[i], &before[i], NULL);
}

/* ---- the class ------------------------------------------------------------------------------- */

struct class
{
    const struct course *course;
    const struct submissions *submissions;
    struct grade *grades;
    const char *scratch;
    pid_t *pids; /* a worker a submission: 0 not yet, -1 has ended */
    size_t started, told;
    long running;
};

/* What stands here: asked of a sandbox in which nothing runs. */
static void look_at_sandbox(const char *scratch, struct sandbox_report *report)
{
    struct sandbox box = { .seconds = 10,
                           .memory = (size_t)64 << 20,
                           .file_bytes = 1 << 20,
                           .tree_bytes = 1 << 20,
                           .fds = 64,
                           .processes = 64,
                           .directory = scratch };
    pid_t pid = fork();
    if (pid == 0)
        _exit(sandbox_enter(&box, report) == 0 ? 0 : 127);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* One by one where one submission could hurt another, or use up its processes. */
static long at_once(const struct sandbox_report *here)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if ((here->guards & SANDBOX_PROCESSES) == 0 || here->crowded)
        return 1;
    return processors < 1 ? 1 : processors > AT_ONCE_MAX ? AT_ONCE_MAX : processors;
}

static int work(const struct class *class, size_t i)
{
    char scratch[PATH_MAX];
    for (int k = 0; k < N_ENDING; k++)
        signal(ending[k], SIG_DFL);
    if ((size_t)snprintf(scratch, sizeof scratch, "%s/%zu", class->scratch, i) >= sizeof scratch ||
        mkdir(scratch, 0711) < 0)
        return 1;
    grade_one(class->course, &class->submissions->at[i], scratch, &class->grades[i]);
    scratch_remove(scratch);
    return 0;
}

static int start_one(struct class *class)
{
    size_t i = class->started;
    pid_t pid = fork();
    if (pid == 0)
        _exit(work(class, i));
    if (pid < 0)
        return -errno;
    class->pids[i] = pid;
    class->started++;
    class->running++;
    return 0;
}

static void note_end(struct class *class, pid_t pid, int status)
{
    for (size_t i = class->told; i < class->started; i++) {
        if (class->pids[i] != pid)
            continue;
        class->pids[i] = -1;
        class->running--;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return;
        class->grades[i].result = GRADE_NONE;
        snprintf(class->grades[i].seen, sizeof class->grades[i].seen,
                 "the grader itself ended badly, with %s %d",
                 WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
}

static int grade_each(struct class *class, grade_done *done, void *arg)
{
    look_at_sandbox(class->scratch, &class->grades[0].build);
    long most = at_once(&class->grades[0].build);
    int rc = 0;
    memset(&class->grades[0].build, 0, sizeof class->grades[0].build);
    while (class->told < class->submissions->n) {
        while (rc == 0 && !asked_to_end && class->running < most &&
               class->started < class->submissions->n)
            rc = start_one(class);
        int status = 0;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid > 0)
            note_end(class, pid, status);
        if (rc < 0 || asked_to_end || (pid < 0 && errno != EINTR))
            return rc < 0 ? rc : -EINTR;
        for (; class->told < class->started && class->pids[class->told] == -1; class->told++)
            done(&class->submissions->at[class->told], &class->grades[class->told], arg);
    }
    return 0;
}

/* Those that still run end with all that they run. */
static void end_all(const struct class *class)
{
    for (size_t i = class->told; i < class->started; i++)
        if (class->pids[i] > 0)
            kill(class->pids[i], SIGTERM);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
}

int grade_all(const struct course *course, const struct submissions *submissions,
              struct grade *grades, grade_done *done, void *arg)
{
    char scratch[PATH_MAX];
    struct sigaction before[N_ENDING];
    struct class class = { course, submissions, grades, scratch, NULL, 0, 0, 0 };
    if (submissions->n == 0)
        return 0;
    class.pids = calloc(submissions->n, sizeof *class.pids);
    if (class.pids == NULL)
        return -ENOMEM;
    int rc = scratch_make(scratch) < 0 ? -errno : 0;
    if (rc == 0) {
        fflush(NULL);
        guard_begin(before);
        rc = grade_each(&class, done, arg);
        end_all(&class);
        guard_end(before);
        if (scratch_remove(scratch) < 0)
            fprintf(stderr, "learn grade: %s could not be removed: %s\n", scratch, strerror(errno));
    }
    free(class.pids);
    return rc;
}

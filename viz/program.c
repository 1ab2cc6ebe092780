/*
 * program.c - the program that `loopscope run` starts, and its end
 *
 *     viewer                                    program
 *       trace_fd  <==== socket pair ====>  fd N   LOOP_TRACE=...,fd:N
 *       out_fd    <---- unlinked file ---- 1, 2   standard output and error
 *                       /dev/null -------> 0
 *
 * Its output goes to unlinked files, not to pipes: a file takes whatever comes without anybody
 * having to read it, so a viewer that is stopped never holds the program up.
 *
 * Whether exec worked is learned over a close-on-exec pipe: an errno comes through it, or its end.
 */
#include "program.h"
#include "python.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A temporary file without a name. Appending, so that two writers don't overwrite each other. */
static int open_unnamed(void)
{
    char const *dir = getenv("TMPDIR");
    char path[1024];
    int fd, n = snprintf(path, sizeof(path), "%s/loopscope-XXXXXX", dir && *dir ? dir : "/tmp");

    if (n < 0 || (size_t)n >= sizeof(path))
        return -ENAMETOOLONG;
    fd = mkstemp(path);
    if (fd < 0)
        return -errno;
    unlink(path);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_APPEND);
    return fd;
}

/* One place for both streams when ours are one place, so that their lines stay in order. */
static bool output_is_one(void)
{
    struct stat out, err;

    return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
           out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

static int open_outputs(struct program *program)
{
    program->out_fd = open_unnamed();
    if (program->out_fd < 0)
        return program->out_fd;
    program->err_fd = output_is_one() ? program->out_fd : open_unnamed();
    return program->err_fd < 0 ? program->err_fd : 0;
}

/* LOOP_TRACE as the program is to see it: what is set already, who else watches, and our own sink.
 * Owned. */
static char *trace_setting(char const *share, int fd)
{
    char const *set = getenv("LOOP_TRACE");
    size_t size = (set ? strlen(set) : 0) + (share ? strlen(share) : 0) + 32;
    char *value = malloc(size);

    if (value)
        snprintf(value, size, "%s%s%s%sfd:%d", set ? set : "", set && *set ? "," : "",
                 share ? share : "", share ? "," : "", fd);
    return value;
}

/* What the program finds in its environment. */
struct setting {
    char *trace;  /* LOOP_TRACE */
    char *python; /* PYTHONPATH, or NULL: as it is */
};

/* In the child. Only async-signal-safe calls but for setenv, which is fine as we have no threads yet. */
static void become_program(struct program const *program, int trace_fd,
                           struct setting const *setting, char *const argv[], int report_fd)
{
    int problem, null_fd = open("/dev/null", O_RDONLY);

    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
        dup2(program->out_fd, STDOUT_FILENO) < 0 || dup2(program->err_fd, STDERR_FILENO) < 0 ||
        fcntl(trace_fd, F_SETFD, 0) < 0 || setenv("LOOP_TRACE", setting->trace, 1) < 0 ||
        unsetenv("LOOP_TRACE_OWNER") < 0 ||
        (setting->python && setenv("PYTHONPATH", setting->python, 1) < 0))
        goto fail;
    if (null_fd > STDERR_FILENO)
        close(null_fd);
    execvp(argv[0], argv);
fail:
    problem = errno;
    if (write(report_fd, &problem, sizeof(problem)) < 0)
        _exit(126);
    _exit(127);
}

/* The errno that the child reports, or 0 when it became the program. */
static int read_report(int fd)
{
    int problem = 0;
    ssize_t n;

    do
        n = read(fd, &problem, sizeof(problem));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(problem) ? problem : 0;
}

static int spawn(struct program *program, int trace_fd, char *const argv[],
                 struct setting const *setting)
{
    int report[2], problem;

    if (pipe(report) < 0)
        return -errno;
    fcntl(report[0], F_SETFD, FD_CLOEXEC);
    fcntl(report[1], F_SETFD, FD_CLOEXEC);
    program->pid = fork();
    if (program->pid == 0)
        become_program(program, trace_fd, setting, argv, report[1]);
    problem = program->pid < 0 ? errno : 0;
    close(report[1]);
    if (program->pid > 0)
        problem = read_report(report[0]);
    close(report[0]);
    return -problem;
}

static int spawn_with_settings(struct program *program, int trace_fd, char *const argv[],
                               char const *share)
{
    struct setting setting = { trace_setting(share, trace_fd), python_path() };
    int rc = setting.trace ? spawn(program, trace_fd, argv, &setting) : -ENOMEM;

    free(setting.trace);
    free(setting.python);
    return rc;
}

int program_start(struct program *program, char *const argv[], char const *share)
{
    char const *base = strrchr(argv[0], '/');
    int pair[2], high, rc;

    *program = (struct program){ .pid = -1, .trace_fd = -1, .out_fd = -1, .err_fd = -1 };
    snprintf(program->name, sizeof(program->name), "%s", base && base[1] ? base + 1 : argv[0]);
    rc = open_outputs(program);
    if (rc < 0)
        goto fail;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) {
        rc = -errno;
        goto fail;
    }
    program->trace_fd = pair[0];
    fcntl(pair[0], F_SETFD, FD_CLOEXEC);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    /* High, so that the descriptors 3, 4, 5 of the program are what they are without a viewer. */
    high = fcntl(pair[1], F_DUPFD_CLOEXEC, 200);
    if (high < 0) {
        high = pair[1];
        fcntl(high, F_SETFD, FD_CLOEXEC);
    } else {
        close(pair[1]);
    }
    rc = spawn_with_settings(program, high, argv, share);
    close(high);
    if (rc == 0)
        return 0;
fail:
    program_fini(program);
    return rc;
}

bool program_has_ended(struct program *program)
{
    pid_t pid;

    if (program->has_ended || program->pid <= 0)
        return true;
    do
        pid = waitpid(program->pid, &program->status, WNOHANG);
    while (pid < 0 && errno == EINTR);
    program->has_ended = pid != 0;
    return program->has_ended;
}

/* The group, so that children of the program get it as they would from a terminal; the program
 * itself, too, in case it has not come to set its group yet. */
static void send_signal(struct program *program, int number)
{
    if (program->has_ended || program->pid <= 0)
        return;
    if (kill(-program->pid, number) < 0)
        kill(program->pid, number);
}

void program_interrupt(struct program *program)
{
    send_signal(program, SIGINT);
    send_signal(program, SIGCONT); /* one that was stopped would never see it */
}

void program_kill(struct program *program)
{
    send_signal(program, SIGKILL);
}

static int copy(int from, int to)
{
    char buffer[16384];
    off_t offset = 0;
    ssize_t n;

    while ((n = pread(from, buffer, sizeof(buffer), offset)) > 0) {
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(to, buffer + done, (size_t)(n - done));

            if (written < 0 && errno != EINTR)
                return -errno;
            done += written > 0 ? written : 0;
        }
        offset += n;
    }
    return n < 0 ? -errno : 0;
}

int program_replay_output(struct program *program)
{
    int rc = 0;

    if (program->out_fd >= 0)
        rc = copy(program->out_fd, STDOUT_FILENO);
    if (rc == 0 && program->err_fd >= 0 && program->err_fd != program->out_fd)
        rc = copy(program->err_fd, STDERR_FILENO);
    return rc;
}

void program_describe_end(struct program const *program, char *text, size_t size)
{
    int status = program->status;

    if (!program->has_ended)
        snprintf(text, size, "%s still runs", program->name);
    else if (WIFSIGNALED(status))
        snprintf(text, size, "%s was ended by signal %d (%s)", program->name, WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(text, size, "%s ended with status %d", program->name, WEXITSTATUS(status));
}

int program_exit_status(struct program const *program)
{
    if (!program->has_ended)
        return 0;
    return WIFSIGNALED(program->status) ? 128 + WTERMSIG(program->status)
                                        : WEXITSTATUS(program->status);
}

void program_fini(struct program *program)
{
    if (program->pid > 0 && !program_has_ended(program)) {
        program_kill(program);
        while (waitpid(program->pid, &program->status, 0) < 0 && errno == EINTR)
            ;
        program->has_ended = true;
    }
    if (program->trace_fd >= 0)
        close(program->trace_fd);
    if (program->err_fd >= 0 && program->err_fd != program->out_fd)
        close(program->err_fd);
    if (program->out_fd >= 0)
        close(program->out_fd);
    program->trace_fd = program->out_fd = program->err_fd = -1;
}

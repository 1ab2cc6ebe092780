/* startup.c - how long until a program's first line?
 *
 *     startup RUNS PROGRAM       the median, in microseconds, from before it is started until its first byte is read
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "measure.h"

extern char **environ;

static _Noreturn void stop(const char *what, const char *program)
{
    fprintf(stderr, "%s: %s: %s\n", program, what, strerror(errno));
    exit(1);
}

/* One run: seconds until the first byte. */
static double run_once(char *program)
{
    int fds[2], status;
    char byte;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    if (pipe(fds) < 0)
        stop("pipe", program);
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, fds[1]);
    double began = bench_seconds(CLOCK_MONOTONIC);
    errno = posix_spawn(&pid, program, &actions, NULL, (char *[]){ program, NULL }, environ);
    if (errno != 0)
        stop("can't be started", program);
    close(fds[1]);
    if (read(fds[0], &byte, 1) != 1)
        stop("said nothing", program);
    double took = bench_seconds(CLOCK_MONOTONIC) - began;
    while (read(fds[0], &(char[256]){ 0 }, 256) > 0)
        ;
    close(fds[0]);
    posix_spawn_file_actions_destroy(&actions);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        stop("has failed", program);
    return took;
}

int main(int argc, char **argv)
{
    enum { MOST = 1000 };
    double took[MOST];
    long n = bench_argument(argc, argv, 1, 51);
    if (argc != 3 || n < 1 || n > MOST)
        bench_fail("startup RUNS PROGRAM");
    for (long i = 0; i < n; i++)
        took[i] = run_once(argv[2]);
    qsort(took, (size_t)n, sizeof(double), bench_compare);
    printf("{\"first_line_us\":%.1f}\n", took[n / 2] * 1e6);
    return 0;
}

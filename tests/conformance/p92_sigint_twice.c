/* The first Ctrl-C cancels main, which may clean up; the second leaves the run at once; what is left is still cancelled. */
#include "words.h"

static const char *lines[4];
static size_t n_lines;

static void log_line(const char *line)
{
    if (n_lines < COUNT(lines))
        lines[n_lines++] = line;
}

static int other(void *unused)
{
    (void)unused;
    int r = await(task_sleep(3600));
    log_line("other: finally");
    return r;
}

static int be_main(void *unused)
{
    (void)unused;
    struct task *keep = task_create(other, NULL);
    loop_call_later(loop_current(), 0.01, ctrl_c, NULL);
    int r = await(task_sleep(3600));
    if (r == -ECANCELED)
        printf("main: first SIGINT cancelled me; other done: %s\n", yes(task_is_done(keep)));
    loop_call_later(loop_current(), 0.01, ctrl_c, NULL);
    r = await(task_sleep(3600));
    if (r == -ECANCELED)
        log_line("main: cleanup interrupted");
    return r;
}

int main(void)
{
    struct sigaction now;
    signal(SIGINT, SIG_DFL);
    if (runner_run(be_main, NULL, NULL) == -EINTR) {
        qsort(lines, n_lines, sizeof *lines, by_text);
        for (size_t i = 0; i < n_lines; i++)
            puts(lines[i]);
        puts("KeyboardInterrupt");
    }
    sigaction(SIGINT, NULL, &now);
    printf("SIGINT handler restored: %s\n", yes(now.sa_handler == SIG_DFL));
    return 0;
}

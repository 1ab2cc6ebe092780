/* When main has returned, what is left over is cancelled, cleans up with awaits, and only then the run answers. */
#include "words.h"

static const char *lines[16];
static size_t n_lines;
static bool cancelled[3];

static void log_line(const char *name, const char *what)
{
    char *line = malloc(64);
    if (line == NULL || n_lines == COUNT(lines))
        abort();
    snprintf(line, 64, "%s%s", name, what);
    lines[n_lines++] = line;
}

static int worker(void *name)
{
    int r = await(task_sleep(3600));
    log_line(name, ": cleanup start");
    await(task_sleep(0.01));
    log_line(name, ": cleanup end");
    return r;
}

static void note(struct task *task, void *is_cancelled)
{
    *(bool *)is_cancelled = task_is_cancelled(task);
}

static int be_main(void *unused)
{
    static const char *const NAMES[] = { "a", "b", "c" };
    (void)unused;
    for (int i = 0; i < 3; i++)
        task_add_done_callback(task_create(worker, (void *)NAMES[i]), note, &cancelled[i]);
    await(task_yield());
    log_line("main returns", "");
    return 42;
}

int main(void)
{
    int result = 0, before = open_descriptors();
    if (runner_run(be_main, NULL, &result) < 0)
        return 1;
    if (n_lines == 7) { /* the order of the leftovers among themselves is nobody's promise */
        qsort(lines + 1, 3, sizeof *lines, by_text);
        qsort(lines + 4, 3, sizeof *lines, by_text);
    }
    for (size_t i = 0; i < n_lines; i++)
        puts(lines[i]);
    printf("result %d loop closed: %s\n", result, yes(open_descriptors() == before));
    printf("cancelled: [%s, %s, %s]\n", yes(cancelled[0]), yes(cancelled[1]), yes(cancelled[2]));
    for (size_t i = 0; i < n_lines; i++)
        free((void *)lines[i]);
    return 0;
}

/* Closing a loop cancels and resumes nothing; tasks that were pending are reported.  The loop owns its tasks: so all
 * of them go, and are reported, when it is closed; the words are kept and printed one by one. */
#include "words.h"

static char reports[2][128];
static size_t n_reports;

static int handler(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)unused;
    if (n_reports < COUNT(reports))
        snprintf(reports[n_reports++], sizeof reports[0], "handler: %s %s", error->message,
                 task_name(error->task));
    return 0;
}

static int sleeper(void *unused)
{
    (void)unused;
    puts("sleeper started");
    await(task_sleep(3600));
    puts("must not run");
    return 0;
}

static int unstarted(void *unused)
{
    (void)unused;
    puts("must not run");
    return 0;
}

int main(void)
{
    struct loop *loop = loop_new();
    loop_set_error_handler(loop, handler, NULL);
    loop_create_task(loop, sleeper, NULL);
    loop_call_soon(loop, stop, loop);
    loop_run_forever(loop);
    loop_create_task(loop, unstarted, NULL);
    loop_call_soon(loop, say, "must not run");
    loop_call_later(loop, 0, say, "must not run");
    loop_close(loop);
    puts("closed; drop sleeper");
    puts(reports[0]);
    puts("drop unstarted");
    puts(reports[1]);
    puts("end");
    return 0;
}

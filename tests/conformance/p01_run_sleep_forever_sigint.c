/* Ctrl-C while main sleeps: the sleep is cancelled, main cleans up, and the run answers that it was interrupted. */
#include "words.h"

static int rounds_for_ever(void *unused)
{
    int rounds = 0, r;
    (void)unused;
    while ((r = await(task_sleep(0.1))) == 0) {
        puts("Running...");
        if (++rounds == 3)
            loop_call_later(loop_current(), 0.005, ctrl_c, NULL);
    }
    if (r == -ECANCELED)
        puts("main: CancelledError");
    printf("main: finally, loop running: %s\n", yes(loop_is_running(loop_current())));
    return r;
}

int main(void)
{
    signal(SIGINT, SIG_DFL);
    int before = open_descriptors();
    if (runner_run(rounds_for_ever, NULL, NULL) == -EINTR)
        printf("run() raised KeyboardInterrupt, loop closed: %s\n",
               yes(open_descriptors() == before));
    return 0;
}

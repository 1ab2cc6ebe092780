/* Every misuse of a loop's life cycle has its refusal. */
#include "words.h"

static struct loop *loop, *other;

/* -EBUSY has two reasons: this loop runs, or another one does.  A closed loop is NULL and answers -EINVAL. */
static void attempt(const char *label, const struct loop *tried, int answer)
{
    const char *why = answer == 0         ? "ok"
                      : answer == -EINVAL ? "Event loop is closed"
                      : answer != -EBUSY  ? strerror(-answer)
                      : loop_is_running(tried)
                          ? "This event loop is already running"
                          : "Cannot run the event loop while another loop is running";
    printf("%s -> %s\n", label, why);
}

static void print_state(void)
{
    printf("running: %s closed: %s\n", yes(loop_is_running(loop)), yes(loop == NULL));
}

static int nothing(void *unused)
{
    (void)unused;
    return 0;
}

static void inside(void *tasks)
{
    struct task **task = tasks;
    attempt("re-enter same loop", loop, loop_run_until_complete(loop, task[0]));
    attempt("run other loop", other, loop_run_until_complete(other, task[1]));
    if (runner_run(nothing, NULL, NULL) == -EBUSY)
        puts("asyncio.run inside -> asyncio.run() cannot be called from a running event loop");
    if (loop_close(loop) == -EBUSY)
        puts("close while running -> Cannot close a running event loop");
    print_state();
    loop_stop(loop);
}

static int close_loop(void)
{
    int err = loop_close(loop);
    if (err == 0)
        loop = NULL;
    return err;
}

static int refusal(struct call call)
{
    return call.id == 0 ? -errno : 0;
}

int main(void)
{
    loop = loop_new();
    other = loop_new();
    struct task *tasks[] = { loop_create_task(loop, nothing, NULL),
                             loop_create_task(other, nothing, NULL) };
    loop_call_soon(loop, inside, tasks);
    loop_run_forever(loop);
    print_state();
    attempt("close", loop, close_loop());
    attempt("close again", loop, close_loop());
    print_state();
    attempt("call_soon after close", loop, refusal(loop_call_soon(loop, say, "")));
    attempt("call_later after close", loop, refusal(loop_call_later(loop, 0, say, "")));
    attempt("call_soon_threadsafe after close", loop, loop_call_soon_threadsafe(loop, say, ""));
    attempt("run_until_complete after close", loop, loop_run_until_complete(loop, NULL));
    loop_stop(loop);
    attempt("stop after close", loop, 0);
    loop_run_until_complete(other, tasks[1]);
    loop_close(other);
    if (loop_current() == NULL)
        puts("get_running_loop outside -> no running event loop");
    return 0;
}

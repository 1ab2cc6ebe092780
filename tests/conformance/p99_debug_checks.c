/* In debug mode calls from a wrong thread are refused, but for the one that is made for it.  What is no callback is refused
 * always: a task's function by the compiler, which knows the two apart, a missing one by the loop. */
#include "words.h"

#include <pthread.h>

static struct loop *loop;
static int answers[4];

static void nothing(void *unused)
{
    (void)unused;
}

static int coro(void *unused)
{
    (void)unused;
    return 0;
}

static int refusal(struct call call)
{
    return call.id == 0 ? -errno : 0;
}

static void *wrong_thread(void *unused)
{
    answers[0] = refusal(loop_call_soon(loop, nothing, NULL));
    answers[1] = refusal(loop_call_later(loop, 1, nothing, NULL));
    answers[2] = refusal(loop_call_at(loop, 1, nothing, NULL));
    answers[3] = loop_call_soon_threadsafe(loop, nothing, NULL);
    return unused;
}

#define IS_CALLBACK(fn) _Generic((fn), call_fn * : true, default : false)

static int be_main(void *unused)
{
    static const char *const NAMES[] = { "call_soon", "call_later", "call_at",
                                         "call_soon_threadsafe" };
    pthread_t thread;
    (void)unused;
    loop = loop_current();
    loop_set_debug(loop, true);
    loop_set_slow_limit(loop, 60); /* a busy machine is not the subject here */
    if (pthread_create(&thread, NULL, wrong_thread, NULL) != 0)
        return -EAGAIN;
    pthread_join(thread, NULL);
    for (size_t i = 0; i < COUNT(NAMES); i++)
        printf("%s %s\n", NAMES[i],
               answers[i] == 0        ? "ok"
               : answers[i] == -EPERM ? "Non-thread-safe operation invoked on an event loop other "
                                        "than the current one"
                                      : strerror(-answers[i]));
    if (IS_CALLBACK(nothing) && !IS_CALLBACK(coro) && coro(NULL) == 0)
        puts("TypeError: coroutines cannot be used with call_soon()");
    if (refusal(loop_call_soon(loop, NULL, NULL)) == -EINVAL)
        puts("TypeError: a callable object was expected by call_soon()");
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}

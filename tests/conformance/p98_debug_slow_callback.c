/* In debug mode a step or callback that blocks the loop for the limit or longer is told of; else nothing is. */
#include "words.h"

/* The words, without the name and the figure, which differ. */
static int handler(struct loop *loop, const struct loop_error *error, void *unused)
{
    int kind = 0, rest = 0;
    double took = 0;
    (void)loop;
    (void)unused;
    sscanf(error->message, "Executing <%*s%n", &kind);
    const char *end = strstr(error->message, "> took ");
    if (kind > 0 && end != NULL && sscanf(end, "> took %lf seconds%n", &took, &rest) == 1 &&
        rest > 0 && took >= 0.11)
        printf("WARNING %.*s ...> took S.SSS seconds\n", kind, error->message);
    else
        printf("WARNING %s\n", error->message);
    return 0;
}

static void block(void *seconds)
{
    loop_work(*(double *)seconds);
}

static int step(void *seconds)
{
    loop_work(*(double *)seconds);
    return 0;
}

int main(void)
{
    static const struct {
        bool debug;
        double limit;
    } CASES[] = { { true, 0.1 }, { false, 0.1 }, { true, 5 } };
    double seconds = 0.11, none = 0;
    struct loop *loop = loop_new();
    loop_set_error_handler(loop, handler, NULL);
    printf("default threshold %g\n", loop_slow_limit(loop));
    loop_set_slow_limit(loop, 5);
    loop_run_until_complete(loop, loop_create_task(loop, step, &none));
    for (size_t i = 0; i < COUNT(CASES); i++) {
        printf("debug %s threshold %g\n", yes(CASES[i].debug), CASES[i].limit);
        loop_set_debug(loop, CASES[i].debug);
        loop_set_slow_limit(loop, CASES[i].limit);
        loop_call_soon(loop, block, &seconds);
        loop_run_until_complete(loop, loop_create_task(loop, step, &seconds));
    }
    return loop_close(loop);
}

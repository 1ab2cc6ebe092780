/* libevent/yield.c - N events that each make themselves active K times, on libevent's select() back end.
 *
 * libevent runs an event that was made active in the same turn's loop; the dispatch interval of N callbacks makes it
 * look at its descriptors once a round, as the other loops do.
 */
#include <event2/event.h>

#include "../peer.h"

struct yielder {
    struct event *event;
    long left;
};

static long n_done;

static void step(evutil_socket_t fd, short what, void *arg)
{
    struct yielder *y = arg;
    (void)fd, (void)what;
    if (y->left-- == 0)
        return;
    n_done++;
    event_active(y->event, EV_TIMEOUT, 1);
}

static struct event_base *select_base(long n_callbacks)
{
    struct event_config *config = event_config_new();
    const char **method = event_get_supported_methods();
    for (; config != NULL && *method != NULL; method++)
        if (strcmp(*method, "select") != 0)
            event_config_avoid_method(config, *method);
    if (config == NULL ||
        event_config_set_max_dispatch_interval(config, NULL, (int)n_callbacks, 0) < 0)
        bench_fail("event_config");
    struct event_base *base = event_base_new_with_config(config);
    if (base == NULL || strcmp(event_base_get_method(base), "select") != 0)
        bench_fail("libevent has no select back end");
    event_config_free(config);
    return base;
}

int main(int argc, char **argv)
{
    long n = bench_argument(argc, argv, 1, 1000);
    long n_yields = bench_argument(argc, argv, 2, 1000);
    struct event_base *base = select_base(n);
    struct yielder *all = calloc((size_t)n, sizeof *all);
    struct bench_span began = bench_begin();
    for (long i = 0; i < n; i++) {
        all[i].left = n_yields;
        all[i].event = event_new(base, -1, 0, step, &all[i]);
        event_active(all[i].event, EV_TIMEOUT, 1);
    }
    event_base_dispatch(base);
    struct bench_span took = bench_end(began);
    if (n_done != n * n_yields)
        bench_fail("not every yield was made");
    bench_report_rate("switches_per_s", n_done, took);
    return 0;
}

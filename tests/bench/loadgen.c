/* loadgen.c - the clients of the benchmarks' servers.
 *
 *     loadgen echo  PORT ACTIVE IDLE SECONDS PID     ACTIVE connections that each have one message on its way;
 *                                                    IDLE more said one and are quiet since
 *     loadgen churn PORT IN_FLIGHT SECONDS PID       connect, one byte, end of stream, again
 *     loadgen hold  PORT N                           N connections that said one message each, until end of input
 *
 * Every reply is compared byte for byte with what was sent; the first surprise, or PATIENCE_MS without a reply, ends the
 * run with a word and status 1.  The server's CPU time is read from its clock at both ends of the measured window, so
 * that a figure remains where this client, and not the server, is the busier side.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>

#include "peers/peer.h"

enum { MESSAGE_BYTES = 64, PATIENCE_MS = 10000, EVENTS = 512, SAMPLES = 1 << 16 };
static const double WARM_UP_S = 0.2;

struct client {
    int fd;
    size_t n_got;
    double sent_at;
    unsigned char out[MESSAGE_BYTES], in[MESSAGE_BYTES];
};

static int port, epoll_fd;

/* ---- a window of measurement */

static struct {
    clockid_t server;
    double seconds, begin, server_cpu, client_cpu;
    long n_replies;
    double latency[SAMPLES]; /* of the last ones */
} window;

static void window_open(double seconds, long server_pid)
{
    if (clock_getcpuclockid((pid_t)server_pid, &window.server) != 0)
        bench_fail("the server is gone");
    window.seconds = seconds;
}

/* Called once a turn; false when the time is over. */
static bool window_turn(void)
{
    double now = bench_seconds(CLOCK_MONOTONIC);
    if (window.server_cpu == 0 && now >= window.begin) {
        window.begin = now;
        window.server_cpu = bench_seconds(window.server);
        window.client_cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    }
    return now < window.begin + window.seconds;
}

static void window_count(struct client *c)
{
    if (window.server_cpu != 0)
        window.latency[window.n_replies++ % SAMPLES] = bench_seconds(CLOCK_MONOTONIC) - c->sent_at;
}

static void window_report(void)
{
    double took = bench_seconds(CLOCK_MONOTONIC) - window.begin;
    double server = bench_seconds(window.server) - window.server_cpu;
    double client = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - window.client_cpu;
    long n = window.n_replies, kept = n < SAMPLES ? n : SAMPLES;
    if (n == 0)
        bench_fail("no reply within the measured time");
    qsort(window.latency, (size_t)kept, sizeof(double), bench_compare);
    printf("{\"per_s\":%.1f,\"count\":%ld,\"server_us_each\":%.3f,\"server_busy\":%.3f,\"client_"
           "busy\":%.3f,"
           "\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
           (double)n / took, n, server * 1e6 / (double)n, server / took, client / took,
           window.latency[kept / 2] * 1e6, window.latency[kept * 99 / 100] * 1e6);
}

/* ---- waiting */

static void watch(struct client *c)
{
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &e) < 0)
        peer_die("epoll_ctl");
}

/* Calls readable() for every client that is, until the window's end. */
static void serve_window(void (*readable)(struct client *c))
{
    struct epoll_event events[EVENTS];
    window.begin = bench_seconds(CLOCK_MONOTONIC) + WARM_UP_S;
    while (window_turn()) {
        int n = epoll_wait(epoll_fd, events, EVENTS, PATIENCE_MS);
        if (n <= 0)
            bench_fail("no reply for ten seconds");
        for (int i = 0; i < n; i++)
            readable(events[i].data.ptr);
    }
    window_report();
}

/* ---- echo */

static void echo_connect(struct client *c, unsigned nth)
{
    struct sockaddr_in a = peer_address(port);
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof a) < 0)
        peer_die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    memcpy(c->out, &nth, sizeof nth);
}

/* Each message differs from the one before and from every other client's. */
static void echo_send(struct client *c)
{
    for (size_t i = sizeof(unsigned); i < MESSAGE_BYTES; i++)
        c->out[i]++;
    c->n_got = 0;
    c->sent_at = bench_seconds(CLOCK_MONOTONIC);
    if (send(c->fd, c->out, MESSAGE_BYTES, MSG_NOSIGNAL) != MESSAGE_BYTES)
        peer_die("send");
}

/* True when the whole reply is there, and right. */
static bool echo_receive(struct client *c)
{
    ssize_t n = recv(c->fd, c->in + c->n_got, MESSAGE_BYTES - c->n_got, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0)
        bench_fail("the server has closed a connection that should echo");
    c->n_got += (size_t)n;
    if (c->n_got < MESSAGE_BYTES)
        return false;
    if (memcmp(c->in, c->out, MESSAGE_BYTES) != 0)
        bench_fail("what came back is not what was sent");
    return true;
}

static void echo_wait(struct client *c)
{
    while (!echo_receive(c)) {
        struct pollfd p = { .fd = c->fd, .events = POLLIN };
        if (poll(&p, 1, PATIENCE_MS) != 1)
            bench_fail("no reply to a first message");
    }
}

/* n connections that have had one reply each. */
static struct client *echo_open(long n)
{
    struct client *all = calloc((size_t)n + 1, sizeof *all);
    if (all == NULL)
        peer_die("calloc");
    for (long i = 0; i < n; i++)
        echo_connect(&all[i], (unsigned)i);
    for (long i = 0; i < n; i++)
        echo_send(&all[i]);
    for (long i = 0; i < n; i++)
        echo_wait(&all[i]);
    return all;
}

static void echo_readable(struct client *c)
{
    if (!echo_receive(c))
        return;
    window_count(c);
    echo_send(c);
}

static void echo(long n_active, long n_idle)
{
    struct client *idle = echo_open(n_idle), *active = echo_open(n_active);
    for (long i = 0; i < n_active; i++) {
        watch(&active[i]);
        echo_send(&active[i]);
    }
    serve_window(echo_readable);
    free(idle);
    free(active);
}

/* ---- churn */

static void churn_connect(struct client *c)
{
    struct sockaddr_in a = peer_address(port);
    struct linger reset = { .l_onoff = 1 }; /* no port stays in TIME_WAIT for the next run */
    c->n_got = 0;
    c->sent_at = bench_seconds(CLOCK_MONOTONIC);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        peer_die("socket");
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (connect(c->fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS)
        peer_die("connect");
    watch(c);
}

static void churn_readable(struct client *c)
{
    ssize_t n;
    while ((n = recv(c->fd, c->in, sizeof c->in, 0)) > 0) {
        c->n_got += (size_t)n;
        if (c->n_got > 1 || c->in[0] != 'x')
            bench_fail("more came than the one byte");
    }
    if (n < 0 && errno == EAGAIN)
        return;
    if (n < 0)
        peer_die("recv");
    if (c->n_got != 1)
        bench_fail("closed without the one byte");
    window_count(c);
    close(c->fd);
    churn_connect(c);
}

static void churn(long n_in_flight)
{
    struct client *all = calloc((size_t)n_in_flight, sizeof *all);
    if (all == NULL)
        peer_die("calloc");
    for (long i = 0; i < n_in_flight; i++)
        churn_connect(&all[i]);
    serve_window(churn_readable);
    free(all);
}

/* ---- hold */

static void hold(long n)
{
    struct client *all = echo_open(n);
    puts("{\"held\":true}");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    free(all);
}

int main(int argc, char **argv)
{
    const char *kind = argc > 3 ? argv[1] : "";
    port = (int)bench_argument(argc, argv, 2, 0);
    long n = bench_argument(argc, argv, 3, 0);
    epoll_fd = epoll_create1(0);
    if (strcmp(kind, "echo") == 0 && argc == 7) {
        window_open(atof(argv[5]), atol(argv[6]));
        echo(n, atol(argv[4]));
    } else if (strcmp(kind, "churn") == 0 && argc == 6) {
        window_open(atof(argv[4]), atol(argv[5]));
        churn(n);
    } else if (strcmp(kind, "hold") == 0) {
        hold(n);
    } else {
        bench_fail("loadgen echo PORT ACTIVE IDLE SECONDS PID | churn PORT IN_FLIGHT SECONDS PID | "
                   "hold PORT N");
    }
    return 0;
}

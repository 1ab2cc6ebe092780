/* soak.c - everything at once and at random, for as long as one likes; each part proves what it was promised.
 *
 *     soak SECONDS [SEED]
 *
 * Actors come and go by the hundred.  Each does one thing that a loop is for, and many of them are cancelled in the
 * middle of it by a reaper that doesn't care.  What must hold whatever happens is counted: every byte echoed is the byte
 * that was sent, a lock has one holder, an item put is got once, a signal raised is a callback run, a job's result
 * is its own.  At the end nothing may be left.  Prints its seed first, so that a run can be had again (but the kernel's
 * timing can't), and one line at the end.
 */
#include "loop.h"

#include <arpa/inet.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACTORS = 60, ITEM_SPACE = 8 };

static struct {
    struct server *server;
    struct lock *lock;
    struct queue *queue;
    struct semaphore *semaphore;
    struct condition *condition;
    struct event *event;
    struct barrier *barrier;
    int lock_holders, semaphore_holders;
    long put, got, raised, heard;
    long spawned, cancelled, echoed, resets, half_closes, jobs, children, timers;
    int wrong;
} soak;

/* ---- chance */

static uint64_t chance_state;

static unsigned chance(unsigned below)
{
    chance_state ^= chance_state << 13; /* xorshift64 */
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (unsigned)(chance_state >> 33) % below;
}

static double moment(void)
{
    return chance(chance(8) == 0 ? 400 : 30) / 1000.0;
}

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "soak: at %.3f s: %s\n", loop_time(loop_current()), what);
    soak.wrong++;
}

/* ---- a server that has seen it all */

static int serve(struct conn *conn, void *unused)
{
    char bytes[3000];
    ssize_t n;
    (void)unused;
    if (chance(20) == 0)
        conn_set_read_limit(conn, 100);
    while ((n = await(conn_read(conn, bytes, sizeof bytes))) > 0) {
        if (conn_write(conn, bytes, (size_t)n) < 0 || await(conn_drain(conn)) < 0)
            break;
        if (chance(50) == 0 && await(task_sleep(moment())) < 0)
            break;
    }
    if (n == 0)
        conn_write_eof(conn);
    conn_close(conn);
    return 0;
}

/* ---- actors */

static unsigned char byte_of(unsigned seed, size_t at)
{
    return (unsigned char)(seed + at * 7 + (at >> 8));
}

struct talk {
    struct conn *conn;
    unsigned seed;
    size_t size, sent, read;
};

static int send_all(void *arg)
{
    struct talk *t = arg;
    unsigned char bytes[5000];
    while (t->sent < t->size) {
        size_t n = 1 + chance(sizeof bytes);
        n = n < t->size - t->sent ? n : t->size - t->sent;
        for (size_t i = 0; i < n; i++)
            bytes[i] = byte_of(t->seed, t->sent + i);
        int err = conn_write(t->conn, bytes, n);
        if (err < 0 || (err = await(conn_drain(t->conn))) < 0)
            return err;
        t->sent += n;
    }
    return conn_write_eof(t->conn);
}

static int read_all(struct talk *t)
{
    unsigned char bytes[4000];
    ssize_t n;
    while ((n = await(conn_read(t->conn, bytes, 1 + chance(sizeof bytes)))) > 0)
        for (ssize_t i = 0; i < n; i++, t->read++)
            if (bytes[i] != byte_of(t->seed, t->read)) {
                expect(false, "a byte came back as another");
                return -EIO;
            }
    return (int)n;
}

/* Sends while it reads; half closes; what comes back must be all of it. */
static int echo(void *unused)
{
    struct talk t = { .seed = chance(256), .size = chance(60000) };
    (void)unused;
    int err = await(conn_open("127.0.0.1", server_port(soak.server), &t.conn));
    if (err < 0)
        return err;
    struct task *sender = task_create(send_all, &t);
    err = read_all(&t);
    if (err < 0)
        task_cancel(sender);
    int sent = await(task_join(sender));
    task_release(sender);
    if (err == 0 && sent == 0) {
        expect(t.read == t.size, "the end came before the last byte");
        soak.echoed += (long)t.read;
        soak.half_closes++;
    }
    conn_release(t.conn);
    return err;
}

/* Leaves without a word, or with a reset. */
static int vanish(void *unused)
{
    struct conn *conn;
    char bytes[512] = "here today";
    (void)unused;
    int err = await(conn_open("127.0.0.1", server_port(soak.server), &conn));
    if (err < 0)
        return err;
    conn_write(conn, bytes, sizeof bytes);
    if (chance(2) == 0)
        err = await(task_sleep(moment()));
    struct linger reset = { .l_onoff = 1, .l_linger = 0 };
    if (chance(2) == 0 && conn_fd(conn) >= 0)
        setsockopt(conn_fd(conn), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    conn_abort(conn);
    conn_release(conn);
    soak.resets++;
    return err;
}

static int hold_lock(void *unused)
{
    (void)unused;
    int err = await(lock_acquire(soak.lock));
    if (err < 0)
        return err;
    expect(soak.lock_holders++ == 0, "two hold the lock");
    err = await(task_sleep(moment() / 10));
    soak.lock_holders--;
    lock_release(soak.lock);
    return err;
}

static int hold_semaphore(void *unused)
{
    (void)unused;
    int err = await(semaphore_acquire(soak.semaphore));
    if (err < 0)
        return err;
    expect(++soak.semaphore_holders <= 3, "too many hold the semaphore");
    err = await(task_sleep(moment()));
    soak.semaphore_holders--;
    semaphore_release(soak.semaphore);
    return err;
}

static int put_item(void *unused)
{
    (void)unused;
    int err = await(queue_put(soak.queue, &soak));
    soak.put += err == 0;
    return err;
}

static int get_item(void *unused)
{
    void *item;
    (void)unused;
    int err = await(queue_get(soak.queue, &item));
    if (err == 0) {
        soak.got++;
        expect(item == &soak, "the queue gave what was never put");
        queue_task_done(soak.queue);
    }
    return err;
}

static bool is_even(void *unused)
{
    (void)unused;
    return soak.spawned % 2 == 0;
}

static int wait_for_change(void *unused)
{
    (void)unused;
    int err = await(condition_acquire(soak.condition));
    if (err < 0)
        return err;
    err = await(condition_wait_for(soak.condition, is_even, NULL));
    expect(condition_is_locked(soak.condition), "a condition's lock was lost while it waited");
    condition_release(soak.condition);
    return err;
}

static int change(void *unused)
{
    (void)unused;
    event_set(soak.event);
    event_clear(soak.event);
    int err = await(condition_acquire(soak.condition));
    if (err < 0)
        return err;
    condition_notify(soak.condition, 1 + (int)chance(3));
    condition_release(soak.condition);
    return 0;
}

static int wait_for_event(void *unused)
{
    (void)unused;
    return await(event_wait(soak.event));
}

static int meet(void *unused)
{
    (void)unused;
    int err = await(barrier_wait(soak.barrier));
    if (err == -EPIPE && barrier_is_broken(soak.barrier))
        barrier_reset(soak.barrier);
    return err == -EPIPE ? 0 : err;
}

static int doze(void *unused)
{
    (void)unused;
    return await(task_sleep(moment()));
}

static int fail_sometimes(void *unused)
{
    (void)unused;
    int err = await(task_sleep(moment()));
    return err < 0 ? err : chance(5) == 0 ? -EBADMSG : 7;
}

static int together(void *unused)
{
    struct task *tasks[8];
    struct future *futures[8];
    size_t n = 1 + chance(8);
    (void)unused;
    for (size_t i = 0; i < n; i++)
        futures[i] = task_as_future(tasks[i] = task_create(fail_sometimes, NULL));
    int err = chance(2) == 0
                  ? await(gather(futures, n, NULL, chance(2) == 0))
                  : await(futures_wait(futures, n, (enum wait_when)chance(3), moment(), NULL));
    for (size_t i = 0; i < n; i++) {
        task_cancel(tasks[i]);
        task_result(tasks[i]);
        await(shield(futures[i]));
        task_release(tasks[i]);
    }
    return err;
}

static int in_group(void *unused)
{
    struct group *g = group_open();
    int err = 0;
    (void)unused;
    for (unsigned i = chance(6); i > 0; i--)
        group_create_task(g, fail_sometimes, NULL);
    if (chance(2) == 0)
        err = await(task_sleep(moment()));
    return await(group_close(g, err, NULL, NULL));
}

static int hurry(void *unused)
{
    struct timeout t;
    (void)unused;
    timeout_begin(&t, moment());
    int err = await(task_sleep(moment()));
    return timeout_end(&t, err);
}

static void never(void *unused)
{
    (void)unused;
    expect(false, "a cancelled callback ran");
}

static int arm_and_cancel(void *unused)
{
    struct call calls[50];
    (void)unused;
    for (int i = 0; i < 50; i++)
        calls[i] = loop_call_later(loop_current(), 3600 + moment(), never, NULL);
    int err = await(task_sleep(moment()));
    for (int i = 0; i < 50; i++)
        expect(call_cancel(calls[i]), "a timer of an hour was gone");
    soak.timers += 50;
    return err;
}

static int compute(void *arg)
{
    usleep(1000);
    return (int)(intptr_t)arg * 2;
}

static int ask_thread(void *unused)
{
    int n = (int)chance(1000);
    (void)unused;
    int twice = await(to_thread(compute, (void *)(intptr_t)n));
    expect(twice == 2 * n || twice == -ECANCELED, "a job's result was another's");
    soak.jobs++;
    return twice;
}

static int ask_child(void *unused)
{
    static const char *const cat[] = { "cat", NULL };
    struct process_output out;
    (void)unused;
    struct process *p = process_start(cat, PROCESS_STDIN | PROCESS_STDOUT);
    if (p == NULL)
        return -errno;
    int err = await(process_communicate(p, "through the child", 17, &out, NULL));
    if (err == 0) {
        expect(out.size == 17 && memcmp(out.bytes, "through the child", 17) == 0,
               "the child's output was another's");
        free(out.bytes);
        soak.children++;
    } else {
        process_kill(p);
    }
    process_release(p);
    return err;
}

static void hear(void *unused)
{
    (void)unused;
    soak.heard++;
}

static int signal_myself(void *unused)
{
    (void)unused;
    for (unsigned i = 1 + chance(4); i > 0; i--, soak.raised++)
        raise(SIGUSR1);
    return 0;
}

static int abandon_children(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        task_release(task_create(doze, NULL));
    return 0;
}

static const struct part {
    task_fn *fn;
    unsigned weight;
} parts[] = {
    { echo, 12 },
    { vanish, 6 },
    { hold_lock, 8 },
    { hold_semaphore, 6 },
    { put_item, 8 },
    { get_item, 8 },
    { wait_for_change, 4 },
    { change, 4 },
    { wait_for_event, 3 },
    { meet, 4 },
    { doze, 6 },
    { together, 6 },
    { in_group, 6 },
    { hurry, 6 },
    { arm_and_cancel, 4 },
    { ask_thread, 3 },
    { ask_child, 1 },
    { signal_myself, 4 },
    { abandon_children, 3 },
};

static task_fn *any_part(void)
{
    unsigned total = 0, at;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        total += parts[i].weight;
    at = chance(total);
    size_t i = 0;
    while (at >= parts[i].weight)
        at -= parts[i++].weight;
    return parts[i].fn;
}

/* ---- the stage */

static int look_at_no_errors(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)unused;
    if (error->error != -EBADMSG) /* what fail_sometimes() fails with */
        fprintf(stderr, "soak: %s: %s\n", error->message, strerror(-error->error));
    return 0;
}

static void reap(struct task **slot)
{
    if (*slot == NULL)
        return;
    if (!task_is_done(*slot)) {
        if (chance(3) != 0)
            return;
        task_cancel(*slot);
        soak.cancelled++;
        return;
    }
    task_result(*slot);
    task_release(*slot);
    *slot = NULL;
}

static int play(double until)
{
    static struct task *actors[ACTORS];
    while (loop_time(loop_current()) < until) {
        for (int i = 0; i < 6; i++) {
            struct task **slot = &actors[chance(ACTORS)];
            reap(slot);
            if (*slot == NULL && (*slot = task_create(any_part(), NULL)) != NULL)
                soak.spawned++;
        }
        if (await(task_sleep(0.015)) < 0)
            return -ECANCELED;
    }
    for (int i = 0; i < ACTORS; i++) {
        if (actors[i] == NULL)
            continue;
        task_cancel(actors[i]);
        await(task_join(actors[i]));
        task_release(actors[i]);
    }
    return 0;
}

static void judge(void)
{
    expect(soak.lock_holders == 0 && !lock_is_locked(soak.lock), "the lock is still held");
    expect(soak.semaphore_holders == 0 && semaphore_value(soak.semaphore) == 3,
           "the semaphore lacks a place");
    expect(soak.put == soak.got + (long)queue_size(soak.queue), "an item was lost, or came twice");
    expect(soak.raised == soak.heard, "a signal was lost, or came twice");
    printf("spawned %ld, cancelled %ld, echoed %ld bytes over %ld half closes, resets %ld, items "
           "%ld, signals %ld, "
           "jobs %ld, children %ld, timers cancelled %ld, wrong %d\n",
           soak.spawned, soak.cancelled, soak.echoed, soak.half_closes, soak.resets, soak.got,
           soak.heard, soak.jobs, soak.children, soak.timers, soak.wrong);
}

static int run(void *seconds)
{
    struct loop *loop = loop_current();
    loop_set_error_handler(loop, look_at_no_errors, NULL);
    soak.server = server_start("127.0.0.1", 0, serve, NULL);
    if (soak.server == NULL)
        return -errno;
    soak.lock = lock_new();
    soak.queue = queue_new(ITEM_SPACE);
    soak.semaphore = semaphore_new(3);
    soak.condition = condition_new(NULL);
    soak.event = event_new();
    soak.barrier = barrier_new(3);
    loop_add_signal(loop, SIGUSR1, hear, NULL);
    int err = play(*(double *)seconds);
    server_close(soak.server);
    await(server_wait_closed(soak.server));
    await(task_sleep(0.1)); /* the last signals, and tasks that were left to themselves */
    judge();
    lock_free(soak.lock);
    queue_free(soak.queue);
    semaphore_free(soak.semaphore);
    condition_free(soak.condition);
    event_free(soak.event);
    barrier_free(soak.barrier);
    return err < 0 ? err : soak.wrong > 0;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 5;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)getpid() * 2654435761u;
    if (!(seconds > 0)) {
        fprintf(stderr, "usage: soak SECONDS [SEED]: SECONDS is a number above 0\n");
        return 2;
    }
    chance_state = seed | 1;
    printf("soak: %g s, seed %llu\n", seconds, (unsigned long long)seed);
    fflush(stdout);
    return loop_run(run, &seconds);
}

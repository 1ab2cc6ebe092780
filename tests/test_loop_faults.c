/*
 * test_loop_faults.c - whole scenarios, in which the first allocation fails, then the second, and so on; and so for
 * every call of the system
 *
 * A scenario says each thing that it promises: kept() when it came about, and told() with the error when a call answered
 * one instead.  Whatever fails, it may not crash, hang (each run has its alarm), leak (memory and descriptors are
 * counted around each run) nor mix up a byte; and what was not kept must have been told: by a call's answer, by the
 * error handler, or on stderr.
 */
#include "loop_test.h"

#if defined(__APPLE__)

/* Its linker can't wrap functions. */
int main(void)
{
    puts("1..1\nok 1 # SKIP faults: this linker knows no --wrap");
    return 0;
}

#else

#include "fault.h"
#include "inside.h"

#include <arpa/inet.h>
#include <netdb.h>

/* ---- what a run is judged by */

static struct {
    int kept;         /* promises */
    int told;         /* errors: how many */
    int strange;      /* one that no such fault explains, or 0 */
    const char *lost; /* a promise that may never be broken */
    int told_on_stderr;
} run;

static const char *running = "";

static bool explains(int error)
{
    static const int follow[] = { -ECANCELED, -ECONNRESET, -EPIPE,   -ECONNREFUSED,
                                  -ENOMEM,    -EBADF,      -ENOTCONN };
    if (error == -fault.error)
        return true;
    for (size_t i = 0; i < COUNT(follow); i++)
        if (error == follow[i])
            return true;
    return false;
}

static void told(int error)
{
    run.told++;
    if (!explains(error))
        run.strange = error;
}

/* 0 or more is what was promised. */
static bool kept(long result)
{
    if (result < 0)
        told((int)result);
    else
        run.kept++;
    return result >= 0;
}

static bool made(const void *thing)
{
    return kept(thing != NULL ? 0 : errno == 0 ? -1000 : -errno);
}

static void never_lose(bool holds, const char *what)
{
    if (!holds)
        run.lost = what;
}

static int on_error(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)unused;
    run.told++;
    (void)error;
    return 0;
}

/* ---- tasks, timers, and several at once */

static int nap(void *ms)
{
    int err = await(task_sleep((double)(intptr_t)ms / 1000));
    return err < 0 ? err : (int)(intptr_t)ms;
}

static int fail_late(void *unused)
{
    (void)unused;
    int err = await(task_sleep(0.001));
    return err < 0 ? err : -ERANGE;
}

static void count(void *n)
{
    ++*(int *)n;
}

static void on_task_done(struct task *task, void *n)
{
    (void)task;
    ++*(int *)n;
}

static void nap_all(struct task *tasks[], struct future *futures[], int n)
{
    for (int i = 0; i < n; i++) {
        tasks[i] = task_create(nap, (void *)(intptr_t)(i + 1));
        futures[i] = made(tasks[i]) ? task_as_future(tasks[i]) : NULL;
    }
}

static void release_all(struct task *tasks[], int n)
{
    for (int i = 0; i < n; i++)
        task_release(tasks[i]);
}

static int all_made(struct task *const tasks[], int n)
{
    for (int i = 0; i < n; i++)
        if (tasks[i] == NULL)
            return false;
    return true;
}

static void use_gather(void)
{
    enum { N = 5 };
    struct task *tasks[N];
    struct future *futures[N], *next;
    int results[N];
    nap_all(tasks, futures, N);
    if (all_made(tasks, N)) {
        kept(await(gather(futures, N, results, true)));
        kept(await(futures_wait(futures, N, WAIT_ALL, 1.0, NULL)));
        struct as_completed *all = as_completed_new(futures, N);
        while (made(all) && as_completed_next(all, &next) == 1)
            kept(0);
        as_completed_free(all);
    }
    release_all(tasks, N);
}

static void use_timeouts(void)
{
    struct task *t = task_create(nap, (void *)50);
    struct timeout limit;
    int err;
    if (made(t)) {
        struct future *f = task_as_future(t);
        err = await(futures_wait(&f, 1, WAIT_ALL, 0.001, NULL));
        kept(err);
        err = await(wait_for(f, 0.010));
        kept(err == -ETIMEDOUT ? 0 : err);
        kept(await(shield(f)) == -ECANCELED ? 0 : -1000);
    }
    task_release(t);
    if (kept(timeout_begin(&limit, 0.010)))
        kept(timeout_end(&limit, await(task_sleep(5))) == -ETIMEDOUT ? 0 : -ENOMEM);
}

static void use_group(void)
{
    struct group *g = group_open();
    if (!made(g))
        return;
    for (int i = 1; i < 4; i++)
        made(group_create_task(g, nap, (void *)(intptr_t)i));
    bool failing = made(group_create_task(g, fail_late, NULL));
    int err = await(task_sleep(0.100));
    err = await(group_close(g, err, NULL, NULL));
    kept(failing && err == -ERANGE ? 0 : err);
}

static void use_calls(void)
{
    int called = 0;
    struct loop *loop = loop_current();
    made(loop_call_soon(loop, count, &called).at);
    made(loop_call_later(loop, 0.001, count, &called).at);
    made(loop_call_at(loop, loop_time(loop), count, &called).at);
    struct call taken_back = loop_call_later(loop, 0.001, count, &called);
    made(taken_back.at);
    call_cancel(taken_back);
    kept(loop_call_soon_threadsafe(loop, count, &called));
    struct future *f = future_new(loop);
    if (made(f)) {
        kept(future_set_result(f, 1));
        kept(await(future_wait(f)));
    }
    future_release(f);
    kept(await(task_sleep(0.010)));
    run.kept += called;
    never_lose(called <= 4, "a call that was taken back ran");
}

static int tasks_and_timers(void *unused)
{
    struct task *many[150];
    int done = 0;
    (void)unused;
    for (size_t i = 0; i < COUNT(many); i++) {
        many[i] = task_create(nap, (void *)(intptr_t)(i % 7));
        if (made(many[i]))
            kept(task_add_done_callback(many[i], on_task_done, &done));
        if (many[i] != NULL && i % 10 == 0)
            task_cancel(many[i]);
    }
    use_gather();
    use_timeouts();
    use_group();
    use_calls();
    for (size_t i = 0; i < COUNT(many); i++)
        if (many[i] != NULL) {
            int result = await(task_join(many[i]));
            kept(i % 10 == 0 && result == -ECANCELED ? 0 : result);
            task_release(many[i]);
        }
    kept(await(task_yield()));
    run.kept += done;
    return 0;
}

/* ---- a server and its clients */

enum { LINES = 5, CLIENTS = 4, BLOB = 300 * 1000 };

static unsigned char blob_byte(size_t at)
{
    return (unsigned char)(at * 31 + (at >> 9));
}

static int serve(struct conn *conn, void *unused)
{
    char bytes[20000];
    ssize_t n;
    int err = 0;
    (void)unused;
    while (err == 0 && (n = await(conn_read(conn, bytes, sizeof bytes))) != 0) {
        err = n < 0 ? (int)n : conn_write(conn, bytes, (size_t)n);
        if (err == 0)
            err = await(conn_drain(conn));
    }
    conn_close(conn);
    return err;
}

/* Line for line. */
static int talk(void *server)
{
    struct conn *c;
    char line[64], back[64];
    int err = await(conn_open("127.0.0.1", server_port(server), &c));
    if (!kept(err))
        return 0;
    for (int i = 0; i < LINES; i++) {
        int n = snprintf(line, sizeof line, "line %d\n", i);
        if (!kept(conn_write(c, line, (size_t)n)))
            break;
        ssize_t got = await(conn_readline(c, back, sizeof back));
        if (got <= 0) {
            told(got < 0 ? (int)got : -ECONNRESET); /* 0: the server has failed, and said so */
            break;
        }
        never_lose(strncmp(back, line, (size_t)got) == 0, "a line came back as another");
        kept(0);
    }
    conn_release(c);
    return 0;
}

static int send_blob(void *conn)
{
    static unsigned char blob[BLOB];
    for (size_t i = 0; i < BLOB; i++)
        blob[i] = blob_byte(i);
    int err = conn_write(conn, blob, BLOB);
    if (err == 0)
        err = await(conn_drain(conn));
    if (err == 0)
        err = conn_write_eof(conn);
    return err;
}

/* As much as TCP has no room for; a half close; all must come back, or an error be told. */
static int pour(void *server)
{
    struct conn *c;
    unsigned char bytes[30000];
    size_t at = 0;
    ssize_t n;
    int err = await(conn_open("127.0.0.1", server_port(server), &c));
    if (!kept(err))
        return 0;
    struct task *sender = task_create(send_blob, c);
    if (made(sender)) {
        while ((n = await(conn_read(c, bytes, sizeof bytes))) > 0)
            for (ssize_t i = 0; i < n; i++, at++)
                never_lose(bytes[i] == blob_byte(at), "a byte came back as another");
        if (n < 0)
            task_cancel(sender);
        kept(n);
        kept(await(task_join(sender)));
        never_lose(at == BLOB || run.told > 0, "bytes were lost and nobody told");
        run.kept += at == BLOB;
    }
    task_release(sender);
    conn_release(c);
    return 0;
}

static int server_and_clients(void *unused)
{
    struct task *clients[CLIENTS] = { NULL };
    (void)unused;
    struct server *s = server_start("127.0.0.1", 0, serve, NULL);
    if (!made(s))
        return 0;
    for (int i = 0; i < CLIENTS; i++)
        made(clients[i] = task_create(i == 0 ? pour : talk, s));
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i] != NULL)
            kept(await(task_join(clients[i])));
    release_all(clients, CLIENTS);
    server_close(s);
    kept(await(server_wait_closed(s)));
    return 0;
}

static int unix_server_and_client(void *unused)
{
    struct conn *c;
    char back[16];
    (void)unused;
    struct server *s = server_start_unix(temporary("s"), serve, NULL);
    if (!made(s)) {
        never_lose(access(temporary("s"), F_OK) != 0,
                   "a server that could not start left its file");
        return 0;
    }
    if (kept(await(conn_open_unix(temporary("s"), &c)))) {
        kept(conn_printf(c, "%s", "over the wall\n"));
        kept(conn_write_eof(c));
        ssize_t n = await(conn_readline(c, back, sizeof back));
        kept(n);
        run.kept += (int)(n > 0 ? n : 0);
        if (n == 0)
            told(-ECONNRESET);
        conn_release(c);
    }
    server_close(s);
    kept(await(server_wait_closed(s)));
    return 0;
}

/* ---- locks and their like */

static struct {
    struct lock *lock;
    struct queue *queue;
    struct condition *condition;
    struct barrier *barrier;
    struct semaphore *semaphore;
    struct event *event;
    int put, got;
} shared;

static int use_lock(void *unused)
{
    (void)unused;
    if (!kept(await(lock_acquire(shared.lock))))
        return 0;
    kept(await(task_sleep(0.001)));
    kept(lock_release(shared.lock));
    if (kept(await(semaphore_acquire(shared.semaphore)))) {
        kept(await(task_yield()));
        kept(semaphore_release(shared.semaphore));
    }
    if (kept(await(condition_acquire(shared.condition)))) {
        condition_notify_all(shared.condition);
        condition_release(shared.condition);
    }
    event_set(shared.event);
    kept(await(event_wait(shared.event)));
    return 0;
}

static int put_items(void *unused)
{
    (void)unused;
    for (int i = 0; i < 40; i++)
        if (kept(await(queue_put(shared.queue, &shared))))
            shared.put++;
    return 0;
}

static int get_items(void *unused)
{
    void *item;
    (void)unused;
    while (await(queue_get(shared.queue, &item)) == 0) {
        shared.got++;
        queue_task_done(shared.queue);
    }
    return 0;
}

static bool make_shared(void)
{
    memset(&shared, 0, sizeof shared);
    bool all = made(shared.lock = lock_new());
    all &= made(shared.queue = queue_new(30));
    all &= made(shared.condition = condition_new(NULL));
    all &= made(shared.barrier = barrier_new(1));
    all &= made(shared.semaphore = semaphore_new(1));
    return (bool)(all & made(shared.event = event_new()));
}

static void free_shared(void)
{
    lock_free(shared.lock);
    queue_free(shared.queue);
    condition_free(shared.condition);
    barrier_free(shared.barrier);
    semaphore_free(shared.semaphore);
    event_free(shared.event);
}

static int locks_and_queues(void *unused)
{
    task_fn *const parts[] = { use_lock, use_lock, use_lock, put_items, put_items };
    struct task *tasks[COUNT(parts)] = { NULL }, *getter = NULL;
    (void)unused;
    if (make_shared()) {
        made(getter = task_create(get_items, NULL));
        for (size_t i = 0; i < COUNT(parts) && getter != NULL; i++)
            made(tasks[i] = task_create(parts[i], NULL));
        for (size_t i = 0; i < COUNT(parts); i++)
            if (tasks[i] != NULL)
                kept(await(task_join(tasks[i])));
        if (getter != NULL && !task_is_done(getter)) {
            kept(await(queue_join(shared.queue)));
            task_cancel(getter);
            await(task_join(getter));
            never_lose(shared.put == shared.got, "an item was lost");
        } else if (getter != NULL && task_result(getter) < 0) {
            told(task_result(getter));
        }
        release_all(tasks, COUNT(tasks));
        task_release(getter);
        run.kept += shared.got;
    }
    free_shared();
    return 0;
}

/* ---- descriptors, signals, threads, children */

static struct {
    int fd[2];
    int read, heard;
} outside;

static void on_readable(void *unused)
{
    char byte;
    (void)unused;
    if (__real_read(outside.fd[0], &byte, 1) == 1)
        outside.read++;
}

static void on_writable(void *loop)
{
    __real_write(outside.fd[1], "x", 1);
    loop_remove_writer(loop, outside.fd[1]);
}

static void on_signal(void *unused)
{
    (void)unused;
    outside.heard++;
}

static int descriptors_and_signals(void *unused)
{
    struct loop *loop = loop_current();
    (void)unused;
    memset(&outside, 0, sizeof outside);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, outside.fd) < 0)
        return -errno;
    bool reads = kept(loop_add_reader(loop, outside.fd[0], on_readable, NULL));
    bool writes = kept(loop_add_writer(loop, outside.fd[1], on_writable, loop));
    if (kept(loop_add_signal(loop, SIGUSR1, on_signal, NULL))) {
        raise(SIGUSR1);
        raise(SIGUSR1);
    }
    kept(await(task_sleep(0.010)));
    kept(await(task_sleep(0.010)));
    run.kept += (reads && writes ? outside.read : 0) + outside.heard;
    loop_remove_reader(loop, outside.fd[0]);
    loop_remove_writer(loop, outside.fd[1]);
    loop_remove_signal(loop, SIGUSR1);
    close(outside.fd[0]);
    close(outside.fd[1]);
    return 0;
}

static int twice(void *n)
{
    return 2 * (int)(intptr_t)n;
}

static int threads(void *unused)
{
    struct loop *loop = loop_current();
    (void)unused;
    for (int i = 1; i < 8; i++) {
        int result = await(to_thread(twice, (void *)(intptr_t)i));
        never_lose(result < 0 || result == 2 * i, "a job's result was another's");
        kept(result);
    }
    struct future *f = loop_run_in_executor(loop, twice, (void *)21);
    if (made(f))
        kept(await(future_wait(f)));
    future_release(f);
    return 0;
}

static int children(void *unused)
{
    static const char *const cat[] = { "cat", NULL };
    struct process_output out = { NULL, 0 };
    (void)unused;
    struct process *p = process_start(cat, PROCESS_STDIN | PROCESS_STDOUT);
    if (!made(p))
        return 0;
    int err = await(process_communicate(p, "through", 7, &out, NULL));
    if (kept(err)) {
        never_lose(out.size <= 7 && memcmp(out.bytes, "through", out.size) == 0,
                   "the child's output was another's");
        run.kept += (int)out.size;
        if (out.size < 7)
            told(-EPIPE); /* communicate() ignores a broken pipe, as Python's does */
        free(out.bytes);
    } else {
        process_kill(p);
        kept(await(process_wait(p)));
    }
    process_release(p);
    return 0;
}

/* ---- one run */

static int stderr_of_ours;

static void last_words(int sig)
{
    dprintf(stderr_of_ours, "# %s: %s\n", running, strsignal(sig));
    signal(sig, SIG_DFL);
    raise(sig);
}

/* Handler first: what fails unseen is told, not printed. */
static int begin(void *scenario)
{
    loop_set_error_handler(loop_current(), on_error, NULL);
    return (*(task_fn **)scenario)(NULL);
}

static long open_descriptors(void)
{
    long n = 0;
    for (int fd = 0; fd < 64; fd++)
        n += __real_fcntl(fd, F_GETFD) >= 0;
    for (int fd = 890; fd < 960; fd++)
        n += __real_fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void play(task_fn *scenario)
{
    int result = 0;
    memset(&run, 0, sizeof run);
    alarm(10);
    int err = runner_run(begin, &scenario, &result);
    alarm(0);
    if (err < 0)
        told(err);
    if (result < 0)
        told(result);
    run.told_on_stderr = lseek(STDERR_FILENO, 0, SEEK_CUR) > 0;
}

static struct {
    long runs;
    int failed;
} figures;

static void judge(int promises, bool struck, long memory, long descriptors)
{
    const char *what = NULL;
    char text[100];
    if (run.lost != NULL)
        what = run.lost;
    else if (fault_live() != memory)
        snprintf(text, sizeof text, "%ld blocks leaked", fault_live() - memory), what = text;
    else if (open_descriptors() != descriptors)
        snprintf(text, sizeof text, "%ld descriptors leaked", open_descriptors() - descriptors),
            what = text;
    else if (run.strange != 0)
        snprintf(text, sizeof text, "told \"%s\", which nobody caused", strerror(-run.strange)),
            what = text;
    else if (run.kept < promises && run.told == 0 && !run.told_on_stderr)
        snprintf(text, sizeof text, "kept %d of %d promises and told nothing", run.kept, promises),
            what = text;
    else if (!struck && run.kept != promises)
        snprintf(text, sizeof text, "kept %d of %d promises with no fault at all", run.kept,
                 promises),
            what = text;
    figures.runs++;
    if (what == NULL)
        return;
    figures.failed++;
    if (figures.failed < 20)
        dprintf(stderr_of_ours, "# %s: %s\n", running, what);
}

/* Every N, the first 100 one by one, then in growing steps, until it runs through. */
static void sweep(const char *name, task_fn *scenario, int promises, enum fault_kind kind,
                  const char *call, int error, long times)
{
    static char words[160];
    bool struck = true;
    for (long at = 1; struck; at += 1 + (at > 100 ? at / 16 : 0)) {
        snprintf(words, sizeof words, "%s: %s no. %ld (%ld times): %s", name, call, at, times,
                 error == FAULT_SHORT ? "short" : strerror(error));
        running = words;
        long memory = fault_live(), descriptors = open_descriptors();
        (void)!ftruncate(STDERR_FILENO, 0);
        lseek(STDERR_FILENO, 0, SEEK_SET);
        fault_plan(kind, at, error, times);
        play(scenario);
        struck = fault_end();
        judge(promises, struck, memory, descriptors);
    }
}

static const struct plan {
    enum fault_kind kind;
    const char *call;
    int error;
    long times;
} plans[] = {
    { FAULT_MEMORY, "allocation", ENOMEM, 1 },
    { FAULT_MEMORY, "allocation", ENOMEM, 3 },
    { FAULT_SELECT, "select()", EINTR, 1 },
    { FAULT_SELECT, "select()", EINTR, 5 },
    { FAULT_SELECT, "select()", EBADF, 1 },
    { FAULT_POLL, "poll()", EINTR, 1 },
    { FAULT_POLL, "poll()", ENOMEM, 1 },
    { FAULT_ACCEPT, "accept()", EINTR, 1 },
    { FAULT_ACCEPT, "accept()", EAGAIN, 1 },
    { FAULT_ACCEPT, "accept()", ECONNABORTED, 2 },
    { FAULT_ACCEPT, "accept()", EMFILE, 1 },
    { FAULT_ACCEPT, "accept()", EMFILE, 4 },
    { FAULT_ACCEPT, "accept()", ENFILE, 1 },
    { FAULT_ACCEPT, "accept()", ENOMEM, 1 },
    { FAULT_ACCEPT, "accept()", EPROTO, 1 },
    { FAULT_RECV, "recv()", EINTR, 1 },
    { FAULT_RECV, "recv()", EAGAIN, 1 },
    { FAULT_RECV, "recv()", ECONNRESET, 1 },
    { FAULT_RECV, "recv()", ENOMEM, 1 },
    { FAULT_RECV, "recv()", FAULT_SHORT, 1 },
    { FAULT_RECV, "recv()", FAULT_SHORT, 1000000 },
    { FAULT_SEND, "send()", EINTR, 1 },
    { FAULT_SEND, "send()", EAGAIN, 1 },
    { FAULT_SEND, "send()", EPIPE, 1 },
    { FAULT_SEND, "send()", ECONNRESET, 1 },
    { FAULT_SEND, "send()", ENOBUFS, 1 },
    { FAULT_SEND, "send()", FAULT_SHORT, 1 },
    { FAULT_SEND, "send()", FAULT_SHORT, 1000000 },
    { FAULT_READ, "read()", EINTR, 1 },
    { FAULT_READ, "read()", EAGAIN, 1 },
    { FAULT_READ, "read()", FAULT_SHORT, 1 },
    { FAULT_WRITE, "write()", EINTR, 1 },
    { FAULT_WRITE, "write()", EAGAIN, 1 },
    { FAULT_WRITE, "write()", EPIPE, 1 },
    { FAULT_WRITE, "write()", FAULT_SHORT, 1 },
    { FAULT_CONNECT, "connect()", EINTR, 1 },
    { FAULT_CONNECT, "connect()", ECONNREFUSED, 1 },
    { FAULT_CONNECT, "connect()", EADDRNOTAVAIL, 1 },
    { FAULT_SOCKET, "socket()", EMFILE, 1 },
    { FAULT_SOCKET, "socket()", ENOBUFS, 1 },
    { FAULT_BIND, "bind()", EADDRINUSE, 1 },
    { FAULT_BIND, "bind()", EACCES, 1 },
    { FAULT_LISTEN, "listen()", EADDRINUSE, 1 },
    { FAULT_PIPE, "pipe()", EMFILE, 1 },
    { FAULT_FCNTL, "fcntl()", EBADF, 1 },
    { FAULT_GETSOCKOPT, "getsockopt()", ENOBUFS, 1 },
    { FAULT_OPEN, "open()", EMFILE, 1 },
    { FAULT_THREAD, "pthread_create()", EAGAIN, 1 },
    { FAULT_SPAWN, "posix_spawn()", EAGAIN, 1 },
    { FAULT_WAITPID, "waitpid()", EINTR, 1 },
    { FAULT_WAITPID, "waitpid()", ECHILD, 1 },
};

/* stderr goes to a file for the while, so that what is told there counts as told. */
static void sweep_all(const char *name, task_fn *scenario)
{
    FILE *words = tmpfile();
    stderr_of_ours = dup(STDERR_FILENO);
    dup2(fileno(words), STDERR_FILENO);
    signal(SIGALRM, last_words);
    if (getenv("FAULT_DUMP") == NULL)
        signal(SIGSEGV, last_words);
    signal(SIGABRT, last_words);
    figures.runs = figures.failed = 0;
    running = name;
    fault_plan(FAULT_NONE, 1, 0, 1);
    play(scenario); /* what is made once and kept */
    play(scenario);
    int promises = run.kept, trouble = run.told + run.told_on_stderr;
    const char *only = getenv("FAULT_CALL");
    for (size_t i = 0; i < COUNT(plans); i++)
        if (only == NULL || strcmp(only, plans[i].call) == 0)
            sweep(name, scenario, promises, plans[i].kind, plans[i].call, plans[i].error,
                  plans[i].times);
    dup2(stderr_of_ours, STDERR_FILENO);
    close(stderr_of_ours);
    fclose(words);
    printf("# %s: %ld runs with a fault, %d promises each, %d failed\n", name, figures.runs,
           promises, figures.failed);
    assert_int_equal(trouble, 0);
    assert_true(promises > 5);
    assert_int_equal(figures.failed, 0);
}

#define SCENARIO(test, fn)                                                                         \
    static void test(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        sweep_all(#fn, fn);                                                                        \
    }

SCENARIO(tasks_and_timers_survive_every_fault_or_say_so, tasks_and_timers)
SCENARIO(a_server_and_its_clients_lose_no_byte_unsaid, server_and_clients)
SCENARIO(a_unix_server_and_its_client_lose_no_byte_unsaid, unix_server_and_client)
SCENARIO(locks_and_queues_survive_every_fault_or_say_so, locks_and_queues)
SCENARIO(descriptors_and_signals_survive_every_fault_or_say_so, descriptors_and_signals)
SCENARIO(threads_survive_every_fault_or_say_so, threads)
SCENARIO(children_survive_every_fault_or_say_so, children)

/* ---- a traced run */

/* Each line the next number, but for a gap that counts what is lost; trace:end at last.  NULL: all is well. */
static const char *judge_trace(const char *path, bool said_why)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    unsigned long long last = 0, n = 0, lost;
    bool ended = false;
    if (f == NULL)
        return "there is no trace";
    while (getline(&line, &room, f) > 0 && strchr(line, '\n') != NULL) {
        const char *at = strstr(line, "\"n\":");
        ended = strstr(line, "\"ev\":\"trace:end\"") != NULL;
        n = at != NULL ? strtoull(at + 4, NULL, 10) : 0;
        if (strstr(line, "\"ev\":\"trace:gap\"") != NULL &&
            (at = strstr(line, "\"lost\":")) != NULL) {
            lost = strtoull(at + 7, NULL, 10);
            if (n != last + lost)
                break;
        } else if (n != last && n != last + 1) {
            break;
        }
        last = n;
    }
    bool counted = n == last;
    free(line);
    fclose(f);
    return !counted              ? "events are missing and no gap tells of it"
           : !ended && !said_why ? "the end is missing and nobody said why"
                                 : NULL;
}

/* What is written is a part of a line, or fails as a full disk does: then the end may be missing, but it is said. */
static void trace_once(enum fault_kind kind, const char *call, long at, int error, long times,
                       bool *struck)
{
    int status = 0;
    FILE *words = tmpfile();
    unlink(temporary("trace"));
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fileno(words), STDERR_FILENO);
        setenv("LOOP_TRACE", temporary("trace"), 1);
        temporary_dir[0] = '\0'; /* its exit() leaves the directory to us */
        alarm(20);
        fault_plan(kind, at, error, times);
        run.kept = 0;
        task_fn *scenario = locks_and_queues;
        int err = runner_run(begin, &scenario, NULL);
        bool hit = fault_end();
        _exit(hit ? err < 0 ? 2 : 0 : 77);
    }
    waitpid(pid, &status, 0);
    bool said_why = lseek(fileno(words), 0, SEEK_END) > 0;
    fclose(words);
    *struck = !WIFEXITED(status) || WEXITSTATUS(status) != 77;
    figures.runs++;
    const char *what = NULL;
    if (!WIFEXITED(status))
        what = strsignal(WTERMSIG(status));
    else if (WEXITSTATUS(status) == 1) /* refused before it began */
        what = said_why ? NULL : "it ended and did not say why";
    else if (WEXITSTATUS(status) == 0)
        what = judge_trace(temporary("trace"), said_why);
    if (what != NULL && figures.failed++ < 20)
        printf("# traced: %s no. %ld (%ld times): %s: %s\n", call, at, times,
               error == FAULT_SHORT ? "short" : strerror(error), what);
}

static void a_traced_run_survives_every_fault_and_what_it_lost_is_counted(void **state)
{
    static const struct plan traced[] = {
        { FAULT_MEMORY, "allocation", ENOMEM, 1 }, { FAULT_MEMORY, "allocation", ENOMEM, 3 },
        { FAULT_WRITE, "write()", ENOSPC, 1 },     { FAULT_WRITE, "write()", ENOSPC, 1000000 },
        { FAULT_WRITE, "write()", EINTR, 1 },      { FAULT_WRITE, "write()", EIO, 1 },
        { FAULT_WRITE, "write()", EPIPE, 1 },      { FAULT_WRITE, "write()", FAULT_SHORT, 1 },
        { FAULT_OPEN, "open()", EMFILE, 1 },       { FAULT_FCNTL, "fcntl()", EMFILE, 1 },
        { FAULT_PIPE, "pipe()", EMFILE, 1 },       { FAULT_THREAD, "pthread_create()", EAGAIN, 1 },
        { FAULT_POLL, "poll()", EINTR, 1 },        { FAULT_DUP, "dup()", EMFILE, 1 },
        { FAULT_SELECT, "select()", EINTR, 1 },    { FAULT_READ, "read()", EINTR, 1 },
    };
    (void)state;
    figures.runs = figures.failed = 0;
    for (size_t i = 0; i < COUNT(traced); i++) {
        const struct plan *p = &traced[i];
        bool struck = true;
        for (long at = 1; struck && at < 1000; at += 1 + at / 16)
            trace_once(p->kind, p->call, at, p->error, p->times, &struck);
    }
    unlink(temporary("trace"));
    printf("# traced: %ld runs with a fault, %d failed\n", figures.runs, figures.failed);
    assert_int_equal(figures.failed, 0);
}

/* ---- a loop that is closed in the middle */

static int never(void *unused)
{
    (void)unused;
    return await(task_sleep(3600));
}

static int never_gather(void *unused)
{
    struct future *f[] = { task_as_future(task_create(never, NULL)) };
    (void)unused;
    return await(gather(f, 1, NULL, false));
}

static int never_shield(void *unused)
{
    (void)unused;
    return await(shield(task_as_future(task_create(never, NULL))));
}

static int never_complete(void *unused)
{
    struct future *f[] = { task_as_future(task_create(never, NULL)) };
    (void)unused;
    return await(as_completed_next(as_completed_new(f, 1), f));
}

static int never_close(void *unused)
{
    (void)unused;
    struct group *g = group_open();
    group_create_task(g, never, NULL);
    return await(group_close(g, 0, NULL, NULL));
}

static int hear_nothing(struct loop *loop, const struct loop_error *error, void *unused)
{
    (void)loop;
    (void)error;
    (void)unused;
    return 0;
}

static void who_gathers_when_the_loop_is_closed_leaves_no_memory(void **state)
{
    task_fn *const fns[] = { never_gather, never_shield, never_complete, never_close };
    (void)state;
    long memory = fault_live();
    struct loop *loop = loop_new();
    loop_set_error_handler(loop, hear_nothing, NULL);
    for (size_t i = 0; i < COUNT(fns); i++)
        loop_create_task(loop, fns[i], NULL);
    for (int i = 0; i < 3; i++)
        one_turn(loop);
    loop_close(loop);
    assert_int_equal(fault_live() - memory, 0);
}

/* ---- an address that this machine does not have */

static int name_addresses(const char *name)
{
    struct addrinfo *list = NULL, hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    int n = 0;
    if (getaddrinfo(name, "0", &hints, &list) != 0)
        return 0;
    for (struct addrinfo *a = list; a != NULL; a = a->ai_next)
        n++;
    freeaddrinfo(list);
    return n;
}

static int no_client(struct conn *conn, void *unused)
{
    (void)conn;
    (void)unused;
    return 0;
}

static int start_by_name(void *unused)
{
    (void)unused;
    struct server *s = server_start("localhost", 0, no_client, NULL);
    if (s == NULL)
        return -errno;
    server_close(s);
    return 0;
}

static void a_server_does_without_an_address_that_is_not_there(void **state)
{
    int n = name_addresses("localhost"), result = 0;
    (void)state;
    if (n == 0)
        skip(); /* a system without /etc/hosts */
    fault_plan(FAULT_BIND, 1, EADDRNOTAVAIL, 1);
    assert_int_equal(runner_run(start_by_name, NULL, &result), 0);
    assert_true(fault_end());
    assert_int_equal(result, n > 1 ? 0 : -EADDRNOTAVAIL);
    fault_plan(FAULT_BIND, 1, EADDRNOTAVAIL, n);
    assert_int_equal(runner_run(start_by_name, NULL, &result), 0);
    fault_end();
    assert_int_equal(result, -EADDRNOTAVAIL);
}

static void say_heard(void *word)
{
    say("%s", (const char *)word);
    loop_stop(loop_current());
}

static void a_reader_that_can_not_be_replaced_stays(void **state)
{
    int ends[2];
    struct loop *loop = loop_new();
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(loop_add_reader(loop, ends[0], say_heard, "first"), 0);
    fault_plan(FAULT_MEMORY, 1, ENOMEM, 1);
    assert_int_equal(loop_add_reader(loop, ends[0], say_heard, "second"), -ENOMEM);
    assert_true(fault_end());
    one_turn(loop);
    assert_int_equal(loop_add_reader(loop, ends[0], say_heard, "third"), 0);
    one_turn(loop);
    assert_true(loop_remove_reader(loop, ends[0]));
    assert_false(loop_remove_reader(loop, ends[0]));
    loop_close(loop);
    close(ends[0]);
    close(ends[1]);
    assert_said("first third");
}

static int bind_half(void *unused)
{
    (void)unused;
    struct server *s = server_bind("127.0.0.1", 0, no_client, NULL);
    if (s == NULL)
        return -errno;
    fault_plan(FAULT_SOCKET, 2, EMFILE, 1);
    int err = server_bind_also(s, NULL, 0);
    fault_end();
    say("%d one:%d", err == -EMFILE, server_fd(s, 0) >= 0 && server_fd(s, 1) < 0);
    server_close(s);
    return 0;
}

static void of_several_addresses_a_server_binds_all_or_none(void **state)
{
    int result = 0;
    (void)state;
    if (name_addresses(NULL) < 2)
        skip(); /* a system without IPv6 */
    assert_int_equal(runner_run(bind_half, NULL, &result), 0);
    assert_int_equal(result, 0);
    assert_said("1 one:1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL(a_traced_run_survives_every_fault_and_what_it_lost_is_counted),
        VIRTUAL(tasks_and_timers_survive_every_fault_or_say_so),
        VIRTUAL(a_server_and_its_clients_lose_no_byte_unsaid),
        VIRTUAL(a_unix_server_and_its_client_lose_no_byte_unsaid),
        VIRTUAL(locks_and_queues_survive_every_fault_or_say_so),
        VIRTUAL(descriptors_and_signals_survive_every_fault_or_say_so),
        VIRTUAL(threads_survive_every_fault_or_say_so),
        VIRTUAL(children_survive_every_fault_or_say_so),
        cmocka_unit_test(who_gathers_when_the_loop_is_closed_leaves_no_memory),
        cmocka_unit_test(a_server_does_without_an_address_that_is_not_there),
        cmocka_unit_test(a_reader_that_can_not_be_replaced_stays),
        cmocka_unit_test(of_several_addresses_a_server_binds_all_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif

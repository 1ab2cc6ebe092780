/* pool.c - a few threads, made when there is work for them.
 *
 *     pool_add() --> todo --> a thread: work->run() --> done --> pool_take()
 *
 * Threads are made one by one, when there is more to do than threads that idle; they stay until the end.
 */
#include "pool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "crash.h"
#include "pipe.h"

enum { MOST_THREADS = 32, BESIDES_CPUS = 4 };

struct pool {
    /* the giver's thread alone */
    pthread_key_t giver; /* the pool, in that thread */
    bool has_key;
    int wake_fd;
    int done_fd[2]; /* -1: it can't keep together */
    int most, n_threads;
    pthread_t thread[MOST_THREADS];
    /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t called;
    struct link todo, done;
    int n_todo, n_idle; /* idle: threads that run nothing */
    int n_unfinished;   /* todo, or running */
    bool together, quit;
};

/* ---- the threads */

/* The next work to do, or NULL: that's all. */
static struct work *next_work(struct pool *pool)
{
    struct work *work = NULL;
    pthread_mutex_lock(&pool->lock);
    while (list_is_empty(&pool->todo) && !pool->quit)
        pthread_cond_wait(&pool->called, &pool->lock);
    if (!list_is_empty(&pool->todo)) {
        work = CONTAINER_OF(pool->todo.next, struct work, link);
        list_remove(&work->link);
        pool->n_todo--;
        pool->n_idle--;
    }
    pthread_mutex_unlock(&pool->lock);
    return work;
}

static void call(int fd)
{
    (void)!write(fd, "", 1); /* a full pipe calls as well */
}

static void finish(struct pool *pool, struct work *work)
{
    pthread_mutex_lock(&pool->lock);
    list_append(&pool->done, &work->link);
    pool->n_unfinished--;
    pool->n_idle++;
    call(pool->together ? pool->done_fd[1] : pool->wake_fd);
    pthread_mutex_unlock(&pool->lock);
}

static void *thread_run(void *arg)
{
    struct pool *pool = arg;
    struct work *work;
    crash_init_thread("a job");
    while ((work = next_work(pool)) != NULL) {
        work->run(work);
        finish(pool, work);
    }
    return NULL;
}

static void quit(void *arg)
{
    struct pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    pool->quit = true;
    pthread_cond_broadcast(&pool->called);
    pthread_mutex_unlock(&pool->lock);
}

/* pthread_exit() from inside of a loop: threads that wait for work would keep the process for ever. */
static void quit_with_giver(struct pool *pool)
{
    pool->has_key = pthread_key_create(&pool->giver, quit) == 0;
    if (pool->has_key)
        pthread_setspecific(pool->giver, pool);
}

/* The program's signals are not for these threads; their own faults are. */
static void mask_signals(sigset_t *before)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
    sigset_t mask;
    sigfillset(&mask);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&mask, faults[i]);
    pthread_sigmask(SIG_SETMASK, &mask, before);
}

static int thread_start(struct pool *pool)
{
    sigset_t before;
    mask_signals(&before);
    int err = pthread_create(&pool->thread[pool->n_threads], NULL, thread_run, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err != 0)
        return -err;
    pthread_mutex_lock(&pool->lock);
    pool->n_idle++;
    pthread_mutex_unlock(&pool->lock);
    pool->n_threads++;
    return 0;
}

/* ---- giving and taking */

int pool_most(const struct pool *pool)
{
    return pool->most;
}

int pool_prepare(struct pool *pool)
{
    return pool->n_threads > 0 ? 0 : thread_start(pool);
}

void pool_add(struct pool *pool, struct work *work)
{
    pthread_mutex_lock(&pool->lock);
    list_append(&pool->todo, &work->link);
    pool->n_todo++;
    pool->n_unfinished++;
    bool too_few = pool->n_todo > pool->n_idle;
    pthread_cond_signal(&pool->called);
    pthread_mutex_unlock(&pool->lock);
    if (too_few && pool->n_threads < pool->most)
        thread_start(pool); /* if it fails: those that there are will do it */
}

void pool_take(struct pool *pool, struct link *list)
{
    pthread_mutex_lock(&pool->lock);
    while (!list_is_empty(&pool->done) && (!pool->together || pool->n_unfinished == 0)) {
        struct link *l = pool->done.next;
        list_remove(l);
        list_append(list, l);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* ---- all together */

bool pool_is_idle(struct pool *pool)
{
    char bytes[64];
    while (pool->done_fd[0] >= 0 && read(pool->done_fd[0], bytes, sizeof bytes) > 0)
        continue;
    pthread_mutex_lock(&pool->lock);
    bool idle = pool->n_unfinished == 0;
    pthread_mutex_unlock(&pool->lock);
    return idle;
}

void pool_keep_together(struct pool *pool, bool together)
{
    pthread_mutex_lock(&pool->lock);
    pool->together = together;
    if (!list_is_empty(&pool->done) && (!together || pool->n_unfinished == 0))
        call(pool->wake_fd);
    pthread_mutex_unlock(&pool->lock);
}

int pool_done_fd(const struct pool *pool)
{
    return pool->done_fd[0];
}

/* ---- its life */

static void close_done_fd(struct pool *pool)
{
    for (int i = 0; i < 2; i++)
        if (pool->done_fd[i] >= 0)
            close(pool->done_fd[i]);
}

static int open_done_fd(struct pool *pool, bool together)
{
    pool->done_fd[0] = pool->done_fd[1] = -1;
    pool->together = together;
    if (!together)
        return 0;
    int err = pipe_open(true, &pool->done_fd[0], &pool->done_fd[1]);
    if (err == 0 && fcntl(pool->done_fd[1], F_SETFL, O_NONBLOCK) < 0)
        err = -errno;
    return err;
}

struct pool *pool_create(int wake_fd, bool together)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    int err = open_done_fd(pool, together);
    if (err < 0) {
        close_done_fd(pool);
        free(pool);
        errno = -err;
        return NULL;
    }
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    pool->wake_fd = wake_fd;
    pool->most = MOST_THREADS;
    if (cpus >= 1 && cpus < MOST_THREADS - BESIDES_CPUS)
        pool->most = (int)cpus + BESIDES_CPUS;
    list_init(&pool->todo);
    list_init(&pool->done);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->called, NULL);
    quit_with_giver(pool);
    return pool;
}

void pool_destroy(struct pool *pool)
{
    if (pool->has_key)
        pthread_key_delete(pool->giver);
    quit(pool);
    for (int i = 0; i < pool->n_threads; i++)
        pthread_join(pool->thread[i], NULL);
    close_done_fd(pool);
    pthread_cond_destroy(&pool->called);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* threads.c - functions that block, run by other threads while the loop goes on.
 *
 *     the loop's thread                                    the pool: min(32, CPUs + 4) threads
 *
 *     to_thread(fn)   queue ---- hand_over() ----> todo ---> fn(arg)
 *        waits                                                 |
 *        goes on  <---- collect() in the I/O phase <---- done, and a byte into the wake-up pipe
 *
 * Only as many jobs are handed over as there are threads to take them at once; the others stand in a queue that
 * belongs to the loop alone.  So a job that was cancelled in the queue never runs, and there is nothing to race for.  A job
 * that runs can't be stopped: cancelling frees the task that waits for it, and the result is dropped.
 *
 * Threads are made when a job finds none idle, and joined when the loop is closed.
 */
#include "threads.h"

#include <stdlib.h>
#include <unistd.h>

#include "trace.h"

enum { MOST_THREADS = 32, BESIDES_CPUS = 4 };
enum job_state { QUEUED, HANDED, ARRIVING };

struct job {
    struct link all;  /* pool->jobs */
    struct link link; /* pool->queue, then todo, then done */
    struct loop *loop;
    uint64_t id;
    task_fn *fn;
    void *arg;
    const char *name;
    struct future *future; /* the loop's thread alone */
    struct waiter cancels; /* stands at the future: hears when it is cancelled */
    enum job_state state;
    ns started; /* on the loop's clock */
    ns worked;  /* virtual: the sum of its loop_work() */
    int result;
};

struct threads {
    struct loop *loop;
    /* the loop's thread alone */
    struct link jobs;  /* all, in the order of asking */
    struct link queue; /* those that no thread has yet */
    int most, n_threads, n_handed;
    pthread_t thread[MOST_THREADS];
    /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t called;
    struct link todo, done;
    int n_todo, n_idle; /* idle: threads without a job */
    int n_unfinished;   /* todo, or running */
    bool together, quit;
};

static _Thread_local struct job *job_here;

static struct who job_who(const struct job *job)
{
    return (struct who){ "job", job->id };
}

/* ---- the threads */

/* The next job to run, or NULL: that's all. */
static struct job *next_job(struct threads *pool)
{
    struct job *job = NULL;
    pthread_mutex_lock(&pool->lock);
    while (list_is_empty(&pool->todo) && !pool->quit)
        pthread_cond_wait(&pool->called, &pool->lock);
    if (!list_is_empty(&pool->todo)) {
        job = CONTAINER_OF(pool->todo.next, struct job, link);
        list_remove(&job->link);
        pool->n_todo--;
        pool->n_idle--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void job_finish(struct threads *pool, struct job *job)
{
    pthread_mutex_lock(&pool->lock);
    list_append(&pool->done, &job->link);
    pool->n_unfinished--;
    pool->n_idle++;
    if (!pool->together || pool->n_unfinished == 0)
        (void)!write(pool->loop->wake_fd[1], "", 1); /* a full pipe will wake the loop as well */
    pthread_mutex_unlock(&pool->lock);
}

static void *thread_run(void *arg)
{
    struct threads *pool = arg;
    struct job *job;
    while ((job = next_job(pool)) != NULL) {
        job_here = job;
        job->result = job->fn(job->arg);
        job_here = NULL;
        job_finish(pool, job);
    }
    return NULL;
}

/* The program's signals are not for these threads; their own faults are. */
static int thread_start(struct threads *pool)
{
    sigset_t mask, before;
    sigfillset(&mask);
    sigdelset(&mask, SIGSEGV);
    sigdelset(&mask, SIGBUS);
    sigdelset(&mask, SIGFPE);
    sigdelset(&mask, SIGILL);
    sigdelset(&mask, SIGABRT);
    sigdelset(&mask, SIGTRAP);
    pthread_sigmask(SIG_SETMASK, &mask, &before);
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

static struct threads *pool_of(struct loop *loop)
{
    if (loop->threads != NULL)
        return loop->threads;
    struct threads *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    pool->loop = loop;
    pool->most =
        cpus < 1 || cpus > MOST_THREADS - BESIDES_CPUS ? MOST_THREADS : (int)cpus + BESIDES_CPUS;
    list_init(&pool->jobs);
    list_init(&pool->queue);
    list_init(&pool->todo);
    list_init(&pool->done);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->called, NULL);
    pool->together = loop->clock.is_virtual;
    loop->threads = pool;
    return pool;
}

/* ---- handing over */

static void hand_to_thread(struct threads *pool, struct job *job)
{
    list_remove(&job->link);
    job->state = HANDED;
    job->started = clock_now(&pool->loop->clock);
    pool->n_handed++;
    pool->loop->world.gave_up_jobs = NOTHING;
    TRACE(pool->loop, thread_start, pool->loop, job_who(job), job->name);
    pthread_mutex_lock(&pool->lock);
    list_append(&pool->todo, &job->link);
    pool->n_todo++;
    pool->n_unfinished++;
    bool too_few = pool->n_todo > pool->n_idle;
    pthread_cond_signal(&pool->called);
    pthread_mutex_unlock(&pool->lock);
    if (too_few && pool->n_threads < pool->most)
        thread_start(pool); /* if not: those that there are will take it */
}

static void hand_over(struct threads *pool)
{
    while (!list_is_empty(&pool->queue) && pool->n_handed < pool->most)
        hand_to_thread(pool, CONTAINER_OF(pool->queue.next, struct job, link));
}

static void job_free(struct job *job)
{
    list_remove(&job->cancels.link);
    list_remove(&job->link);
    list_remove(&job->all);
    job->future->holds--;
    free(job);
}

/* The future is done; if it was cancelled and no thread has the job, it never will. */
static void on_future_done(struct waiter *w, struct who by)
{
    struct job *job = CONTAINER_OF(w, struct job, cancels);
    (void)by;
    if (job->state == QUEUED)
        job_free(job);
}

/* The job, or NULL and errno. */
static struct job *job_start(struct loop *loop, task_fn *fn, void *arg, const char *name)
{
    struct threads *pool = pool_of(loop);
    int err = pool == NULL ? -ENOMEM : pool->n_threads == 0 ? thread_start(pool) : 0;
    struct job *job = err < 0 ? NULL : malloc(sizeof *job);
    struct future *future = job == NULL ? NULL : future_new(loop);
    if (future == NULL) {
        free(job);
        errno = err < 0 ? -err : ENOMEM;
        return NULL;
    }
    *job = (struct job){ .loop = loop,
                         .id = loop_new_id(loop),
                         .fn = fn,
                         .arg = arg,
                         .name = *name == '&' ? name + 1 : name,
                         .future = future,
                         .cancels = { .wake = on_future_done } };
    future->holds++; /* it stays until the job is over, whoever releases it */
    list_append(&future->done, &job->cancels.link);
    list_append(&pool->jobs, &job->all);
    list_append(&pool->queue, &job->link);
    hand_over(pool);
    return job;
}

struct future *(loop_run_in_executor)(struct loop *loop, task_fn *fn, void *arg)
{
    struct src src = src_take();
    struct job *job = job_start(loop, fn, arg, src.expr != NULL ? src.expr : "fn");
    return job == NULL ? NULL : job->future;
}

int(to_thread)(task_fn *fn, void *arg)
{
    struct src src = src_take();
    struct task *task = task_current();
    struct waiter w;
    if (task == NULL)
        return -EINVAL;
    struct job *job = job_start(task->future.loop, fn, arg, src.expr != NULL ? src.expr : "fn");
    if (job == NULL)
        return -errno;
    struct future *future = job->future;
    future->looked_at = true;
    waiter_init(&w, "thread", job_who(job));
    int result = task_wait(&w, &future->done);
    future_cancel(future); /* if it is not done: nobody waits for it any more */
    future_release(future);
    return result;
}

/* ---- what comes back */

/* The end of a job: who waits for its future becomes ready. */
static void job_deliver(struct job *job)
{
    struct loop *loop = job->loop;
    struct future *future = job->future;
    TRACE(loop, thread_done, loop, job_who(job), job->name, clock_now(&loop->clock) - job->started);
    loop->threads->n_handed--;
    if (!future->is_done) {
        future->result = job->result;
        future->is_done = true;
        wake_all(&future->done, job->result, "done", job_who(job));
    }
    job_free(job);
    future_free_if_unwanted(future);
}

static void job_arrive(void *arg)
{
    struct job *job = arg;
    struct threads *pool = job->loop->threads;
    job_deliver(job);
    hand_over(pool);
}

/* Virtual time: a job that worked for two seconds ends two seconds after it began, however fast the thread was. */
static bool arrives_later(struct job *job)
{
    struct loop *loop = job->loop;
    ns due = job->started + job->worked;
    if (due <= clock_now(&loop->clock))
        return false;
    struct callback *c = callback_new(loop, job_arrive, job, job->name);
    if (c == NULL)
        return false;
    if (timer_arm_at(loop, &c->timer, due, (struct src){ .file = NULL }) < 0) {
        callback_free(c);
        return false;
    }
    job->state = ARRIVING;
    return true;
}

static void list_move(struct link *to, struct link *from)
{
    while (!list_is_empty(from)) {
        struct link *l = from->next;
        list_remove(l);
        list_append(to, l);
    }
}

/* Real time: as they ended.  Virtual: as they were asked for, which no scheduler of the kernel changes. */
static void sort_by_id(struct link *list)
{
    struct link sorted;
    list_init(&sorted);
    while (!list_is_empty(list)) {
        struct link *l = list->next, *at = sorted.prev;
        uint64_t id = CONTAINER_OF(l, struct job, link)->id;
        list_remove(l);
        while (at != &sorted && CONTAINER_OF(at, struct job, link)->id > id)
            at = at->prev;
        list_append(at->next, l);
    }
    list_move(list, &sorted);
}

void threads_collect(struct loop *loop)
{
    struct threads *pool = loop->threads;
    struct link done;
    list_init(&done);
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    if (!pool->together || pool->n_unfinished == 0)
        list_move(&done, &pool->done);
    pthread_mutex_unlock(&pool->lock);
    if (list_is_empty(&done))
        return;
    TRACE(loop, wake_sent, loop, "thread");
    if (loop->clock.is_virtual)
        sort_by_id(&done);
    while (!list_is_empty(&done)) {
        struct job *job = CONTAINER_OF(done.next, struct job, link);
        list_remove(&job->link);
        if (!arrives_later(job))
            job_deliver(job);
    }
    hand_over(pool);
}

/* ---- virtual time */

bool threads_work(ns span)
{
    if (job_here == NULL || !job_here->loop->clock.is_virtual)
        return false;
    job_here->worked += span;
    return true;
}

/* Besides the job itself, somebody stands at its future. */
static bool is_awaited(const struct job *job)
{
    const struct link *done = &job->future->done;
    return !list_is_empty(done) && done->prev != &job->cancels.link;
}

enum heed threads_heed(struct loop *loop)
{
    struct threads *pool = loop->threads;
    if (pool == NULL || pool->n_handed == 0)
        return NOTHING;
    pthread_mutex_lock(&pool->lock);
    int n_unfinished = pool->n_unfinished;
    pthread_mutex_unlock(&pool->lock);
    if (n_unfinished == 0)
        return NOTHING;
    for (struct link *l = pool->jobs.next; l != &pool->jobs; l = l->next) {
        struct job *job = CONTAINER_OF(l, struct job, all);
        if (job->state == HANDED && is_awaited(job))
            return AWAITED;
    }
    return UNHEEDED;
}

void threads_keep_together(struct loop *loop, bool together)
{
    struct threads *pool = loop->threads;
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->together = together;
    if (!together && !list_is_empty(&pool->done))
        (void)!write(loop->wake_fd[1], "", 1);
    pthread_mutex_unlock(&pool->lock);
}

/* ---- the end of the loop */

/* As in asyncio.run(), what was asked for is still done.  Tasks and futures are gone, though: results go nowhere. */
static void finish_all(struct threads *pool)
{
    while (!list_is_empty(&pool->queue))
        hand_to_thread(pool, CONTAINER_OF(pool->queue.next, struct job, link));
    pthread_mutex_lock(&pool->lock);
    pool->quit = true;
    pthread_cond_broadcast(&pool->called);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->n_threads; i++)
        pthread_join(pool->thread[i], NULL);
}

void threads_fini(struct loop *loop)
{
    struct threads *pool = loop->threads;
    if (pool == NULL)
        return;
    finish_all(pool);
    while (!list_is_empty(&pool->jobs)) {
        struct job *job = CONTAINER_OF(pool->jobs.next, struct job, all);
        TRACE(loop, thread_done, loop, job_who(job), job->name,
              clock_now(&loop->clock) - job->started);
        list_remove(&job->all);
        free(job);
    }
    pthread_cond_destroy(&pool->called);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    loop->threads = NULL;
}

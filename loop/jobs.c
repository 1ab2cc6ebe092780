/* jobs.c - functions that block, run by other threads while the loop goes on.
 *
 *     the loop's thread                                  the pool's threads (pool.c)
 *
 *     to_thread(fn)   queue ---- hand_over() ------->  fn(arg)
 *        waits                                            |
 *        goes on  <---- jobs_collect() in the I/O phase <-+ a byte into the wake-up pipe
 *
 * Only as many jobs are handed over as there are threads to take them at once; the others stand in a queue that
 * belongs to the loop alone.  So a job that was cancelled in the queue never runs, and there is nothing to race for.  A job
 * that runs can't be stopped: cancelling frees the task that waits for it, and the result is dropped.
 */
#include "jobs.h"

#include <stdlib.h>

#include "pool.h"
#include "trace.h"

enum job_state { QUEUED, HANDED, ARRIVING };

struct job {
    struct work work; /* the pool's while it is handed over; else in jobs->queue, or nowhere */
    struct link all;  /* jobs->all */
    struct loop *loop;
    uint64_t id;
    task_fn *fn;
    void *arg;
    const char *name;
    job_over *over; /* NULL: nobody asked */
    struct future *future;
    struct waiter cancels; /* stands at the future: hears when it is cancelled */
    enum job_state state;
    ns started; /* on the loop's clock */
    ns worked;  /* virtual: the sum of its loop_work() */
    int result;
};

struct jobs {
    struct pool *pool;
    struct link all;   /* in the order of asking */
    struct link queue; /* those that no thread has yet */
    int n_handed;
};

static _Thread_local struct job *job_here;

static struct who job_who(const struct job *job)
{
    return (struct who){ "job", job->id };
}

static void job_run(struct work *work)
{
    struct job *job = CONTAINER_OF(work, struct job, work);
    job_here = job;
    job->result = job->fn(job->arg);
    job_here = NULL;
}

/* ---- handing over */

/* NULL: see errno. */
static struct jobs *jobs_of(struct loop *loop)
{
    if (loop->jobs != NULL)
        return loop->jobs;
    struct jobs *jobs = malloc(sizeof *jobs);
    if (jobs == NULL)
        return NULL;
    *jobs = (struct jobs){ .pool = pool_create(loop->wake_fd[1], loop->clock.is_virtual) };
    if (jobs->pool == NULL) {
        free(jobs);
        return NULL;
    }
    list_init(&jobs->all);
    list_init(&jobs->queue);
    loop->jobs = jobs;
    return jobs;
}

static void hand_to_thread(struct jobs *jobs, struct job *job)
{
    struct loop *loop = job->loop;
    list_remove(&job->work.link);
    job->state = HANDED;
    job->started = clock_now(&loop->clock);
    jobs->n_handed++;
    loop->world.gave_up_jobs = NOTHING;
    TRACE(loop, thread_start, loop, job_who(job), job->name);
    pool_add(jobs->pool, &job->work);
}

static struct job *first_queued(const struct jobs *jobs)
{
    if (list_is_empty(&jobs->queue))
        return NULL;
    return CONTAINER_OF(CONTAINER_OF(jobs->queue.next, struct work, link), struct job, work);
}

static void hand_over(struct jobs *jobs)
{
    struct job *job;
    while (jobs->n_handed < pool_most(jobs->pool) && (job = first_queued(jobs)) != NULL)
        hand_to_thread(jobs, job);
}

static void job_free(struct job *job, bool awaited)
{
    list_remove(&job->all);
    if (job->over != NULL)
        job->over(job->arg, awaited);
    free(job);
}

static void job_drop(struct job *job, bool awaited)
{
    list_remove(&job->cancels.link);
    list_remove(&job->work.link);
    job->future->holds--;
    job_free(job, awaited);
}

/* The future is done; if it was cancelled and no thread has the job, none ever will. */
static void on_future_done(struct waiter *w, struct who by)
{
    struct job *job = CONTAINER_OF(w, struct job, cancels);
    (void)by;
    if (job->state == QUEUED)
        job_drop(job, false);
}

/* What the program called the function that it gave. */
static const char *called_name(void)
{
    const char *expr = src_take().expr;
    return expr == NULL ? "fn" : *expr == '&' ? expr + 1 : expr;
}

/* The job, or NULL and errno. */
static struct job *job_start(struct loop *loop, task_fn *fn, void *arg, const char *name)
{
    if (!wake_is_ours(loop)) { /* nobody would hear of its end */
        errno = EBADF;
        return NULL;
    }
    struct jobs *jobs = jobs_of(loop);
    int err = jobs == NULL ? -errno : pool_prepare(jobs->pool);
    struct job *job = err < 0 ? NULL : malloc(sizeof *job);
    struct future *future = job == NULL ? NULL : future_new(loop);
    if (future == NULL) {
        free(job);
        errno = err < 0 ? -err : ENOMEM;
        return NULL;
    }
    *job = (struct job){ .work = { .run = job_run },
                         .loop = loop,
                         .id = loop_new_id(loop),
                         .fn = fn,
                         .arg = arg,
                         .name = name,
                         .future = future,
                         .cancels = { .wake = on_future_done } };
    future->holds++; /* it stays until the job is over, whoever releases it */
    list_append(&future->done, &job->cancels.link);
    list_append(&jobs->all, &job->all);
    list_append(&jobs->queue, &job->work.link);
    hand_over(jobs);
    return job;
}

struct future *(loop_run_in_executor)(struct loop *loop, task_fn *fn, void *arg)
{
    if (loop == NULL || fn == NULL || loop->closing) {
        errno = EINVAL;
        return NULL;
    }
    struct job *job = job_start(loop, fn, arg, called_name());
    return job == NULL ? NULL : job->future;
}

int jobs_call(task_fn *fn, void *arg, const char *name, job_over *over)
{
    struct waiter w;
    struct job *job = job_start(task_current()->future.loop, fn, arg, name);
    if (job == NULL) {
        int err = -errno;
        if (over != NULL)
            over(arg, false);
        return err;
    }
    job->over = over;
    struct future *future = job->future;
    future->looked_at = true;
    waiter_init(&w, "thread", job_who(job));
    int result = task_wait(&w, &future->done);
    future_cancel(future); /* if it is not done: nobody waits for it any more */
    future_release(future);
    return result;
}

int(to_thread)(task_fn *fn, void *arg)
{
    if (task_current() == NULL || fn == NULL)
        return -EINVAL;
    return jobs_call(fn, arg, called_name(), NULL);
}

/* ---- what comes back */

/* The end of a job: who waits for its future becomes ready. */
static void job_deliver(struct job *job)
{
    struct loop *loop = job->loop;
    struct future *future = job->future;
    TRACE(loop, thread_done, loop, job_who(job), job->name, clock_now(&loop->clock) - job->started);
    loop->jobs->n_handed--;
    bool awaited = !future->is_done;
    if (awaited) {
        future->result = job->result;
        future->is_done = true;
        wake_all(&future->done, job->result, "done", job_who(job));
    }
    job_drop(job, awaited);
    future_free_if_unwanted(future);
}

static void job_arrive(void *arg)
{
    struct job *job = arg;
    struct jobs *jobs = job->loop->jobs;
    job_deliver(job);
    hand_over(jobs);
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

static struct job *job_at(struct link *l)
{
    return CONTAINER_OF(CONTAINER_OF(l, struct work, link), struct job, work);
}

/* Real time: as they ended.  Virtual: as they were asked for, which no scheduler of the kernel changes. */
static struct job *first_of(struct link *list, bool in_order)
{
    struct link *first = list->next;
    for (struct link *l = first->next; in_order && l != list; l = l->next)
        if (job_at(l)->id < job_at(first)->id)
            first = l;
    return job_at(first);
}

void jobs_take(struct loop *loop, struct link *done)
{
    list_init(done);
    if (loop->jobs != NULL)
        pool_take(loop->jobs->pool, done);
}

void jobs_collect(struct loop *loop, struct link *done)
{
    struct jobs *jobs = loop->jobs;
    if (list_is_empty(done))
        return;
    TRACE(loop, wake_sent, loop, "thread");
    while (!list_is_empty(done)) {
        struct job *job = first_of(done, loop->clock.is_virtual);
        list_remove(&job->work.link);
        if (!arrives_later(job))
            job_deliver(job);
    }
    hand_over(jobs);
}

/* ---- virtual time */

bool jobs_work(ns span)
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

enum heed jobs_heed(struct loop *loop)
{
    struct jobs *jobs = loop->jobs;
    if (jobs == NULL || jobs->n_handed == 0 || pool_is_idle(jobs->pool))
        return NOTHING;
    for (struct link *l = jobs->all.next; l != &jobs->all; l = l->next) {
        struct job *job = CONTAINER_OF(l, struct job, all);
        if (job->state == HANDED && is_awaited(job))
            return AWAITED;
    }
    return UNHEEDED;
}

int jobs_done_fd(const struct loop *loop)
{
    return loop->jobs == NULL ? -1 : pool_done_fd(loop->jobs->pool);
}

void jobs_keep_together(struct loop *loop, bool together)
{
    if (loop->jobs != NULL)
        pool_keep_together(loop->jobs->pool, together);
}

/* ---- the end of the loop */

bool jobs_are_over(const struct loop *loop)
{
    return loop->jobs == NULL || list_is_empty(&loop->jobs->all);
}

/* What was asked for is still done.  Tasks and futures are gone, though: results go nowhere. */
void jobs_fini(struct loop *loop)
{
    struct jobs *jobs = loop->jobs;
    struct job *job;
    if (jobs == NULL)
        return;
    while ((job = first_queued(jobs)) != NULL)
        hand_to_thread(jobs, job);
    pool_destroy(jobs->pool);
    while (!list_is_empty(&jobs->all)) {
        job = CONTAINER_OF(jobs->all.next, struct job, all);
        TRACE(loop, thread_done, loop, job_who(job), job->name,
              clock_now(&loop->clock) - job->started);
        job_free(job, false);
    }
    free(jobs);
    loop->jobs = NULL;
}

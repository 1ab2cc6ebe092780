/* jobs.h - the doors of to_thread() for the loop's own look-ups, its turn, its end, and virtual time. */
#ifndef LOOP_JOBS_H
#define LOOP_JOBS_H

#include "inside.h"

/* Called once, in the loop's thread: fn has run or never will, and nothing touches arg any more.  `awaited`: fn has
 * run, and the task still waits for it. */
typedef void job_over(void *arg, bool awaited);

/* to_thread() of a task that runs; `over` may be NULL. */
int jobs_call(task_fn *fn, void *arg, const char *name, job_over *over);

/* In the I/O phase, after the wake-up pipe called: takes the jobs that threads have finished ... */
void jobs_take(struct loop *loop, struct link *done);

/* ... and their results arrive. */
void jobs_collect(struct loop *loop, struct link *done);

/* None is queued, with a thread, or on its way back. */
bool jobs_are_over(const struct loop *loop);

/* Waits for all jobs, also those that stand in the queue; their results are lost. */
void jobs_fini(struct loop *loop);

/* loop_work() inside of a job, under the virtual clock: the job has taken so much longer.  False: no job runs here, or
 * its time is real. */
bool jobs_work(ns span);

/* ---- for settle_world.c */

/* Does some job run, and if so, does somebody wait for one? */
enum heed jobs_heed(struct loop *loop);

/* Readable when jobs have ended since the last jobs_heed(); -1: there are none. */
int jobs_done_fd(const struct loop *loop);

/* Together: results are kept back while some job runs; when none does, they are called for now.  Else each arrives as
 * it ends. */
void jobs_keep_together(struct loop *loop, bool together);

#endif

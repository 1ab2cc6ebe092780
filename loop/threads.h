/* threads.h - the pool's other doors: for the loop's turn, its end, and virtual time. */
#ifndef LOOP_THREADS_H
#define LOOP_THREADS_H

#include "inside.h"

/* In the I/O phase, after the wake-up pipe called: what threads have finished arrives. */
void threads_collect(struct loop *loop);

/* Waits for all jobs, also those that stand in the queue; their results are lost. */
void threads_fini(struct loop *loop);

/* loop_work() inside of a job, under the virtual clock: the job has taken so much longer.  False: no job runs here, or
 * its time is real. */
bool threads_work(ns span);

/* ---- for settle_world.c */

/* Does some job run, and if so, does somebody wait for one? */
enum heed threads_heed(struct loop *loop);

/* Together: results are kept back until the last running job has ended.  Else each arrives as it ends. */
void threads_keep_together(struct loop *loop, bool together);

#endif

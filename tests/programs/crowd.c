/*
 * crowd.c - a busy program whose trace can be made as large as one likes, for measuring its readers:
 *
 *     LOOP_CLOCK=virtual LOOP_TRACE=big.jsonl build/programs/crowd 2000000      about 1 GB
 *
 * Two hundred tickers sleep, yield, print, make workers and cancel some of them; the argument is how
 * many rounds they take together. Under the virtual clock the same argument gives the same events.
 */
#include "loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { TICKERS = 200 };

static long rounds_left;
static uint32_t dice = 1;

/* A small generator of our own: the same numbers everywhere. */
static uint32_t roll(uint32_t sides)
{
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) % sides;
}

static int worker(void *arg)
{
    (void)arg;
    loop_work(1e-6 * roll(200));
    if (roll(8) == 0)
        return -EIO;
    return await(task_sleep(1e-3 * roll(50))) < 0 ? -ECANCELED : 0;
}

static int send_for_worker(void)
{
    struct task *task = task_create(worker, NULL);

    if (task == NULL)
        return -ENOMEM;
    if (roll(4) == 0) {
        await(task_yield());
        task_cancel(task);
    }
    await(task_join(task));
    task_release(task);
    return 0;
}

static int ticker(void *arg)
{
    (void)arg;
    while (rounds_left-- > 0) {
        int rc = await(task_sleep(1e-3 * (1 + roll(100))));
        loop_work(1e-6 * roll(100));
        if (rc >= 0 && roll(16) == 0)
            printf("round %ld: a line of output, as programs write them\n", rounds_left);
        if (rc >= 0 && roll(4) == 0)
            rc = send_for_worker();
        else if (rc >= 0)
            rc = await(task_yield());
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int crowd(void *arg)
{
    struct task *tickers[TICKERS];

    (void)arg;
    for (int i = 0; i < TICKERS; i++)
        tickers[i] = task_create(ticker, NULL);
    for (int i = 0; i < TICKERS; i++) {
        await(task_join(tickers[i]));
        task_release(tickers[i]);
    }
    return 0;
}

int main(int argc, char **argv)
{
    rounds_left = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    return loop_run(crowd, NULL);
}

/* 11_fairness.c - starvation and fairness: why a queue that is never empty starves nobody.
 *     build/lessons/11_fairness       a heartbeat beside 50 pieces of work, in two ways
 */
#include "lesson.h"

enum { PIECES = 50 }; /* 50 ms each: 2.5 s */
static int done;      /* pieces of the first way */

static void ask(void)
{
    static const char *const choices[] = { "Never: the queue is never empty",
                                           "After the last piece, at 2.5 s",
                                           "At about 1 s, as if nothing else ran", NULL };
    static const char *const why[] = {
        "The loop runs what stood in the queue when the turn began, not until it is empty.",
        "What is put into the queue in this turn waits for the next turn.",
        "Each piece is a turn, and each turn looks at the timers: late by a piece or two.", NULL
    };
    loop_ask("Each piece queues the next one. A heartbeat is due at 1 s. When does it beat?",
             choices, 2, why);
}

static int heartbeat(void *loop) /* async def heartbeat(): */
{
    for (int i = 0; i < 4; i++) {       /*     for i in range(4): */
        if (await(task_sleep(1.0)) < 0) /*         await asyncio.sleep(1) */
            return -ECANCELED;
        printf("beat at %.0f s\n", loop_time(loop));
    }
    return 0;
}

static void piece(void *all_done) /* def piece(all_done): */
{
    loop_work(0.05);                                     /*     time.sleep(0.05) */
    if (++done < PIECES)                                 /*     if done < PIECES: */
        loop_call_soon(loop_current(), piece, all_done); /*         loop.call_soon(piece, ...) */
    else
        event_set(all_done); /*     else: all_done.set() */
}

static void drain(struct queue *queue) /* def drain(queue): until it is empty */
{
    void *item;
    while (queue_get_nowait(queue, &item) == 0) { /*     while queue: */
        loop_work(0.05);                          /*         time.sleep(0.05) */
        if (++done < 2 * PIECES)
            queue_put_nowait(queue, item);
    }
}

static int amain(void *unused) /* async def main(): */
{
    (void)unused;
    loop_lesson("11");
    struct event *all_done = event_new();
    struct queue *queue = queue_new(0);
    struct task *beats = task_create(heartbeat, loop_current());
    ask();
    puts("50 pieces, each put into the loop's queue by the one before");
    loop_call_soon(loop_current(), piece, all_done);
    int err = await(event_wait(all_done)); /*     await all_done.wait() */
    puts("50 pieces, from a queue of our own, until it is empty");
    loop_note("The same work and heartbeat. But all of this is one step of one task.");
    queue_put_nowait(queue, queue);
    drain(queue);
    puts("our queue is empty");
    err = err < 0 ? err : await(task_join(beats)); /*     await beats */
    loop_note("The beat of 3 s came at 5 s: no turn ended while our queue was drained.");
    task_release(beats);
    event_free(all_done);
    queue_free(queue);
    return err;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL); /* asyncio.run(main()) */
}

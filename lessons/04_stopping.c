/* 04_stopping.c - stopping: a stop is a request, and a first Ctrl-C may ask for an orderly end.
 *
 *     build/lessons/04_stopping       press Ctrl-C: the parcel at hand is still sent; twice: it is not
 */
#include "lesson.h"
#include <signal.h>

struct shop {
    struct loop *loop;
    int interrupts, parcels;
};

static void ask(void)
{
    static const char *const choices[] = { "This step ends at once; nothing else runs",
                                           "This step runs to its end, the callback never runs",
                                           "This step runs to its end, and then the callback",
                                           NULL };
    static const char *const why[] = {
        "stop() only sets a mark. The loop looks at it when the turn is over.",
        "The turn is finished, with the batch that was ready when it began. What is scheduled "
        "now waits for the next run, and there is none.",
        "It is scheduled after the batch was counted, so it belongs to the next turn. The loop "
        "stops before that.",
        NULL
    };
    loop_ask(
        "packer calls loop.stop() now, then prints a line and schedules a callback. What happens?",
        choices, 1, why);
}

static void too_late(void *unused)
{
    (void)unused;
    puts("this is never printed");
}

static void on_interrupt(void *arg) /* def on_interrupt(): */
{
    struct shop *shop = arg;
    loop_note("Ctrl-C came as a byte on the loop's own descriptor. This is a plain callback.");
    if (++shop->interrupts == 1) {
        puts("Ctrl-C: this parcel is finished, no other is begun");
    } else {
        puts("Ctrl-C again: at once, then");
        loop_stop(shop->loop); /*     loop.stop() */
    }
}

static int packer(void *arg) /* async def packer(): */
{
    struct shop *shop = arg;
    while (shop->interrupts == 0) { /*     while not interrupts: */
        printf("parcel %d begun\n", ++shop->parcels);
        if (await(task_sleep(1.5)) < 0) /*         await asyncio.sleep(1.5) */
            return -ECANCELED;
        printf("parcel %d sent\n", shop->parcels);
    }
    ask();
    loop_stop(shop->loop); /*     loop.stop() */
    puts("stop was asked for, and this step goes on");
    loop_call_soon(shop->loop, too_late, NULL);
    return 0;
}

int main(void)
{
    struct shop shop = { .loop = loop_new() }; /* loop = asyncio.new_event_loop() */
    lesson_begin();
    loop_lesson("04");
    struct task *task = shop.loop == NULL ? NULL : loop_create_task(shop.loop, packer, &shop);
    if (task == NULL || loop_add_signal(shop.loop, SIGINT, on_interrupt, &shop) < 0) {
        perror("04_stopping: the loop can't be set up");
        return 1;
    }
    task_release(task);
    loop_run_forever(shop.loop); /* loop.run_forever() */
    puts("the loop has stopped");
    return loop_close(shop.loop);
}

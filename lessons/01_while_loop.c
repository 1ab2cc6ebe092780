/* 01_while_loop.c - running for ever, the first way: a coroutine that never ends.
 *
 *     build/lessons/01_while_loop             prints a line each second, until Ctrl-C
 *     make watch                              the same, with its event loop drawn live
 */
#include "lesson.h"

static void ask(void)
{
    static const char *const choices[] = { "It counts until the second is over",
                                           "It stands still in select() and uses no CPU",
                                           "A second thread sleeps for it", NULL };
    static const char *const why[] = {
        "Counting would keep the CPU busy. Look at the next events: the loop asks to wait.",
        "Nothing is ready, so the loop lets the kernel wake it when its first timer is due.",
        "There is one thread. The sleep is only a timer in the loop's list.", NULL
    };
    loop_ask("What does this process do in the second between two lines?", choices, 1, why);
}

/* The first rounds are worth a word; then it is the same for ever. */
static void narrate(int round)
{
    if (round == 0)
        loop_note("The loop runs main's first step. Until main awaits, nothing else can run.");
    else if (round == 1)
        loop_note("The second was over: select() came back, the timer fired, main was ready, and "
                  "the loop went on with main right behind its await.");
    else if (round == 2)
        ask();
    else if (round == 3)
        loop_note("And so for ever: timeout, select, timers, ready. One round of main's while "
                  "loop is one turn of the event loop.");
}

static int heartbeat(void *unused) /* async def main(): */
{
    (void)unused;
    loop_lesson("01");
    for (int round = 0; true; round++) { /*     while True: */
        narrate(round);
        if (await(task_sleep(1.0)) < 0) /*         await asyncio.sleep(1) */
            break;                      /*         (Ctrl-C arrives here) */
        puts("Running...");             /*         print('Running...') */
    }
    loop_note("Ctrl-C: the loop cancelled main, so its await answered -ECANCELED; in Python it "
              "raises CancelledError. main could clean up here. It just ends.");
    return -ECANCELED;
}

int main(void)
{
    lesson_begin();
    return loop_run(heartbeat, NULL); /* asyncio.run(main()) */
}

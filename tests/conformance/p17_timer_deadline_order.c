/* Timers fire by deadline, however they were made; one that is overdue still comes after what was queued. */
#include "words.h"

int main(void)
{
    struct loop *loop = loop_new();
    loop_call_later(loop, 0.03, say, "+30ms");
    loop_call_later(loop, -1, say, "-1s");
    loop_call_later(loop, 0.01, say, "+10ms");
    loop_call_later(loop, -2, say, "-2s");
    loop_call_later(loop, 0, say, "0");
    loop_call_later(loop, 0.02, say, "+20ms");
    loop_call_soon(loop, say, "call_soon");
    loop_call_later(loop, 0.04, stop, loop);
    loop_run_forever(loop);
    printf("when(): %g\n", call_when(loop_call_at(loop, 123.5, say, "")));
    return loop_close(loop);
}

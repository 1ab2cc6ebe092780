/* Misconception: without waiting at all, nobody is late. It turns for nothing, thousands of times. */
#include "tell.h"

struct call {
    void (*fn)(struct call call);
    const char *name;
    double due, since;
    int id;
};
static struct call ready[64], timers[64]; /* timers: by due; equals in the order of setting */
static int n_ready, n_timers, ids, turns, stopping, running;

static void call_at(double due, const char *name, void (*fn)(struct call call))
{
    int i = n_timers++, id = ids += 2;
    for (; i > 0 && timers[i - 1].due > due; i--)
        timers[i] = timers[i - 1];
    timers[i] = (struct call){ fn, name, due, 0, id };
    tell("timer:set timer=timer#%d wakes=call#%d due=%.9f delay=%.9f", id - 1, id, due,
         due - now());
}

static void call_soon(const char *name, void (*fn)(struct call call))
{
    ready[n_ready++] = (struct call){ fn, name, 0, now(), ids += 1 };
    char by[24] = "program";
    if (running > 0)
        snprintf(by, sizeof by, "call#%d", running);
    tell("call:ready call=call#%d fn=%s by=%s why=soon", ids, name, by);
}

static void work(double seconds)
{
    struct timeval limit = to_timeval(seconds);
    if (!clock_jumps(seconds))
        select(0, NULL, NULL, NULL, &limit);
}

static void run(struct call call)
{
    double began = now();
    tell("call:begin call=call#%d waited=%.9f", call.id, began - call.since);
    running = call.id;
    call.fn(call);
    running = 0;
    tell("call:end call=call#%d took=%.9f", call.id, now() - began);
}

static void turn(void)
{
    tell("loop:turn turn=%d ready=%d timers=%d", ++turns, n_ready, n_timers);
    double began = now();
    double left = n_ready > 0 ? 0 : timers[0].due - began > 0.001 ? 0.001 : timers[0].due - began;
    if (left < 0)
        left = 0;
    struct timeval limit = to_timeval(left);
    tell("select:enter timeout=%.9f until=%s nfds=0 read=0 write=0", left,
         n_ready > 0 ? "ready" : "timer");
    if (!clock_jumps(left))
        select(0, NULL, NULL, NULL, &limit);
    tell("select:leave took=%.9f ready=0 read=[] write=[]", now() - began);
    while (n_timers > 0 && timers[0].due <= now()) {
        struct call c = timers[0];
        c.since = now();
        tell("timer:fire timer=timer#%d wakes=call#%d late=%.9f", c.id - 1, c.id, c.since - c.due);
        tell("call:ready call=call#%d fn=%s by=timer#%d why=timer", c.id, c.name, c.id - 1);
        ready[n_ready++] = c;
        memmove(timers, timers + 1, sizeof *timers * (size_t)--n_timers);
    }
    int batch = n_ready;
    for (int i = 0; i < batch; i++)
        run(ready[i]);
    memmove(ready, ready + batch, sizeof *ready * (size_t)(n_ready -= batch));
}

static int washed, dried;

static void wash(struct call call)
{
    (void)call;
    work(0.3);
    say("washed");
    if (++washed < 3)
        call_soon("wash", wash);
}

static void dry(struct call call)
{
    (void)call;
    work(0.3);
    say("dried");
    if (++dried < 3)
        call_soon("dry", dry);
}

static void tick(struct call call)
{
    say("tick");
    if (call.due < 2.9)
        call_at(call.due + 0.5, "tick", tick);
}

static void stop(struct call call)
{
    stopping = true;
    tell("loop:stop by=call#%d", call.id);
}

int main(void)
{
    tell_begin("14_own_loop");
    call_at(0.5, "tick", tick);
    call_at(3.25, "stop", stop);
    call_soon("wash", wash);
    call_soon("dry", dry);
    tell("loop:run how=forever");
    while (!stopping && n_ready + n_timers > 0)
        turn();
    tell("loop:stopped why=stop turns=%d", turns);
    tell_end();
}

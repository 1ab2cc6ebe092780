/* 14_own_loop.c - a loop of our own, without libloop: queue, timers, select(), stop, and trace. */
#include "tell.h"

struct call {
    void (*fn)(struct call call);
    const char *name;
    double due, since;
    int id;
};
static struct call ready[64], timers[64]; /* timers: by due; equals in the order of setting */
static int n_ready, n_timers, ids, turns, stopping;

static void call_at(double due, const char *name, void (*fn)(struct call call))
{
    int i = n_timers++, id = ids += 2;
    for (; i > 0 && timers[i - 1].due > due; i--)
        timers[i] = timers[i - 1];
    timers[i] = (struct call){ fn, name, due, 0, id };
    tell("timer:set timer=timer#%d wakes=call#%d due=%.9f delay=%.9f", id - 1, id, due,
         due - now());
}
static void turn(void)
{
    tell("loop:turn turn=%d ready=%d timers=%d", ++turns, n_ready, n_timers);
    double began = now(), left = n_ready > 0 || timers[0].due < began ? 0 : timers[0].due - began;
    struct timeval limit = to_timeval(left);
    tell("select:enter timeout=%.9f until=timer#%d nfds=0 read=0 write=0", left, timers[0].id - 1);
    if (!clock_jumps(left)) /* the virtual clock waits for nothing */
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
    int batch = n_ready; /* what these make ready waits for the next turn */
    for (int i = 0; i < batch; i++) {
        tell("call:begin call=call#%d waited=%.9f", ready[i].id, (began = now()) - ready[i].since);
        ready[i].fn(ready[i]);
        tell("call:end call=call#%d took=%.9f", ready[i].id, now() - began);
    }
    memmove(ready, ready + batch, sizeof *ready * (size_t)(n_ready -= batch));
}
static void tick(struct call call)
{
    say("tick");
    call_at(call.due + 1.0, "tick", tick);
}
static void tock(struct call call)
{
    say("tock");
    call_at(call.due + 1.5, "tock", tock);
}
static void stop(struct call call)
{
    stopping = true;
    tell("loop:stop by=call#%d", call.id);
}
int main(void)
{
    static const char *const choices[] = { "tick", "tock", "Both at once" }, *const why[] = {
        "It is the faster one, but a loop does not know that: tock was set before it, at 1.5 s.",
        "Equal deadlines fire in the order in which they were set: tock at 1.5 s, tick at 2 s.",
        "One thread runs one call at a time, one after the other."
    };
    tell_begin("14_own_loop");
    tell_ask("tick comes each second, tock each 1.5 s. Which is first at 3 s?", choices, 1, why);
    call_at(1.0, "tick", tick);
    call_at(1.5, "tock", tock);
    call_at(4.75, "stop", stop);
    tell_note("Three timers are set, and nothing runs them yet. Now the loop begins.");
    tell("loop:run how=forever");
    while (!stopping && n_ready + n_timers > 0)
        turn();
    tell("loop:stopped why=stop turns=%d", turns);
    tell_end();
}

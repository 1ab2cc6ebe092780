/* trace_sync.c - events of locks and their like, of threads and of children; as trace_events.c. */
#include "tracer.h"

#include <string.h>

static void tell_sync(struct tracer *tr, char *p, struct who what, const struct task *task,
                      int64_t value)
{
    p = KEY(p, "what", put_who, what);
    p = KEY(p, "task", put_who, task_who(task));
    if (value != INT64_MIN)
        p = KEY(p, "value", put_number, value);
    line_end(tr, p);
}

void trace_sync_wait(struct loop *loop, struct who what, const struct task *task, int64_t value)
{
    tell_sync(loop->tracer, EVENT(loop->tracer, "sync:wait"), what, task, value);
}

void trace_sync_give(struct loop *loop, struct who what, const struct task *task, int64_t value)
{
    tell_sync(loop->tracer, EVENT(loop->tracer, "sync:give"), what, task, value);
}

void trace_thread_start(struct loop *loop, struct who job, const char *fn)
{
    struct tracer *tr = loop->tracer;
    char *p = EVENT(tr, "thread:start");
    p = KEY(p, "job", put_who, job);
    line_end(tr, KEY(p, "fn", put_short, fn));
}

void trace_thread_done(struct loop *loop, struct who job, const char *fn, ns took)
{
    struct tracer *tr = loop->tracer;
    tr->warnings.something_came = true;
    char *p = EVENT(tr, "thread:done");
    p = KEY(p, "job", put_who, job);
    p = KEY(p, "fn", put_short, fn);
    line_end(tr, KEY(p, "took", put_span, took));
}

/* Arguments are cut one by one, and left out when there is no more room: "cut" counts their bytes, and one for the end of
 * each that is left out. */
static char *put_argv(const struct tracer *tr, char *p, const char *const argv[])
{
    size_t cut = 0;
    p = LIT(p, ",\"argv\":[");
    for (size_t i = 0; argv[i] != NULL; i++) {
        struct escaped how = { .cut = strlen(argv[i]) + 1 };
        if ((size_t)(p - tr->at) < LINE_MAX_BYTES - 2 * LINE_TAIL) {
            p = i == 0 ? p : LIT(p, ",");
            p = put_escaped(LIT(p, "\""), line_room(tr, p), argv[i], strlen(argv[i]), &how);
            *p++ = '"';
        }
        cut += how.cut;
    }
    *p++ = ']';
    return cut > 0 ? KEY(p, "cut", put_count, cut) : p;
}

void trace_child_start(struct loop *loop, struct who child, pid_t pid, const char *const argv[])
{
    struct tracer *tr = loop->tracer;
    char *p = EVENT(tr, "child:start");
    p = KEY(p, "child", put_who, child);
    p = KEY(p, "pid", put_number, pid);
    line_end(tr, put_argv(tr, p, argv));
}

void trace_child_exit(struct loop *loop, struct who child, int status)
{
    struct tracer *tr = loop->tracer;
    tr->warnings.something_came = true;
    char *p = EVENT(tr, "child:exit");
    p = KEY(p, "child", put_who, child);
    line_end(tr, KEY(p, "status", put_number, status));
}

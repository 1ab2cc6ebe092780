/* trace.c - the tracer's life: opened with the loop, closed with it, and the lines in between. */
#define _GNU_SOURCE
#include "tracer.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "crash.h"
#include "sink.h"
#include "ticks.h"

_Atomic(struct tracer *) the_tracer;

/* ---- trace:head */

/* The program's arguments, as the kernel has them: NUL after each; in *rest the bytes that buf had no room for.  0: not
 * known here. */
static size_t read_argv(char *buf, size_t size, size_t *rest)
{
    char more[1024];
    FILE *f = fopen("/proc/self/cmdline", "re");
    *rest = 0;
    if (f == NULL)
        return 0;
    size_t len = fread(buf, 1, size, f);
    for (size_t n = sizeof more; len == size && n == sizeof more; *rest += n)
        n = fread(more, 1, sizeof more, f);
    fclose(f);
    return len;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* Arguments are cut one by one, and left out when there is no more room: "cut" counts their bytes, and one for the end of
 * each that is left out. */
static char *put_argv(char *p, const char *argv, size_t len, size_t cut)
{
    const char *begin = p, *end = argv + len;
    p = LIT(p, ",\"argv\":[");
    for (const char *arg = argv; arg < end; arg += strlen(arg) + 1) {
        size_t room = (size_t)(LINE_MAX_BYTES - LINE_TAIL - (p - begin));
        struct escaped how = { .cut = strlen(arg) + 1 };
        if (room > LINE_TAIL) {
            p = arg == argv ? p : LIT(p, ",");
            p = put_escaped(LIT(p, "\""), room - LINE_TAIL, arg, strlen(arg), &how);
            *p++ = '"';
        }
        cut += how.cut;
    }
    *p++ = ']';
    return cut > 0 ? KEY(p, "cut", put_count, cut) : p;
}

static char *put_wall_time(char *p)
{
    struct timespec now;
    struct tm tm;
    char text[40];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
    return put_word(p, text);
}

/* Kept, since every viewer that comes later begins with it. */
static char *make_head(const struct loop *loop)
{
    char argv[LINE_MAX_BYTES], line[LINE_MAX_BYTES + LINE_TAIL],
        *p = line; /* more has no room in the line */
    size_t rest, len = read_argv(argv, sizeof argv - 1, &rest);
    if (rest > 0 && argv[len - 1] != '\0')
        rest--; /* the end of an argument whose beginning is counted with its own */
    argv[len] = '\0';
    p = LIT(p, ",\"ev\":\"trace:head\",\"format\":\"loopscope\",\"version\":1");
    p = KEY(p, "program", put_short, len > 0 ? last_part(argv) : "program");
    if (len > 0)
        p = put_argv(p, argv, len, rest);
    p = KEY(p, "pid", put_count, (uint64_t)getpid());
    p = KEY(p, "loop", put_word, "select");
    p = KEY(p, "clock", put_word, loop->clock.is_virtual ? "virtual" : "real");
    p = put_wall_time(LIT(p, ",\"started\":"));
    p = LIT(p, "}\n");
    *p = '\0';
    return strdup(line);
}

/* ---- opening and closing */

static void destroy(struct tracer *tr)
{
    sinks_close(tr);
    control_destroy(tr->control);
    source_table_destroy(tr->sources);
    journal_fini(&tr->journal);
    for (int i = 0; i < 2; i++)
        if (tr->control_fd[i] >= 0)
            close(tr->control_fd[i]);
    free(tr->head);
    free(tr);
}

static struct tracer *create(struct loop *loop)
{
    struct tracer *tr = calloc(1, sizeof *tr);
    if (tr == NULL || journal_init(&tr->journal) < 0) {
        free(tr);
        return NULL;
    }
    tr->control_fd[0] = tr->control_fd[1] = -1;
    tr->loop = loop;
    tr->loop_thread = pthread_self();
    tr->stamp = NS_NEVER;
    prefix_init(&tr->prefix);
    tr->at = tr->journal.bytes;
    tr->full = tr->journal.bytes + BLOCK_BYTES;
    tr->head = make_head(loop);
    tr->sources = source_table_create();
    tr->control = control_create();
    if (tr->head == NULL || tr->sources == NULL || tr->control == NULL) {
        destroy(tr);
        return NULL;
    }
    return tr;
}

/* A trace that was asked for and can't be had: better no program than one that is watched in vain.  But where another
 * program writes, or where this one has written already, it goes on untraced. */
static int give_up(struct tracer *tr, const char *what, const char *which, const char *why,
                   bool is_taken)
{
    if (is_taken || tr->goes_on) {
        owner_say("can't %s \"%s\": %s", what, which, why);
        destroy(tr);
        owner_release();
        return 0;
    }
    fprintf(stderr, "loop: LOOP_TRACE: can't %s \"%s\": %s; the program was not started\n", what,
            which, why);
    destroy(tr);
    exit(1);
}

static void tell_head(struct tracer *tr)
{
    char *p = put_prefix(tr->at, clock_now(&tr->loop->clock), 0);
    size_t len = strlen(tr->head);
    memcpy(p, tr->head, len);
    tr->at = p + len;
    journal_publish(&tr->journal, tr->at);
}

int trace_open(struct loop *loop)
{
    const char *spec = getenv("LOOP_TRACE"), *why = NULL;
    char which[256];
    bool goes_on;
    if (spec == NULL || *spec == '\0' || !owner_claim(spec, &goes_on))
        return 0;
    struct tracer *tr = create(loop);
    if (tr == NULL) {
        owner_release();
        return -ENOMEM;
    }
    tr->goes_on = goes_on;
    int err = sinks_open(tr, spec, which, sizeof which, &why);
    if (err < 0)
        return give_up(tr, "open", which, why != NULL ? why : strerror(-err), err == -EBUSY);
    tell_head(tr);
    sinks_begin(tr);
    control_receive_early(tr);
    err = fd_pipe_high(tr->control_fd);
    if (err == 0)
        err = feeder_start(tr);
    if (err < 0)
        return give_up(tr, "start the trace to", spec, strerror(-err), false);
    owner_mark(spec);
    loop->tracer = tr;
    atomic_store(&the_tracer, tr);
    crash_open();
    output_open(tr);
    return 0;
}

void trace_close(struct loop *loop)
{
    struct tracer *tr = loop->tracer;
    if (tr == NULL)
        return;
    output_close(tr);
    warn_at_turn(tr);
    if ((atomic_load(&tr->asked) & ASKED_STATE) != 0)
        feeder_snapshot(tr);
    loop->tracer = NULL;
    crash_lock_end();
    feeder_stop(tr, (struct ending){ .how = "closed" });
    atomic_store(&the_tracer, NULL);
    crash_unlock_end();
    crash_close();
    destroy(tr);
    owner_release();
}

/* ---- lines */

/* The loop has no more room before a file that is slow has caught up: it waits, and its clock with
 * it. */
static ns wait_for_file(struct tracer *tr)
{
    struct clock *clock = &tr->loop->clock;
    ns began = clock_real();
    bool held = clock->held;
    if (!held)
        clock_hold(clock);
    while (sinks_need_oldest(tr) && !atomic_load(&tr->ended)) {
        feeder_wake(tr, true);
        pthread_cond_wait(&tr->journal.moved, &tr->journal.lock);
    }
    if (!held)
        clock_release(clock);
    return clock_real() - began;
}

/* Waits that nobody could notice are not told; virtual traces tell no real times. */
static void tell_slow_disk(struct tracer *tr, ns took)
{
    if (took < NS_PER_S / 1000 || tr->loop->clock.is_virtual)
        return;
    char *p = put_prefix(tr->at, tr->t, tr->n); /* not now: a line may be waiting with its time */
    p = KEY(LIT(p, ",\"ev\":\"trace:hold\""), "took", put_span, took);
    p = KEY(p, "by", put_word, "disk");
    own_line_end(tr, p);
}

void tracer_next_block(struct tracer *tr, size_t at_least)
{
    struct journal *j = &tr->journal;
    ns waited = 0;
    pthread_mutex_lock(&j->lock);
    if (sinks_need_oldest(tr) && !atomic_load(&tr->ended))
        waited = wait_for_file(tr);
    int err = journal_advance(j, at_least);
    if (err < 0)
        journal_advance(j, 0);
    pthread_mutex_unlock(&j->lock);
    tr->at = j->bytes;
    tr->full = err == 0 && at_least > 0 ? j->bytes + 1 : j->bytes + BLOCK_BYTES;
    feeder_wake(tr, false);
    if (at_least == 0)
        tell_slow_disk(tr, waited);
}

void tracer_add_lines(struct tracer *tr, const char *lines, size_t len)
{
    if (len > (size_t)(tr->full - tr->at) || tr->at >= tr->full)
        tracer_next_block(tr, len > BLOCK_BYTES ? len : 0);
    if (len > BLOCK_BYTES && tr->full != tr->at + 1)
        return; /* no memory for so much: a line of our own, which every reader can do without */
    memcpy(tr->at, lines, len);
    tr->at += len;
    journal_publish(&tr->journal, tr->at);
}

ns trace_stamp_now(struct loop *loop)
{
    return loop->tracer->stamp = clock_now(&loop->clock);
}

void trace_hand_over(struct loop *loop)
{
    atomic_thread_fence(
        memory_order_seq_cst); /* the lines before the look at whether the feeder sleeps */
    feeder_wake(loop->tracer, false);
}

int trace_control_fd_of(const struct tracer *tr)
{
    return tr->control_fd[0];
}

/*
 * pass - the lines of a trace in their order, each taken apart.
 */
#include "pass.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ASK_EVERY = 1 << 20, FAULTS_TOLD = 100 };
#define MS INT64_C(1000000)

/* ---- how far it is --------------------------------------------------------------------------- */

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void progress_show(struct progress *progress, int64_t done, int64_t whole)
{
    /* The clock is asked once a megabyte, not once a line. */
    if (progress->began_ns != 0 && done - progress->asked_at < ASK_EVERY)
        return;
    int64_t now = now_ns();
    progress->asked_at = done;
    if (progress->began_ns == 0)
        progress->began_ns = progress->shown_ns = now;
    int64_t patience = progress->shown ? 100 * MS : 500 * MS;
    if (now - progress->shown_ns < patience || !isatty(STDERR_FILENO))
        return;
    progress->shown_ns = now;
    progress->shown = true;
    if (whole > 0 && whole < INT64_MAX)
        fprintf(stderr, "\r%s: %3d %% (Ctrl-C stops)", progress->what,
                (int)(100.0 * (double)done / (double)whole));
    else
        fprintf(stderr, "\r%s: %lld MB (Ctrl-C stops)", progress->what,
                (long long)(done / 1000000));
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fprintf(stderr, "\r%*s\r", (int)strlen(progress->what) + 40, "");
    progress->shown = false;
}

/* ---- the pass -------------------------------------------------------------------------------- */

/* After trace_open() answered `rc`. */
static int begin(struct pass *pass, int rc)
{
    if (rc == 0 && (pass->ahead = ahead_open(&pass->trace)) == NULL)
        rc = -errno;
    return rc;
}

int pass_open(struct pass *pass, const char *path, const char *what)
{
    *pass = (struct pass){ .path = path, .progress = { .what = what } };
    return begin(pass, trace_open(&pass->trace, path));
}

int pass_open_fd(struct pass *pass, int fd, const char *path, const char *what)
{
    *pass = (struct pass){ .path = path, .progress = { .what = what } };
    return begin(pass, trace_open_fd(&pass->trace, fd, path));
}

static void tell(struct pass *pass, const char *what)
{
    progress_end(&pass->progress);
    fprintf(stderr, "%s:%lld: %s\n", pass->trace.name, (long long)pass->number, what);
}

void pass_fault(struct pass *pass, const char *what)
{
    if (pass->faults++ < FAULTS_TOLD)
        tell(pass, what);
}

/* A line that is no event: -EINVAL as event_parse() answered. */
static void bad_line(struct pass *pass, const struct taken *taken)
{
    if (taken->line.too_long)
        pass_fault(pass, "the line is longer than 4 MiB: passed over");
    else if (!taken->line.whole)
        tell(pass, "the last line is cut: it counts for nothing");
    else
        pass_fault(pass, taken->event.fault);
}

int pass_next(struct pass *pass)
{
    const struct taken *taken;
    int rc;
    while ((rc = ahead_next(pass->ahead, &taken)) > 0) {
        pass->number++;
        pass->text = taken->line.text;
        pass->offset = taken->line.offset;
        pass->event = &taken->event;
        progress_show(&pass->progress, taken->line.next, pass->trace.size);
        if (taken->rc == -EINVAL) {
            bad_line(pass, taken);
            continue;
        }
        if (taken->rc < 0)
            return taken->rc;
        pass->any = true;
        if (pass->event->kind != EV_TRACE_HEAD || event_count(pass->event, "version", 1) <= 1)
            return 1;
        pass_fault(pass, "a newer version of the format: a newer loopscope reads it, this one "
                         "knows version 1");
        return -EPROTONOSUPPORT;
    }
    return rc;
}

int pass_close(struct pass *pass, int rc)
{
    progress_end(&pass->progress);
    if (rc < 0 && rc != -EPROTONOSUPPORT) {
        fprintf(stderr, "loopscope: %s can't be read: %s\n", pass->path, strerror(-rc));
    } else if (!pass->any && pass->faults == 0) {
        pass->number = 1;
        pass_fault(pass, "no event in it: this is no trace, or nothing was written yet");
    }
    bool good = rc >= 0 && pass->faults == 0;
    ahead_close(pass->ahead);
    trace_close(&pass->trace);
    return good ? 0 : 1;
}

/*
 * print - the whole trace in sentences.
 *
 * The model runs along, since a sentence may need it (how many are ready, which descriptor belongs
 * to whom). Output is flushed whenever we have caught up, so that a reader at the other end of a
 * pipe hears of an event when it happens.
 */
#include "print.h"
#include "explain.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

struct print {
    struct trace trace;
    struct event event;
    struct model *model;
    FILE *out, *err;
    bool ascii, over;
    struct range range;
    const volatile sig_atomic_t *stop; /* NULL: nothing stops it */
    int64_t at;                        /* where the next line begins */
    int64_t number;                    /* of the line before */
    uint64_t events, faults;
};

int print_open(struct print **opened, int fd, const char *name, FILE *out, FILE *err, bool ascii)
{
    struct print *print = calloc(1, sizeof *print);
    struct model *model = model_create();
    *opened = NULL;
    if (print == NULL || model == NULL) {
        model_destroy(model);
        free(print);
        return -ENOMEM;
    }
    *print = (struct print){
        .model = model, .out = out, .err = err, .ascii = ascii, .range = range_all
    };
    event_init(&print->event);
    int rc = trace_open_fd(&print->trace, fd, name);
    if (rc < 0) {
        model_destroy(model);
        free(print);
        return rc;
    }
    *opened = print;
    return 0;
}

void print_close(struct print *print)
{
    if (print == NULL)
        return;
    trace_close(&print->trace);
    event_fini(&print->event);
    model_destroy(print->model);
    free(print);
}

uint64_t print_events(const struct print *print)
{
    return print->events;
}

uint64_t print_faults(const struct print *print)
{
    return print->faults;
}

void print_only(struct print *print, const struct range *range)
{
    print->range = *range;
}

void print_until(struct print *print, const volatile sig_atomic_t *stop)
{
    print->stop = stop;
}

static bool is_stopped(const struct print *print)
{
    return print->stop != NULL && *print->stop;
}

static void tell(struct print *print, const char *what)
{
    fflush(print->out);
    fprintf(print->err, "%s:%lld: %s\n", print->trace.name, (long long)print->number, what);
}

/* What stdio could not write: -EPIPE when the reader is gone, -ENOSPC when the disk is full. */
static int lost_output(void)
{
    return errno != 0 ? -errno : -EIO;
}

static int print_event(struct print *print)
{
    char sentence[EXPLAIN_SIZE];
    const struct event *event = &print->event;
    if (event->kind == EV_TRACE_HEAD && event_count(event, "version", 1) > 1) {
        tell(print,
             "a newer version of the format: a newer loopscope reads it, this one knows version 1");
        print->faults++;
        return -EPROTONOSUPPORT;
    }
    int rc = model_apply(print->model, event);
    if (rc < 0)
        return rc;
    print->over = event->kind == EV_TRACE_END || range_is_over(&print->range, event);
    print->events++;
    if (!range_holds(&print->range, event))
        return 0;
    size_t len = explain(sentence, sizeof sentence, event, print->model);
    errno = 0;
    fprintf(print->out, "%6lld.%09lld %6llu  ", (long long)(event->t_ns / 1000000000),
            (long long)(event->t_ns % 1000000000), (unsigned long long)event->n);
    text_print(print->out, (struct slice){ sentence, len }, print->ascii);
    putc('\n', print->out);
    return ferror(print->out) ? lost_output() : 0;
}

static int print_line(struct print *print, const struct line *line)
{
    int rc = line->too_long ? -EINVAL : event_parse(&print->event, line->text);
    if (rc == 0)
        return print_event(print);
    if (rc != -EINVAL)
        return rc;
    if (!line->whole && !line->too_long) {
        tell(print, "the last line is cut: it counts for nothing");
        return 0;
    }
    print->faults++;
    tell(print, line->too_long ? "the line is longer than 4 MiB: passed over" : print->event.fault);
    return 0;
}

int print_more(struct print *print, bool final)
{
    struct line line;
    int rc = trace_poll(&print->trace);
    while (rc >= 0 && !is_stopped(print) &&
           (rc = trace_line_at(&print->trace, print->at, &line)) > 0) {
        if (!line.whole && !final && print->trace.seekable)
            break; /* still being written */
        print->number++;
        print->at = line.next;
        rc = print_line(print, &line);
        /* A pipe gives what has come: whoever listens there shall hear it at once. */
        if (rc == 0 && !print->trace.seekable &&
            line.next == print->trace.base + (int64_t)print->trace.len)
            fflush(print->out);
    }
    if (fflush(print->out) != 0 && rc >= 0)
        rc = lost_output();
    return rc < 0 ? rc : 0;
}

/* Whoever read our sentences has heard enough: known before there is one more. */
static bool is_unheard(const struct print *print)
{
    struct pollfd reader = { .fd = fileno(print->out) };
    return poll(&reader, 1, 0) > 0 && (reader.revents & (POLLERR | POLLHUP)) != 0;
}

int print_follow(struct print *print)
{
    const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
    int rc = print_more(print, false);
    while (rc == 0 && !print->over && !is_stopped(print)) {
        nanosleep(&pause, NULL);
        rc = is_unheard(print) ? -EPIPE : print_more(print, false);
    }
    return rc;
}

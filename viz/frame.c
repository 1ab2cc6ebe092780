/*
 * frame - goes to a place of a trace and prints what the screen would show there.
 *
 * The same history, the same view and the same drawing as in the terminal: a frame is a screen.
 */
#include "frame.h"
#include "history.h"
#include "picture.h"
#include "source.h"
#include "view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tell_fault(void *context, int64_t line, const char *what)
{
    fprintf(stderr, "%s:%lld: %s\n", (const char *)context, (long long)line, what);
}

static int go(struct history *history, const struct frame_options *options)
{
    switch (options->place) {
    case FRAME_AT: return history_go_time(history, options->t_ns);
    case FRAME_EVENT: return history_go_event(history, options->n);
    default: return history_go_end(history);
    }
}

/* A source that stands far into a large file may not have been found yet: look until it is. */
static void find_sources(struct history *history)
{
    const struct task *running = history_moment(history)->model->running;
    struct slice src = running != NULL ? str_slice(&running->src) : (struct slice){ 0 };
    if (src.len == 0 && history_moment(history)->event != NULL)
        src = event_text(history_moment(history)->event, "src");
    while (src.len > 0 && history_source(history, src_file(src)) == NULL)
        if (history_look_for_sources(history, 64 << 20) <= 0)
            break;
}

static int said_unwritten(int error)
{
    fprintf(stderr, "loopscope: the frame can't be written: %s\n", strerror(error));
    return 1;
}

/* Takes the canvas. */
static int draw_picture(struct canvas *canvas, const struct frame_options *options,
                        enum canvas_charset charset, FILE *out)
{
    picture_print(canvas, options->svg ? PICTURE_SVG : PICTURE_HTML, charset, out);
    canvas_destroy(canvas);
    return fflush(out) == 0 && !ferror(out) ? 0 : said_unwritten(errno);
}

static int draw(const struct history *history, const struct frame_options *options, FILE *out)
{
    struct view view;
    view_init(&view);
    if (options->view != NULL) {
        view.focus = (enum pane)view_pane_of(options->view);
        view.maximised = true;
    }
    enum canvas_charset charset = options->ascii ? CANVAS_ASCII : CANVAS_UTF8;
    struct canvas *canvas = canvas_create(options->rows, options->cols);
    char *text = NULL;
    if (canvas != NULL) {
        view_draw(canvas, &view, history);
        if (options->svg || options->html)
            return draw_picture(canvas, options, charset, out);
        text = options->color ? canvas_ansi(canvas, charset) : canvas_text(canvas, charset);
    }
    canvas_destroy(canvas);
    if (text == NULL) {
        fprintf(stderr, "loopscope: no memory for a frame of %dx%d\n", options->cols,
                options->rows);
        return 1;
    }
    bool written = fputs(text, out) != EOF && fflush(out) == 0;
    int error = errno;
    free(text);
    if (written)
        return 0;
    return said_unwritten(error);
}

static int frame_of(struct history *history, const char *path, const struct frame_options *options,
                    FILE *out)
{
    history_on_fault(history, tell_fault, (void *)path);
    if (history_moment(history)->event == NULL) {
        fprintf(stderr, "%s:1: no event in it: this is no trace, or nothing was written yet\n",
                path);
        return 1;
    }
    int rc = go(history, options);
    if (rc < 0) {
        fprintf(stderr, "loopscope: %s can't be read: %s\n", path, strerror(-rc));
        return 1;
    }
    find_sources(history);
    rc = draw(history, options, out);
    return rc == 0 && history_faults(history) > 0 ? 1 : rc;
}

/* Said before the trace is looked at: a wrong name is wrong usage, whatever the trace is. */
static bool has_view(const char *name)
{
    if (name == NULL || view_pane_of(name) >= 0)
        return true;
    fprintf(stderr, "loopscope: there is no view \"%s\"; there are:", name);
    for (int i = 0; i < PANE_COUNT; i++)
        fprintf(stderr, " %s", view_pane_name((enum pane)i));
    fputs("\n", stderr);
    return false;
}

int frame_print(const char *path, const struct frame_options *options, FILE *out)
{
    char message[512];
    struct history *history;
    if (!has_view(options->view))
        return 2;
    struct source *source = source_file(path, false, message, sizeof message);
    if (source == NULL) {
        fprintf(stderr, "loopscope: %s\n", message);
        return 1;
    }
    if (source_take_all(source) < 0) {
        source_close(source);
        return 1;
    }
    int fd = dup(source_trace_fd(source));
    int rc = fd < 0 ? -errno : history_open(&history, fd, source_path(source));
    if (rc == -EPROTONOSUPPORT) {
        fprintf(stderr,
                "%s:1: a newer version of the format: a newer loopscope reads it, this one knows "
                "version 1\n",
                source_path(source));
    } else if (rc < 0) {
        fprintf(stderr, "loopscope: %s can't be read: %s\n", source_path(source), strerror(-rc));
    } else {
        rc = frame_of(history, history_name(history), options, out);
        history_close(history);
    }
    source_close(source);
    return rc < 0 ? 1 : rc;
}

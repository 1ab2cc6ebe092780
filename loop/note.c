/* note.c - what a program says to whoever watches it.  Untraced, nothing is even formatted. */
#include <stdarg.h>

#include "trace.h"
#include "trace_line.h"

static const char *lesson_now;

static struct loop *traced_loop(void)
{
    struct loop *loop = loop_current();
    return loop != NULL && loop->tracer != NULL ? loop : NULL;
}

void(loop_note)(const char *format, ...)
{
    struct src src = src_take();
    struct loop *loop = traced_loop();
    char text[LINE_MAX_BYTES]; /* of a longer one no more is told, either */
    va_list args;
    if (loop == NULL)
        return;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len >= 0)
        trace_note_say(loop, text, (size_t)len, src);
}

void loop_mark(const char *name)
{
    struct loop *loop = traced_loop();
    if (loop != NULL)
        trace_note_mark(loop, name);
}

void(loop_ask)(const char *question, const char *const choices[], int answer,
               const char *const why[])
{
    (void)src_take();
    struct loop *loop = traced_loop();
    if (loop != NULL)
        trace_note_ask(loop, question, choices, answer, why);
}

void loop_lesson(const char *lesson)
{
    lesson_now = lesson;
}

const char *note_lesson(void)
{
    return lesson_now;
}

/* report.c - what nobody else can be told: errors that no await answers.
 *
 * A task that failed and that nobody waits for, a handler of a connection, a callback: their errors have nowhere to
 * go.  The program may take them (loop_set_error_handler()); otherwise they are a line each on stderr.  An error
 * handler that fails itself is told of there too, so that nothing is ever lost in it.
 */
#include "inside.h"

#include <stdarg.h>
#include <string.h>

void loop_set_error_handler(struct loop *loop, loop_error_fn *fn, void *arg)
{
    if (loop == NULL)
        return;
    loop->error_fn = fn;
    loop->error_arg = arg;
}

loop_error_fn *loop_error_handler(const struct loop *loop)
{
    return loop == NULL ? NULL : loop->error_fn;
}

static void say(const struct loop_error *e)
{
    if (e->text != NULL)
        fprintf(stderr, "loop: %s\n", e->text);
    else if (e->error < 0)
        fprintf(stderr, "loop: %s: %s\n", e->message, strerror(-e->error));
    else
        fprintf(stderr, "loop: %s\n", e->message);
}

void loop_call_error_handler(struct loop *loop, const struct loop_error *e)
{
    int err = 0;
    if (loop == NULL || e == NULL)
        return;
    if (loop->error_fn != NULL)
        err = loop->error_fn(loop, e, loop->error_arg);
    if (err < 0)
        fprintf(stderr, "loop: Unhandled error in exception handler (%s), which was told:\n",
                strerror(-err));
    if (err < 0 || loop->error_fn == NULL)
        say(e);
}

void report(struct loop *loop, const struct loop_error *e, const char *format, ...)
{
    char text[512];
    struct loop_error whole = *e;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    whole.text = text;
    loop_call_error_handler(loop, &whole);
}

void call_failed(int error)
{
    struct loop *loop = loop_current();
    char message[256];
    if (loop == NULL || loop->current == NULL || loop->current->kind != HANDLE_CALL)
        return;
    struct callback *c = CONTAINER_OF(loop->current, struct callback, handle);
    snprintf(message, sizeof message, "Exception in callback %s",
             c->name != NULL ? c->name : "(unknown)");
    loop_call_error_handler(
        loop, &(struct loop_error){ .message = message, .error = error, .callback = c->name });
}

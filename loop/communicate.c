/* communicate.c - all of a child's input, all of its output, in one call.
 *
 * To write everything and then read everything would wait for ever with a child that answers as it reads: both pipes
 * fill up, and each side waits for the other.  Here nobody waits for a pipe: the input is queued on one connection, the
 * others are told to keep whatever comes, and the loop's I/O phase moves it all while the task waits for the end.
 */
#include "process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No limit from now on, and on again if it had been reached. */
static int keep_all(struct conn *c)
{
    if (c == NULL)
        return 0;
    c->keeps_all = true;
    if (c->state != CONN_CONNECTED)
        return 0;
    return watch_arm_read(c->loop, &c->reading);
}

/* A child that doesn't want its input (any more) has a right not to. */
static int feed(struct conn *c, const void *input, size_t size)
{
    if (c == NULL)
        return size > 0 ? -EINVAL : 0;
    int err = size > 0 ? conn_write(c, input, size) : 0;
    conn_write_eof(c);
    return err == -ENOMEM || err == -EINVAL ? err : 0;
}

/* The bytes, with a NUL behind them; into NULL: nobody wants them. */
static int take_all(struct conn *c, struct process_output *into)
{
    size_t n = c == NULL ? 0 : bytes_count(&c->in);
    char *bytes = into == NULL ? NULL : malloc(n + 1);
    if (into != NULL && bytes == NULL)
        return -ENOMEM;
    if (bytes != NULL) {
        if (n > 0)
            memcpy(bytes, bytes_first(&c->in), n);
        bytes[n] = '\0';
        *into = (struct process_output){ .bytes = bytes, .size = n };
    }
    if (n > 0)
        bytes_consume(&c->in, n);
    return 0;
}

static int pipe_error(const struct conn *c)
{
    return c == NULL ? 0 : c->error;
}

int process_communicate(struct process *p, const void *input, size_t size,
                        struct process_output *out, struct process_output *errors)
{
    struct conn *from_out = p->pipe[STDOUT_FILENO], *from_errors = p->pipe[STDERR_FILENO];
    int err = keep_all(from_out);
    if (err == 0)
        err = keep_all(from_errors);
    if (err == 0)
        err = feed(p->pipe[STDIN_FILENO], input, size);
    if (err == 0)
        err = process_wait(p);
    if (err == 0)
        err = pipe_error(from_out);
    if (err == 0)
        err = pipe_error(from_errors);
    if (err == 0)
        err = take_all(from_out, out);
    if (err == 0 && (err = take_all(from_errors, errors)) < 0 && out != NULL)
        free(out->bytes);
    return err;
}

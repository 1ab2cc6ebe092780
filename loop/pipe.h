/* pipe.h - our ends of a child's stdin, stdout and stderr: pipes that are connections. */
#ifndef LOOP_PIPE_H
#define LOOP_PIPE_H

#include <stdbool.h>
#include <sys/types.h>

/* A pipe; both ends are close-on-exec and above 2 (they don't stand in the way of the child's own), ours does not
 * block.  0 or a negative errno. */
int pipe_open(bool we_read, int *ours, int *theirs);

/* write() that raises no SIGPIPE.  As write(). */
ssize_t pipe_write(int fd, const void *data, size_t size);

#endif

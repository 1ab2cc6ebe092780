/* sink_file.c - LOOP_TRACE=FILE.
 *
 * Begun anew by the first loop of the process; a loop that is made after that one was closed adds
 * to it.  What is not a regular file is allowed too: a FIFO is a viewer that nobody waits for (but
 * opening it waits for the reader), /dev/stderr is whatever that is.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink.h"

int sink_file_open(struct tracer *tr, const char *path)
{
    static bool begun;
    int fd = open(
        path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_APPEND | (begun ? 0 : O_TRUNC), 0666);
    if (fd < 0)
        return -errno;
    begun = true;
    fd = fd_move_high(fd);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
        fcntl(fd, F_SETFL, O_WRONLY | O_NONBLOCK); /* our own opening: nobody shares the flag */
    if (fd < 0)
        return fd;
    if (sink_add(tr, fd, path) != NULL)
        return 0;
    close(fd);
    return -ENOMEM;
}

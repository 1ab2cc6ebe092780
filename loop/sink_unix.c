/* sink_unix.c - LOOP_TRACE=unix:PATH, a socket at which viewers come and go.
 *
 * Its mode is 0600: whoever may connect may also pause and stop the program.  A socket that a dead
 * program has left behind is replaced; one that somebody answers at is not.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sink.h"
#include "socket.h"

/* Is the socket at addr one that nobody listens at? */
static bool is_stale(const struct sockaddr_un *addr)
{
    struct stat st;
    if (lstat(addr->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = socket_open(AF_UNIX); /* it doesn't wait: a full backlog means that it lives */
    if (fd < 0)
        return false;
    bool refused =
        connect(fd, (const struct sockaddr *)addr, sizeof *addr) < 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

static int listen_at(const struct sockaddr_un *addr, const char **why)
{
    int fd = socket_open(AF_UNIX);
    if (fd < 0)
        return fd;
    int err = socket_bind(fd, (const struct sockaddr *)addr, sizeof *addr);
    if (err == -EADDRINUSE && is_stale(addr) && unlink(addr->sun_path) == 0)
        err = socket_bind(fd, (const struct sockaddr *)addr, sizeof *addr);
    if (err == -EADDRINUSE)
        *why = "a program that runs serves viewers there, or it is no socket";
    return door_listen(fd, err);
}

int sink_unix_open(struct tracer *tr, const char *path, const char **why)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    if (*path == '\0' || strlen(path) >= sizeof addr.sun_path) {
        *why = "a socket's path has 1 to 107 bytes";
        return -EINVAL;
    }
    memcpy(addr.sun_path, path, strlen(path) + 1);
    int fd = listen_at(&addr, why);
    return fd < 0 ? fd : door_open(tr, fd, path);
}

/* sink_door.c - the places where viewers come in: a Unix socket, or a TCP port. */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink.h"
#include "socket.h"
#include "ticks.h"

#define RETRY NS_PER_S

static const char *name_of(const struct door *door)
{
    return door->path != NULL ? door->path : "tcp";
}

int door_listen(int fd, int bound)
{
    int err = bound == 0 && listen(fd, 16) < 0 ? -errno : bound;
    if (err == 0)
        return fd_move_high(fd);
    close(fd);
    return err;
}

int door_open(struct tracer *tr, int fd, const char *path)
{
    struct stat st;
    struct door *door = calloc(1, sizeof *door);
    if (door == NULL || (path != NULL && (door->path = strdup(path)) == NULL)) {
        free(door);
        close(fd);
        return -ENOMEM;
    }
    door->fd = fd;
    door->file = fd_id(fd);
    if (path != NULL && lstat(path, &st) == 0) {
        door->device = st.st_dev;
        door->inode = st.st_ino;
    }
    door->next = tr->feeder->doors;
    tr->feeder->doors = door;
    return 0;
}

/* Whoever waits at the door (no descriptor is left for him, say) makes poll() return at once: it is left alone for a
 * while. */
static void rest(struct door *door, int error)
{
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNABORTED)
        return; /* he has gone again */
    if (!door->blamed)
        sink_say("trace %s: a viewer can't come in: %s; tried again each second", name_of(door),
                 strerror(error));
    door->blamed = true;
    door->retry = clock_real() + RETRY;
}

void door_accept(struct tracer *tr, struct door *door)
{
    int fd = socket_accept(door->fd, NULL, NULL);
    if (fd >= 0)
        fd = fd_move_high(fd);
    if (fd < 0) {
        rest(door, -fd);
        return;
    }
    struct sink *s = tr->feeder->n_sinks < VIEWERS_MAX ? sink_add(tr, fd, name_of(door)) : NULL;
    if (s == NULL) {
        close(fd);
        return;
    }
    s->is_viewer = true;
    s->may_control = door->path != NULL; /* whoever can open it may do more than look */
    s->state = SINK_NEW;
}

void door_lost(struct door *door)
{
    sink_say(
        "fd %d, at which viewers come in, was closed or replaced by the program; no more can come",
        door->fd);
    door->fd = -1;
    door_unlink(door);
}

void door_unlink(const struct door *door)
{
    struct stat st;
    if (door->path != NULL && lstat(door->path, &st) == 0 && st.st_dev == door->device &&
        st.st_ino == door->inode)
        unlink(door->path);
}

void door_close(struct door *door)
{
    door_unlink(door);
    if (fd_is_still(door->fd, door->file))
        close(door->fd);
    free(door->path);
    free(door);
}

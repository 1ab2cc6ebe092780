/* sink_door.c - the places where viewers come in: a Unix socket, or a TCP port. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink.h"

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

void door_accept(struct tracer *tr, struct door *door)
{
    int fd = accept(door->fd, NULL, NULL);
    if (fd < 0)
        return;
    fd = fd_move_high(fd);
    struct sink *s = fd >= 0 && tr->feeder->n_sinks < VIEWERS_MAX
                         ? sink_add(tr, fd, door->path != NULL ? door->path : "tcp")
                         : NULL;
    if (s == NULL) {
        if (fd >= 0)
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

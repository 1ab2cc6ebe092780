/* own_fd.c - is a descriptor, or a file, still ours? */
#include "own_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct file_id id_of(const struct stat *st)
{
    return (struct file_id){ st->st_dev, st->st_ino, st->st_mode & S_IFMT };
}

static bool is_same(struct file_id now, struct file_id id)
{
    return now.type != 0 && now.type == id.type && now.device == id.device && now.inode == id.inode;
}

struct file_id fd_id(int fd)
{
    struct stat st;
    return fd < 0 || fstat(fd, &st) < 0 ? (struct file_id){ .type = 0 } : id_of(&st);
}

bool fd_is_still(int fd, struct file_id id)
{
    return is_same(fd_id(fd), id);
}

struct file_id path_id(const char *path)
{
    struct stat st;
    return lstat(path, &st) < 0 ? (struct file_id){ .type = 0 } : id_of(&st);
}

bool path_is_still(const char *path, struct file_id id)
{
    return is_same(path_id(path), id);
}

int fd_above_stdio(int *fd)
{
    if (*fd > STDERR_FILENO)
        return 0;
    int above = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (above < 0)
        return -errno;
    close(*fd);
    *fd = above;
    return 0;
}

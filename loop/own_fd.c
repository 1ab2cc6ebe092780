/* own_fd.c - is a descriptor still ours? */
#include "own_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_id fd_id(int fd)
{
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return (struct file_id){ .type = 0 };
    return (struct file_id){ st.st_dev, st.st_ino, st.st_mode & S_IFMT };
}

bool fd_is_still(int fd, struct file_id id)
{
    struct file_id now = fd_id(fd);
    return now.type != 0 && now.type == id.type && now.device == id.device && now.inode == id.inode;
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

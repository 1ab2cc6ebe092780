/* own_fd.h - descriptors and files of the loop's own, in a process where any line may close or replace them. */
#ifndef LOOP_OWN_FD_H
#define LOOP_OWN_FD_H

#include <stdbool.h>
#include <sys/types.h>

/* Which file stands behind a descriptor or a path.  All zero: none. */
struct file_id {
    dev_t device;
    ino_t inode;
    mode_t type;
};

struct file_id fd_id(int fd);

/* Does that file still stand behind fd?  One fstat(); never true of a descriptor that is closed. */
bool fd_is_still(int fd, struct file_id id);

/* The same of a path; a symbolic link is a file of its own. */
struct file_id path_id(const char *path);
bool path_is_still(const char *path, struct file_id id);

/* Whoever was started without stdin, stdout or stderr has 0, 1 or 2 free, and writes to them all the same: *fd goes to
 * 3 or above, closed on exec.  0, or a negative errno and *fd as it was. */
int fd_above_stdio(int *fd);

#endif

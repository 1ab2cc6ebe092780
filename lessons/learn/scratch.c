/*
 * scratch - made, and removed.
 *
 * A stranger's program can nest directories thousands deep: deeper than a recursion or the longest
 * path. So the tree is removed from its top: what stands in a directory of the top is moved up and
 * that directory removed, until the top is empty. It never takes more than two open directories.
 */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int scratch_make(char path[PATH_MAX])
{
    char made[PATH_MAX];
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || *parent == '\0')
        parent = "/tmp";
    if ((size_t)snprintf(made, sizeof made, "%s/learn-XXXXXX", parent) >= sizeof made) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (mkdtemp(made) == NULL)
        return -1;
    if (chmod(made, 0711) == 0 && realpath(made, path) != NULL)
        return 0;
    int error = errno;
    rmdir(made);
    errno = error;
    return -1;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static DIR *open_below(int parent, const char *name)
{
    fchmodat(parent, name, 0700, 0);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL && fd >= 0)
        close(fd);
    return dir;
}

/* Its files go, its directories move up into `top`, under names that nobody else has. */
static int empty(int top, const char *name, unsigned long *moved)
{
    DIR *dir = open_below(top, name);
    const struct dirent *entry;
    int rc = dir == NULL ? -1 : 0;
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        char up[32];
        if (is_dots(entry->d_name) || unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            continue;
        snprintf(up, sizeof up, "moved-%lu", (*moved)++);
        fchmodat(dirfd(dir), entry->d_name, 0700, 0); /* to move a directory, one must own its .. */
        rc = renameat(dirfd(dir), entry->d_name, top, up);
    }
    if (dir != NULL)
        closedir(dir);
    return rc == 0 ? unlinkat(top, name, AT_REMOVEDIR) : rc;
}

int scratch_remove(const char *path)
{
    unsigned long moved = 0;
    int rc = 0, entries = 1;
    while (rc == 0 && entries > 0) {
        DIR *dir = open_below(AT_FDCWD, path);
        const struct dirent *entry;
        if (dir == NULL)
            return -1;
        entries = 0;
        while (rc == 0 && (entry = readdir(dir)) != NULL) {
            if (is_dots(entry->d_name))
                continue;
            entries++;
            if (unlinkat(dirfd(dir), entry->d_name, 0) < 0)
                rc = empty(dirfd(dir), entry->d_name, &moved);
        }
        closedir(dir);
    }
    return rc == 0 ? rmdir(path) : rc;
}

/*
 * grade_kit - what a submission is built with, copied to where its sandbox can read it.
 *
 * The course may lie where a stranger's program, run as nobody, can't look: in a home directory,
 * for one. So header, helpers and library are copied beside the work. Nothing else is: not the
 * exercise's solutions, which lie not far from the rules.
 */
#include "grade_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy_bytes(int in, FILE *out)
{
    char bytes[16384];
    ssize_t n;
    while ((n = read(in, bytes, sizeof bytes)) > 0)
        if (fwrite(bytes, 1, (size_t)n, out) != (size_t)n)
            return -EIO;
    return n < 0 ? -errno : 0;
}

static int copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    FILE *out = in < 0 ? NULL : fopen(to, "wxe");
    int rc = out == NULL ? -errno : copy_bytes(in, out);
    if (out != NULL && fclose(out) != 0 && rc == 0)
        rc = -errno;
    if (in >= 0)
        close(in);
    return rc == 0 && chmod(to, 0644) < 0 ? -errno : rc;
}

int kit_make(struct course *kit, const struct course *course, struct rules *rules,
             const char *scratch)
{
    static const char *const directories[] = { "", "loop", "lessons", "build" };
    static const char *const files[] = { "loop/loop.h", "lessons/lesson.h", "lessons/guests.h",
                                         "lessons/tell.h" };
    char from[PATH_MAX], to[PATH_MAX];
    int rc = 0;
    *kit = (struct course){ .n = 0 };
    if ((size_t)snprintf(kit->root, PATH_MAX, "%s/kit/", scratch) >= PATH_MAX - 64)
        return -ENAMETOOLONG;
    course_path(kit, kit->build, "build/");
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        if (mkdir(course_path(kit, to, "%s", directories[i]), 0755) < 0)
            return -errno;
    for (size_t i = 0; i < sizeof files / sizeof *files && rc == 0; i++)
        rc = copy_file(course_path(course, from, "%s", files[i]),
                       course_path(kit, to, "%s", files[i]));
    if (rc == 0)
        rc = copy_file(course_built(course, from, "libloop.a"), course_built(kit, to, "libloop.a"));
    if (rc < 0 || !rules->has_guests)
        return rc;
    rc = copy_file(rules->path, course_path(kit, to, "rules"));
    char *path = strdup(to);
    if (rc < 0 || path == NULL) {
        free(path);
        return rc < 0 ? rc : -ENOMEM;
    }
    free(rules->path); /* the guests are read from the copy */
    rules->path = path;
    return 0;
}

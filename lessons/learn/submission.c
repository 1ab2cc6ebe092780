/*
 * submission - a folder walked, its file names understood.
 */
#include "submission.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 3 };

static bool ends_with(const char *text, size_t len, const char *end)
{
    size_t end_len = strlen(end);
    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The lesson that `name` (without .c) ends in, and where in it that begins; NULL: in none. */
static const struct lesson *lesson_at_end(const struct course *course, const char *name, size_t len,
                                          size_t *begins)
{
    for (size_t i = 0; i < course->n; i++) {
        const struct lesson *lesson = &course->lessons[i];
        char number[16];
        snprintf(number, sizeof number, "%02d", lesson->number);
        const char *end = ends_with(name, len, lesson->name) ? lesson->name : number;
        if (!ends_with(name, len, end))
            continue;
        *begins = len - strlen(end);
        if (*begins == 0 || !is_alnum(name[*begins - 1]))
            return lesson;
    }
    return NULL;
}

/* Doubles a list when it is full. */
static int grow(void *list, size_t n, size_t size)
{
    void **at = list;
    if (n != 0 && (n & (n - 1)) != 0)
        return 0;
    void *grown = realloc(*at, (n == 0 ? 1 : 2 * n) * size);
    if (grown == NULL)
        return -ENOMEM;
    *at = grown;
    return 0;
}

static int ignore(struct submissions *found, const char *path)
{
    if (grow(&found->ignored, found->n_ignored, sizeof *found->ignored) < 0 ||
        (found->ignored[found->n_ignored] = strdup(path)) == NULL)
        return -ENOMEM;
    found->n_ignored++;
    return 0;
}

/* `path` is `skip` bytes of the folder, then folders and a file's name. */
static int take_file(struct submissions *found, const struct course *course, const char *path,
                     size_t skip)
{
    size_t len = strlen(path), begins = 0;
    if (!ends_with(path, len, ".c"))
        return 0;
    const char *name = strrchr(path, '/') + 1;
    const struct lesson *lesson =
        lesson_at_end(course, name, len - 2 - (size_t)(name - path), &begins);
    if (lesson == NULL || !lesson->has_exercise)
        return ignore(found, path);
    if (grow(&found->at, found->n, sizeof *found->at) < 0)
        return -ENOMEM;
    struct submission *submission = &found->at[found->n];
    *submission = (struct submission){ strdup(path), NULL, lesson };
    size_t end = (size_t)(name - path) + begins;
    while (end > skip && strchr("-_. /", path[end - 1]) != NULL)
        end--;
    submission->student = strndup(path + skip, end - skip);
    found->n++;
    return submission->path == NULL || submission->student == NULL ? -ENOMEM : 0;
}

static int walk(struct submissions *found, const struct course *course, const char *folder,
                size_t skip, int depth)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return depth == 0 ? -errno : ignore(found, folder);
    const struct dirent *entry;
    int rc = 0;
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        char path[PATH_MAX];
        struct stat stat;
        if (entry->d_name[0] == '.' ||
            (size_t)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= sizeof path ||
            lstat(path, &stat) < 0)
            continue;
        if (S_ISDIR(stat.st_mode) && depth < DEEPEST)
            rc = walk(found, course, path, skip, depth + 1);
        else if (S_ISREG(stat.st_mode))
            rc = take_file(found, course, path, skip);
    }
    closedir(dir);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    const struct submission *one = a, *other = b;
    return strcmp(one->path, other->path);
}

int submissions_find(struct submissions *found, const struct course *course, const char *directory)
{
    char folder[PATH_MAX];
    *found = (struct submissions){ .n = 0 };
    if ((size_t)snprintf(folder, sizeof folder, "%s", directory) >= sizeof folder)
        return -ENAMETOOLONG;
    size_t len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/')
        folder[--len] = '\0';
    int rc = walk(found, course, folder, len + 1, 0);
    if (rc < 0)
        submissions_free(found);
    else if (found->n > 0)
        qsort(found->at, found->n, sizeof *found->at, by_path);
    return rc;
}

void submissions_free(struct submissions *found)
{
    for (size_t i = 0; i < found->n; i++) {
        free(found->at[i].path);
        free(found->at[i].student);
    }
    for (size_t i = 0; i < found->n_ignored; i++)
        free(found->ignored[i]);
    free(found->at);
    free(found->ignored);
    *found = (struct submissions){ .n = 0 };
}

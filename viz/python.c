/*
 * python.c - the module is looked for from where this program itself lies
 */
#include "python.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

/* Our own directory. Only Linux tells; elsewhere whoever wants Python sets PYTHONPATH. */
static bool own_directory(char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    char *slash;

    if (n <= 0 || (size_t)n >= size - 1)
        return false;
    path[n] = '\0';
    slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

char *python_path(void)
{
    static char const *const places[] = { "../lessons/python/loopscope",    /* build/ */
                                          "../../lessons/python/loopscope", /* build/asan/ */
                                          "../share/loopscope/python" };    /* installed */
    char const *set = getenv("PYTHONPATH");
    char own[PATH_MAX], path[2 * PATH_MAX], directory[PATH_MAX], *value;
    size_t size;

    if (!own_directory(own, sizeof(own)))
        return NULL;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s/sitecustomize.py", own, places[i]);
        if (access(path, R_OK) < 0)
            continue;
        *strrchr(path, '/') = '\0';
        if (!realpath(path, directory))
            return NULL;
        size = strlen(directory) + (set ? strlen(set) : 0) + 2;
        value = malloc(size);
        if (value)
            snprintf(value, size, "%s%s%s", directory, set && *set ? ":" : "", set ? set : "");
        return value;
    }
    return NULL;
}

/*
 * course - the tree found, its lessons listed.
 */
#include "course.h"

#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- paths ----------------------------------------------------------------------------------- */

static void join(char path[PATH_MAX], const char *base, const char *format, va_list args)
{
    int len = snprintf(path, PATH_MAX, "%s", base);
    int more = len < PATH_MAX ? vsnprintf(path + len, PATH_MAX - (size_t)len, format, args) : 0;
    if (len + more < PATH_MAX)
        return;
    fputs("learn: a path of this course is too long for the system: move it nearer to /\n", stderr);
    exit(2);
}

char *course_path(const struct course *course, char path[PATH_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    join(path, course->root, format, args);
    va_end(args);
    return path;
}

char *course_exercise(const struct course *course, char path[PATH_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    join(path, course->exercises, format, args);
    va_end(args);
    return path;
}

static char *path_of(char path[PATH_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static char *path_of(char path[PATH_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    join(path, "", format, args);
    va_end(args);
    return path;
}

char *course_built(const struct course *course, char path[PATH_MAX], const char *name)
{
    return path_of(path, "%s%s", course->build, name);
}

int course_make_exercises(const struct course *course)
{
    if (mkdir(course->exercises, 0777) == 0 || errno == EEXIST)
        return 0;
    fprintf(stderr,
            "learn: %s can't be made: %s\nLEARN_DIR=DIRECTORY in front of the command "
            "puts your exercises elsewhere.\n",
            course->exercises, strerror(errno));
    return -1;
}

/* ---- the tree -------------------------------------------------------------------------------- */

static bool is_root(const char *path)
{
    char inside[PATH_MAX];
    struct stat found;
    return stat(path_of(inside, "%slessons/checks", path), &found) == 0 && S_ISDIR(found.st_mode) &&
           access(path_of(inside, "%sloop/loop.h", path), R_OK) == 0;
}

/* The directory of this program, from the system or from the way it was called. */
static bool find_self(char path[PATH_MAX], const char *argv0)
{
    char found[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", found, sizeof found - 1);
    if (len > 0)
        found[len] = '\0';
    else if (strchr(argv0, '/') == NULL || realpath(argv0, found) == NULL)
        return false;
    char *slash = strrchr(found, '/');
    if (slash == NULL)
        return false;
    slash[1] = '\0';
    path_of(path, "%s", found);
    return true;
}

/* Takes `path` as the root, in its shortest form: "" for the current directory. */
static void take_root(struct course *course, const char *path)
{
    char here[PATH_MAX], there[PATH_MAX];
    bool known = realpath(*path == '\0' ? "." : path, there) != NULL && getcwd(here, sizeof here);
    if (known && strcmp(here, there) == 0)
        course->root[0] = '\0';
    else
        path_of(course->root, "%s%s", known ? there : path, known ? "/" : "");
}

/* build/learn has its root one above, build/asan/learn two. */
static bool find_root(struct course *course, const char *self)
{
    static const char *const above[] = { "../", "../../", "" };
    char path[PATH_MAX];
    for (size_t i = 0; self[0] != '\0' && i < 2; i++)
        if (is_root(path_of(path, "%s%s", self, above[i]))) {
            take_root(course, path);
            return true;
        }
    for (size_t i = 0; i < 3; i++)
        if (is_root(above[i])) {
            take_root(course, above[i]);
            return true;
        }
    return false;
}

/* Where `make` puts things: beside this program. As short as it goes when that is below the root. */
static void take_build(struct course *course, const char *self)
{
    char root[PATH_MAX], path[PATH_MAX];
    path_of(course->build, "%s", self);
    if (self[0] == '\0') {
        course_path(course, course->build, "build/");
    } else if (realpath(course->root[0] == '\0' ? "." : course->root, root) != NULL) {
        size_t len = strlen(root);
        if (strncmp(self, root, len) == 0 && self[len] == '/')
            path_of(course->build, "%s", course_path(course, path, "%s", self + len + 1));
    }
}

/* ---- the lessons ----------------------------------------------------------------------------- */

/* 05_cancellation.c */
static bool is_lesson(const char *name)
{
    size_t len = strlen(name);
    return len > 5 && len < LESSON_NAME + 2 && name[0] >= '0' && name[0] <= '9' && name[1] >= '0' &&
           name[1] <= '9' && name[2] == '_' && strcmp(name + len - 2, ".c") == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct lesson *)a)->name, ((const struct lesson *)b)->name);
}

static int list_lessons(struct course *course)
{
    char path[PATH_MAX];
    DIR *directory = opendir(course_path(course, path, "lessons"));
    if (directory == NULL)
        return -errno;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL && course->n < LESSONS_MAX) {
        if (!is_lesson(entry->d_name))
            continue;
        struct lesson *lesson = &course->lessons[course->n++];
        memcpy(lesson->name, entry->d_name, strlen(entry->d_name) - 2);
        lesson->number = (entry->d_name[0] - '0') * 10 + entry->d_name[1] - '0';
        course_path(course, path, "lessons/checks/%02d/rules", lesson->number);
        lesson->has_exercise = access(path, R_OK) == 0;
    }
    closedir(directory);
    qsort(course->lessons, course->n, sizeof *course->lessons, by_name);
    return 0;
}

int course_open(struct course *course, const char *argv0)
{
    char self[PATH_MAX] = "";
    const char *exercises = getenv("LEARN_DIR");
    *course = (struct course){ .n = 0 };
    bool known = find_self(self, argv0);
    if (!find_root(course, self)) {
        fprintf(stderr,
                "learn: the course (lessons/ and loop/) is neither above this program%s%s nor in "
                "the current directory.\nStart it as build/learn from where you built it.\n",
                known ? ", in " : "", self);
        return -1;
    }
    take_build(course, self);
    if (exercises != NULL && *exercises != '\0')
        path_of(course->exercises, "%s/", exercises);
    else
        course_path(course, course->exercises, "lessons/exercises/");
    int rc = list_lessons(course);
    if (rc < 0 || course->n == 0) {
        fprintf(stderr, "learn: %slessons has no lessons that can be read: %s\n", course->root,
                rc < 0 ? strerror(-rc) : "no NN_name.c in it");
        return -1;
    }
    return 0;
}

const struct lesson *course_number(const struct course *course, int number)
{
    for (size_t i = 0; i < course->n; i++)
        if (course->lessons[i].number == number)
            return &course->lessons[i];
    return NULL;
}

const struct lesson *course_lesson(const struct course *course, const char *word)
{
    char *end, shown[80];
    struct say say;
    long number = strtol(word, &end, 10);
    if (end != word && *end == '\0' && number > 0 && number <= LESSONS_MAX &&
        course_number(course, (int)number) != NULL)
        return course_number(course, (int)number);
    for (size_t i = 0; i < course->n; i++)
        if (strcmp(course->lessons[i].name, word) == 0)
            return &course->lessons[i];
    say_init(&say, shown, sizeof shown);
    say_clean(&say, slice_of(word), 40);
    fprintf(stderr, "learn: there is no lesson \"%s\"; there are", shown);
    for (size_t i = 0; i < course->n; i++)
        fprintf(stderr, " %02d", course->lessons[i].number);
    fputs(".\n", stderr);
    return NULL;
}

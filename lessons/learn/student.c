/*
 * student - the copy of start.c that a student works on.
 */
#include "student.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void student_paths(const struct course *course, const struct lesson *lesson,
                   struct student *student)
{
    course_exercise(course, student->source, "%s.c", lesson->name);
    course_exercise(course, student->program, ".%s", lesson->name);
    course_exercise(course, student->trace, "%s.jsonl", lesson->name);
}

static bool copy_bytes(FILE *in, FILE *out)
{
    char room[16384];
    size_t n;
    while ((n = fread(room, 1, sizeof room, in)) > 0)
        if (fwrite(room, 1, n, out) != n)
            return false;
    return !ferror(in) && fflush(out) == 0 && fsync(fileno(out)) == 0;
}

int file_copy(const char *from, const char *to)
{
    char fresh[PATH_MAX];
    if (snprintf(fresh, sizeof fresh, "%s.new", to) >= (int)sizeof fresh)
        return -1;
    FILE *in = fopen(from, "re"), *out = in == NULL ? NULL : fopen(fresh, "we");
    bool good = out != NULL && copy_bytes(in, out);
    int error = errno;
    if (in != NULL)
        fclose(in);
    if (out != NULL && fclose(out) != 0)
        good = false;
    if (good && rename(fresh, to) == 0)
        return 0;
    fprintf(stderr, "learn: %s can't be copied to %s: %s\n", from, to,
            strerror(good ? errno : error));
    unlink(fresh);
    return -1;
}

int student_open(const struct course *course, const struct lesson *lesson, struct student *student,
                 bool *made)
{
    char start[PATH_MAX];
    student_paths(course, lesson, student);
    *made = false;
    if (access(student->source, F_OK) == 0)
        return 0;
    if (course_make_exercises(course) < 0 ||
        file_copy(course_path(course, start, "lessons/checks/%02d/start.c", lesson->number),
                  student->source) < 0)
        return -1;
    *made = true;
    return 0;
}

/*
 * course - where the course lies, and its lessons.
 *
 *     struct course course;
 *     if (course_open(&course, argv[0]) < 0)
 *         return 2;                                    // said
 *     const struct lesson *lesson = course_lesson(&course, "5");     // 05, 05_cancellation too
 *     char path[PATH_MAX];
 *     course_path(&course, path, "lessons/checks/%02d/rules", lesson->number);
 *
 * The tree is found from the command's own path (build/learn: one or two above), else it is the
 * current directory or one above it. What a student makes lies in lessons/exercises/, or where
 * $LEARN_DIR says: NN_name.c, its trace NN_name.jsonl, its program .NN_name, and .progress.
 */
#ifndef LEARN_COURSE_H
#define LEARN_COURSE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { LESSONS_MAX = 99, LESSON_NAME = 64 };

struct lesson {
    int number;
    char name[LESSON_NAME]; /* 05_cancellation */
    bool has_exercise;      /* there is lessons/checks/05/rules */
};

struct course {
    char root[PATH_MAX];      /* "" when it is the current directory, else it ends with / */
    char build[PATH_MAX];     /* the build directory, ends with / */
    char exercises[PATH_MAX]; /* what the student makes; ends with / */
    struct lesson lessons[LESSONS_MAX];
    size_t n;
};

/* 0, or -1: said on stderr where the course was looked for. */
int course_open(struct course *course, const char *argv0);

/* By number or name. NULL: said on stderr what there is. */
const struct lesson *course_lesson(const struct course *course, const char *word);
/* By number, or NULL. */
const struct lesson *course_number(const struct course *course, int number);

/* Paths below the root, the build directory, and the student's. Answer `path`; a path that is too
 * long ends the program with words. */
char *course_path(const struct course *course, char path[PATH_MAX], const char *format, ...)
    __attribute__((format(printf, 3, 4)));
char *course_built(const struct course *course, char path[PATH_MAX], const char *name);
char *course_exercise(const struct course *course, char path[PATH_MAX], const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Makes the student's directory when it isn't there. 0, or -1: said. */
int course_make_exercises(const struct course *course);

#endif

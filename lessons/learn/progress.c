/*
 * progress - read line by line, healed, written by rename().
 */
#include "progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char first_line[] = "learn 1";

/* ---- reading --------------------------------------------------------------------------------- */

static bool two_digits(const char *text, int *number)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return false;
    *number = (text[0] - '0') * 10 + text[1] - '0';
    return *number > 0;
}

/* name=N, N of one digit. */
static bool takes_digit(const char *word, const char *name, int *value)
{
    size_t len = strlen(name);
    if (strncmp(word, name, len) != 0 || word[len] < '0' || word[len] > '9' ||
        word[len + 1] != '\0')
        return false;
    *value = word[len] - '0';
    return true;
}

static bool read_word(struct progress_of *of, const char *word)
{
    bool *flag = strcmp(word, "seen") == 0      ? &of->seen
                 : strcmp(word, "passed") == 0  ? &of->passed
                 : strcmp(word, "gave-up") == 0 ? &of->gave_up
                                                : NULL;
    if (flag != NULL)
        *flag = true;
    return flag != NULL || takes_digit(word, "hints=", &of->hints) ||
           takes_digit(word, "answer=", &of->answer);
}

/* False when it is no line of ours; nothing is then taken of it. */
static bool read_line(struct progress *progress, char *line)
{
    int number;
    if (strncmp(line, "at ", 3) == 0 && two_digits(line + 3, &number) && line[5] == '\0') {
        progress->at = number;
        return true;
    }
    if (!two_digits(line, &number) || line[2] != ' ')
        return false;
    struct progress_of of = { .answer = -1 };
    for (char *word = strtok(line + 3, " "); word != NULL; word = strtok(NULL, " "))
        if (!read_word(&of, word))
            return false;
    progress->lessons[number] = of;
    return true;
}

/* True when each line was one of ours. */
static bool read_lines(struct progress *progress, FILE *file)
{
    char line[256];
    bool good = fgets(line, sizeof line, file) != NULL &&
                strncmp(line, first_line, strlen(first_line)) == 0;
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL) {
        size_t len = strcspn(line, "\n");
        good &= line[len] == '\n' && strlen(line) == len + 1;
        line[len] = '\0';
        if (strcmp(line, first_line) != 0)
            good &= read_line(progress, line);
    }
    return good && !ferror(file);
}

static void heal(const struct course *course, const struct progress *progress)
{
    char path[PATH_MAX], aside[PATH_MAX];
    course_exercise(course, path, ".progress");
    course_exercise(course, aside, ".progress.damaged");
    fprintf(stderr, "learn: %s was damaged. What could be read of it is kept", path);
    if (rename(path, aside) == 0)
        fprintf(stderr, "; the damaged file is %s now", aside);
    fputs(".\n", stderr);
    progress_write(course, progress);
}

void progress_read(const struct course *course, struct progress *progress)
{
    char path[PATH_MAX];
    *progress = (struct progress){ .at = 0 };
    for (int i = 0; i <= LESSONS_MAX; i++)
        progress->lessons[i].answer = -1;
    FILE *file = fopen(course_exercise(course, path, ".progress"), "re");
    if (file == NULL) {
        if (errno != ENOENT && errno != ENOTDIR)
            fprintf(stderr, "learn: %s can't be read: %s\n", path, strerror(errno));
        return;
    }
    bool good = read_lines(progress, file);
    fclose(file);
    if (!good)
        heal(course, progress);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_lesson(FILE *file, int number, const struct progress_of *of)
{
    if (!of->seen && !of->passed && !of->gave_up && of->hints == 0 && of->answer < 0)
        return;
    fprintf(file, "%02d", number);
    fputs(of->seen ? " seen" : "", file);
    fputs(of->passed ? " passed" : "", file);
    fputs(of->gave_up ? " gave-up" : "", file);
    if (of->hints > 0)
        fprintf(file, " hints=%d", of->hints);
    if (of->answer >= 0)
        fprintf(file, " answer=%d", of->answer);
    fputc('\n', file);
}

int progress_write(const struct course *course, const struct progress *progress)
{
    char path[PATH_MAX], fresh[PATH_MAX];
    course_exercise(course, path, ".progress");
    course_exercise(course, fresh, ".progress.%ld", (long)getpid());
    if (course_make_exercises(course) < 0)
        return -1;
    FILE *file = fopen(fresh, "we");
    bool good = file != NULL;
    if (good) {
        fprintf(file, "%s\n", first_line);
        if (progress->at > 0)
            fprintf(file, "at %02d\n", progress->at);
        for (int i = 1; i <= LESSONS_MAX; i++)
            write_lesson(file, i, &progress->lessons[i]);
        good = fflush(file) == 0 && fsync(fileno(file)) == 0;
        good &= fclose(file) == 0;
    }
    if (good && rename(fresh, path) == 0)
        return 0;
    fprintf(stderr, "learn: your progress can't be kept in %s: %s\n", path, strerror(errno));
    unlink(fresh);
    return -1;
}

const struct lesson *progress_at_hand(const struct course *course, const struct progress *progress)
{
    const struct lesson *lesson = progress->at > 0 ? course_number(course, progress->at) : NULL;
    for (size_t i = 0; lesson == NULL && i < course->n; i++)
        if (!progress->lessons[course->lessons[i].number].passed)
            lesson = &course->lessons[i];
    return lesson != NULL ? lesson : &course->lessons[course->n - 1];
}

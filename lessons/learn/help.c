/*
 * help - what helps with an exercise: hint, reset, solution, diff.
 */
#include "command.h"
#include "student.h"
#include "tell.h"
#include "terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What each of these begins with: the lesson and its rules. 0, or -1: said. */
static int begin(const struct command *command, const struct flag *flags, struct course *course,
                 int argc, char **argv, struct progress *progress, const struct lesson **lesson,
                 struct rules *rules)
{
    int words = command_words(command, flags, 1, argc, argv);
    if (words < 0)
        return -1;
    *lesson = command_lesson(course, progress, words == 0 ? NULL : argv[0]);
    return *lesson == NULL ? -1 : command_rules(course, *lesson, rules);
}

static const struct flag no_flags[] = { { NULL, NULL, NULL } };

/* ---- hint ------------------------------------------------------------------------------------ */

int hint_command(const struct command *command, struct course *course, int argc, char **argv)
{
    struct progress progress;
    const struct lesson *lesson;
    struct rules rules;
    if (begin(command, no_flags, course, argc, argv, &progress, &lesson, &rules) < 0)
        return USAGE_WRONG;
    struct progress_of *of = &progress.lessons[lesson->number];
    int n = (int)rules.hints.n < 9 ? (int)rules.hints.n : 9, before = of->hints;
    of->hints = before < n ? before + 1 : n;
    for (int i = 0; i < of->hints; i++) {
        printf("Hint %d of %d: ", i + 1, n);
        text_print(stdout, slice_of(rules.hints.at[i]), false);
        putchar('\n');
    }
    if (before == of->hints)
        puts(n == 0 ? "This exercise has no hints." : "That is all there are.");
    else
        progress_write(course, &progress);
    rules_free(&rules);
    return PASSED;
}

/* ---- reset ----------------------------------------------------------------------------------- */

/* Puts the student's file aside under the first free number. 0, or -1: said. */
static int back_up(const struct student *student, char backup[PATH_MAX + 16])
{
    for (int i = 1; i < 1000; i++) {
        snprintf(backup, PATH_MAX + 16, "%s.%d", student->source, i);
        if (link(student->source, backup) == 0)
            return unlink(student->source);
        if (errno != EEXIST)
            break;
    }
    /* A file system without links: a copy does too. */
    if (access(backup, F_OK) != 0 && file_copy(student->source, backup) == 0)
        return unlink(student->source);
    fprintf(stderr, "learn: no backup of %s can be made\n", student->source);
    return -1;
}

int reset_command(const struct command *command, struct course *course, int argc, char **argv)
{
    struct progress progress;
    const struct lesson *lesson;
    struct rules rules;
    struct student student;
    char question[PATH_MAX + 80], backup[PATH_MAX + 16];
    bool made;
    if (begin(command, no_flags, course, argc, argv, &progress, &lesson, &rules) < 0)
        return USAGE_WRONG;
    rules_free(&rules);
    if (student_open(course, lesson, &student, &made) < 0)
        return FAILED;
    if (made) {
        printf("%s is as at the start: it was made just now.\n", student.source);
        return PASSED;
    }
    snprintf(question, sizeof question, "Begin %s anew? Yours is kept as a backup.",
             student.source);
    if (!command_asks(question)) {
        puts("Nothing was changed.");
        return FAILED;
    }
    if (back_up(&student, backup) < 0 || student_open(course, lesson, &student, &made) < 0)
        return FAILED;
    printf("%s is as at the start; yours is %s now.\n", student.source, backup);
    return PASSED;
}

/* ---- solution -------------------------------------------------------------------------------- */

static int print_file(const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "learn: %s can't be read: %s\n", path, strerror(errno));
        return -1;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        size_t len = strcspn(line, "\n");
        text_print(stdout, (struct slice){ line, len }, false);
        if (line[len] == '\n')
            putchar('\n');
    }
    fclose(file);
    return 0;
}

int solution_command(const struct command *command, struct course *course, int argc, char **argv)
{
    bool give_up = false;
    const struct flag flags[] = { { "--give-up", &give_up, NULL }, { NULL, NULL, NULL } };
    struct progress progress;
    const struct lesson *lesson;
    struct rules rules;
    char path[PATH_MAX];
    if (begin(command, flags, course, argc, argv, &progress, &lesson, &rules) < 0)
        return USAGE_WRONG;
    rules_free(&rules);
    struct progress_of *of = &progress.lessons[lesson->number];
    if (!of->passed && !of->gave_up && !give_up) {
        printf("Exercise %02d isn't passed yet. `%s hint` helps; `%s solution --give-up` shows the "
               "solution all the same.\n",
               lesson->number, course_built(course, path, "learn"), path);
        return FAILED;
    }
    if (!of->passed && !of->gave_up) {
        if (!command_asks("See the solution before you have found your own?")) {
            puts("Good. Go on!");
            return FAILED;
        }
        of->gave_up = true;
        progress_write(course, &progress);
    }
    course_path(course, path, "lessons/checks/%02d/right_1.c", lesson->number);
    if (print_file(path) < 0)
        return FAILED;
    course_path(course, path, "lessons/checks/%02d/right_2.c", lesson->number);
    if (access(path, R_OK) == 0)
        printf("\nAnother way: %s\n", path);
    return PASSED;
}

/* ---- diff ------------------------------------------------------------------------------------ */

/* Builds and runs a program for its trace alone. 0, or -1: said. */
static int leave_trace(const struct course *course, const struct rules *rules,
                       const struct entry *entry)
{
    struct trial trial;
    exercise_try(course, rules, entry, &trial);
    bool ran = trial.stage == TRIAL_JUDGED;
    if (!ran)
        tell_trial(stderr, course, entry, rules, &trial);
    trial_free(&trial);
    return ran ? 0 : -1;
}

int diff_command(const struct command *command, struct course *course, int argc, char **argv)
{
    struct progress progress;
    const struct lesson *lesson;
    struct rules rules;
    struct student student;
    char source[PATH_MAX], program[PATH_MAX], trace[PATH_MAX], viewer[PATH_MAX];
    bool made;
    if (begin(command, no_flags, course, argc, argv, &progress, &lesson, &rules) < 0)
        return USAGE_WRONG;
    course_path(course, source, "lessons/checks/%02d/right_1.c", lesson->number);
    course_exercise(course, program, ".%s.reference", lesson->name);
    course_exercise(course, trace, ".%s.reference.jsonl", lesson->name);
    int rc = student_open(course, lesson, &student, &made);
    if (rc == 0)
        rc = leave_trace(course, &rules,
                         &(struct entry){ .source = student.source,
                                          .program = student.program,
                                          .trace = student.trace });
    if (rc == 0)
        rc = leave_trace(course, &rules,
                         &(struct entry){ .source = source, .program = program, .trace = trace });
    rules_free(&rules);
    if (rc < 0)
        return FAILED;
    int status = terminal_run((const char *const[]){ course_built(course, viewer, "loopscope"),
                                                     "replay", student.trace, trace, NULL });
    return status == 0 ? PASSED : FAILED;
}

/*
 * check - a student's exercise built, run and judged: learn check, learn watch.
 */
#include "command.h"
#include "student.h"
#include "tell.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* One key shows the event where the first rule failed. */
static void offer_view(const struct course *course, const struct student *student,
                       const struct verdict *verdict)
{
    char viewer[PATH_MAX], event[32];
    if (verdict == NULL || !verdict->any || !terminal_is_there())
        return;
    printf("\nv shows event %llu in the viewer; any other key goes on. ",
           (unsigned long long)verdict->n);
    char key = terminal_key();
    putchar('\n');
    snprintf(event, sizeof event, "%llu", (unsigned long long)verdict->n);
    if (key == 'v' || key == 'V')
        terminal_run((const char *const[]){ course_built(course, viewer, "loopscope"), "replay",
                                            student->trace, "--event", event, NULL });
}

static void tell_head(const struct lesson *lesson, const struct rules *rules,
                      const struct student *student, bool made)
{
    printf("Exercise %02d: %s\n", lesson->number, rules->title);
    if (!made)
        return;
    for (size_t i = 0; i < rules->task.n; i++)
        printf("  %s\n", rules->task.at[i]);
    printf("Your copy is %s: it was made just now, and is yours to change.\n", student->source);
}

static void tell_end(const struct course *course, const struct progress_of *of, bool passed)
{
    char self[PATH_MAX];
    course_built(course, self, "learn");
    if (passed)
        printf("\nAll rules hold: passed. `%s next` goes on; `%s solution` shows another way.\n",
               self, self);
    else
        printf("\nNot yet. `%s hint` helps%s.\n", self, of->hints == 0 ? "" : " once more");
}

/* Tries the exercise once and tells what came of it. */
static int check_once(struct course *course, const struct lesson *lesson, struct progress *progress,
                      const struct student *student, const struct rules *rules, bool asks)
{
    struct progress_of *of = &progress->lessons[lesson->number];
    struct entry entry = { .source = student->source,
                           .program = student->program,
                           .trace = student->trace };
    struct trial trial;
    exercise_try(course, rules, &entry, &trial);
    bool passed = trial_passed(&trial);
    tell_trial(stdout, course, &entry, rules, &trial);
    if (passed && !of->passed) {
        of->passed = true;
        progress_write(course, progress);
    }
    tell_end(course, of, passed);
    if (asks)
        offer_view(course, student, trial_failure(&trial));
    trial_free(&trial);
    return passed ? PASSED : FAILED;
}

/* What both commands begin with. 0, or -1: said. */
static int begin(const struct command *command, struct course *course, int argc, char **argv,
                 struct progress *progress, const struct lesson **lesson, struct rules *rules,
                 struct student *student)
{
    bool made;
    const struct flag flags[] = { { NULL, NULL, NULL } };
    int words = command_words(command, flags, 1, argc, argv);
    if (words < 0)
        return -1;
    *lesson = command_lesson(course, progress, words == 0 ? NULL : argv[0]);
    if (*lesson == NULL || command_rules(course, *lesson, rules) < 0)
        return -1;
    if (student_open(course, *lesson, student, &made) < 0) {
        rules_free(rules);
        return -1;
    }
    tell_head(*lesson, rules, student, made);
    return 0;
}

int check_command(const struct command *command, struct course *course, int argc, char **argv)
{
    struct progress progress;
    const struct lesson *lesson;
    struct rules rules;
    struct student student;
    if (begin(command, course, argc, argv, &progress, &lesson, &rules, &student) < 0)
        return USAGE_WRONG;
    int status = check_once(course, lesson, &progress, &student, &rules, true);
    rules_free(&rules);
    return status;
}

/* ---- watch ----------------------------------------------------------------------------------- */

/* A file's contents have changed when one of these has. */
struct mark {
    struct timespec changed;
    off_t size;
    ino_t inode;
};

static struct mark mark_of(const char *path)
{
    struct stat found;
    struct mark mark = { .size = -1 };
    if (stat(path, &found) < 0)
        return mark;
#ifdef __APPLE__
    mark.changed = found.st_mtimespec;
#else
    mark.changed = found.st_mtim;
#endif
    mark.size = found.st_size;
    mark.inode = found.st_ino;
    return mark;
}

static bool is_same(const struct mark *a, const struct mark *b)
{
    return a->size == b->size && a->inode == b->inode && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Until it is there and differs. An editor may take it away for a moment. */
static void wait_for_change(const char *path, const struct mark *before)
{
    const struct timespec a_little = { .tv_nsec = 200000000 };
    struct mark now;
    do {
        nanosleep(&a_little, NULL);
        now = mark_of(path);
    } while (now.size < 0 || is_same(&now, before));
}

/* Until Ctrl-C, which ends this program as any other. */
int watch_command(const struct command *command, struct course *course, int argc, char **argv)
{
    struct progress progress;
    const struct lesson *lesson;
    struct rules rules;
    struct student student;
    if (begin(command, course, argc, argv, &progress, &lesson, &rules, &student) < 0)
        return USAGE_WRONG;
    while (true) {
        struct mark before = mark_of(student.source);
        check_once(course, lesson, &progress, &student, &rules, false);
        printf("\nWaiting for you to save %s; Ctrl-C ends this.\n", student.source);
        fflush(stdout);
        wait_for_change(student.source, &before);
        printf("\n%s was saved.\n", student.source);
    }
}

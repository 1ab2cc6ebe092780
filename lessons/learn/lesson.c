/*
 * lesson - learn and learn NN: where you are, and a lesson opened.
 */
#include "command.h"
#include "lines.h"
#include "pages.h"
#include "terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- learn ----------------------------------------------------------------------------------- */

/* "05_cancellation" as words. */
static void print_name(const struct lesson *lesson)
{
    int len = 0;
    for (const char *at = lesson->name + 3; *at != '\0'; at++, len++)
        putchar(*at == '_' ? ' ' : *at);
    printf("%*s", len < 18 ? 18 - len : 1, "");
}

/* The exercise's title; of a rules file that doesn't read, nothing: it isn't its turn. */
static void print_title(const struct course *course, const struct lesson *lesson)
{
    char path[PATH_MAX], fault[RULES_FAULT];
    struct rules rules;
    if (!lesson->has_exercise)
        return;
    course_path(course, path, "lessons/checks/%02d/rules", lesson->number);
    if (rules_read(&rules, path, fault) < 0)
        return;
    text_print(stdout, slice_of(rules.title), false);
    rules_free(&rules);
}

static void print_lesson(const struct course *course, const struct progress *progress,
                         const struct lesson *lesson, bool at_hand)
{
    const struct progress_of *of = &progress->lessons[lesson->number];
    printf(" %s %02d  ", at_hand ? ">" : " ", lesson->number);
    print_name(lesson);
    printf("%-5s %-8s ", of->seen ? "seen" : "-",
           of->passed    ? "passed"
           : of->gave_up ? "gave up"
                         : "-");
    print_title(course, lesson);
    putchar('\n');
}

static void print_next(const struct course *course, const struct progress *progress,
                       const struct lesson *lesson)
{
    const struct progress_of *of = &progress->lessons[lesson->number];
    char self[PATH_MAX];
    course_built(course, self, "learn");
    if (!of->seen)
        printf("Next: read chapter %02d of %sLESSONS.md up to Predict, and write your answer down; "
               "then\n    %s %02d\n",
               lesson->number, course->root, self, lesson->number);
    else if (lesson->has_exercise && !of->passed)
        printf("Next: the exercise.\n    %s check %02d\n", self, lesson->number);
    else if (lesson->number < course->lessons[course->n - 1].number)
        printf("Next: the next lesson, when you like.\n    %s next\n", self);
    else
        puts("That was the last lesson.");
}

int where_command(const struct command *command, struct course *course, int argc, char **argv)
{
    struct progress progress;
    (void)command;
    (void)argc;
    (void)argv;
    progress_read(course, &progress);
    const struct lesson *at_hand = progress_at_hand(course, &progress);
    puts("     lesson              seen  exercise");
    for (size_t i = 0; i < course->n; i++)
        print_lesson(course, &progress, &course->lessons[i], &course->lessons[i] == at_hand);
    putchar('\n');
    print_next(course, &progress, at_hand);
    return PASSED;
}

/* ---- next ------------------------------------------------------------------------------------ */

int next_command(const struct command *command, struct course *course, int argc, char **argv)
{
    const struct flag flags[] = { { NULL, NULL, NULL } };
    struct progress progress;
    if (command_words(command, flags, 0, argc, argv) < 0)
        return USAGE_WRONG;
    progress_read(course, &progress);
    const struct lesson *lesson = progress_at_hand(course, &progress);
    const struct progress_of *of = &progress.lessons[lesson->number];
    if (lesson == &course->lessons[course->n - 1]) {
        puts("This is the last lesson.");
        return PASSED;
    }
    if (lesson->has_exercise && !of->passed)
        printf("Exercise %02d waits for you: nothing of it is lost.\n", lesson->number);
    lesson++;
    progress.at = lesson->number;
    if (progress_write(course, &progress) < 0)
        return FAILED;
    print_lesson(course, &progress, lesson, true);
    print_next(course, &progress, lesson);
    return PASSED;
}

/* ---- learn NN -------------------------------------------------------------------------------- */

enum { LESSON_ARGUMENTS = 8, ARGUMENT_SIZE = 64 };

/* The arguments of the recorded run: they make a lesson show what its chapter tells. */
static int recorded_arguments(const char *trace, char words[LESSON_ARGUMENTS][ARGUMENT_SIZE])
{
    struct pages pages;
    struct field item;
    int n = 0;
    if (pages_open(&pages, trace) < 0)
        return 0;
    if (pages_next(&pages) > 0 && pages.event.kind == EV_TRACE_HEAD) {
        struct items items = event_items(&pages.event, "argv");
        bool program = true;
        for (; n < LESSON_ARGUMENTS && items_next(&items, &item); program = false)
            if (!program)
                snprintf(words[n++], ARGUMENT_SIZE, "%.*s", (int)item.value.len, item.value.at);
    }
    pages_close(&pages);
    return n;
}

/* Builds the lesson when it isn't there. 0, or -1: said. */
static int build_lesson(const struct course *course, const char *program)
{
    if (access(program, X_OK) == 0)
        return 0;
    fprintf(stderr, "learn: %s isn't built yet: make builds it.\n", program);
    terminal_run((const char *const[]){
        "make", "-s", "-C", course->root[0] == '\0' ? "." : course->root, "all", NULL });
    if (access(program, X_OK) == 0)
        return 0;
    fprintf(stderr, "learn: %s still isn't there: %s\n", program, strerror(errno));
    return -1;
}

/* Live, in the viewer. */
static int open_viewer(const struct course *course, const struct lesson *lesson, const char *trace)
{
    char viewer[PATH_MAX], program[PATH_MAX], name[LESSON_NAME + 16];
    char words[LESSON_ARGUMENTS][ARGUMENT_SIZE];
    const char *argv[LESSON_ARGUMENTS + 4] = { course_built(course, viewer, "loopscope"), "run" };
    snprintf(name, sizeof name, "lessons/%s", lesson->name);
    if (build_lesson(course, course_built(course, program, name)) < 0)
        return FAILED;
    argv[2] = program;
    int n = recorded_arguments(trace, words);
    for (int i = 0; i < n; i++)
        argv[3 + i] = words[i];
    int status = terminal_run(argv);
    return status == 0 || status == 128 + 2 ? PASSED : FAILED;
}

static int open_lines(const struct lesson *lesson, const char *trace, struct progress_of *of)
{
    printf("Lesson %02d, as it was recorded. Times are seconds.\n\n", lesson->number);
    int rc = lines_play(trace, isatty(STDIN_FILENO), &of->answer);
    if (rc == 0)
        return PASSED;
    fprintf(stderr, "learn: %s can't be read: %s\n%s", trace, strerror(-rc),
            rc == -ENOENT ? "`make traces` records it.\n" : "");
    return FAILED;
}

int lesson_command(const struct command *command, struct course *course, int argc, char **argv)
{
    bool lines = false;
    const struct flag flags[] = { { "--lines", &lines, NULL }, { NULL, NULL, NULL } };
    struct progress progress;
    char trace[PATH_MAX];
    int words = command_words(command, flags, 1, argc, argv);
    if (words < 0)
        return USAGE_WRONG;
    const struct lesson *lesson = command_lesson(course, &progress, words == 0 ? NULL : argv[0]);
    if (lesson == NULL)
        return USAGE_WRONG;
    struct progress_of *of = &progress.lessons[lesson->number], before = *of;
    course_path(course, trace, "lessons/traces/%s.jsonl", lesson->name);
    int status = lines || !terminal_is_there() ? open_lines(lesson, trace, of)
                                               : open_viewer(course, lesson, trace);
    of->seen |= status == PASSED;
    if ((of->seen != before.seen || of->answer != before.answer) &&
        progress_write(course, &progress) < 0)
        return FAILED;
    if (status == PASSED)
        print_next(course, &progress, lesson);
    return status;
}

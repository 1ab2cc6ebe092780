/*
 * command - options, lessons, questions.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

int command_wrong(const struct command *command, const char *what, const char *about)
{
    fprintf(stderr, "learn %s: %s%s", command->name, what, about[0] != '\0' ? ": " : "");
    text_print(stderr, slice_of(about), false);
    fprintf(stderr, "\nTry `learn %s --help`.\n", command->name);
    return USAGE_WRONG;
}

/* How many words of argv the flag at argv[at] takes; 0: it is none. */
static int take_flag(const struct flag *flags, int argc, char **argv, int at)
{
    for (; flags->name != NULL; flags++) {
        size_t len = strlen(flags->name);
        if (strncmp(argv[at], flags->name, len) != 0)
            continue;
        if (flags->set != NULL && argv[at][len] == '\0') {
            *flags->set = true;
            return 1;
        }
        if (flags->value != NULL && argv[at][len] == '=') {
            *flags->value = argv[at] + len + 1;
            return 1;
        }
        if (flags->value != NULL && argv[at][len] == '\0' && at + 1 < argc) {
            *flags->value = argv[at + 1];
            return 2;
        }
    }
    return 0;
}

int command_words(const struct command *command, const struct flag *flags, int most, int argc,
                  char **argv)
{
    int words = 0;
    for (int at = 0; at < argc;) {
        if (argv[at][0] != '-') {
            argv[words++] = argv[at++];
            continue;
        }
        int took = take_flag(flags, argc, argv, at);
        if (took == 0) {
            command_wrong(command, "no such option, or its value is missing", argv[at]);
            return -1;
        }
        at += took;
    }
    if (words > most) {
        command_wrong(command, "there is a word too many", argv[most]);
        return -1;
    }
    return words;
}

const struct lesson *command_lesson(const struct course *course, struct progress *progress,
                                    const char *word)
{
    progress_read(course, progress);
    const struct lesson *lesson =
        word == NULL ? progress_at_hand(course, progress) : course_lesson(course, word);
    if (lesson != NULL && progress->at != lesson->number) {
        progress->at = lesson->number;
        progress_write(course, progress);
    }
    return lesson;
}

int command_rules(const struct course *course, const struct lesson *lesson, struct rules *rules)
{
    char path[PATH_MAX], fault[RULES_FAULT];
    if (!lesson->has_exercise) {
        fprintf(stderr, "learn: lesson %02d has no exercise: there is no %s\n", lesson->number,
                course_path(course, path, "lessons/checks/%02d/rules", lesson->number));
        return -1;
    }
    course_path(course, path, "lessons/checks/%02d/rules", lesson->number);
    if (rules_read(rules, path, fault) == 0)
        return 0;
    fprintf(stderr, "learn: %s\n", fault);
    return -1;
}

bool command_asks(const char *question)
{
    char line[64];
    printf("%s [y/N] ", question);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) {
        putchar('\n');
        return false;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return strcmp(line, "y") == 0 || strcmp(line, "Y") == 0 || strcmp(line, "yes") == 0;
}

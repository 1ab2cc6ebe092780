/*
 * options - flags and values, `--name value` or `--name=value`; the first `--` ends them.
 */
#include "options.h"

#include <stdio.h>
#include <string.h>

int usage_error(const struct command *command, const char *what, const char *about)
{
    fprintf(stderr, "loopscope %s: %s%s%s\nTry `loopscope %s --help`.\n", command->name, what,
            about[0] != '\0' ? ": " : "", about, command->name);
    return USAGE;
}

/* Takes argv[at] as one of the options; answers how many words it was (0: no option of ours). */
static int take_option(const struct option *options, int argc, char **argv, int at)
{
    for (const struct option *option = options; option->name != NULL; option++) {
        size_t len = strlen(option->name);
        if (strncmp(argv[at], option->name, len) != 0)
            continue;
        bool again = option[1].name != NULL && strcmp(option->name, option[1].name) == 0;
        if (again && *option->value != NULL)
            continue; /* given before: the next entry takes it */
        if (option->flag != NULL && argv[at][len] == '\0') {
            *option->flag = true;
            return 1;
        }
        if (option->value != NULL && argv[at][len] == '=') {
            *option->value = argv[at] + len + 1;
            return 1;
        }
        if (option->value != NULL && argv[at][len] == '\0' && at + 1 < argc) {
            *option->value = argv[at + 1];
            return 2;
        }
    }
    return 0;
}

int take_options(const struct command *command, const struct option *options, bool leading,
                 int argc, char **argv, int *n_words)
{
    int at = 0;
    *n_words = 0;
    while (at < argc) {
        const char *word = argv[at];
        if (word[0] != '-' || word[1] == '\0') {
            if (leading)
                break;
            argv[(*n_words)++] = argv[at++];
            continue;
        }
        if (strcmp(word, "--") == 0) {
            at++;
            break;
        }
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            fputs(command->usage, stdout);
            return GOOD;
        }
        if (strcmp(word, "--version") == 0) {
            puts("loopscope " LOOPSCOPE_VERSION);
            return GOOD;
        }
        int took = take_option(options, argc, argv, at);
        if (took == 0)
            return usage_error(command, "no such option, or its value is missing", word);
        at += took;
    }
    while (at < argc)
        argv[(*n_words)++] = argv[at++];
    argv[*n_words] = NULL;
    return -1;
}

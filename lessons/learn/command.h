/*
 * command - what the commands of learn share: the table's entry, options, the lesson that is meant.
 */
#ifndef LEARN_COMMAND_H
#define LEARN_COMMAND_H

#include "progress.h"
#include "rules.h"

/* Exit statuses: passed, failed, wrong usage (or a course that can't be used). */
enum { PASSED, FAILED, USAGE_WRONG };

struct command {
    const char *name;
    const char *usage;
    int (*run)(const struct command *command, struct course *course, int argc, char **argv);
};

/* A flag (value NULL) or an option with a value; the table ends with a NULL name. */
struct flag {
    const char *name;
    bool *set;
    const char **value;
};

/* Says what is wrong, on what. Answers USAGE_WRONG. */
int command_wrong(const struct command *command, const char *what, const char *about);
/*
 * Takes the flags out of argv; words stay, in order. How many words, or -1: said. More than `most`
 * words are wrong.
 */
int command_words(const struct command *command, const struct flag *flags, int most, int argc,
                  char **argv);
/*
 * The lesson that the word names, or without one the lesson at hand; it is the one at hand from then
 * on. NULL: said.
 */
const struct lesson *command_lesson(const struct course *course, struct progress *progress,
                                    const char *word);
/* The rules of its exercise. 0, or -1: said. */
int command_rules(const struct course *course, const struct lesson *lesson, struct rules *rules);

/* Asks on the terminal or standard input; true only for y or yes. */
bool command_asks(const char *question);

int check_command(const struct command *command, struct course *course, int argc, char **argv);
int watch_command(const struct command *command, struct course *course, int argc, char **argv);
int hint_command(const struct command *command, struct course *course, int argc, char **argv);
int reset_command(const struct command *command, struct course *course, int argc, char **argv);
int solution_command(const struct command *command, struct course *course, int argc, char **argv);
int diff_command(const struct command *command, struct course *course, int argc, char **argv);
int next_command(const struct command *command, struct course *course, int argc, char **argv);
int prove_command(const struct command *command, struct course *course, int argc, char **argv);
int lesson_command(const struct command *command, struct course *course, int argc, char **argv);
int where_command(const struct command *command, struct course *course, int argc, char **argv);

#endif

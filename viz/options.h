/*
 * options - the words of a command line.
 *
 *      bool ascii = false;
 *      const struct option options[] = { { "--ascii", &ascii, NULL }, { NULL, NULL, NULL } };
 *      int status = take_options(command, options, false, argc, argv, &n_words);
 *      if (status >= 0)
 *          return status;          // --help, --version, or wrong usage (said)
 */
#ifndef VIZ_OPTIONS_H
#define VIZ_OPTIONS_H

#include <stdbool.h>

#define LOOPSCOPE_VERSION "0.1"

/* Exit statuses. */
enum { GOOD, AT_FAULT, USAGE };

/* One option: a flag, or one with a value. Listed twice, it can be given twice. */
struct option {
    const char *name;
    bool *flag;
    const char **value;
};

struct command {
    const char *name;
    const char *usage; /* with its options explained */
    int (*run)(const struct command *command, int argc, char **argv);
};

/* Says what is wrong with the usage; answers USAGE. */
int usage_error(const struct command *command, const char *what, const char *about);

/*
 * Reads options; words that are none are moved to the front of argv and counted in *n_words. With
 * `leading`, the first word ends them: what follows belongs to somebody else. -1 to go on, or the
 * exit status.
 */
int take_options(const struct command *command, const struct option *options, bool leading,
                 int argc, char **argv, int *n_words);

#endif

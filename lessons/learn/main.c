/*
 * learn - the course, one command at a time.
 *
 * Each command is a function of what is left of argv (command.h). Exit status: 0 passed, 1 failed,
 * 2 wrong usage, or a course that can't be used.
 */
#include "command.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
    { "check",
      "learn check [NN]\n"
      "\n"
      "Builds your exercise, runs it under the virtual clock, and judges its trace by the rules "
      "in\n"
      "lessons/checks/NN/rules. Each rule that doesn't hold is told with the event where it "
      "failed,\n"
      "what was expected there, what was seen, and the source line. Without NN: the exercise at "
      "hand.\n"
      "Exit status: 0 all rules hold, 1 not, 2 wrong usage.\n",
      check_command },
    { "watch",
      "learn watch [NN]\n"
      "\n"
      "As learn check, and again each time that you save your exercise, until Ctrl-C.\n",
      watch_command },
    { "prove",
      "learn prove [NN...]\n"
      "\n"
      "For whoever writes exercises: each start.c must build without a warning and fail, each\n"
      "right_*.c pass, each wrong_*.c be rejected, and of the lesson's question exactly the right\n"
      "choice's statements hold on lessons/traces/NN_name.jsonl. Prints a line a check: ok, not "
      "ok.\n",
      prove_command },
};

static const char about_all[] =
    "learn takes you through the course: predict, run, look, change, repair.\n"
    "\n"
    "  learn check [NN]         build and judge your exercise\n"
    "  learn watch [NN]         the same each time that you save it\n"
    "  learn prove [NN...]      for writers of exercises: hold them to their word\n"
    "\n"
    "NN is a lesson's number or name: 5, 05, 05_cancellation. Each command takes --help.\n"
    "Exit status: 0 passed, 1 failed, 2 wrong usage.\n";

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fputs("learn: standard output can't be written\n", stderr);
    return status == PASSED ? FAILED : status;
}

int main(int argc, char **argv)
{
    static struct course course;
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* times have points */
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        fputs(about_all, stdout);
        return finish(argc < 2 ? USAGE_WRONG : PASSED);
    }
    const struct command *command = find(argv[1]);
    if (command == NULL) {
        fputs("learn: there is no command \"", stderr);
        text_print(stderr, slice_of(argv[1]), false);
        fputs("\".\nTry `learn --help`.\n", stderr);
        return USAGE_WRONG;
    }
    if (asks_for_help(argc - 2, argv + 2)) {
        fputs(command->usage, stdout);
        return finish(PASSED);
    }
    if (course_open(&course, argv[0]) < 0)
        return USAGE_WRONG;
    return finish(command->run(command, &course, argc - 2, argv + 2));
}

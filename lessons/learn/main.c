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
      "what was expected there, what was seen, and the source line; on a terminal the key v shows "
      "that\n"
      "event in the viewer. Your copy of the exercise is made when there is none yet.\n"
      "Without NN: the exercise at hand. Exit status: 0 all rules hold, 1 not, 2 wrong usage.\n",
      check_command },
    { "watch",
      "learn watch [NN]\n"
      "\n"
      "As learn check, and again each time that you save your exercise, until Ctrl-C.\n",
      watch_command },
    { "hint",
      "learn hint [NN]\n"
      "\n"
      "Shows one more of the exercise's three hints each time.\n",
      hint_command },
    { "reset",
      "learn reset [NN]\n"
      "\n"
      "Begins an exercise anew. Asks first, and keeps yours as a backup beside it.\n",
      reset_command },
    { "solution",
      "learn solution [--give-up] [NN]\n"
      "\n"
      "Shows a solution, once you have passed, or given up (it asks).\n",
      solution_command },
    { "diff",
      "learn diff [NN]\n"
      "\n"
      "Runs your exercise and a right one, and compares their traces in the viewer: = goes to "
      "where\n"
      "they first part. Without a terminal that place is told. Exit status: 0 the same, 1 not.\n",
      diff_command },
    { "next",
      "learn next\n"
      "\n"
      "Goes on to the next lesson. Nothing else ever does that.\n",
      next_command },
    { "prove",
      "learn prove [NN...]\n"
      "\n"
      "For whoever writes exercises: each start.c must build without a warning and fail, each\n"
      "right_*.c pass, each wrong_*.c be rejected, and of the lesson's question exactly the right\n"
      "choice's statements hold on lessons/traces/NN_name.jsonl. Prints a line a check: ok, not "
      "ok.\n",
      prove_command },
    { "grade", grade_usage, grade_command },
    { "quiz", quiz_usage, quiz_command },
    { "handout", handout_usage, handout_command },
    { "key", key_usage, key_command },
};

/* learn alone, and learn NN. */
static const struct command where = { "", "", where_command };
static const struct command lesson = {
    "NN",
    "learn NN [--lines]\n"
    "\n"
    "Opens a lesson: it runs, and the viewer draws its loop, with its notes and its question. "
    "Without a\n"
    "terminal, or with --lines, its recorded trace is told by lines alone; the question reads an "
    "answer\n"
    "from standard input.\n",
    lesson_command
};

static const char about_all[] =
    "learn takes you through the course: predict, run, look, change, repair.\n"
    "\n"
    "  learn                    where you are, and what to do next\n"
    "  learn NN [--lines]       open a lesson; --lines: by lines alone\n"
    "  learn check [NN]         build and judge your exercise\n"
    "  learn watch [NN]         the same each time that you save it\n"
    "  learn hint [NN]          a hint; one more each time\n"
    "  learn reset [NN]         begin an exercise anew; keeps a backup\n"
    "  learn solution [NN]      a solution, once you have passed or given up (--give-up)\n"
    "  learn diff [NN]          your trace beside a right one\n"
    "  learn next               go on to the next lesson\n"
    "  learn prove [NN...]      for writers of exercises: hold them to their word\n"
    "  learn grade DIR [--csv]  for teachers: a folder of submissions, each in a sandbox\n"
    "  learn quiz NN [--class]  a lesson's question on the projector, with a tally\n"
    "  learn handout [--html]   the course on paper; learn key [--html]: its answers\n"
    "\n"
    "NN is a lesson's number or name: 5, 05, 05_cancellation; without it the one at hand is "
    "meant.\n"
    "Each command takes --help. What you make lies in lessons/exercises, or where LEARN_DIR says.\n"
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

/* The command that argv begins with; *used says how many words its name took. */
static const struct command *choose(int argc, char **argv, int *used)
{
    *used = 0;
    if (argc == 0)
        return &where;
    if (argv[0][0] >= '0' && argv[0][0] <= '9')
        return &lesson;
    *used = 1;
    return find(argv[0]);
}

int main(int argc, char **argv)
{
    static struct course course;
    int used;
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* times have points */
    if (argc > 1 && argv[1][0] == '-' && asks_for_help(1, argv + 1)) {
        fputs(about_all, stdout);
        return finish(PASSED);
    }
    const struct command *command = choose(argc - 1, argv + 1, &used);
    if (command == NULL) {
        fputs("learn: there is no command \"", stderr);
        text_print(stderr, slice_of(argv[1]), false);
        fputs("\".\nTry `learn --help`.\n", stderr);
        return USAGE_WRONG;
    }
    argc -= 1 + used;
    argv += 1 + used;
    if (asks_for_help(argc, argv)) {
        fputs(command->usage, stdout);
        return finish(PASSED);
    }
    if (course_open(&course, argv[-1 - used]) < 0)
        return USAGE_WRONG;
    return finish(command->run(command, &course, argc, argv));
}

/*
 * grade - learn grade DIR [--csv].
 */
#include "grade.h"

#include "command.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

const char grade_usage[] =
    "learn grade DIR [--csv]\n"
    "\n"
    "Builds, runs and judges the submissions in a folder, by the rules of learn check, and prints "
    "a\n"
    "table; with --csv a sheet (RFC 4180) on standard output: student, exercise, result, rules\n"
    "passed, rules in all, first failed rule, event, expected, seen, line, seconds.\n"
    "\n"
    "A submission is a file whose name ends in the lesson's name or number and .c; what stands\n"
    "before that, folders included, is the student:\n"
    "\n"
    "    DIR/anna/05_cancellation.c   anna\n"
    "    DIR/anna-05.c                anna\n"
    "\n"
    "Results: passed, failed, does not build, endless, crashed, too much memory, too much output,\n"
    "untrue trace (loopscope check finds a fault in it), not graded.\n"
    "\n"
    "Compiler and program run in a sandbox: 512 MiB, 64 processes, the rules' time limit, 16 MiB "
    "a\n"
    "file, no network but a loopback of their own, files below a directory of their own only. "
    "What\n"
    "of that this system can't do is told on standard error. Two things it does not guard "
    "against:\n"
    "a fault of the kernel, and a program that is made to forge: it writes its trace itself, so it "
    "can\n"
    "write a true-looking trace of a run that never was. Read what you give marks for.\n"
    "\n"
    "Exit status: 0 all were graded, 1 not all, 2 wrong usage.\n";

struct telling {
    bool csv;
    size_t n, passed, not_graded;
    unsigned guards; /* that stood for all */
};

static void tell_one(const struct submission *submission, const struct grade *grade, void *arg)
{
    struct telling *telling = arg;
    (telling->csv ? grade_csv : grade_table)(stdout, submission, grade);
    fflush(stdout);
    telling->n++;
    telling->passed += grade->result == GRADE_PASSED;
    telling->not_graded += grade->result == GRADE_NONE;
    if (grade->build.end != SANDBOX_LOST)
        telling->guards &= grade->build.guards;
    if (grade->run.end != SANDBOX_LOST)
        telling->guards &= grade->run.guards;
}

static void tell_sum(const struct telling *telling, const struct submissions *found)
{
    fprintf(stderr, "%zu %s, %zu passed", telling->n,
            telling->n == 1 ? "submission" : "submissions", telling->passed);
    if (telling->not_graded > 0)
        fprintf(stderr, ", %zu not graded", telling->not_graded);
    fputs(telling->guards == SANDBOX_ALL ? ". The whole sandbox stood:\n"
                                         : ". Not the whole sandbox stood:\n",
          stderr);
    sandbox_tell(telling->guards, "  ", stderr);
    for (size_t i = 0; i < found->n_ignored; i++) {
        fputs("Passed over, since its name ends in no exercise: ", stderr);
        text_print(stderr, slice_of(found->ignored[i]), false);
        fputc('\n', stderr);
    }
}

/* The compiler runs elsewhere: paths relative to here would lead it astray. */
static void make_absolute(char path[PATH_MAX])
{
    char whole[PATH_MAX];
    if (realpath(path[0] == '\0' ? "." : path, whole) != NULL && strlen(whole) + 2 <= PATH_MAX) {
        memcpy(path, whole, strlen(whole) + 1);
        strcat(path, "/");
    }
}

static int grade_found(const struct course *course, const struct submissions *found,
                       struct telling *telling)
{
    size_t size = (found->n + 1) * sizeof(struct grade);
    struct grade *grades =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (grades == MAP_FAILED)
        return -errno;
    if (telling->csv)
        grade_csv_head(stdout);
    int rc = grade_all(course, found, grades, tell_one, telling);
    munmap(grades, size);
    return rc;
}

int grade_command(const struct command *command, struct course *course, int argc, char **argv)
{
    struct telling telling = { .guards = SANDBOX_ALL };
    struct submissions found;
    const struct flag flags[] = { { "--csv", &telling.csv, NULL }, { NULL, NULL, NULL } };
    int words = command_words(command, flags, 1, argc, argv);
    if (words < 0)
        return USAGE_WRONG;
    if (words == 0)
        return command_wrong(command, "which folder?", "");
    int rc = submissions_find(&found, course, argv[0]);
    if (rc < 0)
        return command_wrong(command, strerror(-rc), argv[0]);
    make_absolute(course->root);
    make_absolute(course->build);
    if (found.n == 0)
        fputs("learn grade: there is no submission in it\n", stderr);
    rc = grade_found(course, &found, &telling);
    if (rc < 0)
        fprintf(stderr, "learn grade: stopped: %s\n", strerror(-rc));
    if (telling.n > 0)
        tell_sum(&telling, &found);
    bool all = rc == 0 && telling.n > 0 && telling.not_graded == 0;
    submissions_free(&found);
    return all ? PASSED : FAILED;
}

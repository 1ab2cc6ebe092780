/*
 * prove - the exercises held to their word, for the tests: learn prove.
 *
 * Of each exercise: its start builds without a warning and fails, each right_*.c passes, each
 * wrong_*.c is rejected, there are enough of both; and of the lesson's question exactly the right
 * choice's statements hold on the recorded trace. A line a check: `ok NAME` or `not ok NAME`.
 */
#include "command.h"
#include "question.h"
#include "student.h"
#include "tell.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct proof {
    struct course *course;
    const struct lesson *lesson;
    const struct rules *rules;
    char scratch[PATH_MAX];
    int failed;
};

static bool say_check(struct proof *proof, bool good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool say_check(struct proof *proof, bool good, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%s %02d: ", good ? "ok" : "not ok", proof->lesson->number);
    vprintf(format, args);
    putchar('\n');
    fflush(stdout);
    va_end(args);
    proof->failed += !good;
    return good;
}

/* ---- the programs ---------------------------------------------------------------------------- */

static void prove_program(struct proof *proof, const char *name)
{
    char source[PATH_MAX], program[PATH_MAX + 16], trace[PATH_MAX + 16], why[1200];
    bool right = strncmp(name, "right_", 6) == 0;
    struct trial trial;
    course_path(proof->course, source, "lessons/checks/%02d/%s", proof->lesson->number, name);
    snprintf(program, sizeof program, "%s/program", proof->scratch);
    snprintf(trace, sizeof trace, "%s/trace", proof->scratch);
    struct entry entry = { .source = source, .program = program, .trace = trace };
    exercise_try(proof->course, proof->rules, &entry, &trial);
    tell_briefly(why, sizeof why, proof->rules, &trial);
    bool silent = build_is_silent(&trial.build);
    if (!say_check(proof, silent, "%s builds without a warning", name))
        tell_bytes(stdout, outcome_err(&trial.build), 20);
    if (right) {
        if (!say_check(proof, trial_passed(&trial), "%s passes", name))
            tell_trial(stdout, proof->course, &entry, proof->rules, &trial);
    } else {
        say_check(proof, silent && trial.stage == TRIAL_JUDGED && !trial_passed(&trial),
                  "%s %s: %s", name, strcmp(name, "start.c") == 0 ? "fails" : "is rejected", why);
    }
    trial_free(&trial);
    unlink(program);
    unlink(trace);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_program(const char *name)
{
    size_t len = strlen(name);
    return len > 2 && strcmp(name + len - 2, ".c") == 0 &&
           (strcmp(name, "start.c") == 0 || strncmp(name, "right_", 6) == 0 ||
            strncmp(name, "wrong_", 6) == 0);
}

static void prove_programs(struct proof *proof)
{
    char path[PATH_MAX], *names[64];
    size_t n = 0;
    int n_right = 0, n_wrong = 0, n_start = 0;
    DIR *directory =
        opendir(course_path(proof->course, path, "lessons/checks/%02d", proof->lesson->number));
    if (!say_check(proof, directory != NULL, "its directory can be read"))
        return;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL && n < sizeof names / sizeof *names)
        if (is_program(entry->d_name) && (names[n] = strdup(entry->d_name)) != NULL)
            n++;
    closedir(directory);
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        n_start += names[i][0] == 's';
        n_right += names[i][0] == 'r';
        n_wrong += names[i][0] == 'w';
        prove_program(proof, names[i]);
        free(names[i]);
    }
    say_check(proof, n_start == 1 && n_right >= 2 && n_wrong >= 3,
              "a start, two right ones, three wrong ones at least: %d, %d, %d", n_start, n_right,
              n_wrong);
    say_check(proof, proof->rules->hints.n == 3, "three hints: %zu", proof->rules->hints.n);
}

/* ---- the question ---------------------------------------------------------------------------- */

static void prove_choice(struct proof *proof, const struct rule *choice, const char *trace,
                         const struct question *question)
{
    struct verdict verdict;
    bool right = choice->choice == question->answer;
    int rc = judge(choice, 1, trace, NULL, &verdict);
    if (rc < 0)
        say_check(proof, false, "choice %d can't be judged: %s", choice->choice, strerror(-rc));
    else if (!say_check(proof, verdict.holds == right, "choice %d is %s by the trace",
                        choice->choice, right ? "right" : "wrong"))
        printf("  expected %s, seen %s\n", verdict.expected, verdict.seen);
}

static void prove_question(struct proof *proof)
{
    char trace[PATH_MAX];
    struct question question;
    course_path(proof->course, trace, "lessons/traces/%s.jsonl", proof->lesson->name);
    int rc = question_find(&question, trace);
    if (!say_check(proof, rc > 0, "its trace asks a question%s%s", rc < 0 ? ": " : "",
                   rc < 0 ? strerror(-rc) : ""))
        return;
    say_check(proof, (int)proof->rules->n_choices == question.n,
              "each of the %d choices has its statements: %zu", question.n,
              proof->rules->n_choices);
    for (size_t i = 0; i < proof->rules->n_choices; i++)
        prove_choice(proof, &proof->rules->choices[i], trace, &question);
    question_free(&question);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void prove_lesson(struct proof *proof)
{
    char path[PATH_MAX], fault[RULES_FAULT];
    struct rules rules;
    course_path(proof->course, path, "lessons/checks/%02d/rules", proof->lesson->number);
    int rc = rules_read(&rules, path, fault);
    if (!say_check(proof, rc == 0, "its rules are read%s%s", rc < 0 ? ": " : "", fault))
        return;
    proof->rules = &rules;
    prove_programs(proof);
    prove_question(proof);
    rules_free(&rules);
}

static int open_scratch(char path[PATH_MAX])
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, PATH_MAX, "%s/learn.XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
    if (mkdtemp(path) != NULL)
        return 0;
    fprintf(stderr, "learn: no scratch directory can be made as %s: %s\n", path, strerror(errno));
    return -1;
}

int prove_command(const struct command *command, struct course *course, int argc, char **argv)
{
    const struct flag flags[] = { { NULL, NULL, NULL } };
    struct proof proof = { .course = course };
    int words = command_words(command, flags, LESSONS_MAX, argc, argv);
    if (words < 0 || open_scratch(proof.scratch) < 0)
        return USAGE_WRONG;
    for (size_t i = 0; words == 0 && i < course->n; i++) {
        proof.lesson = &course->lessons[i];
        prove_lesson(&proof);
    }
    for (int i = 0; i < words; i++) {
        proof.lesson = course_lesson(course, argv[i]);
        if (proof.lesson == NULL)
            proof.failed++;
        else
            prove_lesson(&proof);
    }
    rmdir(proof.scratch);
    return proof.failed == 0 ? PASSED : FAILED;
}

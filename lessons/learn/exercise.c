/*
 * exercise - cc, then the program, then the judge.
 */
#include "exercise.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef EXERCISE_FLAGS
#define EXERCISE_FLAGS "-O2 -g"
#endif

enum { ARGUMENTS = 96 };

/* Words put one behind the other: an argv, or an environment's changes. */
struct list {
    const char *at[ARGUMENTS + 1];
    size_t n;
    char text[16384];
    size_t used;
};

static void list_add(struct list *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void list_add(struct list *list, const char *format, ...)
{
    va_list args;
    size_t room = sizeof list->text - list->used;
    va_start(args, format);
    int len = vsnprintf(list->text + list->used, room, format, args);
    va_end(args);
    if (list->n == ARGUMENTS || (size_t)len >= room) {
        fputs("learn: too many or too long arguments for an exercise\n", stderr);
        exit(2);
    }
    list->at[list->n++] = list->text + list->used;
    list->used += (size_t)len + 1;
}

/* "ccache gcc" is two words. */
static void list_add_words(struct list *list, const char *words)
{
    while (*(words += strspn(words, " ")) != '\0') {
        size_t len = strcspn(words, " ");
        list_add(list, "%.*s", (int)len, words);
        words += len;
    }
}

/* ---- building -------------------------------------------------------------------------------- */

int exercise_build(const struct course *course, const struct entry *entry, struct outcome *outcome)
{
    struct list argv = { .n = 0 };
    char path[PATH_MAX], library[PATH_MAX];
    const char *cc = getenv("CC");
    list_add_words(&argv, cc != NULL && *cc != '\0' ? cc : "cc");
    list_add_words(&argv, "-std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE "
                          "-D_DARWIN_C_SOURCE -D__BSD_VISIBLE=1 -D_NETBSD_SOURCE");
    list_add_words(&argv, EXERCISE_FLAGS " -Wall -Wextra -pthread");
    list_add(&argv, "-I%s", course_path(course, path, "loop"));
    list_add(&argv, "-I%s", course_path(course, path, "lessons"));
    list_add_words(&argv, "-o");
    list_add(&argv, "%s", entry->program);
    list_add(&argv, "%s", entry->source);
    list_add(&argv, "%s", course_built(course, library, "libloop.a"));
    list_add_words(&argv, "-lm");
    *outcome = (struct outcome){ .how = CHILD_NOT_STARTED };
    if (access(library, R_OK) < 0)
        return -errno;
    unlink(entry->program);
    struct child child = { .argv = argv.at,
                           .set = (const char *const[]){ "LC_ALL=C", NULL },
                           .limit_s = BUILD_LIMIT_S,
                           .prepare = entry->build_walls,
                           .arg = entry->arg };
    return child_run(&child, outcome);
}

bool build_is_good(const struct outcome *outcome)
{
    return outcome->how == CHILD_ENDED && WIFEXITED(outcome->status) &&
           WEXITSTATUS(outcome->status) == 0;
}

bool build_is_silent(const struct outcome *outcome)
{
    return build_is_good(outcome) && outcome->err.len == 0;
}

/* ---- running --------------------------------------------------------------------------------- */

static void set_environment(struct list *env, const struct rules *rules, const struct entry *entry)
{
    static const char *const ours[] = { "LOOP_CLOCK", "LOOP_INTERRUPT_AT", "LOOP_DEBUG",
                                        "LOOP_CONTROL", "LESSON_GUESTS" };
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        list_add(env, "%s", ours[i]);
    list_add(env, "LOOP_TRACE=%s", entry->trace);
    list_add(env, "LESSON_PORT=0");
    if (rules->has_guests)
        list_add(env, "LESSON_GUESTS=%s", realpath(rules->path, path) != NULL ? path : rules->path);
    if (rules->real_clock)
        return;
    list_add(env, "LOOP_CLOCK=virtual");
    if (rules->n_interrupts == 0)
        return;
    struct say say;
    char at[256];
    say_init(&say, at, sizeof at);
    for (size_t i = 0; i < rules->n_interrupts; i++)
        say_f(&say, "%s%g", i > 0 ? "," : "", rules->interrupts[i]);
    list_add(env, "LOOP_INTERRUPT_AT=%s", at);
}

int exercise_run(const struct rules *rules, const struct entry *entry, struct outcome *outcome)
{
    struct list argv = { .n = 0 }, env = { .n = 0 };
    /* execvp() looks in PATH for what has no slash. */
    list_add(&argv, "%s%s", strchr(entry->program, '/') == NULL ? "./" : "", entry->program);
    for (size_t i = 0; i < rules->arguments.n; i++)
        list_add(&argv, "%s", rules->arguments.at[i]);
    set_environment(&env, rules, entry);
    unlink(entry->trace);
    struct child child = { .argv = argv.at,
                           .set = env.at,
                           .directory = entry->directory,
                           .limit_s = rules->limit_s,
                           .grows = entry->trace,
                           .grows_max = TRACE_MAX,
                           .interrupts = rules->interrupts,
                           .n_interrupts = rules->real_clock ? rules->n_interrupts : 0,
                           .prepare = entry->run_walls,
                           .arg = entry->arg };
    return child_run(&child, outcome);
}

/* ---- judging --------------------------------------------------------------------------------- */

static int judge_run(const struct rules *rules, const struct entry *entry, struct trial *trial)
{
    struct ended ended = { trial->run.status, outcome_out(&trial->run) };
    trial->n = rules->n_rules;
    trial->verdicts = calloc(rules->n_rules, sizeof *trial->verdicts);
    if (trial->verdicts == NULL)
        return -ENOMEM;
    return judge(rules->rules, rules->n_rules, entry->trace, &ended, trial->verdicts);
}

void exercise_try(const struct course *course, const struct rules *rules, const struct entry *entry,
                  struct trial *trial)
{
    *trial = (struct trial){ .stage = TRIAL_NOT_BUILT };
    trial->error = exercise_build(course, entry, &trial->build);
    if (trial->error < 0 || !build_is_good(&trial->build))
        return;
    trial->stage = TRIAL_NOT_RUN;
    trial->error = exercise_run(rules, entry, &trial->run);
    if (trial->error < 0 || trial->run.how == CHILD_NOT_STARTED)
        return;
    trial->error = judge_run(rules, entry, trial);
    if (trial->error == 0)
        trial->stage = TRIAL_JUDGED;
}

const struct verdict *trial_failure(const struct trial *trial)
{
    for (size_t i = 0; trial->stage == TRIAL_JUDGED && i < trial->n; i++)
        if (!trial->verdicts[i].holds)
            return &trial->verdicts[i];
    return NULL;
}

bool trial_passed(const struct trial *trial)
{
    return trial->stage == TRIAL_JUDGED && trial->run.how == CHILD_ENDED &&
           trial_failure(trial) == NULL;
}

void trial_free(struct trial *trial)
{
    outcome_free(&trial->build);
    outcome_free(&trial->run);
    free(trial->verdicts);
    trial->verdicts = NULL;
}

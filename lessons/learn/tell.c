/*
 * tell - verdicts as sentences.
 *
 *     ok      The ticker ticks every 100 ms.
 *     FAILED  Nothing blocks the loop for 100 ms or longer.
 *               rule      never warn:slow_step          (lessons/checks/06/rules:14)
 *               expected  no warn:slow_step
 *               seen      warn:slow_step task=work#3 took=0.350000000
 *               where     event 41 at 0.550 s, 06_blocking.c:17
 *                           usleep(350000);
 *               look      build/loopscope replay lessons/exercises/06_blocking.jsonl --event 41
 */
#include "tell.h"

#include "words.h"

#include <errno.h>
#include <sys/wait.h>

static void tell_line(FILE *file, struct slice line)
{
    size_t most = 400;
    fputs("    ", file);
    text_print(file, (struct slice){ line.at, line.len < most ? line.len : most }, false);
    fputs(line.len > most ? " ...\n" : "\n", file);
}

void tell_bytes(FILE *file, struct slice bytes, int most)
{
    while (bytes.len > 0 && most-- > 0) {
        const char *end = memchr(bytes.at, '\n', bytes.len);
        size_t len = end == NULL ? bytes.len : (size_t)(end - bytes.at);
        size_t past = len + (end != NULL);
        tell_line(file, (struct slice){ bytes.at, len });
        bytes = (struct slice){ bytes.at + past, bytes.len - past };
    }
    if (bytes.len > 0)
        fputs("    ... and more\n", file);
}

/* ---- before there are verdicts --------------------------------------------------------------- */

static void say_trouble(struct say *say, const struct rules *rules, const struct trial *trial)
{
    const struct outcome *build = &trial->build, *run = &trial->run;
    if (trial->stage == TRIAL_NOT_BUILT) {
        if (trial->error == -ENOENT)
            say_add(say, "the library isn't built yet: run make first");
        else if (trial->error < 0 || build->how == CHILD_NOT_STARTED)
            say_f(say, "the compiler can't be started: %s",
                  strerror(trial->error < 0 ? -trial->error : -build->error));
        else if (build->how == CHILD_LATE)
            say_f(say, "the compiler did not end within %d s", BUILD_LIMIT_S);
        else
            say_add(say, "it does not compile");
    } else if (trial->stage == TRIAL_NOT_RUN) {
        int error = trial->error < 0 ? trial->error : run->error;
        say_f(say, "it can't be run or judged: %s", strerror(-error));
    } else if (run->how == CHILD_LATE) {
        say_f(say, "it did not end within %g s of real time, and was ended", rules->limit_s);
    } else if (run->how == CHILD_GREW) {
        say_f(say, "its trace passed %d MiB, and it was ended: something turns for ever",
              TRACE_MAX >> 20);
    }
}

void tell_briefly(char *room, size_t size, const struct rules *rules, const struct trial *trial)
{
    struct say say;
    const struct verdict *verdict = trial_failure(trial);
    say_init(&say, room, size);
    say_trouble(&say, rules, trial);
    if (verdict == NULL || say.len > 0)
        return;
    say_clean(&say, slice_of(verdict->rule->words), 200);
    say_add(&say, " Expected ");
    say_add(&say, verdict->expected);
    say_add(&say, "; seen ");
    say_add(&say, verdict->seen);
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static void tell_place(FILE *file, const struct course *course, const struct entry *entry,
                       const struct verdict *verdict)
{
    char time[64], path[PATH_MAX];
    struct say say;
    if (!verdict->any) {
        fputs("          where     there is no event: no loop ran\n", file);
        return;
    }
    say_init(&say, time, sizeof time);
    say_time(&say, verdict->t_ns);
    fprintf(file, "          where     event %llu at %s%s%s\n", (unsigned long long)verdict->n,
            time, verdict->src[0] != '\0' ? ", " : "", verdict->src);
    if (verdict->code[0] != '\0')
        fprintf(file, "                      %s\n", verdict->code);
    fprintf(file, "          look      %s replay ", course_built(course, path, "loopscope"));
    text_print(file, slice_of(entry->trace), false);
    fprintf(file, " --event %llu\n", (unsigned long long)verdict->n);
}

static void tell_verdict(FILE *file, const struct course *course, const struct entry *entry,
                         const struct rules *rules, const struct verdict *verdict)
{
    fputs(verdict->holds ? "  ok      " : "  FAILED  ", file);
    text_print(file, slice_of(verdict->rule->words), false);
    fputc('\n', file);
    if (verdict->holds)
        return;
    fputs("          rule      ", file);
    text_print(file, verdict->statement->written, false);
    fprintf(file, "   (%s:%d)\n", rules->path, verdict->statement->line);
    fprintf(file, "          expected  %s\n          seen      %s\n", verdict->expected,
            verdict->seen);
    tell_place(file, course, entry, verdict);
}

static void tell_output(FILE *file, const struct outcome *run)
{
    if (run->err.len > 0) {
        fputs("  It wrote on standard error:\n", file);
        tell_bytes(file, outcome_err(run), 20);
    }
    if (run->how == CHILD_ENDED && WIFSIGNALED(run->status)) {
        char ending[64];
        struct say say;
        say_init(&say, ending, sizeof ending);
        say_ending(&say, true, WTERMSIG(run->status));
        fprintf(file, "  How it ended: %s%s.\n", ending,
                WCOREDUMP(run->status) ? ", with a core" : "");
    }
}

void tell_trial(FILE *file, const struct course *course, const struct entry *entry,
                const struct rules *rules, const struct trial *trial)
{
    char trouble[256];
    struct say say;
    say_init(&say, trouble, sizeof trouble);
    say_trouble(&say, rules, trial);
    if (trouble[0] != '\0') {
        fputs("  FAILED  ", file);
        text_print(file, slice_of(entry->source), false);
        fprintf(file, ": %s.\n", trouble);
    }
    tell_bytes(file, outcome_err(&trial->build), 40);
    for (size_t i = 0; trial->stage == TRIAL_JUDGED && i < trial->n; i++)
        tell_verdict(file, course, entry, rules, &trial->verdicts[i]);
    if (!trial_passed(trial) && trial->stage != TRIAL_NOT_BUILT)
        tell_output(file, &trial->run);
}

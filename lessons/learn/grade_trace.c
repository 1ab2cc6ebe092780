/*
 * grade_trace - what a stranger's program has left behind, held to its promises, then judged.
 *
 * The trace is taken away before it is looked at (so nobody can swap it), must be a plain file, must
 * be true by loopscope's own check, and must be this process's.
 *
 * What that can't see: a program writes its trace itself, from its own memory. One that is made for
 * it can write a true trace of a run that never was. `learn grade --help` says so.
 */
#include "grade_inside.h"

#include "check.h"
#include "pages.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* It is this process's, from its first line on. NULL, or what is wrong. */
static const char *wrong_head(const struct ground *ground, const struct rules *rules)
{
    struct pages pages;
    const char *wrong = "its trace can't be read";
    if (pages_open(&pages, ground->taken) < 0)
        return wrong;
    int rc;
    bool any = false;
    wrong = NULL;
    while (wrong == NULL && (rc = pages_next(&pages)) > 0) {
        const struct event *event = &pages.event;
        if (event->kind != EV_TRACE_HEAD && any)
            continue;
        if (event->kind != EV_TRACE_HEAD)
            wrong = "its trace does not begin with trace:head";
        else if (event_number(event, "pid", -1) != ground->grade->run.pid)
            wrong = "its trace is another process's";
        else if (!slice_is(event_text(event, "clock"), rules->real_clock ? "real" : "virtual"))
            wrong = "its trace runs on another clock";
        any = true;
    }
    pages_close(&pages);
    return wrong;
}

bool ground_take_trace(struct ground *ground, const struct rules *rules)
{
    struct grade *grade = ground->grade;
    struct stat stat;
    struct check_result check;
    char words[1024] = "";
    if (rename(ground->trace, ground->taken) < 0) {
        grade_put(grade, GRADE_FAILED, "it left no trace: no loop ran", "");
        return false;
    }
    if (lstat(ground->taken, &stat) < 0 || !S_ISREG(stat.st_mode) || stat.st_nlink != 1) {
        grade_put(grade, GRADE_UNTRUE_TRACE, "in the trace's place is something else than a file",
                  "");
        return false;
    }
    const char *wrong = wrong_head(ground, rules);
    FILE *out = fmemopen(words, sizeof words - 1, "w");
    int rc = out == NULL ? -errno : check_file(ground->taken, out, &check);
    if (out != NULL)
        fclose(out);
    words[strcspn(words, "\n")] = '\0';
    bool named = strncmp(words, ground->taken, strlen(ground->taken)) == 0;
    if (rc < 0)
        grade_put(grade, GRADE_NONE, "its trace can't be read", strerror(-rc));
    else if (wrong != NULL)
        grade_put(grade, GRADE_UNTRUE_TRACE, wrong, "");
    else if (check.faults > 0)
        grade_put(grade, GRADE_UNTRUE_TRACE, "loopscope check",
                  words + (named ? strlen(ground->taken) : 0));
    return rc == 0 && wrong == NULL && check.faults == 0;
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static void put_first_failure(struct grade *grade, const struct verdict *verdict)
{
    struct say say;
    say_init(&say, grade->rule, sizeof grade->rule);
    say_clean(&say, slice_of(verdict->rule->words), 300);
    grade->event = verdict->any ? verdict->n : 0;
    memcpy(grade->expected, verdict->expected, sizeof grade->expected);
    memcpy(grade->seen, verdict->seen, sizeof grade->seen);
    memcpy(grade->line, verdict->src, sizeof grade->line);
}

void ground_judge(const struct ground *ground, const struct rules *rules, const struct outcome *run)
{
    struct grade *grade = ground->grade;
    struct ended ended = { run->status, outcome_out(run) };
    struct verdict *verdicts = calloc(rules->n_rules, sizeof *verdicts);
    int rc = verdicts == NULL
                 ? -ENOMEM
                 : judge(rules->rules, rules->n_rules, ground->taken, &ended, verdicts);
    if (rc < 0)
        grade_put(grade, GRADE_NONE, "its trace can't be judged", strerror(-rc));
    for (size_t i = 0; rc == 0 && i < rules->n_rules; i++) {
        grade->passed += verdicts[i].holds;
        if (!verdicts[i].holds && grade->rule[0] == '\0')
            put_first_failure(grade, &verdicts[i]);
    }
    if (rc == 0)
        grade->result = grade->passed == rules->n_rules ? GRADE_PASSED : GRADE_FAILED;
    free(verdicts);
}

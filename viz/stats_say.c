/*
 * stats_say - the figures laid out: tables for people, one JSON object for programs.
 */
#include "explain.h"
#include "stats.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 40, NAME_COLS = 24 };

/* ---- cells ----------------------------------------------------------------------------------- */

static void put_span(FILE *out, int width, int64_t span_ns)
{
    char room[48];
    struct say say;
    say_init(&say, room, sizeof room);
    say_span(&say, span_ns);
    fprintf(out, "%*s", width, room);
}

/* Strangers' text in a column: escaped, cut or filled up. */
static void put_text(FILE *out, int width, struct slice text)
{
    char room[400];
    struct say say;
    say_init(&say, room, sizeof room);
    say_clean(&say, text, (size_t)width);
    int columns = (int)text_columns((struct slice){ room, say.len });
    fprintf(out, "%s%*s", room, columns < width ? width - columns : 0, "");
}

/* 12345678 as "12,345,678". */
static void put_count(FILE *out, int width, uint64_t count)
{
    char digits[24], room[32];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count), at = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            room[at++] = ',';
        room[at++] = digits[i];
    }
    room[at] = '\0';
    fprintf(out, "%*s", width, room);
}

static void put_share(FILE *out, const char *what, int64_t part_ns, int64_t whole_ns,
                      const char *about)
{
    double share = whole_ns > 0 ? 100.0 * (double)part_ns / (double)whole_ns : 0;
    fprintf(out, "  %-12s%8.1f %%  ", what, share);
    put_span(out, 0, part_ns);
    fprintf(out, " %s\n", about);
}

/* ---- totals ---------------------------------------------------------------------------------- */

static void say_counts(const struct stats *stats, FILE *out)
{
    const struct totals *totals = &stats->totals;
    double seconds = (double)stats->spent_ns / 1e9;
    fputs("  turns       ", out);
    put_count(out, 8, totals->turns);
    if (seconds > 0)
        fprintf(out, "    %.1f a second", (double)totals->turns / seconds);
    fputs("\n  tasks       ", out);
    put_count(out, 8, stats->tasks);
    fprintf(out, "    %llu returned, %llu cancelled, %llu failed",
            (unsigned long long)stats->returned, (unsigned long long)stats->cancelled,
            (unsigned long long)stats->failed);
    fputs("\n  steps       ", out);
    put_count(out, 8, totals->steps);
    fputs("    of tasks; callbacks: ", out);
    put_count(out, 0, totals->calls);
    fputs("\n  timers      ", out);
    put_count(out, 8, totals->timers);
    fputs("    fired; the latest ", out);
    put_span(out, 0, totals->late_max_ns);
    fputs(" after it was due\n  connections ", out);
    put_count(out, 8, totals->accepted);
    fputs("    accepted\n  bytes       ", out);
    put_count(out, 8, totals->in);
    fputs("    in, ", out);
    put_count(out, 0, totals->out);
    fputs(stats->kinds[EV_CONN_OPEN] > 0
              ? " out: over all connections, also those that the program opened itself\n"
              : " out\n",
          out);
}

static void say_warnings(const struct stats *stats, FILE *out)
{
    uint64_t sum = 0;
    for (int kind = EV_WARN_SLOW_STEP; kind < EV_KINDS; kind++)
        sum += stats->kinds[kind];
    if (sum == 0)
        return;
    fputs("  warnings    ", out);
    put_count(out, 8, sum);
    const char *before = "    ";
    for (int kind = EV_WARN_SLOW_STEP; kind < EV_KINDS; kind++) {
        if (stats->kinds[kind] == 0)
            continue;
        fprintf(out, "%s%s %llu", before, explain_title((enum event_kind)kind),
                (unsigned long long)stats->kinds[kind]);
        before = ", ";
    }
    putc('\n', out);
}

static void say_totals(const struct stats *stats, FILE *out)
{
    if (stats->program.len > 0) {
        put_text(out, (int)(stats->program.len < 60 ? stats->program.len : 60),
                 str_slice(&stats->program));
        fputs(": ", out);
    }
    put_count(out, 0, stats->events);
    fputs(stats->events == 1 ? " event in " : " events in ", out);
    put_span(out, 0, stats->spent_ns);
    if (stats->runs > 1)
        fprintf(out, ", %llu runs", (unsigned long long)stats->runs);
    if (stats->lost > 0)
        fprintf(out, "; %llu more %s lost, and said so", (unsigned long long)stats->lost,
                stats->lost == 1 ? "was" : "were");
    fputs("\n\n", out);
    put_share(out, "busy", stats->totals.busy_ns, stats->spent_ns, "inside tasks and callbacks");
    put_share(out, "waited", stats->totals.waited_ns, stats->spent_ns, "inside select()");
    say_counts(stats, out);
    say_warnings(stats, out);
}

/* ---- tables ---------------------------------------------------------------------------------- */

static const struct spread *spread_in(const struct stats_name *name, size_t offset)
{
    return (const struct spread *)(const void *)((const char *)name + offset);
}

/* What a table is of: compared by the sum, the largest first. */
static int more_steps(const void *a, const void *b)
{
    const struct stats_name *one = *(struct stats_name *const *)a;
    const struct stats_name *other = *(struct stats_name *const *)b;
    if (one->steps.sum_ns != other->steps.sum_ns)
        return one->steps.sum_ns < other->steps.sum_ns ? 1 : -1;
    return strcmp(str_text(&one->name), str_text(&other->name));
}

static void say_row(const struct stats_name *name, const struct spread *spread, FILE *out)
{
    fputs("  ", out);
    put_text(out, NAME_COLS, str_slice(&name->name));
    put_count(out, 9, name->tasks);
    put_count(out, 12, spread->count);
    put_span(out, 12, spread->sum_ns);
    put_span(out, 10, spread_at(spread, 0.5));
    put_span(out, 10, spread_at(spread, 0.9));
    put_span(out, 10, spread_at(spread, 0.99));
    put_span(out, 10, spread->most_ns);
    putc('\n', out);
}

/* A table of one of the spreads of each name; `offset` is where it stands in struct stats_name. */
static void say_table(const struct stats *stats, struct stats_name *const *names, size_t offset,
                      const char *title, const char *counted, FILE *out)
{
    size_t rows = 0, left = 0;
    for (size_t i = 0; i < stats->n_names; i++) {
        const struct spread *spread = spread_in(names[i], offset);
        if (spread->count == 0)
            continue;
        if (rows == 0)
            fprintf(out, "\n%-*s%9s%12s%12s%10s%10s%10s%10s\n", NAME_COLS + 2, title, "tasks",
                    counted, "sum", "median", "90 %", "99 %", "most");
        if (rows++ < ROWS)
            say_row(names[i], spread, out);
        else
            left++;
    }
    if (left > 0)
        fprintf(out, "  and %zu more name%s\n", left, left == 1 ? "" : "s");
}

/* ---- the slowest ----------------------------------------------------------------------------- */

/* The line of the program that a src names, without its indent; empty when the trace has none. */
static struct slice line_at(const struct stats *stats, struct slice src)
{
    uint64_t left = src_line(src);
    for (size_t i = 0; i < stats->n_sources && left > 0; i++) {
        if (!str_is(&stats->sources[i].file, src_file(src)))
            continue;
        struct slice text = str_slice(&stats->sources[i].text);
        const char *at = text.at, *end = text.at + text.len;
        while (at < end && --left > 0) {
            const char *lf = memchr(at, '\n', (size_t)(end - at));
            at = lf != NULL ? lf + 1 : end;
        }
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        const char *lf = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        return (struct slice){ at, (size_t)((lf != NULL ? lf : end) - at) };
    }
    return (struct slice){ 0 };
}

/* Where a step began: the line of a task, the function of a call. */
static void put_place(const struct stats *stats, const struct stats_step *step, FILE *out)
{
    char room[300];
    struct say say;
    struct slice line = line_at(stats, str_slice(&step->src));
    say_init(&say, room, sizeof room);
    if (step->fn.len > 0) {
        say_clean(&say, str_slice(&step->fn), 60);
        say_add(&say, "()");
    }
    say_clean(&say, str_slice(&step->src), 60);
    if (line.len > 0)
        say_add(&say, "  ");
    say_clean(&say, line, 60);
    fputs(room, out);
}

static void say_slowest(const struct stats *stats, FILE *out)
{
    if (stats->n_slowest == 0)
        return;
    fprintf(out, "\n%-12s%14s%12s  %-*s%8s  %s\n", "Slowest", "at", "event", NAME_COLS, "of",
            "step", "began at");
    for (size_t i = 0; i < stats->n_slowest; i++) {
        const struct stats_step *step = &stats->slowest[i];
        put_span(out, 12, step->took_ns);
        fprintf(out, "%12.6f s%12llu  ", (double)step->t_ns / 1e9, (unsigned long long)step->n);
        put_text(out, NAME_COLS, str_slice(&step->id));
        if (step->step > 0)
            put_count(out, 8, step->step);
        else
            fprintf(out, "%8s", "");
        fputs("  ", out);
        put_place(stats, step, out);
        putc('\n', out);
    }
}

void stats_say(const struct stats *stats, FILE *out)
{
    struct stats_name *names[STATS_NAMES + 1];
    memcpy(names, stats->names, stats->n_names * sizeof *names);
    qsort(names, stats->n_names, sizeof *names, more_steps);
    say_totals(stats, out);
    say_table(stats, names, offsetof(struct stats_name, steps), "Steps", "steps", out);
    say_table(stats, names, offsetof(struct stats_name, waits), "In the ready queue", "steps", out);
    say_table(stats, names, offsetof(struct stats_name, lates), "Late timers", "timers", out);
    say_slowest(stats, out);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void say_seconds(FILE *out, const char *key, int64_t span_ns)
{
    bool negative = span_ns < 0;
    uint64_t ns = negative ? 0 - (uint64_t)span_ns : (uint64_t)span_ns;
    fprintf(out, ",\"%s\":%s%llu.%09llu", key, negative ? "-" : "",
            (unsigned long long)(ns / 1000000000), (unsigned long long)(ns % 1000000000));
}

static void say_number(FILE *out, const char *key, uint64_t number)
{
    fprintf(out, ",\"%s\":%llu", key, (unsigned long long)number);
}

void stats_say_json(const struct stats *stats, uint64_t faults, FILE *out)
{
    const struct totals *totals = &stats->totals;
    fprintf(out, "{\"events\":%llu", (unsigned long long)stats->events);
    say_number(out, "turns", totals->turns);
    say_number(out, "tasks", stats->tasks);
    say_number(out, "steps", totals->steps);
    say_number(out, "timers", totals->timers);
    say_number(out, "accepted", totals->accepted);
    say_number(out, "in", totals->in);
    say_number(out, "out", totals->out);
    say_seconds(out, "seconds", stats->spent_ns);
    say_seconds(out, "busy", totals->busy_ns);
    say_seconds(out, "waited", totals->waited_ns);
    say_number(out, "lost", stats->lost);
    say_number(out, "faults", faults);
    fputs("}\n", out);
}

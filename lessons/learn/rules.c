/*
 * rules - a rules file, line by line.
 *
 * The file is held twice: `text` is cut into pieces in place, so that every string of the struct
 * points into it; `source` stays as it was, for showing. A line that begins with blanks belongs to
 * the line above: to a rule or choice it adds a statement, to a task or hint more words.
 */
#include "rules.h"

#include "statement.h"

#include <errno.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 20 };

struct reading {
    struct rules *rules;
    int line;
    char *fault;
    struct rule *rule;        /* that statements belong to; NULL outside of one */
    struct lines *more;       /* that more words belong to; NULL: nobody's */
    struct statement *output; /* that an output line goes on with */
};

static int fault_at(struct reading *reading, int line, const char *what)
{
    struct say say;
    say_init(&say, reading->fault, RULES_FAULT);
    say_clean(&say, slice_of(reading->rules->path), 4096);
    say_f(&say, ":%d: ", line);
    say_add(&say, what);
    return -EINVAL;
}

/* Room for one more of `size` bytes each in *list. NULL without memory. */
static void *one_more(void *list, size_t *n, size_t size)
{
    void **at = list;
    char *grown = realloc(*at, (*n + 1) * size);
    if (grown == NULL)
        return NULL;
    *at = grown;
    memset(grown + *n * size, 0, size);
    return grown + (*n)++ * size;
}

static int lines_add(struct lines *lines, const char *text)
{
    const char **at = one_more(&lines->at, &lines->n, sizeof *lines->at);
    if (at == NULL)
        return -ENOMEM;
    *at = text;
    return 0;
}

/* ---- statements ------------------------------------------------------------------------------ */

/* `output LINE` and `output... LINE`; the text as it stands behind one blank. */
static int read_output(struct reading *reading, char *text, const char *source)
{
    bool begins = strncmp(text, "output...", 9) == 0;
    char *line = text + (begins ? 9 : 6);
    line += *line != '\0';
    struct statement *s = reading->output;
    if (s == NULL) {
        s = one_more(&reading->rule->statements, &reading->rule->n_statements, sizeof *s);
        if (s == NULL)
            return -ENOMEM;
        *s = (struct statement){ .kind = OUTPUT,
                                 .line = reading->line,
                                 .written = slice_of(source) };
        reading->output = s;
    }
    s->begins |= begins;
    return lines_add(&s->lines, line);
}

static bool is_output(const char *text)
{
    size_t len = strncmp(text, "output...", 9) == 0 ? 9 : 6;
    return strncmp(text, "output", 6) == 0 && (text[len] == '\0' || text[len] == ' ');
}

static int read_statement(struct reading *reading, char *text, const char *source)
{
    char what[256];
    if (is_output(text))
        return read_output(reading, text, source);
    reading->output = NULL;
    struct rule *rule = reading->rule;
    struct statement *s = one_more(&rule->statements, &rule->n_statements, sizeof *s);
    if (s == NULL)
        return -ENOMEM;
    s->line = reading->line;
    s->written = slice_of(source);
    if (statement_read(s, text, source, what, sizeof what) < 0)
        return fault_at(reading, reading->line, what);
    if (s->kind == ENDS && rule->choice >= 0)
        return fault_at(reading, reading->line,
                        "a choice is judged by the recorded trace alone, which does not say how "
                        "the process ended");
    return 0;
}

/* ---- keywords -------------------------------------------------------------------------------- */

static int read_title(struct reading *reading, char *text)
{
    reading->rules->title = text;
    return 0;
}

static int read_task(struct reading *reading, char *text)
{
    reading->more = &reading->rules->task;
    return lines_add(reading->more, text);
}

static int read_hint(struct reading *reading, char *text)
{
    reading->more = &reading->rules->hints;
    return lines_add(reading->more, text);
}

static int read_argument(struct reading *reading, char *text)
{
    return lines_add(&reading->rules->arguments, text);
}

static int read_interrupt(struct reading *reading, char *text)
{
    struct rules *rules = reading->rules;
    int64_t ns;
    if (!number_ns(slice_of(text), &ns) || ns < 0)
        return fault_at(reading, reading->line, "interrupt takes a time in seconds");
    if (rules->n_interrupts == sizeof rules->interrupts / sizeof *rules->interrupts)
        return fault_at(reading, reading->line, "8 interrupts are the most");
    rules->interrupts[rules->n_interrupts++] = (double)ns / 1e9;
    return 0;
}

static int read_limit(struct reading *reading, char *text)
{
    int64_t ns;
    if (!number_ns(slice_of(text), &ns) || ns <= 0 || ns > INT64_C(600000000000))
        return fault_at(reading, reading->line, "limit takes seconds, 600 at most");
    reading->rules->limit_s = (double)ns / 1e9;
    return 0;
}

static int read_clock(struct reading *reading, char *text)
{
    reading->rules->real_clock = strcmp(text, "real") == 0;
    if (reading->rules->real_clock || strcmp(text, "virtual") == 0)
        return 0;
    return fault_at(reading, reading->line, "clock takes virtual or real");
}

/* The program reads these itself: LESSON_GUESTS. */
static int read_guest(struct reading *reading, char *text)
{
    int64_t ns;
    if (!number_ns((struct slice){ text, strcspn(text, " \t") }, &ns) || ns < 0)
        return fault_at(reading, reading->line, "guest takes SECONDS NAME and what it does");
    reading->rules->has_guests = true;
    return 0;
}

static int read_rule(struct reading *reading, char *text)
{
    struct rules *rules = reading->rules;
    if (*text == '\0')
        return fault_at(reading, reading->line, "a rule needs its words, for whoever breaks it");
    reading->rule = one_more(&rules->rules, &rules->n_rules, sizeof *reading->rule);
    if (reading->rule == NULL)
        return -ENOMEM;
    *reading->rule = (struct rule){ .line = reading->line, .words = text, .choice = -1 };
    return 0;
}

static int read_choice(struct reading *reading, char *text)
{
    struct rules *rules = reading->rules;
    int64_t choice;
    if (!number_whole(slice_of(text), &choice) || choice < 0 || choice > 9)
        return fault_at(reading, reading->line, "choice takes its number, from 0 on");
    for (size_t i = 0; i < rules->n_choices; i++)
        if (rules->choices[i].choice == choice)
            return fault_at(reading, reading->line, "this choice stands above already");
    reading->rule = one_more(&rules->choices, &rules->n_choices, sizeof *reading->rule);
    if (reading->rule == NULL)
        return -ENOMEM;
    *reading->rule = (struct rule){ .line = reading->line, .words = "", .choice = (int)choice };
    return 0;
}

static const struct {
    const char *word;
    int (*read)(struct reading *reading, char *text);
} keywords[] = {
    { "title", read_title },         { "task", read_task },   { "hint", read_hint },
    { "argument", read_argument },   { "limit", read_limit }, { "clock", read_clock },
    { "interrupt", read_interrupt }, { "guest", read_guest }, { "rule", read_rule },
    { "choice", read_choice },
};

/* ---- lines ----------------------------------------------------------------------------------- */

/* A rule is whole when another line begins: has it statements? */
static int end_rule(struct reading *reading)
{
    if (reading->rule != NULL && reading->rule->n_statements == 0)
        return fault_at(reading, reading->rule->line,
                        "a rule or choice needs a statement: a line below it that begins with "
                        "blanks");
    reading->rule = NULL;
    reading->more = NULL;
    reading->output = NULL;
    return 0;
}

/* More words of a task or hint: behind the last line of it, which lies before it in the text. */
static void add_words(struct lines *lines, const char *more)
{
    char *end = (char *)(uintptr_t)lines->at[lines->n - 1];
    end += strlen(end);
    *end++ = ' ';
    memmove(end, more, strlen(more) + 1);
}

static int read_below(struct reading *reading, char *text, const char *source)
{
    if (reading->rule != NULL)
        return read_statement(reading, text, source);
    if (reading->more == NULL)
        return fault_at(reading, reading->line,
                        "this line begins with blanks, but no rule, choice, task or hint stands "
                        "above it");
    add_words(reading->more, text);
    return 0;
}

static int read_keyword(struct reading *reading, char *text)
{
    int rc = end_rule(reading);
    if (rc < 0)
        return rc;
    size_t len = strcspn(text, " \t");
    char *rest = text + len + strspn(text + len, " \t");
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strlen(keywords[i].word) == len && strncmp(text, keywords[i].word, len) == 0)
            return keywords[i].read(reading, rest);
    return fault_at(reading, reading->line,
                    "title, task, hint, argument, interrupt, limit, clock, guest, rule or choice "
                    "was expected");
}

static int read_line(struct reading *reading, char *text, const char *source)
{
    size_t blanks = strspn(text, " \t"), len = strlen(text);
    while (len > blanks && strchr(" \t\r", text[len - 1]) != NULL)
        text[--len] = '\0';
    if (text[blanks] == '\0' || text[blanks] == '#')
        return 0;
    return blanks > 0 ? read_below(reading, text + blanks, source + blanks)
                      : read_keyword(reading, text);
}

static int read_lines(struct reading *reading)
{
    struct rules *rules = reading->rules;
    char *next;
    for (char *at = rules->text; at != NULL && *at != '\0'; at = next) {
        reading->line++;
        next = strchr(at, '\n');
        if (next != NULL) {
            *next = '\0';
            rules->source[next - rules->text] = '\0';
            next++;
        }
        int rc = read_line(reading, at, rules->source + (at - rules->text));
        if (rc < 0)
            return rc;
    }
    int rc = end_rule(reading);
    if (rc == 0 && rules->n_rules == 0)
        rc = fault_at(reading, reading->line, "there is no rule in this file");
    return rc;
}

/* ---- the file -------------------------------------------------------------------------------- */

static int read_file(struct rules *rules, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -errno;
    rules->text = malloc(FILE_MAX + 1);
    rules->path = strdup(path);
    size_t len = rules->text == NULL ? 0 : fread(rules->text, 1, FILE_MAX, file);
    int rc = ferror(file) ? -EIO : len == FILE_MAX ? -EFBIG : 0;
    fclose(file);
    if (rules->text == NULL || rules->path == NULL)
        return -ENOMEM;
    rules->text[len] = '\0';
    rules->source = strdup(rules->text);
    if (rc == 0 && (rules->source == NULL || strlen(rules->text) != len))
        rc = rules->source == NULL ? -ENOMEM : -EILSEQ;
    return rc;
}

int rules_read(struct rules *rules, const char *path, char fault[RULES_FAULT])
{
    *rules = (struct rules){ .title = "", .limit_s = 10 };
    struct reading reading = { .rules = rules, .fault = fault };
    fault[0] = '\0';
    int rc = read_file(rules, path);
    if (rc == 0)
        rc = read_lines(&reading);
    if (rc < 0 && fault[0] == '\0') {
        struct say say;
        say_init(&say, fault, RULES_FAULT);
        say_clean(&say, slice_of(path), 4096);
        say_f(&say, " can't be read: %s", rc == -EILSEQ ? "it is no text" : strerror(-rc));
    }
    if (rc < 0)
        rules_free(rules);
    return rc;
}

static void free_rules(struct rule *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < list[i].n_statements; k++)
            free(list[i].statements[k].lines.at);
        free(list[i].statements);
    }
    free(list);
}

void rules_free(struct rules *rules)
{
    free_rules(rules->rules, rules->n_rules);
    free_rules(rules->choices, rules->n_choices);
    free(rules->task.at);
    free(rules->hints.at);
    free(rules->arguments.at);
    free(rules->text);
    free(rules->source);
    free(rules->path);
    *rules = (struct rules){ .title = "" };
}

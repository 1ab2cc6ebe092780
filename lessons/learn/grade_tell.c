/*
 * grade_tell - grades as a sheet (CSV), or as lines for people.
 *
 * A sheet is opened with a spreadsheet, and what stands in it was written by students: a name like
 * =HYPERLINK(...) must not become a formula. So a cell that begins like one gets an apostrophe,
 * which spreadsheets take as "this is text".
 */
#include "grade.h"

#include "text.h"

#include <string.h>

/* One cell, already clean; quoted where RFC 4180 asks for it. */
static void cell(FILE *out, const char *text)
{
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted)
        fputc('"', out);
    if (formula)
        fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    if (quoted)
        fputc('"', out);
}

static void clean(char *room, size_t size, const char *text)
{
    struct say say;
    say_init(&say, room, size);
    say_clean(&say, slice_of(text), size);
}

void grade_csv_head(FILE *out)
{
    fputs("student,exercise,result,rules passed,rules in all,first failed rule,event,expected,seen,"
          "line,seconds\r\n",
          out);
}

void grade_csv(FILE *out, const struct submission *submission, const struct grade *grade)
{
    char student[256], passed[32], rules[32], event[32] = "", seconds[32];
    clean(student, sizeof student, submission->student);
    snprintf(passed, sizeof passed, "%zu", grade->passed);
    snprintf(rules, sizeof rules, "%zu", grade->rules);
    if (grade->event > 0)
        snprintf(event, sizeof event, "%llu", (unsigned long long)grade->event);
    snprintf(seconds, sizeof seconds, "%.2f", grade->seconds);
    const char *const cells[] = {
        student,
        submission->lesson->name,
        grade_word(grade->result),
        passed,
        rules,
        grade->rule,
        event,
        grade->expected,
        grade->seen,
        grade->line,
        seconds,
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        if (i > 0)
            fputc(',', out);
        cell(out, cells[i]);
    }
    fputs("\r\n", out);
}

void grade_table(FILE *out, const struct submission *submission, const struct grade *grade)
{
    char student[64];
    struct say say;
    say_init(&say, student, sizeof student);
    say_clean(&say, slice_of(submission->student), 24);
    size_t columns = text_columns(slice_of(student));
    fprintf(out, "%s%*s  %-18s  %-15s  %zu of %zu rules  %5.2f s\n", student,
            columns < 24 ? (int)(24 - columns) : 0, "", submission->lesson->name,
            grade_word(grade->result), grade->passed, grade->rules, grade->seconds);
    if (grade->rule[0] != '\0')
        fprintf(out, "    %s\n    expected  %s\n", grade->rule, grade->expected);
    if (grade->seen[0] != '\0')
        fprintf(out, "    seen      %s\n", grade->seen);
    if (grade->event > 0)
        fprintf(out, "    where     event %llu%s%s\n", (unsigned long long)grade->event,
                grade->line[0] != '\0' ? ", " : "", grade->line);
}

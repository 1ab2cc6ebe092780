/*
 * handout - learn handout and learn key: the course on paper, and its answers.
 *
 * Nothing is written twice: chapters are those of LESSONS.md, questions those of the recorded
 * traces, tasks and rules those of the rules files, solutions those that the tests hold.
 */
#include "command.h"
#include "paper.h"
#include "question.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

const char handout_usage[] =
    "learn handout [--html] [NN]\n"
    "\n"
    "Prints the course: the chapters of LESSONS.md, each with its question and choices and the\n"
    "task of its exercise. With NN, one lesson. As text, or with --html as one page that needs\n"
    "nothing else: learn handout --html >course.html. What is right, and why: learn key.\n"
    "Exit status: 0, or 2: wrong usage, or something can't be read.\n";

const char key_usage[] =
    "learn key [--html] [NN]\n"
    "\n"
    "Prints the answers: for each lesson the question with the right choice and why, for each "
    "choice;\n"
    "the rules of the exercise in words, its hints, and a solution. With NN, one lesson.\n"
    "Exit status: 0, or 2: wrong usage, or something can't be read.\n";

/* ---- files ----------------------------------------------------------------------------------- */

/* The whole file; at is NULL when it can't be read (errno). Free at. */
static struct slice read_file(const char *path)
{
    char *text = NULL;
    size_t len = 0;
    FILE *in = fopen(path, "re"), *out = in == NULL ? NULL : open_memstream(&text, &len);
    char room[8192];
    size_t n;
    while (out != NULL && (n = fread(room, 1, sizeof room, in)) > 0)
        fwrite(room, 1, n, out);
    bool good = out != NULL && ferror(in) == 0;
    if (out != NULL)
        good = fclose(out) == 0 && good;
    if (in != NULL)
        fclose(in);
    if (!good)
        free(text);
    return good ? (struct slice){ text, len } : (struct slice){ NULL, 0 };
}

/* ---- chapters -------------------------------------------------------------------------------- */

/* Where the next second-level heading begins, from `at` on; the end when there is none. */
static size_t next_heading(struct slice text, size_t at)
{
    for (bool fenced = false; at < text.len; at++) {
        if (at > 0 && text.at[at - 1] != '\n')
            continue;
        struct slice left = { text.at + at, text.len - at };
        if (slice_begins(left, "```"))
            fenced = !fenced;
        else if (!fenced && slice_begins(left, "## "))
            break;
    }
    return at;
}

/* What stands before the first lesson; without the title, which the paper has already. */
static struct slice preface_of(struct slice lessons)
{
    size_t begin = 0, end = next_heading(lessons, 0);
    while (end < lessons.len &&
           !slice_begins((struct slice){ lessons.at + end, lessons.len - end }, "## Lesson "))
        end = next_heading(lessons, end + 1);
    if (slice_begins(lessons, "# "))
        while (begin < end && lessons.at[begin] != '\n')
            begin++;
    return (struct slice){ lessons.at + begin, end - begin };
}

/* A lesson's chapter, its heading included; empty when there is none. */
static struct slice chapter_of(struct slice lessons, int number)
{
    char heading[32];
    snprintf(heading, sizeof heading, "## Lesson %02d:", number);
    for (size_t at = next_heading(lessons, 0); at < lessons.len;
         at = next_heading(lessons, at + 1)) {
        struct slice left = { lessons.at + at, lessons.len - at };
        if (slice_begins(left, heading))
            return (struct slice){ left.at, next_heading(lessons, at + 1) - at };
    }
    return (struct slice){ NULL, 0 };
}

/* ---- questions and exercises ----------------------------------------------------------------- */

/* 1 and the question, 0 when the lesson has none (yet). */
static int question_of(const struct course *course, const struct lesson *lesson,
                       struct question *question)
{
    char path[PATH_MAX];
    int rc =
        question_find(question, course_path(course, path, "lessons/traces/%s.jsonl", lesson->name));
    if (rc < 0 && rc != -ENOENT)
        fprintf(stderr, "learn: %s: %s\n", path, strerror(-rc));
    return rc > 0;
}

static void put_question(struct paper *paper, const struct question *question)
{
    paper_heading(paper, 3, slice_of("The question"));
    paper_text(paper, slice_of(question->text));
    paper_list_begin(paper, 1);
    for (int i = 0; i < question->n; i++)
        paper_item(paper, slice_of(question->choices[i]), false);
    paper_list_end(paper);
}

static void put_answer(struct paper *paper, const struct question *question)
{
    char text[2000];
    struct say say;
    paper_text(paper, slice_of(question->text));
    paper_list_begin(paper, 1);
    for (int i = 0; i < question->n; i++) {
        say_init(&say, text, sizeof text);
        say_clean(&say, slice_of(question->choices[i]), 800);
        say_add(&say, i == question->answer ? " - RIGHT. " : " - Not so. ");
        say_clean(&say, slice_of(question->why[i]), 800);
        paper_item(paper, slice_of(text), false);
    }
    paper_list_end(paper);
}

static void put_lines(struct paper *paper, const struct lines *lines)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (size_t i = 0; out != NULL && i < lines->n; i++)
        fprintf(out, "%s%s", i > 0 ? " " : "", lines->at[i]);
    if (out == NULL || fclose(out) != 0)
        return;
    paper_text(paper, (struct slice){ text, len });
    free(text);
}

static void put_exercise(struct paper *paper, const struct lesson *lesson,
                         const struct rules *rules)
{
    char heading[300];
    struct say say;
    say_init(&say, heading, sizeof heading);
    say_add(&say, "Exercise: ");
    say_clean(&say, slice_of(rules->title), 200);
    paper_heading(paper, 3, slice_of(heading));
    put_lines(paper, &rules->task);
    snprintf(heading, sizeof heading,
             "`build/learn check %02d` makes your copy, lessons/exercises/%s.c, and judges it.",
             lesson->number, lesson->name);
    paper_marked(paper, slice_of(heading));
}

static void put_solution(const struct course *course, struct paper *paper,
                         const struct lesson *lesson)
{
    char path[PATH_MAX];
    struct slice code =
        read_file(course_path(course, path, "lessons/checks/%02d/right_1.c", lesson->number));
    if (code.at == NULL)
        return;
    paper_heading(paper, 4, slice_of("A solution"));
    paper_code(paper, code);
    free((char *)(uintptr_t)code.at);
}

static void put_rules(struct paper *paper, const struct rules *rules)
{
    paper_heading(paper, 3, slice_of("The exercise passes when"));
    paper_list_begin(paper, 1);
    for (size_t i = 0; i < rules->n_rules; i++)
        paper_item(paper, slice_of(rules->rules[i].words), false);
    paper_list_end(paper);
    if (rules->hints.n == 0)
        return;
    paper_heading(paper, 4, slice_of("Hints"));
    paper_list_begin(paper, 1);
    for (size_t i = 0; i < rules->hints.n; i++)
        paper_item(paper, slice_of(rules->hints.at[i]), false);
    paper_list_end(paper);
}

/* ---- lessons --------------------------------------------------------------------------------- */

/* What both commands are about. */
struct print {
    const struct course *course;
    struct paper paper;
    struct slice lessons; /* LESSONS.md */
    const struct lesson *only;
    bool failed;
};

typedef void put_lesson(struct print *print, const struct lesson *lesson,
                        const struct rules *rules);

static void put_lesson_of_course(struct print *print, const struct lesson *lesson,
                                 const struct rules *rules)
{
    struct question question;
    struct slice chapter = chapter_of(print->lessons, lesson->number);
    if (chapter.len > 0)
        paper_markdown(&print->paper, chapter);
    else
        paper_heading(&print->paper, 2, slice_of(lesson->name));
    if (question_of(print->course, lesson, &question)) {
        put_question(&print->paper, &question);
        question_free(&question);
    }
    if (rules != NULL)
        put_exercise(&print->paper, lesson, rules);
}

static void put_lesson_of_key(struct print *print, const struct lesson *lesson,
                              const struct rules *rules)
{
    char heading[80];
    struct question question;
    snprintf(heading, sizeof heading, "Lesson %02d", lesson->number);
    paper_heading(&print->paper, 2, slice_of(heading));
    if (question_of(print->course, lesson, &question)) {
        put_answer(&print->paper, &question);
        question_free(&question);
    }
    if (rules == NULL)
        return;
    put_rules(&print->paper, rules);
    put_solution(print->course, &print->paper, lesson);
}

static void put_each(struct print *print, put_lesson *put)
{
    for (size_t i = 0; i < print->course->n; i++) {
        const struct lesson *lesson = &print->course->lessons[i];
        struct rules rules;
        if (print->only != NULL && lesson != print->only)
            continue;
        bool has_rules = lesson->has_exercise;
        if (has_rules && command_rules(print->course, lesson, &rules) < 0) {
            print->failed = true;
            has_rules = false;
        }
        put(print, lesson, has_rules ? &rules : NULL);
        if (has_rules)
            rules_free(&rules);
    }
}

/* Reads the words of the command line and LESSONS.md. 0, or -1: said. */
static int begin(struct print *print, const struct command *command, struct course *course,
                 int argc, char **argv)
{
    char path[PATH_MAX];
    const struct flag flags[] = { { "--html", &print->paper.html, NULL }, { NULL, NULL, NULL } };
    print->course = course;
    print->paper.out = stdout;
    print->paper.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    int words = command_words(command, flags, 1, argc, argv);
    if (words < 0)
        return -1;
    if (words == 1 && (print->only = course_lesson(course, argv[0])) == NULL)
        return -1;
    print->lessons = read_file(course_path(course, path, "LESSONS.md"));
    if (print->lessons.at != NULL)
        return 0;
    fprintf(stderr, "learn: %s can't be read: %s\n", path, strerror(errno));
    return -1;
}

static int finish(struct print *print)
{
    paper_end(&print->paper);
    free((char *)(uintptr_t)print->lessons.at);
    return print->failed ? USAGE_WRONG : PASSED;
}

int handout_command(const struct command *command, struct course *course, int argc, char **argv)
{
    struct print print = { .failed = false };
    if (begin(&print, command, course, argc, argv) < 0)
        return USAGE_WRONG;
    paper_begin(&print.paper, "Event loops: the course");
    if (print.only == NULL)
        paper_markdown(&print.paper, preface_of(print.lessons));
    put_each(&print, put_lesson_of_course);
    return finish(&print);
}

int key_command(const struct command *command, struct course *course, int argc, char **argv)
{
    struct print print = { .failed = false };
    if (begin(&print, command, course, argc, argv) < 0)
        return USAGE_WRONG;
    paper_begin(&print.paper, "Event loops: the answers");
    put_each(&print, put_lesson_of_key);
    return finish(&print);
}

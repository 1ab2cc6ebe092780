/*
 * lines - sentence by sentence. Everything printed is clean: explain() says so of its sentences, and
 * text_print() makes the rest so.
 */
#include "lines.h"

#include "explain.h"
#include "pages.h"
#include "question.h"

#include <errno.h>
#include <stdlib.h>

/* So many events after a question give its answer away; a note or a line of output does too. */
enum { REVEAL_EVENTS = 12 };

struct play {
    struct pages pages;
    struct model *model;
    bool pauses, over; /* over: nothing more comes from standard input */
    struct question question;
    bool asked;
    int choice;    /* -1: skipped */
    int revealing; /* events until the answer is told; 0: none is owed */
};

/* ---- asking ---------------------------------------------------------------------------------- */

static bool read_reply(struct play *play, char *room, int size)
{
    fflush(stdout);
    if (play->over || fgets(room, size, stdin) == NULL) {
        play->over = true;
        putchar('\n');
        return false;
    }
    size_t len = strcspn(room, "\r\n");
    for (int byte = 0; room[len] == '\0' && byte != '\n' && byte != EOF;)
        byte = getchar(); /* the rest of a long line */
    room[len] = '\0';
    return true;
}

/* A choice, or -1: skipped. What is neither is asked for again. */
static int read_choice(struct play *play)
{
    char reply[64], *end;
    while (true) {
        printf("Your answer, 1 to %d (Enter skips): ", play->question.n);
        if (!read_reply(play, reply, sizeof reply) || reply[strspn(reply, " \t")] == '\0')
            return -1;
        long number = strtol(reply, &end, 10);
        if (end[strspn(end, " \t")] == '\0' && number >= 1 && number <= play->question.n)
            return (int)number - 1;
        fputs("\"", stdout);
        text_print(stdout, slice_of(reply), false);
        printf("\" is no number from 1 to %d.\n", play->question.n);
    }
}

static void print_choice(const struct question *question, int choice)
{
    printf("%d. ", choice + 1);
    text_print(stdout, slice_of(question->choices[choice]), false);
}

static int ask(struct play *play, const struct event *event)
{
    int rc = question_take(&play->question, event);
    if (rc < 0)
        return rc == -EINVAL ? 0 : rc;
    play->asked = true;
    fputs("\nQuestion: ", stdout);
    text_print(stdout, slice_of(play->question.text), false);
    putchar('\n');
    for (int i = 0; i < play->question.n; i++) {
        fputs("  ", stdout);
        print_choice(&play->question, i);
        putchar('\n');
    }
    play->choice = read_choice(play);
    play->revealing = REVEAL_EVENTS;
    puts(play->choice < 0 ? "Skipped. Look at what comes.\n" : "Look at what comes.\n");
    return 0;
}

static void print_why(const struct question *question, int choice)
{
    text_print(stdout, slice_of(question->why[choice]), false);
    putchar('\n');
}

static void reveal(struct play *play)
{
    const struct question *question = &play->question;
    play->revealing = 0;
    fputs("\n", stdout);
    if (play->choice >= 0 && play->choice != question->answer) {
        fputs("You said: ", stdout);
        print_choice(question, play->choice);
        fputs(". Not so. ", stdout);
        print_why(question, play->choice);
    }
    fputs(play->choice == question->answer ? "You said: " : "The answer: ", stdout);
    print_choice(question, question->answer);
    fputs(play->choice == question->answer ? ". Right. " : ". ", stdout);
    print_why(question, question->answer);
    putchar('\n');
}

/* ---- telling --------------------------------------------------------------------------------- */

static void tell_note(struct play *play, const struct event *event)
{
    char reply[64];
    fputs("\nNote: ", stdout);
    text_print(stdout, event_text(event, "text"), false);
    fputs("\n\n", stdout);
    if (!play->pauses || play->over)
        return;
    fputs("(Enter goes on) ", stdout);
    read_reply(play, reply, sizeof reply);
}

static void tell_event(const struct play *play, const struct event *event)
{
    char sentence[EXPLAIN_SIZE];
    size_t len = explain(sentence, sizeof sentence, event, play->model);
    printf("%7lld.%03lld  ", (long long)(event->t_ns / 1000000000),
           (long long)(event->t_ns / 1000000 % 1000));
    text_print(stdout, (struct slice){ sentence, len }, false);
    putchar('\n');
}

static int take(struct play *play, const struct event *event)
{
    int rc = model_apply(play->model, event);
    if (rc < 0)
        return rc;
    if (event->kind == EV_NOTE_ASK)
        return play->asked ? 0 : ask(play, event);
    if (event_kind_is_sink(event->kind))
        return 0;
    if (event->kind == EV_NOTE_SAY) {
        if (play->revealing > 0)
            reveal(play);
        tell_note(play, event);
        return 0;
    }
    tell_event(play, event);
    if (play->revealing > 0 && (--play->revealing == 0 || event->kind == EV_OUT_LINE))
        reveal(play);
    return 0;
}

int lines_play(const char *trace, bool pauses, int *answer)
{
    struct play play = { .pauses = pauses, .choice = -1, .model = model_create() };
    int rc = play.model == NULL ? -ENOMEM : pages_open(&play.pages, trace);
    if (rc < 0) {
        model_destroy(play.model);
        return rc;
    }
    while (rc >= 0 && !ferror(stdout) && (rc = pages_next(&play.pages)) > 0)
        rc = take(&play, &play.pages.event);
    if (rc >= 0 && play.revealing > 0)
        reveal(&play);
    if (play.choice >= 0)
        *answer = play.choice;
    if (play.asked)
        question_free(&play.question);
    pages_close(&play.pages);
    model_destroy(play.model);
    return rc < 0 ? rc : 0;
}

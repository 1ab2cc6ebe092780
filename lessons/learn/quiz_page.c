/*
 * quiz_page - the question as lines.
 *
 *     Lesson 05                                                        12 votes
 *
 *     What becomes of the silent client?
 *
 *     1  It waits for ever
 *        ######                      3
 *        Only while nobody cancels its task.
 *   > 2  Its task is cancelled                        <- the right one
 */
#include "quiz.h"

enum { COLUMNS_LEAST = 20, BAR_MOST = 40 };

/* ---- votes ----------------------------------------------------------------------------------- */

bool quiz_vote(struct quiz *quiz, int choice)
{
    if (choice < 0 || choice >= quiz->question->n || quiz->revealed || quiz->n_votes == QUIZ_VOTES)
        return false;
    quiz->votes[quiz->n_votes++] = (unsigned char)choice;
    quiz->revealed = !quiz->class_view;
    return true;
}

bool quiz_take_back(struct quiz *quiz)
{
    if (quiz->n_votes == 0 || quiz->revealed)
        return false;
    quiz->n_votes--;
    return true;
}

bool quiz_reveal(struct quiz *quiz)
{
    bool may = quiz->class_view && !quiz->revealed;
    quiz->revealed = quiz->revealed || may;
    return may;
}

size_t quiz_count(const struct quiz *quiz, int choice)
{
    size_t count = 0;
    for (size_t i = 0; i < quiz->n_votes; i++)
        count += quiz->votes[i] == choice;
    return count;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static struct quiz_line *add_line(struct quiz_page *page, bool bold)
{
    struct quiz_line *line = &page->lines[page->n < QUIZ_LINES - 1 ? page->n : QUIZ_LINES - 1];
    page->n += page->n < QUIZ_LINES;
    line->bold = bold;
    line->text[0] = '\0';
    return line;
}

static void add_gap(struct quiz_page *page, bool airy)
{
    if (airy)
        add_line(page, false);
}

/* As many whole words as fit into so many columns; at least one. */
static struct slice take_words(struct slice *text, size_t columns)
{
    size_t fits = 0, at = 0;
    while (at < text->len) {
        size_t end = at;
        while (end < text->len && text->at[end] == ' ')
            end++;
        while (end < text->len && text->at[end] != ' ')
            end++;
        if (fits > 0 && text_columns((struct slice){ text->at, end }) > columns)
            break;
        fits = at = end;
    }
    struct slice words = { text->at, fits };
    *text = (struct slice){ text->at + fits, text->len - fits };
    while (text->len > 0 && text->at[0] == ' ')
        *text = (struct slice){ text->at + 1, text->len - 1 };
    return words;
}

/* A paragraph: the first line begins with `head`, the others with as many blanks. */
static void add_text(struct quiz_page *page, const char *head, const char *text, int columns,
                     bool bold)
{
    struct slice left = slice_of(text);
    size_t indent = text_columns(slice_of(head));
    size_t room =
        columns > (int)indent + COLUMNS_LEAST / 2 ? (size_t)columns - indent : COLUMNS_LEAST / 2;
    bool first = true;
    do {
        struct say say;
        struct quiz_line *line = add_line(page, bold);
        say_init(&say, line->text, sizeof line->text);
        if (first)
            say_add(&say, head);
        else
            say_f(&say, "%*s", (int)indent, "");
        say_clean(&say, take_words(&left, room), room);
        first = false;
    } while (left.len > 0);
}

static void add_bar(struct quiz_page *page, const struct quiz *quiz, int choice, int columns)
{
    struct say say;
    size_t votes = quiz_count(quiz, choice), most = 1;
    size_t room = columns - 20 < BAR_MOST ? (columns > 24 ? (size_t)columns - 20 : 4) : BAR_MOST;
    for (int i = 0; i < quiz->question->n; i++)
        most = quiz_count(quiz, i) > most ? quiz_count(quiz, i) : most;
    struct quiz_line *line = add_line(page, false);
    say_init(&say, line->text, sizeof line->text);
    say_add(&say, "     ");
    size_t cells = most > room ? votes * room / most : votes;
    for (size_t i = 0; i < cells || (i == 0 && votes > 0); i++)
        say_add(&say, quiz->ascii ? "#" : "█");
    say_f(&say, "%s%zu", votes > 0 ? " " : "", votes);
}

static void add_choice(struct quiz_page *page, const struct quiz *quiz, int choice, int columns)
{
    const struct question *question = quiz->question;
    char head[32];
    bool right = quiz->revealed && choice == question->answer;
    snprintf(head, sizeof head, "%s %d  ", right ? ">" : " ", choice + 1);
    add_text(page, head, question->choices[choice], columns, right || !quiz->revealed);
    if (!quiz->revealed)
        return;
    if (quiz->class_view)
        add_bar(page, quiz, choice, columns);
    if (right)
        add_text(page, "     ", "Right.", columns, true);
    add_text(page, "     ", question->why[choice], columns, false);
}

static void lay_out(const struct quiz *quiz, int columns, bool airy, struct quiz_page *page)
{
    struct say say;
    page->n = 0;
    struct quiz_line *title = add_line(page, false);
    say_init(&say, title->text, sizeof title->text);
    say_f(&say, "Lesson %s: predict", quiz->lesson);
    if (quiz->class_view && quiz->n_votes > 0) {
        say_add(&say, ". ");
        say_count(&say, quiz->n_votes, "vote", NULL);
    } else if (quiz->n_votes > 0) {
        say_f(&say, ". Your answer: %d", quiz->votes[0] + 1);
    }
    add_gap(page, airy);
    add_text(page, "", quiz->question->text, columns, true);
    add_line(page, false);
    for (int i = 0; i < quiz->question->n; i++) {
        add_choice(page, quiz, i, columns);
        add_gap(page, airy);
    }
}

void quiz_lay_out(const struct quiz *quiz, int columns, int rows, struct quiz_page *page)
{
    if (columns < COLUMNS_LEAST)
        columns = COLUMNS_LEAST;
    lay_out(quiz, columns, true, page);
    if (page->n > rows)
        lay_out(quiz, columns, false, page);
}

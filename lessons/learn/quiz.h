/*
 * quiz - a lesson's question before a class: what is asked, the tally, and the page that shows
 * them.
 *
 *     struct quiz quiz = { .question = &question, .lesson = "05", .class_view = true };
 *     quiz_vote(&quiz, 1);
 *     struct quiz_page page;
 *     quiz_lay_out(&quiz, 80, 24, &page);      lines of text, ready for a terminal or a pipe
 *
 * Pure: no terminal, no files.
 */
#ifndef LEARN_QUIZ_H
#define LEARN_QUIZ_H

#include "question.h"

enum { QUIZ_VOTES = 1000, QUIZ_LINES = 200, QUIZ_TEXT = 600 };

struct quiz {
    const struct question *question;
    const char *lesson;
    bool class_view; /* the answer is told on request; else after the first vote */
    bool revealed;
    bool ascii;
    unsigned char votes[QUIZ_VOTES]; /* the choices, in the order in which they came */
    size_t n_votes;
};

/* Adds a vote, from 0; takes the last one back; tells the answer. False: that can't be done now. */
bool quiz_vote(struct quiz *quiz, int choice);
bool quiz_take_back(struct quiz *quiz);
bool quiz_reveal(struct quiz *quiz);
size_t quiz_count(const struct quiz *quiz, int choice);

struct quiz_line {
    bool bold;
    char text[QUIZ_TEXT]; /* clean */
};

struct quiz_page {
    struct quiz_line lines[QUIZ_LINES];
    int n;
};

/* Lays it out in so many columns, airy where `rows` allow it; the page may be longer than that. */
void quiz_lay_out(const struct quiz *quiz, int columns, int rows, struct quiz_page *page);

#endif

/*
 * paper - what is printed for a class: headings, paragraphs, lists, code; as text or as one HTML
 * page.
 *
 *     struct paper paper = { .out = stdout, .html = true };
 *     paper_begin(&paper, "The course");
 *     paper_heading(&paper, 2, slice_of("Lesson 05"));
 *     paper_text(&paper, slice_of("A question from a trace."));
 *     paper_markdown(&paper, chapter);                        a chapter of LESSONS.md
 *     paper_end(&paper);
 *
 * The page has its style in itself and needs nothing else; it prints in black on white. Whatever is
 * given is data: in HTML < and & are escaped, in both a control character is shown, never sent.
 */
#ifndef LEARN_PAPER_H
#define LEARN_PAPER_H

#include "text.h"

#include <stdio.h>

struct paper {
    FILE *out;
    bool html;
    bool ascii;      /* text only: what is beyond ASCII is escaped */
    int first, next; /* of the list that stands open; its own */
};

void paper_begin(struct paper *paper, const char *title);
void paper_end(struct paper *paper);

/* Level 1 is the title, 2 a lesson: it begins a new sheet when printed. */
void paper_heading(struct paper *paper, int level, struct slice text);
/*
 * A paragraph of plain words; and one in which `code`, *em*, **strong** and [text](link) are marks.
 */
void paper_text(struct paper *paper, struct slice text);
void paper_marked(struct paper *paper, struct slice text);
/* Lines as they are. */
void paper_code(struct paper *paper, struct slice code);
/* A list: `first` is its first number, or 0 for dots. */
void paper_list_begin(struct paper *paper, int first);
void paper_item(struct paper *paper, struct slice text, bool marked);
void paper_list_end(struct paper *paper);

/*
 * Markdown, as far as LESSONS.md uses it: headings, paragraphs, lists, code; comments are left out.
 */
void paper_markdown(struct paper *paper, struct slice markdown);

#endif

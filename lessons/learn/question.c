/*
 * question - a note:ask copied out of its event.
 */
#include "question.h"

#include "pages.h"

#include <errno.h>
#include <stdlib.h>

static char *copy_of(struct slice text)
{
    char *copy = malloc(text.len + 1);
    if (copy == NULL)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    return copy;
}

/* How many texts of the list were taken, or -ENOMEM. */
static int take_list(const struct event *event, const char *key, char *texts[QUESTION_CHOICES])
{
    struct items items = event_items(event, key);
    struct field item;
    int n = 0;
    while (n < QUESTION_CHOICES && items_next(&items, &item)) {
        texts[n] = copy_of(item.value);
        if (texts[n++] == NULL)
            return -ENOMEM;
    }
    return n;
}

int question_take(struct question *question, const struct event *event)
{
    *question = (struct question){ .t_ns = event->t_ns };
    question->text = copy_of(event_text(event, "text"));
    question->n = take_list(event, "choices", question->choices);
    int n_why = take_list(event, "why", question->why);
    question->answer = (int)event_number(event, "answer", -1);
    int rc = question->text == NULL || question->n < 0 || n_why < 0 ? -ENOMEM
             : question->n == 0 || n_why < question->n || question->answer < 0 ||
                     question->answer >= question->n
                 ? -EINVAL
                 : 0;
    if (rc < 0)
        question_free(question);
    return rc;
}

int question_find(struct question *question, const char *trace)
{
    struct pages pages;
    int rc = pages_open(&pages, trace);
    if (rc < 0)
        return rc;
    while ((rc = pages_next(&pages)) > 0 && pages.event.kind != EV_NOTE_ASK)
        continue;
    if (rc > 0) {
        rc = question_take(question, &pages.event);
        rc = rc < 0 ? rc : 1;
    }
    pages_close(&pages);
    return rc;
}

void question_free(struct question *question)
{
    free(question->text);
    for (int i = 0; i < QUESTION_CHOICES; i++) {
        free(question->choices[i]);
        free(question->why[i]);
    }
    *question = (struct question){ .text = NULL };
}

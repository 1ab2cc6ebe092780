/*
 * pane.h - the panes: each draws one part of the loop into a box, and nothing else
 *
 * A pane is a pure function of a scene. It gets the inside of its frame; frames and titles are the
 * view's. What a pane may rely on: the box cuts what is too long and escapes what is hostile.
 *
 *     void pane_ready(struct box box, struct scene const *scene)
 *     {
 *         for (struct task *task = scene->model->ready; task; task = task->next_ready)
 *             ...
 *     }
 */
#ifndef VIZ_PANES_PANE_H
#define VIZ_PANES_PANE_H

#include "../canvas.h"
#include "../view.h"

/* All that a pane may look at. Borrowed for the drawing. */
struct scene {
    struct view const *view;
    struct history const *history;
    struct moment const *moment;
    struct model const *model;
    struct task const *task; /* what the picture is about: selected or running; may be NULL */
    int64_t now_ns;          /* the clock of the picture */
};

void pane_source(struct box box, struct scene const *scene);
void pane_loop(struct box box, struct scene const *scene);
void pane_ready(struct box box, struct scene const *scene);
void pane_tasks(struct box box, struct scene const *scene);
void pane_timers(struct box box, struct scene const *scene);
void pane_watch(struct box box, struct scene const *scene);
void pane_timeline(struct box box, struct scene const *scene);
void pane_output(struct box box, struct scene const *scene);

/* Shown alone only. */
void pane_task(struct box box, struct scene const *scene);
void pane_conns(struct box box, struct scene const *scene);
void pane_events(struct box box, struct scene const *scene);
void pane_tree(struct box box, struct scene const *scene);
void pane_lesson(struct box box, struct scene const *scene);

/* Not in the order of Tab: the lines around the panes, and what lies over them. */
void pane_header(struct box box, struct scene const *scene);
void pane_select_sets(struct box box, struct scene const *scene);
void pane_phases(struct box box, struct scene const *scene);
void pane_turns(struct box box, struct scene const *scene);
void pane_load(struct box box, struct scene const *scene);
void pane_words(struct box box, struct scene const *scene);
int pane_words_rows(struct scene const *scene, int cols, int most); /* rows that it would like */
bool pane_words_asks(struct scene const *scene); /* a question stands there, and nothing over it */
/* The choice of an open question that stands in a row of that pane; -1: none does. */
int pane_words_choice(struct note const *note, int cols, int row);
/* "only task:main" from the column on, when there is a filter; the column behind it. */
int pane_header_filter(struct box box, int col, struct filter const *filter);
/* Header and words for one of two traces that are compared. */
void pane_half_header(struct box box, struct scene const *scene);
void pane_half_words(struct box box, struct scene const *scene);
int pane_half_words_rows(struct scene const *scene, int cols);
void pane_keys(struct box box, struct scene const *scene);
void pane_help(struct box box, struct scene const *scene);
int pane_help_rows(void);

/* The title of a pane ("the loop · turn 13"). Strangers' bytes in it are escaped when drawn. */
void pane_title(enum pane pane, struct scene const *scene, char *text, size_t size);
/* Rows that a pane would draw if it had room for all; for scrolling. */
int pane_length(enum pane pane, struct scene const *scene);
/* A place in the program's code: the line is 0, the file empty when it is not known. */
struct spot {
    struct slice file;
    uint64_t line;
};
/* Where a task or a callback stands. */
struct spot pane_task_spot(struct scene const *scene, struct task const *task);
/* What the source pane is about: where it happens now, else where something ran last. */
struct spot pane_source_spot(struct scene const *scene, bool *is_now);
/* ":17", or "guests.h:17" where the source pane shows another file; "" when it is not known. */
char const *pane_say_spot(char *text, size_t size, struct spot spot, struct slice shown);

/* The first row to draw of `length`, as scrolled, kept within what there is. */
int pane_first(enum pane pane, struct scene const *scene, int length, int rows);
/* The same, given how far it is scrolled. */
int pane_first_of(int scroll, int length, int rows);
/* The first row, moved as little as brings row `place` into sight. */
int pane_keep(int first, int place, int rows);
/* The index of the first task that pane_tasks() shows in a box of so many rows. */
int pane_tasks_first(struct scene const *scene, int rows);
/* The stretch of time that the timeline shows. */
struct stretch {
    int64_t from_ns, to_ns;
};
struct stretch pane_timeline_stretch(struct scene const *scene);
/* 1, 2 or 5 times a power of ten: the smallest that is at least `span_ns`. */
int64_t pane_round_span(int64_t span_ns);
/* The time under a column of the timeline of a width, or -1. */
int64_t pane_timeline_time(struct scene const *scene, int cols, int col);
/* What a span looks like: "0.997 s", "12.4 ms". Answers `text`. */
char const *pane_span(char *text, size_t size, int64_t span_ns);
/* What a task waits for, or why it is ready. */
void pane_say_waits(struct say *say, struct task const *task, int64_t now_ns);
/* What a view is for, in a few words. */
char const *pane_about(enum pane pane);
/* The task that the views of one task are about: never NULL where any task lives. */
struct task const *pane_subject(struct scene const *scene);
enum style pane_state_style(enum task_state state);
/* "+3 more" at the right of the pane's title line when `hidden` rows did not fit. */
void pane_more(struct box box, int hidden);

#endif

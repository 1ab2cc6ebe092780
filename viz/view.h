/*
 * view.h - what of the loop is looked at, and how: the picture's own state
 *
 * A view holds nothing of the trace: the history does. It holds what the person at the keys chose
 * (which pane, which task, how far scrolled) and what the player says (playing, speed, live). The
 * same history and the same view always give the same picture:
 *
 *     struct view view;
 *     view_init(&view);
 *     struct canvas *canvas = canvas_create(36, 120);
 *     view_draw(canvas, &view, history);             pure: no clock, no terminal
 *     fputs(canvas_text(canvas, CANVAS_UTF8), stdout);
 *
 * An open struct: whoever has a view may set what it likes; drawing clamps what is out of range.
 */
#ifndef VIZ_VIEW_H
#define VIZ_VIEW_H

#include "canvas.h"
#include "filter.h"
#include "history.h"
#include "order.h"

/* The panes that take the focus, in the order of Tab. The last ones are only shown alone. */
enum pane {
    PANE_SOURCE,
    PANE_LOOP,
    PANE_READY,
    PANE_TASKS,
    PANE_TIMERS,
    PANE_WATCH,
    PANE_TIMELINE,
    PANE_OUTPUT,
    PANE_TILES, /* so many stand side by side */
    PANE_TASK = PANE_TILES,
    PANE_CONNS,
    PANE_EVENTS,
    PANE_TREE,
    PANE_LESSON,
    PANE_COUNT
};

/* Where the trace comes from, as far as the picture is concerned. */
enum view_source {
    VIEW_SAVED, /* nothing more will come */
    VIEW_LIVE,  /* its end still grows */
    VIEW_OVER   /* it was live and has ended */
};

/* An answer given to a question of the lesson: the note's event and the choice, -1 for skipped. */
struct view_answer {
    uint64_t n;
    int choice;
};

enum { VIEW_ANSWERS = 64, VIEW_TEXT = 256, VIEW_CHAIN = 600 };

struct view {
    /* From the player. */
    enum view_source source;
    bool playing;
    bool at_edge;   /* live, and shows what happens now */
    double speed;   /* 1: the pace of the trace's clock */
    int64_t now_ns; /* the clock between two events; below the event's own time it is ignored */

    /* What is looked at. */
    enum pane focus;
    bool maximised;
    enum pane tile;   /* had the focus last, of those that stand side by side */
    bool menu;        /* of the views: a digit chooses */
    enum order order; /* of the tasks */
    bool order_down;
    uint64_t task;          /* number of the selected task; 0: none */
    bool follow;            /* the source pane stays with the selected task */
    int64_t span_ns;        /* of the timeline; 0: as fits the moment */
    int64_t from_ns;        /* where the timeline begins; -1: it goes with the clock */
    struct filter filter;   /* which events count, when there are words in it */
    int scroll[PANE_COUNT]; /* rows from where the pane begins by itself; may be negative */

    /* What lies over it. */
    bool help;
    int help_scroll;
    char const *trace; /* the file's name where two are compared, borrowed; else NULL */
    bool half;         /* of the screen: the keys stand below both */
    int half_words;    /* rows for its sentence, at least: as many as the other one needs */
    bool leads;        /* the keys move it, and the other one follows */
    struct view_answer answers[VIEW_ANSWERS];
    size_t n_answers;
    int64_t chain_at;       /* the event that `u` led to last; -1: none */
    char chain[VIEW_CHAIN]; /* how it led there, as a sentence */
    int chain_fd;           /* what select() found ready there; -1: not told */
    bool chain_fd_write;
    char message[VIEW_TEXT]; /* in the bottom line, in place of the keys; "" for none */
    bool prompting;          /* `prompt` is being typed */
    char sign;               /* what for: ':' go to, '/' find, '\\' filter */
    char prompt[VIEW_TEXT];
    char const *invitation; /* what others type to watch too, borrowed; NULL or "" for none */
    bool takes_control;     /* P and S can do something */
    bool has_paused;        /* the program itself is paused by us */
    bool is_stepping;       /* ... and still makes the step that we let it make */
    unsigned clients;       /* connections that we made */
    double program_speed;   /* of the program's own clock, as we have set it; 0: never */
    bool no_questions;      /* they neither halt nor take answers */
    bool hides_answers;     /* whether an answer is right is told when asked for: see `revealed` */
    uint64_t revealed;      /* the question whose answer was asked for last */
};

void view_init(struct view *view);

/* Draws the whole screen of the canvas's size. */
void view_draw(struct canvas *canvas, struct view const *view, struct history const *history);

/* Where things are on a screen of a size. Panes that have no room have rows == 0. */
struct place {
    int row, col, rows, cols; /* of the inside, without frame and title */
};

/* Looks at a pane: alone, or where it stands. */
void view_focus(struct view *view, enum pane pane, bool alone);
/* The pane that the menu of views has under a digit, -1 for none. */
int view_menu_pane(int digit);

/* Where it stands in a body: one row. */
struct place view_menu_item(struct place body, int digit);

/* "tasks" is PANE_TASKS; -1 for a name that is none. */
int view_pane_of(char const *name);
char const *view_pane_name(enum pane pane);

enum layout_kind { LAYOUT_TOO_SMALL, LAYOUT_REDUCED, LAYOUT_FULL };

struct layout {
    enum layout_kind kind;
    struct place pane[PANE_COUNT];
    struct place load;     /* the line that shows how busy it is */
    struct place body;     /* all of the panes, with their frames */
    struct place progress; /* the line that shows how far we are: one row */
    struct place words;    /* the sentence, or the question */
    int keys_row;
};

enum {
    VIEW_MIN_ROWS = 12,
    VIEW_MIN_COLS = 60,
    VIEW_FULL_ROWS = 24,
    VIEW_FULL_COLS = 80,
    VIEW_HALF_ROWS = 11,
    VIEW_HALF_COLS = 50,
    VIEW_COLUMN_ROWS = 30 /* so many rows of a narrow half are one column of panes */
};

/* The layout that view_draw() uses; for the mouse and for scrolling by pages. */
struct layout view_layout(struct view const *view, struct history const *history, int rows,
                          int cols);

/* The question that the cursor stands on and that waits for an answer, or NULL. */
struct note const *view_question(struct view const *view, struct history const *history);
/* The choice taken for the question at event n: its index, -1 skipped, -2 not answered. */
int view_answer_of(struct view const *view, uint64_t n);
/* The task that the picture is about: the selected one, else the one that runs, else NULL. */
struct task const *view_task(struct view const *view, struct history const *history);
/* The clock of the picture: the event's time, or later when time passes until the next one. */
int64_t view_now(struct view const *view, struct history const *history);

#endif

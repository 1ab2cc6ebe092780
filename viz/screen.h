/*
 * screen.h - the viewer in a terminal
 *
 *     struct source *source = source_run(argv, NULL, NULL, message, sizeof(message));
 *     int rc = screen_run(source, &(struct screen_options){ .play = true, .speed = 1 });
 *     source_finish(source);
 *
 * The terminal is given back as it was however the viewer ends: by a key, by a signal, by a crash.
 * One screen a process at a time: terminals and signals are the process's own.
 */
#ifndef VIZ_SCREEN_H
#define VIZ_SCREEN_H

#include <stdbool.h>

struct source;
struct difference;
struct align;

/* A second trace, beside the first. Neither grows any more. All is borrowed. */
struct screen_other {
    struct source *source;
    struct difference const *difference;
    struct align *align;
};

struct screen_options {
    bool play;         /* play at once (run, attach), else stand at the first event (replay) */
    double speed;      /* 0 is taken as 1 */
    bool no_questions; /* the lesson's questions neither halt nor take answers */
    bool class_view;   /* whether an answer is right is told by a key */
    bool ascii;        /* no character beyond ASCII, also where the locale has more */
    char const *place; /* to stand at first, as the key : takes it ("#41"); or NULL. Borrowed */
    struct screen_other const *other; /* or NULL. Borrowed */
};

/* True where standard output is a terminal that can hold a screen; else the caller prints. */
bool screen_is_possible(void);

/*
 * Shows the source until the user leaves. 0, or a negative errno: -ENOTTY when there is no terminal
 * to read keys from, -EINVAL when TERM names none that can hold a screen; others as read() gives.
 * Signals that end the process (HUP, QUIT, TERM, and crashes) end it still, after the terminal has
 * been restored and the program that was started has been told to end.
 */
int screen_run(struct source *source, struct screen_options const *options);

#endif

/*
 * frame - one screen as text, without a terminal: for documentation, tests and slides.
 *
 *      struct frame_options options = { .at_end = true, .rows = 36, .cols = 120 };
 *      frame_print("lesson.jsonl", &options, stdout);
 */
#ifndef VIZ_FRAME_H
#define VIZ_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum frame_place { FRAME_END, FRAME_AT, FRAME_EVENT };

struct frame_options {
    enum frame_place place;
    int64_t t_ns;     /* FRAME_AT: the moment after the last event with t <= this */
    uint64_t n;       /* FRAME_EVENT: the moment after this event */
    int rows, cols;   /* exactly so many lines, none wider */
    const char *view; /* the pane that is shown maximised, or NULL for all */
    bool ascii, color;
    bool svg, html; /* as a picture, as a page: at most one of them and color */
};

/*
 * Prints the frame of a file ("-": standard input) on `out`. Bad lines that were come across are
 * told on stderr as `FILE:LINE: what`. 0 good; 1 the trace is at fault (said); 2 there is no view
 * of that name (said).
 */
int frame_print(const char *path, const struct frame_options *options, FILE *out);

#endif

/*
 * load.h - how busy the loop is: what of the last second went into handles, and turns a second
 *
 *     struct load load;
 *     load_of(&load, model, now_ns);
 *     printf("%.0f %% busy, %.1f turns/s", 100 * load.busy, load.turns_a_second);
 *
 * Worked out from the model's recent past alone, so the same moment always shows the same load. A
 * loop so fast that its recent past is shorter than a second is measured over what there is. Pure.
 */
#ifndef VIZ_LOAD_H
#define VIZ_LOAD_H

#include "model.h"

enum { LOAD_BARS = 16 };

struct load {
    double busy;            /* share of the time, 0 to 1 */
    double turns_a_second;  /* over the last two seconds or so; -1: not known yet */
    int64_t span_ns;        /* measured over this long; 0: nothing is known yet */
    double bars[LOAD_BARS]; /* busy share of half seconds, the last one ends now; -1 unknown */
};

void load_of(struct load *load, struct model const *model, int64_t now_ns);

#endif

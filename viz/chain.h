/*
 * chain.h - why does this run: back from a handle to what woke it, and on to the root
 *
 *     chain_back(&player, id);    main#1 was made ready (its time was up),
 *     chain_back(&player, id);        because timer 6 fired,
 *     chain_back(&player, id);        because worker#2 set it, at a.c:12, ...
 *
 * Each call goes one cause back in the trace and adds it to view->chain, which the picture shows while
 * it stands there. Anything else that moves the cursor ends the chain; the next call begins anew.
 */
#ifndef VIZ_CHAIN_H
#define VIZ_CHAIN_H

#include "player.h"

/*
 * One cause back: from where the last call led to, or else from the handle `id`. 1; 0 when there is
 * none, and the chain says why; or a negative errno.
 */
int chain_back(struct player *player, struct slice id);
/* True while the cursor stands where the chain has led. */
bool chain_is_here(struct view const *view, struct history const *history);

#endif

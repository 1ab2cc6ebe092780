/*
 * share.h - `run --share [ADDRESS:]PORT`: a room of viewers may watch
 *
 *     struct share share;
 *     if (share_parse(&share, "0.0.0.0:9000", message, sizeof(message)) < 0)
 *         ... message says what is wrong with it, and what to do
 *     share.trace          "tcp:0.0.0.0:9000", for LOOP_TRACE: the program itself listens
 *     share.invitation     "loopscope attach tcp:192.168.1.5:9000", what the others type
 *
 * Nothing is opened to others unless an address is given: without one it is 127.0.0.1. For "all
 * addresses" (0.0.0.0, [::]) the invitation names one by which this machine can be reached.
 */
#ifndef VIZ_SHARE_H
#define VIZ_SHARE_H

#include <stddef.h>

enum { SHARE_INVITATION = 128 };

struct share {
    char trace[96];
    char invitation[SHARE_INVITATION];
};

/* 0, or -EINVAL with what is wrong in `message`. Addresses are numbers: no name is looked up. */
int share_parse(struct share *share, char const *text, char *message, size_t size);

#endif

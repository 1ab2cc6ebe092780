/*
 * pump - what comes on a descriptor goes to the end of a file, in a thread of its own
 *
 * So whoever draws may take as long as it takes: the program that writes is not kept waiting, and nothing that
 * it tells is missed. Where no thread can be had, pump_look() does the work.
 *
 *     struct pump *pump = pump_start(in_fd, file_fd);
 *     poll() pump_fd(pump) with your own descriptors
 *     pump_look(pump, &seen);                            never waits
 *     read the file up to seen.bytes
 *     pump_stop(pump);
 */
#ifndef VIZ_PUMP_H
#define VIZ_PUMP_H

#include <stdbool.h>
#include <sys/types.h>

struct pump;

struct pump_sight {
    off_t bytes;    /* in the file */
    bool is_empty;  /* nothing else has come so far */
    bool has_ended; /* and nothing will: the input's end */
    int error;      /* a negative errno: the file can't be written, and nothing more is taken */
};

/* Borrows both until pump_stop(). The file is empty. NULL and errno. */
struct pump *pump_start(int in_fd, int file_fd);
/* Readable when there may be more to see than at the last look. */
int pump_fd(struct pump const *pump);
void pump_look(struct pump *pump, struct pump_sight *sight);
/* Takes NULL. What has not come yet stays where it is. */
void pump_stop(struct pump *pump);

#endif

/*
 * source_inside.h - what a source is made of; for source.c and source_open.c alone
 */
#ifndef VIZ_SOURCE_INSIDE_H
#define VIZ_SOURCE_INSIDE_H

#include "program.h"
#include "pump.h"
#include "source.h"

enum source_kind { FROM_PROGRAM, FROM_SOCKET, FROM_PIPE, FROM_FILE };

struct source {
    enum source_kind kind;
    int in_fd;         /* what is pumped; -1 for files and after the end */
    int trace_fd;      /* the spool */
    off_t bytes;       /* in the spool, at the last look */
    struct pump *pump; /* from in_fd to trace_fd; NULL without in_fd */
    bool follow, takes_control, has_ended, user_ended;
    struct program program; /* FROM_PROGRAM only */
    char *name, *path;
    char invitation[SHARE_INVITATION]; /* "": nobody else is to watch */
};

#endif

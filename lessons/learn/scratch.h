/*
 * scratch - a directory for what is only needed for a while, and what strangers may have left in
 * it.
 *
 *     char path[PATH_MAX];
 *     if (scratch_make(path) < 0)
 *         ... errno
 *     scratch_remove(path);
 */
#ifndef LEARN_SCRATCH_H
#define LEARN_SCRATCH_H

#include <limits.h>

/*
 * Below $TMPDIR (/tmp), an absolute path without links; others may pass through it, but not look.
 * 0, or -1: errno.
 */
int scratch_make(char path[PATH_MAX]);
/*
 * Removes it and all below, however deep that is; links are removed, never followed. Only when
 * nothing writes there any more. 0, or -1: something is left; errno says why.
 */
int scratch_remove(const char *path);

#endif

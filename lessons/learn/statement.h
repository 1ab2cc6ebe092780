/* statement - one line of a rule, read. */
#ifndef LEARN_STATEMENT_H
#define LEARN_STATEMENT_H

#include "rules.h"

/*
 * Reads the statement in `text` (cut up in place, and borrowed); `source` is the same text untouched.
 * 0 or -EINVAL: `fault` says what was expected. `output` lines are left to the caller.
 */
int statement_read(struct statement *statement, char *text, const char *source, char *fault,
                   size_t size);

#endif

/* tell - what became of a trial, in plain words. Everything that a program made is escaped. */
#ifndef LEARN_TELL_H
#define LEARN_TELL_H

#include "exercise.h"

#include <stdio.h>

/* A program's bytes as lines, at most `most` of them, each indented and escaped. */
void tell_bytes(FILE *file, struct slice bytes, int most);
/* Each rule passed or failed, and what is needed to repair it; compiler's words when it didn't build. */
void tell_trial(FILE *file, const struct course *course, const struct entry *entry,
                const struct rules *rules, const struct trial *trial);
/* In one line: why a trial failed; "" when it passed. */
void tell_briefly(char *room, size_t size, const struct rules *rules, const struct trial *trial);

#endif

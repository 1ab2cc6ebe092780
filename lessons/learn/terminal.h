/* terminal - a program that takes the terminal for a while: the viewer. */
#ifndef LEARN_TERMINAL_H
#define LEARN_TERMINAL_H

#include <stdbool.h>

/* Standard input and output are a terminal that a viewer can use. */
bool terminal_is_there(void);
/* Runs the program in our place until it ends. Its exit status, 128 + the signal, or -1: said. */
int terminal_run(const char *const *argv);
/* One key, without Enter. 0 when there is none to be had. */
char terminal_key(void);

#endif

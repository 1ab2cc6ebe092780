/*
 * rescue.h - signals: the terminal comes back however the process ends
 *
 *     struct rescue_plan plan = { .tty = fd, .modes = saved, .reset = bytes, .reset_size = n };
 *     rescue_begin(&plan);
 *     poll() rescue_fd(); when it is readable:
 *         while ((number = rescue_next()) > 0)       SIGWINCH, SIGCONT, SIGTSTP, SIGINT
 *             ...
 *     rescue_end();
 *
 * Signals that end the process (HUP, QUIT, TERM, and those of a crash) write the reset bytes, set the
 * terminal's modes back, pass SIGINT on to the program that was started, and end the process as they
 * would have. Only what POSIX allows inside a signal handler is done there.
 *
 * One at a time in a process, as signals are the process's own.
 */
#ifndef VIZ_RESCUE_H
#define VIZ_RESCUE_H

#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

enum { RESCUE_RESET_MAX = 512 };

struct rescue_plan {
    int tty; /* the terminal; written to and set back */
    struct termios modes;
    char reset[RESCUE_RESET_MAX];
    size_t reset_size;
    pid_t program; /* its group is interrupted; 0 for none */
};

/* Copies the plan; takes the signals over. 0 or a negative errno. */
int rescue_begin(struct rescue_plan const *plan);
/* Gives the signals back to whoever had them. */
void rescue_end(void);
/* The program has ended: there is no one to interrupt any more. */
void rescue_forget_program(void);

/* Readable when a signal has come. */
int rescue_fd(void);
/* The next signal that came, or 0. */
int rescue_next(void);
/* Stops this process as Ctrl-Z does; answers when it was continued. */
void rescue_suspend(void);

#endif

/* lesson.h - what the lessons share and what is not their subject: arguments, ports, strangers' bytes.
 *
 * Everything here has its counterpart in python/lesson.py, word for word on the screen.
 */
#ifndef LESSON_H
#define LESSON_H

#include "loop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a server lesson is asked to do: listen on port, and have so many guests of its own come by; and what it
 * has seen. */
struct plan {
    int port, guests;
    int clients;    /* so far */
    char text[256]; /* room for the server's description */
};

/* Each line is written at once, also into a pipe or file, so that Ctrl-C loses none: python3 -u. */
static inline void lesson_begin(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
}

/* The number that text says, from 0 to most; ends the program with advice if it is none. */
static inline int lesson_number(const char *what, const char *text, long most)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && number >= 0 && number <= most)
        return (int)number;
    fprintf(stderr, "%s must be a number from 0 to %ld, not \"%s\"\n", what, most, text);
    exit(2);
}

/* PROGRAM [GUESTS], with LESSON_PORT from the environment (8888; 0: any free port). */
static inline struct plan lesson_plan(int argc, char *argv[])
{
    const char *port = getenv("LESSON_PORT");
    if (argc > 2) {
        fprintf(stderr, "usage: [LESSON_PORT=PORT] %s [GUESTS]\n", argv[0]);
        exit(2);
    }
    lesson_begin();
    return (struct plan){
        .port = port == NULL ? 8888 : lesson_number("LESSON_PORT", port, 65535),
        .guests = argc < 2 ? 0 : lesson_number("GUESTS", argv[1], 1000000),
    };
}

/* The server could not start: says why (errno) and what to do.  Answers the negative errno. */
static inline int lesson_cannot_listen(const char *host, int port)
{
    int err = errno;
    fprintf(stderr, "can't listen on %s:%d: %s\n", host, port, strerror(err));
    if (err == EADDRINUSE)
        fprintf(stderr,
                "Another program uses this port; perhaps this lesson runs in another window.\n"
                "End that one, or choose another port: LESSON_PORT=%d in front of the command.\n",
                port < 65535 ? port + 1 : 8888);
    else if (err == EACCES)
        fputs("Ports below 1024 may be reserved; choose another one with LESSON_PORT.\n", stderr);
    return -err;
}

/* Where a lesson may have a Unix socket of its own; writes it into path and answers path. */
static inline const char *lesson_socket(char *path, size_t size)
{
    const char *directory = getenv("TMPDIR");
    snprintf(path, size, "%s/lesson-%d.sock", directory != NULL ? directory : "/tmp",
             (int)getpid());
    return path;
}

/* Strips the end of a line of n bytes; what is no printable ASCII becomes '?', since a stranger's
 * bytes must not command our terminal.  Answers line. */
static inline const char *lesson_printable(char *line, ssize_t n)
{
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        n--;
    for (ssize_t i = 0; i < n; i++)
        if (line[i] < ' ' || line[i] > '~')
            line[i] = '?';
    line[n] = '\0';
    return line;
}

#endif

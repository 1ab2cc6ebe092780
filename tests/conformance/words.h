/* words.h - what the conformance programs share: Python's words for the loop's answers.
 *
 * Each program asks the loop, and prints what it answered; where Python would print an object, these say the same.
 */
#ifndef CONFORMANCE_WORDS_H
#define CONFORMANCE_WORDS_H

#include "loop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline const char *yes(bool is)
{
    return is ? "True" : "False";
}

/* One of a few buffers, so that a line may have several of them. */
static inline char *words_buffer(void)
{
    static char buffers[6][512];
    static int next;
    next = (next + 1) % 6;
    return buffers[next];
}

/* b'...' */
static inline const char *bytes(const void *data, size_t n)
{
    const unsigned char *p = data;
    char *text = words_buffer(), *to = text;
    to += sprintf(to, "b'");
    for (size_t i = 0; i < n && to < text + 500; i++) {
        if (p[i] == '\n')
            to += sprintf(to, "\\n");
        else if (p[i] < ' ' || p[i] > '~')
            to += sprintf(to, "\\x%02x", p[i]);
        else
            *to++ = (char)p[i];
    }
    strcpy(to, "'");
    return text;
}

/* What an error is in this program's Python twin. */
struct error_word {
    int error;
    const char *repr;
};

static inline const char *error_in(const struct error_word *words, size_t n, int error)
{
    for (size_t i = 0; i < n; i++)
        if (words[i].error == error)
            return words[i].repr;
    char *text = words_buffer();
    snprintf(text, 500, "unexpected answer %d (%s)", error, strerror(error < 0 ? -error : error));
    return text;
}
#define error_word(words, error) error_in(words, COUNT(words), error)

/* A callback that prints its argument. */
static inline void say(void *text)
{
    puts(text);
}

static inline void stop(void *loop)
{
    loop_stop((struct loop *)loop);
}

static inline void ctrl_c(void *unused)
{
    (void)unused;
    kill(getpid(), SIGINT);
}

/* When the loop is closed, none of its descriptors is open: as many are as before it was made. */
static inline int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 64; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* reader.read(): all that comes until the end of input; its length, or a negative errno. */
static inline ssize_t read_all(struct conn *conn, char *buf, size_t size)
{
    size_t n = 0;
    while (n < size) {
        ssize_t got = await(conn_read(conn, buf + n, size - n));
        if (got <= 0)
            return got < 0 ? got : (ssize_t)n;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static inline int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

#endif

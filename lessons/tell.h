/* tell.h - a pencil that writes a trace: for a program that has no libloop and builds its own loop.
 *
 *     tell_begin("14_own_loop");                  opens what LOOP_TRACE names, and writes the head
 *     tell("loop:turn turn=%d", ++turns);         an event: its name, then key=value
 *     tell_end();
 *
 * loop/TRACE.md says which events there are.  Without LOOP_TRACE nothing is written.  LOOP_TRACE is fd:N or a file's
 * name (of several, with commas, the last one); a Unix socket is beyond this pencil.  The clock is here too, since
 * every event has a time.
 */
#ifndef TELL_H
#define TELL_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

static struct {
    FILE *file;           /* NULL: nothing is told */
    int events;           /* so far */
    bool virtual_clock;   /* LOOP_CLOCK=virtual: time passes in clock_jumps() alone */
    double began, jumped; /* seconds: the real clock's at the beginning, the virtual one's now */
} pencil;

/* Seconds since tell_begin(). */
static inline double now(void)
{
    struct timespec t;
    if (pencil.virtual_clock)
        return pencil.jumped;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9 - pencil.began;
}

/* Seconds as select() wants them. */
static inline struct timeval to_timeval(double seconds)
{
    time_t whole = (time_t)seconds;
    return (struct timeval){ whole, (suseconds_t)((seconds - (double)whole) * 1e6) };
}

/* True if the clock is virtual: then nobody need wait, since it jumps by so much.  What was told so far is handed over,
 * so that a viewer sees the program wait. */
static inline bool clock_jumps(double seconds)
{
    if (pencil.file != NULL)
        fflush(pencil.file);
    pencil.jumped += seconds;
    return pencil.virtual_clock;
}

/* One event: its name and its keys with their values, by printf, with single blanks between them. */
static inline void tell(const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 1, 2)))
#endif
    ;

/* A number, a list or null stands in the trace as it is; all else is a text.  No text may hold a quote or backslash. */
static inline void tell_value(const char *key, const char *value)
{
    char *end;
    strtod(value, &end);
    bool plain = *end == '\0' || *value == '[' || strcmp(value, "null") == 0;
    fprintf(pencil.file, plain ? ",\"%s\":%s" : ",\"%s\":\"%s\"", key, value);
}

/* Each event is numbered, but the lines that the trace has for itself. */
static inline void tell_name(const char *name)
{
    pencil.events += strncmp(name, "trace:", 6) != 0;
    fprintf(pencil.file, "{\"t\":%.9f,\"n\":%d,\"ev\":\"%s\"", now(), pencil.events, name);
}

static inline void tell(const char *format, ...)
{
    char line[1024], *rest, *equals;
    va_list args;
    if (pencil.file == NULL)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    tell_name(strtok_r(line, " ", &rest));
    for (char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;)
        if ((equals = strchr(word, '=')) != NULL) {
            *equals = '\0';
            tell_value(word, equals + 1);
        }
    fputs("}\n", pencil.file);
}

/* An event with one text, which may have blanks. */
static inline void tell_text(const char *event, const char *before, const char *text,
                             const char *behind)
{
    if (pencil.file == NULL)
        return;
    tell_name(event);
    fprintf(pencil.file, "%s,\"text\":\"%s\"%s}\n", before, text, behind);
}

static inline void tell_note(const char *text)
{
    tell_text("note:say", "", text, ",\"lesson\":\"14\"");
}

/* A question with three choices; answer is the index of the right one, and why[i] says why it is right or wrong. */
static inline void tell_ask(const char *question, const char *const choices[3], int answer,
                            const char *const why[3])
{
    if (pencil.file == NULL)
        return;
    tell_name("note:ask");
    fprintf(pencil.file,
            ",\"text\":\"%s\",\"choices\":[\"%s\",\"%s\",\"%s\"],\"answer\":%d,"
            "\"why\":[\"%s\",\"%s\",\"%s\"]}\n",
            question, choices[0], choices[1], choices[2], answer, why[0], why[1], why[2]);
}

/* Prints a line, and tells of it. */
static inline void say(const char *text)
{
    puts(text);
    tell_text("out:line", ",\"stream\":\"stdout\"", text, "");
}

/* "fd:N" or a file's name.  Ends the program, with advice, if that can't be had. */
static inline FILE *tell_open(const char *where)
{
    if (strncmp(where, "unix:", 5) == 0 || strncmp(where, "tcp:", 4) == 0)
        errno = ENOTSUP;
    else {
        FILE *file =
            strncmp(where, "fd:", 3) == 0 ? fdopen(atoi(where + 3), "w") : fopen(where, "w");
        if (file != NULL)
            return file;
    }
    fprintf(stderr, "can't write a trace to LOOP_TRACE=%s: %s; give it a file's name\n", where,
            strerror(errno));
    exit(2);
}

static inline void tell_begin(const char *program)
{
    const char *where = getenv("LOOP_TRACE"), *clock_kind = getenv("LOOP_CLOCK");
    char started[32] = "";
    time_t seconds = time(NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    pencil.began = now();
    pencil.virtual_clock = clock_kind != NULL && strcmp(clock_kind, "virtual") == 0;
    if (where == NULL || *where == '\0')
        return;
    const char *last = strrchr(where, ',');
    where = last == NULL ? where : last + 1;
    pencil.file = tell_open(where);
    strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%S.000Z", gmtime(&seconds));
    tell("trace:head format=loopscope version=1 program=%s argv=[\"%s\"] pid=%ld loop=own clock=%s "
         "started=%s",
         program, program, (long)getpid(), pencil.virtual_clock ? "virtual" : "real", started);
}

static inline void tell_end(void)
{
    tell("trace:end events=%d lost=0 how=closed", pencil.events);
    if (pencil.file != NULL && fclose(pencil.file) != 0)
        perror("the trace could not be written whole");
    pencil.file = NULL;
}

#endif

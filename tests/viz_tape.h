/*
 * viz_tape.h - traces made up line by line, for tests of what the viewer says of them.
 *
 *     begin_tape();
 *     tell("loop:run", ",\"how\":\"forever\"");
 *     new_task("main#1", "program");
 *     turn(1);
 *     step("main#1", 1, 0.25, "timer", "timer#2");
 *     struct history *history = history_of(tape.text);
 */
#ifndef TESTS_VIZ_TAPE_H
#define TESTS_VIZ_TAPE_H

#include "viz_support.h"

/* One event a line, n and t counted up by the microsecond. */
struct tape {
    char text[1 << 20];
    size_t size;
    unsigned n;
    double t;
};

static struct tape tape;

static inline void begin_tape(void)
{
    tape.size = 0;
    tape.n = 0;
    tape.t = 0;
    tape.text[0] = '\0';
}

static inline void tell(char const *ev, char const *keys, ...)
    __attribute__((format(printf, 2, 3)));

static inline void tell(char const *ev, char const *keys, ...)
{
    va_list arguments;

    tape.t += 1e-6;
    tape.size += (size_t)sprintf(tape.text + tape.size, "{\"t\":%.9f,\"n\":%u,\"ev\":\"%s\"",
                                 tape.t, ++tape.n, ev);
    va_start(arguments, keys);
    tape.size += (size_t)vsprintf(tape.text + tape.size, keys, arguments);
    va_end(arguments);
    tape.size += (size_t)sprintf(tape.text + tape.size, "}\n");
    assert_true(tape.size < sizeof(tape.text) - 1024);
}

static inline void new_task(char const *id, char const *parent)
{
    tell("task:new", ",\"task\":\"%s\",\"parent\":\"%s\",\"fn\":\"work\",\"src\":\"a.c:9\"", id,
         parent);
    tell("task:ready", ",\"task\":\"%s\",\"by\":\"%s\",\"why\":\"new\"", id, parent);
}

/* A step that takes so many seconds and then awaits. */
static inline void step(char const *id, unsigned step_number, double took, char const *on,
                        char const *what)
{
    tell("task:begin", ",\"task\":\"%s\",\"step\":%u,\"waited\":0.000001000,\"src\":\"a.c:9\"", id,
         step_number);
    tape.t += took;
    tell("task:await", ",\"task\":\"%s\",\"on\":\"%s\",\"what\":\"%s\",\"src\":\"a.c:10\"", id, on,
         what);
    tell("task:end", ",\"task\":\"%s\",\"took\":%.9f,\"next\":\"await\"", id, took);
}

static inline void turn(unsigned number)
{
    tell("loop:turn", ",\"turn\":%u", number);
    tell("select:enter", ",\"timeout\":0.000000000,\"nfds\":0,\"read\":0,\"write\":0");
    tell("select:leave", ",\"took\":0.000000000,\"ready\":0,\"read\":[],\"write\":[]");
}

#endif

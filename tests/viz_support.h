/*
 * viz_support.h - what the tests of the viewer's pure half share: traces from strings and files,
 * clean text.
 */
#ifndef TESTS_VIZ_SUPPORT_H
#define TESTS_VIZ_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "history.h"

#define CROWD "tests/traces/crowd.jsonl"

/* The bytes of a file; the caller frees. */
static inline char *file_bytes(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *len = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*len + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *len, file), *len);
    bytes[*len] = '\0';
    fclose(file);
    return bytes;
}

/* A made-up trace of about so many events, in a file that the caller unlinks. `path` is for mkstemp(). */
static inline void make_trace(char *path, long events)
{
    char command[160];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    snprintf(command, sizeof command, "python3 tests/traces/gentrace.py %ld 7 100000 >%s", events,
             path);
    if (system(command) != 0)
        fail_msg("no trace was made: %s", command);
    close(fd);
}

/* An unnamed file with these bytes. */
static inline int fd_with(const char *bytes, size_t len)
{
    char path[] = "/tmp/loopscope-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(pwrite(fd, bytes, len, 0), (ssize_t)len);
    return fd;
}

static inline struct history *history_of(const char *text)
{
    struct history *history;
    assert_int_equal(history_open(&history, fd_with(text, strlen(text)), "test.jsonl"), 0);
    return history;
}

/* For history_step_to(). */
static inline bool is_note(void *context, const struct event *event)
{
    (void)context;
    return event->kind == EV_NOTE_SAY || event->kind == EV_NOTE_MARK || event->kind == EV_NOTE_ASK;
}

/* Nothing in it that a terminal would obey: no control but LF, no C1, no broken UTF-8, no bidi. */
static inline bool is_clean(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t code;
        size_t took = text_decode(text + i, len - i, &code);
        bool replaced = code == 0xFFFD && took == 1;
        if (replaced || (code != '\n' && !text_is_safe(code)))
            return false;
        i += took;
    }
    return true;
}

/* A model after all the lines of a text. */
static inline struct model *model_of(const char *text)
{
    struct model *model = model_create();
    struct event event;
    assert_non_null(model);
    event_init(&event);
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        if (event_parse(&event, (struct slice){ text, len }) != 0)
            fail_msg("%s: %.*s", event.fault, (int)len, text);
        assert_int_equal(model_apply(model, &event), 0);
        text += len + (text[len] == '\n');
    }
    event_fini(&event);
    return model;
}

#endif

/* traced.h - for tests that run a traced program in a process of its own and read its trace.
 *
 *     struct traced t = traced_run("FILE", program);    LOOP_TRACE is the spec, FILE a path of ours
 *     assert_int_equal(traced_count(&t, "task:new"), 1);
 *     traced_free(&t);
 *
 * The program is a function: it runs in a child, so that signals, exit() and limits are its own.
 */
#ifndef TESTS_TRACED_H
#define TESTS_TRACED_H

#include <json-c/json.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

/* A trace, line by line, and how its program ended. */
struct traced {
    char path[128];
    char *text;
    char **line; /* without LF */
    size_t n;
    int status; /* of waitpid() */
    char *said; /* what it wrote to stdout and stderr */
};

static inline char *read_whole(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 1);
    size_t len = 0, room = 0, n = 1;
    for (; f != NULL && n > 0; text[len += n] = '\0') {
        if (room - len < 4096) /* doubled: tens of megabytes, byte for byte copied under ASan */
            text = realloc(text, (room = 2 * room + 8192) + 1);
        n = fread(text + len, 1, room - len, f);
    }
    if (f != NULL)
        fclose(f);
    return text;
}

static inline void traced_split(struct traced *t)
{
    size_t room = 0;
    t->n = 0;
    t->line = NULL;
    for (char *at = t->text, *end; *at != '\0' && (end = strchr(at, '\n')) != NULL; at = end + 1) {
        if (t->n == room)
            t->line = realloc(t->line, (room = 2 * room + 64) * sizeof *t->line);
        *end = '\0';
        t->line[t->n++] = at;
    }
}

/* A path that no other test has. */
static inline void traced_path(char *path, size_t size, const char *what)
{
    static int n;
    const char *dir = getenv("TMPDIR");
    snprintf(path, size, "%s/loop-%s-%d-%d", dir != NULL ? dir : "/tmp", what, (int)getpid(), n++);
}

static inline void traced_read(struct traced *t)
{
    t->text = read_whole(t->path);
    traced_split(t);
}

/* Starts program() in a child, its output into said_path, LOOP_TRACE as it is. */
static inline pid_t traced_start(int (*program)(void), const char *said_path)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    for (int sig = 1; sig < 32; sig++)
        signal(sig, SIG_DFL); /* cmocka catches faults */
    FILE *out = freopen(said_path, "w", stdout);
    if (out == NULL || dup2(fileno(out), 2) < 0)
        _exit(99);
    int status = program();
    fflush(NULL);
    exit(status);
}

static inline void traced_finish(struct traced *t, pid_t pid, const char *said_path)
{
    waitpid(pid, &t->status, 0);
    traced_read(t);
    t->said = read_whole(said_path);
    unlink(t->path);
    unlink(said_path);
}

/* LOOP_TRACE for the next program: every FILE in spec is the trace's path. */
static inline void traced_spec(struct traced *t, const char *spec)
{
    char value[512];
    const char *at = strstr(spec, "FILE");
    traced_path(t->path, sizeof t->path, "trace");
    if (at == NULL)
        snprintf(value, sizeof value, "%s", spec);
    else
        snprintf(value, sizeof value, "%.*s%s%s", (int)(at - spec), spec, t->path, at + 4);
    setenv("LOOP_TRACE", value, 1);
}

static inline struct traced traced_run(const char *spec, int (*program)(void))
{
    struct traced t = { .text = NULL };
    char output[128];
    traced_spec(&t, spec);
    traced_path(output, sizeof output, "said");
    traced_finish(&t, traced_start(program, output), output);
    unsetenv("LOOP_TRACE");
    return t;
}

static inline void traced_free(struct traced *t)
{
    free(t->line);
    free(t->text);
    free(t->said);
}

/* Skips the test where `self argument` can't be started by exec(): under qemu-user a program of another CPU can't. */
static inline void need_exec(const char *self, const char *argument)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        unsetenv("LOOP_TRACE");
        execl(self, self, argument, (char *)NULL);
        _exit(77);
    }
    waitpid(pid, &status, 0);
    if (status != 0)
        skip();
}

/* ---- looking into lines */

static inline bool line_is(const char *line, const char *event)
{
    const char *ev = strstr(line, "\"ev\":\"");
    return ev != NULL && strncmp(ev + 6, event, strlen(event)) == 0 && ev[6 + strlen(event)] == '"';
}

static inline size_t traced_count(const struct traced *t, const char *event)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        n += line_is(t->line[i], event);
    return n;
}

/* The first line of this event after line i; fails the test when there is none. */
static inline const char *traced_find(const struct traced *t, const char *event)
{
    for (size_t i = 0; i < t->n; i++)
        if (line_is(t->line[i], event))
            return t->line[i];
    fail_msg("no %s in the trace", event);
    return "";
}

static inline size_t traced_index(const struct traced *t, const char *event)
{
    for (size_t i = 0; i < t->n; i++)
        if (line_is(t->line[i], event))
            return i;
    return SIZE_MAX;
}

/* The line as json-c reads it, strictly. */
static inline struct json_object *line_parse(const char *line)
{
    struct json_tokener *tok = json_tokener_new();
    json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *o = json_tokener_parse_ex(tok, line, (int)strlen(line) + 1);
    if (o == NULL || json_tokener_get_error(tok) != json_tokener_success)
        fail_msg("not JSON: %.300s", line);
    json_tokener_free(tok);
    return o;
}

static inline const char *line_text(struct json_object *o, const char *key)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(o, key, &value) ? json_object_get_string(value) : NULL;
}

static inline int64_t line_int(struct json_object *o, const char *key)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(o, key, &value) ? json_object_get_int64(value) : -1;
}

static inline double line_double(struct json_object *o, const char *key)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(o, key, &value) ? json_object_get_double(value) : -1;
}

static inline uint64_t line_n(const char *line)
{
    const char *n = strstr(line, "\"n\":");
    return n != NULL ? strtoull(n + 4, NULL, 10) : 0;
}

static inline bool line_is_own(const char *line)
{
    return strstr(line, "\"ev\":\"trace:") != NULL;
}

/* Every line is JSON; n grows by one from event to event, but where a gap says what is missing.
 * How many were lost. */
static inline uint64_t traced_check(const struct traced *t)
{
    uint64_t n = 0, lost = 0;
    bool known = false; /* a piece may begin anywhere, after head or state */
    for (size_t i = 0; i < t->n; i++) {
        const char *line = t->line[i];
        json_object_put(line_parse(line));
        uint64_t now = line_n(line);
        if (line_is(line, "trace:gap")) {
            struct json_object *o = line_parse(line);
            assert_int_equal(line_int(o, "from"), n + 1);
            assert_int_equal(line_int(o, "to"), now);
            assert_int_equal(line_int(o, "lost"), now - n);
            lost += now - n;
            json_object_put(o);
            assert_true(i + 1 < t->n);
            assert_true(line_is(t->line[i + 1], "trace:state") ||
                        line_is(t->line[i + 1], "trace:end"));
        } else if (line_is(line, "trace:head")) {
            known = true;
        } else if (line_is_own(line)) {
            assert_int_equal(now, n);
        } else {
            assert_true(known);
            assert_int_equal(now, n + 1);
        }
        n = now;
    }
    return lost;
}

static inline void nap_ms(int ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L }, NULL);
}

#endif

/*
 * grade_one - one submission: copied, built, run, judged.
 *
 * All that a stranger decides happens in the sandbox, the compiler too: a source can include
 * /dev/zero, or grow to gigabytes in the preprocessor. What comes out of it is a trace, and that
 * is a stranger's file: grade_trace.c.
 */
#include "grade_inside.h"

#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SOURCE_MAX = 1 << 20, BUILD_S = 20 };

const char *grade_word(enum grade_result result)
{
    static const char *const words[] = {
        [GRADE_NONE] = "not graded",
        [GRADE_PASSED] = "passed",
        [GRADE_FAILED] = "failed",
        [GRADE_NOT_BUILT] = "does not build",
        [GRADE_ENDLESS] = "endless",
        [GRADE_CRASHED] = "crashed",
        [GRADE_TOO_MUCH_MEMORY] = "too much memory",
        [GRADE_TOO_MUCH_OUTPUT] = "too much output",
        [GRADE_UNTRUE_TRACE] = "untrue trace",
    };
    return words[result];
}

void grade_put(struct grade *grade, enum grade_result result, const char *what, const char *about)
{
    struct say say;
    grade->result = result;
    say_init(&say, grade->seen, sizeof grade->seen);
    say_add(&say, what);
    if (about[0] != '\0')
        say_add(&say, ": ");
    say_clean(&say, slice_of(about), 300);
}

/* ---- the ground ------------------------------------------------------------------------------ */

/* The student's file, as it is now: a plain one, of a size that a person writes. */
static int copy_source(const char *from, const char *to)
{
    static char text[SOURCE_MAX + 1];
    int in = open(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    size_t len = 0;
    ssize_t n = 0;
    if (in < 0)
        return -errno;
    while (len < sizeof text && (n = read(in, text + len, sizeof text - len)) > 0)
        len += (size_t)n;
    int rc = n < 0 ? -errno : len > SOURCE_MAX ? -EFBIG : 0;
    close(in);
    FILE *out = rc < 0 ? NULL : fopen(to, "wxe");
    if (rc == 0 && out == NULL)
        return -errno;
    if (out != NULL) {
        bool good = fwrite(text, 1, len, out) == len;
        rc = fclose(out) == 0 && good ? 0 : -EIO;
        chmod(to, 0644);
    }
    return rc;
}

static struct sandbox box_of(const struct ground *ground, double seconds)
{
    return (struct sandbox){ .seconds = seconds,
                             .memory = (size_t)512 << 20,
                             .file_bytes = (size_t)16 << 20,
                             .tree_bytes = (size_t)64 << 20,
                             .fds = 4096, /* lesson 12 goes beyond 1024 */
                             .processes = 64,
                             .directory = ground->directory,
                             .readable = ground->may_read };
}

static int prepare(struct ground *ground, const struct course *course, struct rules *rules,
                   const struct submission *submission, const char *scratch)
{
    const char *name = submission->lesson->name;
    size_t size = PATH_MAX - 80;
    if (strlen(scratch) >= size)
        return -ENAMETOOLONG;
    snprintf(ground->directory, PATH_MAX, "%s/work", scratch);
    snprintf(ground->source, PATH_MAX, "%.*s/work/%s.c", (int)size, scratch, name);
    snprintf(ground->program, PATH_MAX, "%.*s/work/%s", (int)size, scratch, name);
    snprintf(ground->trace, PATH_MAX, "%.*s/work/trace.jsonl", (int)size, scratch);
    snprintf(ground->taken, PATH_MAX, "%.*s/trace.jsonl", (int)size, scratch);
    int rc = kit_make(&ground->kit, course, rules, scratch);
    if (rc < 0)
        return rc;
    if (mkdir(ground->directory, 0755) < 0)
        return -errno;
    ground->may_read[0] = ground->kit.root;
    ground->build = box_of(ground, BUILD_S);
    ground->run = box_of(ground, rules->limit_s);
    return copy_source(submission->path, ground->source);
}

/* ---- in the child, before its program -------------------------------------------------------- */

static bool is_wanted(const char *variable)
{
    static const char *const wanted[] = { "PATH=", "LANG=",   "LC_",           "CPATH=",
                                          "LOOP_", "LESSON_", "ASAN_OPTIONS=", "UBSAN_OPTIONS=" };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strncmp(variable, wanted[i], strlen(wanted[i])) == 0)
            return true;
    return false;
}

/* Nothing of the teacher's session: no tokens, no sockets, no home. */
static void clean_environment(const char *directory)
{
    static char *kept[64];
    size_t n = 0;
    for (char **at = environ; *at != NULL && n < 60; at++)
        if (is_wanted(*at))
            kept[n++] = *at;
    kept[n] = NULL;
    environ = kept;
    setenv("HOME", directory, 1);
    setenv("TMPDIR", directory, 1);
}

static int build_walls(void *arg)
{
    struct ground *ground = arg;
    clean_environment(ground->directory);
    return sandbox_enter(&ground->build, &ground->grade->build);
}

static int run_walls(void *arg)
{
    struct ground *ground = arg;
    clean_environment(ground->directory);
    return sandbox_enter(&ground->run, &ground->grade->run);
}

/* ---- building -------------------------------------------------------------------------------- */

/* The compiler's first complaint, or its first line. */
static struct slice first_error(const struct outcome *build)
{
    struct slice words = outcome_err(build), line = { NULL, 0 };
    while (words.len > 0) {
        const char *end = memchr(words.at, '\n', words.len);
        struct slice one = { words.at, end == NULL ? words.len : (size_t)(end - words.at) };
        bool is_error = slice_find(one, slice_of("error:")) >= 0;
        if (line.at == NULL || is_error)
            line = one;
        if (is_error || end == NULL)
            break;
        words = (struct slice){ end + 1, words.len - one.len - 1 };
    }
    return line;
}

/* Where it lies in the sandbox is nobody's concern. */
static struct slice without(struct slice line, const char *directory)
{
    size_t len = strlen(directory) + 1;
    return slice_begins(line, directory) && line.len > len
               ? (struct slice){ line.at + len, line.len - len }
               : line;
}

static bool build_went_wrong(const struct course *course, const struct entry *entry,
                             struct grade *grade)
{
    struct outcome build;
    int rc = exercise_build(course, entry, &build);
    if (rc < 0)
        grade_put(grade, GRADE_NONE, "the library isn't built, or nothing can be started",
                  strerror(-rc));
    else if (build.how == CHILD_NOT_STARTED && grade->build.end == SANDBOX_NOT_BEGUN)
        grade_put(grade, GRADE_NONE, strerror(grade->build.error), grade->build.what);
    else if (build.how == CHILD_NOT_STARTED)
        grade_put(grade, GRADE_NONE, "the compiler can't be started", strerror(-build.error));
    else if (grade->build.end != SANDBOX_ENDED || build.how == CHILD_LATE)
        grade_put(grade, GRADE_NOT_BUILT, "the compiler took too much time, memory or space", "");
    else if (!build_is_good(&build)) {
        struct say say;
        grade_put(grade, GRADE_NOT_BUILT, "", "");
        say_init(&say, grade->seen, sizeof grade->seen);
        say_clean(&say, without(first_error(&build), entry->directory), 300);
    }
    bool wrong = rc < 0 || !build_is_good(&build);
    if (rc == 0)
        outcome_free(&build);
    return wrong;
}

/* ---- running ----------------------------------------------------------------------------------- */

/* How it ended stands above the rules: GRADE_PASSED when it ended as programs do. */
static enum grade_result how_it_ended(const struct grade *grade, const struct outcome *run)
{
    if (run->how == CHILD_GREW || grade->run.end == SANDBOX_NO_SPACE)
        return GRADE_TOO_MUCH_OUTPUT;
    if (run->how == CHILD_LATE || grade->run.end == SANDBOX_NO_TIME)
        return GRADE_ENDLESS;
    if (grade->run.end == SANDBOX_NO_MEMORY)
        return GRADE_TOO_MUCH_MEMORY;
    if (!WIFSIGNALED(run->status))
        return GRADE_PASSED;
    switch (WTERMSIG(run->status)) {
    case SIGXFSZ: return GRADE_TOO_MUCH_OUTPUT;
    case SIGXCPU: return GRADE_ENDLESS;
    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
    case SIGKILL: return GRADE_CRASHED;
    default: return GRADE_PASSED;
    }
}

/* For whom no rule has spoken: what its end was. */
static void put_end(struct grade *grade, enum grade_result ended, const struct sandbox *box,
                    const struct outcome *run)
{
    struct say say;
    grade->result = ended;
    if (grade->rule[0] != '\0')
        return;
    say_init(&say, grade->seen, sizeof grade->seen);
    if (ended == GRADE_ENDLESS)
        say_f(&say, "it did not end within %g s", box->seconds);
    else if (ended == GRADE_TOO_MUCH_MEMORY)
        say_f(&say, "it took more than %zu MiB", box->memory >> 20);
    else if (ended == GRADE_TOO_MUCH_OUTPUT)
        say_f(&say, "it wrote more than %zu MiB into a file, or %zu MiB in all",
              box->file_bytes >> 20, box->tree_bytes >> 20);
    else
        say_ending(&say, true, WTERMSIG(run->status));
}

static void run_and_judge(struct ground *ground, const struct rules *rules,
                          const struct entry *entry)
{
    struct grade *grade = ground->grade;
    struct outcome run;
    int rc = exercise_run(rules, entry, &run);
    if (rc < 0 || run.how == CHILD_NOT_STARTED) {
        grade_put(grade, GRADE_NONE, "it can't be started", strerror(rc < 0 ? -rc : -run.error));
    } else {
        grade->seconds = run.took_s;
        if (ground_take_trace(ground, rules))
            ground_judge(ground, rules, &run);
        enum grade_result ended = how_it_ended(grade, &run);
        if (ended != GRADE_PASSED && (ended != GRADE_CRASHED || grade->result != GRADE_PASSED))
            put_end(grade, ended, &ground->run, &run); /* rules may ask for a crash */
    }
    if (rc == 0)
        outcome_free(&run);
}

void grade_one(const struct course *course, const struct submission *submission,
               const char *scratch, struct grade *grade)
{
    char path[PATH_MAX], fault[RULES_FAULT];
    struct rules rules;
    struct ground *ground = calloc(1, sizeof *ground);
    course_path(course, path, "lessons/checks/%02d/rules", submission->lesson->number);
    if (ground == NULL || rules_read(&rules, path, fault) < 0) {
        grade_put(grade, GRADE_NONE, ground == NULL ? "out of memory" : fault, "");
        free(ground);
        return;
    }
    ground->grade = grade;
    grade->rules = rules.n_rules;
    int rc = prepare(ground, course, &rules, submission, scratch);
    struct entry entry = { .source = ground->source,
                           .program = ground->program,
                           .trace = ground->trace,
                           .directory = ground->directory,
                           .build_walls = build_walls,
                           .run_walls = run_walls,
                           .arg = ground };
    if (rc < 0)
        grade_put(grade, GRADE_NONE, "its file, or what it is built with, can't be copied",
                  strerror(-rc));
    else if (!build_went_wrong(&ground->kit, &entry, grade))
        run_and_judge(ground, &rules, &entry);
    rules_free(&rules);
    free(ground);
}

/* source_text.c - trace:source: the code of each file that the trace mentions, so that a trace can
 * be read alone.
 *
 * A file is looked for as the compiler was given it (__FILE__), from the current directory, then
 * from the directory of the executable and each one above it: build/lessons/01_while_loop finds
 * lessons/01_while_loop.c two levels up.  What can't be found is told too, once: "cut" 0 and why.
 */
#define _GNU_SOURCE
#include "tracer.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink.h"

enum { CACHE = 64, SOURCE_PART = 1 << 20, SOURCE_MAX = 16 << 20 };

struct source_table {
    struct source *first;
    struct {
        const char *file;
        const struct source *source;
    } cache[CACHE]; /* by the literal's address */
};

struct source_table *source_table_create(void)
{
    return calloc(1, sizeof(struct source_table));
}

void source_table_destroy(struct source_table *table)
{
    while (table != NULL && table->first != NULL) {
        struct source *s = table->first;
        table->first = s->next;
        free(s->lines);
        free(s);
    }
    free(table);
}

const struct source *source_table_first(const struct source_table *table)
{
    return table->first;
}

/* ---- finding it */

static FILE *open_regular(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0 ||
        !S_ISREG(st.st_mode)) /* asked first: a FIFO of that name would hold us */
        return NULL;
    return fopen(path, "re");
}

/* The executable's path in buf; false: not known. */
static bool executable(char *buf, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", buf, size - 1);
    if (len <= 0 || buf[0] != '/')
        return false;
    buf[len] = '\0';
    return true;
}

/* In the executable's directory and above.  The paths are not on the stack, which may be a task's.
 */
static FILE *open_upwards(const char *file)
{
    FILE *f = NULL;
    char *exe = malloc(PATH_MAX), *path = malloc(PATH_MAX);
    if (exe != NULL && path != NULL && executable(exe, PATH_MAX)) {
        for (char *slash; f == NULL && (slash = strrchr(exe, '/')) != NULL;) {
            *slash = '\0';
            if (snprintf(path, PATH_MAX, "%s/%s", exe, file) < PATH_MAX)
                f = open_regular(path);
        }
    }
    free(exe);
    free(path);
    return f;
}

static FILE *open_source(const char *file)
{
    FILE *f = open_regular(file);
    return f != NULL || file[0] == '/' ? f : open_upwards(file);
}

/* n, or a little less, so that no UTF-8 character ends behind it.  There is a byte at n. */
static size_t whole_characters(const char *text, size_t n)
{
    size_t most = n;
    while (n > 0 && most - n < 3 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    return n;
}

/* *cut: so many bytes of it are left out. */
static char *read_source(const char *file, size_t *len, size_t *cut)
{
    FILE *f = open_source(file);
    struct stat st;
    if (f == NULL)
        return NULL;
    char *text = NULL;
    size_t room = 0, n = 1;
    for (*len = 0; n > 0 && *len <= SOURCE_MAX; *len += n) {
        if (room - *len < 4096) {
            char *bigger = realloc(text, room = 2 * room + 8192);
            if (bigger == NULL) {
                free(text);
                text = NULL;
                break;
            }
            text = bigger;
        }
        n = fread(text + *len, 1, room - *len, f);
    }
    if (text != NULL && *len > SOURCE_MAX) {
        size_t size = fstat(fileno(f), &st) == 0 ? (size_t)st.st_size : 0, read = *len;
        *len = whole_characters(text, SOURCE_MAX);
        *cut = (size > read ? size : read) - *len;
    }
    fclose(f);
    return text;
}

/* ---- telling it */

/* How much of text fits in one part: 6 bytes each at most, 2 more as hex; ended at a line if that
 * is near, never inside of a character. */
static size_t part_length(const char *text, size_t len)
{
    size_t most = (SOURCE_PART - LINE_TAIL) / 8;
    if (len <= most)
        return len;
    size_t n = most;
    while (n > most / 2 && text[n - 1] != '\n')
        n--;
    return n > most / 2 ? n : whole_characters(text, most);
}

static size_t count_parts(const char *text, size_t len)
{
    size_t parts = 1;
    for (size_t n; (n = part_length(text, len)) < len; parts++) {
        text += n;
        len -= n;
    }
    return parts;
}

static char *put_file(char *p, const struct source *s, size_t part, size_t of)
{
    p = LIT(p, ",\"ev\":\"trace:source\",\"file\":\"");
    memcpy(p, s->base, s->base_len);
    p = LIT(p + s->base_len, "\"");
    if (of > 1) {
        p = KEY(p, "part", put_count, part);
        p = KEY(p, "of", put_count, of);
    }
    return p;
}

/* The rest of each line, from ,"ev" on. */
static char *make_lines(const struct source *s, const char *text, size_t len, size_t cut)
{
    size_t of = count_parts(text, len);
    char *lines = malloc(8 * len + of * (LINE_TAIL + NAME_MAX_OUT)), *p = lines;
    for (size_t part = 1; lines != NULL && part <= of; part++) {
        size_t n = part_length(text, len);
        p = put_file(p, s, part, of);
        p = put_text_cut(LIT(p, ",\"text\":"), 8 * n + 64, text, n, part == of ? cut : 0);
        p = LIT(p, "}\n");
        text += n;
        len -= n;
    }
    if (lines != NULL)
        *p = '\0';
    return lines;
}

static char *make_missing(const struct source *s)
{
    char line[LINE_TAIL], *p = put_file(line, s, 1, 1);
    p = LIT(p, ",\"cut\":0,\"why\":\"not found\"}\n");
    *p = '\0';
    return strdup(line);
}

/* To the journal, and kept for viewers that come later. */
static void tell(struct tracer *tr, struct source *s)
{
    size_t len = 0, cut = 0;
    char *text = read_source(s->file, &len, &cut), prefix[64];
    s->lines = text != NULL ? make_lines(s, text, len, cut) : make_missing(s);
    s->n = tr->n;
    free(text);
    size_t prefix_len = (size_t)(put_prefix(prefix, own_time(tr), tr->n) - prefix);
    for (char *at = s->lines, *end; at != NULL && *at != '\0'; at = end) {
        end = strchr(at, '\n') + 1;
        char *line = malloc(prefix_len + (size_t)(end - at));
        if (line == NULL)
            return;
        memcpy(line, prefix, prefix_len);
        memcpy(line + prefix_len, at, (size_t)(end - at));
        tracer_add_lines(tr, line, prefix_len + (size_t)(end - at));
        free(line);
    }
}

/* ---- the table */

static const char *base_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash != NULL ? slash + 1 : file;
}

static struct source *add(struct tracer *tr, const char *file)
{
    struct source *s = calloc(1, sizeof *s), **last = &tr->sources->first;
    if (s == NULL)
        return NULL;
    const char *base = base_of(file);
    s->file = file;
    s->base_len =
        (size_t)(put_escaped(s->base, sizeof s->base, base, strlen(base), NULL) - s->base);
    tell(tr, s);
    pthread_mutex_lock(&tr->journal.lock); /* the feeder reads the list */
    while (*last != NULL)
        last = &(*last)->next;
    *last = s;
    pthread_mutex_unlock(&tr->journal.lock);
    return s;
}

/* The same file has as many literals as it has objects; two files of one name are told as the
 * first. */
static const struct source *find(struct tracer *tr, const char *file)
{
    for (const struct source *s = tr->sources->first; s != NULL; s = s->next)
        if (strcmp(base_of(s->file), base_of(file)) == 0)
            return s;
    return add(tr, file);
}

const struct source *source_of(struct tracer *tr, const char *file)
{
    if (file == NULL)
        return NULL;
    size_t slot = ((uintptr_t)file >> 3) % CACHE;
    if (UNLIKELY(tr->sources->cache[slot].file != file)) {
        const struct source *source = find(tr, file);
        if (source == NULL)
            return NULL;
        tr->sources->cache[slot].file = file;
        tr->sources->cache[slot].source = source;
    }
    return tr->sources->cache[slot].source;
}

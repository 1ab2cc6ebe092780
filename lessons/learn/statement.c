/*
 * statement - one line of a rule, cut into words and read.
 *
 *     each task:new | task:done same task within 2
 *     ^kind ^filter   ^filter   ^--------- tail
 *
 * A table says how each kind goes on after its first word. Every reader takes words from the front
 * and says, when one is not as it should be, what was expected in its place.
 */
#include "statement.h"

#include <errno.h>
#include <stdarg.h>
#include <signal.h>
#include <stdlib.h>

enum { WORDS = 128 };

struct reader {
    struct statement *statement;
    struct word words[WORDS];
    int n, at;
    char *fault;
    size_t size;
};

/* ---- words ----------------------------------------------------------------------------------- */

static int expected(struct reader *reader, const char *what)
{
    struct say say;
    say_init(&say, reader->fault, reader->size);
    say_f(&say, "%s was expected, not ", what);
    if (reader->at < reader->n) {
        say_add(&say, "\"");
        say_clean(&say, reader->words[reader->at].written, 60);
        say_add(&say, "\"");
    } else {
        say_add(&say, "the end of the line");
    }
    return -EINVAL;
}

/* One word, its quotes undone in place: \" in quotes is a quote. False: a quote has no end. */
static bool cut_word(char **from, const char **source, struct word *word)
{
    char *in = *from, *out = *from;
    bool quoted = false;
    word->at = in;
    word->bare = true;
    while (*in != '\0' && (quoted || (*in != ' ' && *in != '\t'))) {
        if (*in == '"') {
            quoted = !quoted;
            word->bare = false;
            in++;
        } else {
            in += quoted && in[0] == '\\' && in[1] == '"';
            *out++ = *in++;
        }
    }
    size_t len = (size_t)(in - *from);
    word->written = (struct slice){ *source, len };
    bool more = *in != '\0';
    *out = '\0';
    *from += len + more;
    *source += len + more;
    return !quoted;
}

static int cut_words(struct reader *reader, char *text, const char *source)
{
    while (true) {
        size_t blanks = strspn(text, " \t");
        text += blanks;
        source += blanks;
        if (*text == '\0')
            return 0;
        if (reader->n == WORDS)
            return expected(reader, "a shorter line");
        if (!cut_word(&text, &source, &reader->words[reader->n++])) {
            reader->at = reader->n;
            return expected(reader, "a closing \"");
        }
    }
}

static bool is_next(struct reader *reader, const char *word)
{
    if (reader->at >= reader->n || !reader->words[reader->at].bare ||
        strcmp(reader->words[reader->at].at, word) != 0)
        return false;
    reader->at++;
    return true;
}

static bool seconds(const char *text, int64_t *ns)
{
    return number_ns(slice_of(text), ns) && *ns >= 0;
}

static int take_seconds(struct reader *reader, int64_t *ns)
{
    if (reader->at >= reader->n || !seconds(reader->words[reader->at].at, ns))
        return expected(reader, "a time in seconds");
    reader->at++;
    return 0;
}

static int take_whole(struct reader *reader, uint64_t *number)
{
    int64_t whole;
    if (reader->at >= reader->n || !number_whole(slice_of(reader->words[reader->at].at), &whole) ||
        whole < 0)
        return expected(reader, "a whole number");
    *number = (uint64_t)whole;
    reader->at++;
    return 0;
}

static int take_filter(struct reader *reader)
{
    struct statement *s = reader->statement;
    if (s->n_matches == STATEMENT_MATCHES)
        return expected(reader, "the end of the line (16 filters are the most)");
    int took = match_read(&s->matches[s->n_matches], reader->words + reader->at,
                          reader->n - reader->at, reader->fault, reader->size);
    if (took < 0)
        return took;
    s->n_matches++;
    reader->at += took;
    return 0;
}

static int take_bar_and_filter(struct reader *reader)
{
    return is_next(reader, "|") ? take_filter(reader) : expected(reader, "| and a filter");
}

static int take_within(struct reader *reader)
{
    return is_next(reader, "within") ? take_seconds(reader, &reader->statement->within_ns) : 0;
}

/* ---- kinds ----------------------------------------------------------------------------------- */

/* N, N.., ..N, N..M */
static int read_count(struct reader *reader)
{
    struct statement *s = reader->statement;
    static const char what[] = "a number, N.., ..N or N..M";
    if (reader->at >= reader->n)
        return expected(reader, what);
    struct slice word = slice_of(reader->words[reader->at].at);
    ptrdiff_t dots = slice_find(word, slice_of(".."));
    struct slice low = { word.at, dots < 0 ? word.len : (size_t)dots }, high = low;
    int64_t least = 0, most = INT64_MAX;
    if (dots >= 0)
        high = (struct slice){ word.at + dots + 2, word.len - (size_t)dots - 2 };
    if ((low.len > 0 && !number_whole(low, &least)) ||
        (high.len > 0 && !number_whole(high, &most)) || low.len + high.len == 0 || least < 0 ||
        most < least)
        return expected(reader, what);
    s->least = (uint64_t)least;
    s->most = (uint64_t)most;
    reader->at++;
    return take_filter(reader);
}

static int read_times(struct reader *reader)
{
    struct statement *s = reader->statement;
    s->within_ns = 5000000;
    do {
        if (s->n_times == STATEMENT_TIMES)
            return expected(reader, "a filter (64 times are the most)");
        int rc = take_seconds(reader, &s->times_ns[s->n_times]);
        if (rc < 0)
            return rc;
        s->n_times++;
    } while (s->kind == TIMES && reader->at < reader->n &&
             seconds(reader->words[reader->at].at, &(int64_t){ 0 }));
    int rc = take_within(reader);
    return rc < 0 ? rc : take_filter(reader);
}

static int read_order(struct reader *reader)
{
    int rc = take_filter(reader);
    while (rc == 0 && is_next(reader, "|"))
        rc = take_filter(reader);
    return rc < 0 || reader->statement->n_matches > 1 ? rc : expected(reader, "| and a filter");
}

static int read_each(struct reader *reader)
{
    int rc = take_filter(reader);
    if (rc == 0)
        rc = take_bar_and_filter(reader);
    while (rc == 0 && reader->at < reader->n) {
        if (is_next(reader, "same") && reader->at < reader->n)
            reader->statement->same = reader->words[reader->at++].at;
        else if (reader->at + 1 < reader->n && strcmp(reader->words[reader->at].at, "within") == 0)
            rc = take_within(reader);
        else
            return expected(reader, "same KEY or within S");
    }
    return rc;
}

static int read_none(struct reader *reader)
{
    int rc = take_filter(reader);
    if (rc == 0 && !is_next(reader, "between"))
        rc = expected(reader, "between");
    if (rc == 0)
        rc = take_filter(reader);
    return rc < 0 ? rc : take_bar_and_filter(reader);
}

static int read_gap(struct reader *reader)
{
    struct statement *s = reader->statement;
    if (!is_next(reader, "at"))
        return expected(reader, "at most or at least");
    s->at_least = is_next(reader, "least");
    if (!s->at_least && !is_next(reader, "most"))
        return expected(reader, "most or least");
    int rc = take_seconds(reader, &s->gap_ns);
    return rc < 0 ? rc : take_filter(reader);
}

static int read_ends(struct reader *reader)
{
    struct statement *s = reader->statement;
    uint64_t status = 0;
    if (is_next(reader, "exit")) {
        int rc = take_whole(reader, &status);
        s->status = (int)status;
        return rc;
    }
    if (!is_next(reader, "signal"))
        return expected(reader, "exit N or signal NAME");
    s->by_signal = true;
    s->status = reader->at < reader->n ? signal_of(reader->words[reader->at].at) : -1;
    if (s->status < 0)
        return expected(reader, "a signal's name, such as SIGINT,");
    reader->at++;
    return 0;
}

static int read_turns(struct reader *reader)
{
    if (!is_next(reader, "at") || !is_next(reader, "most"))
        return expected(reader, "at most N");
    return take_whole(reader, &reader->statement->most);
}

static const struct {
    const char *word;
    enum statement_kind kind;
    int (*read)(struct reader *);
} kinds[] = {
    { "some", SOME, take_filter },  { "never", NEVER, take_filter }, { "count", COUNT, read_count },
    { "times", TIMES, read_times }, { "first", FIRST, read_times },  { "order", ORDER, read_order },
    { "each", EACH, read_each },    { "none", NONE, read_none },     { "gap", GAP, read_gap },
    { "ends", ENDS, read_ends },    { "turns", TURNS, read_turns },
};

int statement_read(struct statement *statement, char *text, const char *source, char *fault,
                   size_t size)
{
    struct reader reader = { .statement = statement, .fault = fault, .size = size };
    int rc = cut_words(&reader, text, source);
    statement->within_ns = -1;
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!is_next(&reader, kinds[i].word))
            continue;
        statement->kind = kinds[i].kind;
        rc = kinds[i].read(&reader);
        if (rc == 0 && reader.at < reader.n)
            rc = expected(&reader, "the end of the line");
        return rc;
    }
    return expected(&reader, "some, never, count, times, first, order, each, none, gap, output, "
                             "ends or turns");
}

/* ---- signals --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int number;
} signals[] = {
    { "SIGHUP", SIGHUP },   { "SIGINT", SIGINT },   { "SIGQUIT", SIGQUIT }, { "SIGILL", SIGILL },
    { "SIGABRT", SIGABRT }, { "SIGBUS", SIGBUS },   { "SIGFPE", SIGFPE },   { "SIGKILL", SIGKILL },
    { "SIGSEGV", SIGSEGV }, { "SIGPIPE", SIGPIPE }, { "SIGALRM", SIGALRM }, { "SIGTERM", SIGTERM },
    { "SIGUSR1", SIGUSR1 }, { "SIGUSR2", SIGUSR2 }, { "SIGSYS", SIGSYS },   { "SIGXCPU", SIGXCPU },
    { "SIGXFSZ", SIGXFSZ },
};

int signal_of(const char *name)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcmp(signals[i].name, name) == 0)
            return signals[i].number;
    return -1;
}

const char *signal_name(int number)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signals[i].number == number)
            return signals[i].name;
    return NULL;
}

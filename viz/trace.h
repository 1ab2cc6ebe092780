/*
 * trace - the lines of a trace, found and read.
 *
 * Two things that know nothing of loops. `struct trace` is a file of lines, gigabytes maybe,
 * growing maybe, read through one window with pread() (never mmap(): a file that shrinks would
 * kill us by SIGBUS). `struct event` is one line taken apart: its t, n and kind, and its further
 * fields by name.
 *
 *      struct trace trace;
 *      struct event event;
 *      struct line line;
 *      trace_open(&trace, "lesson.jsonl");
 *      event_init(&event);
 *      for (int64_t at = 0; (rc = trace_line_at(&trace, at, &line)) > 0; at = line.next)
 *          if (event_parse(&event, line.text) == 0)
 *              printf("%.*s\n", (int)event.ev.len, event.ev.at);
 *
 * Nearly every line is in the canonical form (t, n, ev first, no spaces, flat) and is read by a
 * scanner; every other, and the nested trace:state, is read by json-c, strictly. Both give the
 * same events.
 *
 * Threads: one at a time may use a trace or an event.
 */
#ifndef VIZ_TRACE_H
#define VIZ_TRACE_H

#include "text.h"

#include <string.h>
#include <sys/types.h>

/* ---- lines ----------------------------------------------------------------------------------- */

/*
 * Longer lines are told as bad and passed over; trace:state and trace:source stay within 1 MiB a
 * part.
 */
enum { TRACE_LINE_MAX = 4 << 20 };

struct trace {
    int fd;
    bool seekable;
    char *name;   /* for messages, escaped already */
    int64_t size; /* bytes known to be there (trace_poll() asks again) */

    char *window; /* bytes base ... base+len of the file */
    int64_t base;
    size_t len;
    size_t room;
};

/* One line. Borrowed: valid until the next call on the same trace. */
struct line {
    int64_t offset;    /* where it begins in the file */
    int64_t next;      /* where the next one begins */
    struct slice text; /* without its LF; the first bytes only when too long */
    bool whole;        /* ended by LF; a last line that is not may still be growing */
    bool too_long;     /* over TRACE_LINE_MAX */
};

/* Opens a file, or standard input for "-". 0 or a negative errno. */
int trace_open(struct trace *trace, const char *path);
/* The same over an open descriptor (taken: closed by trace_close()). `name` is copied. */
int trace_open_fd(struct trace *trace, int fd, const char *name);
void trace_close(struct trace *trace);

/*
 * Looks whether the file has grown. 1 it has, 0 it has not, -ESTALE it has shrunk, other negative
 * errno.
 */
int trace_poll(struct trace *trace);

/* What an error of these functions, or of a source's, means, in words. */
const char *trace_problem(int error);

/*
 * The line that begins at `offset` (which must be a line's start). 1 and the line, 0 at the end,
 * or a negative errno. On a pipe offsets may only go forward, line by line (else -ESPIPE), and the
 * call waits for bytes.
 */
int trace_line_at(struct trace *trace, int64_t offset, struct line *line);
/*
 * The line that ends just before `offset`. 1, 0 at the beginning, or a negative errno. Files only.
 */
int trace_line_before(struct trace *trace, int64_t offset, struct line *line);
/* The first line that begins at or after any `offset`. As trace_line_at(). */
int trace_line_from(struct trace *trace, int64_t offset, struct line *line);

/*
 * The start of the last line before `offset` (first line at or after it, for the other) in which
 * `needle` stands, or -1 when there is none; other negative numbers are errnos. Fast: no line is
 * taken apart. `limit` is where the search stops (a file offset), `needle` must not hold LF.
 */
int64_t trace_find_back(struct trace *trace, int64_t offset, int64_t limit, const char *needle);
int64_t trace_find_next(struct trace *trace, int64_t offset, int64_t limit, const char *needle);

/*
 * The number (from 1) of the line that begins at `offset`: counts LFs from the beginning, so for
 * messages only.
 */
int64_t trace_line_number(struct trace *trace, int64_t offset);

/* ---- events ---------------------------------------------------------------------------------- */

/* Every kind that format 1 knows, in the order of its documentation. */
/* clang-format off */
enum event_kind {
    EV_UNKNOWN,
    EV_TRACE_HEAD, EV_TRACE_SOURCE, EV_TRACE_STATE, EV_TRACE_GAP, EV_TRACE_HOLD,
    EV_TRACE_CONTROL, EV_TRACE_END,
    EV_LOOP_RUN, EV_LOOP_TURN, EV_LOOP_STOP, EV_LOOP_STOPPED,
    EV_SELECT_ENTER, EV_SELECT_LEAVE,
    EV_TASK_NEW, EV_TASK_READY, EV_TASK_BEGIN, EV_TASK_AWAIT, EV_TASK_END, EV_TASK_CANCEL,
    EV_TASK_DONE,
    EV_CALL_READY, EV_CALL_BEGIN, EV_CALL_END, EV_CALL_CANCEL,
    EV_TIMER_SET, EV_TIMER_FIRE, EV_TIMER_CANCEL,
    EV_WATCH_ADD, EV_WATCH_DROP,
    EV_SERVER_LISTEN, EV_SERVER_ACCEPT, EV_SERVER_REFUSE, EV_SERVER_CLOSE,
    EV_CONN_OPEN, EV_CONN_READ, EV_CONN_WRITE, EV_CONN_EOF, EV_CONN_ERROR, EV_CONN_CLOSE,
    EV_SIGNAL_GOT,
    EV_WAKE_SENT,
    EV_THREAD_START, EV_THREAD_DONE,
    EV_CHILD_START, EV_CHILD_EXIT,
    EV_SYNC_WAIT, EV_SYNC_GIVE,
    EV_OUT_LINE,
    EV_NOTE_SAY, EV_NOTE_MARK, EV_NOTE_ASK, EV_NOTE_ANSWERED,
    EV_WARN_SLOW_STEP, EV_WARN_SLOW_TURN, EV_WARN_LATE_TIMER, EV_WARN_SPINNING,
    EV_WARN_STARVING, EV_WARN_LOST_TASK, EV_WARN_SWALLOWED, EV_WARN_UNREAD, EV_WARN_NOT_CLOSED,
    EV_WARN_GROWS, EV_WARN_STACK, EV_WARN_FDS,
    EV_KINDS
};
/* clang-format on */

/* "task:begin"; "" for EV_UNKNOWN. */
const char *event_kind_name(enum event_kind kind);
enum event_kind event_kind_of(struct slice ev);
/* A line that a sink made for itself (trace:...): it repeats the n of the event before it. */
bool event_kind_is_sink(enum event_kind kind);

enum field_kind { FIELD_NULL, FIELD_BOOL, FIELD_NUMBER, FIELD_TEXT, FIELD_LIST, FIELD_OBJECT };

struct field {
    struct slice key;
    uint64_t code;      /* of the key: key_code() */
    struct slice value; /* text with its escapes undone; of a list or object, its JSON */
    enum field_kind kind;
};

/* More keys than that make a line bad. */
enum { EVENT_FIELDS = 256 };

struct json_object;

/*
 * One line taken apart. Slices point into the line or into the event: valid until the line or the
 * event changes.
 */
struct event {
    int64_t t_ns;
    uint64_t n;
    enum event_kind kind;
    struct slice ev; /* the kind as written, for those that are unknown */

    struct field *fields; /* what follows t, n and ev, in the order written */
    size_t n_fields, room_fields;

    struct json_object *tree; /* the whole as json-c read it; NULL when the scanner did */
    char *room; /* where strings with escapes are undone: fields, then items of lists */
    size_t room_size, room_used;
    const char *fault; /* after event_parse() failed: what is wrong, in words; a literal */
};

void event_init(struct event *event);
void event_fini(struct event *event);

/* Takes a line apart. 0; -EINVAL when it is no event (event->fault says why); -ENOMEM. */
int event_parse(struct event *event, struct slice line);
/*
 * The two roads that event_parse() chooses from, for tests: the scanner answers 1 when the line is
 * not for it.
 */
int event_scan(struct event *event, struct slice line);
int event_parse_json(struct event *event, struct slice line);

/*
 * A key's first eight bytes as one number. Events are asked for their fields millions of times a
 * second, nearly always by a literal: its code is then worked out by the compiler, and a field is
 * found by comparing numbers.
 */
static inline uint64_t key_code(const char *key, size_t len)
{
    uint64_t code = 0;
    memcpy(&code, key, len < sizeof code ? len : sizeof code);
    return code;
}
const struct field *event_find(const struct event *event, uint64_t code, struct slice key);

/* The same of a field, which may be NULL. */
struct slice field_text(const struct field *field);
int64_t field_number(const struct field *field, int64_t otherwise);
int64_t field_ns(const struct field *field, int64_t otherwise);

/* The field called `key`, or NULL. */
static inline const struct field *event_field(const struct event *event, const char *key)
{
    size_t len = strlen(key);
    return event_find(event, key_code(key, len), (struct slice){ key, len });
}

static inline bool event_has(const struct event *event, const char *key)
{
    return event_field(event, key) != NULL;
}

/* Text of the field, or the empty slice when it is not there or no text. */
static inline struct slice event_text(const struct event *event, const char *key)
{
    return field_text(event_field(event, key));
}

/* A number that may be negative (value, status, fd). */
static inline int64_t event_number(const struct event *event, const char *key, int64_t otherwise)
{
    return field_number(event_field(event, key), otherwise);
}

/* A whole number from 0 to 2^53, or `otherwise` when not there or no such number. */
static inline uint64_t event_count(const struct event *event, const char *key, uint64_t otherwise)
{
    int64_t whole = event_number(event, key, -1);
    return whole < 0 ? otherwise : (uint64_t)whole;
}

/* Seconds as exact nanoseconds, or `otherwise`. */
static inline int64_t event_ns(const struct event *event, const char *key, int64_t otherwise)
{
    return field_ns(event_field(event, key), otherwise);
}

bool event_true(const struct event *event, const char *key);

/*
 * The items of a list: `struct items it = event_items(e, "read"); while (items_next(&it, &item))
 * ...`
 */
struct items {
    struct slice rest;
    char *room; /* the event's own */
};
struct items event_items(const struct event *event, const char *key);
/*
 * The next item. Text with escapes is undone into the event's room: valid until the next item is
 * asked for.
 */
bool items_next(struct items *items, struct field *item);
/*
 * The next item that is an object, read as an event is, but for t, n and ev: its texts are valid
 * until the item's next use. Others are passed over.
 */
bool items_next_object(struct items *items, struct event *item);

/* The same for a single object. False: it is none. */
bool event_within(const struct field *field, struct event *item);

/* Two times added up. A trace may claim any: what does not fit stays at the end of the scale. */
static inline int64_t ns_sum(int64_t a, int64_t b)
{
    if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b)
        return b > 0 ? INT64_MAX : INT64_MIN;
    return a + b;
}

/*
 * Decimal seconds to nanoseconds, exactly for up to nine decimals. False when it is no such
 * number.
 */
bool number_ns(struct slice number, int64_t *ns);
/* A whole number in digits alone, with no more than 2^53 in it either way. */
bool number_whole(struct slice number, int64_t *whole);
/* The same of a number of JSON, which other writers may write as 31.0 or 3.1e1. */
bool number_whole_json(struct slice number, int64_t *whole);

#endif

/* guests.h - clients that come by as a script says, as tasks of the same loop.
 *
 * So that a server lesson shows the same every time, its clients can be part of it:
 *
 *     lesson_guests("127.0.0.1", server_port(server),
 *                   "1.0 ann connects\n"
 *                   "1.5 ann says hello\\n\n"
 *                   "2.0 ann reads\n"
 *                   "2.0 ann leaves\n");
 *
 * A line is SECONDS (on the loop's clock, from this call on), a name, and a deed:
 *
 *     connects                         reads     one line, and prints it
 *     says TEXT  (\n \r \t \\ \xHH)     drinks    all that comes, to the end, and prints how much it was
 *     sends N    (N bytes)             pauses    takes in as little as can be from now on
 *     ends       (no more is sent)     leaves    closes          resets   breaks off, unread bytes or not
 *
 * One task plays each guest, who leaves when the deeds are done, but for one who pauses.  A host that begins with '/'
 * is a Unix socket.  With LESSON_GUESTS=FILE the lines of that file which begin with "guest " are the script instead: so
 * an exercise is met by the guests of its rules.  The counterpart is guests() in python/lesson.py.
 */
#ifndef GUESTS_H
#define GUESTS_H

#include "lesson.h"

#include <sys/socket.h>

struct deed {
    double at;
    char who[16], does[16];
    const char *text; /* in the party's own copy */
    size_t size;
};

struct party {
    const char *host;
    int port, guests; /* who are still there; the last one clears up */
    double begun;
    struct deed *deeds;
    size_t n_deeds;
    char *script;
};

struct guest {
    struct party *party;
    const char *name;
    struct conn *conn;
    bool paused;
};

/* ---- reading the script -------------------------------------------------------------------------- */

static inline void guests_fault(const char *line, const char *why)
{
    fprintf(stderr, "guests: %s: \"%.60s\"\n", why, line);
    exit(2);
}

/* The script that a file brings: its lines that begin with "guest ", without that word.  malloc'd. */
static inline char *guests_of_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[1024], *script = NULL;
    size_t size = 0;
    if (file == NULL) {
        fprintf(stderr, "LESSON_GUESTS: can't read %s: %s\n", path, strerror(errno));
        exit(2);
    }
    FILE *out = open_memstream(&script, &size);
    while (out != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "guest ", 6) == 0)
            fputs(line + 6, out);
    fclose(file);
    if (out != NULL)
        fclose(out);
    return script;
}

/* Undoes the escapes of a text, in place.  Its size. */
static inline size_t guests_unescape(char *text)
{
    static const char from[] = "nrt\\", to[] = "\n\r\t\\";
    char *out = text;
    for (const char *at = text; *at != '\0'; at++) {
        const char *found;
        unsigned byte;
        if (at[0] == '\\' && at[1] == 'x' && sscanf(at + 2, "%2x", &byte) == 1) {
            *out++ = (char)byte;
            at += 3;
        } else if (at[0] == '\\' && at[1] != '\0' && (found = strchr(from, at[1])) != NULL) {
            *out++ = to[found - from];
            at++;
        } else {
            *out++ = *at;
        }
    }
    return (size_t)(out - text);
}

/* "1.5 ann says hello\n" */
static inline struct deed guests_deed(char *line)
{
    static const char *const known[] = { "connects", "says", "sends",  "reads",  "drinks",
                                         "pauses",   "ends", "leaves", "resets", NULL };
    struct deed deed = { 0 };
    int end = 0, i = 0;
    if (sscanf(line, "%lf %15s %15s%n", &deed.at, deed.who, deed.does, &end) < 3)
        guests_fault(line, "a line is SECONDS NAME DEED");
    if (!(deed.at >= 0))
        guests_fault(line, "the time is in seconds, 0 or more");
    if (strlen(deed.who) == sizeof deed.who - 1)
        guests_fault(line, "a name has 14 letters at most");
    while (known[i] != NULL && strcmp(known[i], deed.does) != 0)
        i++;
    if (known[i] == NULL)
        guests_fault(line, "no guest can do this");
    char *text = line[end] == ' ' ? &line[end + 1] : &line[end];
    deed.size = guests_unescape(text);
    deed.text = text;
    if (strcmp(deed.does, "sends") == 0 &&
        (*text < '0' || *text > '9' || text[strspn(text, "0123456789")] != '\0'))
        guests_fault(line, "sends what number of bytes?");
    return deed;
}

static inline void guests_read(struct party *party)
{
    for (char *line = strtok(party->script, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        party->deeds = realloc(party->deeds, (party->n_deeds + 1) * sizeof *party->deeds);
        if (party->deeds == NULL)
            abort();
        party->deeds[party->n_deeds++] = guests_deed(line);
    }
}

/* ---- playing it ---------------------------------------------------------------------------------- */

static inline int guest_connects(struct guest *guest)
{
    const char *host = guest->party->host;
    int err = host[0] == '/' ? await(conn_open_unix(host, &guest->conn))
                             : await(conn_open(host, guest->party->port, &guest->conn));
    if (err == 0)
        printf("%s is there\n", guest->name);
    return err;
}

static inline int guest_reads(struct guest *guest)
{
    char line[1024];
    ssize_t n = await(conn_readline(guest->conn, line, sizeof line));
    if (n > 0)
        printf("%s reads: %s\n", guest->name, lesson_printable(line, n));
    else if (n == 0)
        printf("%s reads the end\n", guest->name);
    return n < 0 ? (int)n : 0;
}

static inline int guest_drinks(struct guest *guest)
{
    char bytes[16384];
    ssize_t n;
    long all = 0;
    conn_set_read_limit(guest->conn, 65536);
    while ((n = await(conn_read(guest->conn, bytes, sizeof bytes))) > 0)
        all += n;
    if (n == 0)
        printf("%s drank %ld bytes\n", guest->name, all);
    return (int)n;
}

static inline int guest_sends(struct guest *guest, long n)
{
    char bytes[1024];
    int err = 0;
    memset(bytes, 'x', sizeof bytes);
    for (; n > 0 && err == 0; n -= (long)sizeof bytes)
        err = conn_write(guest->conn, bytes, n < 1024 ? (size_t)n : sizeof bytes);
    return err == 0 ? await(conn_drain(guest->conn)) : err;
}

/* The loop reads ahead for whoever is slow to read.  This guest's does not, and neither does the kernel, much. */
static inline void guest_pauses(struct guest *guest)
{
    int little = 2048;
    setsockopt(conn_fd(guest->conn), SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    conn_set_read_limit(guest->conn, 0);
    guest->paused = true;
}

static inline void guest_leaves(struct guest *guest)
{
    conn_release(guest->conn);
    guest->conn = NULL;
}

static inline void guest_resets(struct guest *guest)
{
    struct linger at_once = { 1, 0 };
    setsockopt(conn_fd(guest->conn), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    conn_abort(guest->conn);
    guest_leaves(guest);
}

static inline int guest_does(struct guest *guest, const struct deed *deed)
{
    const char *does = deed->does;
    if (strcmp(does, "connects") == 0)
        return guest_connects(guest);
    if (guest->conn == NULL)
        return -ENOTCONN;
    if (strcmp(does, "says") == 0)
        return conn_write(guest->conn, deed->text, deed->size);
    if (strcmp(does, "sends") == 0)
        return guest_sends(guest, strtol(deed->text, NULL, 10));
    if (strcmp(does, "reads") == 0)
        return guest_reads(guest);
    if (strcmp(does, "drinks") == 0)
        return guest_drinks(guest);
    if (strcmp(does, "ends") == 0)
        return conn_write_eof(guest->conn);
    if (strcmp(does, "pauses") == 0)
        guest_pauses(guest);
    else if (strcmp(does, "leaves") == 0)
        guest_leaves(guest);
    else
        guest_resets(guest);
    return 0;
}

static inline void party_leave(struct party *party)
{
    if (--party->guests > 0)
        return;
    free(party->script);
    free(party->deeds);
    free(party);
}

/* A guest's task: its own deeds, each at its time. */
static inline int guest(void *arg)
{
    struct guest me = *(struct guest *)arg;
    int err = 0;
    free(arg);
    for (size_t i = 0; i < me.party->n_deeds && err == 0; i++) {
        const struct deed *deed = &me.party->deeds[i];
        if (strcmp(deed->who, me.name) != 0)
            continue;
        double left = me.party->begun + deed->at - loop_time(loop_current());
        if (left > 0)
            err = await(task_sleep(left));
        if (err == 0)
            err = guest_does(&me, deed);
    }
    if (err == 0 && me.paused && me.conn != NULL)
        err = await(conn_wait_closed(me.conn));
    if (err < 0 && err != -ECANCELED)
        printf("%s: %s\n", me.name, strerror(-err));
    conn_release(me.conn);
    party_leave(me.party);
    return err == -ECANCELED ? err : 0;
}

static inline bool guest_is_new(const struct party *party, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(party->deeds[i].who, party->deeds[at].who) == 0)
            return false;
    return true;
}

/* Has the guests of the script come by at host and port, from now on.  The strings are copied, but for host. */
static inline void lesson_guests(const char *host, int port, const char *script)
{
    const char *file = getenv("LESSON_GUESTS");
    struct party *party = calloc(1, sizeof *party);
    char *own = file != NULL ? guests_of_file(file) : strdup(script);
    if (party == NULL || own == NULL)
        abort();
    *party = (struct party){ .host = host, .port = port, .guests = 1, .script = own };
    party->begun = loop_time(loop_current());
    guests_read(party);
    for (size_t i = 0; i < party->n_deeds; i++) {
        struct guest *one = guest_is_new(party, i) ? malloc(sizeof *one) : NULL;
        if (one == NULL)
            continue;
        *one = (struct guest){ .party = party, .name = party->deeds[i].who };
        party->guests++;
        task_release(task_create(guest, one));
    }
    party_leave(party); /* our own part in it is done */
}

#endif

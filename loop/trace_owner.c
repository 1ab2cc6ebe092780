/* trace_owner.c - one trace belongs to one process, and in it to one loop at a time.
 *
 * Two writers would spoil it, and LOOP_TRACE is inherited by whatever a program starts.  So whoever opens a trace first
 * has it, and the others go on untraced, which they say:
 *
 *     a loop beside the one that is traced      `tracing` holds this process's number
 *     a child made by fork(), a program that    LOOP_TRACE_OWNER=PID SPEC, which the owner adds to its environment
 *       was started from within (system())
 *     fork()ed brothers (prefork servers)       `family`, a number in memory that they share
 *     a program started elsewhere               a lock on the file (sink_file.c), or the socket's address
 *
 * The mark also tells a program that came by exec() that the file holds what this same process did before: it adds to
 * it.  A program that is given another LOOP_TRACE than its ancestor's is traced there.
 */
#define _GNU_SOURCE
#include "tracer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARK "LOOP_TRACE_OWNER="
#define MARK_LENGTH (sizeof MARK - 1)

enum { SPEC_COMPARED = 1000 }; /* bytes of LOOP_TRACE in the mark */

#if !defined(MAP_ANONYMOUS) && defined(MAP_ANON)
#define MAP_ANONYMOUS MAP_ANON
#endif

extern char **environ;

static atomic_int
    tracing; /* the process that has a traced loop now; a fork()ed child's copy says its parent */
static char mark[MARK_LENGTH + SPEC_COMPARED + 24]; /* a part of the environment */

/* ---- brothers */

static atomic_int *family; /* the first of them that made a loop; NULL: not known */
static const char *family_spec;

/* Before any fork(): all that come from this process have the page in common. */
__attribute__((constructor)) static void share_with_family(void)
{
#ifdef MAP_ANONYMOUS
    const char *spec = getenv("LOOP_TRACE");
    if (spec == NULL || *spec == '\0' || (family_spec = strdup(spec)) == NULL)
        return;
    void *page =
        mmap(NULL, sizeof *family, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED)
        family = page;
#endif
}

/* ---- the mark */

/* Who had this very LOOP_TRACE before: an ancestor, or this process itself.  0: nobody. */
static pid_t owner_before(const char *spec)
{
    char *rest = NULL;
    const char *found = getenv("LOOP_TRACE_OWNER");
    long pid = found != NULL ? strtol(found, &rest, 10) : 0;
    if (pid <= 0 || *rest != ' ')
        return 0;
    return strncmp(rest + 1, spec, SPEC_COMPARED) == 0 ? (pid_t)pid : 0;
}

/* Other threads may be in getenv(), so no array that they may look at is changed in size, moved or freed: as setenv()
 * would. */
static void put_into_environment(char *entry)
{
    static char **ours;
    size_t n = 0;
    for (; environ != NULL && environ[n] != NULL; n++) {
        if (strncmp(environ[n], MARK, MARK_LENGTH) == 0) {
            environ[n] = entry;
            return;
        }
    }
    char **copy = malloc((n + 2) * sizeof *copy), **before = ours;
    if (copy == NULL)
        return; /* what we start is not warned */
    memcpy(copy, environ, n * sizeof *copy);
    copy[n] = entry;
    copy[n + 1] = NULL;
    environ = ours = copy;
    free(before);
}

void owner_mark(const char *spec)
{
    if (owner_before(spec) == getpid())
        return;
    snprintf(mark, sizeof mark, MARK "%ld %.*s", (long)getpid(), SPEC_COMPARED, spec);
    put_into_environment(mark);
}

/* ---- who has it */

void owner_say(const char *format, ...)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;
    char why[512];
    va_list args;
    if (atomic_flag_test_and_set(&said))
        return;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    fprintf(stderr, "loop: not traced: %s\n", why);
}

/* The process that may write this trace; if nobody has it yet, that is us from now on. */
static pid_t owner_of(const char *spec)
{
    pid_t before = owner_before(spec);
    int first = 0, me = (int)getpid();
    if (before != 0)
        return before;
    if (family == NULL || strcmp(spec, family_spec) != 0 ||
        atomic_compare_exchange_strong(family, &first, me))
        return (pid_t)me;
    return (pid_t)first;
}

bool owner_claim(const char *spec, bool *goes_on)
{
    int me = (int)getpid(), now = atomic_load(&tracing);
    pid_t owner = owner_of(spec);
    if (owner != (pid_t)me) {
        owner_say("LOOP_TRACE=%s is the trace of process %ld", spec, (long)owner);
        return false;
    }
    if (now == me || !atomic_compare_exchange_strong(&tracing, &now, me)) {
        owner_say("another loop of this program is");
        return false;
    }
    *goes_on = owner_before(spec) == (pid_t)me;
    return true;
}

void owner_release(void)
{
    atomic_store(&tracing, 0);
}

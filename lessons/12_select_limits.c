/* 12_select_limits.c - what select() can't do: promise, count past 1023, and pass over the idle.
 *
 *     build/lessons/12_select_limits
 */
#include "lesson.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

enum { HIGH = 1500 }; /* a descriptor that no fd_set has room for */

static void ask(void)
{
    static const char *const choices[] = { "Both: select() said that both are readable", "One",
                                           "None: they get in each other's way", NULL };
    static const char *const why[] = {
        "It was true when select() looked. The first read took the byte; the second is too late.",
        "The first read takes the byte. The second finds nothing: EAGAIN, or it would block.",
        "Reads come one after the other. The first one finds what select() saw.", NULL
    };
    loop_ask("A byte comes; select() finds both descriptors readable. How many reads get one?",
             choices, 1, why);
}

static void take(void *fd) /* def take(fd): */
{
    char byte;
    if (read(*(int *)fd, &byte, 1) == 1)
        puts("a reader got the byte");
    else
        printf("a reader found nothing%s\n", errno == EAGAIN ? ": EAGAIN" : "");
}

/* fd again, under a number beyond 1023, if we may have that many.  -1: we may not. */
static int duplicate_high(int fd)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 2048)
        limit.rlim_cur = limit.rlim_max < 2048 ? limit.rlim_max : 2048;
    setrlimit(RLIMIT_NOFILE, &limit);
    return fcntl(fd, F_DUPFD, HIGH);
}

static int amain(void *unused) /* async def main(): */
{
    struct loop *loop = loop_current();
    int ends[2], again, high;
    (void)unused;
    loop_lesson("12");
    if (pipe(ends) < 0 || (again = dup(ends[0])) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
        return -errno;
    loop_add_reader(loop, ends[0], take, &ends[0]);
    loop_add_reader(loop, again, take, &again);
    ask();
    puts("two readers for one pipe, and one byte");
    if (write(ends[1], "x", 1) != 1 || await(task_sleep(1.0)) < 0)
        return -ECANCELED;
    loop_remove_reader(loop, ends[0]);
    loop_remove_reader(loop, again);
    if ((high = duplicate_high(ends[0])) < 0)
        return puts("this system gives us no descriptor 1500") < 0;
    printf("an fd_set ends at %d: descriptor %d is beyond it\n", FD_SETSIZE, high);
    loop_add_reader(loop, high, take, &high);
    loop_note("One descriptor more, and select() now has 1501 to look at: see its nfds.");
    if (write(ends[1], "x", 1) != 1 || await(task_sleep(1.0)) < 0)
        return -ECANCELED;
    loop_note("The loop's own bit arrays have no such end; FD_SET() would have written outside.");
    puts("the loop watched it all the same");
    loop_remove_reader(loop, high);
    return 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL); /* asyncio.run(main()) */
}

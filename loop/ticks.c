/* ticks.c - the monotonic clock, read in less time.
 *
 * A loop reads the clock for every event that it tells and for every timer that it arms, and it is the dearest thing
 * that either does: clock_gettime(2) takes 36 ns where the processor's counter takes 15.  So a thread that reads the
 * clock often counts ticks between true readings, which are 100 us apart at most, at the rate that true readings gave;
 * and only where the kernel's own clock counts the same ticks.
 */
#include "ticks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    OFTEN = 1000,       /* true readings, until a thread asks what the kernel counts */
    REACH = 100000,     /* ns that are counted from a true reading on */
    BASELINE = 1000000, /* ns between the two readings that give a rate, at least */
    FASTEST = 10,       /* ticks a ns: no processor counts as many */
    AT_ONCE = 1000 /* ticks, less than a microsecond: a reading that took longer was interrupted */
};

static ns true_reading(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ns)now.tv_sec * NS_PER_S + now.tv_nsec;
}

#ifdef TICKS
_Thread_local struct ticks ticks_here;

/* Leaves errno as it is: who reads the clock doesn't expect a file to be opened. */
static bool kernel_counts_ticks(void)
{
    int before = errno;
    char name[8] = "";
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                  O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, name, sizeof name - 1);
    if (fd >= 0)
        close(fd);
    errno = before;
    return n > 0 && strcmp(name, "tsc\n") == 0;
}

/* While the machine sleeps the kernel's clock stands still, but the counter goes on, or begins anew: what it has
 * counted then is too much for the time, and no rate. */
static void take_rate(struct ticks *c)
{
    ns span = c->last.moment - c->first.moment;
    uint64_t counted = c->last.tick - c->first.tick;
    if (span < BASELINE)
        return;
    if (span < NS_PER_S && counted > 0 && counted / FASTEST < (uint64_t)span)
        c->rate = ((uint64_t)span << 32) / counted;
    c->first = c->last;
}

static ns read_both(struct ticks *c)
{
    uint64_t before = __builtin_ia32_rdtsc();
    ns now = true_reading();
    uint64_t after = __builtin_ia32_rdtsc();
    if (after - before > AT_ONCE) {
        c->reach = 0;
        return now;
    }
    c->last = (struct reading){ after, now };
    take_rate(c);
    c->reach = c->rate > 0 ? ((uint64_t)REACH << 32) / c->rate : 0;
    return now;
}

ns ticks_read_clock(void)
{
    struct ticks *c = &ticks_here;
    if (c->may_count)
        return ticks_tell(read_both(c));
    if (c->readings < OFTEN && ++c->readings == OFTEN)
        c->may_count = kernel_counts_ticks();
    return ticks_tell(true_reading());
}
#else
ns clock_real(void)
{
    return true_reading();
}
#endif

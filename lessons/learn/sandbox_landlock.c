/*
 * sandbox_landlock.c - Landlock: a Linux process gives up rights over files, for good.
 *
 * It asks for no privilege, so it stands also where namespaces are forbidden: files from Linux 5.13
 * on, signals and abstract sockets from 6.12 on. The C library has no functions for it: three
 * system calls by number.
 */
#define _GNU_SOURCE /* O_PATH, syscall() */
#include "sandbox_inside.h"

/* What a program, and a compiler, needs to start. What is not there is passed over. */
const char *const sandbox_system_paths[] = {
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/nix/store",
    "/gnu/store",
    NULL,
};

#ifdef __linux__
#include <sys/syscall.h>
#endif

#if defined(SYS_landlock_create_ruleset)

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of linux/landlock.h, which may be older than the kernel. */
struct landlock_rules {
    uint64_t fs, net, scoped;
};
struct landlock_place {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

enum {
    FS_EXECUTE = 1,
    FS_WRITE_FILE = 2,
    FS_READ_FILE = 4,
    FS_READ_DIR = 8,
    FS_TRUNCATE = 1 << 14,
    FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
    FS_READ = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR,
    SCOPE_SOCKETS_AND_SIGNALS = 3,
};

/* All rights over files that this version of Landlock knows. */
static uint64_t rights_of(long version)
{
    return version >= 5 ? 0xffff : version >= 3 ? 0x7fff : version == 2 ? 0x3fff : 0x1fff;
}

static bool allow(int rules, const char *path, uint64_t rights)
{
    struct stat stat;
    struct landlock_place place = { rights, open(path, O_PATH | O_CLOEXEC) };
    if (place.fd < 0)
        return errno == ENOENT;
    if (fstat(place.fd, &stat) == 0 && !S_ISDIR(stat.st_mode))
        place.allowed &= FS_OF_FILES;
    bool good = syscall(SYS_landlock_add_rule, rules, 1 /* beneath a path */, &place, 0) == 0;
    close(place.fd);
    return good;
}

static bool allow_all(int rules, const struct sandbox *box, uint64_t rights, bool proc)
{
    bool good = allow(rules, box->directory, rights) &&
                allow(rules, "/dev/null", (FS_READ_FILE | FS_WRITE_FILE) & rights);
    if (proc) /* its own, which shows itself only */
        good = allow(rules, "/proc", FS_READ) && good;
    for (const char *const *path = sandbox_system_paths; *path != NULL; path++)
        good = allow(rules, *path, FS_READ) && good;
    for (const char *const *path = box->readable; path != NULL && *path != NULL; path++)
        good = allow(rules, *path, FS_READ) && good;
    return good;
}

static unsigned landlock(const struct sandbox *box, unsigned have)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* which version? */);
    if (version < 1)
        return 0;
    struct landlock_rules wanted = { .fs = rights_of(version),
                                     .scoped = version >= 6 ? SCOPE_SOCKETS_AND_SIGNALS : 0 };
    size_t size = version >= 6 ? sizeof wanted : sizeof wanted.fs;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
    if (rules < 0)
        return 0;
    bool good = allow_all(rules, box, wanted.fs, (have & SANDBOX_MEMORY) != 0) &&
                syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return good ? SANDBOX_WRITES | SANDBOX_READS : 0;
}

unsigned sandbox_lock(const struct sandbox *box, unsigned have)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return 0;
    return landlock(box, have);
}

#else /* an older system, or another one */

unsigned sandbox_lock(const struct sandbox *box, unsigned have)
{
    (void)box;
    (void)have;
    return 0;
}

#endif

/*
 * sandbox_linux.c - what Linux can do for a sandbox: namespaces, and a root of its own.
 *
 * Root may make namespaces; anybody else first makes a user namespace, in which he may. Some
 * systems and most containers forbid it: then there is still Landlock (sandbox_landlock.c).
 *
 * The new root is a small tmpfs that holds mounts of what a program needs to start, under the same
 * names as outside, so that no path means something else in the sandbox.
 */
#define _GNU_SOURCE /* unshare() */
#include "sandbox_inside.h"

#ifdef __linux__

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

static bool write_word(const char *path, const char *word)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, word, strlen(word)) == (ssize_t)strlen(word);
    if (fd >= 0)
        close(fd);
    return good;
}

/* ---- namespaces ------------------------------------------------------------------------------ */

/* In a user namespace just made: we are who we were, and nobody else is there. */
static bool map_self(uid_t user, gid_t group)
{
    char map[64];
    write_word("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%lu %lu 1", (unsigned long)user, (unsigned long)user);
    if (!write_word("/proc/self/uid_map", map))
        return false;
    snprintf(map, sizeof map, "%lu %lu 1", (unsigned long)group, (unsigned long)group);
    return write_word("/proc/self/gid_map", map);
}

unsigned sandbox_split(const struct sandbox *box)
{
    uid_t user = geteuid();
    gid_t group = getegid();
    int flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | (box->network ? 0 : CLONE_NEWNET);
    bool good = user == 0 ? unshare(flags) == 0
                          : unshare(flags | CLONE_NEWUSER) == 0 && map_self(user, group);
    return good ? SANDBOX_PROCESSES | (box->network ? 0 : SANDBOX_NETWORK) : 0;
}

bool sandbox_count_apart(void)
{
    uid_t user = geteuid();
    gid_t group = getegid();
    return unshare(CLONE_NEWUSER) == 0 && map_self(user, group);
}

static void raise_loopback(void)
{
    struct ifreq request = { .ifr_name = "lo" };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
        request.ifr_flags = (short)(request.ifr_flags | IFF_UP | IFF_RUNNING);
        ioctl(fd, SIOCSIFFLAGS, &request);
    }
    close(fd);
}

/* ---- a root of its own ----------------------------------------------------------------------- */

/* Makes what leads to `path`, and at its end a directory or an empty file. */
static bool make_place(char *path, bool directory)
{
    for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    if (directory)
        return mkdir(path, 0755) == 0 || errno == EEXIST;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* A mount's own restrictions stay: in a user namespace they may not be lifted. */
static bool make_read_only(const char *path)
{
    struct statvfs info;
    if (statvfs(path, &info) < 0)
        return false;
    unsigned long flags = info.f_flag & (MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
    if ((info.f_flag & ST_RELATIME) != 0)
        flags |= MS_RELATIME;
    return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | flags, NULL) == 0;
}

/* Shows `from` below the new root, under the name `name`. What does not exist is no fault. (Not
 * what is mounted below a writable directory: the new root is, by us.) */
static bool show(const char *root, const char *from, const char *name, bool writable)
{
    char place[PATH_ROOM], to[PATH_ROOM];
    struct stat stat;
    if ((size_t)snprintf(place, sizeof place, "%s%s", root, name) >= sizeof place)
        return false;
    if (lstat(name, &stat) == 0 && S_ISLNK(stat.st_mode)) { /* /bin -> usr/bin */
        ssize_t len = readlink(name, to, sizeof to - 1);
        if (len < 0)
            return false;
        to[len] = '\0';
        return symlink(to, place) == 0;
    }
    if (fstatat(AT_FDCWD, from, &stat, 0) < 0)
        return errno == ENOENT;
    return make_place(place, S_ISDIR(stat.st_mode)) &&
           mount(from, place, NULL, MS_BIND | (writable ? 0 : MS_REC), NULL) == 0 &&
           (writable || make_read_only(place));
}

static bool show_all(const char *root, const char *const *paths)
{
    for (; paths != NULL && *paths != NULL; paths++)
        if (!show(root, *paths, *paths, false))
            return false;
    return true;
}

/* The processes of the new namespace, and no others. Not to be had in some containers. */
static unsigned show_processes(const char *root)
{
    char place[PATH_ROOM];
    if ((size_t)snprintf(place, sizeof place, "%s/proc", root) >= sizeof place ||
        (mkdir(place, 0755) < 0 && errno != EEXIST))
        return 0;
    return mount("proc", place, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0
               ? SANDBOX_MEMORY
               : 0;
}

static bool turn_root(const char *root)
{
    return chdir(root) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
           umount2(".", MNT_DETACH) == 0 && chdir("/") == 0 && make_read_only("/");
}

/*
 * The new root is mounted over the directory itself, which is still reached through a descriptor.
 */
static unsigned own_root(const struct sandbox *box)
{
    char inside[64];
    unsigned memory = 0;
    int directory = open(box->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(inside, sizeof inside, "/proc/self/fd/%d", directory);
    bool good =
        directory >= 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("none", box->directory, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") == 0;
    if (good)
        good = show_all(box->directory, sandbox_system_paths) &&
               show_all(box->directory, box->readable) &&
               show(box->directory, "/dev/null", "/dev/null", true) &&
               show(box->directory, inside, box->directory, true);
    if (good)
        memory = show_processes(box->directory);
    if (good)
        good = turn_root(box->directory);
    if (directory >= 0)
        close(directory);
    return good ? SANDBOX_WRITES | SANDBOX_READS | memory : 0;
}

unsigned sandbox_furnish(const struct sandbox *box, unsigned have)
{
    if ((have & SANDBOX_NETWORK) != 0)
        raise_loopback();
    return (have & SANDBOX_PROCESSES) != 0 ? own_root(box) : 0;
}

/* ---- processes ------------------------------------------------------------------------------- */

void sandbox_bind_to_parent(int number)
{
    prctl(PR_SET_PDEATHSIG, number, 0, 0, 0);
}

void sandbox_offer(void)
{
    write_word("/proc/self/oom_score_adj", "1000");
}

void sandbox_hide(bool hidden)
{
    prctl(PR_SET_DUMPABLE, hidden ? 0 : 1, 0, 0, 0);
}

void sandbox_adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* Reads /proc/PID/NAME; false when it is gone. */
static bool read_proc(const char *pid, const char *name, char *text, size_t size)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    text[len < 0 ? 0 : len] = '\0';
    return len > 0;
}

/* In the sandbox's own /proc: all that is in the sandbox. The host's is another matter. */
size_t sandbox_memory(void)
{
    char text[256];
    size_t pages = 0;
    DIR *proc = getpid() == 1 ? opendir("/proc") : NULL;
    if (proc == NULL || !read_proc("self", "stat", text, sizeof text) || atoi(text) != 1) {
        if (proc != NULL)
            closedir(proc);
        return 0;
    }
    const struct dirent *entry;
    while ((entry = readdir(proc)) != NULL) {
        unsigned long resident, shared;
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && strcmp(entry->d_name, "1") != 0 &&
            read_proc(entry->d_name, "statm", text, sizeof text) &&
            sscanf(text, "%*u %lu %lu", &resident, &shared) == 2 && resident > shared)
            pages += resident - shared;
    }
    closedir(proc);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * Where there is no namespace: orphans are our children, and those are killed until none is left.
 */
void sandbox_kill_children(void)
{
    char text[512];
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        int parent;
        const char *end;
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            read_proc(entry->d_name, "stat", text, sizeof text) &&
            (end = strrchr(text, ')')) != NULL && sscanf(end + 1, " %*c %d", &parent) == 1 &&
            parent == (int)getpid())
            kill((pid_t)atoi(entry->d_name), SIGKILL);
    }
    if (proc != NULL)
        closedir(proc);
}

#else /* elsewhere: limits, a session, a watchdog, and the words that there is no more */

unsigned sandbox_split(const struct sandbox *box)
{
    (void)box;
    return 0;
}

unsigned sandbox_furnish(const struct sandbox *box, unsigned have)
{
    (void)box;
    (void)have;
    return 0;
}

void sandbox_bind_to_parent(int number)
{
    (void)number;
}

void sandbox_offer(void)
{
}

void sandbox_hide(bool hidden)
{
    (void)hidden;
}

bool sandbox_count_apart(void)
{
    return false;
}

void sandbox_adopt(void)
{
}

size_t sandbox_memory(void)
{
    return 0;
}

void sandbox_kill_children(void)
{
}

#endif

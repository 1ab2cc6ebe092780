#!/usr/bin/env python3
"""learn grade: a class of submissions, some of them hostile, graded; and nothing was hurt.

limit: 240 s

The class is made here, in a temporary folder, for lesson 01: right, wrong, endless, crashing, a fork bomb, a
memory hog, one that writes files where it must not, one that calls the network, one that floods, forgers, and
compiler bombs. What a system can't guard against, the sandbox says, and is skipped here. BUILD is the
build directory (default: build).
"""
import atexit
import csv
import io
import os
import pathlib
import socket
import subprocess
import sys
import shutil
import tempfile
import time

BUILD = os.environ.get("BUILD", "build")
LEARN = os.path.abspath(os.path.join(BUILD, "learn"))
CHECKS = pathlib.Path("lessons/checks/01")
SLOW = 3 if os.environ.get("MODE") == "asan" else 1
MARK = "loopscope-grade-mark-%d" % os.getpid()  # what a survivor would be called
HEAD = ["student", "exercise", "result", "rules passed", "rules in all", "first failed rule", "event",
        "expected", "seen", "line", "seconds"]
failures = 0


def check(name, good, why=""):
    global failures
    if good:
        print("ok", name)
    else:
        failures += 1
        print("not ok", name, *(["#", str(why)] if why != "" else []))
    sys.stdout.flush()


def skip(name, why):
    print("skip", name, "#", why)


# ---- the class -----------------------------------------------------------------------------------

RIGHT = (CHECKS / "right_1.c").read_text(encoding="utf-8")
INCLUDES = """
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
"""


def deed(code, helpers=""):
    """The right solution, that first does something it should not."""
    return INCLUDES + RIGHT.replace("int main(", "int right_main(") + helpers + """
int main(void)
{
    %s
    return right_main();
}
""" % code


def hostile(outside, port):
    """{student: source}; `outside` is a file that nobody may write, `port` a listener of ours."""
    opens = f"""
    const char *paths[] = {{ "{outside}", "/tmp/{MARK}", "/var/tmp/{MARK}", "/usr/{MARK}", "/dev/shm/{MARK}",
                            "../{MARK}", "../../{MARK}", NULL }};
    for (int i = 0; paths[i] != NULL; i++) {{
        int fd = open(paths[i], O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (fd >= 0 && write(fd, "hurt", 4) == 4)
            printf("wrote to number %d\\n", i);
        unlink(paths[i]);
        chmod(paths[i], 0777);
    }}"""
    call = f"""
    struct sockaddr_in to = {{ .sin_family = AF_INET, .sin_port = htons({port}) }};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        puts("called home");"""
    kill = """
    signal(SIGTERM, SIG_IGN);
    kill(getppid(), SIGKILL);
    kill(getppid(), SIGTERM);
    kill(-1, SIGKILL);
    puts("\\033[2J\\033]0;taken over\\007 the screen is mine");"""
    stays = f"""
    if (fork() == 0) {{
        setsid();
        if (fork() == 0) {{
            char *argv[] = {{ "{MARK}", "600", NULL }};
            execv("/bin/sleep", argv);
        }}
        _exit(0);
    }}"""
    swap = """
    const char *trace = getenv("LOOP_TRACE");
    raise(SIGSTOP - SIGSTOP);
    right_main_forked();
    unlink(trace);
    %s
    _exit(0);"""
    forked = """
static void right_main_forked(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(right_main());
    waitpid(pid, NULL, 0);
}"""
    return {
        "endless": deed("for (volatile long i = 0;; i++) continue;"),
        "crashes": deed('*(volatile int *)8 = 1;'),
        "forks": deed("for (;;) fork();"),
        "hog": deed("for (;;) { char *more = malloc(1 << 20); if (more) memset(more, 1, 1 << 20); }"),
        "hogs": deed("for (int i = 0; i < 12; i++) if (fork() == 0) { char *more = malloc(300 << 20);"
                     " if (more) memset(more, 1, 300 << 20); sleep(60); } sleep(60);"),
        "writes": deed(opens),
        "calls": deed(call),
        "kills": deed(kill),
        "stays": deed(stays),
        "floods": deed('for (;;) (void)!write(1, "\\033[31mflood\\n", 11);'),
        "fills": deed('for (int i = 0;; i++) { char name[32]; sprintf(name, "f%d", i); FILE *f = fopen(name, "w");'
                      ' if (f == NULL) continue; for (int k = 0; k < 1000; k++) fputs("0123456789", f); fclose(f); }'),
        "digs": deed('for (;;) if (mkdir("d", 0777) < 0 || chdir("d") < 0) break; sleep(60);'),
        "forges": deed(swap % "FILE *f = fopen(trace, \"w\"); for (int i = 0; lines[i]; i++) fputs(lines[i], f);"
                       " fclose(f);", "static const char *const lines[] = {\n" + forgery() + "NULL };\n" + forked),
        "links": deed(swap % '(void)!symlink("/etc/passwd", trace);', forked),
        "pipes": deed(swap % "mkfifo(trace, 0666);", forked),
        "bombs": '#define A "0123456789012345678901234567890123456789"\n' + "\n".join(
            f"#define A{i} A{i - 1 if i else ''} A{i - 1 if i else ''} A{i - 1 if i else ''} A{i - 1 if i else ''}"
            for i in range(14)) + "\nconst char text[] = A13;\n",
        "includes": '#include "/dev/zero"\n',
        "itself": '#include __FILE__\n#include __FILE__\n',
        "peeks": '#include "%s"\n' % (CHECKS / "right_2.c").resolve(),
    }


def forgery():
    """A true trace, of another run: as the lines of a C array."""
    with tempfile.TemporaryDirectory() as scratch:
        trace = os.path.join(scratch, "trace")
        subprocess.run([os.path.join(BUILD, "lessons/01_while_loop")], stdout=subprocess.DEVNULL, check=False,
                       env={**os.environ, "LOOP_TRACE": trace, "LOOP_CLOCK": "virtual", "LOOP_INTERRUPT_AT": "2.5"})
        text = pathlib.Path(trace).read_text(encoding="utf-8")
    quoted = []
    for line in text.splitlines():
        if '"ev":"trace:source"' not in line:
            quoted.append('"' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n",\n')
    return "".join(quoted)


EXPECTED = {
    "right": {"passed"}, "wrong": {"failed"}, "other": {"does not build"},
    "endless": {"endless"}, "crashes": {"crashed", "failed"} if os.environ.get("MODE") == "asan" else {"crashed"}, "forks": {"endless"},
    "hog": {"too much memory", "endless"}, "hogs": {"too much memory", "endless"},
    "writes": {"passed"}, "calls": {"passed"}, "kills": {"passed", "failed"}, "stays": {"passed"},
    "floods": {"endless", "too much output"}, "fills": {"too much output"},
    "digs": {"too much output", "endless"},
    "forges": {"untrue trace"}, "links": {"untrue trace"}, "pipes": {"untrue trace"},
    "bombs": {"does not build"}, "includes": {"does not build"}, "itself": {"does not build"},
    "peeks": {"does not build"},
}


def hand_in(folder, student, source, name="01_while_loop.c"):
    path = os.path.join(folder, student, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pathlib.Path(path).write_text(source, encoding="utf-8")


def grade(*arguments, prefix=()):
    return subprocess.run([*prefix, LEARN, "grade", *arguments], capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=120 * SLOW)


# A place of our own: what other tests leave for a moment in the common one is not ours.
tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="grade-")
atexit.register(shutil.rmtree, tempfile.tempdir, ignore_errors=True)
os.chmod(tempfile.tempdir, 0o755)
OURS = os.path.join(tempfile.tempdir, "learn-")


def processes_with(word):
    found = []
    for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        if entry.isdigit():
            try:
                if word in pathlib.Path("/proc", entry, "cmdline").read_bytes().decode("utf-8", "replace"):
                    found.append(entry)
            except OSError:
                pass
    return found


def rows_of(run):
    return list(csv.reader(io.StringIO(run.stdout.decode("utf-8"), newline="")))


def stands(run, word):
    """The sandbox said that this guard stood."""
    return any(line.strip().startswith(b"yes") and word in line for line in run.stderr.splitlines())


# ---- the checks ----------------------------------------------------------------------------------

def a_class_of_ten(folder, outside, listener):
    """What the README promises: ten, in under a minute."""
    samples = hostile(outside, listener.getsockname()[1])
    ten = ["endless", "crashes", "forks", "hog", "writes", "calls", "floods", "forges"]
    hand_in(folder, "right", RIGHT)
    hand_in(folder, "wrong", (CHECKS / "wrong_1.c").read_text(encoding="utf-8"))
    for student in ten:
        hand_in(folder, student, samples.pop(student))
    began = time.monotonic()
    run = grade(folder, "--csv")
    took = time.monotonic() - began
    rows = rows_of(run)
    check("a class of ten is graded in under a minute", len(rows) == 11 and took < 60 * SLOW,
          f"{len(rows)} rows, {took:.1f} s")
    print(f"# {took:.1f} s for {len(rows) - 1} submissions")
    return run, rows, samples


def results(rows):
    for row in rows[1:]:
        expected = EXPECTED[row[0]]
        check(f"{row[0]}: {' or '.join(sorted(expected))}", row[2] in expected, row)


def nothing_was_hurt(run, outside, listener, before):
    if stands(run, b"files are written"):
        check("no file outside was written", pathlib.Path(outside).read_text(encoding="utf-8") == "whole" and
              not any(os.path.exists(os.path.join(place, MARK)) for place in ("/tmp", "/var/tmp", "/usr", "/dev/shm")))
    else:
        skip("no file outside was written", "no Landlock and no namespaces here")
    if stands(run, b"a network of its own"):
        listener.settimeout(0.1)
        try:
            listener.accept()
            called = True
        except OSError:
            called = False
        check("a listener of this machine was not reached", not called)
    else:
        skip("a listener of this machine was not reached", "no network namespaces here")
    check("no process is left", not processes_with(MARK) and not processes_with(OURS),
          processes_with(MARK) + processes_with(OURS))
    check("no scratch directory is left", leftovers() == before, leftovers() - before)


def leftovers():
    return {name for name in os.listdir(tempfile.gettempdir()) if name.startswith("learn-")}


def the_sheet(run, rows):
    check("the sheet has its columns", rows[0] == HEAD, rows[0])
    check("its lines end with CR LF", run.stdout.count(b"\r\n") == run.stdout.count(b"\n") == len(rows))
    check("each line has as many cells", all(len(row) == len(HEAD) for row in rows))
    by = {row[0]: row for row in rows}
    check("a right one has all its rules", by["right"][3] == by["right"][4] != "0", by["right"])
    check("a wrong one says which rule, where, expected and seen", all(by["wrong"][i] for i in (5, 6, 7, 8, 9)),
          by["wrong"])
    check("no control character is in it", not any(c < 32 and c not in (10, 13) or c == 127 for c in run.stdout))
    check("all were graded: status 0", run.returncode == 0, run.returncode)


def the_rest(outside, listener, samples):
    with tempfile.TemporaryDirectory() as folder:
        before = leftovers()
        for student, source in samples.items():
            hand_in(folder, student, source)
        hand_in(folder, "other", "int main(void) { return nothing; }\n")
        run = grade(folder, "--csv")
        rows = rows_of(run)
        check("the others are all graded", len(rows) == len(samples) + 2, len(rows))
        results(rows)
        nothing_was_hurt(run, outside, listener, before)


def every_exercise():
    """The sandbox changes nothing: what `learn prove` accepts passes in it, and start.c does not."""
    with tempfile.TemporaryDirectory() as folder:
        for rules in sorted(pathlib.Path("lessons/checks").glob("[0-9][0-9]/rules")):
            for student in ("right_1", "right_2", "start"):
                hand_in(folder, student, (rules.parent / f"{student}.c").read_text(encoding="utf-8"),
                        f"{rules.parent.name}.c")
        for row in rows_of(grade(folder, "--csv"))[1:]:
            check(f"{row[1]} {row[0]}", (row[2] == "passed") == row[0].startswith("right"), row)


# An ordinary user who may make no namespaces.
PLAIN_USER = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups"] if os.geteuid() == 0 else []
NO_NAMESPACES = [*PLAIN_USER, "unshare", "-U", "--map-user=1000", "--map-group=1000", "--keep-caps", "sh", "-c",
                 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"', "sh"]


def can_run(prefix):
    try:
        return subprocess.run([*prefix, LEARN, "--help"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def as_others(outside, listener):
    """As an ordinary user; and where the system allows no namespaces: less stands, and that is said."""
    samples = hostile(outside, listener.getsockname()[1])
    for name, prefix in (("as an ordinary user", PLAIN_USER), ("without namespaces", NO_NAMESPACES)):
        if not can_run(prefix):
            skip(name, "this system can't be asked to")
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            before = leftovers()
            hand_in(folder, "right", RIGHT)
            for student in ("writes", "stays", "kills", "crashes"):
                hand_in(folder, student, samples[student])
            run = grade(folder, "--csv", prefix=prefix)
            print("#", name)
            results(rows_of(run))
            nothing_was_hurt(run, outside, listener, before)
            check("what does not stand is said", (b"NO " in run.stderr) == (b"Not the whole" in run.stderr))


def names():
    """Who it is, and what a spreadsheet or a terminal must not take for a command."""
    with tempfile.TemporaryDirectory() as folder:
        broken = "int main(void) { return nothing; }\n"
        hand_in(folder, "", broken, "anna-01.c")
        hand_in(folder, "", broken, "=1+1_01.c")
        hand_in(folder, "group 2", broken, "ben.01_while_loop.c")
        hand_in(folder, "\x1b[2Jcara, \"the\" 1st", broken, "01.c")
        hand_in(folder, "dora", broken, "answers.c")
        hand_in(folder, "", broken, "2001.c")
        hand_in(folder, "", broken, "99.c")
        os.symlink("/etc/passwd", os.path.join(folder, "01.c"))
        run = grade(folder, "--csv")
        students = sorted(row[0] for row in rows_of(run)[1:])
        check("students are told from names and folders", students ==
              sorted(["anna", "'=1+1", "group 2/ben", '\\x1b[2Jcara, "the" 1st']), students)
        check("what is passed over is named", all(word in run.stderr for word in (b"answers.c", b"2001.c", b"99.c")),
              run.stderr)
        table = grade(folder + "/")
        check("as a table too", b"anna " in table.stdout and b"does not build" in table.stdout and
              b"nothing" in table.stdout and b"\x1b" not in table.stdout + table.stderr, table.stdout)


def usage():
    check("without a folder it is wrong usage", grade().returncode == 2)
    check("a folder that isn't there is wrong usage, and said", (run := grade("/nowhere")).returncode == 2 and
          b"/nowhere" in run.stderr)
    with tempfile.TemporaryDirectory() as folder:
        check("an empty folder: status 1, and said", (run := grade(folder)).returncode == 1 and
              b"no submission" in run.stderr)
    check("--help says what is not guarded", b"forge" in grade("--help").stdout)


def interrupted():
    """Ctrl-C ends it with all that it runs."""
    with tempfile.TemporaryDirectory() as folder:
        before = leftovers()
        for i in range(4):
            hand_in(folder, f"endless{i}", deed("for (volatile long i = 0;; i++) continue;"))
        process = subprocess.Popen([LEARN, "grade", folder], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(2.5 * SLOW)
        process.terminate()
        try:
            _, words = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            words = b"it hung"
        time.sleep(0.3)
        check("interrupted, it says so and leaves nothing", b"stopped" in words and leftovers() == before and
              not processes_with(OURS), words)


def main():
    outside = tempfile.NamedTemporaryFile("w", delete=False, suffix=MARK)
    outside.write("whole")
    outside.close()
    os.chmod(outside.name, 0o666)
    listener = socket.create_server(("127.0.0.1", 0))
    try:
        with tempfile.TemporaryDirectory() as folder:
            before = leftovers()
            run, rows, samples = a_class_of_ten(folder, outside.name, listener)
            results(rows)
            the_sheet(run, rows)
            nothing_was_hurt(run, outside.name, listener, before)
        the_rest(outside.name, listener, samples)
        as_others(outside.name, listener)
        every_exercise()
        names()
        usage()
        interrupted()
    finally:
        os.unlink(outside.name)
        listener.close()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

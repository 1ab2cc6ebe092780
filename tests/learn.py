#!/usr/bin/env python3
"""The learner's command as a learner runs it: in a directory of its own, with answers from standard input.

limit: 200 s
"""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
BUILD = os.path.abspath(os.environ.get("BUILD") or "build")
LEARN = os.path.join(BUILD, "learn")
SLOW = 3 if os.environ.get("MODE") == "asan" else 1
HELLO = '#include "lesson.h"\nint main(void)\n{\n    %s\n    return 0;\n}\n'
failed = False


def check(name, good, why=""):
    global failed
    print(("ok " if good else "not ok ") + name, flush=True)
    if not good:
        failed = True
        for line in str(why).splitlines()[-12:]:
            print("# " + line)


class Student:
    """Somebody with a directory for exercises."""

    def __init__(self, folder):
        self.folder = folder
        self.env = {**os.environ, "LEARN_DIR": folder, "LC_ALL": "C.UTF-8", "TERM": "xterm"}

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="surrogateescape") as file:
            return file.read()

    def write(self, name, text):
        with open(self.path(name), "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)

    def learn(self, *words, answers="", cwd=ROOT, **env):
        return subprocess.run([LEARN, *words], input=answers.encode(), env={**self.env, **env}, cwd=cwd,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60 * SLOW)

    def says(self, name, status, text, *words, **how):
        """Runs learn: its status, and that it says what it should; answers its output."""
        run = self.learn(*words, **how)
        out = run.stdout.decode("utf-8", "surrogateescape")
        check(name, run.returncode == status and text in out, f"status {run.returncode}, not {status}\n{out}")
        return out

    def take(self, name, number="01", lesson="01_while_loop"):
        """Puts a program of lessons/checks in place of the exercise."""
        shutil.copy(os.path.join(ROOT, "lessons", "checks", number, name), self.path(lesson + ".c"))


def is_clean(text):
    return not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\udc80-\udcff]", text)


def test_usage(student):
    for command in ("check", "watch", "hint", "reset", "solution", "diff", "next", "prove", "01"):
        student.says(f"learn {command} --help", 0, "learn ", command, "--help")
    student.says("learn --help", 0, "learn check", "--help")
    student.says("an unknown command is wrong usage", 2, "no command", "dance")
    student.says("a lesson that isn't there is wrong usage", 2, 'no lesson "77"', "check", "77")
    student.says("an unknown option is wrong usage", 2, "no such option", "check", "--fast")
    student.says("a word too many is wrong usage", 2, "too many", "check", "01", "02")
    check("hostile words come back escaped", is_clean(student.says(
        "a hostile lesson name is wrong usage", 2, "\\x1b[2J", "check", "\x1b[2J").replace("\n", "")))
    with tempfile.TemporaryDirectory() as elsewhere:
        student.says("it finds its tree from anywhere", 0, "while loop", cwd=elsewhere)
        shutil.copy(LEARN, elsewhere)
        run = subprocess.run([os.path.join(elsewhere, "learn")], cwd=elsewhere, capture_output=True, check=False)
        check("without a tree it says so", run.returncode == 2 and b"course" in run.stderr, run.stderr)


def test_way(student):
    student.says("a new student is sent to lesson 01", 0, "learn 01")
    out = student.says("the table has each lesson", 0, "> 01  while loop")
    check("nothing is passed yet", "passed" not in out, out)
    student.says("check makes the student's copy", 1, "made just now", "check")
    check("it is start.c", student.read("01_while_loop.c") == open(
        os.path.join(ROOT, "lessons/checks/01/start.c"), encoding="utf-8").read())
    out = student.says("check 1 fails by rules", 1, "FAILED", "check", "1")
    for part in ("rule      times", "expected  out:line", "seen      none", "where     event 50 at 2.500 s",
                 "01_while_loop.c:12", "if (await(task_sleep(1.0)) < 0)", "replay", "--event 50"):
        check(f"it tells: {part}", part in out, out)
    student.says("the first hint", 0, "Hint 1 of 3", "hint")
    out = student.says("the second hint comes with the first", 0, "Hint 2 of 3", "hint")
    check("and not the third", "Hint 3" not in out, out)
    student.says("the third hint", 0, "Hint 3 of 3", "hint", "01_while_loop")
    student.says("then there are no more", 0, "all there are", "hint")
    student.says("no solution before", 1, "isn't passed yet", "solution")
    student.says("giving up is asked about", 1, "Good. Go on!", "solution", "--give-up", answers="n\n")
    student.says("no answer is no", 1, "", "solution", "--give-up")
    student.says("diff tells where the traces part", 1, "event", "diff")
    student.take("right_1.c")
    student.says("of a right program diff says that there is no such place", 0, "tell the same", "diff")
    student.take("right_2.c")
    student.says("a right exercise passes", 0, "All rules hold", "check", "01")
    student.says("then the solution is shown", 0, "Two tasks", "solution")
    student.says("it does not go on by itself", 0, "> 01")
    student.says("next goes on", 0, "02", "next")
    student.says("and stays there", 0, "> 02")
    student.says("the exercise at hand is the second", 1, "Exercise 02", "check")
    student.says("giving up shows it", 0, "A loop around", "solution", "--give-up", answers="y\n")
    student.says("what was given up is marked", 0, "gave up")


def test_builds(student):
    student.write("01_while_loop.c", b"int main(void) { return \x1b[2J\xff; }\n")
    out = student.says("what does not compile fails", 1, "does not compile", "check", "01")
    check("the compiler's words are shown, escaped", "error" in out and is_clean(out.replace("\n", "")), out)
    student.write("01_while_loop.c", HELLO % 'fputs("\\033[2J\\n\\233", stderr); return 3;')
    out = student.says("a program without a loop fails", 1, "no loop ran", "check", "01")
    check("what it writes is escaped", "\\x1b[2J" in out and is_clean(out.replace("\n", "")), out)
    student.write("01_while_loop.c", HELLO % "abort();")
    student.says("a crash is told", 1, "SIGABRT", "check", "01")
    student.write("02_serve_forever.c", HELLO % "for (volatile int i = 0; true; i++) continue;")
    began = time.monotonic()
    if os.environ.get("MODE") == "asan":
        print("skip an endless program is ended: building it takes too long here")
        return
    student.says("an endless program is ended", 1, "did not end within 3 s", "check", "02")
    check("in its time", time.monotonic() - began < 20 * SLOW)
    student.write("02_serve_forever.c", HELLO % 'while (true) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");')
    student.says("so is one that writes without end", 1, "did not end", "check", "02")
    student.says("a compiler that isn't there is said", 1, "can't be started", "check", "01", CC="/nowhere/cc")


def test_reset(student):
    student.write("01_while_loop.c", "mine\n")
    student.says("reset asks", 1, "Nothing was changed", "reset", "01", answers="n\n")
    check("no is no", student.read("01_while_loop.c") == "mine\n")
    student.says("yes is yes", 0, "as at the start", "reset", "01", answers="y\n")
    check("the backup is mine", student.read("01_while_loop.c.1") == "mine\n")
    check("the exercise is the start", "Exercise 01" in student.read("01_while_loop.c"))
    student.write("01_while_loop.c", "mine again\n")
    student.says("reset again", 0, "", "reset", "01", answers="yes\n")
    check("the first backup stays", student.read("01_while_loop.c.1") == "mine\n" and
          student.read("01_while_loop.c.2") == "mine again\n")


def test_progress(student):
    good = "learn 1\nat 02\n01 seen passed hints=2 answer=1\n"
    student.write(".progress", good)
    student.says("progress is read", 0, "seen  passed")
    check("and left as it is", student.read(".progress") == good)
    for name, text in (("a cut file", good[:-9]), ("rubbish in it", good + "\x00\x1b[2J\xff\n03 flown\n"),
                       ("another file", "hello\n" * 9), ("an empty file", ""),
                       ("a long line", good + "x" * 10000 + "\n")):
        student.write(".progress", text.encode("latin-1"))
        out = student.says(f"{name} is healed", 0, "was damaged")
        check(f"{name} is kept aside", student.read(".progress.damaged").encode("utf-8", "surrogateescape") ==
              text.encode("latin-1"))
        check(f"{name} is said once", "damaged" not in student.learn().stdout.decode("utf-8", "replace"))
        check(f"{name} does no harm to a terminal", is_clean(out.replace("\n", "")))
    student.write(".progress", good + "rubbish\n")
    student.says("what could be read is kept", 0, "seen  passed")
    nowhere = Student("/dev/null/x")
    run = nowhere.learn("check", "01")
    check("a directory that can't be made is said", run.returncode == 2 and b"/dev/null/x" in run.stdout, run.stdout)


def test_lines(student):
    out = student.says("a lesson is told by lines", 0, "Note: The loop runs", "01", "--lines", answers="2\n")
    check("with its question and numbered choices", "Question: What does" in out and "\n  2. It stands" in out, out)
    check("the answer is told after what reveals it", 0 < out.find("select() returns after 1 s", out.find(
        "Question:")) < out.find("You said: 2.") and "Right. Nothing is ready" in out, out)
    check("the answer is kept", "answer=1" in student.read(".progress"))
    out = student.says("a wrong answer is explained", 0, "Not so. Counting would", "1", answers="9\nx\x1b\n1\n")
    check("what is no choice is asked again", out.count("Your answer, 1 to 3") == 3 and "\\x1b" in out, out)
    check("and the right one is told", "The answer: 2." in out, out)
    out = student.says("Enter skips", 0, "Skipped", "01", answers="\n")
    check("and the answer comes all the same", "The answer: 2." in out, out)
    student.says("so does the end of input", 0, "The answer:", "03")
    for entry in sorted(os.listdir(os.path.join(ROOT, "lessons/traces"))):
        number = entry[:2]
        out = student.says(f"lesson {number} is played whole", 0, "The answer: ", number, "--lines")
        check(f"lesson {number} has clean lines", is_clean(out.replace("\n", "")))


def test_watch(student):
    student.take("start.c")
    with subprocess.Popen([LEARN, "watch", "01"], env=student.env, cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        def until(text):
            seen, limit = b"", time.monotonic() + 30 * SLOW
            while text not in seen and time.monotonic() < limit:
                if select.select([run.stdout], [], [], 0.1)[0]:
                    seen += os.read(run.stdout.fileno(), 65536)
            return text in seen
        check("watch checks at once", until(b"Waiting for you to save"))
        student.take("right_1.c")
        check("and again when the file is saved", until(b"All rules hold"))
        run.send_signal(signal.SIGINT)
        check("Ctrl-C ends it", run.wait(10) == -signal.SIGINT)


def in_terminal(student, words, steps):
    """Runs learn on a terminal; steps are (text to wait for, keys to press).  Whether all texts came, status, output."""
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execve(LEARN, [LEARN, *words], student.env)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    out, good = b"", True
    for text, keys in steps + [(None, "")]:
        limit, at = time.monotonic() + 20 * SLOW, len(out) if text is None else 0
        while time.monotonic() < limit and (text is None or text.encode() not in out[at:]):
            if not select.select([master], [], [], 0.1)[0]:
                continue
            try:
                more = os.read(master, 65536)
            except OSError:
                break
            out += more
        good = good and (text is None or text.encode() in out)
        if keys:
            out = b""
            os.write(master, keys.encode())
    status = os.waitpid(pid, 0)[1]
    status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    os.close(master)
    return good, status, out


def test_terminal(student):
    student.take("start.c")
    good, status, out = in_terminal(student, ["check", "01"], [("any other key goes on", "v"), ("event 50/", "q")])
    check("v shows the event in the viewer", good and status == 1, f"status {status}\n{out[-300:]!r}")
    good, status, out = in_terminal(student, ["check", "01"], [("any other key goes on", "x")])
    check("another key goes on", good and status == 1, f"status {status}\n{out[-300:]!r}")
    good, status, out = in_terminal(student, ["01"], [("the loop", "q"), ("Next:", "")])
    check("a lesson opens in the viewer, live", good and status == 0, f"status {status}\n{out[-300:]!r}")
    check("and is marked as seen", "01 seen" in student.read(".progress"))


def main():
    for test in (test_usage, test_way, test_builds, test_reset, test_progress, test_lines, test_watch, test_terminal):
        with tempfile.TemporaryDirectory(prefix="learn-test.") as folder:
            test(Student(folder))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

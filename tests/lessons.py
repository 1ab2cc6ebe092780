#!/usr/bin/env python3
"""The lessons, run as a student runs them: what they print and when, how they end, who may connect,
that their traces come out the same every time, and that LESSONS.md says what is so.

Lessons run beside their Python twins, at the same moment, and must not differ.    limit: 240 s
"""

import collections
import glob
import importlib.machinery
import importlib.util
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("BUILD") or "build"
VIEWER = os.path.join(BUILD, "loopscope")
LESSONS = sorted(os.path.basename(path)[:-2] for path in glob.glob("lessons/[0-9][0-9]_*.c"))
SLACK = 0.4  # seconds that a busy machine may be late
RUNS = int(os.environ.get("LESSON_RUNS", "100"))
failed = 0


def check(good, what, why=""):
    global failed
    failed += not good
    print(f"{'ok' if good else 'not ok'} {what}{f': {why}' if why and not good else ''}", flush=True)


def record_module():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("record", "lessons/record")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("record", loader))
    loader.exec_module(module)
    return module


RECORD = record_module()
RUN = RECORD.RUNS


class Program:
    """A program with its lines of output and the moment of each, in seconds since it began."""

    def __init__(self, command, **env):
        self.lines, self.times, self.errors = [], [], b""
        self.begin = time.monotonic()
        self.process = subprocess.Popen(command, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.threads = [threading.Thread(target=self.read_output, daemon=True),
                        threading.Thread(target=self.read_errors, daemon=True)]
        for thread in self.threads:
            thread.start()

    def read_output(self):
        for line in self.process.stdout:
            self.times.append(time.monotonic() - self.begin)
            self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))

    def read_errors(self):
        self.errors = self.process.stderr.read()

    def wait_for(self, pattern, seconds=10):
        """The first line that matches, as a match; None if it does not come in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in list(self.lines):
                if re.search(pattern, line):
                    return re.search(pattern, line)
            time.sleep(0.01)
        return None

    def wait_lines(self, count, seconds=20):
        end = time.monotonic() + seconds
        while len(self.lines) < count and time.monotonic() < end:
            time.sleep(0.01)

    def end(self, sig=signal.SIGINT):
        """Interrupts it (unless it has ended), and answers its wait status: -2 is death by SIGINT."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "hangs"
        for thread in self.threads:
            thread.join(5)
        return status


def lesson(name, *arguments, **env):
    return Program([os.path.join(BUILD, "lessons", name), *arguments], **env)


def twin(name, *arguments, **env):
    return Program([sys.executable, "-u", f"lessons/python/{name}.py", *arguments], **env)


# --- beside Python --------------------------------------------------------------------------------

def steady(program):
    """What is wrong with the pace, or None: the first five lines come one each second."""
    start = program.times[0]
    for i, moment in enumerate(program.times[:5]):
        if abs(moment - start - i) > SLACK:
            return f"line {i + 1} came {moment - start:.3f} s after the first"
    return None


def mask(lines):
    """Ports and descriptors are the kernel's choice; older Pythons write AddressFamily.AF_INET."""
    text = "\n".join(lines)
    text = re.sub(r"(127\.0\.0\.1(?::|', ))\d+", r"\1PORT", text)
    text = re.sub(r"fd=\d+", "fd=N", text)
    return text.replace("AddressFamily.AF_INET", "2").replace("SocketKind.SOCK_STREAM", "1").split("\n")


def compare(name, ours, pythons):
    """Both have been given the same, at the same time; how they ended and what they said must be equal."""
    interrupted = RUN[name][1] is not None
    statuses = [p.end() if interrupted else ended(p) for p in (ours, pythons)]
    return [(statuses[0] == statuses[1], f"{name} ends as Python's does", statuses),
            (ours.errors == b"", f"{name} says nothing on stderr", ours.errors),
            (mask(ours.lines) == mask(pythons.lines) and ours.lines, f"{name} prints what Python prints",
             f"{ours.lines}\n{pythons.lines}\n{pythons.errors.decode()}")]


def ended(program):
    """The status of a program that ends by itself."""
    try:
        program.process.wait(20)
    except subprocess.TimeoutExpired:
        program.process.kill()
    return program.end()


def run_beside_python(names):
    env = {"LESSON_PORT": "0"}
    runs = [(name, lesson(name, *RUN[name][0], **env), twin(name, *RUN[name][0], **env))
            for name in names]
    for name, ours, pythons in sorted(runs, key=lambda run: RUN[run[0]][1] or 100):
        if RUN[name][1] is not None:
            time.sleep(max(0, ours.begin + RUN[name][1] - time.monotonic()))
            for program in (ours, pythons):
                program.process.send_signal(signal.SIGINT)
            for program in (ours, pythons):
                ended(program)
        yield name, compare(name, ours, pythons)


def all_beside_python():
    """Lessons 04 and on, each beside its twin, a few at a time.  Both run in real time, and a machine that is
    busy for 50 ms changes an order, ours or Python's: what differs has to differ when it is alone, too."""
    later = [name for name in LESSONS if name > "04"]
    for some in (later[i:i + 3] for i in range(0, len(later), 3)):
        for name, verdicts in list(run_beside_python(some)):
            for _ in range(2):
                if not all(good for good, *_ in verdicts):
                    [(_, verdicts)] = run_beside_python([name])
            for verdict in verdicts:
                check(*verdict)


def beside_python():
    """All at once: it takes as long as the slowest, six seconds.  Lesson 01 would print for ever."""
    port = {"LESSON_PORT": "0"}
    runs = [("01_while_loop", 6, lesson("01_while_loop"), twin("01_while_loop")),
            ("02_serve_forever", 7, lesson("02_serve_forever", "3", **port),
             twin("02_serve_forever", "3", **port)),
            ("03_run_forever", 6, lesson("03_run_forever"), twin("03_run_forever"))]
    for _, count, ours, pythons in runs:
        ours.wait_lines(count)
        pythons.wait_lines(count)
    time.sleep(0.5)
    for name, count, ours, pythons in runs:
        check(ours.process.poll() is None, f"{name} runs until it is interrupted")
        status, pythons_status = ours.end(), pythons.end()
        check(status == pythons_status == -signal.SIGINT, f"Ctrl-C ends {name} as it ends Python",
              f"{status}, Python {pythons_status}")
        check(ours.errors == b"", f"{name} says nothing on stderr", ours.errors)
        if name == "01_while_loop":
            del ours.lines[count:], pythons.lines[count:]
        check(mask(ours.lines) == mask(pythons.lines) and len(ours.lines) == count,
              f"{name} prints what Python prints", f"{ours.lines}\n{pythons.lines}")
        if name != "02_serve_forever":
            check(abs(ours.times[0] - 1) < SLACK, f"{name} begins after a second", ours.times[0])
            check(steady(ours) is None, f"{name} keeps the pace", steady(ours))
            check(steady(pythons) is None, f"{name}.py keeps the pace", steady(pythons))
        else:
            answers = [t for t, l in zip(ours.times, ours.lines) if l.startswith("A guest")]
            check(len(answers) == 3 and all(abs(t - 2.5 - i) < SLACK for i, t in enumerate(answers)),
                  f"{name}'s guests come one each second", answers)


def ctrl_c_key():
    """The key itself, in a terminal: it is the terminal that makes SIGINT of it."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(os.path.join(BUILD, "lessons", LESSONS[0]), [LESSONS[0]])
    time.sleep(1.5)
    os.write(terminal, b"\x03")
    shown = b""
    try:
        while b"^C" not in shown:
            shown += os.read(terminal, 1000)
    except OSError:
        pass
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    check(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT,
          "the Ctrl-C key ends a lesson in its terminal", status)
    check(b"Running...\r\n" in shown, "what it printed stands in the terminal", shown)


# --- clients --------------------------------------------------------------------------------------

def talk(port, text, end=False):
    """Sends text and answers all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(text)
        if end:
            client.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            piece = client.recv(4096)
            if not piece:
                return answer
            answer += piece


def serve(**env):
    program = lesson("02_serve_forever", **{"LESSON_PORT": "0", **env})
    started = program.wait_for(r"laddr=\('127.0.0.1', (\d+)\)")
    if started is None:
        program.end()
        raise RuntimeError(f"02_serve_forever does not start: {program.errors}")
    return program, int(started[1])


def many_at_once(port, count):
    """So many clients, connected all together before the first one speaks; their wrong answers."""
    clients = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(count)]
    for i, client in enumerate(clients):
        client.sendall(b"I am %d\n" % i)
    wrong = []
    for i, client in enumerate(clients):
        with client, client.makefile("rb") as answer:
            got = answer.read()
            if got != b"You said: I am %d\n" % i:
                wrong.append((i, got))
    return wrong


def clients():
    server, port = serve()
    with socket.create_connection(("127.0.0.1", port), 10):  # and says nothing
        wrong = many_at_once(port, 50)
        check(not wrong, "50 clients at once are served, though one more stays silent", wrong)
    check(talk(port, b"hello\r\n") == b"You said: hello\n", "a line may end as telnet ends it")
    check(talk(port, b"no newline", end=True) == b"You said: no newline\n", "the last line may lack its end")
    check(talk(port, b"", end=True) == b"You said: \n", "who has nothing to say is answered")
    check(talk(port, b"\x1b[2J\xff\n") == b"You said: ?[2J?\n", "control bytes don't reach a terminal")
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"
    head, _, body = talk(port, request).partition(b"\r\n\r\n")
    check(head.startswith(b"HTTP/1.0 200 OK\r\n") and body == b"You said: GET / HTTP/1.1\n",
          "a browser gets a page", head + body)
    other = lesson("02_serve_forever", LESSON_PORT=str(port))
    status = other.process.wait(10)
    other.end()
    told = other.errors.decode()
    check(status == 1 and str(port) in told and "LESSON_PORT=" in told and "in use" in told,
          "a port that is taken is told, with what to do", f"{status} {told}")
    with socket.create_connection(("127.0.0.1", port), 10):
        server.wait_for("hello")
        check(server.end() == -signal.SIGINT, "Ctrl-C ends the server while a client is connected")
    check(server.errors == b"", "the server says nothing on stderr", server.errors)


def restarts():
    """A client each time, and the server closes first: so the port has connections in TIME_WAIT."""
    server, port = serve()
    troubles = []
    for _ in range(20):
        if talk(port, b"hello\n") != b"You said: hello\n":
            troubles.append("no answer")
        server.end()
        try:
            server, _ = serve(LESSON_PORT=str(port))
        except RuntimeError as error:
            troubles.append(str(error))
            break
    server.end()
    check(not troubles, "20 restarts in a row get their port", troubles)


def wrong_use():
    for arguments, env, word in ((["x"], {}, "GUESTS"), (["1", "2"], {}, "usage"),
                                 ([], {"LESSON_PORT": "70000"}, "65535"), (["-1"], {}, "GUESTS")):
        for program in (lesson("02_serve_forever", *arguments, **env),
                        twin("02_serve_forever", *arguments, **env)):
            program.process.wait(10)
            check(program.end() == 2 and word.encode() in program.errors and not program.lines,
                  f"wrong use is told: {arguments or env}", program.errors)


def wrong_guests(scratch):
    """A script that can't be played is told, and ends the lesson and its twin before anybody comes."""
    path = os.path.join(scratch, "guests")
    for line in ("-1 ann connects", "1 ann dances", "1 ann sends many", "soon ann connects", "ann"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"guest {line}\n")
        for run in lesson, twin:
            program = run("08_chat", "1", LESSON_PORT="0", LESSON_GUESTS=path)
            status = ended(program)
            check(status == 2 and line.encode() in program.errors and b"Traceback" not in program.errors,
                  f"guests that can't be are told: {line}", f"{status} {program.errors}")


# --- traces ---------------------------------------------------------------------------------------

def viewer_checks(path):
    """None if loopscope finds the trace good, else what it says."""
    done = subprocess.run([VIEWER, "check", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=60)
    return None if done.returncode == 0 else done.stdout.decode("utf-8", "replace")


def good_trace(path, what):
    if not os.path.exists(VIEWER):
        print(f"skip {what}: there is no {VIEWER}")
        return
    trouble = viewer_checks(path)
    check(trouble is None, what, trouble)


# A child is a process of its own: whether its output or its end is seen first, the kernel decides.
BY_STORY = {"13_offloading"}


def story(trace):
    """What a trace tells whatever the kernel decides: who prints what, asks and notes, and when."""
    events = [json.loads(line) for line in trace.splitlines()]
    return [(e["t"], e["ev"], e["text"]) for e in events
            if e["ev"] in ("out:line", "note:say", "note:ask")]


def same_every_time(scratch):
    for name in LESSONS:
        kinds = collections.Counter(RECORD.record(name) for _ in range(RUNS))
        told = {tuple(story(trace)) for trace in kinds}
        if name in BY_STORY:
            check(len(told) == 1, f"{name}: {RUNS} runs in virtual time tell the same", told)
        else:
            check(len(kinds) == 1, f"{name}: {RUNS} runs in virtual time leave the same bytes",
                  sorted(kinds.values()))
        for i, trace in enumerate(kinds):
            path = os.path.join(scratch, f"{name}-{i}.jsonl")
            with open(path, "wb") as file:
                file.write(trace)
            good_trace(path, f"{name}: its trace is right")
        with open(f"lessons/traces/{name}.jsonl", "rb") as file:
            recorded = file.read()
        fresh = (tuple(story(recorded)) in told if name in BY_STORY else
                 RECORD.portable(name, recorded) in {RECORD.portable(name, trace) for trace in kinds})
        check(fresh, f"{name}: lessons/traces/ is fresh (make traces)")


def real_time_trace(scratch):
    path = os.path.join(scratch, "real.jsonl")
    server, port = serve(LOOP_TRACE=path)
    wrong = many_at_once(port, 50)
    check(not wrong, "50 clients at once are served while traced", wrong)
    check(server.end() == -signal.SIGINT, "Ctrl-C ends it as it does untraced")
    with open(path, encoding="utf-8") as file:
        events = collections.Counter(json.loads(line)["ev"] for line in file)
    check(events["server:accept"] == events["conn:close"] == 50 and events["trace:end"] == 1,
          "the trace tells of every client", events)
    good_trace(path, "the trace of 50 real clients is right")


def questions():
    for name in LESSONS:
        with open(f"lessons/traces/{name}.jsonl", encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        asks = [e for e in events if e["ev"] == "note:ask"]
        check(len(asks) == 1 and 0 <= asks[0]["answer"] < len(asks[0]["choices"]) == len(asks[0]["why"]),
              f"{name} asks one question and says why for each choice", asks)
        notes = [e for e in events if e["ev"] == "note:say"]
        check(notes and all(e["lesson"] == name[:2] for e in notes), f"{name} has notes of its own")


# --- what the book says ---------------------------------------------------------------------------

def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def short_and_paired():
    for name in LESSONS:
        lines = read(f"lessons/{name}.c").count("\n")
        check(lines <= 80, f"{name}.c can be read aloud", f"{lines} lines")
        check(os.path.exists(f"lessons/python/{name}.py"), f"{name} has its twin")


def book():
    text = read("LESSONS.md")
    cited = re.findall(r"`([\w./]+)`,\s+LESSON\s+(\d\d)", text)
    for path, number in cited:
        check(f"LESSON {number}" in (read(path) if os.path.exists(path) else ""),
              f"{path} has the anchor LESSON {number} that LESSONS.md cites")
    chapters = re.split(r"^## ", text, flags=re.M)[1:]
    for name in LESSONS:
        number = name[:2]
        check(number in [n for _, n in cited], f"LESSONS.md cites loop/ for lesson {number}")
        chapter = [c for c in chapters if c.startswith(f"Lesson {number}")]
        check(len(chapter) == 1, f"LESSONS.md has a chapter {number}")
        words = len(re.sub(r"^```.*?^```$", "", "".join(chapter), flags=re.M | re.S).split())
        check(words <= 600, f"chapter {number} is short", f"{words} words")
        quotes(number, name, "".join(chapter))


def quotes(number, name, chapter):
    """Each line of code in the chapter stands in the lesson or in its twin."""
    for language, path in (("c", f"lessons/{name}.c"), ("python", f"lessons/python/{name}.py")):
        code = re.findall(rf"^```{language}\n(.*?)^```$", chapter, flags=re.M | re.S)
        known = {line.split("/*")[0].strip() for line in read(path).split("\n")}
        strange = [line for block in code for line in block.split("\n")
                   if line.split("/*")[0].strip() not in known]
        check(bool(code) and not strange, f"chapter {number} quotes {path} as it is", strange)


def main():
    short_and_paired()
    book()
    beside_python()
    all_beside_python()
    ctrl_c_key()
    clients()
    restarts()
    wrong_use()
    questions()
    with tempfile.TemporaryDirectory() as scratch:
        wrong_guests(scratch)
        same_every_time(scratch)
        real_time_trace(scratch)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

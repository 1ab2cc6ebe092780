#!/usr/bin/env python3
"""Real asyncio in the same viewer: its traces are true, and they tell what libloop's traces tell.

The Python twins of the lessons run unmodified, with lessons/python/loopscope on their path as `loopscope run` puts it
there; so do the reference programs in tests/conformance/python.    limit: 120 s
"""

import collections
import concurrent.futures
import glob
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time

from conformance import NEWER

BUILD = os.environ.get("BUILD") or "build"
VIEWER = os.path.join(BUILD, "loopscope")
TRACER = os.path.abspath("lessons/python/loopscope")
NEWEST = sys.version_info >= (3, 11)  # what some programs need
# Lessons of which the story is compared: their arguments, and when Ctrl-C comes.
LESSONS = {
    "01_while_loop": ([], 6.5),
    "02_serve_forever": (["3"], 6.5),
    "03_run_forever": ([], 7.0),
    "04_stopping": ([], 2.3),
    "05_cancellation": ([], None),
    "06_blocking": ([], None),
    "07_timers": ([], None),
    "10_failing_tasks": ([], None),
    "11_fairness": ([], None),
}
# These are only proven: what their threads, children and bytes do is not in one order each time.
PROVEN = {"08_chat": (["2"], 4.2), "09_slow_clients": ([], None), "12_select_limits": ([], None),
          "13_offloading": ([], None)}
failed = 0


def check(good, what, why=""):
    global failed
    failed += not good
    print(f"{'ok' if good else 'not ok'} {what}{f': {why}' if why and not good else ''}", flush=True)


def environment(trace, **more):
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LESSON_PORT": "0"}
    env.pop("LOOP_TRACE", None)
    if trace is not None:
        env.update(PYTHONPATH=TRACER, LOOP_TRACE=trace)
    return {**env, **more}


def run(words, trace=None, interrupt=None, seconds=60, **more):
    """Its status and output; interrupted so many seconds after its trace began, or ended after so many."""
    process = subprocess.Popen([sys.executable, "-u", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment(trace, **more))
    try:
        if interrupt is not None:
            begun = time.monotonic()
            while not os.path.exists(trace) and time.monotonic() < begun + seconds:
                time.sleep(0.01)
            time.sleep(interrupt)
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")


def proven(trace):
    result = subprocess.run([VIEWER, "check", trace], capture_output=True, text=True, check=False)
    return result.returncode == 0, result.stdout[-300:] + result.stderr[-300:]


def events(trace):
    with open(trace, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# ---- the story of a trace ------------------------------------------------------------------------

# Tasks that asyncio makes for itself, where libloop needs none: to accept, to resolve names, to end.
OWN = ("_accept_connection2", "_create_server_getaddrinfo", "shutdown_asyncgens", "shutdown_default_executor")


class Story:
    """What a trace tells of tasks and output: `order` in the order in which it happens, `tasks` task by task."""

    def __init__(self, trace):
        self.names, self.counts = {}, collections.Counter()
        self.order, self.tasks, self.runs = [], collections.defaultdict(list), 0
        for event in events(trace):
            self.add(event)

    def name(self, id):
        return self.names.get(id, id.split("#")[0])

    def both(self, task, *words):
        self.order.append(" ".join((task, *words)))
        self.tasks[task].append(" ".join(words))

    def add(self, event):
        kind, task = event["ev"], event.get("task")
        if kind == "loop:run":
            self.runs += 1
        if kind == "task:new":
            name = task.rpartition("#")[0]
            self.counts[name] += 1
            self.names[task] = "" if name in OWN else f"{name.removeprefix('a')} {self.counts[name]}"
        task = self.name(task) if task else "-"
        if self.runs > 1 or task == "":
            return  # asyncio.run() runs the loop again, for generators and threads
        if kind == "task:new":
            self.both(task, "made by", self.name(event["parent"]))
        elif kind == "task:begin":
            self.tasks[task].append("goes on")
        elif kind == "task:await":
            self.tasks[task].append(f"waits for {event['on']}")
        elif kind == "task:end" and event["next"] == "yield":
            self.tasks[task].append("yields")
        elif kind == "task:cancel":
            self.both(task, "is cancelled")
        elif kind == "task:done":
            self.both(task, event["how"])
        elif kind == "out:line" and event["stream"] == "stdout":
            text = event["text"]
            self.both(task, "prints", re.sub(r"fd=\d+|127\.0\.0\.1.*", "", text))  # numbers differ
        elif kind in ("server:listen", "server:close", "loop:stop", "loop:run"):
            self.order.append(" ".join((kind, event.get("how", ""))))

    def folded(self, task):
        """Without the steps that only asyncio takes; see loop/TRACE.md."""
        lines, folded = self.tasks[task], []
        for line in lines:
            folded.append(line)
            if folded[-4:] == ["waits for connect", "goes on", "waits for future", "goes on"]:
                del folded[-2:]  # a connection gets its transport a turn later
            if folded == [folded[0], "goes on", "waits for future", "goes on"]:
                del folded[-2:]  # start_server() resolves the name of its host, in a task
            if folded[-2:] == ["yields", "goes on"]:
                del folded[-2:]  # and gives way once, when it listens
        return folded


def differences(name, python, c):
    """How two stories of a lesson differ; "" if they don't."""
    for task in sorted(set(c.tasks) | set(python.tasks)):
        ours, theirs = c.folded(task), python.folded(task)
        if ours != theirs:
            at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
            return f"{task}, step {at}: libloop {ours[at:at + 3]}, asyncio {theirs[at:at + 3]}"
    # Of 07, two deadlines are equal on a virtual clock, and never on a real one.
    if name != "07_timers" and c.order != python.order:
        at = next((i for i, (a, b) in enumerate(zip(c.order, python.order)) if a != b), 0)
        return f"order, {at}: libloop {c.order[at:at + 3]}, asyncio {python.order[at:at + 3]}"
    return ""


def lesson_differs(name, directory):
    """Runs the twin. In real time a busy machine may be late: then it is tried again."""
    arguments, interrupt = LESSONS[name]
    c = Story(f"lessons/traces/{name}.jsonl")
    why, good, words = "", False, ""
    for attempt in range(3):
        trace = os.path.join(directory, f"{name}-{attempt}.jsonl")
        run([f"lessons/python/{name}.py", *arguments], trace, interrupt)
        good, words = proven(trace)
        why = differences(name, Story(trace), c)
        if good and not why:
            break
    return good, words, why


def test_lessons(directory):
    if not NEWEST:
        print("# skip: the lessons' twins need Python 3.11")
        return
    with concurrent.futures.ThreadPoolExecutor(len(LESSONS) + len(PROVEN)) as pool:
        stories = {name: pool.submit(lesson_differs, name, directory) for name in LESSONS}
        others = {}
        for name, (arguments, interrupt) in PROVEN.items():
            trace = os.path.join(directory, f"{name}.jsonl")
            others[name] = trace, pool.submit(run, [f"lessons/python/{name}.py", *arguments], trace, interrupt)
        for name, result in stories.items():
            good, words, why = result.result()
            check(good, f"{name}.py: its trace is proven", words)
            check(not why, f"{name}.py does what {name}.c does, in the same order", why)
        for name, (trace, result) in others.items():
            result.result()
            good, words = proven(trace)
            check(good, f"{name}.py: its trace is proven", words)


# ---- nothing is changed by being told ------------------------------------------------------------


def reference(program, directory):
    name = os.path.basename(program)[:-3]
    trace = os.path.join(directory, f"{name}.jsonl")
    with open(f"tests/conformance/expected/{name}.txt", encoding="utf-8") as file:
        expected = file.read()
    status, out, err = run([program], trace)
    good, words = proven(trace)
    if out != expected:
        return f"it prints {out[-200:]!r} {err[-200:]!r}, status {status}"
    return "" if good else words


def test_reference_programs(directory):
    if not NEWEST or os.environ.get("MODE") == "asan":
        print("# skip: the reference programs need Python 3.11, and are run once")
        return
    programs = sorted(program for program in glob.glob("tests/conformance/python/p[0-9]*.py")
                      if sys.version_info >= NEWER.get(os.path.basename(program)[:-3], (3, 11)))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for program, why in zip(programs, pool.map(lambda one: reference(one, directory), programs)):
            check(not why, f"{os.path.basename(program)}: told, it prints the same, and its trace is proven", why)
    check(len(programs) > 60, "and they are there")


def script(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(textwrap.dedent(text))
    return path


BEAT = "import asyncio\nasync def main():\n    for i in range(%d):\n        await asyncio.sleep(%s)\n        print('beat', i)\n"


def test_way(directory):
    """How the module comes in, and what it does not touch."""
    trace = os.path.join(directory, "way.jsonl")
    plain = script(directory, "plain.py", "import sys\nprint(sorted(m for m in sys.modules if 'asyncio' in m))\n")
    check(run([plain], trace)[1] == "[]\n" and not os.path.exists(trace),
          "a program without asyncio is not touched, and leaves no trace")
    script(directory, "sitecustomize.py", "print('the other one')\n")
    out = run([plain], trace, PYTHONPATH=f"{TRACER}{os.pathsep}{directory}")[1]
    check(out.startswith("the other one\n"), "another sitecustomize is run as well", out)
    twice = script(directory, "twice.py", BEAT % (2, "0.01") + "asyncio.run(main())\nasyncio.run(main())\n")
    run([twice], trace)
    told = [event["ev"] for event in events(trace)]
    check(told.count("trace:head") == 2 and told.count("trace:end") == 2 and proven(trace)[0],
          "two loops, one after the other, are two traces in one file")
    text = script(directory, "text.py", BEAT % (1, "0") + "    print('\\x1b[2J\\x9b\\x7f\\udc80')\n"
                  "import sys\nsys.stdout.reconfigure(errors='replace')\nasyncio.run(main())\n")
    run([text], trace + "2")
    with open(trace + "2", "rb") as file:
        bytes_ = file.read()
    check(all(32 <= byte < 127 or byte == 10 for byte in bytes_) and proven(trace + "2")[0],
          "whatever it prints, its trace is plain ASCII")
    status, _, err = run([twice], os.path.join(directory, "no", "trace"))
    check(status == 1 and "the program was not started" in err, "a place that can't be opened is said", err)
    fork = script(directory, "fork.py", BEAT % (1, "0.05") + "    import os\n    if os.fork() == 0:\n"
                  "        print('child')\n        os._exit(0)\n    os.wait()\nasyncio.run(main())\n")
    run([fork], trace + "3")
    lines = [event for event in events(trace + "3") if event["ev"] == "out:line"]
    check([line["text"] for line in lines] == ["beat 0"] and proven(trace + "3")[0], "a child made by fork() is not told of")
    dies = script(directory, "dies.py", BEAT % (1, "0") + "loop = asyncio.new_event_loop()\n"
                  "loop.run_until_complete(main())\n1 / 0\n")
    run([dies], trace + "4")
    last = events(trace + "4")[-1]
    check((last["ev"], last["how"], last["status"]) == ("trace:end", "exit", 1), "how it ended is told", last)


def test_lines(directory):
    """What TRACE.md says of every line."""
    program = script(directory, "late.py", """
        import asyncio

        async def main():
            loop = asyncio.get_running_loop()
            loop.call_at(loop.time() - 5, int)
            loop.call_later(-3, int)
            child = await asyncio.create_subprocess_exec("/bin/echo", "z" * 20000, stdout=-3)
            await child.wait()

        asyncio.run(main())
        """)
    trace = os.path.join(directory, "late.jsonl")
    run([program, "some words", "y" * 20000, *[""] * 5000], trace)
    with open(trace, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line, whole in ((lines[0], len(sys.executable + "-u" + program + "some words") + 20000 + 5005),
                        (next(line for line in lines if "child:start" in line), len("/bin/echo") + 20000 + 2)):
        event = json.loads(line)
        told = sum(len(word) + 1 for word in event["argv"]) + event.get("cut", 0)
        check(told == whole and len(line) <= 8192 and '", "' not in line,
              f"a long {event['ev']} is cut, says so and has no spaces", (told, whole, line[:300]))
    told = [event for event in events(trace) if event["ev"] == "timer:set"]
    check(len(told) == 2 and all(abs(e["due"] - e["delay"] - e["t"]) < 0.1 for e in told),
          "a deadline is the clock plus the delay, also when it has passed", told)


def test_texts(directory):
    """Text is as the program wrote it: what is no UTF-8 has its bytes beside it, and what is cut is counted."""
    program = script(directory, "texts.py", """
        import asyncio, os, sys

        async def main():
            print("a" + os.fsdecode(b"\\xff") + "b")
            print(os.fsdecode(b"\\xff") * 3000)
            print("x" + "\u00e9" * 5000)
            print("e" + os.fsdecode(b"\\xff"), file=sys.stderr)

        asyncio.run(main())
        """ + "# \u00e9" * 100000)
    trace = os.path.join(directory, "texts.jsonl")
    run([program, b"\xfe"], trace, PYTHONIOENCODING="utf-8:surrogateescape")
    first, long, cut, error = [event for event in events(trace) if event["ev"] == "out:line"]
    keys = list(first)
    check(first["text"] == "a\ufffdb" and first["hex"] == "61ff62" and keys.index("hex") == keys.index("text") + 1,
          "a text that is no UTF-8 has its bytes in hex", first)
    check(long.get("hex") == "ff" * (3000 - long["cut"]) and len(long["text"]) == 3000 - long["cut"],
          "so much of it as there is room for", long["cut"])
    check("hex" not in cut and len(cut["text"].encode()) + cut["cut"] == 10001, "no character is cut", cut["cut"])
    check(error.get("hex") == "65ff" if "hex" in error else error["text"] == "e\\udcff", "stderr, too", error)
    check(events(trace)[0]["argv"][-1] == "\ufffd", "in a list it is U+FFFD alone", events(trace)[0])
    source = next(event for event in events(trace) if event["ev"] == "trace:source")
    check(len(source["text"].encode()) + source["cut"] == os.path.getsize(program) and "hex" not in source,
          "a long source says how much is cut", source.get("cut"))
    with open(trace, "rb") as file:
        check(all(len(line) <= 8192 or b"trace:source" in line and len(line) < 1 << 20 for line in file),
              "and no line is too long")
    check(proven(trace)[0], "all of it is proven", proven(trace)[1])
    run([program], trace)
    check(sum(event["ev"] == "trace:head" for event in events(trace)) == 2, "a second run is behind the first")


def test_threads(directory):
    """Three threads queue calls while the loop turns: told in the order in which they are queued."""
    program = script(directory, "threads.py", """
        import asyncio, sys, threading
        sys.setswitchinterval(1e-6)

        def queue(loop):
            for _ in range(500):
                loop.call_soon_threadsafe(int)

        async def main():
            threads = [threading.Thread(target=queue, args=(asyncio.get_running_loop(),)) for _ in range(3)]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                await asyncio.sleep(0)

        asyncio.run(main())
        """)
    trace = os.path.join(directory, "threads.jsonl")
    status, _, err = run([program], trace)
    good, words = proven(trace)
    check(status == 0 and good, "what threads queue is told in its order", err or words)


def test_signals(directory):
    """A signal's handler prints, in the middle of whatever is told."""
    program = script(directory, "ticks.py", """
        import asyncio, signal

        def tick(*_):
            print("tick")

        async def main():
            signal.signal(signal.SIGALRM, tick)
            signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0003)
            for _ in range(5000):
                await asyncio.sleep(0)
            signal.setitimer(signal.ITIMER_REAL, 0)

        asyncio.run(main())
        """)
    trace = os.path.join(directory, "ticks.jsonl")
    status, out, err = run([program], trace)
    good, words = proven(trace)
    check(status == 0 and good, "what a signal's handler prints is told in its order", err or words)
    told = sum(event["ev"] == "out:line" for event in events(trace))
    lines = out.count("\n")  # not "tick\n": a print may interrupt a print
    check(told == lines > 100, "and none of it is lost", f"{told} of {lines}")


def test_viewer(directory):
    """`loopscope run python3 prog.py`: nothing to set up."""
    program = script(directory, "beat.py", BEAT % (3, "0.2") + "asyncio.run(main())\n")
    record = os.path.join(directory, "beat.jsonl")
    result = subprocess.run([VIEWER, "run", "--record", record, sys.executable, program], capture_output=True,
                            text=True, stdin=subprocess.DEVNULL, env=environment(None), timeout=60, check=False)
    check(result.returncode == 0 and "main#1 prints: beat 2" in result.stdout, "run tells a Python program live",
          result.stderr[-300:])
    check("beat.py:4" in result.stdout and "await(asyncio.sleep(0.2))" in result.stdout, "with its lines")
    check(proven(record)[0], "what was seen is proven")
    frame = subprocess.run([VIEWER, "frame", record, "--end"], capture_output=True, text=True, check=False).stdout
    check("async def main():" in frame, "and its code stands there to the end", frame)


def test_control(directory):
    """A viewer pauses and steps a Python program; its clock stands still meanwhile."""
    program = script(directory, "held.py", BEAT % (80, "0.1") + "asyncio.run(main())\n")
    ours, theirs = socket.socketpair()
    env = environment(f"fd:{theirs.fileno()}")
    process = subprocess.Popen([sys.executable, "-u", program], env=env, pass_fds=[theirs.fileno()],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    theirs.close()
    ours.settimeout(20)
    text = b""

    def until(*words):
        nonlocal text
        while not all(word in text for word in words):
            some = ours.recv(65536)
            if not some:
                return False
            text += some
        return True

    check(until(b"beat 2"), "it runs")
    ours.sendall(b"pause\n")
    check(until(b'"line":"pause","ok":true'), "pause is answered")
    time.sleep(0.3)
    text = b""
    ours.sendall(b"step turn\n")
    check(until(b'"ev":"select:leave"'), "a step lets it go on, for a turn")
    ours.sendall(b"dance\n")
    check(until(b'"line":"dance","error":'), "what it doesn't know is an error")
    time.sleep(0.5)
    ours.sendall(b"resume\n")
    check(until(b'"ev":"trace:hold"', b"beat 9"), "resume lets it go on")
    ours.sendall(b"cancel nobody#99\ncancel main\n")
    check(until(b'"line":"cancel nobody#99","error":'), "a task that isn't there can't be cancelled")
    check(until(b'"line":"cancel main","error":'), "nor one without its number")
    ours.sendall(b"cancel main#1\n")
    check(until(b'"line":"cancel main#1","ok":true', b'"how":"cancelled"', b'"ev":"trace:end"'),
          "one that is there is cancelled")
    times = [json.loads(line)["t"] for line in text.split(b"\n") if b'"ev":"out:line"' in line]
    check(process.wait(20) == 1 and max(b - a for a, b in zip(times, times[1:])) < 0.35,
          "its clock stood still meanwhile", times)
    ours.close()


def main():
    with tempfile.TemporaryDirectory(prefix="loopscope-twins.") as directory:
        test_way(directory)
        test_lines(directory)
        test_texts(directory)
        test_threads(directory)
        test_signals(directory)
        test_viewer(directory)
        test_control(directory)
        test_reference_programs(directory)
        test_lessons(directory)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

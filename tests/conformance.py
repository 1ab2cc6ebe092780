#!/usr/bin/env python3
"""The loop held to what asyncio does: tests/conformance/ has small programs in C, a twin in Python for each,
and the lines that both must print.

Each program runs in real time, or on the virtual clock under WRAP, which may be slow; once more traced, on the
virtual clock, and `loopscope check` must find no fault in its trace; and its twin runs where Python is 3.11 or later
and it isn't the C programs' compiler or CPU that is tried.  None may write to stderr.

    WRAP    a command to run the C programs under (qemu-aarch64, valgrind ...)    limit: 300 s
    ONLY    a word: only the programs whose names have it
"""

import concurrent.futures
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD") or "build"
WRAP = shlex.split(os.environ.get("WRAP", ""))
OURS_ALONE = bool(WRAP) or os.environ.get("MODE") == "asan"
ONLY = os.environ.get("ONLY", "")
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "conformance")
VIEWER = os.path.join(BUILD, "loopscope")
PATIENCE = 120  # seconds for one program, on a machine that is busy with others
# Not what the program says: of two loops that live at once, one is traced; and valgrind doesn't know all system calls.
BESIDE = re.compile(r"loop: not traced: another loop of this program is.*\n|--\d+-- .*\n"
                    r"|==\d+== Warning: noted but unhandled ioctl.*\n(?:==\d+==    .*\n)*")

# These look at the real clock or at what select() is asked.
REAL_TIME = {"p25_select_timeout"}


def names():
    found = sorted(os.path.basename(f)[:-2] for f in glob.glob(os.path.join(HERE, "p*.c")))
    return [name for name in found if ONLY in name]


def expected(name):
    with open(os.path.join(HERE, "expected", name + ".txt")) as f:
        return f.read()


def environment(**more):
    plain = {k: v for k, v in os.environ.items()
             if not k.startswith("LOOP_") and k not in ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE")}
    return {**plain, **more}


def run(command, env):
    """What is wrong with it, or None, and what it printed."""
    try:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"not done after {PATIENCE} s", ""
    except OSError as e:
        return str(e), ""
    wrong = None
    if done.returncode != 0:
        wrong = f"exit status {done.returncode}"
    elif BESIDE.sub("", done.stderr):
        wrong = "it wrote to stderr"
    return wrong and "\n".join([wrong, done.stderr.strip()]), done.stdout


def compare(name, wrong, printed):
    if wrong:
        return wrong
    should = expected(name).splitlines()
    lines = printed.splitlines()
    for i in range(max(len(should), len(lines))):
        a = should[i] if i < len(should) else "(nothing more)"
        b = lines[i] if i < len(lines) else "(nothing more)"
        if a != b:
            return f"line {i + 1}\nshould be {a}\nbut is    {b}"
    return None


def virtual(name):
    return {} if name in REAL_TIME else {"LOOP_CLOCK": "virtual"}


def run_plain(name):
    env = environment(**(virtual(name) if WRAP else {}))
    return compare(name, *run([*WRAP, os.path.join(BUILD, "conformance", name)], env))


def run_traced(name):
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "trace.jsonl")
        env = environment(LOOP_TRACE=trace, **virtual(name))
        wrong = compare(name, *run([*WRAP, os.path.join(BUILD, "conformance", name)], env))
        if wrong or not os.path.exists(VIEWER):
            return wrong
        done = subprocess.run([VIEWER, "check", trace], capture_output=True, text=True)
        return None if done.returncode == 0 else (done.stdout + done.stderr).strip()


def run_twin(name):
    twin = os.path.join(HERE, "python", name + ".py")
    return compare(name, *run([sys.executable, "-B", twin], environment()))


KINDS = [("", run_plain), (", traced", run_traced), (", in Python", run_twin)][:2 if OURS_ALONE else 3]


# Twins that an older 3.11 runs differently, and the version that is known to agree.
NEWER = {
    "p79_handler_exception": (3, 11, 7),  # 3.11.2 leaves the failed handler's connection open for ever
}


def main():
    failed = 0
    jobs = []
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS") or 2)) as pool:
        for name in names():
            for words, check in KINDS:
                old = check is run_twin and sys.version_info < NEWER.get(name, (3, 11))
                jobs.append((name + words, None if old else pool.submit(check, name)))
        for what, job in jobs:
            wrong = job and job.result()
            failed += bool(wrong)
            print(f"{'skip' if job is None else 'not ok' if wrong else 'ok'} {what}")
            if wrong:
                print("    " + wrong.replace("\n", "\n    "))
            sys.stdout.flush()
    if not jobs:
        print("not ok there are conformance programs")
        failed = 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

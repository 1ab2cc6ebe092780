#!/usr/bin/env python3
"""learn quiz: in a real terminal, and line by line.

limit: 90 s

Held here: the answer stays hidden until it is asked for, the tally is right, all is seen at 80x24, and
the terminal is as it was before, however this ends. BUILD is the build directory (default: build).
"""
import glob
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from terminal import SLOW, Terminal

BUILD = os.environ.get("BUILD", "build")
LEARN = os.path.join(BUILD, "learn")
failures = 0


def check(name, good, why=""):
    global failures
    if good:
        print("ok", name)
    else:
        failures += 1
        print("not ok", name, *(["#", repr(why)] if why != "" else []))
    sys.stdout.flush()


def question_of(trace):
    with open(trace, encoding="utf-8") as lines:
        for line in lines:
            if '"ev":"note:ask"' in line:
                return json.loads(line)
    return None


def words_of(text):
    return " ".join(text.split())


def last_picture(terminal):
    """What was drawn since the cursor last went to the top, without controls."""
    for _ in range(10):
        if not terminal.read(0.08 * max(1, SLOW / 2)):
            break  # nothing more is drawn
    out = terminal.out
    at = out.rfind(b"\x1b[H")
    kept, terminal.out = out, out[max(at, 0):]
    text = terminal.plain()
    terminal.out = kept
    return words_of(text), terminal.out[max(at, 0):]


def quiz(*arguments, **options):
    return Terminal(LEARN, "quiz", *arguments, **options)


def on_a_terminal():
    ask = question_of("lessons/traces/01_while_loop.jsonl")
    why = words_of(ask["why"][ask["answer"]])
    terminal = quiz("01", "--class")
    check("it shows question and choices", terminal.wait_for("q ends"))
    picture, raw = last_picture(terminal)
    check("the question stands there", words_of(ask["text"]) in picture, picture)
    check("so do all choices", all(words_of(choice) in picture for choice in ask["choices"]), picture)
    check("the answer does not", why not in picture and "Right." not in picture, picture)
    check("its picture has no more than 24 rows", raw.count(b"\r\n") <= 24, raw.count(b"\r\n"))
    terminal.keys("1222")
    terminal.keys("\x7f")
    picture, _ = last_picture(terminal)
    check("votes are counted, and taken back", "3 votes" in picture, picture)
    check("how they fell is not shown yet", "█" not in picture, picture)
    terminal.keys("r")
    picture, raw = last_picture(terminal)
    check("r tells the answer and why", "Right. " + why in picture, picture)
    check("and why not, for the others", all(words_of(text) in picture for text in ask["why"]), picture)
    check("the tally has bars", "█ 1" in picture and "██ 2" in picture, picture)
    check("all fits into 24 rows", "there is more" not in picture and raw.count(b"\r\n") <= 24, picture)
    terminal.keys("1\x7f")
    picture, _ = last_picture(terminal)
    check("after that no vote changes", "3 votes" in picture, picture)
    terminal.keys("q")
    check("q ends it with status 0", terminal.wait() == 0)
    check("the terminal is as before", terminal.is_restored() == [], terminal.is_restored())
    terminal.close()


def alone():
    terminal = quiz("1")
    terminal.wait_for("q ends")
    terminal.keys("1")
    picture, _ = last_picture(terminal)
    check("without --class the first answer is told of", "Your answer: 1" in picture and "Right." in picture, picture)
    terminal.keys("\x03")
    terminal.wait()
    check("Ctrl-C ends it, the terminal is as before", terminal.process.poll() is not None and
          terminal.is_restored() == [], terminal.is_restored())
    terminal.close()


def small():
    terminal = quiz("1", "--class", size=(8, 30))
    terminal.wait_for("q ends")
    terminal.keys("r")
    picture, raw = last_picture(terminal)
    check("on 8 rows the rest is below", raw.count(b"\r\n") <= 8 and "Right." not in picture, picture)
    terminal.keys("\x1b[B" * 20)
    picture, _ = last_picture(terminal)
    terminal.resize(24, 80)
    terminal.process.send_signal(signal.SIGWINCH)
    picture, _ = last_picture(terminal)
    check("and after a resize all is seen", "Right." in picture and "there is more" not in picture, picture)
    terminal.process.send_signal(signal.SIGTERM)
    terminal.wait()
    check("ended by SIGTERM, the terminal is as before", terminal.is_restored() == [], terminal.is_restored())
    terminal.close()


def in_lines():
    def run(text, *arguments):
        return subprocess.run([LEARN, "quiz", *arguments], input=text, capture_output=True, text=True, check=False,
                              env={**os.environ, "LC_ALL": "C"}, timeout=20)

    ask = question_of("lessons/traces/02_serve_forever.jsonl")
    why = words_of(ask["why"][ask["answer"]])
    done = run("1\n2\n2\nb\nx\nr\n", "02", "--class")
    before, _, after = done.stdout.partition("A number from 1")
    check("line mode: the answer comes after r", done.returncode == 0 and "Right." not in before and
          why in words_of(after), done.stdout)
    check("line mode: the tally", "2 votes" in after and after.count("# 1") == 2, done.stdout)
    check("line mode: ASCII only, and no control", done.stdout.isascii() and "\x1b" not in done.stdout)
    check("line mode: the end of the input ends it, untold", "Right." not in run("1\n", "02", "--class").stdout)
    check("line mode: alone, one answer tells", why in words_of(run("3\n", "2").stdout))
    check("a screen reader's terminal is line mode", lines_on_dumb())
    check("no such lesson: status 2", run("", "77").returncode == 2)
    check("no lesson: status 2", run("").returncode == 2)
    check("too many words: status 2", run("", "1", "2").returncode == 2)
    check("--help tells the keys", "Backspace" in run("", "--help").stdout)


def lines_on_dumb():
    terminal = quiz("1", term="dumb")
    good = terminal.wait_for("Answer:")
    terminal.keys("2\n")
    good = terminal.wait_for("Right.") and good and terminal.wait() == 0 and b"\x1b" not in terminal.out
    terminal.close()
    return good


def every_lesson():
    for trace in sorted(glob.glob("lessons/traces/[0-9][0-9]_*.jsonl")):
        number, ask = os.path.basename(trace)[:2], question_of(trace)
        check(f"lesson {number} has a question", ask is not None)
        if ask is None:
            continue
        terminal = quiz(number, "--class")
        terminal.wait_for("q ends")
        terminal.keys("1r")
        picture, _ = last_picture(terminal)
        check(f"lesson {number}: question, choices, answer and reasons are on one screen of 80x24",
              all(words_of(text) in picture for text in [ask["text"], *ask["choices"], *ask["why"]]), picture)
        terminal.keys("q")
        terminal.wait()
        terminal.close()


def hostile():
    """A trace with escapes in its question."""
    with tempfile.TemporaryDirectory() as root:
        hostile_in(pathlib.Path(root))


def hostile_in(root):
    for name in ("lessons/traces", "lessons/checks", "loop", "build"):
        (root / name).mkdir(parents=True)
    (root / "loop/loop.h").write_text("")
    (root / "lessons/05_x.c").write_text("")
    ask = {"t": 0, "n": 1, "ev": "note:ask", "text": "\x1b[2Jgone?", "choices": ["a\x07", "b"], "answer": 0,
           "why": ["\x9b5m", "no\u202e"]}
    (root / "lessons/traces/05_x.jsonl").write_text(json.dumps(ask) + "\n")
    shutil.copy(LEARN, root / "build/learn")  # a command finds its own course
    done = subprocess.run([root / "build/learn", "quiz", "5"], input="1\n", capture_output=True, text=True,
                          check=False, timeout=20)
    check("escapes in a question are shown, not obeyed", "gone?" in done.stdout and "Right." in done.stdout and
          not any(c in done.stdout for c in "\x1b\x07\x9b\u202e"), done.stdout)


def main():
    on_a_terminal()
    alone()
    small()
    in_lines()
    every_lesson()
    hostile()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""learn handout and learn key: the whole course is on paper, well formed, and everything is escaped.

BUILD is the build directory (default: build).
"""
import glob
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build")
LEARN = os.path.join(BUILD, "learn")
EMPTY = {"meta", "br", "hr", "link", "img"}
failures = 0


def check(name, good, why=""):
    global failures
    if good:
        print("ok", name)
    else:
        failures += 1
        print("not ok", name, *(["#", repr(why)] if why != "" else []))
    sys.stdout.flush()


def run(*arguments, learn=LEARN, locale="C.UTF-8"):
    return subprocess.run([learn, *arguments], capture_output=True, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, "LC_ALL": locale}, timeout=30)


def words_of(text):
    return " ".join(text.split())


class Page(html.parser.HTMLParser):
    """What a page says, and whether its tags are in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.words, self.links, self.headings = [], [], [], [], []
        self.prose = ""
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"never closed: {self.open}")
        self.text = words_of("".join(self.words))

    def handle_starttag(self, tag, attrs):
        if tag not in EMPTY:
            self.open.append(tag)
        if tag in ("p", "li", "pre", "h1", "h2", "h3", "h4"):
            self.words.append(" ")
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if any(name.startswith("on") for name, _ in attrs) or tag == "script":
            self.wrong.append(f"a script: {tag} {attrs}")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)
        if not {"style", "pre", "code"} & set(self.open):
            self.prose += data
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


def lessons():
    """(number, name, question) of each lesson that has a trace."""
    for trace in sorted(glob.glob("lessons/traces/[0-9][0-9]_*.jsonl")):
        name = pathlib.Path(trace).stem
        with open(trace, encoding="utf-8") as lines:
            yield name[:2], name, next((json.loads(line) for line in lines if '"ev":"note:ask"' in line), None)


def rules_of(number, keyword):
    """The texts of a keyword in a rules file; a line that begins with blanks belongs to the one above."""
    path = pathlib.Path("lessons/checks", number, "rules")
    texts = []
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.match(keyword + r"\s", line):
                texts.append(line[len(keyword):].strip())
    return texts


def whole(name, words, sheet):
    """Each lesson is on the sheet with what belongs to it."""
    for number, _, ask in lessons():
        wanted = [] if ask is None else [ask["text"], *ask["choices"]]
        if name.startswith("key"):
            wanted += [] if ask is None else [f"{ask['choices'][ask['answer']]} - RIGHT. {ask['why'][ask['answer']]}",
                                              *ask["why"]]
            wanted += rules_of(number, "rule") + rules_of(number, "hint")
        else:
            wanted += rules_of(number, "title") + rules_of(number, "task")
        missing = [text for text in wanted if words_of(text) not in words]
        check(f"{name}: lesson {number} is whole", not missing, missing)
    check(f"{name}: no control character", not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", sheet))


def as_html(command):
    done = run(command, "--html")
    page = Page(done.stdout.decode("utf-8"))
    check(f"{command} --html: status 0, nothing on stderr", done.returncode == 0 and not done.stderr, done.stderr)
    check(f"{command} --html: its tags are in order", not page.wrong, page.wrong[:5])
    check(f"{command} --html: it needs nothing else", all(link.startswith("http") for link in page.links), page.links)
    whole(f"{command} --html", page.text, done.stdout)
    return page


def as_text(command):
    done = run(command)
    text = done.stdout.decode("utf-8")
    check(f"{command}: status 0, nothing on stderr", done.returncode == 0 and not done.stderr, done.stderr)
    whole(command, words_of(text), done.stdout)
    check(f"{command}: ASCII where the locale has no more", run(command, locale="C").stdout.isascii())
    prose = [line for line in text.splitlines() if not line.startswith("    ")]
    check(f"{command}: prose fits into 80 columns", all(len(line) <= 80 for line in prose if " " in line.strip()),
          max(prose, key=len))


def chapters(page):
    text = pathlib.Path("LESSONS.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (Lesson .*)$", text, re.M)
    found = [title for title in page.headings if title.startswith("Lesson ")]
    with_lesson = [t for t in titles if glob.glob(f"lessons/{t[7:9]}_*.c")]
    check("the handout has the chapters of LESSONS.md, in order", [t for t in found if t in with_lesson] == with_lesson,
          found)
    check("but not what is for the teacher", "For the teacher" not in page.text)
    check("comments are left out", "<!--" not in page.text and "-->" not in page.text)
    check("marks are none", "**" not in page.prose and "`" not in page.prose)


def one_lesson():
    text = run("handout", "02").stdout.decode()
    check("one lesson alone", "Lesson 02" in text and "Lesson 01:" not in text)
    text = run("key", "1").stdout.decode()
    solution = pathlib.Path("lessons/checks/01/right_1.c").read_text(encoding="utf-8")
    check("the key has a solution", all("    " + line in text.splitlines() for line in solution.splitlines() if line))
    check("the handout has none", "right_1" not in text and words_of(solution)[:200] not in
          words_of(run("handout").stdout.decode()))


def usage():
    check("no such lesson: status 2", run("handout", "77").returncode == 2)
    check("no such option: status 2", run("key", "--pdf").returncode == 2)
    check("--help", b"--html" in run("handout", "--help").stdout and b"--html" in run("key", "--help").stdout)


def hostile():
    """A course whose every text tries to be something else."""
    evil = "<script>alert(1)</script> \x1b[2J & \"'> \u202e"
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for name in ("lessons/traces", "lessons/checks/05", "loop", "build"):
            (root / name).mkdir(parents=True)
        (root / "loop/loop.h").write_text("")
        (root / "lessons/05_x.c").write_text("")
        (root / "lessons/checks/05/rules").write_text(
            "title <b>bold</b>\ntask <i>do</i> it\nrule <u>hold</u>\n    ends exit 0\n")
        (root / "lessons/checks/05/right_1.c").write_text(f"/* {evil} */\n")
        (root / "LESSONS.md").write_text(f"""# Lessons

Before {evil}

## Lesson 05: <img src=x onerror=alert(1)> `{evil}`

A **strong {evil}** and *em* and `code <b>` and [a link](javascript:alert(1)) and [one](https://example.org/?a="b).
Open ` mark, **open, [open](

- item {evil}
1. one
2. two
   on

```
{evil}
```

## For the teacher

secret
""", encoding="utf-8")
        ask = {"t": 0, "n": 1, "ev": "note:ask", "text": evil, "choices": [evil, "b"], "answer": 0, "why": [evil, "no"]}
        (root / "lessons/traces/05_x.jsonl").write_text(json.dumps(ask) + "\n")
        learn = root / "build/learn"
        shutil.copy(LEARN, learn)
        for command in ("handout", "key"):
            done = run(command, "--html", learn=learn)
            page = Page(done.stdout.decode("utf-8"))
            check(f"{command} --html: hostile texts are escaped", done.returncode == 0 and not page.wrong and
                  "<script>alert(1)</script>" in page.text and
                  all(link.startswith("https://") for link in page.links), (page.wrong, page.links, done.stderr))
            text = run(command, learn=learn).stdout.decode("utf-8")
            check(f"{command}: and never obeyed", not any(c in done.stdout.decode() + text for c in "\x1b\u202e"))


def main():
    chapters(as_html("handout"))
    as_html("key")
    as_text("handout")
    as_text("key")
    one_lesson()
    usage()
    hostile()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""export --to chrome: every line of a trace comes back from it, and importers can make sense of it."""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

SCOPE = os.path.join(os.environ.get("BUILD", "build"), "loopscope")
failed = False


def check(name, good, about=""):
    global failed
    failed |= not good
    print("%s %s" % ("ok" if good else "not ok", name + ("" if good else ": %s" % (about,))))


def export(path, *options):
    done = subprocess.run([SCOPE, "export", path, "--to", "chrome", *options], capture_output=True)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def records(events):
    for event in events:
        for key in ("record", "ended"):
            if key in event.get("args", {}):
                yield event["args"][key]


def ns(text):
    seconds, decimals = text.split(".")
    return int(seconds) * 1000 + int(decimals)


def nested(slices):
    """Each slice lies inside of the one that is open, or after it."""
    stack = []
    for begin, end in sorted(slices, key=lambda s: (s[0], -s[1])):
        while stack and stack[-1] < begin:
            stack.pop()
        if stack and end > stack[-1]:
            return (begin, end, stack[-1])
        stack.append(end)
    return None


def examine(path):
    name = os.path.basename(path)
    status, out, err = export(path)
    check("%s: status 0, nothing on stderr" % name, status == 0 and err == "", (status, err))
    try:
        events = json.loads(out)["traceEvents"]
    except ValueError as error:
        check("%s: is JSON" % name, False, error)
        return
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    key = lambda record: json.dumps(record, sort_keys=True)
    check("%s: each line is in args of exactly one event" % name,
          sorted(map(key, lines)) == sorted(map(key, records(events))))
    check("%s: times are decimal text with three decimals" % name,
          all(re.fullmatch(r"\d+\.\d{3}", t) for t in re.findall(r'"(?:ts|dur)":([^,}]*)', out)))
    tracks = {}
    raw = re.findall(r'\{"ph":"X","pid":(\d+),"tid":(\d+),"ts":([\d.]+),.*?"dur":([\d.]+)', out)
    for pid, tid, ts, dur in raw:
        tracks.setdefault((pid, tid), []).append((ns(ts), ns(ts) + ns(dur)))
    check("%s: has slices" % name, len(raw) > 10)
    virtual = '"clock":"virtual"' in out
    wrong = [(track, nested(slices)) for track, slices in tracks.items() if nested(slices)]
    check("%s: slices of a track nest" % name, virtual or not wrong, wrong[:3])
    flows = {}
    for event in events:
        if event["ph"] in "sf":
            flows.setdefault(event["id"], []).append(event)
    check("%s: an arrow has one tail and one head, bound to its slice" % name,
          all([e["ph"] for e in flow] == ["s", "f"] for flow in flows.values())
          and all(e.get("bp") == "e" for flow in flows.values() for e in flow if e["ph"] == "f"))
    ends = re.findall(r'\{"ph":"([sf])","pid":(\d+),"tid":(\d+),"ts":([\d.]+)', out)
    loose = [end for end in ends if not any(a < ns(end[3]) < b for a, b in tracks.get((end[1], end[2]), ()))]
    check("%s: both ends of each arrow lie inside of slices" % name, ends and not loose, loose[:3])
    check("%s: arrows are there" % name, any(len(flow) == 2 for flow in flows.values()))
    lives = {}
    for event in events:
        if event["ph"] in "be":
            lives.setdefault((event["cat"], event["id"]), []).append(event["ph"])
    check("%s: each life begins and ends" % name,
          all("".join(life) in ("be", "bebe") for life in lives.values()),
          [life for life in lives.items() if "".join(life[1]) != "be"][:3])
    tasks = {r["task"] for r in lines if r["ev"] == "task:begin"}
    named = {e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    check("%s: each task that ran has a track of its name" % name, tasks <= named, tasks - named)


for trace in ("tests/traces/crowd.jsonl", *sorted(glob.glob("lessons/traces/*.jsonl"))):
    examine(trace)


def examine_hostile():
    """What other writers may have left unescaped is no command to the terminal that an export comes to."""
    unsafe = "\x7f\x9b31m\x85\u202e\u2028\ufeff\U000e0001"
    with open("tests/traces/crowd.jsonl", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    for line in lines:
        line["extra" + unsafe] = unsafe + "\x1b[2J"
        for key in ("task", "name", "program", "by", "src"):
            if key in line:
                line[key] = line[key].replace("#", unsafe + "#") if "#" in line[key] else line[key] + unsafe
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".jsonl") as file:
        for line in lines:
            text = json.dumps(line, ensure_ascii=False).replace("\x7f", "\\u007f")
            file.write(text.replace(', "', ',\t\r"') + "\n")
        file.flush()
        status, out, _ = export(file.name)
    check("hostile bytes: the status is 0, and each line is there", status == 0 and len(lines) == sum(
        1 for _ in records(json.loads(out)["traceEvents"])), status)
    found = [character for character in out if character in unsafe + "\x1b\r\t" and character not in "31m"]
    check("hostile bytes: no control is in an export", not found, found[:5])


examine_hostile()

status, out, _ = export("tests/traces/crowd.jsonl", "--from", "#100", "--to", "#200")
numbers = [r["n"] for r in records(json.loads(out)["traceEvents"])]
check("a range holds its ends and nothing beyond", status == 0 and (min(numbers), max(numbers)) == (100, 200))
check("a format that there is not is wrong usage", subprocess.run(
    [SCOPE, "export", "tests/traces/crowd.jsonl", "--to", "paper"], capture_output=True).returncode == 2)
check("no format is wrong usage", subprocess.run(
    [SCOPE, "export", "tests/traces/crowd.jsonl"], capture_output=True).returncode == 2)
sys.exit(failed)

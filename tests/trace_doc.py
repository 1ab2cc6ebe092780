#!/usr/bin/env python3
"""loop/TRACE.md tells the truth: its events are the ones that the viewer knows, and every line of
every recorded trace has the documented keys, in the documented order.

The tables of TRACE.md are read as they stand: a row is an event, its keys in order; those in
italics may be left out, and of two joined by *or* one stands.
"""

import glob
import json
import re
import sys

ROW = re.compile(r"^\| `(\w+:\w+)` \| ([^|]*) \|", re.M)
ITEM = re.compile(r"^\| `(\w+)` \| (?:list of )?\{([^}]*)\}", re.M)  # of the state record
CAN_FOLLOW = ["cut", "hex", "part", "of"]
LINE_START = re.compile(r'^\{"t":\d+\.\d{9},"n":\d+,"ev":"\w+:\w+"[,}]')


def keys_of(cell):
    """The keys of a table's cell: [(key, may be left out)]."""
    keys, optional, either = [], False, False
    for word in re.findall(r"\*|[\w*]+", cell.replace("*or*", " or ").replace("*", " * ")):
        if word == "*":
            optional = not optional
        elif word == "or":
            keys[-1] = (keys[-1][0], True)
            either = True
        else:
            keys.append((word, optional or either))
    return keys


def in_order(found, documented):
    """What is wrong with the keys of one object, or None."""
    names = [name for name, _ in documented] + CAN_FOLLOW
    for key in found:
        if key not in names:
            return f"{key} is not documented"
    if sorted(found, key=names.index) != found:
        return f"{' '.join(found)} is not the documented order"
    for name, optional in documented:
        if not optional and name not in found:
            return f"{name} is missing"
    return None


def check_line(line, events, items):
    if not LINE_START.match(line):
        return "the line does not begin with t, n and ev"
    event = json.loads(line)
    if line.count(" ") != json.dumps(event, separators=(",", ":")).count(" "):
        return "spaces between tokens"
    name = event["ev"]
    if name == "trace:state":
        for key, documented in items.items():
            value = event.get(key, [])
            for item in value if isinstance(value, list) else [value]:
                wrong = in_order(list(item), documented)
                if wrong:
                    return f"{key}: {wrong}"
    if name not in events:
        return f"{name} is not documented"
    return in_order(list(event)[3:], events[name])


def check_file(path, events, items):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            wrong = check_line(line.rstrip("\n"), events, items)
            if wrong:
                return f"{path}:{number}: {wrong}"
    return None


def main():
    with open("loop/TRACE.md", encoding="utf-8") as file:
        text = file.read()
    events = {name: keys_of(cell) for name, cell in ROW.findall(text)}
    items = {name: keys_of(cell) for name, cell in ITEM.findall(text)}
    # The state record's keys have a section of their own; not all stand in each part of a long one.
    section = text.split("\n## The state record\n")[1].split("\n## ")[0]
    events["trace:state"] = [(key, True) for key in re.findall(r"^\| `(\w+)`", section, re.M)]

    known = set()
    for path in glob.glob("viz/event*.c"):
        with open(path, encoding="utf-8") as file:
            known |= set(re.findall(r'"([a-z]+:[a-z_]+)"', file.read()))
    verdicts = [("the viewer knows the documented events and no others",
                 None if known == set(events) else f"{sorted(known ^ set(events))}")]
    for path in sorted(glob.glob("lessons/traces/*.jsonl")):
        verdicts.append((f"every line of {path} is as documented", check_file(path, events, items)))

    for name, wrong in verdicts:
        print(f"not ok {name}\n# {wrong}" if wrong else f"ok {name}")
    return 1 if any(wrong for _, wrong in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
